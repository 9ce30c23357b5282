// Package fill owns texts with gaps: variables ({name}, {name=fallback}) and spintax ({Halo|Hai|Selamat {pagi|siang}}).
package fill

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The bounds of a text; a longer or deeper one is refused when it is parsed, so that no text makes us work without end.
const (
	MaxLength = 65536 // bytes, of the source and of what comes out of it
	MaxDepth  = 8     // alternatives within alternatives
	maxName   = 64    // bytes of a variable's name
)

// The faults of this package.
var (
	ErrTooLong = fault.New(fault.Invalid, "text_too_long", fault.Text{
		ID: "Teks terlalu panjang. Paling banyak 65.536 byte.",
		EN: "The text is too long. At most 65,536 bytes are allowed.",
	})
	ErrTooDeep = fault.New(fault.Invalid, "text_too_nested", fault.Text{
		ID: "Pilihan {a|b} bertumpuk terlalu dalam. Paling banyak 8 tingkat.",
		EN: "The choices {a|b} are nested too deeply. At most 8 levels are allowed.",
	})
	ErrMissing = fault.New(fault.Invalid, "variable_missing", fault.Text{
		ID: "Variabel %s belum diisi. Sertakan nilainya di \"variables\".",
		EN: "The variable %s has no value. Give it in \"variables\".",
	})
)

// Text is a parsed text. The zero value renders as nothing. It is never changed after Parse and may be shared.
type Text struct {
	parts []part
}

// part is a literal, a variable or a choice.
type part struct {
	literal  string
	variable string
	fallback *string
	choices  []Text
}

// Parse reads src. A brace that opens nothing sensible stands for itself, so that every text a person writes is one;
// only its size and depth can be refused. \{ and \| and \} stand for the character itself.
func Parse(src string) (Text, error) {
	if len(src) > MaxLength {
		return Text{}, ErrTooLong
	}
	p := parser{src: src, braces: braces(src), plain: map[int]bool{}}
	t, err := p.text(0)
	return t, err
}

// Vars lists the names of the variables that the text uses, each once, in alphabetical order.
func (t Text) Vars() []string {
	names := map[string]bool{}
	t.collect(names)
	return slices.Sorted(maps.Keys(names))
}

func (t Text) collect(names map[string]bool) {
	for _, p := range t.parts {
		if p.variable != "" {
			names[p.variable] = true
		}
		for _, c := range p.choices {
			c.collect(names)
		}
	}
}

// Render fills the variables and picks one of each set of choices with pick, which returns a number in [0,n).
// Values are put in as they are: braces in them mean nothing. A variable without value and fallback, in the
// branches that were picked, is ErrMissing with its name; the result is cut at MaxLength, between two characters.
func (t Text) Render(vars map[string]string, pick func(n int) int) (string, error) {
	var b strings.Builder
	if err := t.render(&b, vars, pick); err != nil {
		return "", err
	}
	return cut(b.String(), MaxLength), nil
}

func (t Text) render(b *strings.Builder, vars map[string]string, pick func(n int) int) error {
	for _, p := range t.parts {
		if b.Len() > MaxLength {
			return nil
		}
		switch {
		case p.choices != nil:
			if err := p.choices[pick(len(p.choices))].render(b, vars, pick); err != nil {
				return err
			}
		case p.variable != "":
			v, ok := vars[p.variable]
			if !ok && p.fallback == nil {
				return ErrMissing.WithField("{" + p.variable + "}").Withf("{" + p.variable + "}")
			}
			if !ok || (v == "" && p.fallback != nil) {
				v = *p.fallback
			}
			b.WriteString(v)
		default:
			b.WriteString(p.literal)
		}
	}
	return nil
}

// cut shortens s to at most n bytes without breaking a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
