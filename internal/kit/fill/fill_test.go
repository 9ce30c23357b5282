package fill_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/fill"
)

func last(n int) int { return n - 1 }
func first(int) int  { return 0 }
func parse(t *testing.T, src string) fill.Text {
	t.Helper()
	txt, err := fill.Parse(src)
	if err != nil {
		t.Fatalf("Parse(%q): %v", src, err)
	}
	return txt
}

func TestRender(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"name": "Sari", "empty": "", "evil": "{name} {a|b}"}
	for _, c := range []struct {
		src, want string
		pick      func(int) int
	}{
		{"", "", first},
		{"Halo {name}!", "Halo Sari!", first},
		{"Halo {siapa=Kak}", "Halo Kak", first},
		{"Halo {empty=Kak}", "Halo Kak", first},
		{"[{empty}]", "[]", first},
		{"{Halo|Hai} {name}", "Halo Sari", first},
		{"{Halo|Hai} {name}", "Hai Sari", last},
		{"{Selamat {pagi|siang}|Hai} Kak", "Selamat pagi Kak", first},
		{"{|kosong}", "", first},
		{"{evil}", "{name} {a|b}", first},
		{"{", "{", first},
		{"}", "}", first},
		{"a|b", "a|b", first},
		{"{tidak ada spasi}", "{tidak ada spasi}", first},
		{"{}", "{}", first},
		{`\{name\}`, "{name}", first},
		{`{a\|b|c}`, "a|b", first},
		{"{a|{name}", "{a|Sari", first},
		{"{{a|b}", "{a", first},
		{`{"json": {"a": 1}}`, `{"json": {"a": 1}}`, first},
		{"{a|{x y}|c}", "{x y}", func(int) int { return 1 }},
		{"{ Halo {name} }", "{ Halo Sari }", first},
		{`akhir\`, `akhir\`, first},
	} {
		got, err := parse(t, c.src).Render(vars, c.pick)
		if err != nil || got != c.want {
			t.Errorf("Render(%q) = %q, %v; want %q", c.src, got, err, c.want)
		}
	}
}

func TestMissingVariableIsNamed(t *testing.T) {
	t.Parallel()
	_, err := parse(t, "Halo {nama}").Render(nil, first)
	f, _ := fault.From(err)
	if !errors.Is(err, fill.ErrMissing) || f.Field != "{nama}" || !strings.Contains(f.Text.ID, "{nama}") {
		t.Fatalf("Render without a value = %v, want ErrMissing that names {nama}", err)
	}
}

func TestVars(t *testing.T) {
	t.Parallel()
	got := parse(t, "{b} {a|{c=x}} {b}").Vars()
	if diff := cmp.Diff([]string{"b", "c"}, got); diff != "" {
		t.Errorf("Vars (-want +got):\n%s", diff)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	if _, err := fill.Parse(strings.Repeat("x", fill.MaxLength+1)); !errors.Is(err, fill.ErrTooLong) {
		t.Errorf("a text over the bound: got %v, want ErrTooLong", err)
	}
	deep := strings.Repeat("{a|", fill.MaxDepth+1) + strings.Repeat("}", fill.MaxDepth+1)
	if _, err := fill.Parse(deep); !errors.Is(err, fill.ErrTooDeep) {
		t.Errorf("a text too deep: got %v, want ErrTooDeep", err)
	}
	got, err := parse(t, strings.Repeat("{x}", 100)).Render(map[string]string{"x": strings.Repeat("é", 5000)}, first)
	if err != nil || len(got) > fill.MaxLength || !utf8.ValidString(got) {
		t.Errorf("a long result: %d bytes, valid %v, %v; want ≤%d, valid", len(got), utf8.ValidString(got), err, fill.MaxLength)
	}
}

// A text without gaps comes out as it went in.
func TestPlainTextIsKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := rapid.StringOfN(rapid.RuneFrom([]rune("ab é😀|}\n,.")), 0, 200, -1).Draw(t, "src")
		txt, err := fill.Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := txt.Render(nil, first); got != src {
			t.Fatalf("got %q, want %q", got, src)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"{a|b}", "{name=x}", `\{`, "{{{|}}}", strings.Repeat("{|", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		txt, err := fill.Parse(src)
		if err != nil {
			return
		}
		vars := map[string]string{}
		for _, v := range txt.Vars() {
			vars[v] = "v"
		}
		if _, err := txt.Render(vars, last); err != nil {
			t.Fatalf("every variable has a value, yet %v", err)
		}
	})
}
