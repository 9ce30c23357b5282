// Package devicetest owns what drivers and the users of devices are tested with: a conformance suite for drivers,
// and Loopback, a network in memory.
package devicetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/pingcrm/pingcrm/internal/device"
)

// LoopbackChannel is the channel of Loopback's devices.
const LoopbackChannel = "loopback"

// ErrAckLost has, when a Fail function returns it, the network take the message without its sender hearing of it.
var ErrAckLost = errors.New("the acknowledgement was lost")

// Loopback is a messaging network in memory, and the driver that speaks to it. What the network holds for a device
// outlives its sessions: messages wait until they are acknowledged. The controls name a device by its ID.
// All methods are safe for concurrent use.
type Loopback struct {
	mu      sync.Mutex
	changed chan struct{} // closed and made anew whenever something happened
	lines   map[string]*line
	codes   map[string]chan device.Account
	gate    string // see Gate
	fail    func(device.Device, device.Outgoing) error
	media   map[string][]byte // by device.Media.Remote
	fetched int
}

// line is what the network knows of one linked device.
type line struct {
	linked  bool
	session *session
	queue   []item
	taken   []device.Outgoing
	ids     map[string]bool
	read    []device.Receipt
	typed   []device.Typing
	shown   []device.Presence
}

// item is one thing that waits for the device.
type item struct {
	message *device.Inbound
	receipt *device.Receipt
	same    *device.Peer
	waiting bool // was queued while the device was away
}

// NewLoopback makes an empty network.
func NewLoopback() *Loopback {
	return &Loopback{changed: make(chan struct{}), lines: map[string]*line{}, codes: map[string]chan device.Account{}}
}

// update changes the network's state and wakes everybody who waits for a change.
func (l *Loopback) update(fn func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fn()
	close(l.changed)
	l.changed = make(chan struct{})
}

// wait blocks until ready, called with the network locked, is true.
func (l *Loopback) wait(ctx context.Context, ready func() bool) error {
	for {
		l.mu.Lock()
		ok, changed := ready(), l.changed
		l.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// line is the device's line; the network must be locked.
func (l *Loopback) line(id string) *line {
	if l.lines[id] == nil {
		l.lines[id] = &line{ids: map[string]bool{}}
	}
	return l.lines[id]
}

// Scan links the device that shows the code, as the owner of the account would.
func (l *Loopback) Scan(ctx context.Context, code string, a device.Account) error {
	l.mu.Lock()
	ch := l.codes[code]
	l.mu.Unlock()
	if ch == nil {
		return fmt.Errorf("no device shows the code %q", code)
	}
	select {
	case ch <- a:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Write has somebody write to the device (or its own phone, with FromMe). An empty NetworkID is filled; it is returned.
// The message is delivered until the device acknowledges it.
func (l *Loopback) Write(deviceID string, m device.Inbound) string {
	if m.NetworkID == "" {
		m.NetworkID = uuid.NewString()
	}
	l.push(deviceID, item{message: &m})
	return m.NetworkID
}

// WriteText has the person with a phone number write a text, as Write.
func (l *Loopback) WriteText(deviceID, phone, name, text string, at int64) string {
	p := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: phone}}, Name: name}
	return l.Write(deviceID, device.Inbound{Chat: p, Sender: p, At: at, Content: device.Content{Kind: device.KindText, Text: text}})
}

// Confirm has a receipt delivered until the device acknowledges it.
func (l *Loopback) Confirm(deviceID string, r device.Receipt) { l.push(deviceID, item{receipt: &r}) }

// Introduce has the device learn that addresses are one person's.
func (l *Loopback) Introduce(deviceID string, p device.Peer) { l.push(deviceID, item{same: &p}) }

func (l *Loopback) push(deviceID string, i item) {
	l.update(func() {
		line := l.line(deviceID)
		i.waiting = line.session == nil
		line.queue = append(line.queue, i)
	})
}

// Type shows the device that somebody types, if it is connected.
func (l *Loopback) Type(ctx context.Context, deviceID string, t device.Typing) {
	l.mu.Lock()
	s := l.line(deviceID).session
	l.mu.Unlock()
	if s != nil {
		s.sink.Typing(ctx, s.d, t)
	}
}

// Fail decides about every send from now on: nil takes it, an error refuses it with that error, ErrAckLost takes it
// and loses the answer. It may block. A nil function takes everything.
func (l *Loopback) Fail(fn func(d device.Device, m device.Outgoing) error) {
	l.update(func() { l.fail = fn })
}

// Upload puts a file on the network, for a message that somebody writes.
func (l *Loopback) Upload(mime string, data []byte) *device.Media {
	remote := uuid.NewString()
	l.update(func() {
		if l.media == nil {
			l.media = map[string][]byte{}
		}
		l.media[remote] = data
	})
	return &device.Media{MIME: mime, Size: int64(len(data)), Remote: []byte(remote)}
}

// Fetched is how many downloads there were.
func (l *Loopback) Fetched() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fetched
}

// Drop cuts the device's connection; why is what Run returns.
func (l *Loopback) Drop(deviceID string, why error) {
	l.update(func() {
		line := l.line(deviceID)
		var end *device.EndError
		if errors.As(why, &end) && end.State == device.StateLoggedOut {
			line.linked = false
		}
		if line.session != nil {
			line.session.end(why)
			line.session = nil
		}
	})
}

// Report has the device's session report a state, such as a restriction.
func (l *Loopback) Report(ctx context.Context, deviceID string, st device.State) {
	l.mu.Lock()
	s := l.line(deviceID).session
	l.mu.Unlock()
	if s != nil {
		s.sink.State(ctx, s.d, st)
	}
}

// Taken is everything the network has taken from the device, in order, each network id once.
func (l *Loopback) Taken(deviceID string) []device.Outgoing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.line(deviceID).taken)
}

// AwaitTaken waits until the network has taken n messages from the device.
func (l *Loopback) AwaitTaken(ctx context.Context, deviceID string, n int) ([]device.Outgoing, error) {
	err := l.wait(ctx, func() bool { return len(l.line(deviceID).taken) >= n })
	got := l.Taken(deviceID)
	if err != nil {
		return got, fmt.Errorf("the network took %d messages, waited for %d: %w", len(got), n, err)
	}
	return got, nil
}

// Read is every read receipt that the device sent.
func (l *Loopback) Read(deviceID string) []device.Receipt {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.line(deviceID).read)
}

// Typed is every sign of typing that the device sent.
func (l *Loopback) Typed(deviceID string) []device.Typing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.line(deviceID).typed)
}

// AwaitShown waits until the device has said n times whether its account is online, and returns what it said.
func (l *Loopback) AwaitShown(ctx context.Context, deviceID string, n int) ([]device.Presence, error) {
	err := l.wait(ctx, func() bool { return len(l.line(deviceID).shown) >= n })
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.line(deviceID).shown), err
}

// Settle waits until the device has acknowledged everything that was written to it.
func (l *Loopback) Settle(ctx context.Context, deviceID string) error {
	err := l.wait(ctx, func() bool { return len(l.line(deviceID).queue) == 0 })
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		return fmt.Errorf("%d things are not acknowledged: %w", len(l.line(deviceID).queue), err)
	}
	return nil
}

// AwaitConnected waits until the device has a connection.
func (l *Loopback) AwaitConnected(ctx context.Context, deviceID string) error {
	return l.wait(ctx, func() bool { return l.line(deviceID).session != nil })
}

// AwaitDisconnected waits until the device has none.
func (l *Loopback) AwaitDisconnected(ctx context.Context, deviceID string) error {
	return l.wait(ctx, func() bool { return l.line(deviceID).session == nil })
}

// Linked reports whether the network knows the device.
func (l *Loopback) Linked(deviceID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.line(deviceID).linked
}
