package autoreply

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// The bounds of matching. Go's regular expressions take time linear in text × program, so bounding both bounds the
// time: at most about 20 ms for the worst rule on the worst message.
const (
	maxPattern = 500  // bytes of a regular expression or a keyword
	maxProgram = 1000 // instructions that it compiles to
	maxText    = 4096 // bytes of a message that rules look at
	maxWords   = 50   // keywords of one rule
)

// normalise makes texts comparable as people mean them: width and case folded, invisible characters taken out,
// white space as single blanks.
func normalise(s string) string {
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	s = cases.Fold().String(norm.NFKC.String(s))
	var b strings.Builder
	blank := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			blank = b.Len() > 0
		case unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
		default:
			if blank {
				b.WriteByte(' ')
				blank = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// matcher decides whether a normalised text fits; raw is the message as it came, for regular expressions.
type matcher func(raw, normal string) bool

// compile makes the matcher of a keyword trigger, or the fault that says what is wrong with it.
func compile(t Trigger) (matcher, error) {
	if len(t.Words) == 0 {
		return nil, ErrNoWords
	}
	if len(t.Words) > maxWords {
		return nil, ErrTooManyWords
	}
	var all []matcher
	for _, w := range t.Words {
		m, err := compileWord(t.Match, w)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return func(raw, normal string) bool {
		for _, m := range all {
			if m(raw, normal) {
				return true
			}
		}
		return false
	}, nil
}

func compileWord(kind Match, word string) (matcher, error) {
	w := normalise(word)
	if w == "" {
		return nil, ErrEmptyWord
	}
	if kind != MatchRegex && len(word) > maxPattern {
		return nil, ErrLongWord
	}
	switch kind {
	case MatchExact:
		return func(_, n string) bool { return n == w }, nil
	case MatchContains:
		return func(_, n string) bool { return strings.Contains(n, w) }, nil
	case MatchStartsWith:
		return func(_, n string) bool { return strings.HasPrefix(n, w) }, nil
	case MatchFuzzy:
		plain := strings.Join(strings.Fields(strings.Map(letters, w)), " ")
		if plain == "" { // nothing but signs: there are no slips to allow
			return func(_, n string) bool { return strings.Contains(n, w) }, nil
		}
		return func(_, n string) bool { return fuzzy(n, plain) }, nil
	case MatchRegex:
		return compileRegex(word)
	default:
		return nil, ErrBadMatch
	}
}

func compileRegex(pattern string) (matcher, error) {
	if len(pattern) > maxPattern {
		return nil, ErrBadRegex
	}
	re, err := regexp.Compile("(?i)" + pattern)
	if err != nil {
		return nil, ErrBadRegex.WithCause(err)
	}
	parsed, err := syntax.Parse("(?i)"+pattern, syntax.Perl)
	if err != nil {
		return nil, ErrBadRegex.WithCause(err)
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil || len(prog.Inst) > maxProgram {
		return nil, ErrBadRegex.WithCause(err)
	}
	return func(raw, _ string) bool {
		if len(raw) > maxText {
			raw = raw[:maxText]
		}
		return re.MatchString(raw)
	}, nil
}

// fuzzy reports whether word, or as many words as it has, stands in text with a few slips of the finger: one for a
// word of three to five letters, two for six to nine, then one more for each four. Shorter ones must be exact.
func fuzzy(text, word string) bool {
	slips := allowed(len([]rune(word)))
	want := []rune(word)
	tokens := strings.Fields(strings.Map(letters, text))
	n := len(strings.Fields(word))
	for i := 0; i+n <= len(tokens) && i < 200; i++ {
		if within([]rune(strings.Join(tokens[i:i+n], " ")), want, slips) {
			return true
		}
	}
	return false
}

// letters turns punctuation into blanks.
func letters(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) {
		return r
	}
	return ' '
}

func allowed(n int) int {
	switch {
	case n < 3:
		return 0
	case n < 6:
		return 1
	default:
		return 2 + (n-6)/4
	}
}

// within reports whether a becomes b with at most limit insertions, deletions, replacements or swaps of neighbours
// (the optimal string alignment distance).
func within(a, b []rune, limit int) bool {
	if d := len(a) - len(b); d > limit || -d > limit {
		return false
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			best = min(best, row[j])
		}
		if best > limit {
			return false
		}
		before, last, row = last, row, before
	}
	return last[len(b)] <= limit
}
