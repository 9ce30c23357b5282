package governor_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/governor"
	"github.com/pingcrm/pingcrm/internal/governor/health"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/outbox"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// nobody is a driver of a channel that nobody is on.
type nobody struct{ device.Driver }

func (nobody) Channel() string { return "nobody" }

// world is a governor of one device, at ten in the morning in Jakarta.
type world struct {
	*governor.Service
	t       testing.TB
	db      *db.DB
	now     time.Time
	devices *device.Service
	dev     device.Device
	past    []outbox.Went
	told    []governor.Change
	n       int
}

func each(t *testing.T, simulated bool, fn func(t *testing.T, w *world)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &world{t: t, db: d, now: time.Date(2026, 3, 4, 3, 0, 0, 0, time.UTC)}
		clock := func() time.Time { return w.now }
		w.devices = device.New(device.Config{DB: d, Drivers: []device.Driver{nobody{}}, Now: clock})
		shops := workspace.New(d, clock)
		w.Service = governor.New(governor.Config{DB: d, Devices: w.devices, Workspaces: shops, Simulated: simulated, Now: clock})
		dbtest.Migrated(t, d, workspace.Module(shops), device.Module(w.devices), governor.Module(w.Service))
		shop, err := shops.Create(t.Context(), "Toko")
		if err != nil {
			t.Fatal(err)
		}
		if w.dev, err = w.devices.Create(t.Context(), shop.ID, "nobody", "Kasir", device.Settings{}); err != nil {
			t.Fatal(err)
		}
		w.dev.State.Code = device.StateOnline
		w.Changed.Add("test", func(_ context.Context, c governor.Change) error { w.told = append(w.told, c); return nil })
		fn(t, w)
	})
}

// begin has the governor take the device over, as another node would.
func (w *world) begin() {
	w.t.Helper()
	w.End(w.dev.ID)
	err := w.Begin(w.t.Context(), w.dev, func(_ context.Context, since int64, limit int) (out []outbox.Went, _ error) {
		for i := len(w.past) - 1; i >= 0 && len(out) < limit && w.past[i].At >= since; i-- {
			out = append(out, w.past[i])
		}
		return out, nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) candidate(lane outbox.Lane, cold bool, wrote time.Duration) outbox.Send {
	w.n++
	s := outbox.Send{
		ID: fmt.Sprint("s", w.n), WorkspaceID: w.dev.WorkspaceID, DeviceID: w.dev.ID, ChatID: fmt.Sprint("c", w.n), Lane: lane, Cold: cold,
		To: device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281290641111"}}},
	}
	if wrote > 0 {
		s.WroteAt = w.now.Add(-wrote).UnixMilli()
	}
	return s
}

func (w *world) next(s outbox.Send) outbox.Verdict { return w.Next(w.t.Context(), w.dev, s) }

// goes lets a send go at once and has it taken.
func (w *world) goes(s outbox.Send) {
	w.t.Helper()
	v := w.next(s)
	if v.Action != outbox.Go {
		w.t.Fatalf("%s: got %+v, want it to go", s.ID, v)
	}
	s.Budget, s.State, s.SpentAt = v.Budget, outbox.StateSent, w.now.Add(v.Typing).UnixMilli()
	if err := w.Taken(w.t.Context(), outbox.Taken{Device: w.dev, Send: s}); err != nil {
		w.t.Fatal(err)
	}
	if s.Budget != outbox.BudgetNone {
		w.past = append(w.past, outbox.Went{At: s.SpentAt, Budget: s.Budget, State: s.State, Lane: s.Lane, ChatID: s.ChatID})
	}
}

func (w *world) standing() health.Concern {
	w.t.Helper()
	if len(w.told) == 0 {
		return health.Concern{Level: health.Healthy}
	}
	return w.told[len(w.told)-1].After
}

func TestBudgetsAreRebuiltFromThePast(t *testing.T) {
	each(t, false, func(t *testing.T, w *world) {
		w.dev.LinkedAt = w.now.Add(-30 * 24 * time.Hour).UnixMilli()
		w.begin()
		for range 10 { // ten strangers an hour
			w.goes(w.candidate(outbox.LaneNotify, true, 0))
			w.now = w.now.Add(4 * time.Minute)
		}
		for _, when := range []string{"before", "after"} {
			v := w.next(w.candidate(outbox.LaneNotify, true, 0))
			if v.Action != outbox.Hold || v.Code != "pace_cold_hour" || v.Until < w.now.Add(19*time.Minute).UnixMilli() {
				t.Errorf("%s a restart: got %+v, want strangers held for the hour's budget", when, v)
			}
			if v := w.next(w.candidate(outbox.LaneReply, false, time.Hour)); v.Action != outbox.Go || v.Budget != outbox.BudgetNone {
				t.Errorf("%s a restart an answer is told %+v", when, v)
			}
			w.begin()
		}
	})
}

// A broadcast waits in line, and nothing that somebody waits for waits behind it; a broadcast's own pace narrows the
// device's and never widens it.
func TestWhoWaitsForWhom(t *testing.T) {
	each(t, false, func(t *testing.T, w *world) {
		w.begin()
		w.goes(w.candidate(outbox.LaneBroadcast, false, 48*time.Hour))
		if v := w.next(w.candidate(outbox.LaneBroadcast, false, 48*time.Hour)); v.Action != outbox.Wait || v.Until <= w.now.UnixMilli() {
			t.Errorf("the next of a broadcast: got %+v, want it to wait in line", v)
		}
		w.goes(w.candidate(outbox.LaneReply, false, time.Minute))
		w.now = w.now.Add(time.Second)
		w.goes(w.candidate(outbox.LaneNotify, false, time.Minute))
		w.now = w.now.Add(time.Second)
		w.goes(w.candidate(outbox.LaneNotify, false, 48*time.Hour))
		w.now = w.now.Add(14 * time.Hour) // midnight
		if v := w.next(w.candidate(outbox.LaneBroadcast, false, 48*time.Hour)); v.Action != outbox.PutOff || v.Code != "pace_hours" {
			t.Errorf("at midnight: got %+v, want it put off until the morning", v)
		}
		w.now = w.now.Add(7*time.Hour + 30*time.Minute) // half past seven
		narrow := w.candidate(outbox.LaneBroadcast, false, 48*time.Hour)
		narrow.Batch.Pace = string(pace.Cautious)
		w.now = w.now.Add(time.Hour) // half past eight
		if v := w.next(narrow); v.Action != outbox.PutOff || v.Code != "pace_hours" {
			t.Errorf("a cautious broadcast before nine: got %+v, want it put off", v)
		}
		wide := w.candidate(outbox.LaneBroadcast, false, 48*time.Hour)
		wide.Batch.Pace = string(pace.None)
		w.goes(wide)
		again := w.candidate(outbox.LaneBroadcast, false, 48*time.Hour)
		again.Batch.Pace = string(pace.None)
		if v := w.next(again); v.Action != outbox.Wait {
			t.Errorf("a broadcast without a pace on a paced device: got %+v, want it to wait", v)
		}
	})
}

// A device that came back begins slowly, unless it was only opened anew, and that not long ago.
func TestWhoIsOpenedAnewGoesOnAsBefore(t *testing.T) {
	each(t, false, func(t *testing.T, w *world) {
		w.dev.LinkedAt = w.now.Add(-30 * 24 * time.Hour).UnixMilli()
		// waits is how long it waits between messages, on average.
		waits := func() (sum time.Duration) {
			const messages = 15
			for range messages {
				w.goes(w.candidate(outbox.LaneBroadcast, false, time.Hour))
				v := w.next(w.candidate(outbox.LaneBroadcast, false, time.Hour))
				at := time.UnixMilli(v.Until)
				sum += at.Sub(w.now)
				w.now = at.Add(time.Second)
			}
			return sum / messages
		}
		comes := func(anew bool, away time.Duration) time.Duration {
			w.now = w.now.Add(2 * time.Hour)
			if anew {
				w.Reopening(w.dev.ID)
			}
			w.End(w.dev.ID)
			w.now = w.now.Add(away)
			w.begin()
			return waits()
		}
		w.begin()
		before := comes(true, time.Second)
		for _, c := range []struct {
			what string
			got  time.Duration
			slow bool
		}{
			{"back after a second", comes(false, time.Second), true},
			{"opened anew in a second", comes(true, time.Second), false},
			{"opened anew in a minute", comes(true, time.Minute), true},
		} {
			if slow := c.got > before*3/2; slow != c.slow {
				t.Errorf("%s it waits %s between messages, before that %s; want that slower: %v", c.what, c.got, before, c.slow)
			}
		}
	})
}

func TestOnASimulatedNetworkNothingIsPaced(t *testing.T) {
	each(t, true, func(t *testing.T, w *world) {
		w.begin()
		for range 100 {
			w.goes(w.candidate(outbox.LaneBroadcast, true, 0))
		}
		slow := w.candidate(outbox.LaneBroadcast, false, 48*time.Hour)
		slow.Batch.Pace = string(pace.Normal)
		w.goes(slow)
		slow.ID = "another"
		if v := w.next(slow); v.Action != outbox.Wait {
			t.Errorf("a broadcast with a pace of its own: got %+v, want it to wait", v)
		}
	})
}

func TestNoneIsRefusedOnARealNetwork(t *testing.T) {
	each(t, false, func(t *testing.T, w *world) {
		_, err := w.SetPace(t.Context(), w.dev.WorkspaceID, w.dev.ID, governor.Wish{Preset: pace.None})
		if !errors.Is(err, governor.ErrUnpaced) {
			t.Errorf("got %v, want ErrUnpaced", err)
		}
		_, err = w.SetPace(t.Context(), w.dev.WorkspaceID, w.dev.ID, governor.Wish{Preset: pace.Normal, Warm: &pace.Budget{Minute: 8, Hour: 200, Day: 100_000}})
		f, ok := fault.From(err)
		if !ok || f.Code != "pace_invalid" || f.Field != "warm.day" {
			t.Errorf("100,000 a day: got %v, want warm.day refused", err)
		}
		if _, err = w.SetPace(t.Context(), "another", w.dev.ID, governor.Wish{Preset: pace.Bold}); !errors.Is(err, device.ErrNotFound) {
			t.Errorf("another workspace's device: got %v, want ErrNotFound", err)
		}
		d, err := w.SetPace(t.Context(), w.dev.WorkspaceID, w.dev.ID, governor.Wish{Preset: pace.Bold})
		if got := w.PolicyOf(d); err != nil || got.Warm != pace.Of(pace.Bold).Warm {
			t.Errorf("got %+v, %v; want bold", got, err)
		}
		if got := w.PolicyOf(device.Device{Settings: device.Settings{Pace: `{"preset":"none"}`}}); got.Preset != pace.Normal {
			t.Errorf("none that was stored on a simulated network is %s on a real one, want normal", got.Preset)
		}
	})
}

// Too much that fails slows down, then pauses; it is told with its reason, and over a restart it is still so.
func TestFailuresAreHeardOf(t *testing.T) {
	each(t, false, func(t *testing.T, w *world) {
		w.begin()
		fail := func() {
			s := w.candidate(outbox.LaneBroadcast, false, 48*time.Hour)
			s.Budget, s.State, s.Code = outbox.BudgetWarm, outbox.StateFailed, "404"
			if err := w.SendChanged(t.Context(), outbox.Change{Send: s, From: outbox.StateClaimed}); err != nil {
				t.Fatal(err)
			}
			w.now = w.now.Add(time.Second)
		}
		for range 19 {
			fail()
		}
		if got := w.standing(); got.Level != health.Healthy {
			t.Fatalf("19 say nothing yet: got %+v", got)
		}
		fail()
		if got := w.standing(); got.Level != health.Caution || got.Why != health.WhyFailures {
			t.Fatalf("after 20: got %+v, want caution", got)
		}
		for range 20 {
			fail()
		}
		if got := w.standing(); got.Level != health.Paused {
			t.Fatalf("after 20 more: got %+v, want a pause", got)
		}
		for range 2 {
			if v := w.next(w.candidate(outbox.LaneBroadcast, false, 48*time.Hour)); v.Action != outbox.Wait || v.Until != 0 || v.Code != "pace_stopped" {
				t.Errorf("a broadcast of a paused number: got %+v, want it to wait", v)
			}
			if v := w.next(w.candidate(outbox.LaneReply, false, time.Hour)); v.Action != outbox.Go {
				t.Errorf("an answer of a paused number: got %+v, want it to go", v)
			}
			w.now = w.now.Add(time.Minute)
			w.begin()
		}
		if err := w.Resume(t.Context(), w.dev.WorkspaceID, w.dev.ID, "m1"); err != nil {
			t.Fatal(err)
		}
		if got := w.told[len(w.told)-1]; got.After.Level != health.Healthy || got.By != "m1" {
			t.Errorf("resumed: got %+v, want it healthy by m1", got)
		}
		w.goes(w.candidate(outbox.LaneBroadcast, false, 48*time.Hour))
	})
}

// The account is restricted: strangers wait until the end and not longer; who opts out and who answers is counted.
func TestTheAccountsStateIsHeardOf(t *testing.T) {
	each(t, false, func(t *testing.T, w *world) {
		w.dev.LinkedAt = w.now.Add(-30 * 24 * time.Hour).UnixMilli()
		w.begin()
		before := w.dev.State
		w.dev.State = device.State{Code: device.StateRestricted, Until: w.now.Add(time.Hour).UnixMilli()}
		if err := w.StateChanged(t.Context(), device.StateChange{Device: w.dev, Before: before}); err != nil {
			t.Fatal(err)
		}
		if got := w.standing(); got.Level != health.Restricted || got.Why != health.WhyTimelock || got.Until != w.dev.State.Until {
			t.Errorf("got %+v, want restricted until the lock's end", got)
		}
		if v := w.next(w.candidate(outbox.LaneNotify, true, 0)); v.Action != outbox.Hold || v.Until != w.dev.State.Until {
			t.Errorf("a stranger: got %+v, want held until the end", v)
		}
		w.goes(w.candidate(outbox.LaneNotify, false, 48*time.Hour))
		before, w.dev.State = w.dev.State, device.State{Code: device.StateOnline}
		if err := w.StateChanged(t.Context(), device.StateChange{Device: w.dev, Before: before}); err != nil {
			t.Fatal(err)
		}
		if got := w.standing(); got.Level != health.Healthy {
			t.Errorf("lifted: got %+v, want healthy", got)
		}
		w.now = w.now.Add(time.Second)
		w.goes(w.candidate(outbox.LaneNotify, true, 0))
	})
}
