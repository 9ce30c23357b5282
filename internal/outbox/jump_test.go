package outbox_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// A clock that is set back, or forward, does not keep what is to be tried again waiting; what is planned stays planned.
func TestAJumpOfTheClockEndsThePauses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var off atomic.Int64
		w := newWorld(t, d, outbox.Config{
			Backoff: time.Minute, Poll: 50 * time.Millisecond,
			Now: func() time.Time { return time.Now().Add(time.Duration(off.Load())) },
		})
		var tries atomic.Int64
		w.wire.set(func(context.Context, device.Outgoing) (device.Sent, error) {
			if tries.Add(1)%2 == 1 {
				return device.Sent{}, &device.SendError{Class: device.SendRetry, Code: "421"}
			}
			return device.Sent{At: 1}, nil
		})
		w.start()
		planned := w.put("besok", notBefore(time.Now().Add(24*time.Hour)))
		for _, by := range []time.Duration{-time.Hour, time.Hour} {
			retried := w.put("dicoba " + by.String())
			eventually(t, func() bool { return w.get(retried.ID).Code == "421" }, func() string { return "it never failed" })
			off.Add(int64(by))
			w.s.Jumped(t.Context(), by)
			w.awaitState(retried.ID, outbox.StateSent)
		}
		if s := w.get(planned.ID); s.State != outbox.StateQueued || s.Attempt != 0 {
			t.Errorf("what is planned for tomorrow is %s after %d attempts, want queued and none", s.State, s.Attempt)
		}
	})
}

// A jump of a day is no day of trying: what failed before it, and what fails before anybody has told of it, is tried again.
func TestAJumpOfADayEndsNoPatience(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var off, tries atomic.Int64
		w := newWorld(t, d, outbox.Config{
			Backoff: 20 * time.Millisecond, Poll: 50 * time.Millisecond, Steady: time.Now,
			Now: func() time.Time { return time.Now().Add(time.Duration(off.Load())) },
		})
		var goes atomic.Bool
		w.wire.set(func(context.Context, device.Outgoing) (device.Sent, error) {
			if tries.Add(1); !goes.Load() {
				return device.Sent{}, &device.SendError{Class: device.SendRetry, Code: "421"}
			}
			return device.Sent{At: 1}, nil
		})
		w.start()
		for _, by := range []time.Duration{25 * time.Hour, -25 * time.Hour, 25 * time.Hour} {
			goes.Store(false)
			send := w.put("dicoba " + by.String())
			again := func() {
				before := tries.Load()
				eventually(t, func() bool { return tries.Load() > before+1 }, func() string { return "it is not tried again" })
			}
			again()
			off.Add(int64(by))
			if by > 0 { // set back, it waits until somebody tells
				again()
			}
			w.s.Jumped(t.Context(), by)
			again()
			if s := w.get(send.ID); s.State != outbox.StateQueued && s.State != outbox.StateClaimed {
				t.Errorf("after a jump by %v the send is %s, want it tried on", by, s.State)
			}
			goes.Store(true)
			w.awaitState(send.ID, outbox.StateSent)
		}
	})
}
