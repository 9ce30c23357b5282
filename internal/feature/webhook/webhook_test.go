package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/feature/webhook"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// devices are the devices that a test made.
type devices map[string]device.Device

func (d devices) Get(_ context.Context, workspaceID, deviceID string) (device.Device, error) {
	dev, ok := d[deviceID]
	if !ok || dev.WorkspaceID != workspaceID {
		return device.Device{}, device.ErrNotFound
	}
	return dev, nil
}

// open is a sealer that hides nothing.
type open struct{}

func (open) Seal(b []byte) ([]byte, error) { return b, nil }
func (open) Open(b []byte) ([]byte, error) { return b, nil }

// receiver is a server that counts what it took, by webhook-id.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(r *http.Request) int
	taken  map[string]int
	tries  int
	bodies [][]byte
	heads  []http.Header
}

func newReceiver(t *testing.T, answer func(*http.Request) int) *receiver {
	r := &receiver{answer: answer, taken: map[string]int{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		code := r.answer(req)
		r.mu.Lock()
		r.tries++
		if code == 200 {
			r.taken[req.Header.Get("webhook-id")]++
			r.bodies, r.heads = append(r.bodies, body), append(r.heads, req.Header.Clone())
		}
		r.mu.Unlock()
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "jawaban")
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) count() (distinct, doubled int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.taken {
		distinct++
		doubled += n - 1
	}
	return distinct, doubled
}

func ok(*http.Request) int { return 200 }

// rig is one node.
type rig struct {
	*webhook.Service
	db   *db.DB
	stop func()
}

func start(t *testing.T, d *db.DB, devs devices) *rig {
	t.Helper()
	s := webhook.New(webhook.Config{
		DB: d, Log: slog.New(slog.DiscardHandler), Client: http.DefaultClient, Devices: devs, Seal: open{},
		NodeID: id.New(), Timeout: 2 * time.Second,
	})
	dbtest.Migrated(t, d, webhook.Module(s, nil))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	r := &rig{Service: s, db: d, stop: sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})}
	t.Cleanup(r.stop)
	return r
}

func newDevice(devs devices, url string) device.Device {
	d := device.Device{ID: id.New(), WorkspaceID: id.New(), Settings: device.Settings{WebhookURL: url}}
	devs[d.ID] = d
	return d
}

func arrived(d device.Device, text string) chat.Arrived {
	return chat.Arrived{
		Device: d, Chat: chat.Chat{ID: id.New()}, Sender: contact.Contact{ID: id.New(), Name: "Sari", Phone: "6281200000001"},
		Message: chat.Message{ID: id.New(), NetworkID: "3EB0", At: 1, Content: device.Content{
			Kind: device.KindText, Text: text, Media: &device.Media{Remote: []byte("keys"), MIME: "image/png"},
		}},
		Origin: device.OriginLive,
	}
}

func (r *rig) arrive(t *testing.T, a chat.Arrived) {
	t.Helper()
	if err := r.db.Tx(context.Background(), func(ctx context.Context) error { return r.Arrived(ctx, a) }); err != nil {
		t.Fatalf("Arrived: %v", err)
	}
}

func eventually(t *testing.T, what string, fn func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !fn() {
		select {
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		case <-tick.C:
		}
	}
}

func TestDeliveredOnceWithTheContractsFieldsAndSigned(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		devs := devices{}
		rec := newReceiver(t, ok)
		dev := newDevice(devs, rec.URL)
		r := start(t, d, devs)
		r.arrive(t, arrived(dev, "Halo"))
		eventually(t, "one delivery", func() bool { n, _ := rec.count(); return n == 1 })

		var body map[string]any
		if err := json.Unmarshal(rec.bodies[0], &body); err != nil {
			t.Fatalf("the body is not JSON: %v", err)
		}
		for field, want := range map[string]any{"device_key": dev.ID, "name": "Sari", "message": "Halo", "type": "single", "late": false} {
			if body[field] != want {
				t.Errorf("%s = %v, want %v", field, body[field], want)
			}
		}
		if _, leaked := body["content"].(map[string]any)["media"].(map[string]any)["remote"]; leaked {
			t.Error("the media's keys went out")
		}
		secret, err := r.Secret(context.Background(), dev.WorkspaceID, dev.ID)
		if err != nil {
			t.Fatal(err)
		}
		v, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Verify(rec.bodies[0], rec.heads[0]); err != nil {
			t.Errorf("the signature does not verify: %v", err)
		}
		if err := v.Verify(append(rec.bodies[0], ' '), rec.heads[0]); err == nil {
			t.Error("a changed body verifies")
		}
	})
}

func TestNothingIsWrittenFor(t *testing.T) {
	t.Parallel()
	devs := devices{}
	rec := newReceiver(t, ok)
	dev, mute := newDevice(devs, rec.URL), newDevice(devs, "")
	r := start(t, dbtest.SQLite(t), devs)
	own, old := arrived(dev, "sendiri"), arrived(dev, "lama")
	own.Message.FromMe = true
	old.Origin = device.OriginHistory
	r.arrive(t, own)
	r.arrive(t, old)
	r.arrive(t, arrived(mute, "tanpa alamat"))
	r.arrive(t, arrived(dev, "terakhir"))
	eventually(t, "the last one", func() bool { n, _ := rec.count(); return n == 1 })
	if rec.tries != 1 {
		t.Errorf("the receiver was called %d times, want once", rec.tries)
	}
}

// The receiver is down, the process dies in the middle, another one takes over: all arrive, each once.
func TestDownThenKilled(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		devs := devices{}
		var mu sync.Mutex
		code := 503
		rec := newReceiver(t, func(*http.Request) int { mu.Lock(); defer mu.Unlock(); return code })
		dev := newDevice(devs, rec.URL)
		first := start(t, d, devs)
		for range 50 {
			first.arrive(t, arrived(dev, "Halo"))
		}
		eventually(t, "some tries", func() bool { rec.mu.Lock(); defer rec.mu.Unlock(); return rec.tries >= 4 })
		first.stop()
		mu.Lock()
		code = 200
		mu.Unlock()
		start(t, d, devs)
		eventually(t, "all 50", func() bool { n, _ := rec.count(); return n == 50 })
		if _, doubled := rec.count(); doubled != 0 {
			t.Errorf("%d deliveries came twice", doubled)
		}
	})
}

// While an endpoint is down it is probed with one delivery at a time.
func TestDownIsProbedNotFlooded(t *testing.T) {
	t.Parallel()
	devs := devices{}
	var mu sync.Mutex
	at, most := 0, 0
	rec := newReceiver(t, func(*http.Request) int {
		mu.Lock()
		at++
		most = max(most, at)
		mu.Unlock()
		defer func() { mu.Lock(); at--; mu.Unlock() }()
		return 500
	})
	dev := newDevice(devs, rec.URL)
	r := start(t, dbtest.SQLite(t), devs)
	for range 200 {
		r.arrive(t, arrived(dev, "x"))
	}
	eventually(t, "probes", func() bool { rec.mu.Lock(); defer rec.mu.Unlock(); return rec.tries >= 6 })
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.tries > 20 {
		t.Errorf("200 events made %d calls to a receiver that is down", rec.tries)
	}
}

func TestHangingEndpointDelaysNobodyElse(t *testing.T) {
	t.Parallel()
	devs := devices{}
	release := make(chan struct{})
	hang := newReceiver(t, func(*http.Request) int { <-release; return 200 })
	t.Cleanup(func() { close(release) })
	quick := newReceiver(t, ok)
	slow, fast := newDevice(devs, hang.URL), newDevice(devs, quick.URL)
	r := start(t, dbtest.SQLite(t), devs)
	for range 100 {
		r.arrive(t, arrived(slow, "x"))
	}
	begin := time.Now()
	for range 100 {
		r.arrive(t, arrived(fast, "x"))
	}
	eventually(t, "the quick endpoint's 100", func() bool { n, _ := quick.count(); return n == 100 })
	if n, _ := hang.count(); n != 0 {
		t.Fatalf("the hanging endpoint took %d; the test shows nothing", n)
	}
	t.Logf("100 deliveries beside a hanging endpoint took %v", time.Since(begin))
}

func TestADeletedDeviceLeavesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, devs := context.Background(), devices{}
		rec := newReceiver(t, ok)
		dev, other := newDevice(devs, rec.URL), newDevice(devs, rec.URL)
		r := start(t, d, devs)
		r.arrive(t, arrived(dev, "x"))
		r.arrive(t, arrived(other, "y"))
		eventually(t, "both", func() bool { n, _ := rec.count(); return n == 2 })
		before, err := r.Secret(ctx, dev.WorkspaceID, dev.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Tx(ctx, func(ctx context.Context) error { return r.Forget(ctx, dev) }); err != nil {
			t.Fatalf("Forget: %v", err)
		}
		for _, c := range []struct {
			d    device.Device
			want int
		}{{dev, 0}, {other, 1}} {
			list, err := r.List(ctx, c.d.WorkspaceID, c.d.ID, "", "", 10)
			if err != nil || len(list) != c.want {
				t.Errorf("%d deliveries are left, %v; want %d", len(list), err, c.want)
			}
		}
		if after, err := r.Secret(ctx, dev.WorkspaceID, dev.ID); err != nil || after == before {
			t.Errorf("the old secret is still there: %v", err)
		}
	})
}

func TestGoneEndsARefusalDoesNotBlockTheRest(t *testing.T) {
	t.Parallel()
	devs := devices{}
	rec := newReceiver(t, func(r *http.Request) int {
		if r.Header.Get("webhook-id") == "" {
			return 400
		}
		return 410
	})
	dev := newDevice(devs, rec.URL)
	r := start(t, dbtest.SQLite(t), devs)
	r.arrive(t, arrived(dev, "x"))
	var list []webhook.Delivery
	eventually(t, "the delivery fails", func() bool {
		var err error
		list, err = r.List(context.Background(), dev.WorkspaceID, dev.ID, webhook.Failed, "", 10)
		return err == nil && len(list) == 1
	})
	if list[0].Status != 410 || list[0].Attempts != 1 || list[0].Answer != "jawaban" {
		t.Errorf("the log says %+v, want one attempt answered 410 jawaban", list[0])
	}
	rec.mu.Lock()
	rec.answer = ok
	rec.mu.Unlock()
	if _, err := r.Redeliver(context.Background(), id.New(), list[0].ID); !errors.Is(err, webhook.ErrNotFound) {
		t.Errorf("redelivering another workspace's delivery = %v, want ErrNotFound", err)
	}
	if _, err := r.Redeliver(context.Background(), dev.WorkspaceID, list[0].ID); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the redelivery", func() bool { rec.mu.Lock(); defer rec.mu.Unlock(); return rec.taken[list[0].ID] == 1 })
}
