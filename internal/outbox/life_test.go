package outbox_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// workers is how many goroutines of runners there are in the whole test.
func workers() int {
	buf := make([]byte, 4<<20)
	return strings.Count(string(buf[:runtime.Stack(buf, true)]), "outbox.(*runner).work(")
}

// A runner that has been idle for a while has no goroutine, and is at work again with the next send, the next due
// time and the end.
//
//nolint:paralleltest // it counts goroutines
func TestAnIdleRunnerParks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, outbox.Config{Poll: time.Hour})
		w.start()
		w.put("one")
		w.wire.await(t, 1)
		parked := func() {
			t.Helper()
			eventually(t, func() bool { return workers() == 0 }, func() string { return fmt.Sprint("goroutines at work: ", workers()) })
		}
		parked()
		w.put("two")
		w.wire.await(t, 2)
		parked()
		late := w.put("three", notBefore(time.Now().Add(3*time.Second)))
		parked()
		w.wire.await(t, 3)
		w.awaitState(late.ID, outbox.StateSent)
		parked()
		w.s.MarkRead(dev.ID, outbox.ReadMark{Chat: device.Peer{Name: "x"}})
		w.put("four")
		w.wire.await(t, 4)
		parked()
		w.s.Stop(dev.ID) // comes back though nobody works
	})
}
