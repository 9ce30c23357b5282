package devicetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
)

// Recorder is a sink that remembers what it is told. It stands for the rest of the program when a driver is tried alone.
type Recorder struct {
	mu      sync.Mutex
	changed chan struct{}
	r       Recorded
	refuse  func(device.Inbound) error
	link    error
	fence   error
	seen    map[[3]string]bool
}

// Recorded is everything that a Recorder was told, in order. Received has what was taken, each message once: a driver may tell
// again what it was not sure of.
type Recorded struct {
	Received []device.Inbound
	Repeated int // messages that had been taken before; like the program, a Recorder takes each once
	Refused  []device.Inbound
	Denied   int // how often FenceOff's error was given
	Receipts []device.Receipt
	States   []device.State
	Linked   []device.Account
	Typing   []device.Typing
	Same     []device.Peer
}

// NewRecorder makes a Recorder that takes everything.
func NewRecorder() *Recorder {
	return &Recorder{changed: make(chan struct{}), seen: map[[3]string]bool{}}
}

// Refuse has fn decide about every message from now on: an error refuses it. nil takes everything.
func (r *Recorder) Refuse(fn func(device.Inbound) error) { r.note(func() { r.refuse = fn }) }

// RefuseLink has every link refused with err.
func (r *Recorder) RefuseLink(err error) { r.note(func() { r.link = err }) }

// FenceOff has the device belong to somebody else from now on.
func (r *Recorder) FenceOff(err error) { r.note(func() { r.fence = err }) }

func (r *Recorder) note(fn func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fn()
	close(r.changed)
	r.changed = make(chan struct{})
}

// Wait waits until ok, which sees everything recorded and must not keep it.
func (r *Recorder) Wait(t testing.TB, what string, ok func(*Recorded) bool) {
	t.Helper()
	late := time.After(Patience)
	for {
		r.mu.Lock()
		done, changed := ok(&r.r), r.changed
		seen := fmt.Sprintf("%d received, %d refused, receipts %+v, states %+v, typing %+v", len(r.r.Received), len(r.r.Refused), r.r.Receipts, r.r.States, r.r.Typing)
		r.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("waited for: %s; there is: %s", what, seen)
		}
	}
}

// Texts is the texts of the messages that were taken, in order.
func (r *Recorder) Texts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := []string{}
	for _, m := range r.r.Received {
		out = append(out, m.Content.Text)
	}
	return out
}

// Message waits for the message with the text.
func (r *Recorder) Message(t testing.TB, text string) (found device.Inbound) {
	t.Helper()
	r.Wait(t, fmt.Sprintf("message %q", text), func(r *Recorded) bool {
		i := slices.IndexFunc(r.Received, func(m device.Inbound) bool { return m.Content.Text == text })
		if i >= 0 {
			found = r.Received[i]
		}
		return i >= 0
	})
	return found
}

// mark is how many states there are now.
func (r *Recorder) mark() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.r.States)
}

func (r *Recorder) account() (device.Account, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.r.Linked); n > 0 {
		return r.r.Linked[n-1], true
	}
	return device.Account{}, false
}

// Received takes the message, once, or refuses it.
func (r *Recorder) Received(_ context.Context, _ device.Device, m device.Inbound) (err error) {
	r.note(func() {
		if err = r.fence; err != nil {
			r.r.Denied++
			return
		}
		if r.refuse != nil {
			if err = r.refuse(m); err != nil {
				r.r.Refused = append(r.r.Refused, m)
				return
			}
		}
		key := [3]string{m.NetworkID, m.Chat.Key(), m.Sender.Key()}
		if r.seen[key] {
			r.r.Repeated++
			return
		}
		r.seen[key] = true
		r.r.Received = append(r.r.Received, m)
	})
	return err
}

// Receipts records the receipt.
func (r *Recorder) Receipts(_ context.Context, _ device.Device, x device.Receipt) error {
	r.note(func() { r.r.Receipts = append(r.r.Receipts, x) })
	return nil
}

// State records the state.
func (r *Recorder) State(_ context.Context, _ device.Device, s device.State) {
	r.note(func() { r.r.States = append(r.r.States, s) })
}

// Linked records the account, or refuses it.
func (r *Recorder) Linked(_ context.Context, _ device.Device, a device.Account) (err error) {
	r.note(func() {
		if err = r.link; err == nil {
			r.r.Linked = append(r.r.Linked, a)
		}
	})
	return err
}

// Typing records the hint.
func (r *Recorder) Typing(_ context.Context, _ device.Device, x device.Typing) {
	r.note(func() { r.r.Typing = append(r.r.Typing, x) })
}

// Same records the peer.
func (r *Recorder) Same(_ context.Context, _ device.Device, p device.Peer) error {
	r.note(func() { r.r.Same = append(r.r.Same, p) })
	return nil
}

// Fence says what FenceOff set.
func (r *Recorder) Fence(context.Context, device.Device) (err error) {
	r.note(func() {
		if err = r.fence; err != nil {
			r.r.Denied++
		}
	})
	return err
}

var (
	_ device.Sink   = (*Recorder)(nil)
	_ device.Fencer = (*Recorder)(nil)
)
