package device

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// outage is a network that answers every login with 503 until it is over.
type outage struct {
	over time.Time

	mu     sync.Mutex
	logins map[string][]time.Time // by device
}

func (*outage) Channel() string { return "x" }

func (o *outage) Open(_ context.Context, d Device, s Sink) (Session, error) {
	return &refused{o, d, s}, nil
}

func (*outage) Link(context.Context, Device, LinkRequest, Sink, func(Step)) error { return nil }

func (*outage) Forget(context.Context, Device) error { return nil }

// refused is a session on such a network.
type refused struct {
	*outage
	device Device
	sink   Sink
}

func (r *refused) Run(ctx context.Context) error {
	r.mu.Lock()
	r.logins[r.device.ID] = append(r.logins[r.device.ID], time.Now())
	r.mu.Unlock()
	if time.Now().Before(r.over) {
		return &EndError{State: StateOffline, Why: "503"}
	}
	r.sink.State(ctx, r.device, State{Code: StateOnline})
	<-ctx.Done()
	return nil
}

func (*refused) Send(context.Context, Outgoing) (Sent, error) { return Sent{}, nil }

func (*refused) Unlink(context.Context) error { return nil }

// TestAnHourOf503 has the network refuse all logins of thirty devices for an hour: they say so, try at most twice a minute
// each once the waits have grown, never many in the same second, and are all online within a minute of its end.
func TestAnHourOf503(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const devices = 30
		began := time.Now()
		o := &outage{over: began.Add(time.Hour), logins: map[string][]time.Time{}}
		ctx, cancel := context.WithCancel(context.Background())
		s := New(Config{DB: dbtest.SQLite(t), Log: slog.New(slog.DiscardHandler), Drivers: []Driver{o}})
		dbtest.Migrated(t, s.c.DB, Module(s))
		for i := range devices {
			d := Device{ID: string(rune('A' + i)), WorkspaceID: "w", Channel: "x", Name: "n", State: State{Code: StateNew}}
			if err := s.store.insert(ctx, d); err != nil {
				t.Fatal(err)
			}
			if err := (sink{s: s}).Linked(ctx, d, Account{Number: d.ID, Address: d.ID}); err != nil {
				t.Fatal(err)
			}
		}
		var run sync.WaitGroup
		run.Go(func() { _ = s.Run(ctx) })
		shows := func(when string, code StateCode, why string) {
			t.Helper()
			for i := range devices {
				d, err := s.Get(ctx, "w", string(rune('A'+i)))
				if err != nil || d.State.Code != code || why != "" && d.State.Why != why || !d.Linked {
					t.Errorf("%s: device %d is %+v, %v; want %s (%s)", when, i, d.State, err, code, why)
				}
			}
		}
		time.Sleep(30*time.Minute + 17*time.Millisecond)
		shows("half an hour later", StateOffline, "503")
		time.Sleep(31 * time.Minute)
		shows("a minute after its end", StateOnline, "")
		cancel()
		run.Wait()
		o.judge(t, began)
	})
}

// judge looks at all logins.
func (o *outage) judge(t *testing.T, began time.Time) {
	t.Helper()
	inSecond := map[int64]int{}
	for id, logins := range o.logins {
		if n := len(logins); n < 60 || n > 2*60+10 {
			t.Errorf("device %s tried %d times in an hour, want one to two a minute", id, n)
		}
		for _, at := range logins {
			inSecond[int64(at.Sub(began)/time.Second)]++
		}
	}
	for second, n := range inSecond {
		if n > 25+25 && second > 0 {
			t.Errorf("%d logins in second %d, want no more than the pace allows", n, second)
		}
	}
}
