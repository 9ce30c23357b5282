package device

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

func TestBackoffDoublesToAMinuteAndIsRandom(t *testing.T) {
	t.Parallel()
	top := firstWait
	seen := map[time.Duration]bool{}
	for n := range 40 {
		got := backoff(n)
		if got < top/2 || got > top {
			t.Errorf("backoff(%d) = %v, want %v to %v", n, got, top/2, top)
		}
		seen[got] = true
		top = min(top*2, longestWait)
	}
	if len(seen) < 20 {
		t.Errorf("40 waits were only %d different ones", len(seen))
	}
}

func TestPacerSpreadsAStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(20)
		began := time.Now()
		var wg sync.WaitGroup
		for range 120 {
			wg.Go(func() { p.wait(context.Background()) })
		}
		wg.Wait()
		if got := time.Since(began); got != 5*time.Second {
			t.Errorf("120 connects at 20 a second took %v, want 5s after a first second's worth", got)
		}
		time.Sleep(time.Hour)
		began = time.Now()
		for range 20 {
			p.wait(context.Background())
		}
		if got := time.Since(began); got != 0 {
			t.Errorf("20 connects after an hour's rest took %v, want none", got)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if p.wait(ctx) {
			t.Error("a turn was given to one who had gone")
		}
	})
}

func TestJudgeTellsEndsApart(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	soon := time.Now().Add(time.Hour)
	for _, c := range []struct {
		name     string
		err      error
		failures int
		state    StateCode
		why      string
		least    time.Duration
		most     time.Duration
		again    bool
	}{
		{"lost", errors.New("reset"), 0, StateOffline, "connection_lost", firstWait / 2, firstWait, true},
		{"ended without a word", nil, 0, StateOffline, "connection_lost", firstWait / 2, firstWait, true},
		{"lost again and again", errors.New("reset"), 50, StateOffline, "connection_lost", longestWait / 2, longestWait, true},
		{"server unavailable", &EndError{State: StateOffline, Why: "503"}, 1, StateOffline, "503", firstWait, 2 * firstWait, true},
		{"replaced", &EndError{State: StateOffline, Why: WhyReplaced}, 0, StateOffline, WhyReplaced, replacedWait, replacedWait, true},
		{"replaced for long", &EndError{State: StateOffline, Why: WhyReplaced}, 20, StateOffline, WhyReplaced, 15 * time.Minute, 15 * time.Minute, true},
		{"outdated", &EndError{State: StateOffline, Why: WhyOutdated}, 3, StateOffline, WhyOutdated, outdatedWait, outdatedWait, true},
		{"banned", &EndError{State: StateBanned, Why: "101", Until: soon}, 0, StateBanned, "101", 59 * time.Minute, time.Hour + afterBan, true},
		{"banned, nobody knows how long", &EndError{State: StateBanned, Why: "101"}, 0, StateBanned, "101", 59 * time.Minute, unknownBan + afterBan, true},
		{"logged out", &EndError{State: StateLoggedOut, Why: "403"}, 0, StateLoggedOut, "403", 0, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, r := heldDevice(t)
			wait, again := r.judge(ctx, c.err, c.failures)
			if wait < c.least || wait > c.most || again != c.again {
				t.Errorf("wait %v, again %v; want %v to %v, %v", wait, again, c.least, c.most, c.again)
			}
			got, err := s.Get(ctx, "w", r.device.ID)
			if err != nil || got.State.Code != c.state || got.State.Why != c.why {
				t.Errorf("state %+v, %v; want %s (%s)", got.State, err, c.state, c.why)
			}
		})
	}
}

// heldDevice is a linked device whose lease this node holds.
func heldDevice(t *testing.T) (*Service, *runner) {
	t.Helper()
	ctx := context.Background()
	s := New(Config{DB: dbtest.SQLite(t), Log: slog.New(slog.DiscardHandler)})
	dbtest.Migrated(t, s.c.DB, Module(s))
	d := Device{ID: "d", WorkspaceID: "w", Channel: "x", Name: "n", State: State{Code: StateNew}}
	if err := s.store.insert(ctx, d); err != nil {
		t.Fatal(err)
	}
	if err := (sink{s: s}).Linked(ctx, d, Account{Number: "1", Address: "1"}); err != nil {
		t.Fatal(err)
	}
	l, ok, err := s.leases.acquire(ctx, d, s.c.Node, s.now(), s.now()+1000)
	if err != nil || !ok {
		t.Fatalf("acquire: %v, %v", ok, err)
	}
	return s, &runner{s: s, device: d, lease: l}
}

func TestWhoLostTheDeviceChangesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, r := heldDevice(t)
	if _, _, err := s.leases.acquire(ctx, r.device, s.c.Node, s.now(), s.now()+1000); err != nil {
		t.Fatal(err)
	}
	fired := 0
	s.Received.Add("count", func(context.Context, Arrival) error { fired++; return nil })
	k := sink{s, r}
	for what, err := range map[string]error{
		"received": k.Received(ctx, r.device, Inbound{NetworkID: "1"}),
		"receipts": k.Receipts(ctx, r.device, Receipt{}),
		"same":     k.Same(ctx, r.device, Peer{}),
		"fence":    k.Fence(ctx, r.device),
	} {
		if !errors.Is(err, errFenced) {
			t.Errorf("%s: got %v, want errFenced", what, err)
		}
	}
	k.State(ctx, r.device, State{Code: StateOnline})
	got, err := s.Get(ctx, "w", "d")
	if err != nil || got.State.Code != StateConnecting {
		t.Errorf("state %+v, %v; want it untouched", got.State, err)
	}
	if fired != 0 {
		t.Error("a listener heard of a message that is not ours")
	}
	if err := s.leases.release(ctx, r.lease); err != nil {
		t.Fatal(err)
	}
	if held, err := s.leases.renew(ctx, s.c.Node, s.now()+1000); err != nil || len(held) != 1 || held[0].epoch != r.lease.epoch+1 {
		t.Errorf("renewed %+v, %v; want only the later epoch, which an old release must not touch", held, err)
	}
}

// A node whose own clockwork has not renewed anything for long asks once more, and keeps what is still its own.
func TestWhoHasNotRenewedAsksBeforeItLetsGo(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(context.Background())
	defer end()
	s, r := heldDevice(t)
	s.c.LeaseTTL = 300 * time.Millisecond
	running, stop := context.WithCancel(ctx)
	r.cancel, s.running = stop, map[string]*runner{"d": r}
	expiry := func() (at int64) {
		if err := s.c.DB.QueryRow(ctx, `SELECT expires_at FROM device_leases WHERE workspace_id = $1`, "w").Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	late, before := time.After(20*time.Second), expiry()
	go s.letGo(ctx, nil) // of whom nobody ever says that anything was renewed
	for expiry() == before {
		select {
		case <-late:
			t.Fatal("nobody asked")
		case <-time.After(10 * time.Millisecond):
		}
	}
	if running.Err() != nil {
		t.Error("it let go of a device whose lease is its own")
	}
	if _, ok, err := s.leases.acquire(ctx, r.device, "other", s.leaseEnd()+1, s.leaseEnd()+600_000); err != nil || !ok {
		t.Fatalf("another node could not take it: %v", err)
	}
	select {
	case <-running.Done():
	case <-late:
		t.Error("it keeps a device that another node has")
	}
}

// States that come at once are noted in the order in which they are stored: a restriction that was stored first, and noted
// last, would have the device restricted here for an hour after it was lifted.
func TestStatesAtOnceAreNotedInTurn(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, r := heldDevice(t)
	if _, err := s.leases.renew(ctx, s.c.Node, s.now()+600_000); err != nil {
		t.Fatal(err)
	}
	k, d := sink{s, r}, r.known()
	defer r.lift(State{})
	for i := range 100 {
		var at sync.WaitGroup
		at.Go(func() {
			k.State(ctx, d, State{Code: StateRestricted, Why: "timelock", Until: s.now() + int64(time.Hour/time.Millisecond)})
		})
		at.Go(func() { k.State(ctx, d, State{Code: StateOnline, Why: WhyLifted}) })
		at.Wait()
		stored, err := s.Get(ctx, "w", "d")
		if err != nil {
			t.Fatal(err)
		}
		r.mu.Lock()
		noted, lifting := r.device.State, r.lifting != nil
		r.mu.Unlock()
		if noted.Code != stored.State.Code || lifting != (stored.State.Code == StateRestricted) {
			t.Fatalf("try %d: stored is %s, noted %s, to be lifted %v", i, stored.State.Code, noted.Code, lifting)
		}
	}
}

func TestWhatTheHistoryBringsFirstIsStillNews(t *testing.T) {
	t.Parallel()
	d := Device{LinkedAt: 5_700}
	for _, c := range []struct {
		origin Origin
		at     int64
		want   Origin
	}{
		{OriginHistory, 4_999, OriginHistory},
		{OriginHistory, 5_000, OriginOffline},
		{OriginHistory, 9_000, OriginOffline},
		{OriginLive, 9_000, OriginLive},
		{OriginLive, 1_000, OriginLive},
		{OriginOffline, 1_000, OriginOffline},
	} {
		if got := fresh(d, Inbound{Origin: c.origin, At: c.at}).Origin; got != c.want {
			t.Errorf("%s of %d, linked at %d: got %s, want %s", c.origin, c.at, d.LinkedAt, got, c.want)
		}
	}
}
