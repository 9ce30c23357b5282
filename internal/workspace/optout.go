package workspace

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// errOptOut is for words and answers of opting out that can't be.
var errOptOut = fault.New(fault.Invalid, "opt_out_invalid", fault.Text{
	ID: "Tiap daftar paling banyak 200 kata, masing-masing 1 sampai 60 huruf dengan paling sedikit satu huruf atau angka; balasan paling panjang 1000 huruf.",
	EN: "Each list has at most 200 words of 1 to 60 characters with at least one letter or digit; an answer has at most 1000 characters.",
})

// OptOut says how somebody stops the messages that nobody asked for, and gets them again. A word counts when a message
// says nothing else, however it is written. Package feature/optout allows courtesy beside it, and hears sentences too.
type OptOut struct {
	WordsOut  []string `json:"words_out" maxItems:"200" doc:"Who writes one of these has opted out"`
	WordsIn   []string `json:"words_in" maxItems:"200" doc:"Who had opted out and writes one of these has opted in again"`
	AnswerOut string   `json:"answer_out" maxLength:"4000" doc:"What they are answered, once; empty is nothing"`
	AnswerIn  string   `json:"answer_in" maxLength:"4000" doc:"What they are answered when they opt in again; empty is nothing"`
}

// Wish is what a message asks for.
type Wish string

// The wishes.
const (
	NoWish  Wish = ""
	WishOut Wish = "out" // no more messages that nobody asked for
	WishIn  Wish = "in"  // to get them again
)

// maxWish is how long a message may be that is looked at, in bytes.
const maxWish = 400

// Asks reads what a message of a customer asks for. A word counts when the message says nothing else, however it is
// written: in odd case, in full-width or bold letters, spelt out, with emoji and signs around. A word in both lists is
// one of opting out.
func (o OptOut) Asks(text string) Wish {
	if len(text) > maxWish {
		return NoWish
	}
	said := plainWords(text)
	if said == "" {
		return NoWish
	}
	is := func(word string) bool { return plainWords(word) == said }
	switch {
	case slices.ContainsFunc(o.WordsOut, is):
		return WishOut
	case slices.ContainsFunc(o.WordsIn, is):
		return WishIn
	}
	return NoWish
}

// plainWords leaves small letters and single blanks of a text. Signs inside a word (s.t.o.p) don't part it, and letters
// that stand alone (S T O P) are one.
func plainWords(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(text) {
		switch {
		case isWordly(r):
			b.WriteRune(unicode.ToLower(r))
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		}
	}
	words := strings.Fields(b.String())
	if !slices.ContainsFunc(words, func(w string) bool { return utf8.RuneCountInString(w) > 1 }) {
		return strings.Join(words, "")
	}
	return strings.Join(words, " ")
}

// Equal reports whether two are the same, in the same order.
func (o OptOut) Equal(other OptOut) bool {
	return slices.Equal(o.WordsOut, other.WordsOut) && slices.Equal(o.WordsIn, other.WordsIn) &&
		o.AnswerOut == other.AnswerOut && o.AnswerIn == other.AnswerIn
}

// OptOutChange is what Update replaces of them; nil leaves a field as it is.
type OptOutChange struct {
	WordsOut  *[]string `json:"words_out,omitempty" maxItems:"200" doc:"An empty list brings the built-in words back"`
	WordsIn   *[]string `json:"words_in,omitempty" maxItems:"200" doc:"An empty list brings the built-in words back"`
	AnswerOut *string   `json:"answer_out,omitempty" maxLength:"4000" doc:"Empty: they are not answered"`
	AnswerIn  *string   `json:"answer_in,omitempty" maxLength:"4000"`
}

// DefaultOptOut is what holds where a business has not said otherwise, in the language of its customers. The words are
// those of all languages: customers write as they like.
func DefaultOptOut(locale string) OptOut {
	o := OptOut{
		WordsOut: []string{
			// Indonesian, and Malay
			"berhenti", "berhenti langganan", "berhenti berlangganan", "stop promo", "stop iklan", "stop kirim", "berhenti kirim", "stop langganan", "stop berlangganan",
			"stop wa", "setop", "unreg", "jangan kirim lagi", "jangan kirim promo", "jangan hubungi saya lagi", "keluar dari daftar", "hapus nomor saya",
			"tolong berhenti", "tolong stop", "mohon berhenti", "mohon stop", "batal langganan", "hentikan",
			// English
			"stop", "stopp", "stop all", "stopall", "stop please", "please stop", "stop broadcast", "unsub", "unsubscribe", "opt out", "optout", "remove me",
			"do not contact me", "stop messaging me",
			// Chinese, Arabic, Hindi, Tamil, Spanish, Portuguese, French, German, Dutch
			"退订", "退訂", "取消订阅", "取消訂閱", "停止", "توقف", "إيقاف", "ايقاف", "إلغاء الاشتراك", "बंद करो", "रोकें", "நிறுத்து",
			"darse de baja", "parar", "descadastrar", "arret", "arrêt", "desabonner", "désabonner", "abmelden", "stopp bitte", "afmelden",
		},
		WordsIn: []string{
			"mulai", "mulai lagi", "langganan", "langganan lagi", "daftar lagi", "aktifkan lagi",
			"start", "unstop", "subscribe", "opt in", "optin",
			"订阅", "訂閱", "开始", "開始", "اشتراك", "ابدأ", "शुरू", "alta", "abonner", "anmelden", "aanmelden",
		},
		AnswerOut: "Baik, kamu tidak akan menerima promosi dari kami lagi. Balas MULAI kalau berubah pikiran.",
		AnswerIn:  "Terima kasih! Kamu akan menerima promosi dari kami lagi. Balas BERHENTI kapan saja untuk menghentikannya.",
	}
	if locale == "en" {
		o.AnswerOut = "All right, you won't get any more promotions from us. Reply START if you change your mind."
		o.AnswerIn = "Thank you! You will get our promotions again. Reply STOP at any time to end them."
	}
	return o
}

func (c *OptOutChange) apply(o *OptOut) {
	if c == nil {
		return
	}
	set(&o.WordsOut, c.WordsOut)
	set(&o.WordsIn, c.WordsIn)
	set(&o.AnswerOut, c.AnswerOut)
	set(&o.AnswerIn, c.AnswerIn)
}

// check tidies, and returns the fault of the first field that is wrong.
func (o *OptOut) check(locale string) error {
	builtIn := DefaultOptOut(locale)
	for _, l := range []struct {
		field  string
		words  *[]string
		normal []string
	}{{"words_out", &o.WordsOut, builtIn.WordsOut}, {"words_in", &o.WordsIn, builtIn.WordsIn}} {
		if len(*l.words) == 0 {
			*l.words = l.normal
			continue
		}
		tidy := make([]string, 0, len(*l.words))
		for _, w := range *l.words {
			w = strings.Join(strings.Fields(w), " ")
			if n := utf8.RuneCountInString(w); n < 1 || n > 60 || !strings.ContainsFunc(w, isWordly) {
				return errOptOut.WithField("settings.opt_out." + l.field)
			}
			if !slices.Contains(tidy, w) {
				tidy = append(tidy, w)
			}
		}
		if *l.words = tidy; len(tidy) > 200 {
			return errOptOut.WithField("settings.opt_out." + l.field)
		}
	}
	for field, answer := range map[string]*string{"answer_out": &o.AnswerOut, "answer_in": &o.AnswerIn} {
		if *answer = strings.TrimSpace(*answer); utf8.RuneCountInString(*answer) > 1000 || strings.ContainsRune(*answer, 0) {
			return errOptOut.WithField("settings.opt_out." + field)
		}
	}
	return nil
}

func isWordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// keptOptOut is what is stored: what differs from the built-in, so that a better list, or another language of the
// business, reaches everybody who has not said otherwise.
type keptOptOut struct {
	WordsOut  []string `json:"words_out,omitempty"`
	WordsIn   []string `json:"words_in,omitempty"`
	AnswerOut *string  `json:"answer_out,omitempty"`
	AnswerIn  *string  `json:"answer_in,omitempty"`
}

// kept leaves out what a workspace of that language has anyway.
func (o OptOut) kept(locale string) (k keptOptOut) {
	normal := DefaultOptOut(locale)
	if !slices.Equal(o.WordsOut, normal.WordsOut) {
		k.WordsOut = o.WordsOut
	}
	if !slices.Equal(o.WordsIn, normal.WordsIn) {
		k.WordsIn = o.WordsIn
	}
	if o.AnswerOut != normal.AnswerOut {
		k.AnswerOut = &o.AnswerOut
	}
	if o.AnswerIn != normal.AnswerIn {
		k.AnswerIn = &o.AnswerIn
	}
	return k
}
