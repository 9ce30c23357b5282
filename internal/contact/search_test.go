package contact_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// today is when the tests of filters happen.
func today() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }

// folk are contacts with everything that filters look at, and what they are known to be.
type folk struct {
	s    *contact.Service
	tags []contact.Tag
	rows map[string]filter.Row
}

const week = 7 * 24 * time.Hour

// newFolk makes contacts that differ in everything, by their number.
func newFolk(t *testing.T, d *db.DB, n int) *folk {
	t.Helper()
	ctx := t.Context()
	now := today()
	f := &folk{rows: map[string]filter.Row{}}
	f.s = contact.New(d, contact.Config{Now: func() time.Time { return now }})
	for _, name := range []string{"Langganan", "grosir"} {
		tag, err := f.s.AddTag(ctx, ws, name, "")
		if err != nil {
			t.Fatal(err)
		}
		f.tags = append(f.tags, tag)
	}
	for name, kind := range map[string]filter.Kind{"Kota": filter.Text, "Belanja": filter.Number, "Lahir": filter.Date, "Anggota": filter.YesNo} {
		if _, err := f.s.AddField(ctx, ws, name, kind, nil); err != nil {
			t.Fatal(err)
		}
	}
	fields, err := f.s.Fields(ctx, ws)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		now = today().Add(-time.Duration(i%5) * week)
		f.add(t, i, now, fields)
	}
	now = today()
	return f
}

func (f *folk) add(t *testing.T, i int, now time.Time, fields []contact.Field) {
	t.Helper()
	ctx := t.Context()
	names := []string{"", "Budi Santoso", "BUDIMAN 100%", "Sri_Rahayu", `O"Neil \ x`, "Ñandú 李"}
	c := resolve(t, f.s, peer(names[i%len(names)], phone(fmt.Sprintf("62812%04d", i))))
	row := filter.Row{Name: c.Name, Phone: c.Phone, CreatedAt: now.UnixMilli(), Fields: map[string]string{}}
	e := contact.Edit{Fields: map[string]string{}}
	for k, tag := range f.tags {
		if i>>k&1 == 1 {
			e.AddTags = append(e.AddTags, tag.ID)
		}
	}
	row.Tags = e.AddTags
	values := map[string][]string{"kota": {"Bandung", "jakarta", ""}, "belanja": {"150000", "-2.5", "", "1000"}, "lahir": {"", "1990-05-17", "2026-11-20"}, "anggota": {"yes", "no", ""}}
	for _, field := range fields {
		if v := values[field.Key][i/2%len(values[field.Key])]; v != "" {
			e.Fields[field.Key], row.Fields[field.ID] = v, v
		}
	}
	if _, err := f.s.Edit(ctx, ws, c.ID, e); err != nil {
		t.Fatal(err)
	}
	if row.Consent = []string{"", "in", "out"}[i%3]; row.Consent != "" {
		if _, err := f.s.SetConsent(ctx, ws, c.ID, contact.ConsentEntry{State: contact.Consent(row.Consent), Source: contact.ConsentByMember}); err != nil {
			t.Fatal(err)
		}
	}
	if row.Blocked = i%7 == 0; row.Blocked {
		if err := f.s.SetBlocked(ctx, ws, c.ID, contact.Blocked); err != nil {
			t.Fatal(err)
		}
	}
	if i%2 == 0 {
		row.LastMessageAt = now.Add(-time.Hour).UnixMilli()
		way := contact.Ours
		if i%4 == 0 {
			way, row.LastSeenAt = contact.Theirs, row.LastMessageAt
		}
		row.Devices = []string{fmt.Sprint("dev-", i%3)}
		if err := f.s.Messaged(ctx, c, row.Devices[0], row.LastMessageAt, way); err != nil {
			t.Fatal(err)
		}
	}
	f.rows[c.ID] = row
}

// all are the ids that a query lists, over all its pages.
func (f *folk) all(ctx context.Context, q contact.Query) (ids []string, err error) {
	for {
		p, err := f.s.Search(ctx, ws, q)
		if err != nil {
			return nil, err
		}
		for _, c := range p.Cards {
			ids = append(ids, c.ID)
		}
		if q.After = p.Next; p.Next == "" {
			return ids, nil
		}
	}
}

func drawCondition(t *rapid.T) filter.Node {
	order := []string{"<", "<=", ">", ">="}
	draw := func(on string, ops []string, values ...string) filter.Node {
		return filter.Node{Op: filter.Op(rapid.SampledFrom(ops).Draw(t, "op")), On: on, Value: rapid.SampledFrom(values).Draw(t, "value")}
	}
	texts := []string{"=", "!=", "~", "^"}
	switch rapid.IntRange(0, 12).Draw(t, "what") {
	case 0:
		return draw("tag", []string{"="}, "langganan", "GROSIR")
	case 1:
		return filter.Node{Op: filter.Is, On: rapid.SampledFrom([]string{"opted_in", "opted_out", "blocked", "group", "named"}).Draw(t, "flag")}
	case 2:
		return draw("name", texts, "budi", "Budi Santoso", "100%", "i_r", `\`, `o"n`, "ñan", "李")
	case 3:
		return draw("phone", texts, "62812", "0003", "628120005", "9")
	case 4:
		return draw("search", []string{"~"}, "udi", "812000", "%", "_", `"`, "ra", "ñandú")
	case 5:
		return draw("consent", []string{"=", "!="}, "in", "out", "unknown")
	case 6:
		return draw("device", []string{"=", "!="}, "dev-0", "dev-1", "none")
	case 7:
		return draw(rapid.SampledFrom([]string{"created", "last_message", "last_seen"}).Draw(t, "time"), order, "-7d", "-8d", "-2w", "-1h", "2026-11-15", "2026-11-08")
	case 8:
		return filter.Node{Op: filter.Has, On: rapid.SampledFrom([]string{"tag", "name", "phone", "consent", "device", "last_seen", "created", "field.kota", "field.lahir"}).Draw(t, "has")}
	case 9:
		return draw("field.kota", texts, "bandung", "JAKARTA", "an", "ja")
	case 10:
		return draw("field.belanja", append(order, "=", "!="), "-2.5", "1000", "1000.0", "150000", "0")
	case 11:
		return draw("field.lahir", append(order, "=", "!="), "1990-05-17", "-2d", "2026-11-20", "-0d")
	}
	return draw("field.anggota", []string{"=", "!="}, "ya", "no")
}

func drawTree(t *rapid.T, depth int) filter.Node {
	if depth == 0 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
		return drawCondition(t)
	}
	n := filter.Node{Op: rapid.SampledFrom([]filter.Op{filter.And, filter.And, filter.Or, filter.Not}).Draw(t, "join")}
	count := 1
	if n.Op != filter.Not {
		count = rapid.IntRange(1, 3).Draw(t, "args")
	}
	for range count {
		n.Args = append(n.Args, drawTree(t, depth-1))
	}
	return n
}

// Whatever expression is drawn, either engine picks exactly the contacts that the tree means, in every order, and counts
// as many.
func TestSQLPicksWhatTheTreeMeans(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ *contact.Service) {
		f := newFolk(t, d, 60)
		rapid.Check(t, func(rt *rapid.T) {
			tree := drawTree(rt, 3)
			e, err := f.s.Check(t.Context(), ws, tree)
			if err != nil {
				rt.Fatalf("Check(%s): %v", tree.Text(), err)
			}
			var want []string
			for id, row := range f.rows {
				if e.Match(row, today()) {
					want = append(want, id)
				}
			}
			slices.Sort(want)
			sort := rapid.SampledFrom([]contact.Sort{contact.SortName, contact.SortMessage, contact.SortCreated}).Draw(rt, "sort")
			got, err := f.all(t.Context(), contact.Query{Where: tree, Sort: sort, Limit: 7})
			if err != nil {
				rt.Fatalf("%s: %v", tree.Text(), err)
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				rt.Fatalf("%s picks (-want +got):\n%s", tree.Text(), diff)
			}
			if n, err := f.s.Count(t.Context(), ws, tree); err != nil || n != len(want) {
				rt.Fatalf("%s counts %d, %v; want %d", tree.Text(), n, err, len(want))
			}
		})
	})
}

func TestCardsAreListedInTheirOrder(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ *contact.Service) {
		f := newFolk(t, d, 25)
		for sort, before := range map[contact.Sort]func(a, b contact.Card) bool{
			contact.SortMessage: func(a, b contact.Card) bool { return a.LastMessageAt >= b.LastMessageAt },
			contact.SortCreated: func(a, b contact.Card) bool { return a.CreatedAt >= b.CreatedAt },
		} {
			p, err := f.s.Search(t.Context(), ws, contact.Query{Sort: sort, Limit: 10})
			if err != nil || len(p.Cards) != 10 || p.Next == "" {
				t.Fatalf("%s: %d cards, next %q, %v", sort, len(p.Cards), p.Next, err)
			}
			for i := 1; i < len(p.Cards); i++ {
				if !before(p.Cards[i-1], p.Cards[i]) {
					t.Errorf("%s: card %d is before %d", sort, i-1, i)
				}
			}
			if _, err := f.s.Search(t.Context(), ws, contact.Query{Sort: contact.SortName, After: p.Next}); err == nil {
				t.Errorf("a cursor of %s was taken for names", sort)
			}
		}
		if p, err := f.s.Search(t.Context(), "ws-2", contact.Query{}); err != nil || len(p.Cards) != 0 {
			t.Errorf("another workspace lists %d, %v", len(p.Cards), err)
		}
	})
}

func TestEachTellsEveryCardOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ *contact.Service) {
		f := newFolk(t, d, 30)
		seen := map[string]int{}
		tree, err := filter.Parse("not blocked")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.s.Each(t.Context(), ws, tree, func(cards []contact.Card) error {
			for _, c := range cards {
				seen[c.ID]++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for id, row := range f.rows {
			if want := 1 - min(1, map[bool]int{true: 1}[row.Blocked]); seen[id] != want {
				t.Errorf("%s (blocked %v) was told %d times", id, row.Blocked, seen[id])
			}
		}
	})
}

func TestAParsedSearchFindsNamesAndNumbers(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ *contact.Service) {
		f := newFolk(t, d, 12)
		for text, want := range map[string]int{"budi": 4, "BUDI s": 2, "0007": 1, "62812": 12, "zzz": 0, "1": 12} {
			where, err := f.s.Criteria(t.Context(), ws, contact.CriteriaIn{Search: text})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := f.all(t.Context(), contact.Query{Where: where}); err != nil || len(got) != want {
				t.Errorf("search %q got %d, %v; want %d", text, len(got), err, want)
			}
		}
		name := "Joko " + strings.Repeat("w", 20)
		id, _ := f.all(t.Context(), contact.Query{Limit: 1})
		if _, err := f.s.Edit(t.Context(), ws, id[0], contact.Edit{Name: &name}); err != nil {
			t.Fatal(err)
		}
		where, _ := f.s.Criteria(t.Context(), ws, contact.CriteriaIn{Search: "oko www"})
		if got, err := f.all(t.Context(), contact.Query{Where: where}); err != nil || len(got) != 1 || got[0] != id[0] {
			t.Errorf("a new name is found as %v, %v; want %s", got, err, id[0])
		}
	})
}

func TestCountingStopsWhereItIsTold(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ *contact.Service) {
		f := newFolk(t, d, 40)
		for _, text := range []string{"", `tag:"langganan"`, `search ~ 62812`, `search ~ budi and tag:"grosir"`, `field.kota = Bandung`, `tag:"langganan" or blocked`} {
			var tree filter.Node
			if text != "" {
				var err error
				if tree, err = filter.Parse(text); err != nil {
					t.Fatal(err)
				}
			}
			all, err := f.s.Count(t.Context(), ws, tree)
			if err != nil {
				t.Fatal(err)
			}
			for _, most := range []int{1, 3, all, 1000} {
				if n, err := f.s.CountUpTo(t.Context(), ws, tree, most); err != nil || n != min(all, most+1) {
					t.Errorf("%q up to %d: %d, %v, want %d", text, most, n, err, min(all, most+1))
				}
			}
		}
	})
}
