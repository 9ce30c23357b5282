package whatsapp

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// The driver does what every driver must, on both engines.
func TestConformance(t *testing.T) {
	t.Parallel()
	for name, base := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			devicetest.Run(t, func(t *testing.T, _ device.Device) devicetest.World { return newWorld(t, base(t)) })
		})
	}
}

// world is a simulated network and the phone of the account.
type world struct {
	net   *wasim.Network
	addr  string
	db    *db.DB
	phone *wasim.Phone
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	n := wasimtest.Network(t, wasim.Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = n.Serve(l) }()
	dbtest.Migrated(t, d, Modules()...)
	return &world{net: n, addr: l.Addr().String(), db: d, phone: n.Phone("Toko")}
}

func (w *world) Driver(t testing.TB) device.Driver {
	t.Helper()
	drv, err := New(context.Background(), Config{DB: w.db, Network: &Network{RootKey: w.net.RootKey(), Addr: w.addr}})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return drv
}

func (w *world) Number() string { return w.phone.Number() }

// Scan types codes of eight letters, with a dash, and scans the others.
func (w *world) Scan(ctx context.Context, code string) error {
	var err error
	if len(code) == len("ABCD-EFGH") {
		_, err = w.phone.EnterCode(ctx, code)
	} else {
		_, err = w.phone.Scan(ctx, code)
	}
	return err
}

func (w *world) Settle(ctx context.Context, d device.Device) error {
	return w.phone.Settle(ctx, d.Account.Address)
}

func (w *world) Person(_ testing.TB, name string) devicetest.Person {
	return &somebody{world: w, phone: w.net.Phone(name)}
}

func (w *world) Nobody() (device.Peer, bool) {
	return device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281999999999"}}}, true
}

func (w *world) Cut(context.Context) error {
	_, err := w.net.AddFault(wasim.Fault{Kind: wasim.FaultStream, Number: w.phone.Number(), Code: 503})
	return err
}

func (w *world) Remove(context.Context) error {
	for _, jid := range w.phone.Companions() {
		return w.phone.RemoveCompanion(jid)
	}
	return errors.New("no device is linked")
}

func (w *world) Own(ctx context.Context, to devicetest.Person, text string) (string, error) {
	return w.phone.Send(ctx, to.(*somebody).phone.Number(), wasim.Content{Text: text})
}

type somebody struct {
	*world
	phone *wasim.Phone
}

func (p *somebody) Peer() device.Peer { return person1(p.phone) }

func (p *somebody) Write(ctx context.Context, text string) (string, error) {
	return p.phone.Send(ctx, p.Number(), wasim.Content{Text: text})
}

func (p *somebody) Got() []string {
	var texts []string
	for _, m := range p.phone.Messages(p.Number(), "") {
		if !m.FromMe {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

func (p *somebody) Read(ctx context.Context) error { return p.phone.Read(ctx, p.Number()) }

func (p *somebody) Type(ctx context.Context) error { return p.phone.StartTyping(ctx, p.Number()) }
