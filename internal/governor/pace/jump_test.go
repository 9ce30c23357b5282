package pace_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/governor/pace"
)

// However far the clock jumps, what may go next waits for as long as it would have, and no longer.
func TestAJumpIsNoPause(t *testing.T) {
	t.Parallel()
	home := jakarta(t)
	rapid.Check(t, func(rt *rapid.T) {
		p := pace.Of(pace.Normal)
		p.Hours.From, p.Hours.To = "00:00", "24:00"
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		now := time.Date(2026, 3, 2, 10, 0, 0, 0, home).UnixMilli()
		h := &pace.History{Since: now - 100*day, Began: now - day, Ready: true}
		s := pace.State{Policy: p, Calendar: pace.Calendar{Zone: home}, History: h}
		who := func(stranger bool) pace.Candidate {
			return pace.Candidate{Bulk: true, Stranger: stranger, Zones: []*time.Location{home}}
		}
		for i := range rapid.IntRange(1, 60).Draw(rt, "sends") {
			c := who(rapid.IntRange(0, 9).Draw(rt, "stranger") == 0)
			v := pace.Decide(s, c, now, rnd.Float64)
			if v.At > now {
				now += int64(rapid.IntRange(0, 60_000).Draw(rt, "later"))
				continue
			}
			h.Spend(fmt.Sprint(i), c, v, now)
			if rapid.Bool().Draw(rt, "done") {
				h.Done(fmt.Sprint(i), now)
			}
		}
		now += 3000                                           // nothing has gone since it jumped
		by := rapid.Int64Range(2*hour, 5*hour).Draw(rt, "by") // longer than what has gone took
		if rapid.Bool().Draw(rt, "back") {
			by = -by
		}
		for _, stranger := range []bool{false, true} {
			before := pace.Decide(s, who(stranger), now, rnd.Float64)
			then := pace.State{Policy: p, Calendar: s.Calendar, History: h.Clone()}
			then.History.Leap(by, now+by)
			after := pace.Decide(then, who(stranger), now+by, rnd.Float64)
			if before.At-now != after.At-now-by || before.Why != after.Why {
				rt.Fatalf("stranger %v: before the jump by %d ms it waits %d ms for %q, after it %d ms for %q", stranger, by, before.At-now, before.Why, after.At-now-by, after.Why)
			}
		}
	})
}

// A clock that is an hour ahead while something goes, and right again before anybody notices, holds nothing for that hour.
func TestWhatLiesAheadLands(t *testing.T) {
	t.Parallel()
	p := pace.Of(pace.Normal)
	p.Hours.From, p.Hours.To = "00:00", "24:00"
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, jakarta(t)).UnixMilli()
	h := &pace.History{Since: now - 100*day, Began: now - day, Ready: true}
	s := pace.State{Policy: p, Calendar: pace.Calendar{Zone: jakarta(t)}, History: h}
	c := pace.Candidate{Bulk: true, Zones: []*time.Location{jakarta(t)}}
	middle := func() float64 { return 0.5 }
	h.Spend("a", c, pace.Decide(s, c, now+hour, middle), now+hour)
	h.Done("a", now+hour)
	if at := pace.Decide(s, c, now, middle).At; at < now+hour {
		t.Fatalf("it may go in %d ms: this shows nothing", at-now)
	}
	if !h.Land(now) {
		t.Error("nothing landed")
	}
	if at := pace.Decide(s, c, now, middle).At; at <= now || at > now+60_000 {
		t.Errorf("the next may go in %d ms, want the gap after one that went now", at-now)
	}
	if h.Land(now) {
		t.Error("something landed twice")
	}
}
