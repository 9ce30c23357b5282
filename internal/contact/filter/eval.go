package filter

import (
	"slices"
	"strings"
	"time"
)

// Row is what an expression looks at of one contact.
type Row struct {
	Name          string
	Phone         string // digits
	Group         bool
	Blocked       bool
	Consent       string            // "", in or out
	Tags          []string          // ids
	Devices       []string          // ids
	Fields        map[string]string // by id
	CreatedAt     int64             // unix ms
	LastMessageAt int64             // unix ms, 0 is never
	LastSeenAt    int64             // unix ms, 0 is never
}

// Match tells whether a contact is meant, with days and times ago counted from now. It is what the SQL is held against
// in tests; lists are made by the SQL.
func (e Expr) Match(r Row, now time.Time) bool {
	switch e.op {
	case And, "":
		return !slices.ContainsFunc(e.args, func(a Expr) bool { return !a.Match(r, now) })
	case Or:
		return slices.ContainsFunc(e.args, func(a Expr) bool { return a.Match(r, now) })
	case Not:
		return !e.args[0].Match(r, now)
	case Unequal:
		e.op = Equal
		return !e.Match(r, now)
	}
	switch e.on {
	case onTag:
		return e.op == Has && len(r.Tags) > 0 || e.op == Equal && slices.Contains(r.Tags, e.name)
	case onFlag:
		return e.flag(r)
	case onName:
		return e.textual(strings.ToLower(r.Name))
	case onPhone:
		return e.textual(r.Phone)
	case onSearch:
		return strings.Contains(strings.ToLower(r.Name)+" "+r.Phone, e.text)
	case onConsent:
		return e.op == Has && r.Consent != "" || e.op == Equal && r.Consent == strings.Replace(e.text, "unknown", "", 1)
	case onDevice:
		return e.op == Has && len(r.Devices) > 0 || e.op == Equal && slices.Contains(r.Devices, e.text)
	case onTime:
		return e.timely(r, now)
	}
	return e.fielded(r, now)
}

func (e Expr) flag(r Row) bool {
	switch e.name {
	case "opted_in":
		return r.Consent == "in"
	case "opted_out":
		return r.Consent == "out"
	case "blocked":
		return r.Blocked
	case "group":
		return r.Group
	}
	return r.Name != ""
}

func (e Expr) textual(v string) bool {
	switch e.op {
	case Has:
		return v != ""
	case Equal:
		return v == e.text
	case Holds:
		return strings.Contains(v, e.text)
	}
	return strings.HasPrefix(v, e.text)
}

func compare[T int64 | float64](op Op, a, b T) bool {
	switch op {
	case Equal:
		return a == b
	case Less:
		return a < b
	case AtMost:
		return a <= b
	case More:
		return a > b
	}
	return a >= b
}

func (e Expr) timely(r Row, now time.Time) bool {
	v := r.CreatedAt
	switch e.name {
	case "last_message":
		v = r.LastMessageAt
	case "last_seen":
		v = r.LastSeenAt
	}
	return v > 0 && (e.op == Has || compare(e.op, v, e.when.at(now)))
}

func (e Expr) fielded(r Row, now time.Time) bool {
	v, ok := r.Fields[e.field.ID]
	if !ok || e.op == Has {
		return ok
	}
	switch e.field.Kind {
	case Number:
		n, _ := ReadNumber(v)
		return compare(e.op, n, e.num)
	case Date:
		n, _ := Days(v)
		return compare(e.op, n, e.when.onDay(now))
	}
	return e.textual(Fold(v))
}
