package search

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"  …!? ", nil},
		{"Halo, Kak! Halo", []string{"halo", "kak"}},
		{"Café Crème", []string{"cafe", "creme"}},
		{"Cafe\u0301", []string{"cafe"}},
		{"ＡＢＣ １２", []string{"abc", "12"}},
		{"0812-9064", []string{"0812", "9064"}},
		{"a_b*c\"d", []string{"a", "b", "c", "d"}},
		{"привет", []string{"z10043fz100440z100438z100432z100435z100442"}},
		{"東京", []string{"z106771", "z104eac"}},
		{strings.Repeat("a", 100), []string{strings.Repeat("a", maxWord)}},
	} {
		if diff := cmp.Diff(tt.want, codes(tt.text)); diff != "" {
			t.Errorf("codes(%q) (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestQuestionsHaveOnlyWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`stok`:                           `"stok" *`,
		`stok `:                          `"stok"`,
		`s`:                              `"s"`,
		`"a b" OR NEAR(c*) -d :*`:        `"a" AND "b" AND "or" AND "near" AND "c" AND "d"`,
		`'; DROP TABLE messages; --`:     `"drop" AND "table" AND "messages"`,
		strings.Repeat("kata ", 2000):    `"kata"` + strings.Repeat(` AND "kata"`, maxAsked-1),
		strings.Repeat("k", 10_000) + "": `"` + strings.Repeat("k", maxWord) + `" *`,
	} {
		if got := ask(text).sqlite(); got != want {
			t.Errorf("ask(%.40q): got %s, want %s", text, got, want)
		}
	}
	if got, want := ask("it's ba").postgres(), "'it' & 's' & 'ba':*"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestExcerpts(t *testing.T) {
	t.Parallel()
	got := ask("cafe bu").excerpt("ke Café dulu, Bu. Bukan?")
	want := []Part{{"ke ", false}, {"Café", true}, {" dulu, ", false}, {"Bu", true}, {". ", false}, {"Bukan", true}, {"?", false}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	long := strings.Repeat("é ", 200) + "stok" + strings.Repeat(" é", 200)
	parts := ask("stok").excerpt(long)
	if len(parts) != 5 || parts[0].Text != "…" || !parts[2].Hit || parts[4].Text != "…" {
		t.Errorf("got %+v, want what is around the hit", parts)
	}
}

// FuzzWords: whatever is indexed and asked is plain words, a text is found by each of its own, and excerpts are text.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"halo kak", "Cafe\u0301 東京", "\xff\xfe", "a\u0301\u0301b", "NEAR(\"x\" *)"} {
		f.Add(s, "halo")
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		all := codes(text)
		for _, c := range all {
			if c == "" || strings.ContainsFunc(c, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
				t.Fatalf("codes(%q): %q is no plain word", text, c)
			}
		}
		for _, w := range split(text) {
			if w.from < 0 || w.from >= w.to || w.to > len(text) {
				t.Fatalf("split(%q): %+v lies outside", text, w)
			}
		}
		for _, w := range ask(text).words {
			if !ask(text).hits(w) {
				t.Fatalf("ask(%q) does not hit its own %q", text, w)
			}
		}
		for _, p := range ask(other).excerpt(text) {
			if utf8.ValidString(text) && !utf8.ValidString(p.Text) {
				t.Fatalf("excerpt(%q): %q is no text", text, p.Text)
			}
		}
	})
}
