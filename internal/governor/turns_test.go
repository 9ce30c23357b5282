package governor_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/governor"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// ear is a network that notes when messages of which batch came.
type ear struct {
	mu  sync.Mutex
	all []heard
}

type heard struct {
	batch string
	at    time.Time
}

func (*ear) Run(ctx context.Context) error { <-ctx.Done(); return nil }
func (*ear) Unlink(context.Context) error  { return nil }

func (e *ear) Send(_ context.Context, m device.Outgoing) (device.Sent, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, heard{m.Content.Text, time.Now()})
	return device.Sent{At: time.Now().UnixMilli()}, nil
}

// of are the times of a batch.
func (e *ear) of(batch string) (out []time.Time) {
	for _, h := range e.all {
		if h.batch == batch {
			out = append(out, h.at)
		}
	}
	return out
}

// rival is a broadcast that has the device to itself or shares it.
type rival struct {
	preset pace.Preset
	cold   bool
}

// course has a bold device send broadcasts for a while from ten in the morning on, all with more to do than fits, and says
// what went when. Their names are their places.
func course(t *testing.T, length time.Duration, rivals ...rival) *ear {
	t.Helper()
	wire := &ear{}
	synctest.Test(t, func(t *testing.T) {
		ctx, d := t.Context(), dbtest.SQLite(t)
		devices := device.New(device.Config{DB: d, Drivers: []device.Driver{nobody{}}})
		shops := workspace.New(d, time.Now)
		g := governor.New(governor.Config{DB: d, Devices: devices, Workspaces: shops})
		box := outbox.New(d, outbox.Config{Governor: g})
		box.Taken.Add("governor", g.Taken)
		box.Changed.Add("governor", g.SendChanged)
		dbtest.Migrated(t, d, workspace.Module(shops), device.Module(devices), governor.Module(g), outbox.Module(box))
		shop, err := shops.Create(ctx, "Toko")
		if err != nil {
			t.Fatal(err)
		}
		dev, err := devices.Create(ctx, shop.ID, "nobody", "Kasir", device.Settings{Pace: `{"preset":"bold"}`})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour) // it is midnight in London
		dev.State.Code, dev.LinkedAt = device.StateOnline, time.Now().Add(-30*24*time.Hour).UnixMilli()
		if _, err := d.Exec(ctx, `INSERT INTO device_leases (workspace_id, device_id, node_id, epoch, expires_at) VALUES ($1, $2, 'n', 1, $3)`,
			shop.ID, dev.ID, time.Now().Add(24*time.Hour).UnixMilli()); err != nil {
			t.Fatal(err)
		}
		box.Start(dev, wire, 1)
		time.Sleep(30 * time.Minute) // it has been connected for long enough
		for i, r := range rivals {   // the first one's are all older than the second one's
			for n := range 300 {
				draft := outbox.Draft{
					Device: dev, ChatID: fmt.Sprint(i, n), ContactID: "c", Lane: outbox.LaneBroadcast, Cold: r.cold,
					Content: device.Content{Kind: device.KindText, Text: fmt.Sprint(i)}, Batch: outbox.Batch{ID: fmt.Sprint("batch", i), N: int64(n), Pace: string(r.preset)},
					To: device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281290641111"}}},
				}
				if !r.cold {
					draft.WroteAt = time.Now().Add(-48 * time.Hour).UnixMilli()
				}
				if _, err := box.Enqueue(ctx, draft); err != nil {
					t.Fatal(err)
				}
			}
		}
		time.Sleep(length)
		box.Stop(dev.ID)
	})
	return wire
}

// pauses are those before the messages of a batch, after whatever went last.
func (e *ear) pauses(batch string) (out []time.Duration) {
	for i, h := range e.all[1:] {
		if h.batch == batch {
			out = append(out, h.at.Sub(e.all[i].at))
		}
	}
	return out
}

// Two broadcasts of one device: before each message is a pause of its own broadcast's pace, whatever went before; the quicker
// one does not wait for the long pauses of the slower, only for its turns; and both keep a good part of what they would send alone.
func TestBroadcastsOfDifferentPaceTakeTurns(t *testing.T) {
	t.Parallel()
	const length = 30 * time.Minute
	slow, quick := rival{preset: pace.Cautious}, rival{preset: pace.Bold}
	slowAlone, quickAlone := len(course(t, length, slow).all), len(course(t, length, quick).all)
	for name, order := range map[string][]rival{"the slower one is older": {slow, quick}, "the quicker one is older": {quick, slow}} {
		both := course(t, length, order...)
		s, q := fmt.Sprint(slices.Index(order, slow)), fmt.Sprint(slices.Index(order, quick))
		for batch, least := range map[string]time.Duration{s: 15 * time.Second, q: 4 * time.Second} {
			if got := slices.Min(append(both.pauses(batch), time.Hour)); got < least {
				t.Errorf("%s: a pause of %v before one of %s, want at least %v", name, got, batch, least)
			}
		}
		t.Logf("%s: %d and %d, alone %d and %d", name, len(both.of(s)), len(both.of(q)), slowAlone, quickAlone)
		if got := len(both.of(s)); got*5 < slowAlone {
			t.Errorf("%s: the slower one has sent %d, alone it sends %d", name, got, slowAlone)
		}
		if got := len(both.of(q)); got*5 < quickAlone {
			t.Errorf("%s: the quicker one has sent %d, alone it sends %d", name, got, quickAlone)
		}
		times := both.of(q)
		for i := range times[1:] { // its own long pause, and a turn of the other one
			if got := times[i+1].Sub(times[i]); got > 6*time.Minute+10*time.Second {
				t.Errorf("%s: the quicker one stands still for %v", name, got)
			}
		}
	}
}

// Equal ones take turns, however much older one of them is.
func TestEqualBroadcastsShareADevice(t *testing.T) {
	t.Parallel()
	for _, cold := range []bool{false, true} {
		r := rival{preset: pace.Bold, cold: cold}
		both := course(t, time.Hour, r, r, r)
		a, b, c := len(both.of("0")), len(both.of("1")), len(both.of("2"))
		t.Logf("cold %v: %d, %d and %d", cold, a, b, c)
		if max(a, b, c)-min(a, b, c) > 2 || a == 0 {
			t.Errorf("cold %v: they have sent %d, %d and %d, want equal parts", cold, a, b, c)
		}
	}
}

// Strangers of a quicker broadcast don't stand still while those of a slower one wait for its pauses or its budget: they use
// the device's.
func TestAQuickBroadcastsStrangersDontWaitForASlowOnes(t *testing.T) {
	t.Parallel()
	alone := len(course(t, time.Hour, rival{pace.Bold, true}).all)
	both := course(t, time.Hour, rival{pace.Cautious, true}, rival{pace.Bold, true})
	slow, quick := len(both.of("0")), len(both.of("1"))
	t.Logf("%d and %d, alone %d", slow, quick, alone)
	if slow == 0 || slow+quick < alone-1 {
		t.Errorf("%d of the slower one and %d of the quicker, want %d together, as many as the quicker one sends alone", slow, quick, alone)
	}
	for _, p := range both.pauses("0") {
		if p < 45*time.Second {
			t.Errorf("a pause of %v before a stranger of the cautious one, want 45 s", p)
		}
	}
}
