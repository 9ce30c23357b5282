package pace

import (
	"math"
	"time"
)

// Why is the reason for which a message has to wait, as a stable code.
type Why string

// The reasons.
const (
	WhyGo         Why = ""
	WhyHuman      Why = "human"   // nobody answers faster
	WhyGap        Why = "gap"     // between two of a broadcast
	WhyRest       Why = "rest"    // the long pause
	WhyHours      Why = "hours"   // it is night there
	WhyDayOff     Why = "day_off" // not on this weekday
	WhyHoliday    Why = "holiday"
	WhyHistory    Why = "history" // who is a stranger is not known yet
	WhyStopped    Why = "stopped" // see Stops
	WhyWarmMinute Why = "warm_minute"
	WhyWarmHour   Why = "warm_hour"
	WhyWarmDay    Why = "warm_day"
	WhyColdMinute Why = "cold_minute"
	WhyColdHour   Why = "cold_hour"
	WhyColdDay    Why = "cold_day"
)

// Candidate is a message that wants to go.
type Candidate struct {
	Bulk     bool             // of a broadcast or a follow-up, not asked for one by one
	Stranger bool             // the person has never written
	Group    bool             // everybody in it knows the number
	WroteAt  int64            // when the person last wrote; 0 is unknown
	Zones    []*time.Location // where it may be
	Letters  int              // of a text; 0 shows no typing
}

// How long somebody who wrote is waiting for an answer, and knows us.
const (
	Answering = 24 * time.Hour
	Knowing   = 28 * 24 * time.Hour
)

// Class is what the message counts as at that time.
func (c Candidate) Class(now int64) Class {
	silent := time.Duration(max(now-c.WroteAt, 0)) * time.Millisecond
	known := !c.Stranger && (c.Group || c.WroteAt == 0 || silent <= Knowing)
	switch {
	case c.Stranger, c.Bulk && !known:
		return Cold
	case !c.Bulk && (c.Group || c.WroteAt == 0 || silent <= Answering):
		return Reply
	}
	return Warm
}

// Stops are times until which nothing goes: at all, to strangers, of broadcasts. Never is until somebody resumes.
type Stops struct {
	All  int64
	Cold int64
	Bulk int64
}

// State is what a decision is made of beside the candidate.
type State struct {
	Policy   Policy
	Stops    Stops
	Calendar Calendar
	History  *History
}

// Verdict says when a message may go. When At is not later than the time of asking it may go now, and the rest says how.
type Verdict struct {
	At     int64 // Never: not before something changes
	Why    Why   // what holds it longest; WhyGo when it may go
	Class  Class
	Typing time.Duration // shown before it

	gap, first chance // until the next of bulk, and the next cold one
	left       int
}

// Decide says when the candidate may go if nothing else went before. It changes nothing: the same question at the same
// time has the same answer in At and Why. random gives numbers from 0 to 1.
func Decide(s State, c Candidate, now int64, random func() float64) Verdict {
	if s.Policy.Free() {
		return Verdict{At: max(now, s.Stops.All), Why: stopped(now, s.Stops.All), Class: Reply}
	}
	v := Verdict{At: now, Class: c.Class(now)}
	list := s.constraints(c, v.Class)
	for moved := true; moved && v.At != Never; {
		moved = false
		for _, f := range list {
			if at, why := f(v.At); at > v.At {
				v.At, v.Why, moved = at, why, true
			}
		}
	}
	if v.At > now {
		return v
	}
	s.draw(c, &v, now, random)
	return v
}

func stopped(now, until int64) Why {
	if until > now {
		return WhyStopped
	}
	return WhyGo
}

// constraint is the first moment from t on that it allows, and its name.
type constraint func(t int64) (int64, Why)

func until(end int64, why Why) constraint {
	return func(t int64) (int64, Why) { return max(t, end), why }
}

func (s State) constraints(c Candidate, class Class) []constraint {
	h, p := s.History, s.Policy
	list := []constraint{until(s.Stops.All, WhyStopped), until(h.talk+int64(p.Human), WhyHuman)}
	if h.talk == 0 {
		list = list[:1]
	}
	if c.Bulk {
		list = append(list, until(s.Stops.Bulk, WhyStopped))
		if h.last > 0 {
			span, why := p.Gap, WhyGap
			switch {
			case h.left == 0 && h.gap != chance{}:
				span, why = p.Rest, WhyRest
			case h.lastOf == Cold:
				span = p.FirstGap
			}
			list = append(list, until(h.last+max(h.gap.of(span), int64(p.Gap.Min)*1000), why))
		}
	}
	switch class {
	case Warm:
		list = append(list, s.warm(c.Bulk)...)
	case Cold:
		list = append(list, s.cold()...)
	case Reply:
		return list
	}
	if c.Bulk || class == Cold {
		list = append(list, func(t int64) (int64, Why) { return p.Hours.next(t, c.Zones, s.Calendar) })
	}
	return list
}

// warm are the windows of the warm budget. Bulk leaves a share of each to what is asked for one by one.
func (s State) warm(bulk bool) []constraint {
	share := func(n int) func(int64) int {
		if bulk {
			n = max(n-n*s.Policy.Reserve/100, 1)
		}
		return func(int64) int { return n }
	}
	h, b := s.History, s.Policy.Warm
	return []constraint{
		window(h.warm, minute, share(b.Minute), WhyWarmMinute), window(h.warm, hour, share(b.Hour), WhyWarmHour),
		window(h.warm, day, share(b.Day), WhyWarmDay),
	}
}

func (s State) cold() []constraint {
	h, b := s.History, s.Policy.Cold
	fixed := func(n int) func(int64) int { return func(int64) int { return n } }
	list := []constraint{until(s.Stops.Cold, WhyStopped)}
	if !h.Ready {
		list = append(list, until(Never, WhyHistory))
	}
	if n := len(h.cold); n > 0 {
		list = append(list, until(h.cold[n-1]+max(h.first.of(s.Policy.FirstGap), int64(s.Policy.FirstGap.Min)*1000), WhyGap))
	}
	return append(list,
		window(h.cold, minute, fixed(b.Minute), WhyColdMinute), window(h.cold, hour, fixed(b.Hour), WhyColdHour), s.coldDay)
}

// ColdDay is the day's budget of cold messages for a number of that age in ms.
func (p Policy) ColdDay(age int64) int {
	days := int(max(age, 0) / day)
	if p.FirstDay >= p.Cold.Day || days >= p.RampDays-1 {
		return p.Cold.Day
	}
	return p.FirstDay + (p.Cold.Day-p.FirstDay)*days/(p.RampDays-1)
}

// coldDay is the window of a day, whose budget grows with the number's age.
func (s State) coldDay(t int64) (int64, Why) {
	age := max(t-s.History.Since, 0)
	n := s.Policy.ColdDay(age)
	at, why := window(s.History.cold, day, func(int64) int { return n }, WhyColdDay)(t)
	if n < s.Policy.Cold.Day { // tomorrow there is more
		at = min(at, t-age%day+day)
	}
	return at, why
}

// window lets at most budget through in any window of that length.
func window(list []int64, length int64, budget func(t int64) int, why Why) constraint {
	return func(t int64) (int64, Why) {
		n := budget(t)
		if n <= 0 {
			return Never, why
		}
		if len(list) < n {
			return t, why
		}
		return max(t, list[len(list)-n]+length), why
	}
}

// draw decides what is left to chance.
func (s State) draw(c Candidate, v *Verdict, now int64, random func() float64) {
	p, h := s.Policy, s.History
	if v.Class == Reply {
		return
	}
	slow := p.ramp(now - h.Began)
	v.first = chance{slow, random()}
	if c.Bulk {
		v.left = h.left - 1
		if h.left == 0 {
			v.left = p.RestEach.Min + int(random()*float64(p.RestEach.Max-p.RestEach.Min+1)) - 1
		}
		v.gap = chance{slow, random()}
	}
	if c.Letters > 0 && p.Typing > 0 && (c.Bulk || v.Class == Cold) {
		seconds := float64(c.Letters) / float64(p.Typing) * (0.8 + 0.4*random())
		v.Typing = (time.Duration(min(max(seconds, 1), 15)*1000) * time.Millisecond)
	}
}

// ramp is by what gaps are longer so long after a reconnect.
func (p Policy) ramp(since int64) float64 {
	whole := int64(p.RampMins) * minute
	if since < 0 || since >= whole {
		return 1
	}
	return 3 - 2*float64(since)/float64(whole)
}

// chance is what is left to chance of a pause after a message: how much longer than usual pauses are at that time, and where
// in its span this one lies, from 0 to 1. The span is that of whoever goes next.
type chance struct{ slow, at float64 }

// of is the pause in ms.
func (c chance) of(s Span) int64 { return int64(c.slow * lognormal(s, c.at)) }

// lognormal makes milliseconds within a span of seconds of a number from 0 to 1: log-normally distributed, cut off at two
// standard deviations, which lie at the span's ends.
func lognormal(s Span, u float64) float64 {
	low, high := math.Log(float64(s.Min)), math.Log(float64(s.Max))
	const within = 0.9545 // of a normal distribution, between -2 and 2
	z := math.Sqrt2 * math.Erfinv(within*(2*min(max(u, 0), 1)-1))
	return 1000 * math.Exp((low+high)/2+min(max(z, -2), 2)*(high-low)/4)
}
