package outbox_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// BenchmarkRunner sends over a network that answers in 1 ms, with every commit on the disk; the figures are sends per
// second and CPU per send, the enqueuing not counted.
func BenchmarkRunner(b *testing.B) {
	w := newWorld(b, dbtest.SQLite(b), outbox.Config{})
	w.wire.set(func(ctx context.Context, m device.Outgoing) (device.Sent, error) {
		t := time.NewTimer(time.Millisecond)
		defer t.Stop()
		<-t.C
		return device.Sent{At: 1, Raw: make([]byte, 200)}, nil
	})
	for i := range b.N {
		w.put("text", chat(fmt.Sprint("chat-", i%50)))
	}
	b.ResetTimer()
	cpu := processTime(b)
	w.start()
	w.wire.mu.Lock()
	for len(w.wire.sent) < b.N {
		w.wire.changed.Wait()
	}
	w.wire.mu.Unlock()
	w.s.Stop(dev.ID)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sends/s")
	b.ReportMetric(float64(processTime(b)-cpu)/float64(b.N)/1e6, "cpu-ms/send")
}

// processTime is the CPU time that this process has used.
func processTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
