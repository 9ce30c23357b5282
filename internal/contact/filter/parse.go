package filter

import (
	"strings"
	"unicode/utf8"
)

// Parse reads an expression, for example tag:"langganan" and (field.kota = Bandung or last_message > -30d) and not opted_out.
// And binds tighter than or, not tightest. An empty text is everybody: the zero Node with op and. ErrSyntax, ErrSize.
func Parse(text string) (Node, error) {
	if len(text) > MaxText {
		return Node{}, ErrSize
	}
	if !utf8.ValidString(text) {
		return Node{}, ErrSyntax.Withf(1, shown(text))
	}
	p := &parser{text: text}
	p.next()
	if p.tok.kind == tokEnd {
		return Node{Op: And}, nil
	}
	n, err := p.or(1)
	if err != nil {
		return Node{}, err
	}
	if p.tok.kind != tokEnd {
		return Node{}, p.wrong()
	}
	return n, nil
}

type tokenKind int

const (
	tokEnd tokenKind = iota
	tokWord
	tokQuoted
	tokSign // an operator, a bracket or a colon
	tokBad
)

type token struct {
	kind tokenKind
	text string // of a quoted one, what is between the quotes
	at   int    // byte
}

// parser reads by descent, one function for each level of binding.
type parser struct {
	text  string
	pos   int
	tok   token
	nodes int
}

func (p *parser) wrong() error {
	near := p.text[p.tok.at:]
	if near == "" {
		near = "…"
	}
	if r := []rune(near); len(r) > 20 {
		near = string(r[:20])
	}
	return ErrSyntax.Withf(utf8.RuneCountInString(p.text[:p.tok.at])+1, shown(near))
}

func (p *parser) next() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
	p.tok = token{at: p.pos}
	if p.pos == len(p.text) {
		return
	}
	switch c := p.text[p.pos]; {
	case c == '"':
		p.quoted()
	case wordByte(c):
		end := p.pos
		for end < len(p.text) && wordByte(p.text[end]) {
			end++
		}
		p.take(tokWord, end-p.pos)
	case strings.IndexByte("<>!", c) >= 0 && p.pos+1 < len(p.text) && p.text[p.pos+1] == '=':
		p.take(tokSign, 2)
	case strings.IndexByte("=<>~^():", c) >= 0:
		p.take(tokSign, 1)
	default:
		p.tok.kind = tokBad
	}
}

func (p *parser) take(kind tokenKind, n int) {
	p.tok.kind, p.tok.text = kind, p.text[p.pos:p.pos+n]
	p.pos += n
}

func (p *parser) quoted() {
	var b strings.Builder
	for i := p.pos + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			p.tok.kind, p.tok.text, p.pos = tokQuoted, b.String(), i+1
			return
		case c == '\\' && i+1 < len(p.text):
			i++
			b.WriteByte(p.text[i])
		default:
			b.WriteByte(c)
		}
	}
	p.tok.kind = tokBad
}

func (p *parser) word(w string) bool { return p.tok.kind == tokWord && p.tok.text == w }
func (p *parser) sign(s string) bool { return p.tok.kind == tokSign && p.tok.text == s }

func (p *parser) or(depth int) (Node, error)  { return p.chain(Or, depth, p.and) }
func (p *parser) and(depth int) (Node, error) { return p.chain(And, depth, p.unary) }

// chain reads one or more of a tighter level with op between them.
func (p *parser) chain(op Op, depth int, tighter func(int) (Node, error)) (Node, error) {
	first, err := tighter(depth)
	if err != nil || !p.word(string(op)) {
		return first, err
	}
	n := Node{Op: op, Args: []Node{first}}
	for p.word(string(op)) {
		p.next()
		more, err := tighter(depth)
		if err != nil {
			return Node{}, err
		}
		n.Args = append(n.Args, more)
	}
	return n, nil
}

func (p *parser) unary(depth int) (Node, error) {
	if p.nodes++; depth > MaxDepth || p.nodes > MaxNodes {
		return Node{}, ErrSize
	}
	switch {
	case p.word("not"):
		p.next()
		arg, err := p.unary(depth + 1)
		return Node{Op: Not, Args: []Node{arg}}, err
	case p.sign("("):
		p.next()
		n, err := p.or(depth + 1)
		if err == nil && !p.sign(")") {
			err = p.wrong()
		}
		p.next()
		return n, err
	}
	return p.condition()
}

func (p *parser) condition() (Node, error) {
	if p.word("has") {
		p.next()
		on, err := p.subject()
		return Node{Op: Has, On: on}, err
	}
	on, err := p.subject()
	if err != nil {
		return Node{}, err
	}
	op := Op(p.tok.text)
	switch {
	case p.sign(":"):
		op = Equal
	case p.tok.kind != tokSign || !op.compares():
		return Node{Op: Is, On: on}, nil
	}
	p.next()
	if p.tok.kind != tokQuoted && (p.tok.kind != tokWord || keyword(p.tok.text)) {
		return Node{}, p.wrong()
	}
	n := Node{Op: op, On: on, Value: p.tok.text}
	p.next()
	return n, nil
}

func (p *parser) subject() (string, error) {
	if p.tok.kind != tokWord || keyword(p.tok.text) {
		return "", p.wrong()
	}
	on := p.tok.text
	p.next()
	return on, nil
}
