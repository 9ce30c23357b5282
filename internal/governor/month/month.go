// Package month owns a simulation: thirty days of a shop on a virtual clock, with the very arithmetic that governs real sends.
package month

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/pingcrm/pingcrm/internal/governor/health"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
)

const (
	minute = int64(60_000)
	hour   = 60 * minute
	day    = 24 * hour
)

// Plan is what happens to the shop.
type Plan struct {
	Policy    pace.Policy
	Seed      uint64
	Days      int
	Customers int // who write each day
	Contacts  int // whom a broadcast goes to, on Mondays and Thursdays at ten
	LockDay   int // the network locks new chats for six days
	WarnDay   int // the network says that it is too much, and nothing goes for half an hour
}

// Shop is the plan of a shop of 100 customers a day.
func Shop() Plan {
	return Plan{Policy: pace.Of(pace.Normal), Seed: 1, Days: 30, Customers: 100, Contacts: 5000, LockDay: 9, WarnDay: 20}
}

// Report is what became of it.
type Report struct {
	Plan    Plan
	Days    []Day
	Warm    pace.Budget // the most in any minute, hour and day
	Cold    pace.Budget
	InLock  int // cold messages while new chats were locked
	AtNight int // broadcasts outside the sending hours
	Over    int // cold messages beyond what the number's age allows in a day
}

// Day is one day of it.
type Day struct {
	State   health.Level // the worst of the day
	Answers int
	Slowest time.Duration // an answer waited
	Warm    int
	Cold    int
	Waiting int // of broadcasts at its end
}

// message waits to go.
type message struct {
	who int
	at  int64 // since when
}

// shop is a run.
type shop struct {
	Plan
	r       Report
	rnd     *rand.Rand
	zone    *time.Location
	began   int64
	now     int64
	h       pace.History
	health  health.Health
	wrote   map[int]int64
	arrive  []int64
	answers []message
	bulk    []message
	sent    [3][]int64 // by class
	ids     int
}

// Run lets the days pass.
func Run(p Plan) (Report, error) {
	zone, err := time.LoadLocation("Asia/Jakarta")
	if err != nil {
		return Report{}, err
	}
	s := &shop{Plan: p, rnd: rand.New(rand.NewPCG(p.Seed, 7)), zone: zone, wrote: map[int]int64{}}
	s.began = time.Date(2026, time.June, 1, 0, 0, 0, 0, zone).UnixMilli() // a Monday
	s.now, s.h = s.began, pace.History{Since: s.began, Began: s.began, Ready: true}
	for d := range p.Days {
		s.day(d)
	}
	s.r.Plan, s.r.Warm, s.r.Cold = p, peaks(s.sent[pace.Warm]), peaks(s.sent[pace.Cold])
	for i, at := range s.sent[pace.Cold] {
		within := 0
		for _, o := range s.sent[pace.Cold][:i+1] {
			if o > at-day {
				within++
			}
		}
		if within > p.Policy.ColdDay(at-s.began) {
			s.r.Over++
		}
	}
	return s.r, nil
}

// day lets one pass.
func (s *shop) day(n int) {
	start := s.began + int64(n)*day
	s.r.Days = append(s.r.Days, Day{State: health.Healthy})
	for range s.Customers { // they write between eight and nine in the evening
		s.arrive = append(s.arrive, start+8*hour+s.rnd.Int64N(13*hour))
	}
	slices.Sort(s.arrive)
	weekday := time.UnixMilli(start).In(s.zone).Weekday()
	launch := start + 10*hour
	trouble := start + 11*hour
	for s.now < start+day {
		next := start + day
		if len(s.arrive) > 0 {
			next = min(next, s.arrive[0])
		}
		for _, at := range []int64{launch, trouble} {
			if at > s.now {
				next = min(next, at)
			}
		}
		s.work(next)
		s.now = next
		for len(s.arrive) > 0 && s.arrive[0] <= s.now {
			who := s.rnd.IntN(s.Contacts)
			s.wrote[who] = s.now
			s.answers = append(s.answers, message{who, s.now})
			s.arrive = s.arrive[1:]
		}
		if s.now == launch && (weekday == time.Monday || weekday == time.Thursday) {
			s.bulk = s.bulk[:0] // the next one replaces what is left of the last
			for _, who := range s.rnd.Perm(s.Contacts) {
				s.bulk = append(s.bulk, message{who, s.now})
			}
		}
		if s.now == trouble {
			s.trouble(n + 1)
		}
	}
	s.r.Days[n].Waiting = len(s.bulk)
}

func (s *shop) trouble(n int) {
	switch n {
	case s.LockDay:
		s.health = s.health.Raise(health.Concern{Why: health.WhyTimelock, Level: health.Restricted, Since: s.now, Until: s.now + 6*day})
	case s.WarnDay:
		if c, ok := health.Refusal("429", 0, s.now); ok {
			s.health = s.health.Raise(c)
			s.h.Began = c.Until // it begins slowly then
		}
	}
}

// work sends what may go until then: answers first, then whoever of the broadcast may go.
func (s *shop) work(until int64) {
	for s.now < until {
		today := &s.r.Days[len(s.r.Days)-1]
		if at := s.health.At(s.now); worse(at.Level, today.State) {
			today.State = at.Level
		}
		next := until
		if len(s.answers) > 0 {
			at, ok := s.send(s.answers[0], false)
			if ok {
				today.Answers++
				today.Slowest = max(today.Slowest, time.Duration(s.now-s.answers[0].at)*time.Millisecond)
				s.answers = s.answers[1:]
				continue
			}
			next = min(next, at)
		}
		if at, ok := s.broadcast(); ok {
			continue
		} else if at > 0 {
			next = min(next, at)
		}
		s.now = max(next, s.now+1)
	}
	s.now = until
}

// broadcast sends the first that may go: strangers who wait stand in nobody's way. 0 when there is nobody.
func (s *shop) broadcast() (next int64, sent bool) {
	asked := map[pace.Class]bool{}
	for i, m := range s.bulk {
		class := s.candidate(m, true).Class(s.now)
		if asked[class] {
			continue
		}
		asked[class] = true
		at, ok := s.send(m, true)
		if ok {
			s.bulk = slices.Delete(s.bulk, i, i+1)
			return 0, true
		}
		if next == 0 || at < next {
			next = at
		}
		if len(asked) == 2 {
			break
		}
	}
	return next, false
}

func (s *shop) candidate(m message, bulk bool) pace.Candidate {
	wrote, known := s.wrote[m.who]
	return pace.Candidate{Bulk: bulk, Stranger: !known, WroteAt: wrote, Zones: []*time.Location{s.zone}, Letters: 120}
}

// send sends one, or says when it may go.
func (s *shop) send(m message, bulk bool) (int64, bool) {
	p := s.Policy
	if s.health.Careful(s.now) {
		p = p.Slow()
	}
	state := pace.State{Policy: p, Stops: s.health.Stops(s.now), Calendar: pace.Calendar{Zone: s.zone}, History: &s.h}
	c := s.candidate(m, bulk)
	v := pace.Decide(state, c, s.now, s.rnd.Float64)
	if v.At > s.now {
		return v.At, false
	}
	s.ids++
	id := fmt.Sprint(s.ids)
	s.h.Spend(id, c, v, s.now)
	at := s.now + v.Typing.Milliseconds()
	s.h.Done(id, at)
	s.h.Forget(s.now)
	s.note(v.Class, at, bulk)
	return 0, true
}

// note counts what has gone.
func (s *shop) note(class pace.Class, at int64, bulk bool) {
	today := &s.r.Days[len(s.r.Days)-1]
	s.sent[class] = append(s.sent[class], at)
	switch class {
	case pace.Warm:
		today.Warm++
	case pace.Cold:
		today.Cold++
		if s.health.Stops(s.now).Cold > s.now {
			s.r.InLock++
		}
	}
	if clock := time.UnixMilli(s.now).In(s.zone).Format("15:04"); bulk && (clock < s.Policy.Hours.From || clock >= s.Policy.Hours.To) {
		s.r.AtNight++
	}
}

func worse(a, b health.Level) bool {
	order := []health.Level{health.Healthy, health.Caution, health.Restricted, health.Paused, health.Banned}
	return slices.Index(order, a) > slices.Index(order, b)
}

// peaks is the most in any window.
func peaks(list []int64) (b pace.Budget) {
	slices.Sort(list)
	for _, w := range []struct {
		length int64
		most   *int
	}{{minute, &b.Minute}, {hour, &b.Hour}, {day, &b.Day}} {
		first := 0
		for i, at := range list {
			for list[first] <= at-w.length {
				first++
			}
			*w.most = max(*w.most, i-first+1)
		}
	}
	return b
}

// Print draws the chart.
func (r Report) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d days, %d customers a day, broadcasts to %d on Mondays and Thursdays, pace %s\n\n", r.Plan.Days, r.Plan.Customers, r.Plan.Contacts, r.Plan.Policy.Preset)
	fmt.Fprintf(&b, "day  standing    answers  slowest  cold  warm\n")
	for i, d := range r.Days {
		fmt.Fprintf(&b, "%3d  %-10s  %7d  %7s  %4d  %4d  %s%s\n", i+1, d.State, d.Answers, d.Slowest.Round(100*time.Millisecond), d.Cold, d.Warm,
			strings.Repeat("░", (d.Cold+4)/5), strings.Repeat("█", (d.Warm+24)/25))
	}
	p := r.Plan.Policy
	fmt.Fprintf(&b, "\n░ five cold messages, █ 25 warm ones\n\nthe most within any     minute      hour        day\n")
	fmt.Fprintf(&b, "warm (budget)       %5d (%d)   %4d (%d)  %4d (%d)\n", r.Warm.Minute, p.Warm.Minute, r.Warm.Hour, p.Warm.Hour, r.Warm.Day, p.Warm.Day)
	fmt.Fprintf(&b, "cold (budget)       %5d (%d)   %4d (%d)   %4d (%d)\n", r.Cold.Minute, p.Cold.Minute, r.Cold.Hour, p.Cold.Hour, r.Cold.Day, p.Cold.Day)
	fmt.Fprintf(&b, "\ncold while new chats were locked: %d   broadcasts at night: %d   beyond the number's age: %d\n", r.InLock, r.AtNight, r.Over)
	_, err := io.WriteString(w, b.String())
	return err
}
