package broadcast_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/feature/broadcast"
)

const day = 24 * 60 * 60 * 1000

// repeats makes a broadcast repeat, from now on.
func repeats(rule string) func(*broadcast.Broadcast) {
	return func(b *broadcast.Broadcast) { b.Repeat, b.StartAt = rule, time.Now().UnixMilli() }
}

// series are the broadcasts of one, by their place in it.
func (r *rig) series(id string) map[int]broadcast.View {
	r.t.Helper()
	rows, err := r.db.Query(context.Background(), `SELECT id FROM broadcasts WHERE workspace_id = $1 AND series_id = $2`, ws, id)
	if err != nil {
		r.t.Fatal(err)
	}
	var ids []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			r.t.Fatal(err)
		}
		ids = append(ids, one)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		r.t.Fatal(err)
	}
	out := map[int]broadcast.View{}
	for _, one := range ids {
		v := r.view(broadcast.Broadcast{ID: one})
		if _, twice := out[v.SeriesN]; twice {
			r.t.Errorf("place %d of the series is taken twice", v.SeriesN)
		}
		out[v.SeriesN] = v
	}
	return out
}

// at is the broadcast at a place of a series, once it is there.
func (r *rig) at(id string, n int) broadcast.Broadcast {
	r.t.Helper()
	r.eventually(func() bool { return r.series(id)[n].ID != "" }, func() string { return fmt.Sprintf("nothing is at %d: %+v", n, r.series(id)) })
	return broadcast.Broadcast{ID: r.series(id)[n].ID}
}

// ago moves the time of a broadcast back, as if nothing had looked after it.
func (r *rig) ago(id string, days int64) {
	r.t.Helper()
	if _, err := r.db.Exec(context.Background(), `UPDATE broadcasts SET start_at = start_at - $3 WHERE workspace_id = $1 AND id = $2`, ws, id, days*day); err != nil {
		r.t.Fatal(err)
	}
}

// Each of a series is counted when it begins, and the last one has nothing after it.
func TestASeries(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		phones := r.people(3)
		// Its own ones leave nobody out, also where those are left out who were reached lately.
		one := r.make(broadcast.Audience{All: true, Exclude: &broadcast.Exclusion{ReachedDays: 7}}, repeats("FREQ=DAILY;COUNT=3"))
		v := r.until(one, broadcast.Done)
		if v.Counts.Sent != 3 || v.Repeat != "" || v.SeriesID != one.ID || v.SeriesN != 1 {
			t.Errorf("the first one is %+v", v)
		}
		two := r.at(one.ID, 2)
		if v = r.view(two); v.State != broadcast.Scheduled || v.Repeat != "FREQ=DAILY;COUNT=2" || v.StartAt != one.StartAt+day || v.Total != 0 ||
			len(v.Next) != 2 || v.Next[0] != v.StartAt || v.Next[1] != v.StartAt+day || v.Name != one.Name {
			t.Errorf("the second one waits as %+v", v)
		}
		if _, err := r.contacts.EnterMany(t.Context(), ws, []contact.Entry{{Channel: channel, Phone: "6281299999999", Name: "Baru"}}); err != nil {
			t.Fatal(err)
		}
		r.ago(two.ID, 1)
		if v = r.until(two, broadcast.Done); v.Counts.Sent != 4 {
			t.Errorf("the second one went to %+v, want 4: one came meanwhile", v.Counts)
		}
		three := r.at(one.ID, 3)
		r.ago(three.ID, 1)
		if v = r.until(three, broadcast.Done); v.Repeat != "" || len(v.Next) != 0 {
			t.Errorf("the last one is %+v", v)
		}
		if all := r.series(one.ID); len(all) != 3 {
			t.Errorf("the series has %d, want 3", len(all))
		}
		if got := r.sky.texts(phones[0]); len(got) != 3 {
			t.Errorf("a phone has %q, want three", got)
		}
	})
}

// One that finds nobody says so, and the next one comes all the same.
func TestASeriesOutlivesOneThatFails(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		one := r.make(broadcast.Audience{Numbers: []string{"x"}}, repeats("FREQ=DAILY"))
		if v := r.until(one, broadcast.Failed); v.Why != "no_recipients" {
			t.Errorf("it failed for %q", v.Why)
		}
		two := r.at(one.ID, 2)
		r.must(r.Edit(t.Context(), ws, two.ID, func(b *broadcast.Broadcast) error {
			b.Audience.Numbers, b.StartAt = r.people(2), b.StartAt+day
			return nil
		}))
		if v := r.until(two, broadcast.Scheduled); v.StartAt != one.StartAt+2*day || v.Repeat != "FREQ=DAILY" {
			t.Errorf("edited, it waits as %+v", v)
		}
		r.ago(two.ID, 2)
		if v := r.until(two, broadcast.Done); v.Counts.Sent != 2 {
			t.Errorf("it went to %+v, want 2", v.Counts)
		}
	})
}

// Times that were missed are left out: of what was away, one goes; of what was paused, none.
func TestMissedTimesAreLeftOut(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		r.people(1)
		ahead := func(rule string) func(*broadcast.Broadcast) {
			return func(b *broadcast.Broadcast) { b.Repeat, b.StartAt = rule, time.Now().UnixMilli()+day/2 }
		}
		away := r.make(broadcast.Audience{All: true}, ahead("FREQ=DAILY;COUNT=9"))
		r.until(away, broadcast.Scheduled)
		r.ago(away.ID, 4)
		r.until(away, broadcast.Done)
		if v := r.view(r.at(away.ID, 2)); v.StartAt != away.StartAt || v.Repeat != "FREQ=DAILY;COUNT=5" {
			t.Errorf("after four times it goes on at %d by %s, want %d and five more", v.StartAt, v.Repeat, away.StartAt)
		}
		paused := r.make(broadcast.Audience{All: true}, ahead("FREQ=DAILY;COUNT=9"))
		r.until(paused, broadcast.Scheduled)
		r.must(r.Pause(t.Context(), ws, paused.ID))
		r.ago(paused.ID, 4)
		r.must(r.Edit(t.Context(), ws, paused.ID, func(b *broadcast.Broadcast) error { b.Audience.Numbers = []string{"0812-9000-0001"}; return nil }))
		if v := r.view(paused); v.State != broadcast.Paused || v.Next[0] != paused.StartAt {
			t.Errorf("paused, it is %+v", v)
		}
		if b := r.must(r.Resume(t.Context(), ws, paused.ID)); b.State != broadcast.Scheduled || b.StartAt != paused.StartAt || b.Repeat != "FREQ=DAILY;COUNT=5" {
			t.Errorf("resumed, it is %s at %d by %s", b.State, b.StartAt, b.Repeat)
		}
		if all := r.series(paused.ID); len(all) != 1 {
			t.Errorf("the paused series has %d, want 1", len(all))
		}
		over := r.make(broadcast.Audience{All: true}, ahead("FREQ=DAILY;COUNT=2"))
		r.until(over, broadcast.Scheduled)
		r.must(r.Pause(t.Context(), ws, over.ID))
		r.ago(over.ID, 4)
		if _, err := r.Resume(t.Context(), ws, over.ID); !errors.Is(err, broadcast.ErrRepeatOver) {
			t.Errorf("Resume = %v, want ErrRepeatOver", err)
		}
	})
}

func TestASeriesEnds(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		r.people(1)
		one := r.make(broadcast.Audience{All: true}, repeats("FREQ=WEEKLY"))
		r.until(one, broadcast.Done)
		two := r.at(one.ID, 2)
		if _, err := r.Edit(t.Context(), ws, one.ID, func(b *broadcast.Broadcast) error { b.Repeat = "FREQ=DAILY"; return nil }); !errors.Is(err, broadcast.ErrState) {
			t.Errorf("Edit of what is over = %v, want ErrState", err)
		}
		r.must(r.Cancel(t.Context(), ws, two.ID))
		r.ago(two.ID, 30)
		three := r.make(broadcast.Audience{All: true}, repeats("FREQ=WEEKLY"))
		r.until(three, broadcast.Done) // by then the cancelled one was looked at
		if all := r.series(one.ID); len(all) != 2 || len(all[2].Next) != 0 {
			t.Errorf("cancelled, the series is %+v", all)
		}
		// Without its rule the one that is to come goes once, and is counted before.
		four := r.at(three.ID, 2)
		r.must(r.Edit(t.Context(), ws, four.ID, func(b *broadcast.Broadcast) error { b.Repeat = ""; return nil }))
		r.eventually(func() bool { v := r.view(four); return v.State == broadcast.Scheduled && v.Total == 1 }, func() string { return fmt.Sprint(r.view(four)) })
		r.ago(four.ID, 7)
		r.until(four, broadcast.Done)
		if all := r.series(three.ID); len(all) != 2 {
			t.Errorf("without a rule the series is %+v", all)
		}
	})
}

// Many become due at once while three nodes look after them, and what makes the next one fails now and then.
func TestNodesMakeOneNext(t *testing.T) {
	each(t, 1, func(t *testing.T, r *rig) {
		r.people(1)
		var all sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		defer func() { cancel(); all.Wait() }()
		for i := range 2 {
			other := *r
			other.build()
			other.Node = fmt.Sprintf("n%d", i+2)
			var tries atomic.Int64
			other.Changed.Add("test", func(_ context.Context, c broadcast.Changed) error {
				if c.Deed == broadcast.DeedStarted && tries.Add(1)%2 == 1 {
					return errors.New("the node has died") // after the next one was written
				}
				return nil
			})
			all.Go(func() {
				if err := other.Service.Run(ctx); err != nil {
					t.Errorf("Run: %v", err)
				}
			})
		}
		var list []broadcast.Broadcast
		for range 12 {
			list = append(list, r.make(broadcast.Audience{All: true}, func(b *broadcast.Broadcast) {
				b.Repeat, b.StartAt = "FREQ=DAILY", time.Now().Add(4*time.Second).UnixMilli()
			}))
		}
		for _, b := range list {
			if v := r.until(b, broadcast.Done); v.Counts.Sent != 1 {
				t.Errorf("one went to %+v, want 1", v.Counts)
			}
			if got := r.series(b.ID); len(got) != 2 || got[2].State != broadcast.Scheduled || got[2].StartAt != b.StartAt+day {
				t.Errorf("the series is %+v, want one next", got)
			}
		}
		if n := r.sky.sends(); n != len(list) {
			t.Errorf("%d messages went, want %d", n, len(list))
		}
	})
}
