package broadcast

import (
	"time"

	"github.com/pingcrm/pingcrm/internal/governor/pace"
)

// rates are how much one device may get of one broadcast in a minute, an hour and a day; 0 is any number.
type rates struct {
	minute, hour, day int
	paced             bool // by its device, if not by a number of its own
}

// rates are what the pacing allows by itself. The governor of the device stands behind it and may allow less.
func (s *Service) rates(p Pacing) (r rates) {
	b := Broadcast{Pacing: p}
	if policy := pace.Of(pace.Preset(p.Preset)); p.Preset != "" && !policy.Free() {
		r = rates{minute: policy.Warm.Minute, hour: policy.Warm.Hour, day: policy.Warm.Day}
	}
	r.paced = b.preset(s.Simulated) != None
	less := func(to *int, n int) {
		if n > 0 && (*to == 0 || n < *to) {
			*to = n
		}
	}
	less(&r.minute, p.PerMinute)
	less(&r.hour, p.PerHour)
	less(&r.day, p.PerDay)
	return r
}

// preset is whose numbers a broadcast goes by where its device says nothing.
func (b Broadcast) preset(simulated bool) Preset {
	switch {
	case b.Pacing.Preset != "":
		return b.Pacing.Preset
	case simulated:
		return None
	}
	return Normal
}

// free reports whether nothing is counted.
func (r rates) free() bool { return r.minute == 0 && r.hour == 0 && r.day == 0 }

// allowed is how many more may be fed now, given when earlier ones were (oldest first), at most want; with none, when
// to ask again.
func (r rates) allowed(fed []int64, now int64, want int) (n int, again int64) {
	n = want
	for _, w := range []struct {
		limit int
		span  time.Duration
	}{{r.minute, time.Minute}, {r.hour, time.Hour}, {r.day, 24 * time.Hour}} {
		if w.limit == 0 {
			continue
		}
		since := now - w.span.Milliseconds()
		used := 0
		for i := len(fed) - 1; i >= 0 && fed[i] > since; i-- {
			used++
		}
		room := max(w.limit-used, 0)
		n = min(n, room)
		if room == 0 {
			again = max(again, fed[len(fed)-w.limit]+w.span.Milliseconds())
		}
	}
	return n, again
}

// lookahead is how many sends of a device wait in the outbox: enough that it is never idle, few enough that what is
// changed, paused or cancelled has hardly begun. Without a pace, many devices share what a pause can take back at once.
func (r rates) lookahead(devices int) int {
	if r.free() && !r.paced {
		return min(max(512/max(devices, 1), 8), 32)
	}
	return 3
}
