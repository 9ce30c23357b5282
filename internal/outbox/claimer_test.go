package outbox_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// claimer is a session that claims what it sends in a transaction of its own, before the wire has it.
type claimer struct {
	*wire
	db     *db.DB
	before func(device.Outgoing) error // outside of the transaction; nil is nothing
	after  func() error                // in it; nil is nothing

	mu      sync.Mutex
	claimed []string
}

// set has what comes from now on fail before or in the claim's transaction.
func (c *claimer) set(before func(device.Outgoing) error, after func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before, c.after = before, after
}

func (c *claimer) failures() (before func(device.Outgoing) error, after func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.before, c.after
}

func (c *claimer) Claims(device.Peer) bool { return true }

func (c *claimer) Send(ctx context.Context, m device.Outgoing) (device.Sent, error) {
	before, after := c.failures()
	if before != nil {
		if err := before(m); err != nil {
			return device.Sent{}, err
		}
	}
	if m.Claim != nil {
		err := c.db.Tx(ctx, func(ctx context.Context) error {
			if err := m.Claim(ctx); err != nil || after == nil {
				return err
			}
			return after()
		})
		if err != nil {
			return device.Sent{}, &device.SendError{Class: device.SendRetry, Code: "unknown", Err: err}
		}
		c.mu.Lock()
		c.claimed = append(c.claimed, m.Content.Text)
		c.mu.Unlock()
	}
	return c.wire.Send(ctx, m)
}

// itself returns what the session has claimed, without the first: whether that is handed over is chance.
func (c *claimer) itself() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.claimed), func(text string) bool { return text == "first" })
}

// A runner at rest: it has looked and found nothing, so that what is handed to it is all that there is.
func (w *world) rested() {
	w.start()
	w.awaitState(w.put("first").ID, outbox.StateSent)
}

func TestAConversationIsClaimedByItsSession(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := &claimer{wire: w.wire, db: w.db}
		w.session = c
		w.rested()
		got := w.awaitState(w.put("hello", lane(outbox.LaneReply)).ID, outbox.StateSent)
		if got.Attempt != 1 || got.ClaimedAt == 0 || got.Epoch != 1 {
			t.Errorf("got %+v, want one attempt, claimed by this epoch", got)
		}
		for _, want := range []string{"hello:→queued", "hello:queued→claimed", "hello:claimed→sent"} {
			if n := w.fired(want); n != 1 {
				t.Errorf("Changed fired %d times with %s, want once", n, want)
			}
		}
		w.awaitState(w.put("offer", lane(outbox.LaneBroadcast)).ID, outbox.StateSent)
		w.awaitState(w.put("slow", typing(time.Millisecond)).ID, outbox.StateSent)
		if diff := cmp.Diff([]string{"hello"}, c.itself()); diff != "" {
			t.Errorf("claimed by the session (-want +got):\n%s", diff)
		}
	})
}

func TestWhatIsTakenBackBeforeItsKeysMoveDoesNotGo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := &claimer{wire: w.wire, db: w.db}
		w.session = c
		w.rested()
		c.set(func(m device.Outgoing) error {
			if m.Content.Text != "oops" {
				return nil
			}
			send, err := w.s.GetByNetworkID(context.Background(), ws, dev.ID, m.NetworkID)
			if err == nil {
				_, err = w.s.Cancel(context.Background(), ws, send.ID)
			}
			return err
		}, nil)
		oops := w.put("oops")
		w.awaitState(w.put("next").ID, outbox.StateSent)
		if got := w.get(oops.ID); got.State != outbox.StateCancelled {
			t.Errorf("it is %s, want cancelled", got.State)
		}
		if diff := cmp.Diff([]string{"first", "next"}, w.wire.texts()); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
}

func TestASessionWithoutTheDeviceClaimsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := &claimer{wire: w.wire, db: w.db}
		w.session = c
		w.rested()
		lost := make(chan struct{})
		var once sync.Once
		c.set(func(device.Outgoing) error {
			once.Do(func() { w.lease(2); close(lost) })
			return nil
		}, nil)
		send := w.put("hello")
		<-lost
		w.s.Stop(dev.ID)
		if got := w.get(send.ID); got.State != outbox.StateQueued || got.Attempt != 0 {
			t.Errorf("it is %s after %d attempts, want it queued and untouched", got.State, got.Attempt)
		}
		if diff := cmp.Diff([]string{"first"}, w.wire.texts()); diff != "" {
			t.Errorf("sent without the device (-want +got):\n%s", diff)
		}
		w.s.Start(dev, w.session, 2)
		w.awaitState(send.ID, outbox.StateSent)
	})
}

func TestAFailureBeforeTheClaimCounts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := &claimer{wire: w.wire, db: w.db}
		w.session = c
		w.rested()
		c.set(func(m device.Outgoing) error {
			if m.Content.Text == "nobody" {
				return fails(device.SendGiveUp, "not_on_whatsapp", 0)
			}
			return nil
		}, nil)
		got := w.awaitState(w.put("nobody").ID, outbox.StateFailed)
		if got.Code != "not_on_whatsapp" || got.Attempt != 1 {
			t.Errorf("failed with %s after %d attempts, want not_on_whatsapp after one", got.Code, got.Attempt)
		}
		w.awaitState(w.put("next").ID, outbox.StateSent)
	})
}

func TestAClaimThatIsUndoneIsMadeAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := &claimer{wire: w.wire, db: w.db}
		w.session = c
		w.rested()
		var once sync.Once
		c.set(nil, func() (err error) {
			once.Do(func() { err = fails(device.SendRetry, "undone", 0) })
			return err
		})
		got := w.awaitState(w.put("again").ID, outbox.StateSent)
		if got.Attempt != 1 {
			t.Errorf("%d attempts are counted, want the one that went", got.Attempt)
		}
		if diff := cmp.Diff([]string{"first", "again"}, w.wire.texts()); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
}
