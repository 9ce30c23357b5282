package health_test

import (
	"testing"

	"github.com/pingcrm/pingcrm/internal/governor/health"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
)

const (
	minute = int64(60_000)
	hour   = 60 * minute
	day    = 24 * hour
)

func TestWhatTheNetworkSays(t *testing.T) {
	t.Parallel()
	now := 100 * day
	for _, c := range []struct {
		code  string
		until int64
		level health.Level
		end   int64
		stops pace.Stops
	}{
		{"463", now + 5*day, health.Restricted, now + 5*day, pace.Stops{Cold: now + 5*day}},
		{"463", 0, health.Restricted, now + hour, pace.Stops{Cold: now + hour}},
		{"475", now + hour, health.Restricted, now + day, pace.Stops{Cold: now + day}},
		{"429", now + minute, health.Paused, now + 30*minute, pace.Stops{All: now + 30*minute}},
	} {
		got, ok := health.Refusal(c.code, c.until, now)
		if !ok || got.Level != c.level || got.Until != c.end {
			t.Errorf("%s: got %+v, want %s until %d", c.code, got, c.level, c.end)
		}
		h := health.Health{}.Raise(got)
		if s := h.Stops(now); s != c.stops {
			t.Errorf("%s: stops %+v, want %+v", c.code, s, c.stops)
		}
		if s, at := h.Stops(c.end), h.At(c.end); s != (pace.Stops{}) || at.Level != health.Healthy {
			t.Errorf("%s: at its end it stops %+v and is %s, want nothing and healthy", c.code, s, at.Level)
		}
	}
	if _, ok := health.Refusal("404", 0, now); ok {
		t.Error("404 says something about the number; it says something about the recipient")
	}
}

// sample is n outcomes after from, one a minute, the first bad of them of a kind.
func sample(from int64, n, bad int, r health.Result) (s health.Sample) {
	for i := range n {
		o := health.Outcome{At: from + int64(i+1)*minute}
		if i < bad {
			o.Result = r
		}
		s.Outcomes = append(s.Outcomes, o)
	}
	return s
}

// Too many failures slow sending down; when it gets no better it pauses, until somebody resumes; when it gets better all
// is well.
func TestCautionComesBeforeThePause(t *testing.T) {
	t.Parallel()
	l := pace.Of(pace.Normal).Watch
	now := 100 * day
	h, changed := health.Health{}.Judge(sample(now, 50, 2, health.Refused), l, now+hour)
	if changed || h.At(now).Level != health.Healthy {
		t.Errorf("2 of 50 refused: got %s, want healthy", h.At(now).Level)
	}
	if h, _ := h.Judge(sample(now, 10, 10, health.Refused), l, now+hour); h.At(now+hour).Level != health.Healthy {
		t.Errorf("10 say nothing yet: got %s, want healthy", h.At(now+hour).Level)
	}
	h, _ = h.Judge(sample(now, 50, 3, health.Refused), l, now+hour)
	if at := h.At(now + hour); at.Level != health.Caution || at.Why != health.WhyFailures || !h.Careful(now+hour) {
		t.Fatalf("3 of 50 refused: got %+v, want caution", at)
	}
	if again, changed := h.Judge(sample(now, 50, 3, health.Refused), l, now+hour); changed {
		t.Errorf("the same sample made it %s", again.At(now+hour).Level)
	}
	better, _ := h.Judge(sample(now+hour, 50, 0, health.Refused), l, now+2*hour)
	if got := better.At(now + 2*hour).Level; got != health.Healthy {
		t.Errorf("after 50 good ones: got %s, want healthy", got)
	}
	worse, _ := h.Judge(sample(now+hour, 50, 9, health.Refused), l, now+2*hour)
	if at := worse.At(now + 2*hour); at.Level != health.Paused {
		t.Fatalf("after 9 bad ones more: got %+v, want a pause", at)
	}
	if s := worse.Stops(now + 99*day); s.Bulk != pace.Never || s.Cold != pace.Never || s.All != 0 {
		t.Errorf("a pause stops %+v, want broadcasts and strangers until somebody resumes", s)
	}
	resumed, ok := worse.Resume(now + 3*hour)
	if !ok || resumed.At(now+3*hour).Level != health.Healthy {
		t.Errorf("resumed: got %+v, want healthy", resumed)
	}
	if again, changed := resumed.Judge(sample(now+hour, 50, 9, health.Refused), l, now+3*hour); changed {
		t.Errorf("what was before the resumption counts again: %+v", again)
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	l, now := pace.Of(pace.Normal).Watch, 100*day
	asked := func(n, out, replied int, ago int64) (s health.Sample) {
		for i := range n {
			s.Asked = append(s.Asked, health.Asked{At: now - ago + int64(i), OptedOut: i < out, Replied: i < replied})
		}
		return s
	}
	for name, c := range map[string]struct {
		s    health.Sample
		want health.Why
	}{
		"unknown numbers":   {sample(now, 50, 11, health.Nobody), health.WhyUnknown},
		"10 unknown of 50":  {sample(now, 50, 10, health.Nobody), ""},
		"opt-outs":          {asked(100, 4, 50, 2*day), health.WhyOptOuts},
		"3 opt-outs of 100": {asked(100, 3, 50, 2*day), ""},
		"nobody answers":    {asked(100, 0, 1, 2*day), health.WhyReplies},
		"not yet":           {asked(100, 0, 1, 2*hour), ""},
	} {
		h, _ := health.Health{}.Judge(c.s, l, now+day)
		if name == "not yet" {
			h, _ = health.Health{}.Judge(c.s, l, now)
		}
		if got := h.At(now + day).Why; got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// What the network has said, nobody can resume; what we have thought, they can.
func TestOnlyOurOwnConcernsAreResumed(t *testing.T) {
	t.Parallel()
	now := 100 * day
	lock := health.Concern{Why: health.WhyTimelock, Level: health.Restricted, Until: now + day}
	h := health.Health{}.Raise(lock)
	if _, ok := h.Resume(now); ok {
		t.Error("a time-lock of the network was resumed")
	}
	h = h.Raise(health.Concern{Why: health.WhyReplies, Level: health.Paused, Since: now})
	got, ok := h.Resume(now)
	if !ok || got.At(now).Why != health.WhyTimelock {
		t.Errorf("got %+v, %v; want the time-lock alone", got, ok)
	}
}

// When the clock jumps a rest of our own stays as long as it was, and what the network has set the end of ends then.
func TestAJumpIsNoRest(t *testing.T) {
	t.Parallel()
	for _, by := range []int64{-hour, hour, -day} {
		began := 100 * day
		now := began + 10*minute + by // ten minutes later, by a clock that was set
		var h health.Health
		for _, code := range []string{"429", "463", "475"} {
			c, _ := health.Refusal(code, 0, began)
			h = h.Raise(c)
		}
		h = h.Raise(health.Concern{Why: health.WhyTimelock, Level: health.Restricted, Since: began, Until: began + 5*day}).
			Raise(health.Concern{Why: health.WhyFailures, Level: health.Caution, Since: began})
		h.From = began - hour
		h = h.Leap(by, now)
		want := map[health.Why]int64{
			health.Why429: now + 20*minute, health.Why463: now + 50*minute, health.Why475: now + day - 10*minute, health.WhyTimelock: began + 5*day, health.WhyFailures: 0,
		}
		for _, c := range h.Concerns {
			if c.Until != want[c.Why] || c.Since != now-10*minute {
				t.Errorf("by %d: %s is since %d until %d, want since %d until %d", by, c.Why, c.Since, c.Until, now-10*minute, want[c.Why])
			}
		}
		if h.From != now-70*minute {
			t.Errorf("by %d: it counts from %d, want %d", by, h.From, now-70*minute)
		}
	}
}
