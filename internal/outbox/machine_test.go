package outbox_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// fate is what the network does with one send before it takes it, if it does.
type fate struct {
	refusals int    // how often it is to be tried again
	final    string // "take", "give up", or "lost": taken, but we are told to try again
	receipt  device.ReceiptKind
	early    bool // the receipt comes before the network's word
}

// Whatever the network does and however often the runner is replaced: every send ends, none goes under two network
// ids, states only go forward, and what was taken in one chat was first taken in the order of its sends.
func TestSendStates(t *testing.T) {
	t.Parallel()
	for name, session := range map[string]func(*world) device.Session{
		"claimed before": func(w *world) device.Session { return w.wire },
		"claimed with the session's keys": func(w *world) device.Session {
			c := &claimer{wire: w.wire, db: w.db}
			c.before = func(device.Outgoing) error {
				if rand.N(4) == 0 {
					return fails(device.SendRetry, "before", 0)
				}
				return nil
			}
			c.after = func() error {
				if rand.N(4) == 0 {
					return fails(device.SendRetry, "undone", 0)
				}
				return nil
			}
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dbtest.SQLite(t), outbox.Config{Backoff: time.Millisecond, Poll: 5 * time.Millisecond})
			w.session = session(w)
			sendStates(t, w)
		})
	}
}

func sendStates(t *testing.T, w *world) {
	var mu sync.Mutex
	epoch, round := int64(1), 0
	fates := map[string]*fate{}
	var taken []string // texts, at their first time
	ids := map[string]string{}
	w.wire.set(func(ctx context.Context, m device.Outgoing) (device.Sent, error) {
		mu.Lock()
		f := fates[m.Content.Text]
		if id, ok := ids[m.Content.Text]; ok && id != m.NetworkID {
			t.Errorf("%s goes under the network ids %s and %s", m.Content.Text, id, m.NetworkID)
		}
		ids[m.Content.Text] = m.NetworkID
		if f.refusals > 0 {
			f.refusals--
			mu.Unlock()
			return device.Sent{}, fails(device.SendRetry, "again", 0)
		}
		if f.final == "give up" {
			mu.Unlock()
			return device.Sent{}, fails(device.SendGiveUp, "no", 0)
		}
		first := true
		for _, s := range taken {
			first = first && s != m.Content.Text
		}
		if first {
			taken = append(taken, m.Content.Text)
		}
		lost, early, kind := f.final == "lost", f.early, f.receipt
		f.final = "take"
		mu.Unlock()
		if early && kind != "" {
			if _, err := w.s.Receipt(context.WithoutCancel(ctx), dev, device.Receipt{Kind: kind, NetworkIDs: []string{m.NetworkID}, At: 7}); err != nil {
				t.Errorf("Receipt failed: %v", err)
			}
		}
		if lost {
			return device.Sent{}, fails(device.SendRetry, "timeout", 0)
		}
		return device.Sent{At: 5}, nil
	})
	rapid.Check(t, func(rt *rapid.T) {
		round++
		mu.Lock()
		taken = nil
		mu.Unlock()
		w.s.Start(dev, w.session, epoch)
		n := rapid.IntRange(1, 12).Draw(rt, "sends")
		want := map[string]outbox.State{} // by send id
		for i := range n {
			name := fmt.Sprintf("%d-%d", round, i)
			f := &fate{
				refusals: rapid.IntRange(0, 2).Draw(rt, "refusals"),
				final:    rapid.SampledFrom([]string{"take", "take", "give up", "lost"}).Draw(rt, "final"),
				receipt:  rapid.SampledFrom([]device.ReceiptKind{"", device.ReceiptDelivered, device.ReceiptRead}).Draw(rt, "receipt"),
				early:    rapid.Bool().Draw(rt, "early"),
			}
			end := outbox.StateSent
			switch {
			case f.final == "give up":
				end = outbox.StateFailed
			case f.early && f.receipt == device.ReceiptDelivered:
				end = outbox.StateDelivered
			case f.early && f.receipt == device.ReceiptRead:
				end = outbox.StateRead
			}
			mu.Lock()
			fates[name] = f
			mu.Unlock()
			s := w.put(name, chat(fmt.Sprint("chat-", rapid.IntRange(0, 2).Draw(rt, "chat"))))
			want[s.ID] = end
			if rapid.IntRange(0, 5).Draw(rt, "replace") == 0 {
				epoch++
				w.lease(epoch)
				w.s.Start(dev, w.session, epoch)
			}
		}
		for id, state := range want {
			w.awaitState(id, state)
		}
		mu.Lock()
		defer mu.Unlock()
		w.checkOrder(rt, taken, ids)
		w.checkSteps(rt)
	})
}

// checkOrder: within a chat, sends were first taken in the order in which they were made.
func (w *world) checkOrder(rt *rapid.T, taken []string, ids map[string]string) {
	last := map[string]int{}
	for _, text := range taken {
		var round, i int
		if _, err := fmt.Sscanf(text, "%d-%d", &round, &i); err != nil {
			rt.Fatal(err)
		}
		s, err := w.s.GetByNetworkID(context.Background(), ws, dev.ID, ids[text])
		if err != nil {
			rt.Fatal(err)
		}
		if prev, ok := last[s.ChatID]; ok && prev > i {
			rt.Fatalf("chat %s: number %d was taken after number %d; all: %v", s.ChatID, i, prev, taken)
		}
		last[s.ChatID] = i
	}
}

// checkSteps: no send went back from where the network's word or a receipt had put it.
func (w *world) checkSteps(rt *rapid.T) {
	rank := map[string]int{"sent": 1, "delivered": 2, "read": 3}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.changes {
		_, step, _ := strings.Cut(c, ":")
		from, to, _ := strings.Cut(step, "→")
		if rank[to] < rank[from] {
			rt.Fatalf("a send went back: %s", c)
		}
	}
}
