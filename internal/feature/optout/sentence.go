package optout

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/pingcrm/pingcrm/internal/workspace"
)

// reader reads what customers write about being written to: the workspace's words, also with courtesy around them and
// in the spellings of a hurry, and sentences that ask to be left alone (ADR 0029).
type reader struct {
	known map[string]entry
}

// entry is what a word or phrase is.
type entry struct {
	spelling string // the usual one
	role     role
}

// clause is what a message says between two marks.
type clause struct {
	words []entry
	asked bool // it ends as a question
}

func newReader() *reader {
	r := &reader{known: map[string]entry{}}
	for _, row := range vocabulary {
		forms := strings.Fields(row.forms)
		for _, form := range forms {
			form = strings.ReplaceAll(form, "_", " ")
			r.known[form] = entry{strings.ReplaceAll(forms[0], "_", " "), row.role}
		}
	}
	return r
}

// asks reads what a message asks for. Where it is not clear it asks for nothing.
func (r *reader) asks(words workspace.OptOut, text string) workspace.Wish {
	if wish := words.Asks(text); wish != workspace.NoWish {
		return wish
	}
	clauses := r.clauses(text)
	if slices.ContainsFunc(clauses, limited) {
		return workspace.NoWish
	}
	if r.isWord(words.WordsOut, clauses) || leavesAlone(words.WordsOut, clauses) {
		return workspace.WishOut
	}
	return workspace.NoWish
}

// limited tells what makes a wish unclear wherever it stands: an exception, a condition, another time, or that somebody
// is told what to write.
func limited(c clause) bool {
	return slices.ContainsFunc(c.words, func(w entry) bool { return w.role == limit })
}

// isWord reports whether the clauses are one of the words, but for courtesy and spelling.
func (r *reader) isWord(list []string, clauses []clause) bool {
	var all []string
	for _, c := range clauses {
		if c.asked {
			return false
		}
		for _, w := range c.plain() {
			all = append(all, w.spelling)
		}
	}
	if len(all) == 0 {
		return false
	}
	whole := strings.Join(all, " ")
	return slices.ContainsFunc(list, func(word string) bool {
		var spelt []string
		for _, c := range r.clauses(word) {
			for _, w := range c.words {
				spelt = append(spelt, w.spelling)
			}
		}
		return strings.Join(spelt, " ") == whole
	})
}

// leavesAlone reports whether a clause asks clearly to be left alone, or less clearly with nothing else beside it.
func leavesAlone(list []string, clauses []clause) bool {
	var all []string
	for _, c := range clauses {
		roles := rolesOf(c.plain())
		switch {
		case roles == "":
			continue
		case c.asked && !c.polite():
			roles = string(unknown)
		}
		if slices.ContainsFunc(plainly, func(f form) bool { return f.fits(roles) }) {
			return true
		}
		all = append(all, roles)
	}
	if len(all) != 1 {
		return false
	}
	for _, f := range alone {
		if f.re.MatchString(all[0]) {
			return slices.Contains(list, f.word)
		}
	}
	return false
}

// polite tells a wish that is put as a question: bisa stop promo?
func (c clause) polite() bool {
	return slices.ContainsFunc(c.words, func(w entry) bool { return w.role == please || w.role == ask })
}

// plain leaves out courtesy, and greetings where they greet.
func (c clause) plain() (list []entry) {
	for _, w := range c.words {
		switch {
		case w.role == courtesy, w.role == please, w.role == greeting && len(list) == 0:
		case w.role == ask && (len(list) == 0 || len(list) == 1 && list[0].role == me): // saya minta
			list = nil
		default:
			list = append(list, w)
		}
	}
	return list
}

// rolesOf writes the words' roles, a letter each; those that mean something only beside others are settled here.
func rolesOf(words []entry) string {
	var b []byte
	for i, w := range words {
		next, last := unknown, unknown
		if i+1 < len(words) {
			next = words[i+1].role
		}
		if len(b) > 0 {
			last = role(b[len(b)-1])
		}
		switch {
		case w.role == to && (next == me || next == number || next == this || last == want || last == wantNot):
		case w.role == want && (last == not || last == dont):
			b[len(b)-1] = byte(wantNot)
		case w.role == need && last == not:
			b[len(b)-1] = byte(dont)
		case w.role == this && (next == number || last == number):
			b = append(b, byte(me))
		default:
			b = append(b, byte(w.role))
		}
	}
	return string(b)
}

// clauses takes a text apart at its marks and at words that join. A question mark counts for all since the last full
// stop.
func (r *reader) clauses(text string) (list []clause) {
	var words []string
	first := 0 // of the sentence
	end := func() {
		list = append(list, r.parse(words)...)
		words = nil
	}
	var b strings.Builder
	word := func() {
		if b.Len() > 0 {
			words = append(words, b.String())
			b.Reset()
		}
	}
	for _, c := range norm.NFKC.String(text) {
		switch {
		case unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c):
			b.WriteRune(unicode.ToLower(c))
		case strings.ContainsRune("'’‘`´", c) || unicode.In(c, unicode.Cf):
		case strings.ContainsRune(".!?,;:\n()…。！？，", c):
			word()
			end()
			if c == '?' || c == '？' {
				for i := range list[first:] {
					list[first+i].asked = true
				}
			}
			if !strings.ContainsRune(",:()，", c) {
				first = len(list)
			}
		default:
			word()
		}
	}
	word()
	end()
	return list
}

// longest is of how many words a phrase of the vocabulary is at most.
const longest = 3

// parse understands the words of one clause, phrases first, and parts it where two are joined.
func (r *reader) parse(words []string) (list []clause) {
	var c clause
	for i := 0; i < len(words); {
		n := min(longest, len(words)-i)
		var e entry
		for ; n > 0; n-- {
			var ok bool
			if e, ok = r.find(strings.Join(words[i:i+n], " ")); ok {
				break
			}
		}
		if n == 0 {
			e, n = entry{words[i], unknown}, 1
		}
		if i += n; e.role == joint {
			list, c = append(list, c), clause{}
			continue
		}
		c.words = append(c.words, e)
	}
	return append(list, c)
}

// find looks a word up, as it stands, without what is hung on to it (promonya, kirim2), and without letters that are
// drawn out (stooop).
func (r *reader) find(word string) (entry, bool) {
	for _, form := range []string{word, strings.TrimSuffix(word, "2"), strings.TrimSuffix(word, "nya"), strings.TrimSuffix(word, "lah"), short(word)} {
		if e, ok := r.known[form]; ok {
			return e, true
		}
	}
	return entry{}, false
}

// short leaves one of letters that follow each other.
func short(word string) string {
	return string(slices.Compact([]rune(word)))
}

// form is an order of roles that asks to be left alone, if one of the roles in with is among them.
type form struct {
	re   *regexp.Regexp
	with string
}

func (f form) fits(roles string) bool {
	return f.re.MatchString(roles) && (f.with == "" || strings.ContainsAny(roles, f.with))
}

// What clearly asks for it, whatever stands in the clauses beside. Each covers a whole clause: one word that is not in
// the vocabulary (barang, sekarang, kapan), and it is about something else.
var plainly = []form{
	// stop kirim promo, stop sending me messages; berhenti kirimi saya pesan; stop hubungi saya
	{regexp.MustCompile(`^W*S[VRGCHXAIPMELTOFJ]*[PAE][VRGCHXAIPMELTOFJ]*$`), ""},
	{regexp.MustCompile(`^W*S[VRGILT]*[VG][ILT]*[MX][XILTOFJ]*$`), ""},
	{regexp.MustCompile(`^W*S[LT]*[CXA][LT]*I[ILT]*$`), ""},
	// saya mau berhenti terima promo, but not "saya mau berhenti kirim promo"
	{regexp.MustCompile(`^IW+S(VI|[RGI]*)[PAE][PAEXIL]*$`), ""},
	// berhenti langganan promo, unsubscribe me from your list
	{regexp.MustCompile(`^I?W*[SB]I*U[IF]*[PAEJ][PAEJXI]*$`), ""},
	{regexp.MustCompile(`^I?W*Q[IOFJPAE]*$`), "IJPAE"},
	// jangan kirim promo lagi, no more ads; jangan kirimi saya wa; jangan hubungi saya lagi. Who says of themselves what they
	// don't (I don't get messages anymore) tells, and asks nothing.
	{regexp.MustCompile(`^D[VGCXAIPMELOFJ]*[PAE][VGCXAIPMELOFJ]*$`), ""},
	{regexp.MustCompile(`^D[VGIL]*[VG][IL]*[MX][XILOFJ]*$`), "IL"},
	{regexp.MustCompile(`^DL*[CXAH]I*L*$`), "L"},
	// saya tidak mau menerima promo, ga mau dikirimi wa, I don't want to be contacted anymore
	{regexp.MustCompile(`^I?N[RGHILMX]*[PAE][PAEXILFJ]*$`), "RGL"},
	{regexp.MustCompile(`^I?N[RGIL]*[RG][IL]*[MX][XILFJ]*$`), ""},
	{regexp.MustCompile(`^I?NL*(H|[CX]I)I*L*$`), "L"},
	// hapus nomor saya dari daftar, remove me from your list; mau keluar dari daftar siaran
	{regexp.MustCompile(`^I?W*[ZK][IOX]+F[IJPAEO]*[JPAE][IJPAEO]*$`), ""},
	{regexp.MustCompile(`^I?W*KF[JPAE]+$`), ""},
	// leave me alone
	{regexp.MustCompile(`^Y+$`), ""},
}

// What asks for it if the message says nothing else, and the workspace has not taken away the built-in word that says the
// same: who sells subscriptions may mean something else by it.
var alone = []struct {
	re   *regexp.Regexp
	word string
}{
	{regexp.MustCompile(`^D[CXA]I$`), "do not contact me"},         // jangan hubungi saya
	{regexp.MustCompile(`^W*Z(OX*I|IO)$`), "hapus nomor saya"},     // delete my number
	{regexp.MustCompile(`^I?W*Q$`), "unsubscribe"},                 // I want to unsubscribe
	{regexp.MustCompile(`^I?W*[SB]I*U$`), "berhenti berlangganan"}, // saya mau berhenti langganan
}
