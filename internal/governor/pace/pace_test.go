package pace_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/governor/pace"
)

const (
	minute = int64(60_000)
	hour   = 60 * minute
	day    = 24 * hour
)

func jakarta(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Jakarta")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// gone is a message that a run of the machine let go.
type gone struct {
	at    int64
	class pace.Class
	bulk  bool
	c     pace.Candidate
}

// Whatever wants to go and in whatever order: no budget is exceeded in any window, nobody is written to at night unasked,
// answers wait for nothing but a human pace, and what is told to wait may go when it was told to come back.
func TestNoBudgetIsEverExceeded(t *testing.T) {
	t.Parallel()
	home := jakarta(t)
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		p := pace.Of(rapid.SampledFrom([]pace.Preset{pace.Cautious, pace.Normal, pace.Bold}).Draw(rt, "preset"))
		if rapid.Bool().Draw(rt, "slow") {
			p = p.Slow()
		}
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		began := time.Date(2026, 3, 2, rapid.IntRange(0, 23).Draw(rt, "hour"), 0, 0, 0, home).UnixMilli()
		h := &pace.History{Since: began - int64(rapid.IntRange(0, 20).Draw(rt, "age"))*day, Began: began, Ready: true}
		s := pace.State{Policy: p, Calendar: pace.Calendar{Zone: home, Holidays: map[string]bool{"2026-03-03": true}}, History: h}
		now := began
		var sent []gone
		for i := range rapid.IntRange(50, 400).Draw(rt, "sends") {
			c := pace.Candidate{Zones: []*time.Location{home}, Letters: rapid.IntRange(0, 300).Draw(rt, "letters")}
			switch rapid.IntRange(0, 5).Draw(rt, "who") {
			case 0:
				c.WroteAt = now - minute
			case 1:
				c.Stranger = true
			case 2:
				c.Bulk, c.Stranger, c.Zones = true, true, []*time.Location{tokyo}
			case 3:
				c.Bulk, c.WroteAt = true, now-40*day
			default:
				c.Bulk, c.WroteAt = true, now-3*day
			}
			v := pace.Decide(s, c, now, rnd.Float64)
			if again := pace.Decide(s, c, now, rnd.Float64); again.At != v.At || again.Why != v.Why {
				rt.Fatalf("asked twice: first %d %q, then %d %q", v.At, v.Why, again.At, again.Why)
			}
			if v.Class == pace.Reply && v.At > now+int64(p.Human) {
				rt.Fatalf("an answer waits %d ms for %s", v.At-now, v.Why)
			}
			if v.At == pace.Never {
				rt.Fatalf("%+v never goes: %s", c, v.Why)
			}
			if v.At > now {
				if rapid.Bool().Draw(rt, "give up") { // others go first
					now += int64(rapid.IntRange(0, 5000).Draw(rt, "later"))
					continue
				}
				now = v.At
				then := pace.Decide(s, c, now, rnd.Float64)
				if then.At > now && then.Class == v.Class {
					rt.Fatalf("told to come at %d (%s) it is told %d (%s)", v.At, v.Why, then.At, then.Why)
				}
				if v = then; v.At > now { // it is an answer no more
					continue
				}
			}
			id := fmt.Sprint(i)
			h.Spend(id, c, v, now)
			at := now + v.Typing.Milliseconds()
			switch rapid.IntRange(0, 9).Draw(rt, "fate") {
			case 0:
				h.Undo(id)
				continue
			case 1: // nothing is heard of it
			default:
				at += int64(rapid.IntRange(0, 900).Draw(rt, "network"))
				h.Done(id, at)
				now = max(now, at)
			}
			sent = append(sent, gone{at, v.Class, c.Bulk, c})
		}
		check(rt, p, h.Since, home, sent)
	})
}

func check(rt *rapid.T, p pace.Policy, since int64, home *time.Location, sent []gone) {
	slices.SortStableFunc(sent, func(a, b gone) int { return int(a.at - b.at) })
	of := func(c pace.Class) (out []int64) {
		for _, g := range sent {
			if g.class == c {
				out = append(out, g.at)
			}
		}
		return out
	}
	warm, cold := of(pace.Warm), of(pace.Cold)
	for _, w := range []struct {
		name   string
		list   []int64
		window int64
		budget func(at int64) int
	}{
		{"warm minute", warm, minute, func(int64) int { return p.Warm.Minute }},
		{"warm hour", warm, hour, func(int64) int { return p.Warm.Hour }},
		{"warm day", warm, day, func(int64) int { return p.Warm.Day }},
		{"cold minute", cold, minute, func(int64) int { return p.Cold.Minute }},
		{"cold hour", cold, hour, func(int64) int { return p.Cold.Hour }},
		{"cold day", cold, day, func(at int64) int { return p.ColdDay(at - since) }},
	} {
		for i, at := range w.list {
			n := 0
			for _, o := range w.list[:i+1] {
				if o > at-w.window {
					n++
				}
			}
			if n > w.budget(at) {
				rt.Fatalf("%s: %d within the window that ends at %d, want at most %d", w.name, n, at, w.budget(at))
			}
		}
	}
	for _, g := range sent {
		if g.class == pace.Reply || !g.unasked() {
			continue
		}
		// What has begun to be typed in time may arrive a moment after.
		local := time.UnixMilli(g.at - 16_000).In(g.c.Zones[0]).Format("15:04")
		if time.UnixMilli(g.at).In(g.c.Zones[0]).Format("15:04") < p.Hours.From || local >= p.Hours.To {
			rt.Fatalf("written to at %s there, want %s to %s", local, p.Hours.From, p.Hours.To)
		}
		if time.UnixMilli(g.at-16_000).In(home).Format(time.DateOnly) == "2026-03-03" {
			rt.Fatalf("written to on a holiday")
		}
	}
}

func (g gone) unasked() bool { return g.bulk || g.class == pace.Cold }

func TestWhatAMessageCountsAs(t *testing.T) {
	t.Parallel()
	now := 100 * day
	for name, c := range map[string]struct {
		c    pace.Candidate
		want pace.Class
	}{
		"answer":              {pace.Candidate{WroteAt: now - hour}, pace.Reply},
		"after a day":         {pace.Candidate{WroteAt: now - 25*hour}, pace.Warm},
		"after 40 days":       {pace.Candidate{WroteAt: now - 40*day}, pace.Warm},
		"stranger":            {pace.Candidate{Stranger: true}, pace.Cold},
		"bulk":                {pace.Candidate{Bulk: true, WroteAt: now - hour}, pace.Warm},
		"bulk after 28 days":  {pace.Candidate{Bulk: true, WroteAt: now - 28*day}, pace.Warm},
		"bulk after longer":   {pace.Candidate{Bulk: true, WroteAt: now - 28*day - 1}, pace.Cold},
		"bulk, who knows":     {pace.Candidate{Bulk: true}, pace.Warm},
		"bulk to a stranger":  {pace.Candidate{Bulk: true, Stranger: true}, pace.Cold},
		"group":               {pace.Candidate{Group: true}, pace.Reply},
		"bulk in a group":     {pace.Candidate{Group: true, Bulk: true}, pace.Warm},
		"answer, who knows":   {pace.Candidate{}, pace.Reply},
		"the clock went back": {pace.Candidate{WroteAt: now + hour}, pace.Reply},
	} {
		if got := c.c.Class(now); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

func TestTheColdBudgetGrowsWithTheNumber(t *testing.T) {
	t.Parallel()
	p := pace.Of(pace.Normal)
	var got []int
	for d := range int64(16) {
		got = append(got, p.ColdDay(d*day))
	}
	want := []int{5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 20, 20, 20}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Before the phone's history is there nobody knows who is a stranger.
func TestNoStrangersBeforeTheHistory(t *testing.T) {
	t.Parallel()
	home := jakarta(t)
	s := pace.State{Policy: pace.Of(pace.Normal), Calendar: pace.Calendar{Zone: home}, History: &pace.History{}}
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, home).UnixMilli()
	v := pace.Decide(s, pace.Candidate{Stranger: true, Zones: []*time.Location{home}}, now, rand.Float64)
	if v.At != pace.Never || v.Why != pace.WhyHistory {
		t.Errorf("got %d %q, want never because of the history", v.At, v.Why)
	}
	if v := pace.Decide(s, pace.Candidate{Bulk: true, WroteAt: now - day, Zones: []*time.Location{home}}, now, rand.Float64); v.At != now {
		t.Errorf("somebody known waits until %d for %s", v.At, v.Why)
	}
}

func TestZones(t *testing.T) {
	t.Parallel()
	home := jakarta(t)
	h := pace.Of(pace.Normal).Hours
	for number, want := range map[string]string{
		"":              "Asia/Jakarta",
		"6281290641111": "Asia/Jakarta",
		"819012345678":  "Asia/Tokyo",
		"6591234567":    "Asia/Singapore",
		"12125550123":   "America/New_York",
		"999":           "Asia/Jakarta",
	} {
		var got []string
		for _, z := range pace.Zones(number, home, h) {
			got = append(got, z.String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %v, want %s", number, got, want)
		}
	}
	if got := pace.Zones("351912345678", home, h); len(got) != 2 { // Portugal's mobile numbers may be on the Azores
		t.Errorf("a number of several zones: got %v, want the first and the last", got)
	}
}

func TestNarrow(t *testing.T) {
	t.Parallel()
	bold, cautious := pace.Of(pace.Bold), pace.Of(pace.Cautious)
	got := bold.Narrow(cautious)
	if got.Warm != cautious.Warm || got.Gap != cautious.Gap || got.Hours.From != "09:00" || got.Typing != cautious.Typing || got.Rest != cautious.Rest {
		t.Errorf("got %+v, want the cautious one's numbers", got)
	}
	if got := bold.Narrow(pace.Of(pace.None)); !slices.Equal(got.Hours.Days, bold.Hours.Days) || got.Warm != bold.Warm {
		t.Errorf("narrowed by none: got %+v, want it as it was", got)
	}
}

// Every preset is within the hard limits, and each number beyond them is refused by its name.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, name := range []pace.Preset{pace.Cautious, pace.Normal, pace.Bold, pace.None} {
		if err := pace.Of(name).Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for field, spoil := range map[string]func(*pace.Policy){
		"warm.day":       func(p *pace.Policy) { p.Warm.Day = 5001 },
		"cold.day":       func(p *pace.Policy) { p.Cold.Day = -1 },
		"gap":            func(p *pace.Policy) { p.Gap = pace.Span{30, 10} },
		"hours.to":       func(p *pace.Policy) { p.Hours.To = "08:30" },
		"hours.from":     func(p *pace.Policy) { p.Hours.From = "8:00" },
		"hours.days":     func(p *pace.Policy) { p.Hours.Days = nil },
		"watch.failures": func(p *pace.Policy) { p.Watch.Failures = 0 },
	} {
		p := pace.Of(pace.Normal)
		spoil(&p)
		if err := p.Check(); err == nil || !strings.HasPrefix(err.Error(), field+" ") {
			t.Errorf("%s: got %v, want it refused", field, err)
		}
	}
}

// The gaps are drawn from the whole span and lie around its geometric middle; the long pause comes after 20 to 40.
func TestGaps(t *testing.T) {
	t.Parallel()
	home := jakarta(t)
	p := pace.Of(pace.Normal)
	p.Warm = pace.Budget{Minute: 1000, Hour: 100_000, Day: 1_000_000}
	p.Hours.From, p.Hours.To, p.Typing = "00:00", "24:00", 0
	h := &pace.History{}
	s := pace.State{Policy: p, Calendar: pace.Calendar{Zone: home}, History: h}
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, home).UnixMilli()
	rnd := rand.New(rand.NewPCG(1, 2))
	var gaps []float64
	run, rests := 0, 0
	for i := range 5000 {
		c := pace.Candidate{Bulk: true, WroteAt: now - day, Zones: []*time.Location{home}}
		v := pace.Decide(s, c, now, rnd.Float64)
		if i > 0 {
			run++
			switch gap := float64(v.At-now) / 1000; {
			case v.Why == pace.WhyRest:
				if gap < 120 || gap > 480 || run < 20 || run > 40 {
					t.Fatalf("after %d a pause of %.0f s, want 120 to 480 s after 20 to 40", run, gap)
				}
				run, rests = 0, rests+1
			case gap < 8 || gap > 25:
				t.Fatalf("a gap of %.1f s, want 8 to 25", gap)
			default:
				gaps = append(gaps, gap)
			}
			now = v.At
			v = pace.Decide(s, c, now, rnd.Float64)
		}
		h.Spend(fmt.Sprint(i), c, v, now)
		h.Done(fmt.Sprint(i), now)
	}
	slices.Sort(gaps)
	if m := gaps[len(gaps)/2]; m < 13.4 || m > 14.9 { // √(8·25) = 14.1
		t.Errorf("the median gap is %.1f s, want about 14.1", m)
	}
	if rests < 120 || rests > 250 {
		t.Errorf("%d long pauses in 5000, want one each 20 to 40", rests)
	}
}
