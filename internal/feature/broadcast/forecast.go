package broadcast

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/governor"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
)

// farthest is how far a forecast looks.
const farthest = 90 * 24 * time.Hour

// Forecast is when a broadcast will be over if nothing changes, and what holds it.
type Forecast struct {
	EndsAt int64  `json:"ends_at,omitempty" doc:"Unix milliseconds; missing when it can't be said, or later than in 90 days"`
	Holds  []Hold `json:"holds" doc:"What keeps some or all of it from going right now"`
	// WarmUps say why it takes so long with a new number.
	WarmUps []WarmUp `json:"warm_ups" doc:"The devices whose number is new: they write to few strangers a day at first"`
}

// WarmUp is a device that has strangers to write to, and a number that is not long linked.
type WarmUp struct {
	DeviceID string `json:"device_id"`
	governor.WarmUp
	Reason   string `json:"reason" doc:"In words, in Indonesian"`
	ReasonEN string `json:"reason_en"`
}

// warmUps are those of the devices that have strangers to write to.
func warmUps(lanes []lane) []WarmUp {
	out := []WarmUp{}
	for _, l := range lanes {
		w := l.outlook.WarmUp()
		if w == nil || l.load.Cold == 0 {
			continue
		}
		text := explainWarmUp(*w)
		out = append(out, WarmUp{l.deviceID, *w, text.ID, text.EN})
	}
	return out
}

// Hour is one line of a timetable.
type Hour struct {
	From  int64 `json:"from" doc:"Unix milliseconds"`
	To    int64 `json:"to"`
	Sends int64 `json:"sends" doc:"How many would go"`
	Total int64 `json:"total" doc:"How many would have gone by its end"`
}

// loads are what the slots have to do yet; strangers go last, as they are fed.
func loads(list []tally, strangers map[int]int64) map[int]pace.Load {
	out := map[int]pace.Load{}
	for _, t := range list {
		if left := t.n[0] + t.n[1] + t.n[2]; left > 0 && t.slot != nobody {
			l := out[t.slot]
			l.Warm += left
			out[t.slot] = l
		}
	}
	for slot, l := range out {
		cold := min(l.Warm, strangers[slot])
		out[slot] = pace.Load{Warm: l.Warm - cold, Cold: cold}
	}
	return out
}

// forecast says when it will be over and what holds it.
func (s *Service) forecast(ctx context.Context, b Broadcast, list []tally, strangers map[int]int64) (f Forecast, err error) {
	f.Holds, f.WarmUps = []Hold{}, []WarmUp{}
	switch b.State {
	case Ready, Scheduled, Running, Paused:
	default:
		return f, nil
	}
	left := loads(list, strangers)
	if len(left) == 0 {
		return f, nil
	}
	lanes, err := s.lanes(ctx, b, left)
	if err != nil {
		return f, err
	}
	f.WarmUps = warmUps(lanes)
	if b.State == Running {
		if f.Holds, err = s.holds(ctx, b, lanes); err != nil {
			return f, err
		}
		if slices.ContainsFunc(f.Holds, func(h Hold) bool { return h.Until == 0 }) {
			return f, nil // it is over when somebody has done something
		}
	}
	hours, over, err := s.timetable(ctx, b, list, lanes)
	if n := len(hours); n > 0 && over {
		f.EndsAt = hours[n-1].To
	}
	return f, err
}

// Timetable is what would go when, if the broadcast began now or at its time and every device could send. Nothing is sent.
func (s *Service) Timetable(ctx context.Context, b Broadcast) ([]Hour, error) {
	list, err := s.store.tallies(ctx, b.WorkspaceID, b.ID)
	if err != nil {
		return nil, err
	}
	strangers, err := s.store.strangers(ctx, b)
	if err != nil {
		return nil, err
	}
	lanes, err := s.lanes(ctx, b, loads(list, strangers))
	if err != nil {
		return nil, err
	}
	hours, _, err := s.timetable(ctx, b, list, lanes)
	return hours, err
}

// timetable also says whether everything is gone at its end.
func (s *Service) timetable(ctx context.Context, b Broadcast, list []tally, lanes []lane) (hours []Hour, over bool, err error) {
	zone, err := s.Zone(ctx, b.WorkspaceID)
	if err != nil {
		return nil, false, err
	}
	now := s.Now()
	at := now
	if b.StartedAt == 0 && b.StartAt > at.UnixMilli() {
		at = time.UnixMilli(b.StartAt)
	}
	r := s.rates(b.Pacing)
	if r.free() && !slices.ContainsFunc(lanes, func(l lane) bool { return !l.outlook.Policy.Free() }) {
		if open, until := b.Window.open(at.In(zone)); !open {
			at = until
		}
		return s.unpaced(b, list, lanes, at), true, nil
	}
	over = true
	end := at.Add(farthest).UnixMilli()
	byHour := map[int64]*Hour{}
	for _, l := range lanes {
		c := s.course(b, l, zone, r)
		c.From = at.UnixMilli()
		gone, left := c.Run(l.load, now.UnixMilli(), end)
		over = over && left == pace.Load{}
		for _, g := range gone {
			k := g.From / time.Hour.Milliseconds()
			h := byHour[k]
			if h == nil {
				h = &Hour{From: g.From, To: g.To}
				byHour[k] = h
			}
			h.From, h.To, h.Sends = min(h.From, g.From), max(h.To, g.To), h.Sends+g.Warm+g.Cold
		}
	}
	total := int64(0)
	for _, h := range slices.SortedFunc(maps.Values(byHour), func(a, b *Hour) int { return cmp.Compare(a.From, b.From) }) {
		total += h.Sends
		h.Total = total
		hours = append(hours, *h)
	}
	return hours, over, nil
}

// course is what the way of a device's load depends on.
func (s *Service) course(b Broadcast, l lane, zone *time.Location, r rates) pace.Course {
	c := pace.Course{State: l.outlook.State, Beside: l.beside, Home: zone, Letters: b.Content.letters(), Own: pace.Budget{Minute: r.minute, Hour: r.hour, Day: r.day}}
	c.Stops.All, c.Stops.Cold = max(c.Stops.All, l.stopped), max(c.Stops.Cold, l.locked)
	if b.Window != nil {
		c.Open = func(at time.Time) (bool, time.Time) { return b.Window.open(at.In(zone)) }
	}
	return c
}

// letters are those of the longest text that shows typing.
func (c Content) letters() (n int) {
	for _, v := range c.Variants {
		if v.FileID == "" {
			n = max(n, utf8.RuneCountInString(v.Text))
		}
	}
	return n
}

// unpaced is one line, by the speed so far; none while nothing is known of it.
func (s *Service) unpaced(b Broadcast, list []tally, lanes []lane, at time.Time) []Hour {
	gone, waits := int64(0), int64(0)
	for _, t := range list {
		gone += t.n[3] + t.n[4] + t.n[5] + t.n[6]
	}
	for _, l := range lanes {
		waits += l.load.Warm + l.load.Cold
		at = time.UnixMilli(max(at.UnixMilli(), l.stopped))
	}
	if waits == 0 {
		return nil
	}
	speed := 50.0 // a second: what a small machine does
	if ran := s.now() - b.StartedAt; b.StartedAt > 0 && gone > 0 && ran > 0 {
		speed = float64(gone) * 1000 / float64(ran)
	}
	end := at.Add(time.Duration(float64(waits) / speed * float64(time.Second)))
	return []Hour{{at.UnixMilli(), end.UnixMilli(), waits, waits}}
}
