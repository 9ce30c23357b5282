package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// The libraries' process-wide variables are set before the tests read them side by side.
func TestMain(m *testing.M) {
	n, err := wasim.New(wasim.Options{Seed: 1, FastPairing: true})
	if err != nil {
		panic(err)
	}
	n.Phone("nobody")
	_ = n.Close()
	silence()
	tune()
	os.Exit(m.Run())
}

// patience bounds every wait of these tests.
const patience = 30 * time.Second

// recorder is the sink of one device: it remembers what it is told, and fails when it is told to.
type recorder struct {
	mu       sync.Mutex
	changed  *sync.Cond
	got      []device.Inbound
	receipts []device.Receipt
	states   []device.State
	typing   []device.Typing
	same     []device.Peer
	linked   []device.Account
	marks    []device.Mark
	// unwilling is what marks are refused with.
	unwilling error
	fail      func(device.Inbound) error
	refuse    error
	fence     error
}

func newRecorder() *recorder {
	r := &recorder{}
	r.changed = sync.NewCond(&r.mu)
	return r
}

func (r *recorder) note(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
	r.changed.Broadcast()
}

func (r *recorder) Received(_ context.Context, _ device.Device, m device.Inbound) (err error) {
	r.note(func() {
		if r.fail != nil {
			if err = r.fail(m); err != nil {
				return
			}
		}
		r.got = append(r.got, m)
	})
	return err
}

func (r *recorder) Receipts(_ context.Context, _ device.Device, m device.Receipt) error {
	r.note(func() { r.receipts = append(r.receipts, m) })
	return nil
}

func (r *recorder) State(_ context.Context, _ device.Device, s device.State) {
	r.note(func() { r.states = append(r.states, s) })
}

func (r *recorder) Linked(_ context.Context, _ device.Device, a device.Account) error {
	r.note(func() { r.linked = append(r.linked, a) })
	return r.refuse
}

func (r *recorder) Typing(_ context.Context, _ device.Device, m device.Typing) {
	r.note(func() { r.typing = append(r.typing, m) })
}

func (r *recorder) Same(_ context.Context, _ device.Device, p device.Peer) error {
	r.note(func() { r.same = append(r.same, p) })
	return nil
}

func (r *recorder) Fence(context.Context, device.Device) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fence
}

// wait waits until ok, which runs under the recorder's lock.
func (r *recorder) wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	late := time.AfterFunc(patience, func() { r.note(func() {}) })
	defer late.Stop()
	end := time.Now().Add(patience)
	r.mu.Lock()
	defer r.mu.Unlock()
	for !ok() {
		if time.Now().After(end) {
			t.Fatalf("waited for %s; got %d messages %v, states %v, receipts %v", what, len(r.got), r.got, r.states, r.receipts)
		}
		r.changed.Wait()
	}
}

// message waits for a message with this text.
func (r *recorder) message(t testing.TB, text string) device.Inbound {
	t.Helper()
	var m device.Inbound
	r.wait(t, fmt.Sprintf("message %q", text), func() bool {
		i := slices.IndexFunc(r.got, func(m device.Inbound) bool { return m.Content.Text == text })
		if i >= 0 {
			m = r.got[i]
		}
		return i >= 0
	})
	return m
}

// online waits until the device has been online more often than before.
func (r *recorder) online(t testing.TB, before int) {
	t.Helper()
	r.wait(t, "online", func() bool { return r.timesOnline() > before })
}

func (r *recorder) timesOnline() (n int) {
	for _, s := range r.states {
		if s.Code == device.StateOnline {
			n++
		}
	}
	return n
}

// blobs is a blob store in memory.
type blobs map[string][]byte

func (b blobs) Get(_ context.Context, _, key string) ([]byte, error) {
	data, ok := b[key]
	if !ok {
		return nil, os.ErrNotExist
	}
	return data, nil
}

func (b blobs) Open(ctx context.Context, workspaceID, key string) (io.ReadSeekCloser, error) {
	data, err := b.Get(ctx, workspaceID, key)
	return closer{bytes.NewReader(data)}, err
}

// closer is a reader that needs no closing.
type closer struct{ io.ReadSeeker }

func (closer) Close() error { return nil }

func (b blobs) Put(context.Context, string, []byte) (string, error) { return "", errors.ErrUnsupported }

// rig is a network, a driver and one device of it.
type rig struct {
	net    *wasim.Network
	driver *Driver
	sink   *recorder
	phone  *wasim.Phone // the phone that the device is linked to
	device device.Device

	session device.Session
	stop    func() error
	ran     chan error // what the run ended with
}

func ctxOf(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	return ctx
}

// newRig makes a rig whose device is not linked yet.
func newRig(t testing.TB, d *db.DB, opts wasim.Options) *rig {
	t.Helper()
	n := wasimtest.Network(t, opts)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = n.Serve(l) }()
	r := &rig{net: n, sink: newRecorder(), phone: n.Phone("Toko"), device: device.Device{ID: "d1", WorkspaceID: "w1", Channel: Channel}}
	dbtest.Migrated(t, d, Modules()...)
	r.driver = r.newDriver(t, d, l.Addr().String())
	return r
}

func (r *rig) newDriver(t testing.TB, d *db.DB, addr string) *Driver {
	t.Helper()
	var log *slog.Logger
	if os.Getenv("WHATSAPP_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	drv, err := New(context.Background(), Config{
		DB: d, Log: log, Network: &Network{RootKey: r.net.RootKey(), Addr: addr},
		Blobs: blobs{"pic": pixel(), "webp": webp(), "text": []byte("not a picture")},
	})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return drv
}

// link links the device and runs it until the test ends. The phone has sent it its keys and history when it returns: what
// is written from then on is in no history, and the phone can be asked for things.
func (r *rig) link(t testing.TB) *rig {
	t.Helper()
	scanned := r.linkOnly(t)
	r.run(t)
	if err := <-scanned; err != nil {
		t.Fatalf("scan: %v", err)
	}
	if err := r.phone.Settle(ctxOf(t), r.device.Account.Address); err != nil {
		t.Fatalf("settle: %v", err)
	}
	return r
}

// linkOnly links the device by QR without running it; the phone waits for it in the background, until it logs in or the
// test ends, and tells then.
func (r *rig) linkOnly(t testing.TB) <-chan error {
	t.Helper()
	scanned := make(chan error, 1)
	steps := r.attempt(t, device.LinkRequest{Method: device.LinkQR}, func(code string) {
		_, err := r.phone.Scan(ctxOf(t), code)
		select {
		case scanned <- err:
		default: // of another code that was shown
		}
	})
	if last := steps[len(steps)-1]; last.Code != device.StepDone {
		t.Fatalf("link: last step is %+v, want done", last)
	}
	return scanned
}

// attempt runs one attempt to link; shown is called in the background with each code.
func (r *rig) attempt(t testing.TB, req device.LinkRequest, shown func(code string)) []device.Step {
	t.Helper()
	var steps []device.Step
	err := r.driver.Link(ctxOf(t), r.device, req, r.sink, func(s device.Step) {
		steps = append(steps, s)
		if s.Code == device.StepShowCode && shown != nil {
			go shown(s.Show)
		}
	})
	if err != nil {
		t.Fatalf("Link: %v", err)
	}
	if len(r.sink.linked) > 0 {
		r.device.Account = r.sink.linked[len(r.sink.linked)-1]
	}
	return steps
}

// open opens the session anew, without running it.
func (r *rig) open(t testing.TB) *session {
	t.Helper()
	s, err := r.driver.Open(ctxOf(t), r.device, r.sink)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	r.session = s
	return s.(*session)
}

// run opens the session and runs it until it is stopped or the test ends.
func (r *rig) run(t testing.TB) {
	t.Helper()
	before := 0
	r.sink.note(func() { before = r.sink.timesOnline() })
	r.start(t, r.open(t))
	r.sink.online(t, before)
}

func (r *rig) start(t testing.TB, s device.Session) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	r.ran = done
	go func() { done <- s.Run(ctx) }()
	var once sync.Once
	var err error
	r.stop = func() error {
		once.Do(func() {
			cancel()
			err = <-done
		})
		return err
	}
	t.Cleanup(func() { _ = r.stop() })
}

// ended waits for the end of the connection, which the test has brought about.
func (r *rig) ended(t testing.TB, s device.Session) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := s.Run(ctx)
	if ctx.Err() != nil {
		t.Fatalf("the connection did not end")
	}
	return err
}

func person1(p *wasim.Phone) device.Peer {
	return device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: p.Number()}}}
}

func (r *rig) send(t testing.TB, to *wasim.Phone, c device.Content) device.Sent {
	t.Helper()
	id := r.session.(device.NetworkIDer).NewNetworkID()
	sent, err := r.session.Send(ctxOf(t), device.Outgoing{NetworkID: id, To: person1(to), Content: c})
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	return sent
}

func (r *rig) await(t testing.TB, p *wasim.Phone, text string) wasim.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	m, err := p.Await(ctx, func(m wasim.Message) bool { return m.Text == text && !m.FromMe })
	if err != nil {
		t.Fatalf("the phone of %s did not get %q: %v", p.Name(), text, err)
	}
	return m
}

func pixel() []byte { return append([]byte("\x89PNG\r\n\x1a\n"), fill(7, 2000)...) }

func webp() []byte { return append([]byte("RIFF\x10\x00\x00\x00WEBPVP8 "), fill(7, 200)...) }
