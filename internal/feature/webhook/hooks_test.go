package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/feature/webhook"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

var errNotThere = errors.New("not there")

// node is a program with a log and webhooks.
type node struct {
	*webhook.Service
	t      *testing.T
	events *event.Service
	db     *db.DB
	stop   func()
}

// startNode runs a log and the webhooks that hang on it.
func startNode(t *testing.T, d *db.DB, devs devices) *node {
	t.Helper()
	n := &node{t: t, db: d, events: event.New(event.Config{DB: d, Poll: 20 * time.Millisecond})}
	n.Service = webhook.New(webhook.Config{
		DB: d, Log: slog.New(slog.DiscardHandler), Client: http.DefaultClient, Devices: devs, Seal: open{}, NodeID: id.New(),
		Timeout: 2 * time.Second, Events: n.events, CheckURL: func(url string) error {
			if !strings.HasPrefix(url, "http://127.0.0.1:") {
				return errNotThere
			}
			return nil
		},
	})
	n.events.Grown.Add(n.Grown)
	dbtest.Migrated(t, d, event.Module(n.events), webhook.Module(n.Service, nil))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 2)
	go func() { done <- n.events.Run(ctx) }()
	go func() { done <- n.Run(ctx) }()
	n.stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-done, <-done); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(n.stop)
	return n
}

// happen writes events of a type.
func (n *node) happen(workspaceID string, t event.Type, count int) {
	n.t.Helper()
	for i := range count {
		err := n.db.Tx(context.Background(), func(ctx context.Context) error {
			return n.events.Append(ctx, event.Draft{WorkspaceID: workspaceID, Type: t, DeviceID: "d1", Subject: "s", Data: event.Test{Text: fmt.Sprint(t, "-", i)}})
		})
		if err != nil {
			n.t.Fatal(err)
		}
	}
}

func (n *node) settled(workspaceID string, last int64) {
	n.t.Helper()
	eventually(n.t, "the log has its numbers", func() bool {
		_, got, err := n.events.Bounds(context.Background(), workspaceID)
		return err == nil && got == last
	})
}

func (n *node) make(workspaceID, url string, events ...string) (webhook.Webhook, string) {
	n.t.Helper()
	w, secret, err := n.Create(context.Background(), workspaceID, webhook.Fields{URL: &url, Events: &events})
	if err != nil {
		n.t.Fatalf("Create: %v", err)
	}
	return w, secret
}

// views are the events that a receiver took, in the order of seq.
func (r *receiver) views(t *testing.T) []event.View {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []event.View
	for _, b := range r.bodies {
		var v struct {
			ID   string          `json:"id"`
			Seq  int64           `json:"seq"`
			Type event.Type      `json:"type"`
			Data json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatalf("a body is %s: %v", b, err)
		}
		list = append(list, event.View{ID: v.ID, Seq: v.Seq, Type: v.Type, Data: event.Data(v.Data)})
	}
	slices.SortFunc(list, func(a, b event.View) int { return int(a.Seq - b.Seq) })
	return list
}

func seqs(list []event.View) (out []int64) {
	for _, v := range list {
		out = append(out, v.Seq)
	}
	return out
}

func TestAWebhookIsToldOfWhatItChoseSigned(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n, ws := startNode(t, d, devices{}), id.New()
		n.happen(ws, event.MessageReceived, 2) // before there was a webhook
		n.settled(ws, 2)
		all, some := newReceiver(t, ok), newReceiver(t, ok)
		_, secret := n.make(ws, all.URL, "*")
		n.make(ws, some.URL, "device.*", "contact.created")
		n.happen(ws, event.MessageReceived, 1)
		n.happen(ws, event.DeviceLinked, 1)
		n.happen(id.New(), event.DeviceLinked, 1) // another workspace's
		n.happen(ws, event.ContactCreated, 1)
		eventually(t, "all are told", func() bool { a, _ := all.count(); b, _ := some.count(); return a == 3 && b == 2 })
		if diff := cmp.Diff([]int64{3, 4, 5}, seqs(all.views(t))); diff != "" {
			t.Errorf("with * (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]int64{4, 5}, seqs(some.views(t))); diff != "" {
			t.Errorf("with some (-want +got):\n%s", diff)
		}
		v, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range all.bodies {
			if err := v.Verify(b, all.heads[i]); err != nil {
				t.Errorf("the signature does not verify: %v", err)
			}
			if got := all.heads[i].Get("webhook-id"); !strings.Contains(string(b), got) {
				t.Errorf("webhook-id %s is not the event's id in %s", got, b)
			}
		}
	})
}

// The receiver is down, the process dies in the middle of it, another one takes over: every event, each id once.
func TestAWebhookOutlivesAnOutageAndAKill(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		code := 503
		rec := newReceiver(t, func(*http.Request) int { mu.Lock(); defer mu.Unlock(); return code })
		first, ws := startNode(t, d, devices{}), id.New()
		first.make(ws, rec.URL, "message.*")
		first.happen(ws, event.MessageReceived, 30)
		eventually(t, "some tries", func() bool { rec.mu.Lock(); defer rec.mu.Unlock(); return rec.tries >= 4 })
		first.stop()
		first.happen(ws, event.MessageReceived, 20) // while nobody runs
		mu.Lock()
		code = 200
		mu.Unlock()
		second := startNode(t, d, devices{})
		second.happen(ws, event.MessageReceived, 10)
		eventually(t, "all 60", func() bool { got, _ := rec.count(); return got == 60 })
		if _, doubled := rec.count(); doubled != 0 {
			t.Errorf("%d came twice", doubled)
		}
		var want []int64
		for i := range 60 {
			want = append(want, int64(i+1))
		}
		if diff := cmp.Diff(want, seqs(rec.views(t))); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

func TestAReplayBringsWhatWasMissedUnderTheSameIDs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		rec := newReceiver(t, ok)
		n, ws := startNode(t, d, devices{}), id.New()
		n.happen(ws, event.MessageReceived, 3)
		n.happen(ws, event.DeviceLinked, 1)
		n.settled(ws, 4)
		w, _ := n.make(ws, rec.URL, "message.*")
		n.happen(ws, event.MessageReceived, 3)
		eventually(t, "the new ones", func() bool { got, _ := rec.count(); return got == 3 })
		eventually(t, "its place is kept", func() bool { w, _ = n.Get(ctx, ws, w.ID); return w.Seq == 7 })
		if _, err := n.Replay(ctx, ws, w.ID, 1, 6); err != nil {
			t.Fatalf("Replay: %v", err)
		}
		eventually(t, "the replay", func() bool { got, _ := rec.count(); return got == 5 })
		eventually(t, "its end", func() bool { w, err := n.Get(ctx, ws, w.ID); return err == nil && w.ReplayTo == 0 })
		// One that was still being noted as told when the replay was asked for is not told again.
		if distinct, doubled := rec.count(); distinct != 5 || doubled > 2 {
			t.Errorf("%d ids and %d doubles, want 5 and at most 2: what comes again keeps its id", distinct, doubled)
		}
		if diff := cmp.Diff([]int64{2, 3, 5, 6, 7}, slices.Compact(seqs(rec.views(t)))); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if w, err := n.Get(ctx, ws, w.ID); err != nil || w.ReplayTo != 0 || w.Seq != 7 {
			t.Errorf("afterwards it is %+v, %v", w, err)
		}
		if _, err := n.Replay(ctx, ws, w.ID, 99, 0); !errors.Is(err, event.ErrAhead) {
			t.Errorf("a replay from nowhere = %v, want ErrAhead", err)
		}
		if _, err := n.Replay(ctx, id.New(), w.ID, 0, 0); !errors.Is(err, webhook.ErrWebhook) {
			t.Errorf("another workspace's replay = %v, want ErrWebhook", err)
		}
	})
}

func Test410SwitchesAWebhookOff(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	rec := newReceiver(t, func(*http.Request) int { return http.StatusGone })
	n, ws := startNode(t, dbtest.SQLite(t), devices{}), id.New()
	w, _ := n.make(ws, rec.URL, "*")
	n.happen(ws, event.DeviceLinked, 1)
	eventually(t, "it is off", func() bool { w, _ = n.Get(ctx, ws, w.ID); return !w.Enabled })
	if w.DisabledWhy != webhook.WhyGone {
		t.Errorf("why is %q", w.DisabledWhy)
	}
	n.happen(ws, event.DeviceLinked, 3) // told to nobody
	n.settled(ws, 4)
	if err := n.Try(ctx, ws, w.ID); !errors.Is(err, webhook.ErrOff) {
		t.Errorf("a test of one that is off = %v, want ErrOff", err)
	}
	rec.mu.Lock()
	rec.answer = ok
	rec.mu.Unlock()
	on := true
	if w, err := n.Update(ctx, ws, w.ID, webhook.Fields{Enabled: &on}); err != nil || !w.Enabled || w.DisabledWhy != "" {
		t.Fatalf("switched on it is %+v, %v", w, err)
	}
	n.happen(ws, event.DeviceLinked, 1)
	eventually(t, "the news", func() bool { got, _ := rec.count(); return got == 1 })
	if diff := cmp.Diff([]int64{5}, seqs(rec.views(t))); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestAHangingWebhookDelaysNoOther(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	hang := newReceiver(t, func(*http.Request) int { <-release; return 200 })
	t.Cleanup(func() { close(release) })
	quick := newReceiver(t, ok)
	n, ws := startNode(t, dbtest.SQLite(t), devices{}), id.New()
	n.make(ws, hang.URL, "*")
	n.make(ws, quick.URL, "*")
	n.happen(ws, event.MessageReceived, 100)
	eventually(t, "the quick one's 100", func() bool { got, _ := quick.count(); return got == 100 })
	if got, _ := hang.count(); got != 0 {
		t.Fatalf("the hanging one took %d; the test shows nothing", got)
	}
}

// A webhook that was given another address is not held to be as bad as the old one.
func TestAnotherAddressStartsAfresh(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	bad, good := newReceiver(t, func(*http.Request) int { return 503 }), newReceiver(t, ok)
	n, ws := startNode(t, dbtest.SQLite(t), devices{}), id.New()
	w, _ := n.make(ws, bad.URL, "*")
	n.happen(ws, event.MessageReceived, 20)
	eventually(t, "the breaker is open", func() bool { bad.mu.Lock(); defer bad.mu.Unlock(); return bad.tries >= 8 })
	began := time.Now()
	if _, err := n.Update(ctx, ws, w.ID, webhook.Fields{URL: &good.URL}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all 20 at the new address", func() bool { got, _ := good.count(); return got == 20 })
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v: the old address' breaker was kept", took)
	}
}

func TestADeviceWithAnotherAddressStartsAfresh(t *testing.T) {
	t.Parallel()
	devs := &moving{devices: devices{}}
	bad, good := newReceiver(t, func(*http.Request) int { return 503 }), newReceiver(t, ok)
	dev := newDevice(devs.devices, bad.URL)
	d := dbtest.SQLite(t)
	s := webhook.New(webhook.Config{
		DB: d, Log: slog.New(slog.DiscardHandler), Client: http.DefaultClient, Devices: devs, Seal: open{}, NodeID: id.New(), Timeout: 2 * time.Second,
	})
	dbtest.Migrated(t, d, webhook.Module(s, nil))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	r := &rig{Service: s, db: d}
	for range 20 {
		r.arrive(t, arrived(dev, "x"))
	}
	eventually(t, "the breaker is open", func() bool { bad.mu.Lock(); defer bad.mu.Unlock(); return bad.tries >= 8 })
	dev.Settings.WebhookURL = good.URL
	devs.set(dev)
	if err := d.Tx(ctx, func(ctx context.Context) error { return s.DeviceChanged(ctx, dev) }); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	eventually(t, "all 20 at the new address", func() bool { got, _ := good.count(); return got == 20 })
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v: the old address' breaker was kept", took)
	}
}

// moving are devices that change while they are used.
type moving struct {
	mu sync.Mutex
	devices
}

func (m *moving) Get(ctx context.Context, workspaceID, deviceID string) (device.Device, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.devices.Get(ctx, workspaceID, deviceID)
}

func (m *moving) set(d device.Device) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.devices[d.ID] = d
}

func TestATestADeletionAndAnotherSecret(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	var got []byte
	var head http.Header
	var mu sync.Mutex
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		got, head = b, r.Header.Clone()
		mu.Unlock()
	}))
	t.Cleanup(srv.Close)
	n, ws := startNode(t, dbtest.SQLite(t), devices{}), id.New()
	w, first := n.make(ws, srv.URL, "device.*")
	second, err := n.RenewSecret(ctx, ws, w.ID)
	if err != nil || second == first {
		t.Fatalf("the new secret is the old one, or %v", err)
	}
	if _, err := n.RenewSecret(ctx, id.New(), w.ID); !errors.Is(err, webhook.ErrWebhook) {
		t.Errorf("another workspace's secret = %v", err)
	}
	if err := n.Try(ctx, ws, w.ID); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the test", func() bool { mu.Lock(); defer mu.Unlock(); return got != nil })
	v, err := standardwebhooks.NewWebhook(second)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Verify(got, head); err != nil || !strings.Contains(string(got), string(event.WebhookTest)) {
		t.Errorf("the test is %s, %v", got, err)
	}
	if err := n.Delete(ctx, id.New(), w.ID); !errors.Is(err, webhook.ErrWebhook) {
		t.Errorf("another workspace's deletion = %v", err)
	}
	if err := n.Delete(ctx, ws, w.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := n.Deliveries(ctx, ws, w.ID, "", "", 10); err != nil || len(list) != 0 {
		t.Errorf("%d deliveries are left, %v", len(list), err)
	}
	if _, err := n.Get(ctx, ws, w.ID); !errors.Is(err, webhook.ErrWebhook) {
		t.Errorf("the deleted one = %v", err)
	}
}

func TestAWebhookThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	n, ws := startNode(t, dbtest.SQLite(t), devices{}), id.New()
	good, inside := "http://127.0.0.1:9999/x", "http://10.0.0.1/x"
	any1, none, made := []string{"*"}, []string{"no-such"}, []string{"message.made-up"}
	for name, c := range map[string]struct {
		f    webhook.Fields
		want error
	}{
		"private address":  {webhook.Fields{URL: &inside, Events: &any1}, webhook.ErrURL},
		"unknown event":    {webhook.Fields{URL: &good, Events: &made}, event.ErrType},
		"foreign device":   {webhook.Fields{URL: &good, Events: &any1, DeviceIDs: &none}, device.ErrNotFound},
		"no such prefix":   {webhook.Fields{URL: &good, Events: &none}, event.ErrType},
		"a word of nobody": {webhook.Fields{URL: &good, Events: &[]string{""}}, event.ErrType},
	} {
		if _, _, err := n.Create(ctx, ws, c.f); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	w, _ := n.make(ws, good, "*")
	if _, err := n.Update(ctx, ws, w.ID, webhook.Fields{URL: &inside}); !errors.Is(err, webhook.ErrURL) {
		t.Errorf("a change to a private address = %v", err)
	}
	if now, err := n.Get(ctx, ws, w.ID); err != nil || now.URL != good {
		t.Errorf("a refused change left %+v, %v", now, err)
	}
	for range 49 {
		n.make(ws, good, "*")
	}
	if _, _, err := n.Create(ctx, ws, webhook.Fields{URL: &good, Events: &any1}); !errors.Is(err, webhook.ErrMany) {
		t.Errorf("the 51st = %v, want ErrMany", err)
	}
}

// Two nodes share the webhooks of a workspace: each event is told once, whoever wrote it.
func TestTwoNodesTellAWebhookOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	rec := newReceiver(t, ok)
	a, b, ws := startNode(t, d, devices{}), startNode(t, d, devices{}), id.New()
	a.make(ws, rec.URL, "message.*")
	var wg sync.WaitGroup
	for _, n := range []*node{a, b} {
		wg.Go(func() { n.happen(ws, event.MessageReceived, 40) })
	}
	wg.Wait()
	eventually(t, "all 80", func() bool { got, _ := rec.count(); return got >= 80 })
	a.settled(ws, 80)
	if got, doubled := rec.count(); got != 80 || doubled != 0 {
		t.Errorf("%d were told and %d of them twice, want 80 once", got, doubled)
	}
}

// A delivery whose node died in the middle goes at once when it is asked for again, and once.
func TestAskedForAgainADeliveryDoesNotWaitForAnOldClaim(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), dbtest.SQLite(t)
	rec := newReceiver(t, func(*http.Request) int { return http.StatusBadRequest })
	n, ws := startNode(t, d, devices{}), id.New()
	w, _ := n.make(ws, rec.URL, "*")
	n.happen(ws, event.DeviceLinked, 1)
	var list []webhook.Delivery
	eventually(t, "an attempt", func() bool {
		var err error
		list, err = n.Deliveries(ctx, ws, w.ID, "", "", 10)
		return err == nil && len(list) == 1 && list[0].Attempts > 0
	})
	rec.mu.Lock()
	rec.answer = ok
	rec.mu.Unlock()
	past := time.Now().Add(-time.Minute).UnixMilli()
	if _, err := d.Exec(ctx, `UPDATE webhook_deliveries SET state = 'failed', claimed_by = 'dead', claimed_until = $2 WHERE workspace_id = $1`, ws, past+time.Hour.Milliseconds()); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Redeliver(ctx, ws, list[0].ID); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the redelivery", func() bool { got, _ := rec.count(); return got == 1 })
	if _, err := n.Redeliver(ctx, id.New(), list[0].ID); !errors.Is(err, webhook.ErrNotFound) {
		t.Errorf("another workspace's redelivery = %v", err)
	}
}
