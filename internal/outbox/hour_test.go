package outbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// refusing is a network that answers every login with 503 until it is over, or every message, and takes all afterwards.
type refusing struct {
	over   time.Time
	logins bool

	mu  sync.Mutex
	got map[string][]device.Outgoing // by device
}

func (*refusing) Channel() string { return "x" }

func (n *refusing) Open(_ context.Context, d device.Device, s device.Sink) (device.Session, error) {
	return &late{n, d, s}, nil
}

func (*refusing) Link(context.Context, device.Device, device.LinkRequest, device.Sink, func(device.Step)) error {
	return nil
}

func (*refusing) Forget(context.Context, device.Device) error { return nil }

// late is a device's session on it.
type late struct {
	*refusing
	device device.Device
	sink   device.Sink
}

func (l *late) Run(ctx context.Context) error {
	if l.logins && time.Now().Before(l.over) {
		return &device.EndError{State: device.StateOffline, Why: "503"}
	}
	l.sink.State(ctx, l.device, device.State{Code: device.StateOnline})
	<-ctx.Done()
	return nil
}

func (l *late) Send(_ context.Context, m device.Outgoing) (device.Sent, error) {
	if time.Now().Before(l.over) {
		return device.Sent{}, &device.SendError{Class: device.SendRetry, Code: "503"}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got[l.device.ID] = append(l.got[l.device.ID], m)
	return device.Sent{At: time.Now().UnixMilli()}, nil
}

// texts are those that a device has put on the wire.
func (n *refusing) texts(deviceID string) (out []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.got[deviceID] {
		out = append(out, m.Content.Text)
	}
	return out
}

func (*late) Unlink(context.Context) error { return nil }

// TestMessagesOfAnHourOf503 has the network refuse all logins for an hour while a message a minute is asked for on each of
// eight devices, every other one to the same person: they wait, and within two minutes of its end all are out, once, in
// order, at the first attempt. One that lets the devices in and refuses their messages is asked ever more rarely, at most
// every seven and a half minutes: then that is what it takes. The hour is a virtual one.
func TestMessagesOfAnHourOf503(t *testing.T) {
	t.Parallel()
	t.Run("logins", func(t *testing.T) { t.Parallel(); anHour(t, true, 2*time.Minute) })
	t.Run("messages", func(t *testing.T) { t.Parallel(); anHour(t, false, 8*time.Minute) })
}

func anHour(t *testing.T, logins bool, after time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		const devices, minutes = 8, 60
		ctx, cancel := context.WithCancel(context.Background())
		n := &refusing{over: time.Now().Add(time.Hour), logins: logins, got: map[string][]device.Outgoing{}}
		d := dbtest.SQLite(t)
		all := device.New(device.Config{DB: d, Log: slog.New(slog.DiscardHandler), Drivers: []device.Driver{n}})
		s := outbox.New(d, outbox.Config{})
		dbtest.Migrated(t, d, device.Module(all), outbox.Module(s))
		all.Online.Add(func(_ context.Context, l device.Live) { s.Start(l.Device, l.Session, l.Epoch) })
		all.Gone.Add(func(_ context.Context, l device.Live) { s.Stop(l.Device.ID) })
		var list []device.Device
		for i := range devices {
			dev, err := all.Create(ctx, ws, "x", fmt.Sprint("Toko ", i), device.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Exec(ctx, `UPDATE devices SET linked = 1, number = $3, address = $3, state = 'offline' WHERE workspace_id = $1 AND id = $2`, ws, dev.ID, fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
			list = append(list, dev)
		}
		var run sync.WaitGroup
		run.Go(func() { _ = all.Run(ctx) })
		want := map[string][]string{}
		var ids []string
		for minute := range minutes {
			for _, dev := range list {
				send, err := s.Enqueue(ctx, outbox.Draft{
					Device: dev, ChatID: fmt.Sprint("chat-", dev.ID, minute%2*minute), ContactID: "c", Content: text(fmt.Sprint(dev.ID, " ", minute)),
					To: device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "628"}}},
				})
				if err != nil {
					t.Fatal(err)
				}
				want[dev.ID], ids = append(want[dev.ID], send.Content.Text), append(ids, send.ID)
			}
			time.Sleep(time.Minute)
		}
		time.Sleep(after)
		for _, dev := range list {
			got := n.texts(dev.ID)
			if !logins { // those to different people may go in any order
				slices.Sort(got)
				slices.Sort(want[dev.ID])
			}
			if !slices.Equal(got, want[dev.ID]) {
				t.Errorf("%s put %d messages on the wire, %q…, want the %d in their order", dev.ID, len(got), got[:min(3, len(got))], minutes)
			}
		}
		for _, id := range ids {
			if send, err := s.Get(ctx, ws, id); err != nil || send.State != outbox.StateSent || logins && send.Attempt != 1 {
				t.Fatalf("got %+v, %v; want it sent, at the first attempt where there was no other", send, err)
			}
		}
		cancel()
		run.Wait()
		for _, dev := range list {
			s.Stop(dev.ID)
		}
	})
}
