package outbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// Somebody to whom a first message is held writes: the message goes at once, other strangers' stay held.
func TestWhoWritesIsNoStranger(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := dev
		d.State = device.State{Code: device.StateRestricted, Why: "timelock", Until: time.Now().Add(time.Hour).UnixMilli()}
		w.s.Start(d, w.wire, 1)
		budi, ani := w.put("budi", cold), w.put("ani", cold)
		w.awaitState(budi.ID, outbox.StateHeld)
		w.awaitState(ani.ID, outbox.StateHeld)
		for range 2 {
			if err := w.s.Warm(context.Background(), ws, dev.ID, "chat-budi"); err != nil {
				t.Fatal(err)
			}
		}
		w.awaitState(budi.ID, outbox.StateSent)
		if got := w.wire.texts(); len(got) != 1 || got[0] != "budi" {
			t.Errorf("sent %v, want budi once", got)
		}
		if got := w.get(ani.ID); got.State != outbox.StateHeld || !got.Cold {
			t.Errorf("the other stranger's is %s, cold %v, want held and cold", got.State, got.Cold)
		}
	})
}

// What waits in line for its turn is judged by what is known then.
func TestAQueuedFirstMessageBecomesAnAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.put("budi", cold)
		if err := w.s.Warm(context.Background(), ws, dev.ID, "chat-budi"); err != nil {
			t.Fatal(err)
		}
		d := dev
		d.State = device.State{Code: device.StateRestricted, Until: time.Now().Add(time.Hour).UnixMilli()}
		w.s.Start(d, w.wire, 1)
		if got := w.awaitState(c.ID, outbox.StateSent); got.Cold {
			t.Error("it is still taken for a first message")
		}
	})
}

// Another workspace's word, or another device's, changes nothing.
func TestOnlyTheChatsOwnDeviceWarms(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.put("budi", cold)
		for _, who := range [][3]string{{"other", dev.ID, "chat-budi"}, {ws, "dev-2", "chat-budi"}, {ws, dev.ID, "chat-ani"}} {
			if err := w.s.Warm(context.Background(), who[0], who[1], who[2]); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.get(c.ID); !got.Cold {
			t.Error("the send is warm")
		}
	})
}
