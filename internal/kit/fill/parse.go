package fill

import "strings"

// parser reads a text from left to right. Braces are matched by recursion, bounded by MaxDepth.
type parser struct {
	src    string
	pos    int
	braces map[int]brace
	plain  map[int]bool // closing braces that stand for themselves, because what they close opens nothing
}

// text reads until the end, or, within choices, until the | or } that ends this branch.
func (p *parser) text(depth int) (Text, error) {
	var t Text
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			t.parts = append(t.parts, part{literal: lit.String()})
			lit.Reset()
		}
	}
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		switch {
		case c == '\\' && p.pos+1 < len(p.src) && strings.IndexByte(`{}|\`, p.src[p.pos+1]) >= 0:
			lit.WriteByte(p.src[p.pos+1])
			p.pos += 2
		case c == '{':
			gap, ok, err := p.gap(depth)
			if err != nil {
				return Text{}, err
			}
			if !ok {
				if b, closed := p.braces[p.pos]; closed {
					p.plain[b.end] = true
				}
				lit.WriteByte('{')
				p.pos++
				continue
			}
			flush()
			t.parts = append(t.parts, gap)
		case depth > 0 && (c == '|' || c == '}') && !p.plain[p.pos]:
			flush()
			return t, nil
		default:
			lit.WriteByte(c)
			p.pos++
		}
	}
	flush()
	return t, nil
}

// gap reads a variable or choices at an opening brace. ok is false, and nothing is read, when the brace is neither.
func (p *parser) gap(depth int) (part, bool, error) {
	kind, end := p.classify()
	switch kind {
	case gapVariable:
		name, fallback, has := strings.Cut(p.src[p.pos+1:end], "=")
		p.pos = end + 1
		g := part{variable: name}
		if has {
			g.fallback = &fallback
		}
		return g, true, nil
	case gapChoices:
		if depth >= MaxDepth {
			return part{}, false, ErrTooDeep
		}
		return p.choices(depth)
	default:
		return part{}, false, nil
	}
}

func (p *parser) choices(depth int) (part, bool, error) {
	var g part
	for p.src[p.pos] != '}' {
		p.pos++ // the { or the | before this branch
		branch, err := p.text(depth + 1)
		if err != nil {
			return part{}, false, err
		}
		g.choices = append(g.choices, branch)
	}
	p.pos++
	return g, true, nil
}

type gapKind int

const (
	gapNone gapKind = iota
	gapVariable
	gapChoices
)

// brace is what is known of an opening brace: where it is closed and whether it has a | of its own.
type brace struct {
	end int
	bar bool
}

// braces matches every opening brace with its closing one in a single pass, so that a text of nothing but braces
// costs no more than any other. Braces that are never closed are left out.
func braces(s string) map[int]brace {
	closed := map[int]brace{}
	type open struct {
		at  int
		bar bool
	}
	var stack []open
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '{':
			stack = append(stack, open{at: i})
		case '|':
			if n := len(stack); n > 0 {
				stack[n-1].bar = true
			}
		case '}':
			if n := len(stack); n > 0 {
				closed[stack[n-1].at] = brace{end: i, bar: stack[n-1].bar}
				stack = stack[:n-1]
			}
		}
	}
	return closed
}

// classify says what the brace at p.pos opens and where that ends.
func (p *parser) classify() (gapKind, int) {
	b, ok := p.braces[p.pos]
	switch {
	case !ok:
		return gapNone, 0
	case b.bar:
		return gapChoices, b.end
	case isName(p.src[p.pos+1 : b.end]):
		return gapVariable, b.end
	default:
		return gapNone, 0
	}
}

// isName reports whether s is a variable's name, with or without =fallback: letters, digits, _ - and . in front.
func isName(s string) bool {
	name, fallback, has := strings.Cut(s, "=")
	if has && strings.ContainsAny(fallback, `{}\`) {
		return false
	}
	if name == "" || len(name) > maxName {
		return false
	}
	for _, r := range name {
		if r != '_' && r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}
