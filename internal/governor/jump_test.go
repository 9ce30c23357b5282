package governor_test

import (
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/governor"
	"github.com/pingcrm/pingcrm/internal/governor/health"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// The clock is set an hour forward, back, and back once more: a spent budget and a rest of our own last as long as they
// were to, also over a restart.
func TestTheClockJumps(t *testing.T) {
	each(t, false, func(t *testing.T, w *world) {
		w.dev.LinkedAt = w.now.Add(-30 * 24 * time.Hour).UnixMilli()
		w.begin()
		w.goes(w.candidate(outbox.LaneNotify, true, 0)) // the minute's one
		refused := w.candidate(outbox.LaneNotify, true, 0)
		refused.State, refused.Code = outbox.StateQueued, "429"
		if err := w.SendChanged(t.Context(), outbox.Change{Send: refused, From: outbox.StateClaimed}); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(10 * time.Second)
		for _, by := range []time.Duration{time.Hour, -time.Hour, -time.Hour} {
			w.now = w.now.Add(by)
			w.Jumped(t.Context(), by)
			rest := w.now.Add(30*time.Minute - 10*time.Second).UnixMilli()
			for _, when := range []string{"at once", "after a restart"} {
				o, err := w.Outlook(t.Context(), w.dev, "")
				if err != nil {
					t.Fatal(err)
				}
				if h := o.Hold(pace.Cold); h.Code != "pace_stopped" || h.Until != rest || h.Text.ID == "" || h.Text.EN == "" {
					t.Errorf("set by %v, %s: got %+v, want it to rest until %d", by, when, h, rest)
				}
				for i := range w.past { // as the outbox would tell it
					w.past[i].At = w.now.Add(-10 * time.Second).UnixMilli()
				}
				w.begin()
			}
		}
		if n := len(w.told); n != 1 || w.told[0].After.Why != health.Why429 {
			t.Errorf("told %+v, want the rest once", w.told)
		}
	})
}

// An outlook is the narrower of the device's pace and the broadcast's, and half of it while there is reason for caution.
func TestAnOutlook(t *testing.T) {
	each(t, false, func(t *testing.T, w *world) {
		w.dev.LinkedAt = w.now.Add(-30 * 24 * time.Hour).UnixMilli()
		look := func(preset pace.Preset) governor.Outlook {
			t.Helper()
			o, err := w.Outlook(t.Context(), w.dev, preset)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		for preset, want := range map[pace.Preset]pace.Preset{"": pace.Normal, pace.Bold: pace.Normal, pace.Cautious: pace.Cautious, pace.None: pace.Normal} {
			if got := look(preset).Policy.Warm; got != pace.Of(want).Warm {
				t.Errorf("of %q on a normal device %+v may go, want the %s one's", preset, got, want)
			}
		}
		if h := look("").Hold(pace.Warm); h.Code != "" {
			t.Errorf("at ten in the morning: got %+v, want nothing to hold it", h)
		}
		w.now = w.now.Add(12 * time.Hour) // ten in the evening
		morning := w.now.Add(10 * time.Hour).UnixMilli()
		if h := look("").Hold(pace.Warm); h.Code != "pace_hours" || h.Until != morning || h.Text.ID == "" || h.Text.EN == "" {
			t.Errorf("at ten in the evening: got %+v, want it held until eight", h)
		}
	})
}

// A pause between two messages is told when it is long enough to be taken for a standstill, with its end.
func TestALongPauseIsTold(t *testing.T) {
	each(t, false, func(t *testing.T, w *world) {
		w.dev.LinkedAt = w.now.Add(-30 * 24 * time.Hour).UnixMilli()
		w.begin()
		w.now = w.now.Add(11 * time.Minute) // it is connected for long enough
		for range 60 {
			s := w.candidate(outbox.LaneBroadcast, false, 48*time.Hour)
			v := w.next(s)
			if v.Code == "pace_gap" || v.Code == "pace_rest" {
				o, err := w.Outlook(t.Context(), w.dev, "")
				if err != nil {
					t.Fatal(err)
				}
				h, long := o.Hold(pace.Warm), v.Until-w.now.UnixMilli() >= time.Minute.Milliseconds()
				if long && (h.Code != v.Code || h.Until != v.Until || h.Text.ID == "") || !long && h.Code != "" {
					t.Errorf("of a pause %+v is told %+v", v, h)
				}
				if v.Code == "pace_rest" {
					return
				}
			}
			if v.Action == outbox.Wait {
				w.now = time.UnixMilli(v.Until)
			}
			w.goes(s)
		}
		t.Error("there was no long pause after 60 messages")
	})
}
