// Package filter owns the expressions that pick contacts: reading and writing them, checking them, and running them as SQL.
package filter

import (
	"strconv"
	"strings"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// Bounds of an expression: enough for what a person builds, too little to keep a database busy by its size.
const (
	MaxText  = 4000 // bytes of the written form
	MaxDepth = 12   // nodes inside nodes
	MaxNodes = 100
	MaxValue = 200 // characters of one value
)

// The faults of this package.
var (
	ErrSyntax = fault.New(fault.Invalid, "filter_syntax", fault.Text{
		ID: "Saringan tidak bisa dibaca di huruf ke-%d, dekat %s. Contoh yang benar: tag:\"langganan\" and last_message > -30d and not opted_out.",
		EN: "The filter can't be read at character %d, near %s. A good example: tag:\"langganan\" and last_message > -30d and not opted_out.",
	}).WithField("filter")
	ErrSize = fault.New(fault.Invalid, "filter_too_large", fault.Text{
		ID: "Saringan terlalu besar. Paling banyak 100 syarat dan 12 tingkat kurung.",
		EN: "The filter is too large. It may have at most 100 conditions and 12 levels of brackets.",
	}).WithField("filter")
	ErrSubject = fault.New(fault.Invalid, "filter_unknown", fault.Text{
		ID: "Saringan menyebut %s, yang tidak ada di sini. Periksa ejaan tag dan kolomnya.",
		EN: "The filter names %s, which is not there. Check the spelling of the tag or field.",
	}).WithField("filter")
	ErrOperator = fault.New(fault.Invalid, "filter_operator", fault.Text{
		ID: "%s tidak bisa dibandingkan dengan %s.", EN: "%s can't be compared by %s.",
	}).WithField("filter")
	ErrValue = fault.New(fault.Invalid, "filter_value", fault.Text{
		ID: "Nilai %s tidak cocok untuk %s.", EN: "The value %s does not fit %s.",
	}).WithField("filter")
)

// Op is what a node does.
type Op string

// The operations. Is names a flag, such as opted_out; Has asks whether there is anything.
const (
	And     Op = "and"
	Or      Op = "or"
	Not     Op = "not"
	Is      Op = "is"
	Has     Op = "has"
	Equal   Op = "="
	Unequal Op = "!="
	Less    Op = "<"
	AtMost  Op = "<="
	More    Op = ">"
	AtLeast Op = ">="
	Holds   Op = "~" // a text holds the value somewhere
	Begins  Op = "^" // a text begins with the value
)

// compares reports whether o stands between a subject and a value.
func (o Op) compares() bool {
	switch o {
	case Equal, Unequal, Less, AtMost, More, AtLeast, Holds, Begins:
		return true
	}
	return false
}

// Node is an expression as a tree, as a screen builds it by clicks. And and Or have one or more Args, Not has one, every
// other node has On; what compares has a Value too, written as in the text but without quotes: Bandung, -30d, 2026-01-31.
type Node struct {
	Op    Op     `json:"op" enum:"and,or,not,is,has,=,!=,<,<=,>,>=,~,^" doc:"and, or, not: of args. is: a flag. has: there is something. The others compare; ~ is contains, ^ is begins with"`
	On    string `json:"on,omitempty" maxLength:"100" doc:"tag, name, phone, search, consent, device, created, last_message, last_seen, field.<key>; with is: opted_in, opted_out, blocked, group, named"`
	Value string `json:"value,omitempty" maxLength:"800" doc:"A text, a number, a date (2026-01-31), or a time ago: -12h, -30d, -2w"`
	Args  []Node `json:"args,omitempty" maxItems:"100"`
}

// Text writes the tree as Parse reads it.
func (n Node) Text() string { return n.text(0) }

// rank says how tightly a node binds.
func (n Node) rank() int {
	switch n.Op {
	case Or:
		return 1
	case And:
		return 2
	}
	return 3
}

func (n Node) text(inside int) string {
	switch n.Op {
	case And, Or:
		parts := make([]string, 0, len(n.Args))
		for _, a := range n.Args {
			parts = append(parts, a.text(n.rank()+1))
		}
		s := strings.Join(parts, " "+string(n.Op)+" ")
		if n.rank() < inside && len(n.Args) > 1 {
			return "(" + s + ")"
		}
		return s
	case Not:
		if len(n.Args) != 1 {
			return "not"
		}
		return "not " + n.Args[0].text(3)
	case Is:
		return n.On
	case Has:
		return "has " + n.On
	}
	if n.On == "tag" && n.Op == Equal {
		return "tag:" + quote(n.Value)
	}
	return n.On + " " + string(n.Op) + " " + literal(n.Value)
}

// literal leaves the quotes away where the value is one plain word.
func literal(v string) string {
	if plainWord(v) {
		return v
	}
	return quote(v)
}

func plainWord(v string) bool {
	if v == "" || keyword(v) {
		return false
	}
	for i := range len(v) {
		if !wordByte(v[i]) {
			return false
		}
	}
	return true
}

func keyword(v string) bool { return v == "and" || v == "or" || v == "not" || v == "has" }

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-' || c == '+'
}

// quote puts a text between quotation marks; inside, \ stands before them and before itself.
func quote(v string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}

// shown makes a caller's word fit for an answer.
func shown(v string) string {
	if r := []rune(v); len(r) > 40 {
		v = string(r[:40]) + "…"
	}
	return strconv.Quote(v)
}
