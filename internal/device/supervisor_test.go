package device_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

func code(want device.StateCode) func(device.State) bool {
	return func(st device.State) bool { return st.Code == want }
}

func TestALostConnectionComesBackAndNothingIsLost(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		var box inbox
		h.Received.Add("inbox", box.add)
		devicetest.Serve(t, h.Service)
		dev := h.net.Connect(t, h.Service, "w", "62811")
		h.net.WriteText(dev.ID, "62822", "Budi", "live", 1)
		if err := h.net.Settle(wait(t), dev.ID); err != nil {
			t.Fatal(err)
		}
		h.net.Drop(dev.ID, errors.New("reset"))
		h.net.WriteText(dev.ID, "62822", "Budi", "late", 2)
		if err := h.net.Settle(wait(t), dev.ID); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"live", "late"}, box.texts()); diff != "" {
			t.Errorf("received -want +got:\n%s", diff)
		}
		if got := []device.Origin{box.got[0].Inbound.Origin, box.got[1].Inbound.Origin}; got[0] != device.OriginLive || got[1] != device.OriginOffline {
			t.Errorf("origins %v, want live and offline", got)
		}
		devicetest.AwaitState(t, h.Service, dev, code(device.StateOnline))
	})
}

// A session that wants to begin anew does so at once, without anybody being told that the device was offline.
func TestASessionThatBeginsAnewWasNeverOffline(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite(t))
	var box inbox
	h.Received.Add("inbox", box.add)
	var mu sync.Mutex
	var seen []device.StateCode
	h.StateChanged.Add("seen", func(_ context.Context, c device.StateChange) error {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, c.Device.State.Code)
		return nil
	})
	var reopened atomic.Int64
	h.Reopening.Add(func(context.Context, device.Live) { reopened.Add(1) })
	devicetest.Serve(t, h.Service)
	dev := h.net.Connect(t, h.Service, "w", "62811")
	for i := range 20 {
		h.net.Drop(dev.ID, device.ErrReopen)
		h.net.WriteText(dev.ID, "62822", "Budi", fmt.Sprint(i), 1)
		if err := h.net.Settle(wait(t), dev.ID); err != nil {
			t.Fatal(err)
		}
	}
	if n, m := len(box.texts()), reopened.Load(); n != 20 || m != 20 {
		t.Errorf("of 20 times it was opened anew %d were told, and %d of 20 messages came", m, n)
	}
	devicetest.AwaitState(t, h.Service, dev, code(device.StateOnline))
	mu.Lock()
	defer mu.Unlock()
	if slices.Contains(seen, device.StateOffline) {
		t.Errorf("states %v, want none offline", seen)
	}
}

func TestAnAccountThatRemovedTheDeviceKeepsItsRowAndCanBeLinkedAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		devicetest.Serve(t, h.Service)
		dev := h.net.Connect(t, h.Service, "w", "62811")
		h.net.Drop(dev.ID, &device.EndError{State: device.StateLoggedOut, Why: "401"})
		got := devicetest.AwaitState(t, h.Service, dev, code(device.StateLoggedOut))
		if got.State.Why != "401" || got.Account.Number != "62811" {
			t.Errorf("after the log-out: %+v of %+v, want 401 and the number kept", got.State, got.Account)
		}
		ctx := wait(t)
		if err := h.net.AwaitDisconnected(ctx, dev.ID); err != nil {
			t.Fatal(err)
		}
		step, err := h.StartLink(ctx, "w", dev.ID, device.LinkRequest{Method: device.LinkQR})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.net.Scan(ctx, step.Show, device.Account{Number: "62811"}); err != nil {
			t.Fatal(err)
		}
		devicetest.AwaitState(t, h.Service, dev, code(device.StateOnline))
	})
}

func TestBansAndRestrictionsEndByThemselves(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite(t))
	online := make(chan device.State, 100)
	h.Online.Add(func(_ context.Context, l device.Live) { online <- l.Device.State })
	devicetest.Serve(t, h.Service)
	dev := h.net.Connect(t, h.Service, "w", "62811")
	ctx := wait(t)
	<-online

	until := time.Now().Add(700 * time.Millisecond)
	h.net.Drop(dev.ID, &device.EndError{State: device.StateBanned, Why: "101", Until: until})
	got := devicetest.AwaitState(t, h.Service, dev, code(device.StateBanned))
	if got.State.Until != until.UnixMilli() || got.State.Why != "101" {
		t.Errorf("banned: %+v, want until %d", got.State, until.UnixMilli())
	}
	name := "Kasir" // to a change, the node that runs the device reads all of it
	if _, err := h.Update(ctx, "w", dev.ID, device.Change{Name: &name}); err != nil {
		t.Fatal(err)
	}
	devicetest.AwaitState(t, h.Service, dev, code(device.StateOnline))
	if time.Now().Before(until) {
		t.Error("came back before the ban was over")
	}
	if st := <-online; st.Code != device.StateOnline {
		t.Errorf("those who send were told that it is %+v, want online", st)
	}

	h.net.Report(ctx, dev.ID, device.State{Code: device.StateRestricted, Why: "timelock", Until: time.Now().Add(time.Hour).UnixMilli()})
	devicetest.AwaitState(t, h.Service, dev, code(device.StateRestricted))
	h.net.Drop(dev.ID, errors.New("reset"))
	devicetest.AwaitState(t, h.Service, dev, code(device.StateOffline))
	got = devicetest.AwaitState(t, h.Service, dev, device.State.Connected)
	if got.State.Code != device.StateRestricted || got.State.Why != "timelock" {
		t.Errorf("after a reconnect: %+v, want the restriction to go on", got.State)
	}
	h.net.Report(ctx, dev.ID, device.State{Code: device.StateOnline, Why: device.WhyLifted})
	devicetest.AwaitState(t, h.Service, dev, code(device.StateOnline))

	h.net.Report(ctx, dev.ID, device.State{Code: device.StateRestricted, Why: "timelock", Until: time.Now().Add(300 * time.Millisecond).UnixMilli()})
	devicetest.AwaitState(t, h.Service, dev, code(device.StateRestricted))
	devicetest.AwaitState(t, h.Service, dev, code(device.StateOnline))
}

func TestADeviceRunsOnOneNodeAndIsTakenOver(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, func(c *device.Config) { c.Node, c.LeaseTTL = "one", 600*time.Millisecond })
		var box inbox
		first, stop := context.WithCancel(context.Background())
		h.Received.Add("inbox", box.add)
		ended := make(chan error, 1)
		go func() { ended <- h.Run(first) }()
		dev := h.net.Connect(t, h.Service, "w", "62811")
		before, _ := h.Live(dev.ID)

		two := h.node(t, func(c *device.Config) { c.Node, c.LeaseTTL = "two", 600*time.Millisecond })
		two.Received.Add("inbox", box.add)
		var live atomic.Pointer[device.Live]
		two.Online.Add(func(_ context.Context, l device.Live) { live.Store(&l) })
		devicetest.Serve(t, two)

		for range 3 { // some renewals long, the first keeps it
			h.net.WriteText(dev.ID, "62822", "Budi", "satu", 1)
			if err := h.net.Settle(wait(t), dev.ID); err != nil {
				t.Fatal(err)
			}
			renewed(t, d)
		}
		if live.Load() != nil {
			t.Fatal("the second node took a device that the first one holds")
		}
		// The first node's lease ends without its knowing, as when it is asleep; awake, it may renew it before the second looks.
		eventually(t, "the second node takes over", func() bool {
			if _, err := d.Exec(wait(t), `UPDATE device_leases SET expires_at = 1 WHERE workspace_id = $1 AND epoch = $2`, "w", before.Epoch); err != nil {
				t.Fatal(err)
			}
			return live.Load() != nil
		})
		if live.Load().Epoch <= before.Epoch {
			t.Errorf("epoch %d after %d, want it to grow", live.Load().Epoch, before.Epoch)
		}
		if err := h.Holds(wait(t), "w", dev.ID, before.Epoch); err == nil {
			t.Error("the first node's epoch still holds")
		}
		eventually(t, "the first node lets go", func() bool { _, ok := h.Live(dev.ID); return !ok })
		h.net.WriteText(dev.ID, "62822", "Budi", "dua", 1)
		if err := h.net.Settle(wait(t), dev.ID); err != nil {
			t.Fatal(err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the first node ended with %v", err)
		}
		if diff := cmp.Diff([]string{"satu", "satu", "satu", "dua"}, box.texts()); diff != "" {
			t.Errorf("received -want +got:\n%s", diff)
		}
	})
}

func TestADeviceRunsWhenItsLinkingHasEnded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		done, free := make(chan struct{}), make(chan struct{})
		goOn := sync.OnceFunc(func() { close(free) })
		h := newHouse(t, d, func(c *device.Config) {
			c.Node, c.LeaseTTL = "one", 600*time.Millisecond
			c.Told = func(_ context.Context, _ device.Device, step device.Step) {
				if step.Code == device.StepDone { // its keys are kept; what the network has heard of them nobody knows
					close(done)
					<-free
				}
			}
		})
		two := h.node(t, func(c *device.Config) { c.Node, c.LeaseTTL = "two", 600*time.Millisecond })
		var online [2]atomic.Int64
		for i, s := range []*device.Service{h.Service, two} {
			s.Online.Add(func(context.Context, device.Live) { online[i].Add(1) })
			devicetest.Serve(t, s)
		}
		t.Cleanup(goOn) // before the nodes are stopped, which waits for it
		dev, err := h.Create(wait(t), "w", devicetest.LoopbackChannel, "a", device.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		step, err := h.StartLink(wait(t), "w", dev.ID, device.LinkRequest{Method: device.LinkQR})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.net.Scan(wait(t), step.Show, device.Account{Number: "62811"}); err != nil {
			t.Fatal(err)
		}
		<-done
		for range 4 { // each renewal is followed by a look for devices to run, and the other node looks as often
			renewed(t, d)
		}
		if a, b := online[0].Load(), online[1].Load(); a+b > 0 {
			t.Errorf("it was run %d times by the node that links it and %d times by the other, while it was linked", a, b)
		}
		goOn()
		eventually(t, "it runs where it was linked", func() bool { return online[0].Load() == 1 })
		if n := online[1].Load(); n != 0 {
			t.Errorf("the other node ran it %d times", n)
		}
	})
}

// renewed waits until the one lease has been prolonged.
func renewed(t *testing.T, d *db.DB) {
	t.Helper()
	expiry := func() (at int64) {
		if err := d.QueryRow(wait(t), `SELECT expires_at FROM device_leases WHERE workspace_id = $1`, "w").Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	before := expiry()
	eventually(t, "the lease is renewed", func() bool { return expiry() > before })
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	devicetest.Eventually(t, ok, func() string { return "never: " + what })
}

func TestANodeThatStopsGivesItsDevicesFreeAndTheNextStartHasThemAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, func(c *device.Config) { c.Node = "one" })
		first, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- h.Run(first) }()
		dev := h.net.Connect(t, h.Service, "w", "62811")
		var links []device.Device
		for i := range 3 {
			links = append(links, h.net.Connect(t, h.Service, "w", fmt.Sprint(62900+i)))
		}
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		got, err := h.Get(wait(t), "w", dev.ID)
		if err != nil || got.State.Code != device.StateOffline || got.State.Why != "stopped" {
			t.Errorf("after the stop: %+v, %v", got.State, err)
		}
		if _, err := h.StartLink(wait(t), "w", dev.ID, device.LinkRequest{Method: device.LinkQR}); !errors.Is(err, device.ErrLinked) {
			t.Errorf("link after the stop: %v", err)
		}
		began := time.Now()
		again := h.node(t, func(c *device.Config) { c.Node = "another" })
		devicetest.Serve(t, again)
		for _, dev := range append(links, dev) {
			devicetest.AwaitState(t, again, dev, code(device.StateOnline))
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("took %v, although the leases were given back", took)
		}
	})
}

func TestMessagesAndSendsAtOnceOnManyDevices(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const devices, each = 8, 25
		h := newHouse(t, d)
		var box inbox
		h.Received.Add("inbox", box.add)
		devicetest.Serve(t, h.Service)
		var list []device.Device
		for i := range devices {
			list = append(list, h.net.Connect(t, h.Service, fmt.Sprint("w", i%2), fmt.Sprint(62811000+i)))
		}
		var wg sync.WaitGroup
		for _, dev := range list {
			wg.Go(func() {
				session, ok := h.Session(dev.ID)
				if !ok {
					t.Errorf("device %s is not live", dev.ID)
					return
				}
				for i := range each {
					h.net.WriteText(dev.ID, "62822", "Budi", fmt.Sprint(dev.ID, i), 1)
					if _, err := session.Send(wait(t), device.Outgoing{NetworkID: fmt.Sprint(i)}); err != nil {
						t.Errorf("send: %v", err)
					}
				}
			})
		}
		wg.Wait()
		for _, dev := range list {
			if err := h.net.Settle(wait(t), dev.ID); err != nil {
				t.Fatal(err)
			}
			if n := len(h.net.Taken(dev.ID)); n != each {
				t.Errorf("the network took %d, want %d", n, each)
			}
		}
		if n := len(box.texts()); n != devices*each {
			t.Errorf("received %d, want %d", n, devices*each)
		}
	})
}

func TestADeviceIsUnlinkedThroughAnotherNode(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, func(c *device.Config) { c.Node, c.LeaseTTL = "one", time.Second })
		devicetest.Serve(t, h.Service)
		two := h.node(t, func(c *device.Config) { c.Node = "two" })
		kept, deleted := h.net.Connect(t, h.Service, "w", "62811"), h.net.Connect(t, h.Service, "w", "62812")
		if _, err := two.Unlink(wait(t), "w", kept.ID); err != nil {
			t.Fatal(err)
		}
		if err := two.Delete(wait(t), "w", deleted.ID); err != nil {
			t.Fatal(err)
		}
		for _, dev := range []device.Device{kept, deleted} {
			eventually(t, "the network is told", func() bool { return !h.net.Linked(dev.ID) })
			eventually(t, "the first node lets go", func() bool { _, ok := h.Live(dev.ID); return !ok })
		}
		got, err := two.Get(wait(t), "w", kept.ID)
		if err != nil || got.State.Code != device.StateLoggedOut || got.State.Why != "unlinked" || got.Linked {
			t.Errorf("unlinked: %+v, %v", got, err)
		}
	})
}

func TestALinkThatDiedWithItsNodeDoesNotStayLinking(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite(t))
	dev, err := h.Create(wait(t), "w", devicetest.LoopbackChannel, "a", device.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.db.Exec(wait(t), `UPDATE devices SET state = 'linking', state_since = 1 WHERE workspace_id = $1`, "w"); err != nil {
		t.Fatal(err)
	}
	devicetest.Serve(t, h.Service)
	devicetest.AwaitState(t, h.Service, dev, code(device.StateNew))
}

func TestAChangedDeviceIsKnownWhereItRuns(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite(t))
	var heard []device.Device
	h.Changed.Add("test", func(_ context.Context, d device.Device) error { heard = append(heard, d); return nil })
	var box inbox
	h.Received.Add("inbox", box.add)
	devicetest.Serve(t, h.Service)
	dev := h.net.Connect(t, h.Service, "w", "62811")
	yes := true
	if _, err := h.Update(wait(t), "w", dev.ID, device.Change{Paused: &yes}); err != nil {
		t.Fatal(err)
	}
	if len(heard) != 1 || !heard[0].Settings.Paused {
		t.Errorf("listeners heard %+v, want one paused device", heard)
	}
	if l, ok := h.Live(dev.ID); !ok || !l.Device.Settings.Paused {
		t.Errorf("the live device is %+v, %v; want it paused", l.Device, ok)
	}
	h.net.WriteText(dev.ID, "62822", "Budi", "halo", 1)
	if err := h.net.Settle(wait(t), dev.ID); err != nil {
		t.Fatal(err)
	}
	if !box.got[0].Device.Settings.Paused {
		t.Error("a message arrived on a device as it was before")
	}
}

func TestADeviceIsLetGoWhenTheDatabaseNeverAnswers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, func(c *device.Config) { c.LeaseTTL = 3 * time.Second })
		devicetest.Serve(t, h.Service)
		dev := h.net.Connect(t, h.Service, "w", "62811")
		held, free, over := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			over <- d.Tx(context.Background(), func(ctx context.Context) error {
				_, err := d.Exec(ctx, `UPDATE device_leases SET node_id = node_id WHERE workspace_id = $1`, "w")
				close(held)
				<-free
				return err
			})
		}()
		<-held
		eventually(t, "the node lets go", func() bool { _, ok := h.Live(dev.ID); return !ok })
		close(free)
		if err := <-over; err != nil {
			t.Fatal(err)
		}
		eventually(t, "it comes back with the database", func() bool { _, ok := h.Live(dev.ID); return ok })
	})
}
