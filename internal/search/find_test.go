package search

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

func TestPagesHaveEveryHitOnceHoweverShortTheTime(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := benchService(t, d)
		ctx := t.Context()
		var want []string
		err := d.Tx(ctx, func(ctx context.Context) error {
			if _, err := d.Exec(ctx, benchContacts, "c", "Sari", "628"); err != nil {
				return err
			}
			if _, err := d.Exec(ctx, benchChats, "c"); err != nil {
				return err
			}
			for i := range 60 {
				id, at, text := fmt.Sprintf("m%03d", i), int64(1_700_000_000_000+i*i*1000), "satu dua tiga empat lima"
				if i%7 != 0 {
					text = "satu dua tiga empat enam"
				} else {
					want = append([]string{id}, want...)
				}
				if _, err := d.Exec(ctx, benchMessage, id, "c", `{"kind":"text","text":"`+text+`"}`, at); err != nil {
					return err
				}
				if err := s.store.insert(ctx, entry{"w", id, at, codes(text)}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		pages := func(r *rapid.T) {
			s.store.budget = 0 // after each hit the time is over
			if rapid.Bool().Draw(r, "has time") {
				s.store.budget = budget
			}
			q := Query{Text: "satu dua tiga empat lima", Limit: rapid.IntRange(1, 50).Draw(r, "limit")}
			var got []string
			for {
				f, err := s.Find(ctx, "w", q)
				if err != nil {
					r.Fatal(err)
				}
				if len(f.Messages) > q.Limit {
					r.Fatalf("a page of %d hits, want %d at most", len(f.Messages), q.Limit)
				}
				for _, h := range f.Messages {
					got = append(got, h.MessageID)
				}
				if q.After = f.Next; f.Next == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				r.Fatalf("got %d hits %v, want %d, newest first, each once", len(got), got, len(want))
			}
		}
		rapid.Check(t, pages)
		s.store.budget = 0
		if f, err := s.Find(ctx, "w", Query{Text: "lima enam", Limit: 5}); err != nil || len(f.Messages) != 0 || f.Next != "" {
			t.Errorf("no message has both words: got %d hits, next %q, %v; want none and the end at once", len(f.Messages), f.Next, err)
		}
		s.store.budget = budget
		if err := s.store.insert(ctx, entry{"v", "theirs", 1_700_000_000_000, codes("satu dua tiga empat lima")}); err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, pages) // another workspace has messages, too
		if f, err := s.Find(ctx, "v", Query{Text: "satu", Limit: 5}); err != nil || len(f.Messages) != 0 {
			t.Errorf("another workspace got %d hits and %v, want none", len(f.Messages), err)
		}
	})
}

func TestTheTellingWordsAreTheLongest(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"a bb ccc dddd":             {"a", "bb", "ccc", "dddd"},
		"a bb ccc dddd eeeee ":      {"eeeee", "dddd", "ccc", "bb"},
		"a bb ccc dddd eeee ffffff": {"dddd", "eeee", "ccc", "bb"}, // ffffff is only begun
	} {
		if got := ask(text).telling().words; !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
