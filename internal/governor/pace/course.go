package pace

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Load is how many messages of a broadcast wait: to people who wrote within 28 days, and to all others.
type Load struct{ Warm, Cold int64 }

// Course is what a forecast is made of beside the load.
type Course struct {
	State
	Home    *time.Location // on whose clock the sending hours are
	Letters int            // of the usual text
	Own     Budget         // what the broadcast allows itself, cold and warm together; 0 is any number
	From    int64          // when the broadcast begins; in the past, it has
	// Beside are the other broadcasts of the device; they take turns with this one.
	Beside []Rival
	// Open says whether the broadcast's own hours are open at a time, and when that changes; nil is always.
	Open func(at time.Time) (ok bool, until time.Time)
}

// Stretch is a time, an hour at most, in which something goes.
type Stretch struct {
	From, To   int64
	Warm, Cold int64
}

// unpaced is how many go in a second where nothing is paced: what a small machine does.
const unpaced = 50

// Run goes through the hours from now to end and says what goes when, as long as nothing else goes and nothing happens.
// Who wrote goes first, as a broadcast is fed. left is what is not gone then.
func (c Course) Run(l Load, now, end int64) (list []Stretch, left Load) {
	r := c.road(now)
	for at := max(now, c.Stops.All, c.Stops.Bulk); at < end && l != (Load{}); {
		opens, closes := c.hours(at, end)
		mine, until := c.mine(at, end)
		next, beside := r.rest.join(at)
		if !mine && !beside {
			opens = max(opens, min(until, next))
		}
		if opens > at {
			at = opens
			continue
		}
		to := max(min(at-at%hour+hour, closes, until, next), at+1)
		wants := l
		if !mine {
			wants = Load{}
		}
		s := r.pass(wants, at, to)
		l.Warm, l.Cold = l.Warm-s.Warm, l.Cold-s.Cold
		if at = to; s.Warm+s.Cold > 0 {
			list = append(list, s)
		} else if l.Warm == 0 && (!c.Policy.Free() && !c.History.Ready || c.Stops.Cold >= end) {
			break // only strangers are left, and nobody knows until when they wait
		}
	}
	return list, l
}

// mine reports whether the broadcast itself may go at a time, as far as that is its own affair, and until when that stays so.
func (c Course) mine(at, end int64) (ok bool, until int64) {
	if at < c.From {
		return false, min(c.From, end)
	}
	if c.Open == nil {
		return true, end
	}
	ok, changes := c.Open(time.UnixMilli(at))
	if changes.IsZero() {
		return ok, end
	}
	return ok, min(max(changes.UnixMilli(), at+1), end)
}

// hours is the first moment from at on at which the device sends broadcasts, and when that ends.
func (c Course) hours(at, end int64) (opens, closes int64) {
	if c.Policy.Free() {
		return at, end
	}
	if opens, _ = c.Policy.Hours.next(at, []*time.Location{c.Home}, c.Calendar); opens > at {
		return opens, end
	}
	return at, min(end, c.Policy.Hours.closes(at, c.Home))
}

// closes is when the day's hours end at a time within them.
func (h Hours) closes(at int64, zone *time.Location) int64 {
	to, _ := minutes(h.To)
	y, m, d := time.UnixMilli(at).In(zone).Date()
	return max(time.Date(y, m, d, to/60, to%60, 0, 0, zone).UnixMilli(), at+1)
}

// road is what a forecast remembers on its way.
type road struct {
	c     Course
	gone  []spell // of the last day, in order
	rest  rivals
	warm  float64 // ms from one message to the next
	cold  float64
	spare float64 // ms that were too few for another one
}

func (c Course) road(now int64) *road {
	r := &road{c: c, rest: rivalsOf(c.Beside), warm: 1000.0 / unpaced, cold: 1000.0 / unpaced}
	if c.Policy.Free() {
		r.spare = r.warm
		return r
	}
	p := c.Policy
	typing := 0.0
	if c.Letters > 0 && p.Typing > 0 {
		typing = 1000 * min(max(float64(c.Letters)/float64(p.Typing), 1), 15)
	}
	run := float64(p.RestEach.Min+p.RestEach.Max) / 2
	cycle := func(gap Span) float64 { return typing + (mean(gap)*(run-1)+mean(p.Rest))/run }
	r.warm, r.cold = cycle(p.Gap), cycle(p.FirstGap)
	r.spare = r.cold
	for _, past := range []struct {
		list []int64
		add  func(*Stretch)
	}{{c.History.warm, func(s *Stretch) { s.Warm++ }}, {c.History.cold, func(s *Stretch) { s.Cold++ }}} {
		for _, at := range past.list {
			if at > now-day {
				s := Stretch{From: min(at, now), To: min(at, now)}
				past.add(&s)
				r.gone = append(r.gone, spell{Stretch: s})
			}
		}
	}
	slices.SortFunc(r.gone, func(a, b spell) int { return cmp.Compare(a.From, b.From) })
	return r
}

// mean is the middle of what is drawn from a span, in ms.
func mean(s Span) float64 {
	sigma := math.Log(float64(s.Max)/float64(s.Min)) / 4
	return 1000 * math.Sqrt(float64(s.Min)*float64(s.Max)) * math.Exp(0.77*sigma*sigma/2) // cut off at two deviations, of which 0.77 is left
}

// spell is a stretch with what went beside it, of other broadcasts.
type spell struct {
	Stretch
	beside Load
}

// used is what of the device has gone in the window that ends at a time.
func (r *road) used(to, window int64) (l Load) {
	for _, s := range r.gone {
		if s.From >= to-window {
			l.Warm += s.Warm + s.beside.Warm
			l.Cold += s.Cold + s.beside.Cold
		}
	}
	return l
}

// usedAlone is used without what went beside it.
func (r *road) usedAlone(to, window int64) (n int64) {
	for _, s := range r.gone {
		if s.From >= to-window {
			n += s.Warm + s.Cold
		}
	}
	return n
}

// pass is what goes of a load from one time to another; it may be done before.
func (r *road) pass(l Load, from, to int64) Stretch {
	keep := 0
	for keep < len(r.gone) && r.gone[keep].From < to-day {
		keep++
	}
	r.gone = r.gone[keep:]
	warm, cold := r.room(from, to)
	own := r.own(from, to)
	time := float64(to-from) + r.spare
	s := spell{Stretch: Stretch{From: from, To: to}}
	s.Warm, s.beside.Warm = r.rest.deal(Warm, min(l.Warm, own), min(warm, int64(time/r.warm)))
	time -= float64(s.Warm+s.beside.Warm) * r.warm
	strangers := int64(0)
	if s.Warm == l.Warm {
		strangers = max(min(l.Cold, own-s.Warm), 0)
	}
	s.Cold, s.beside.Cold = r.rest.deal(Cold, strangers, min(cold, int64(max(time, 0)/r.cold)))
	time -= float64(s.Cold+s.beside.Cold) * r.cold
	s.To = min(max(to-int64(time), from+1), to)
	r.spare = min(time, r.cold)
	r.gone = append(r.gone, s)
	return s.Stretch
}

// own is how many the broadcast's own budgets let through.
func (r *road) own(from, to int64) int64 {
	n := int64(math.MaxInt64)
	b := r.c.Own
	if b.Day > 0 {
		n = min(n, int64(b.Day)-r.usedAlone(to, day))
	}
	if b.Hour > 0 {
		n = min(n, int64(b.Hour)-r.usedAlone(to, hour))
	}
	if b.Minute > 0 {
		n = min(n, int64(b.Minute)*((to-from+minute-1)/minute))
	}
	return max(n, 0)
}

// room is how many of each class the device's budgets let through.
func (r *road) room(from, to int64) (warm, cold int64) {
	warm = math.MaxInt64
	p, c := r.c.Policy, r.c
	if p.Free() {
		if from < c.Stops.Cold {
			return warm, 0
		}
		return warm, warm
	}
	minutes := (to - from + minute - 1) / minute
	dayUsed, hourUsed := r.used(to, day), r.used(to, hour)
	share := func(n int) int64 { return int64(max(n-n*p.Reserve/100, 1)) }
	warm = min(warm, share(p.Warm.Day)-dayUsed.Warm, share(p.Warm.Hour)-hourUsed.Warm, share(p.Warm.Minute)*minutes)
	if !c.History.Ready || from < c.Stops.Cold {
		return max(warm, 0), 0
	}
	most := int64(p.ColdDay(from - c.History.Since))
	cold = min(most-dayUsed.Cold, int64(p.Cold.Hour)-hourUsed.Cold, int64(p.Cold.Minute)*minutes)
	return max(warm, 0), max(cold, 0)
}
