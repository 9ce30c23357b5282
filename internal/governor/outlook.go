package governor

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/governor/health"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// Outlook is how a device may send a broadcast from now on, on whichever node it runs.
type Outlook struct {
	pace.State                // its history is a copy
	standing   health.Concern // the worst that there is
	now        int64
}

// Outlook is what a forecast is made of, for a broadcast of that preset; "" is the device's own pace.
func (s *Service) Outlook(ctx context.Context, d device.Device, preset pace.Preset) (Outlook, error) {
	now, policy := s.now(), s.PolicyOf(d)
	if preset != "" {
		policy = policy.Narrow(pace.Of(preset))
	}
	if w := s.ward(d.ID); w != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		return outlook(policy, w.health, w.calendar, w.history.Clone(), now), nil
	}
	calendar, err := s.calendar(ctx, d.WorkspaceID)
	if err != nil {
		return Outlook{}, err
	}
	st, err := s.store.standing(ctx, d.WorkspaceID, d.ID)
	if err != nil {
		return Outlook{}, err
	}
	history, err := s.elsewhere(ctx, d, policy, now)
	return outlook(policy, st.Health, calendar, history, now), err
}

func outlook(p pace.Policy, h health.Health, c pace.Calendar, past *pace.History, now int64) Outlook {
	if h.Careful(now) {
		p = p.Slow()
	}
	return Outlook{State: pace.State{Policy: p, Stops: h.Stops(now), Calendar: c, History: past}, standing: h.At(now), now: now}
}

// Unknown is the outlook of a device of which nothing is known but its policy.
func Unknown(p pace.Policy, c pace.Calendar, now int64) Outlook {
	return outlook(p, health.Health{}, c, &pace.History{Ready: true}, now)
}

// WarmUp is how far a number has come that is not long linked.
type WarmUp struct {
	Day     int `json:"day" doc:"Since the number was linked here, from 1"`
	Today   int `json:"today" doc:"How many who never wrote to it, or not for 28 days, it may write to today"`
	Full    int `json:"full" doc:"How many a day it will be"`
	FullDay int `json:"full_day" doc:"From which day on"`
}

// WarmUp is where the number is now; nil when it may write to strangers as it always may, and where nothing is paced.
func (o Outlook) WarmUp() *WarmUp {
	age := max(o.now-o.History.Since, 0)
	today := o.Policy.ColdDay(age)
	if o.Policy.Free() || today >= o.Policy.Cold.Day {
		return nil
	}
	day := int(age/(24*time.Hour).Milliseconds()) + 1
	return &WarmUp{Day: day, Today: today, Full: o.Policy.Cold.Day, FullDay: o.Policy.RampDays}
}

// elsewhere is what a device has sent within a day that does not run here.
func (s *Service) elsewhere(ctx context.Context, d device.Device, policy pace.Policy, now int64) (*pace.History, error) {
	h := &pace.History{Since: d.LinkedAt, Ready: policy.Free() || s.ready(ctx, d)}
	if policy.Free() || s.conf.Past == nil {
		return h, nil
	}
	list, err := s.conf.Past(ctx, d.WorkspaceID, d.ID, now-(24*time.Hour).Milliseconds(), usable)
	for _, g := range list {
		h.Past(classOf(g.Budget), min(g.At, now)) // the clock may have been set back
	}
	return h, err
}

// Hold is why messages of a broadcast don't go now.
type Hold struct {
	Code  string // "" is nothing but a short pause between messages
	Until int64  // unix ms; 0 is until somebody does something
	Text  fault.Text
}

// longPause is from where on a pause between two messages is worth a word: whoever looks takes it for a standstill.
const longPause = time.Minute

// Hold says what holds the next message of a broadcast to somebody who wrote, or who did not.
func (o Outlook) Hold(c pace.Class) Hold {
	who := pace.Candidate{Bulk: true, Stranger: c == pace.Cold, WroteAt: o.now - pace.Answering.Milliseconds(), Zones: []*time.Location{o.Calendar.Zone}}
	v := pace.Decide(o.State, who, o.now, rand.Float64)
	switch v.Why {
	case pace.WhyGo, pace.WhyHuman:
		return Hold{}
	case pace.WhyGap, pace.WhyRest:
		if v.At-o.now < longPause.Milliseconds() {
			return Hold{}
		}
	}
	h := Hold{Code: codePrefix + string(v.Why), Until: v.At, Text: words(v.Why)}
	if v.At == pace.Never {
		h.Until = 0
	}
	if what, todo := explain(o.standing); v.Why == pace.WhyStopped && o.standing.Level != health.Healthy {
		h.Text = fault.Text{ID: what.ID + " " + todo.ID, EN: what.EN + " " + todo.EN}
	}
	return h
}
