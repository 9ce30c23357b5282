package event_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

func TestWhatNamesSomebodyErasedIsTakenOut(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		r := start(t, d, nil)
		about := draft("w", "of them")
		about.Subject = "chat-1"
		gone := draft("w", "they are gone")
		gone.Type, gone.Subject, gone.Data = event.ContactDeleted, "contact-1", event.Deleted{ContactID: "contact-1"}
		other := draft("other", "contact-1")
		for _, e := range []event.Draft{draft("w", "before"), about, draft("w", "said by contact-1 in a group"), draft("w", "of somebody else"), gone, draft("w", "the newest names contact-1")} {
			r.append(t, e)
		}
		r.append(t, other)
		r.all(t, "w", 6)
		r.all(t, "other", 1)
		for range 2 { // the second time changes nothing
			next, err := r.Erase(ctx, "w", []string{"contact-1", "chat-1"}, "")
			if err != nil || next != "" {
				t.Fatalf("Erase: %q, %v, want the end", next, err)
			}
		}
		p, err := r.Read(ctx, "w", event.Stretch{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var left []int64
		for _, e := range p.Events {
			left = append(left, e.Seq)
		}
		if want := []int64{1, 4, 5, 6}; !slices.Equal(left, want) || p.Last != 6 {
			t.Errorf("left are %v up to %d, want %v and the newest, which carries the number", left, p.Last, want)
		}
		if p, err := r.Read(ctx, "w", event.Stretch{After: 1, Limit: 1}); err != nil || p.Next != 4 {
			t.Errorf("a reader goes on with %d, %v, want 4", p.Next, err)
		}
		if p, err := r.Read(ctx, "other", event.Stretch{Limit: 10}); err != nil || len(p.Events) != 1 {
			t.Errorf("another workspace has %d, %v, want its event", len(p.Events), err)
		}
		r.append(t, draft("w", "goes on"))
		eventually(t, "the next number", func() bool { _, last, err := r.Bounds(ctx, "w"); return err == nil && last == 7 })
	})
}

func TestBeforeATimeIsANumber(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, c := context.Background(), &clock{}
		base := time.Now().Truncate(time.Hour)
		r := start(t, d, func(conf *event.Config) {
			conf.Now = func() time.Time { return base.Add(time.Duration(c.ahead.Load())) }
		})
		if seq, err := r.Before(ctx, "w", base.UnixMilli()); err != nil || seq != 0 {
			t.Errorf("of an empty log: %d, %v, want 0", seq, err)
		}
		for i := range 9 { // one each minute, the fifth and sixth in the same
			c.ahead.Store(int64(time.Duration(i-i/5) * time.Minute))
			r.append(t, draft("w", fmt.Sprint(i)))
			r.all(t, "w", i+1)
		}
		for minute, want := range map[int]int64{-5: 0, 0: 0, 1: 1, 4: 4, 5: 6, 8: 9, 99: 9} {
			at := base.Add(time.Duration(minute) * time.Minute).UnixMilli()
			if seq, err := r.Before(ctx, "w", at); err != nil || seq != want {
				t.Errorf("before minute %d: %d, %v, want %d", minute, seq, err, want)
			}
		}
	})
}
