package broadcast_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/feature/broadcast"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
	"github.com/pingcrm/pingcrm/internal/template"
)

const (
	ws      = "ws-1"
	channel = "wire"
)

// sky is the network: it takes what is sent and, as a phone does, drops what it has already.
type sky struct {
	mu     sync.Mutex
	got    map[string]map[string]string // phone → network id → text
	slow   time.Duration
	gate   chan struct{} // with one, each send waits for it
	gone   int           // sends, repeated ones too
	absent map[string]bool
	refuse map[string]string // phone → the code with which what goes there is given up
}

// line is a device's connection to it.
type line struct{ sky *sky }

func (l line) Run(ctx context.Context) error { <-ctx.Done(); return nil }
func (l line) Unlink(context.Context) error  { return nil }

func (l line) Send(ctx context.Context, m device.Outgoing) (device.Sent, error) {
	l.sky.mu.Lock()
	gate, slow := l.sky.gate, l.sky.slow
	l.sky.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return device.Sent{}, ctx.Err()
		}
	}
	if slow > 0 {
		<-time.After(slow)
	}
	l.sky.mu.Lock()
	defer l.sky.mu.Unlock()
	phone := m.To.Address(device.AddressPhone)
	if l.sky.absent[phone] {
		return device.Sent{}, &device.SendError{Class: device.SendGiveUp, Code: "no_such_number"}
	}
	if code := l.sky.refuse[phone]; code != "" {
		return device.Sent{}, &device.SendError{Class: device.SendGiveUp, Code: code}
	}
	if l.sky.got[phone] == nil {
		l.sky.got[phone] = map[string]string{}
	}
	l.sky.got[phone][m.NetworkID] = m.Content.Text
	l.sky.gone++
	return device.Sent{At: time.Now().UnixMilli()}, nil
}

func (s *sky) sends() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gone
}

// texts are what a phone has shown.
func (s *sky) texts(phone string) (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.got[phone] {
		out = append(out, t)
	}
	return out
}

// doubled are the phones that have another number of messages than one.
func (s *sky) doubled() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for phone, list := range s.got {
		if len(list) != 1 {
			out = append(out, fmt.Sprint(phone, " has ", len(list)))
		}
	}
	return out
}

// shelf knows the devices and the files.
type shelf struct {
	mu      sync.Mutex
	devices []device.Device
	files   map[string][]byte
	asked   int // for single devices
}

func (s *shelf) Get(_ context.Context, workspaceID, id string) (device.Device, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	for _, d := range s.devices {
		if d.ID == id && d.WorkspaceID == workspaceID {
			return d, nil
		}
	}
	return device.Device{}, device.ErrNotFound
}

func (s *shelf) List(context.Context, string) ([]device.Device, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.devices), nil
}

func (s *shelf) edit(id string, fn func(*device.Device)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.devices {
		if s.devices[i].ID == id {
			fn(&s.devices[i])
		}
	}
}

var errNoFile = errors.New("no such file")

func (s *shelf) Content(_ context.Context, _, fileID string, _ device.Kind, text string) (device.Content, error) {
	if s.files[fileID] == nil {
		return device.Content{}, errNoFile
	}
	return device.Content{Kind: device.KindDocument, Text: text, Media: &device.Media{Blob: fileID}}, nil
}

func (s *shelf) Fetch(context.Context, string, string) (string, error) { return "", errNoFile }

type closer struct{ io.ReadSeeker }

func (closer) Close() error { return nil }

func (s *shelf) Open(_ context.Context, _, fileID string) (io.ReadSeekCloser, error) {
	if s.files[fileID] == nil {
		return nil, errNoFile
	}
	return closer{bytes.NewReader(s.files[fileID])}, nil
}

// oracle knows which numbers there are.
type oracle struct{ sky *sky }

func (o oracle) Known(context.Context, string, string, []string) (map[string]bool, error) {
	return nil, nil
}

func (o oracle) Ask(_ context.Context, _, _ string, phones []string) (map[string]bool, error) {
	o.sky.mu.Lock()
	defer o.sky.mu.Unlock()
	out := map[string]bool{}
	for _, p := range phones {
		out[p] = !o.sky.absent[p]
	}
	return out, nil
}

// rig is the nouns and the broadcasts on one database, with devices that are online.
type rig struct {
	*broadcast.Service
	t        testing.TB
	db       *db.DB
	sky      *sky
	shelf    *shelf
	contacts *contact.Service
	outbox   *outbox.Service
	chats    *chat.Service
	epoch    int64
	stop     func()
}

func newRig(t testing.TB, d *db.DB, devices int) *rig {
	r := &rig{t: t, db: d, sky: &sky{got: map[string]map[string]string{}, absent: map[string]bool{}, refuse: map[string]string{}}, shelf: &shelf{files: map[string][]byte{}}}
	for i := range devices {
		r.shelf.devices = append(r.shelf.devices, device.Device{
			ID: fmt.Sprintf("dev-%d", i), WorkspaceID: ws, Channel: channel, LinkedAt: 1, State: device.State{Code: device.StateOnline},
			Account: device.Account{Number: fmt.Sprintf("62899000%04d", i)},
		})
	}
	r.build()
	dbtest.Migrated(t, d, contact.Module(r.contacts), device.Module(device.New(device.Config{DB: d})), outbox.Module(r.outbox), chat.Module(r.chats),
		broadcast.Module(r.Service))
	t.Cleanup(func() { r.halt() })
	return r
}

// build makes the services, as a start of the program does.
func (r *rig) build() {
	r.contacts = contact.New(r.db, contact.Config{})
	r.outbox = outbox.New(r.db, outbox.Config{
		Poll: 100 * time.Millisecond, Backoff: 10 * time.Millisecond,
		Stopped: func(ctx context.Context, workspaceID, batch string) (outbox.Stop, error) {
			return r.Stopped(ctx, workspaceID, batch)
		},
	})
	r.chats = chat.New(r.db, r.contacts, r.outbox, chat.Config{Devices: r.shelf})
	r.Service = broadcast.New(broadcast.Config{
		DB: r.db, Contacts: r.contacts, Templates: template.New(r.db, func(context.Context, string, string) error { return nil }), Devices: r.shelf,
		Outbox: r.outbox, Chats: r.chats, Files: r.shelf, Numbers: oracle{r.sky}, Node: "n1", Simulated: true,
		Zone: func(context.Context, string) (*time.Location, error) { return time.UTC, nil },
	})
	r.outbox.Changed.Add("broadcast", r.SendChanged)
	r.chats.Arrived.Add("broadcast", r.Arrived)
	r.chats.Arrived.Add("contact", func(ctx context.Context, e chat.Arrived) error {
		if err := r.contacts.Messaged(ctx, e.Contact, e.Device.ID, e.Message.At, contact.Theirs); err != nil {
			return err
		}
		if e.Message.Content.Text != "STOP" {
			return nil
		}
		_, err := r.contacts.SetConsent(ctx, e.Message.WorkspaceID, e.Contact.ID, contact.ConsentEntry{
			State: contact.ConsentOut, Source: contact.ConsentByContact, ByID: e.Message.ID, Why: e.Message.Content.Text,
			Channel: e.Device.Channel, DeviceID: e.Device.ID,
		})
		return err
	})
	r.contacts.ConsentChanged.Add("broadcast", r.ConsentChanged)
	r.contacts.Merged.Add("broadcast", r.Merged)
	r.contacts.Deleted.Add("broadcast", r.EraseContact)
}

// run starts the services; halt ends them.
func (r *rig) run() {
	r.t.Helper()
	r.epoch++
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	service := r.Service
	all.Go(func() {
		if err := service.Run(ctx); err != nil {
			r.t.Errorf("Run: %v", err)
		}
	})
	for _, d := range r.shelf.devices {
		if _, err := r.db.Exec(ctx, `INSERT INTO device_leases (workspace_id, device_id, node_id, epoch, expires_at) VALUES ($1, $2, 'n', $3, $4)
			ON CONFLICT (workspace_id, device_id) DO UPDATE SET epoch = excluded.epoch`, ws, d.ID, r.epoch, time.Now().Add(time.Hour).UnixMilli()); err != nil {
			r.t.Fatal(err)
		}
		r.Online(device.Live{Device: d})
		r.outbox.Start(d, line{r.sky}, r.epoch)
	}
	box := r.outbox
	r.stop = func() {
		cancel()
		for _, d := range r.shelf.devices {
			box.Stop(d.ID)
		}
		all.Wait()
	}
}

func (r *rig) halt() {
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
}

func each(t *testing.T, devices int, fn func(t *testing.T, r *rig)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, devices)
		r.run()
		fn(t, r)
	})
}

// people makes contacts with numbers in a row.
func (r *rig) people(n int) (phones []string) {
	r.t.Helper()
	entries := make([]contact.Entry, n)
	for i := range n {
		phones = append(phones, fmt.Sprintf("6281290%06d", i))
		entries[i] = contact.Entry{Channel: channel, Phone: phones[i], Name: fmt.Sprintf("Orang %d", i)}
	}
	if _, err := r.contacts.EnterMany(context.Background(), ws, entries); err != nil {
		r.t.Fatal(err)
	}
	return phones
}

// make makes a broadcast to an audience.
func (r *rig) make(a broadcast.Audience, edits ...func(*broadcast.Broadcast)) broadcast.Broadcast {
	r.t.Helper()
	b := broadcast.Broadcast{
		WorkspaceID: ws, Name: "Promo", Audience: a, Pacing: broadcast.Pacing{Preset: broadcast.None},
		Content: broadcast.Content{Variants: []broadcast.Variant{{Text: "{Halo|Hai} {name=Kak}"}}},
	}
	for _, d := range r.shelf.devices {
		b.Devices = append(b.Devices, broadcast.Sender{DeviceID: d.ID, Weight: 1})
	}
	for _, e := range edits {
		e(&b)
	}
	b, err := r.Create(context.Background(), b)
	if err != nil {
		r.t.Fatalf("Create: %v", err)
	}
	return b
}

func (r *rig) view(b broadcast.Broadcast) broadcast.View {
	r.t.Helper()
	b, err := r.Get(context.Background(), ws, b.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	v, err := r.ViewOf(context.Background(), b)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// until waits for a state.
func (r *rig) until(b broadcast.Broadcast, want broadcast.State) broadcast.View {
	r.t.Helper()
	r.eventually(func() bool { return r.view(b).State == want }, func() string { return fmt.Sprintf("%+v, want %s", r.view(b), want) })
	return r.view(b)
}

func (r *rig) eventually(ok func() bool, otherwise func() string) {
	r.t.Helper()
	late, look := time.After(60*time.Second), time.NewTicker(5*time.Millisecond)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-late:
			r.t.Fatal(otherwise())
		}
	}
}

// must does a deed.
func (r *rig) must(b broadcast.Broadcast, err error) broadcast.Broadcast {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}
