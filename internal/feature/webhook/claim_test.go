package webhook_test

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/feature/webhook"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// What waits behind a slow receiver for longer than its claim lasts is taken up a second time; it must not go twice.
func TestWaitingLongerThanTheClaimIsNoSecondDelivery(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	gate := make(chan struct{})
	var mu sync.Mutex
	early := map[string]bool{}
	rec := newReceiver(t, func(r *http.Request) int {
		mu.Lock()
		early[r.Header.Get("webhook-id")] = true
		mu.Unlock()
		<-gate
		return 200
	})
	lift := sync.OnceFunc(func() { close(gate) })
	t.Cleanup(lift)
	devs, d := devices{}, dbtest.SQLite(t)
	dev := newDevice(devs, rec.URL)
	s := webhook.New(webhook.Config{
		DB: d, Log: slog.New(slog.DiscardHandler), Client: http.DefaultClient, Devices: devs, Seal: open{},
		NodeID: id.New(), Timeout: 15 * time.Second, Now: now,
	})
	dbtest.Migrated(t, d, webhook.Module(s, nil))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	r := &rig{Service: s, db: d}
	eventually(t, "Run takes over", func() bool {
		r.arrive(t, arrived(dev, "x"))
		mu.Lock()
		defer mu.Unlock()
		return len(early) >= 8
	})
	for range 12 {
		r.arrive(t, arrived(dev, "x"))
	}
	claims := func(above int64) (n int) {
		const sql = `SELECT COUNT(*) FROM webhook_deliveries WHERE workspace_id = $1 AND claimed_until > $2`
		if err := d.QueryRow(ctx, sql, dev.WorkspaceID, above).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	all := claims(0)
	ahead.Store(int64(time.Minute))
	eventually(t, "the claims are over and made again", func() bool { return claims(now().UnixMilli()) == all })
	mu.Lock()
	flying := maps.Clone(early) // their attempts took a minute, which no real one does
	mu.Unlock()
	lift()
	eventually(t, "everything arrives", func() bool { n, _ := rec.count(); return n >= all })
	eventually(t, "nothing is pending", func() bool {
		list, err := s.List(ctx, dev.WorkspaceID, dev.ID, webhook.Pending, "", 100)
		return err == nil && len(list) == 0
	})
	rec.mu.Lock()
	defer rec.mu.Unlock()
	for name, n := range rec.taken {
		if n != 1 && !flying[name] {
			t.Errorf("delivery %s went out %d times, want once", name, n)
		}
	}
	if waited := all - len(flying); waited < 12 {
		t.Errorf("%d deliveries waited, want 12 at least; the test shows nothing", waited)
	}
}
