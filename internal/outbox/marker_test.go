package outbox

import (
	"context"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// A runner that waits for a failure to be written down must still be able to stop when the database is away.
func TestMarkerGivesUpAfterItsRunnerHasEnded(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	s := New(d, Config{})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	defer end()
	m := newMarker(ctx, s, 20*time.Millisecond)
	m.add(outcome{dev: device.Device{ID: id.New()}, send: Send{ID: id.New(), State: StateFailed}})
	flushed := make(chan struct{})
	go func() {
		defer close(flushed)
		m.flush()
	}()
	select {
	case <-flushed:
		t.Fatal("a database that is away was given up while its runner ran")
	case <-time.After(200 * time.Millisecond):
	}
	end()
	select {
	case <-flushed:
	case <-time.After(10 * time.Second):
		t.Fatal("the marker still waits for a database that is away, 10 s after its runner's end")
	}
}
