package search

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxWord is how much of a word counts, in characters.
	maxWord = 40
	// maxWords is how many different words of a message can be found: the longest message has more only on purpose.
	maxWords = 4000
	// maxAsked is how many words of a question count.
	maxAsked = 10
)

// word is a piece of a text that can be found, and where it stands (in bytes).
type word struct {
	code     string // as it is kept: small ASCII letters and digits, the same for all ways to write it
	from, to int
}

// split finds the words of a text: letters and digits that stand together, and each sign of the scripts that put no
// spaces between words. What looks alike is alike: case, accents and wide forms make no difference.
func split(text string) (out []word) {
	var code strings.Builder
	from, runes := -1, 0
	end := func(at int) {
		if from >= 0 && code.Len() > 0 {
			out = append(out, word{code.String(), from, at})
		}
		code.Reset()
		from, runes = -1, 0
	}
	for at, r := range text {
		switch {
		case alone(r):
			end(at)
			from = at
			encode(&code, r)
			end(at + utf8.RuneLen(r))
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			if from < 0 {
				from = at
			}
			if runes++; runes <= maxWord {
				encode(&code, r)
			}
		case unicode.IsMark(r): // part of the word that it stands in, and of none otherwise
		default:
			end(at)
		}
	}
	end(len(text))
	return out
}

// alone reports whether r is of a script that is written without spaces.
func alone(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) &&
		(unicode.IsLetter(r) || unicode.IsNumber(r))
}

// encode writes r without accents, in small letters. What is not ASCII then is written as a number, so that no engine has
// an opinion about it; the beginning of a word stays the beginning of its code.
func encode(to *strings.Builder, r rune) {
	if r < utf8.RuneSelf {
		to.WriteRune(unicode.ToLower(r))
		return
	}
	for _, d := range norm.NFKD.String(string(r)) {
		if d = unicode.ToLower(d); !unicode.IsLetter(d) && !unicode.IsNumber(d) {
			continue
		}
		if d < utf8.RuneSelf {
			to.WriteRune(d)
			continue
		}
		to.WriteString("z" + strconv.FormatInt(int64(d)+0x100000, 16))
	}
}

// codes are the different words of a text, for the index.
func codes(text string) (out []string) {
	seen := map[string]bool{}
	for _, w := range split(text) {
		if !seen[w.code] && len(out) < maxWords {
			seen[w.code] = true
			out = append(out, w.code)
		}
	}
	return out
}

// question is what is asked for: every word, the last one perhaps only begun.
type question struct {
	words []string
	begun bool // the last word is the beginning of one
}

// ask reads a question. Nothing in it has a meaning but its words.
func ask(text string) question {
	var q question
	list := split(text)
	for i, w := range list[:min(len(list), maxAsked)] {
		q.words = append(q.words, w.code)
		q.begun = i == len(list)-1 && w.to == len(text) && len(w.code) > 1
	}
	return q
}

// hits reports whether a word of a text is one of the question's.
func (q question) hits(code string) bool {
	for i, w := range q.words {
		if code == w || q.begun && i == len(q.words)-1 && strings.HasPrefix(code, w) {
			return true
		}
	}
	return false
}

// Part is a piece of a text that is shown.
type Part struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit,omitempty" doc:"It is what was asked for"`
}

const (
	// before and shown bound what is shown of a text, in bytes: how much stands before the first hit, and all of it.
	before = 60
	shown  = 240
)

// excerpt cuts from a text what is around the first hit, in parts.
func (q question) excerpt(text string) []Part {
	var found []word
	for _, w := range split(text) {
		if q.hits(w.code) {
			found = append(found, w)
		}
	}
	at := 0
	if len(found) > 0 {
		at = max(found[0].from-before, 0)
	}
	at, end := start(text, at), start(text, min(at+shown, len(text)))
	out := []Part{}
	add := func(piece string, hit bool) {
		if piece != "" {
			out = append(out, Part{piece, hit})
		}
	}
	if at > 0 {
		add("…", false)
	}
	for _, w := range found {
		if w.to > end {
			break
		}
		add(text[at:w.from], false)
		add(text[w.from:w.to], true)
		at = w.to
	}
	add(text[at:end], false)
	if end < len(text) {
		add("…", false)
	}
	return out
}

// start is at, or the beginning of the character that at lies in.
func start(text string, at int) int {
	for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}
