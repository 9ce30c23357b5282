package outbox_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// A send that is handed over to an idle runner does not overtake the one of its chat that waits to be tried again.
func TestWhatIsHandedOverWaitsForARetry(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		failed := make(chan struct{})
		var once sync.Once
		w.wire.set(func(_ context.Context, m device.Outgoing) (device.Sent, error) {
			first := false
			once.Do(func() { first = true })
			if first {
				defer close(failed)
				return device.Sent{}, fails(device.SendRetry, "timeout", 0)
			}
			return device.Sent{At: 1}, nil
		})
		w.start()
		w.put("warm", chat("other")) // the runner has looked and found everything
		<-failed
		w.put("warmer", chat("other"))
		if got := w.wire.await(t, 2); got[0] != "warm" {
			t.Errorf("sent %v, want the one that failed first", got)
		}
	})
}

// While sends of many chats and lanes come in and some fail, each goes once, and those of a chat and lane in their order.
func TestWhatIsHandedOverKeepsItsOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		// Nothing but what is handed over tells the runner that there is work.
		w := newWorld(t, d, outbox.Config{Backoff: 2 * time.Millisecond, Poll: time.Hour})
		w.session = &claimer{wire: w.wire, db: d}
		var mu sync.Mutex
		failures := map[string]int{}
		w.wire.set(func(_ context.Context, m device.Outgoing) (device.Sent, error) {
			mu.Lock()
			defer mu.Unlock()
			if failures[m.Content.Text]++; failures[m.Content.Text] == 1 && rand.N(8) == 0 {
				return device.Sent{}, fails(device.SendRetry, "timeout", 0)
			}
			return device.Sent{At: 1}, nil
		})
		w.start()
		const chats, each = 5, 40
		var wg sync.WaitGroup
		for c := range chats {
			wg.Go(func() {
				for i := range each {
					l := outbox.Lane(rand.N(3))
					w.put(fmt.Sprintf("%d/%d/%03d", c, l, i), chat(fmt.Sprint(c)), lane(l))
				}
			})
		}
		wg.Wait()
		got := w.wire.await(t, chats*each)
		last := map[string]string{}
		for _, text := range got {
			line := text[:strings.LastIndex(text, "/")]
			if text <= last[line] {
				t.Errorf("%s went after %s of the same chat and lane", text, last[line])
			}
			last[line] = text
		}
		slices.Sort(got)
		if n := len(slices.Compact(got)); n != chats*each {
			t.Errorf("%d different messages went, want %d", n, chats*each)
		}
	})
}
