package filter_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// A text is the tree that it is written for, and the tree is written as that text.
func TestTextsAndTrees(t *testing.T) {
	t.Parallel()
	flag := func(on string) filter.Node { return filter.Node{Op: filter.Is, On: on} }
	is := func(on string, op filter.Op, value string) filter.Node {
		return filter.Node{Op: op, On: on, Value: value}
	}
	both := func(op filter.Op, args ...filter.Node) filter.Node { return filter.Node{Op: op, Args: args} }
	for text, want := range map[string]filter.Node{
		`opted_out`:                  flag("opted_out"),
		`tag:"langganan"`:            is("tag", "=", "langganan"),
		`not not blocked`:            both("not", both("not", flag("blocked"))),
		`has field.kota`:             {Op: filter.Has, On: "field.kota"},
		`name ~ "Bu \"Sri\" \\ x"`:   is("name", "~", `Bu "Sri" \ x`),
		`field.kota = ""`:            is("field.kota", "=", ""),
		`name = "and"`:               is("name", "=", "and"),
		`last_message > -30d`:        is("last_message", ">", "-30d"),
		`created <= 2026-01-31`:      is("created", "<=", "2026-01-31"),
		`group or named and blocked`: both("or", flag("group"), both("and", flag("named"), flag("blocked"))),
		`(group or named) and blocked and not opted_in`: both("and", both("or", flag("group"), flag("named")), flag("blocked"), both("not", flag("opted_in"))),
		`not (group and named)`:                         both("not", both("and", flag("group"), flag("named"))),
		``:                                              {Op: filter.And},
	} {
		got, err := filter.Parse(text)
		if err != nil {
			t.Errorf("Parse(%s): %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("Parse(%s) (-want +got):\n%s", text, diff)
		}
		if back := got.Text(); back != text {
			t.Errorf("%s is written back as %s", text, back)
		}
	}
	loose, err := filter.Parse(" tag : langganan\n and  ( (field.kota=\"Bandung\") ) ")
	if err != nil || loose.Text() != `tag:"langganan" and field.kota = Bandung` {
		t.Errorf("loosely written: %s, %v", loose.Text(), err)
	}
}

func TestWhatIsNoExpression(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`and`, `group and`, `(group`, `group)`, `tag:`, `name = `, `name =`, `"x"`, `group named`, `name == x`, `name = 'x'`, `name = "x`, `not`, `has`, `1 = 1; drop`,
		`x -- y`, "name = \x00", "\xff", `name = and`, `()`, `,`, `😀`, `has not`,
	} {
		n, err := filter.Parse(text)
		var f *fault.Fault
		if !errors.Is(err, filter.ErrSyntax) || !errors.As(err, &f) || f.Field != "filter" {
			t.Errorf("Parse(%q) got %+v, %v; want ErrSyntax", text, n, err)
		}
	}
	for what, text := range map[string]string{
		"brackets": strings.Repeat("(", 1000) + "group" + strings.Repeat(")", 1000),
		"nots":     strings.Repeat("not ", 900) + "group",
		"many":     strings.Repeat("group or ", 200) + "group",
		"long":     `name = "` + strings.Repeat("x", filter.MaxText) + `"`,
	} {
		if _, err := filter.Parse(text); !errors.Is(err, filter.ErrSize) {
			t.Errorf("%s: got %v, want ErrSize", what, err)
		}
	}
}

func names() filter.Names {
	return filter.Names{
		Tags: map[string]string{"langganan": "T1", "grosir": "T2"},
		Fields: map[string]filter.Field{
			"kota": {ID: "F1", Key: "kota", Kind: filter.Text}, "belanja": {ID: "F2", Key: "belanja", Kind: filter.Number},
			"lahir": {ID: "F3", Key: "lahir", Kind: filter.Date}, "anggota": {ID: "F4", Key: "anggota", Kind: filter.YesNo},
		},
	}
}

func TestCheckHoldsNamesAndValuesAgainstTheWorkspace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		`tag:"Langganan" and field.belanja > 100000 and field.lahir < 2000-01-01 and field.anggota = ya`: nil,
		`consent = unknown or consent != out`: nil,
		`has tag and has last_seen`:           nil,
		`tag:"salah"`:                         filter.ErrSubject,
		`field.tidak = x`:                     filter.ErrSubject,
		`kucing`:                              filter.ErrSubject,
		`workspace_id = x`:                    filter.ErrSubject,
		`tag ~ lang`:                          filter.ErrOperator,
		`name > x`:                            filter.ErrOperator,
		`created = 2026-01-01`:                filter.ErrOperator,
		`field.kota < x`:                      filter.ErrOperator,
		`field.belanja ~ 1`:                   filter.ErrOperator,
		`search = x`:                          filter.ErrOperator,
		`field.belanja > banyak`:              filter.ErrValue,
		`field.belanja > 0x10`:                filter.ErrValue,
		`field.belanja > NaN`:                 filter.ErrValue,
		`field.lahir = 31-12-2020`:            filter.ErrValue,
		`created > kemarin`:                   filter.ErrValue,
		`created > -30`:                       filter.ErrValue,
		`created > -99999d`:                   filter.ErrValue,
		`consent = maybe`:                     filter.ErrValue,
		`phone = abc`:                         filter.ErrValue,
		`name = ""`:                           filter.ErrValue,
		`name = "` + strings.Repeat("x", filter.MaxValue+1) + `"`: filter.ErrValue,
	} {
		n, err := filter.Parse(text)
		if err != nil {
			t.Fatalf("Parse(%s): %v", text, err)
		}
		if _, err := filter.Check(n, names()); !errors.Is(err, want) {
			t.Errorf("Check(%s) got %v, want %v", text, err, want)
		}
	}
}

// Trees come from outside, too, and need not be what Parse makes.
func TestCheckRefusesTreesThatAreNone(t *testing.T) {
	t.Parallel()
	deep := filter.Node{Op: filter.Is, On: "group"}
	for range 50 {
		deep = filter.Node{Op: filter.Not, Args: []filter.Node{deep}}
	}
	for what, n := range map[string]filter.Node{
		"nothing":         {},
		"no such op":      {Op: "xor", Args: []filter.Node{{Op: filter.Is, On: "group"}}},
		"not of two":      {Op: filter.Not, Args: []filter.Node{{Op: filter.Is, On: "group"}, {Op: filter.Is, On: "group"}}},
		"or of none":      {Op: filter.Or},
		"and with a name": {Op: filter.And, On: "group"},
		"a flag with arg": {Op: filter.Is, On: "group", Args: []filter.Node{{}}},
		"too deep":        deep,
		"too many":        {Op: filter.And, Args: make([]filter.Node, 500)},
		"NUL":             {Op: filter.Equal, On: "name", Value: "a\x00b"},
		"bad UTF-8":       {Op: filter.Equal, On: "name", Value: "a\xff"},
	} {
		if _, err := filter.Check(n, names()); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
}

// drawNode draws a tree as a person may build it.
func drawNode(t *rapid.T, depth int) filter.Node {
	if depth > 0 && rapid.Bool().Draw(t, "joined") {
		n := filter.Node{Op: rapid.SampledFrom([]filter.Op{filter.And, filter.Or, filter.Not}).Draw(t, "join")}
		count := 1
		if n.Op != filter.Not {
			count = rapid.IntRange(2, 3).Draw(t, "args")
		}
		for range count {
			n.Args = append(n.Args, drawNode(t, depth-1))
		}
		return n
	}
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		return filter.Node{Op: filter.Is, On: rapid.SampledFrom([]string{"group", "opted_out", "x"}).Draw(t, "flag")}
	case 1:
		return filter.Node{Op: filter.Has, On: "field.kota"}
	}
	return filter.Node{
		Op: rapid.SampledFrom([]filter.Op{"=", "!=", "<", "<=", ">", ">=", "~", "^"}).Draw(t, "op"),
		On: rapid.SampledFrom([]string{"tag", "name", "field.kota"}).Draw(t, "on"), Value: rapid.StringN(0, 10, 40).Draw(t, "value"),
	}
}

// flat is a tree in which and of and is one and, as texts have it.
func flat(n filter.Node) filter.Node {
	var args []filter.Node
	for _, a := range n.Args {
		if a = flat(a); a.Op == n.Op && n.Op != filter.Not {
			args = append(args, a.Args...)
			continue
		}
		args = append(args, a)
	}
	n.Args = args
	return n
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := flat(drawNode(t, 3))
		got, err := filter.Parse(n.Text())
		if err != nil {
			t.Fatalf("Parse(%s): %v", n.Text(), err)
		}
		if diff := cmp.Diff(n, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s (-written +read):\n%s", n.Text(), diff)
		}
	})
}

// FuzzParse: whatever comes, nothing breaks, and what is taken can be written and read again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`tag:"x" and not (opted_out or name ~ "\"")`, `has field.kota`, `created >= -2w`, `((`, `"`, `\`, "a.b-c+d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := filter.Parse(text)
		if err != nil {
			return
		}
		again, err := filter.Parse(n.Text())
		if err != nil || again.Text() != n.Text() {
			t.Errorf("%q is written as %q, which is read as %q, %v", text, n.Text(), again.Text(), err)
		}
		_, _ = filter.Check(n, names())
	})
}
