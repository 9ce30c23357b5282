package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

const ws = "ws-1"

var dev = device.Device{ID: "dev-1", WorkspaceID: ws, Channel: "wire", State: device.State{Code: device.StateOnline}}

// wire is a network that takes every message unless answer says otherwise.
type wire struct {
	mu      sync.Mutex
	changed *sync.Cond
	sent    []device.Outgoing
	typed   []string
	kept    func(networkID string)
	answer  func(ctx context.Context, m device.Outgoing) (device.Sent, error)
}

func newWire() *wire {
	w := &wire{}
	w.changed = sync.NewCond(&w.mu)
	return w
}

func (w *wire) Run(ctx context.Context) error { <-ctx.Done(); return nil }
func (w *wire) Unlink(context.Context) error  { return nil }

func (w *wire) Send(ctx context.Context, m device.Outgoing) (device.Sent, error) {
	w.mu.Lock()
	answer := w.answer
	w.mu.Unlock()
	sent := device.Sent{At: 1_000, Raw: []byte(m.NetworkID)}
	if answer != nil {
		var err error
		if sent, err = answer(ctx, m); err != nil {
			return sent, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, m)
	w.changed.Broadcast()
	return sent, nil
}

func (w *wire) Typing(_ context.Context, to device.Peer, on bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.typed = append(w.typed, to.Address(device.AddressPhone))
	return nil
}

func (w *wire) Kept(networkID string) {
	if w.kept != nil {
		w.kept(networkID)
	}
}

func (w *wire) set(fn func(context.Context, device.Outgoing) (device.Sent, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = fn
}

// await returns the texts that were sent, once there are n.
func (w *wire) await(t testing.TB, n int) []string {
	t.Helper()
	eventually(t, func() bool { return len(w.texts()) >= n }, func() string {
		return fmt.Sprintf("the wire has %v, want %d messages", w.texts(), n)
	})
	return w.texts()
}

func (w *wire) texts() (out []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.sent {
		out = append(out, m.Content.Text)
	}
	return out
}

func eventually(t testing.TB, ok func() bool, otherwise func() string) {
	t.Helper()
	late, look := time.After(20*time.Second), time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-late:
			t.Fatal(otherwise())
		}
	}
}

// world is a database with an outbox and the lease of dev in the hand of this node.
type world struct {
	t    testing.TB
	db   *db.DB
	s    *outbox.Service
	wire *wire
	// session is the wire, or what stands before it.
	session device.Session

	mu      sync.Mutex
	changes []string // text:from→to
}

func newWorld(t testing.TB, d *db.DB, c outbox.Config) *world {
	w := &world{t: t, db: d, s: outbox.New(d, c), wire: newWire()}
	w.session = w.wire
	devices := device.New(device.Config{DB: d})
	dbtest.Migrated(t, d, device.Module(devices), outbox.Module(w.s))
	w.lease(1)
	w.s.Changed.Add("test", func(ctx context.Context, c outbox.Change) error {
		db.AfterCommit(ctx, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.changes = append(w.changes, fmt.Sprintf("%s:%s→%s", c.Send.Content.Text, c.From, c.Send.State))
		})
		return nil
	})
	t.Cleanup(func() { w.s.Stop(dev.ID) })
	return w
}

// lease gives the device to the holder of an epoch.
func (w *world) lease(epoch int64) {
	w.t.Helper()
	_, err := w.db.Exec(context.Background(), `INSERT INTO device_leases (workspace_id, device_id, node_id, epoch, expires_at)
		VALUES ($1, $2, 'n', $3, $4) ON CONFLICT (workspace_id, device_id) DO UPDATE SET epoch = excluded.epoch`, ws, dev.ID, epoch, time.Now().Add(time.Hour).UnixMilli())
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start() { w.s.Start(dev, w.session, 1) }

type opt func(*outbox.Draft)

func lane(l outbox.Lane) opt       { return func(d *outbox.Draft) { d.Lane = l } }
func chat(id string) opt           { return func(d *outbox.Draft) { d.ChatID = id } }
func cold(d *outbox.Draft)         { d.Cold = true }
func typing(d time.Duration) opt   { return func(n *outbox.Draft) { n.Typing = d } }
func notBefore(at time.Time) opt   { return func(n *outbox.Draft) { n.NotBefore = at.UnixMilli() } }
func text(s string) device.Content { return device.Content{Kind: device.KindText, Text: s} }

func (w *world) put(s string, opts ...opt) outbox.Send {
	w.t.Helper()
	n := outbox.Draft{Device: dev, ChatID: "chat-" + s, ContactID: "c", Content: text(s), To: device.Peer{
		Addresses: []device.Address{{Kind: device.AddressPhone, Value: s}},
	}}
	for _, o := range opts {
		o(&n)
	}
	send, err := w.s.Enqueue(context.Background(), n)
	if err != nil {
		w.t.Fatalf("Enqueue(%s) failed: %v", s, err)
	}
	return send
}

func (w *world) get(id string) outbox.Send {
	w.t.Helper()
	s, err := w.s.Get(context.Background(), ws, id)
	if err != nil {
		w.t.Fatalf("Get(%s) failed: %v", id, err)
	}
	return s
}

func (w *world) awaitState(id string, want outbox.State) outbox.Send {
	w.t.Helper()
	eventually(w.t, func() bool { return w.get(id).State == want }, func() string {
		return fmt.Sprintf("state of %s stays %+v, want %s", id, w.get(id), want)
	})
	return w.get(id)
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fn(t, newWorld(t, d, outbox.Config{Backoff: 10 * time.Millisecond, Poll: 50 * time.Millisecond}))
	})
}

func fails(class device.SendClass, code string, until int64) error {
	return &device.SendError{Class: class, Code: code, Until: until}
}

// A session may forget a message when it is stored, once, and not before.
func TestASessionHearsOfWhatIsStored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kept := make(chan string, 8)
		w.wire.kept = func(networkID string) { kept <- networkID }
		send := w.put("one")
		w.wire.set(func(_ context.Context, m device.Outgoing) (device.Sent, error) {
			if len(kept) > 0 {
				t.Error("it is told before the message was sent")
			}
			return device.Sent{At: 1, Raw: []byte(m.NetworkID)}, nil
		})
		w.start()
		if id := <-kept; id != send.NetworkID {
			t.Errorf("%s is stored, want %s", id, send.NetworkID)
		}
		if got := w.get(send.ID); got.State != outbox.StateSent || string(got.Raw) != send.NetworkID {
			t.Errorf("when it is told, there is %s with %q, want it sent and whole", got.State, got.Raw)
		}
		w.put("two")
		if id := <-kept; id == send.NetworkID {
			t.Error("it is told twice")
		}
	})
}

func TestASendGoesOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		before := w.put("before")
		w.start()
		after := w.put("after")
		if diff := cmp.Diff([]string{"before", "after"}, w.wire.await(t, 2)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		got := w.awaitState(after.ID, outbox.StateSent)
		if got.SentAt != 1_000 || string(got.Raw) != after.NetworkID || got.Attempt != 1 {
			t.Errorf("got %+v, want the network's time and raw form and one attempt", got)
		}
		w.awaitState(before.ID, outbox.StateSent)
		for _, want := range []string{"before:→queued", "before:queued→claimed", "before:claimed→sent"} {
			eventually(t, func() bool { return w.fired(want) > 0 }, func() string { return "Changed did not fire with " + want })
			if n := w.fired(want); n != 1 {
				t.Errorf("Changed fired %d times with %s, want once", n, want)
			}
		}
	})
}

// fired is how often Changed was committed with a change.
func (w *world) fired(change string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.changes {
		if c == change {
			n++
		}
	}
	return n
}

func TestARolledBackSendIsNone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.start()
		no := errors.New("no")
		var ghost outbox.Send
		err := w.db.Tx(t.Context(), func(ctx context.Context) (err error) {
			if ghost, err = w.s.Enqueue(ctx, outbox.Draft{Device: dev, ChatID: "x", Content: text("ghost")}); err != nil {
				return err
			}
			return no
		})
		if !errors.Is(err, no) {
			t.Fatalf("got %v, want the caller's error", err)
		}
		w.put("real")
		if got := w.wire.await(t, 1); got[0] != "real" {
			t.Errorf("sent %v, want only what was committed", got)
		}
		if _, err := w.s.Get(t.Context(), ws, ghost.ID); !errors.Is(err, outbox.ErrNotFound) {
			t.Errorf("Get of the ghost: got %v, want ErrNotFound", err)
		}
	})
}

// Bulk is on its way in numbers when somebody writes: the answer goes next.
func TestRepliesOvertakeBulk(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		begun, gate := make(chan struct{}), make(chan struct{})
		w.wire.set(func(ctx context.Context, m device.Outgoing) (device.Sent, error) {
			if m.Content.Text == "bulk0" {
				close(begun)
				<-gate
			}
			return device.Sent{At: 1}, nil
		})
		for i := range 30 {
			w.put(fmt.Sprint("bulk", i), lane(outbox.LaneBroadcast))
		}
		w.start()
		<-begun
		w.put("reply", lane(outbox.LaneReply))
		close(gate)
		got := w.wire.await(t, 31)
		if at := slices.Index(got, "reply"); at != 1 {
			t.Errorf("the reply went as number %d of %v, want right after the one on the wire", at, got)
		}
		if !slices.IsSortedFunc(got[2:], func(a, b string) int { return cmpNum(a, b) }) {
			t.Errorf("bulk out of order: %v", got)
		}
	})
}

func cmpNum(a, b string) int {
	var x, y int
	_, _ = fmt.Sscanf(a, "bulk%d", &x)
	_, _ = fmt.Sscanf(b, "bulk%d", &y)
	return x - y
}

// What is tried again keeps its place in its chat; other chats go on.
func TestARetryKeepsItsChatsOrder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var mu sync.Mutex
		var tries []string
		failures := 3
		w.wire.set(func(ctx context.Context, m device.Outgoing) (device.Sent, error) {
			mu.Lock()
			defer mu.Unlock()
			tries = append(tries, m.NetworkID)
			if m.Content.Text == "a1" && failures > 0 {
				failures--
				return device.Sent{}, fails(device.SendRetry, "timeout", 0)
			}
			return device.Sent{At: 1}, nil
		})
		a1 := w.put("a1", chat("a"))
		w.put("b1", chat("b"))
		w.put("a2", chat("a"))
		w.put("a3", chat("a"))
		w.start()
		if diff := cmp.Diff([]string{"b1", "a1", "a2", "a3"}, w.wire.await(t, 4)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		if got := w.awaitState(a1.ID, outbox.StateSent); got.Attempt != 4 || got.Code != "" {
			t.Errorf("a1: got attempt %d, code %q; want 4 attempts and no code", got.Attempt, got.Code)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, id := range tries[:1] {
			if id != a1.NetworkID {
				t.Errorf("first try had network id %s, want %s", id, a1.NetworkID)
			}
		}
	})
}

func TestARetryEndsAfterADay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		now := time.Now()
		w := newWorld(t, d, outbox.Config{Backoff: 10 * time.Millisecond, Poll: 20 * time.Millisecond, Now: func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return now
		}})
		s := w.put("late")
		mu.Lock()
		now = now.Add(25 * time.Hour)
		mu.Unlock()
		w.wire.set(func(context.Context, device.Outgoing) (device.Sent, error) { return device.Sent{}, errors.New("odd") })
		w.start()
		if got := w.awaitState(s.ID, outbox.StateFailed); got.Code != "unknown" || got.Attempt != 1 {
			t.Errorf("got code %q after %d attempts, want unknown after 1", got.Code, got.Attempt)
		}
	})
}

func TestGivingUpIsFinal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.wire.set(func(_ context.Context, m device.Outgoing) (device.Sent, error) {
			if m.Content.Text == "bad" {
				return device.Sent{}, fails(device.SendGiveUp, "no_such_number", 0)
			}
			return device.Sent{At: 1}, nil
		})
		bad := w.put("bad", chat("x"))
		w.put("good", chat("x"))
		w.start()
		w.wire.await(t, 1)
		if got := w.awaitState(bad.ID, outbox.StateFailed); got.Code != "no_such_number" {
			t.Errorf("code: got %q, want no_such_number", got.Code)
		}
	})
}

// The network forbids first messages to strangers: they wait, answers go on, and they go when the time is over.
func TestStrangersAreHeld(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		until := time.Now().Add(400 * time.Millisecond).UnixMilli()
		w.wire.set(func(_ context.Context, m device.Outgoing) (device.Sent, error) {
			if m.Content.Text == "cold1" && time.Now().UnixMilli() < until {
				return device.Sent{}, fails(device.SendHoldCold, "463", until)
			}
			return device.Sent{At: 1}, nil
		})
		c1, c2 := w.put("cold1", cold), w.put("cold2", cold)
		w.put("warm")
		w.start()
		if got := w.awaitState(c1.ID, outbox.StateHeld); got.Code != "463" || got.Until != until {
			t.Errorf("held: got code %q until %d, want 463 until %d", got.Code, got.Until, until)
		}
		w.awaitState(c2.ID, outbox.StateHeld)
		if got := w.wire.await(t, 1); got[0] != "warm" {
			t.Errorf("sent %v, want only the warm one", got)
		}
		got := w.wire.await(t, 3)
		slices.Sort(got[1:])
		if diff := cmp.Diff([]string{"warm", "cold1", "cold2"}, got); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		if late := time.Now().UnixMilli(); late < until {
			t.Errorf("strangers were written to %d ms early", until-late)
		}
	})
}

func TestARestrictedOrPausedDevice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := dev
		d.State = device.State{Code: device.StateRestricted, Why: "timelock", Until: time.Now().Add(time.Hour).UnixMilli()}
		w.s.Start(d, w.wire, 1)
		c := w.put("cold", cold)
		w.put("warm")
		w.wire.await(t, 1)
		if got := w.awaitState(c.ID, outbox.StateHeld); got.Until != d.State.Until || got.Code != "restricted" {
			t.Errorf("held: got %q until %d, want restricted until %d", got.Code, got.Until, d.State.Until)
		}
		w.s.Update(dev) // the restriction is lifted
		w.wire.await(t, 2)
		d = dev
		d.Settings.Paused = true
		w.s.Update(d)
		p := w.put("paused")
		if got := w.get(p.ID).State; got != outbox.StateQueued {
			t.Errorf("on a paused device: got %s, want queued", got)
		}
		w.s.Update(dev)
		w.wire.await(t, 3)
	})
}

func TestAHoldStopsTheDevice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		until := time.Now().Add(300 * time.Millisecond).UnixMilli()
		var mu sync.Mutex
		calls := 0
		w.wire.set(func(context.Context, device.Outgoing) (device.Sent, error) {
			mu.Lock()
			defer mu.Unlock()
			calls++
			if calls == 1 {
				return device.Sent{}, fails(device.SendHold, "rate", until)
			}
			return device.Sent{At: time.Now().UnixMilli()}, nil
		})
		w.put("1", chat("x"))
		w.put("2", chat("y"))
		w.start()
		got := w.wire.await(t, 2)
		if late := time.Now().UnixMilli(); late < until {
			t.Errorf("sent %v %d ms before the hold was over", got, until-late)
		}
		mu.Lock()
		defer mu.Unlock()
		if calls != 3 {
			t.Errorf("the network was asked %d times, want 3: one refusal and two sends", calls)
		}
	})
}

// The process died after claiming: the next owner sends the same network ids again, first.
func TestClaimedSendsOfAnOlderEpochGoAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.put("a"), w.put("b")
		_, err := w.db.Exec(t.Context(), `UPDATE sends SET state = 'claimed', attempt = 1, claimed_epoch = 1 WHERE workspace_id = $1 AND id = $2`, ws, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		w.lease(2)
		w.s.Start(dev, w.wire, 2)
		if diff := cmp.Diff([]string{"a", "b"}, w.wire.await(t, 2)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		if w.wire.sent[0].NetworkID != a.NetworkID || w.wire.sent[1].NetworkID != b.NetworkID {
			t.Error("the network ids are not the ones that were given in advance")
		}
		if got := w.awaitState(a.ID, outbox.StateSent); got.Attempt != 2 {
			t.Errorf("attempt: got %d, want 2", got.Attempt)
		}
	})
}

func TestWithoutTheLeaseNothingGoes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.lease(7) // another node's
		s := w.put("x")
		w.start() // epoch 1
		w.s.Stop(dev.ID)
		if got := w.get(s.ID); got.State != outbox.StateQueued || len(w.wire.texts()) != 0 {
			t.Errorf("got state %s and sent %v, want queued and nothing", got.State, w.wire.texts())
		}
		w.s.Start(dev, w.wire, 7)
		w.wire.await(t, 1)
	})
}

func TestStoppingGivesBackWhatIsNotSent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		onWire := make(chan struct{})
		w.wire.set(func(ctx context.Context, m device.Outgoing) (device.Sent, error) {
			close(onWire)
			<-ctx.Done()
			return device.Sent{}, ctx.Err()
		})
		a, b := w.put("a"), w.put("b")
		w.start()
		<-onWire
		w.s.Stop(dev.ID)
		for i, s := range []outbox.Send{a, b} { // what was on the wire may have arrived, and counts as tried
			if got := w.get(s.ID); got.State != outbox.StateQueued || got.Attempt != 1-i {
				t.Errorf("%s: got %s with %d attempts, want queued with %d", s.Content.Text, got.State, got.Attempt, 1-i)
			}
		}
		w.wire.set(nil)
		w.start()
		if diff := cmp.Diff([]string{"a", "b"}, w.wire.await(t, 2)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
}

func TestTypingHoldsUpItsOwnChatOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put("slow", chat("a"), typing(300*time.Millisecond))
		w.put("behind", chat("a"))
		w.put("other", chat("b"))
		began := time.Now()
		w.start()
		if diff := cmp.Diff([]string{"other", "slow", "behind"}, w.wire.await(t, 3)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		if took := time.Since(began); took < 300*time.Millisecond {
			t.Errorf("typing took %v, want 300ms", took)
		}
		if diff := cmp.Diff([]string{"slow"}, w.wire.typed); diff != "" {
			t.Errorf("typed (-want +got):\n%s", diff)
		}
	})
}

func TestPlannedSendsWait(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		at := time.Now().Add(300 * time.Millisecond)
		w.put("later", notBefore(at), chat("a"))
		w.start()
		w.put("now", chat("a"))
		if diff := cmp.Diff([]string{"now", "later"}, w.wire.await(t, 2)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		if early := time.Until(at); early > time.Millisecond {
			t.Errorf("the planned one went %v early", early)
		}
	})
}

func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.put("x")
		for range 2 {
			if got, err := w.s.Cancel(t.Context(), ws, s.ID); err != nil || got.State != outbox.StateCancelled {
				t.Errorf("Cancel: got %s, %v", got.State, err)
			}
		}
		y := w.put("y")
		w.start()
		w.awaitState(y.ID, outbox.StateSent)
		if _, err := w.s.Cancel(t.Context(), ws, y.ID); !errors.Is(err, outbox.ErrUnderway) {
			t.Errorf("Cancel of a sent one: got %v, want ErrUnderway", err)
		}
		if _, err := w.s.Cancel(t.Context(), "ws-2", y.ID); !errors.Is(err, outbox.ErrNotFound) {
			t.Errorf("Cancel by a stranger: got %v, want ErrNotFound", err)
		}
		if got := w.wire.texts(); len(got) != 1 {
			t.Errorf("sent %v, want only y", got)
		}
	})
}

func TestReceipts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		receipt := func(kind device.ReceiptKind, ids ...string) []string {
			t.Helper()
			unknown, err := w.s.Receipt(t.Context(), dev, device.Receipt{Kind: kind, NetworkIDs: ids, At: 5_000})
			if err != nil {
				t.Fatal(err)
			}
			return unknown
		}
		// The receipt overtakes the mark: the phone answers before we have written that it went.
		s := w.put("fast")
		w.wire.set(func(_ context.Context, m device.Outgoing) (device.Sent, error) {
			receipt(device.ReceiptRead, m.NetworkID)
			return device.Sent{At: 4_000}, nil
		})
		w.start()
		eventually(t, func() bool { return w.get(s.ID).SentAt == 4_000 }, func() string { return "never marked as sent" })
		if got := w.get(s.ID); got.State != outbox.StateRead || got.ReadAt != 5_000 || got.DeliveredAt != 5_000 {
			t.Errorf("got %+v, want read", got)
		}
		if unknown := receipt(device.ReceiptDelivered, s.NetworkID, "stranger"); !slices.Equal(unknown, []string{"stranger"}) {
			t.Errorf("unknown ids: got %v, want stranger", unknown)
		}
		if got := w.get(s.ID); got.State != outbox.StateRead {
			t.Errorf("after a late delivered: got %s, want read", got.State)
		}
		other := dev
		other.ID = "dev-2"
		if unknown, err := w.s.Receipt(t.Context(), other, device.Receipt{Kind: device.ReceiptRead, NetworkIDs: []string{s.NetworkID}}); err != nil || len(unknown) != 1 {
			t.Errorf("another device's receipt: got %v, %v; want it unknown", unknown, err)
		}
	})
}

// judge is a governor that a test tells what to say.
type judge struct {
	outbox.StateGovernor
	next func(s outbox.Send) outbox.Verdict
}

func (j judge) Next(_ context.Context, _ device.Device, s outbox.Send) outbox.Verdict {
	return j.next(s)
}

// Strangers who wait stand in nobody's way, in their own lane neither, however many there are; and one that is put off
// alone says until when and why.
func TestWhoWaitsStandsInNobodysWay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		until := time.Now().Add(time.Hour).UnixMilli()
		w := newWorld(t, d, outbox.Config{Governor: judge{next: func(s outbox.Send) outbox.Verdict {
			switch {
			case s.Cold:
				return outbox.Verdict{Action: outbox.Wait, Until: until}
			case s.Content.Text == "late":
				return outbox.Verdict{Action: outbox.PutOff, Until: until, Code: "hours", Why: "it is night there"}
			}
			return outbox.Verdict{Action: outbox.Go, Budget: outbox.BudgetWarm}
		}}, Backoff: 10 * time.Millisecond, Poll: 50 * time.Millisecond})
		for i := range 20 {
			w.put(fmt.Sprint("stranger", i), cold, lane(outbox.LaneNotify))
		}
		late := w.put("late", lane(outbox.LaneNotify))
		known := w.put("known", lane(outbox.LaneNotify))
		w.start()
		w.put("handed", lane(outbox.LaneNotify))
		if diff := cmp.Diff([]string{"known", "handed"}, w.wire.await(t, 2)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		if got := w.awaitState(late.ID, outbox.StateHeld); got.Code != "hours" || got.Until != until {
			t.Errorf("put off: got code %q until %d, want hours until %d", got.Code, got.Until, until)
		}
		w.awaitState(known.ID, outbox.StateSent)
		var past []outbox.Went
		eventually(t, func() bool {
			var err error
			past, err = w.s.Past(t.Context(), ws, dev.ID, time.Now().Add(-time.Minute).UnixMilli(), 10)
			return err == nil && len(past) == 2
		}, func() string { return fmt.Sprintf("the past is %+v, want two sends", past) })
		if p := past[1]; p.Budget != outbox.BudgetWarm || p.State != outbox.StateSent || p.ChatID != "chat-known" || p.Lane != outbox.LaneNotify {
			t.Errorf("the past has %+v, want the first that went", p)
		}
	})
}
