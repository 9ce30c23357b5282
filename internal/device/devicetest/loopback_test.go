package devicetest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
)

// The suite holds the fake as it holds the real drivers.
func TestLoopback(t *testing.T) {
	t.Parallel()
	devicetest.Run(t, func(_ *testing.T, d device.Device) devicetest.World {
		return &loopWorld{net: devicetest.NewLoopback(), device: d}
	})
}

type loopWorld struct {
	net    *devicetest.Loopback
	device device.Device
}

func (w *loopWorld) Driver(testing.TB) device.Driver { return w.net }

func (w *loopWorld) Number() string { return "628110001" }

func (w *loopWorld) Scan(ctx context.Context, code string) error {
	return w.net.Scan(ctx, code, device.Account{Number: w.Number(), Name: "Toko"})
}

func (w *loopWorld) Settle(ctx context.Context, d device.Device) error {
	return w.net.Settle(ctx, d.ID)
}

func (w *loopWorld) Person(_ testing.TB, name string) devicetest.Person {
	return &loopPerson{w, device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "628220002"}}, Name: name}}
}

func (w *loopWorld) Nobody() (device.Peer, bool) { return device.Peer{}, false }

func (w *loopWorld) Cut(context.Context) error {
	w.net.Drop(w.device.ID, errors.New("cut"))
	return nil
}

func (w *loopWorld) Remove(context.Context) error {
	w.net.Drop(w.device.ID, &device.EndError{State: device.StateLoggedOut, Why: "device_removed"})
	return nil
}

func (w *loopWorld) Own(_ context.Context, to devicetest.Person, text string) (string, error) {
	return w.net.Write(w.device.ID, device.Inbound{
		Chat: to.Peer(), FromMe: true, At: time.Now().UnixMilli(), Content: device.Content{Kind: device.KindText, Text: text},
	}), nil
}

type loopPerson struct {
	*loopWorld
	peer device.Peer
}

func (p *loopPerson) Peer() device.Peer { return p.peer }

func (p *loopPerson) Write(_ context.Context, text string) (string, error) {
	id := uuid.NewString()
	return p.net.Write(p.device.ID, device.Inbound{
		NetworkID: id, Chat: p.peer, Sender: p.peer, At: time.Now().UnixMilli(), Content: device.Content{Kind: device.KindText, Text: text},
	}), nil
}

func (p *loopPerson) Got() []string {
	var out []string
	for _, m := range p.net.Taken(p.device.ID) {
		out = append(out, m.Content.Text)
	}
	return out
}

func (p *loopPerson) Read(context.Context) error {
	var ids []string
	for _, m := range p.net.Taken(p.device.ID) {
		ids = append(ids, m.NetworkID)
	}
	p.net.Confirm(p.device.ID, device.Receipt{Kind: device.ReceiptRead, Chat: p.peer, Sender: p.peer, NetworkIDs: ids, At: time.Now().UnixMilli()})
	return nil
}

func (p *loopPerson) Type(ctx context.Context) error {
	p.net.Type(ctx, p.device.ID, device.Typing{Chat: p.peer, On: true})
	return nil
}
