package autoreply

import (
	"errors"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		match Match
		word  string
		text  string
		want  bool
	}{
		{MatchExact, "Halo", "halo", true},
		{MatchExact, "Halo", "  HALO \n", true},
		{MatchExact, "Halo", "ha\u200blo", true},
		{MatchExact, "STOP", "Ｓｔｏｐ", true},
		{MatchExact, "Halo", "halo kak", false},
		{MatchContains, "harga", "Berapa HARGA-nya?", true},
		{MatchContains, "jam  buka", "jam buka berapa", true},
		{MatchContains, "harga", "hargga", false},
		{MatchStartsWith, "pesan", "Pesan 2 nasi", true},
		{MatchStartsWith, "pesan", "mau pesan", false},
		{MatchRegex, `^order\s+\d+$`, "Order 123", true},
		{MatchRegex, `^order\s+\d+$`, "order abc", false},
		{MatchFuzzy, "katalog", "kirim katlaog dong", true},
		{MatchFuzzy, "katalog", "catalog?", true},
		{MatchFuzzy, "harga", "hrga", true},
		{MatchFuzzy, "jam buka", "jm buka brp", true},
		{MatchFuzzy, "jam-buka", "jam-buka?", true},
		{MatchFuzzy, "jam-buka", "jam buka", true},
		{MatchFuzzy, "???", "ada ??? tidak", true},
		{MatchFuzzy, "???", "ada tidak", false},
		{MatchFuzzy, "ya", "yo", false},
		{MatchFuzzy, "harga", "tenaga surya", false},
	} {
		m, err := compile(Trigger{Trigger: TriggerKeyword, Match: c.match, Words: []string{c.word}})
		if err != nil {
			t.Fatalf("compile %s %q: %v", c.match, c.word, err)
		}
		if got := m(c.text, normalise(c.text)); got != c.want {
			t.Errorf("%s %q on %q = %v, want %v", c.match, c.word, c.text, got, c.want)
		}
	}
}

func TestBadTriggersAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		trigger Trigger
		want    error
	}{
		{Trigger{Match: MatchExact}, ErrNoWords},
		{Trigger{Match: MatchExact, Words: []string{" \u200b"}}, ErrEmptyWord},
		{Trigger{Match: MatchContains, Words: []string{strings.Repeat("a", 501)}}, ErrLongWord},
		{Trigger{Match: "like", Words: []string{"a"}}, ErrBadMatch},
		{Trigger{Match: MatchExact, Words: strings.Split(strings.Repeat("a,", 60), ",")[:51]}, ErrTooManyWords},
		{Trigger{Match: MatchRegex, Words: []string{"(a"}}, ErrBadRegex},
		{Trigger{Match: MatchRegex, Words: []string{strings.Repeat("a", 501)}}, ErrBadRegex},
		{Trigger{Match: MatchRegex, Words: []string{"(a{30}){30}b{900}"}}, ErrBadRegex},
	} {
		if _, err := compile(c.trigger); !errors.Is(err, c.want) {
			t.Errorf("compile(%+v) = %v, want %v", c.trigger, err, c.want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("(a+)+$", strings.Repeat("a", 50000))
	f.Add("halo", "\xff\x00halo")
	f.Fuzz(func(t *testing.T, word, text string) {
		for _, kind := range []Match{MatchExact, MatchContains, MatchStartsWith, MatchFuzzy, MatchRegex} {
			m, err := compile(Trigger{Match: kind, Words: []string{word}})
			if err != nil {
				continue
			}
			n := normalise(text)
			if len(n) > 8*maxText {
				t.Fatalf("normalised to %d bytes", len(n))
			}
			m(text, n)
			if (kind == MatchExact || kind == MatchContains || kind == MatchStartsWith) && len(word) < maxText && !m(word, normalise(word)) {
				t.Fatalf("%s: %q does not match itself", kind, word)
			}
		}
	})
}

func BenchmarkWorstRegex(b *testing.B) {
	m, err := compile(Trigger{Match: MatchRegex, Words: []string{`(x+x+)+y|(a|b|ab)*c{100}`}})
	if err != nil {
		b.Fatal(err)
	}
	text := strings.Repeat("x", maxText)
	for b.Loop() {
		m(text, "")
	}
}
