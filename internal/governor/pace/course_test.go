package pace_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/governor/pace"
)

// course is a number of some age at some hour, with something gone already.
func course(rt *rapid.T, home *time.Location) (pace.Course, int64) {
	p := pace.Of(rapid.SampledFrom([]pace.Preset{pace.Cautious, pace.Normal, pace.Bold}).Draw(rt, "preset"))
	if rapid.Bool().Draw(rt, "slow") {
		p = p.Slow()
	}
	now := time.Date(2026, 3, 2, rapid.IntRange(0, 23).Draw(rt, "hour"), rapid.IntRange(0, 59).Draw(rt, "minute"), 0, 0, home).UnixMilli()
	h := &pace.History{Since: now - int64(rapid.IntRange(0, 20).Draw(rt, "age"))*day, Ready: true}
	for i := range rapid.IntRange(0, 200).Draw(rt, "gone") {
		h.Past(pace.Warm, now-day/2-int64(i)*2*minute)
	}
	holidays := map[string]bool{"2026-03-04": rapid.Bool().Draw(rt, "holiday")}
	return pace.Course{
		State: pace.State{Policy: p, Calendar: pace.Calendar{Zone: home, Holidays: holidays}, History: h}, Home: home, Letters: rapid.IntRange(1, 300).Draw(rt, "letters"),
	}, now
}

// A forecast has everything go once, in order, in open hours alone and within every budget; more to do is over no sooner.
func TestAForecastKeepsToThePace(t *testing.T) {
	t.Parallel()
	home := jakarta(t)
	rapid.Check(t, func(rt *rapid.T) {
		c, now := course(rt, home)
		c.Own.Hour = rapid.IntRange(0, 50).Draw(rt, "own")
		opens, closes := rapid.IntRange(0, 11).Draw(rt, "opens"), rapid.IntRange(13, 23).Draw(rt, "closes")
		c.Open = func(at time.Time) (bool, time.Time) {
			local := at.In(home)
			from := time.Date(local.Year(), local.Month(), local.Day(), opens, 30, 0, 0, home)
			to := time.Date(local.Year(), local.Month(), local.Day(), closes, 30, 0, 0, home)
			switch {
			case at.Before(from):
				return false, from
			case at.Before(to):
				return true, to
			}
			return false, from.AddDate(0, 0, 1)
		}
		if rapid.Bool().Draw(rt, "stopped") {
			c.Stops.Bulk = now + int64(rapid.IntRange(1, 200).Draw(rt, "stop"))*minute
		}
		l := pace.Load{Warm: rapid.Int64Range(0, 5000).Draw(rt, "warm"), Cold: rapid.Int64Range(0, 200).Draw(rt, "cold")}
		end := now + 60*day
		list, left := c.Run(l, now, end)
		var sum pace.Load
		for i, s := range list {
			sum.Warm, sum.Cold = sum.Warm+s.Warm, sum.Cold+s.Cold
			within(rt, c, s, now)
			if i > 0 && s.From < list[i-1].To {
				rt.Fatalf("%+v begins before %+v ends", s, list[i-1])
			}
			budgets(rt, c, list[:i+1])
		}
		if sum.Warm+left.Warm != l.Warm || sum.Cold+left.Cold != l.Cold || left.Warm < 0 || left.Cold < 0 {
			rt.Fatalf("of %+v %+v go and %+v are left", l, sum, left)
		}
		more, over := c.Run(pace.Load{Warm: l.Warm + 10, Cold: l.Cold}, now, end)
		if left == (pace.Load{}) && over == (pace.Load{}) && len(list) > 0 && more[len(more)-1].To < list[len(list)-1].To {
			rt.Fatalf("with ten more it is over at %d, without at %d", more[len(more)-1].To, list[len(list)-1].To)
		}
	})
}

// What other broadcasts have to do is shared with: alone it is over no later, two alike take as long as one of both, and
// who has little is not kept by who has much for longer than both take.
func TestAForecastTakesTurnsWithOtherBroadcasts(t *testing.T) {
	t.Parallel()
	home := jakarta(t)
	rapid.Check(t, func(rt *rapid.T) {
		c, now := course(rt, home)
		load := func(name string) pace.Load {
			return pace.Load{Warm: rapid.Int64Range(0, 2000).Draw(rt, name+" warm"), Cold: rapid.Int64Range(0, 100).Draw(rt, name+" cold")}
		}
		l, end := load("its"), now+80*day
		alone, _ := c.Run(l, now, end)
		c.Beside = []pace.Rival{{Load: load("one")}, {Load: load("another"), From: now}}
		both := l
		for _, o := range c.Beside {
			both.Warm, both.Cold = both.Warm+o.Warm, both.Cold+o.Cold
		}
		list, left := c.Run(l, now, end)
		var sum pace.Load
		for _, s := range list {
			sum.Warm, sum.Cold = sum.Warm+s.Warm, sum.Cold+s.Cold
		}
		if sum.Warm+left.Warm != l.Warm || sum.Cold+left.Cold != l.Cold {
			rt.Fatalf("of %+v %+v go and %+v are left", l, sum, left)
		}
		c.Beside = nil
		all, over := c.Run(both, now, end)
		if left != (pace.Load{}) || over != (pace.Load{}) || len(list) == 0 {
			return
		}
		first, at, last := alone[len(alone)-1].To, list[len(list)-1].To, all[len(all)-1].To
		if at < first-hour || at > last+hour {
			rt.Fatalf("over at %d; alone it is at %d, and everything at %d", at, first, last)
		}
	})
}

// A broadcast that begins later takes its turn from then on: it is as if it were not there when this one is over before, and
// it is waited for no longer than if it had begun.
func TestAForecastKnowsWhoBeginsLater(t *testing.T) {
	t.Parallel()
	home := jakarta(t)
	rapid.Check(t, func(rt *rapid.T) {
		c, now := course(rt, home)
		l, end := pace.Load{Warm: rapid.Int64Range(1, 2000).Draw(rt, "its warm")}, now+80*day
		list, left := c.Run(l, now, end)
		if left != (pace.Load{}) {
			return
		}
		over := func(from int64) int64 {
			c.Beside = []pace.Rival{{Load: pace.Load{Warm: 500}, From: from}}
			list, left := c.Run(l, now, end)
			if left != (pace.Load{}) || len(list) == 0 {
				return end
			}
			return list[len(list)-1].To
		}
		alone := list[len(list)-1].To
		if at := over(alone + hour); at != alone {
			rt.Fatalf("over at %d beside one that begins later, at %d alone", at, alone)
		}
		first, from := over(now), rapid.Int64Range(now, alone).Draw(rt, "from")
		if at := over(from); at < alone-hour || at > first+hour {
			rt.Fatalf("over at %d beside one that begins at %d; alone it is at %d, and at %d when both begin now", at, from, alone, first)
		}
	})
}

// What begins later finds the day's strangers taken by who goes before it, and what is left of that.
func TestABroadcastOfTomorrowKnowsOfTheOneOfToday(t *testing.T) {
	t.Parallel()
	home := jakarta(t)
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, home).UnixMilli()
	c := pace.Course{
		State: pace.State{Policy: pace.Of(pace.Normal), Calendar: pace.Calendar{Zone: home}, History: &pace.History{Since: now - 30*day, Ready: true}}, Home: home,
	}
	over := func(cold int64, beside ...pace.Rival) float64 {
		c.From, c.Beside = now+6*hour, beside
		list, left := c.Run(pace.Load{Cold: cold}, now, now+60*day)
		if left != (pace.Load{}) || list[0].From < c.From {
			t.Fatalf("%+v are left; the first goes at %d, want none before %d", left, list[0].From, c.From)
		}
		return float64(list[len(list)-1].To-now) / float64(day)
	}
	if got := over(20); got > 1 {
		t.Errorf("20 strangers alone take %.1f days, want the first day", got)
	}
	if got := over(20, pace.Rival{Load: pace.Load{Cold: 20}}); got < 1 || got > 2 {
		t.Errorf("20 strangers after 20 take %.1f days, want the second: the first day's are gone", got)
	}
	c.Open = func(at time.Time) (bool, time.Time) { // its own hours, of which the other one knows nothing
		y, m, d := at.In(home).Date()
		opens := time.Date(y, m, d, 18, 0, 0, 0, home)
		if at.Before(opens) {
			return false, opens
		}
		return true, opens.Add(6 * time.Hour)
	}
	if got := over(5, pace.Rival{Load: pace.Load{Cold: 40}, From: now + day}); got > 1 {
		t.Errorf("5 strangers before 40 that are to come tomorrow take %.1f days, want the first day", got)
	}
}

func TestTwoBroadcastsToStrangersShareTheDay(t *testing.T) {
	t.Parallel()
	home := jakarta(t)
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, home).UnixMilli()
	c := pace.Course{
		State: pace.State{Policy: pace.Of(pace.Normal), Calendar: pace.Calendar{Zone: home}, History: &pace.History{Since: now - 30*day, Ready: true}}, Home: home,
	}
	days := func(l pace.Load) float64 {
		list, left := c.Run(l, now, now+60*day)
		if left != (pace.Load{}) {
			t.Fatalf("%+v are left of %+v", left, l)
		}
		return float64(list[len(list)-1].To-now) / float64(day)
	}
	if got := days(pace.Load{Cold: 20}); got > 1 {
		t.Errorf("20 strangers alone take %.1f days, want the first day", got)
	}
	c.Beside = []pace.Rival{{Load: pace.Load{Cold: 200}}}
	if got := days(pace.Load{Cold: 20}); got < 1 || got > 2 {
		t.Errorf("20 strangers beside 200 take %.1f days, want the second day: they take turns", got)
	}
}

// within fails for a stretch in which nothing may go.
func within(rt *rapid.T, c pace.Course, s pace.Stretch, now int64) {
	if s.From < max(now, c.Stops.Bulk) || s.To <= s.From || s.To > s.From+hour {
		rt.Fatalf("%+v is no stretch after %d", s, max(now, c.Stops.Bulk))
	}
	for _, at := range []int64{s.From, s.To - 1} {
		local := time.UnixMilli(at).In(c.Home)
		clock, date := local.Format("15:04"), local.Format(time.DateOnly)
		if open, _ := c.Open(local); !open || clock < c.Policy.Hours.From || clock >= c.Policy.Hours.To || c.Calendar.Holidays[date] {
			rt.Fatalf("something goes at %s %s", date, clock)
		}
	}
}

// budgets fails when the last stretch is beyond a budget.
func budgets(rt *rapid.T, c pace.Course, list []pace.Stretch) {
	last := list[len(list)-1]
	to := last.From - last.From%hour + hour
	var dayOf, hourOf pace.Load
	for _, s := range list {
		if s.From >= to-day {
			dayOf.Warm, dayOf.Cold = dayOf.Warm+s.Warm, dayOf.Cold+s.Cold
		}
		if s.From >= to-hour {
			hourOf.Warm, hourOf.Cold = hourOf.Warm+s.Warm, hourOf.Cold+s.Cold
		}
	}
	p := c.Policy
	share := func(n int) int64 { return int64(n - n*p.Reserve/100) }
	switch {
	case dayOf.Warm > share(p.Warm.Day), hourOf.Warm > share(p.Warm.Hour):
		rt.Fatalf("until %d %d warm go in a day and %d in an hour", last.To, dayOf.Warm, hourOf.Warm)
	case dayOf.Cold > int64(p.ColdDay(last.From-c.History.Since)), hourOf.Cold > int64(p.Cold.Hour):
		rt.Fatalf("until %d %d cold go in a day and %d in an hour", last.To, dayOf.Cold, hourOf.Cold)
	case c.Own.Hour > 0 && hourOf.Warm+hourOf.Cold > int64(c.Own.Hour):
		rt.Fatalf("until %d %d go in an hour, and the broadcast allows itself %d", last.To, hourOf.Warm+hourOf.Cold, c.Own.Hour)
	}
}

// What the forecast says is what happens: at each hour about as many are gone as it said.
func TestAForecastComesTrue(t *testing.T) {
	t.Parallel()
	home := jakarta(t)
	rapid.Check(t, func(rt *rapid.T) {
		c, now := course(rt, home)
		l := pace.Load{Warm: rapid.Int64Range(20, 1500).Draw(rt, "warm"), Cold: rapid.Int64Range(0, 30).Draw(rt, "cold")}
		list, _ := c.Run(l, now, now+60*day)
		said := func(at int64) (n float64) {
			for _, s := range list {
				share := float64(min(at, s.To)-s.From) / float64(s.To-s.From)
				n += float64(s.Warm+s.Cold) * max(share, 0)
			}
			return n
		}
		rnd, total := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1)), l.Warm+l.Cold
		for i := range total {
			who := pace.Candidate{Bulk: true, Stranger: i >= l.Warm, WroteAt: now - day, Zones: []*time.Location{home}, Letters: c.Letters}
			v := pace.Decide(c.State, who, now, rnd.Float64)
			if v.At > now {
				now = v.At
				v = pace.Decide(c.State, who, now, rnd.Float64)
			}
			c.History.Spend(fmt.Sprint(i), who, v, now)
			c.History.Done(fmt.Sprint(i), now+v.Typing.Milliseconds())
			c.History.Forget(now)
			if off := said(now) - float64(i+1); off > 0.15*float64(total)+25 || off < -0.15*float64(total)-25 {
				rt.Fatalf("%d of %+v are gone at %s, and %.0f were said", i+1, l, time.UnixMilli(now).In(home).Format("Mon 15:04"), said(now))
			}
		}
	})
}
