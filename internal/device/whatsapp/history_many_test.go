package whatsapp

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/wasim"
)

// sibling is another device of the same driver, linked and at rest.
func (r *rig) sibling(t testing.TB, number int) *rig {
	t.Helper()
	name := fmt.Sprint("d", number)
	s := &rig{
		net: r.net, driver: r.driver, sink: newRecorder(), phone: r.net.Phone("Toko " + name),
		device: device.Device{ID: name, WorkspaceID: "w1", Channel: Channel},
	}
	s.link(t)
	_ = s.stop()
	return s
}

// takeAll announces the history of so many chats to each device, runs them all at once, and returns by how much memory
// grew at most until everything had come in. Chats are called by the piece they came in, so that none is met again.
func takeAll(t testing.TB, devices []*rig, chats, first int) (grown int64) {
	t.Helper()
	var sinks []*tallySink
	for _, r := range devices {
		r.device.Settings.HistoryTotal = 100 * chats
		for i := range chats / perPiece {
			if err := r.driver.history.add(ctxOf(t), r.device, fmt.Sprintf("PIECE%05d", first+i), largePiece(t, first+i)); err != nil {
				t.Fatal(err)
			}
		}
		sinks = append(sinks, &tallySink{recorder: r.sink})
	}
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	peak := before.HeapAlloc
	for i, r := range devices {
		s, err := r.driver.Open(ctxOf(t), r.device, sinks[i])
		if err != nil {
			t.Fatal(err)
		}
		r.start(t, s)
	}
	late, tick := time.After(5*time.Minute), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for i := 0; i < len(sinks); {
		if sinks[i].messages.Load() >= int64(2*chats) {
			i++
			continue
		}
		select {
		case <-late:
			t.Fatalf("device %d: %d of %d messages came in", i, sinks[i].messages.Load(), 2*chats)
		case <-tick.C:
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
	}
	for _, r := range devices {
		_ = r.stop()
	}
	return int64(peak - before.HeapAlloc)
}

// TestManyHistoriesNeedLittleMoreThanOne has five devices take in their histories at once (PING_TEST_CHATS each, two
// messages in a chat; 5,000 if nothing is said): the memory is not five times that of one.
func TestManyHistoriesNeedLittleMoreThanOne(t *testing.T) {
	chats := 5000
	if v, err := strconv.Atoi(os.Getenv("PING_TEST_CHATS")); err == nil {
		chats = v
	}
	r := sqlite(t, wasim.Options{})
	r.link(t)
	_ = r.stop()
	one := takeAll(t, []*rig{r}, chats, 0)
	var five []*rig
	for i := range 5 {
		five = append(five, r.sibling(t, i+2))
	}
	began := time.Now()
	all := takeAll(t, five, chats, 0)
	t.Logf("a history of %d messages needs %d MiB, five at once %d MiB and %v", 2*chats, one>>20, all>>20, time.Since(began).Round(time.Millisecond))
	if limit := 3*one + 16<<20; all > limit {
		t.Errorf("five need %d MiB, want %d at most", all>>20, limit>>20)
	}
}
