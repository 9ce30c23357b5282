package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
)

// session is one linked number. Its client outlives connections, because it knows the devices of the people we
// write to, until those are too many (crowd.go); what belongs to one connection is in conn.
type session struct {
	driver  *Driver
	device  device.Device
	sink    device.Sink
	client  *whatsmeow.Client
	clients clients // what is fetched goes the way of the device's connection
	ring    *keyring
	buffer  *eventBuffer
	people  people
	// marking lets one mark at a time go to the network.
	marking turn

	// gate is held for reading while an event is handled. Between connections conn is nil and every event that
	// still comes is refused, so that its message is not taken for processed.
	gate sync.RWMutex
	conn *conn
	// ender is conn for those who may not wait for the gate.
	ender atomic.Pointer[conn]

	present     atomic.Bool  // shows itself as online, when it is
	gone        atomic.Bool  // the keys are deleted: the session is over for good
	lockedUntil atomic.Int64 // unix ms: the end of the time-lock on new chats
	refused     refusedOnce
	held        held
	sending     atomic.Int64
	retries     mediaRetries // who waits for the phone to upload a file again
	undecrypted atomic.Int64 // messages that could not be read at first
}

// conn is one connection of a session.
type conn struct {
	*session
	ended   chan error
	online  chan struct{}
	again   chan struct{} // the network wants us to log in once more (515)
	history errand
	waiting atomic.Bool   // the network hands out what waited for us
	moved   chan struct{} // a collection of settings has moved on
	renew   chan struct{} // the client knows too many people
	unheard errand        // reads again what may have gone unheard
}

func newSession(d *Driver, dev device.Device, sink device.Sink, keys *store.Device, with clients) *session {
	s := &session{driver: d, device: dev, sink: sink, clients: with, people: people{keys.LIDs}, marking: newTurn()}
	t := newTurn()
	s.ring = &keyring{
		db: d.db, turn: t, loan: loan{turn: t}, trouble: s.end,
		fence: func(context.Context) error { return nil },
		crowd: newCrowd(),
		tidy:  tidyList{wake: make(chan struct{}, 1)},
	}
	if f, ok := sink.(device.Fencer); ok {
		s.ring.fence = func(ctx context.Context) error { return f.Fence(ctx, dev) }
	}
	s.ring.install(keys)
	s.buffer = keys.EventBuffer.(*eventBuffer)
	keys.AppState = &appStates{keys.AppState, s}
	keys.Container = &lastRites{DeviceContainer: keys.Container, session: s}
	s.client = d.client(keys, with)
	s.client.GetMessageForRetry = s.messageForRetry
	s.client.AddEventHandlerWithSuccessStatus(s.handle)
	if dev.State.Code == device.StateRestricted {
		s.lockedUntil.Store(dev.State.Until)
	}
	return s
}

// Run connects and stays until the connection is over. A request of the network to log in again, as it comes after
// linking, is followed inside.
func (s *session) Run(ctx context.Context) error {
	s.driver.crowds.sessions.Add(1)
	defer s.driver.crowds.sessions.Add(-1)
	for {
		s.sink.State(ctx, s.device, device.State{Code: device.StateConnecting, Since: s.driver.now().UnixMilli()})
		again, err := s.connect(ctx)
		if !again {
			return err
		}
	}
}

func (s *session) connect(ctx context.Context) (again bool, err error) {
	if s.gone.Load() {
		return false, &device.EndError{State: device.StateLoggedOut, Why: whyRemoved}
	}
	// What was begun is finished after ctx ended: the socket goes first.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &conn{
		session: s, ended: make(chan error, 1), online: make(chan struct{}, 1), again: make(chan struct{}, 1),
		moved: make(chan struct{}, 1), renew: make(chan struct{}, 1),
	}
	c.unheard.do = func() { c.hearAgain(work) }
	failed := map[string]bool{} // each piece of history is tried once per connection
	c.history.do = func() { c.takeHistory(work, failed) }
	s.open(c)
	defer func() {
		s.client.Disconnect()
		s.settle(cancel)
		s.open(nil)
		c.history.end()
		c.unheard.end()
		err = s.closed(ctx, err)
	}()
	if err := s.client.ConnectContext(work); err != nil {
		return false, connectError(err)
	}
	return c.stay(ctx, func() {
		c.history.call()
		c.unheard.call()
	})
}

// settle ends the work of a connection between two decryptions. The library may still be busy with messages of it.
// If one of them were decrypted while the next connection looks whether it was decrypted before, that one would
// take it for an old one and acknowledge it unseen.
func (s *session) settle(cancel context.CancelFunc) {
	_ = s.ring.turn.take(context.Background()) // can't fail without an end
	defer s.ring.turn.release()
	cancel()
}

// closed tidies up after a connection. After a logout it makes sure that the keys are gone: the library deletes
// them while the connection is already being taken down.
func (s *session) closed(ctx context.Context, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	var end *device.EndError
	if !errors.As(err, &end) || end.State != device.StateLoggedOut {
		return errors.Join(err, s.buffer.flush(ctx))
	}
	s.gone.Store(true)
	if ferr := s.driver.forgetKeys(ctx, s.device.Account); ferr != nil {
		return errors.Join(err, ferr)
	}
	return err
}

// stay waits for the end of the connection. online is called once, when the network has let us in.
func (c *conn) stay(ctx context.Context, online func()) (again bool, err error) {
	login := time.NewTimer(loginTimeout)
	defer login.Stop()
	tidy := time.NewTimer(time.Hour)
	defer tidy.Stop()
	quiet := time.NewTimer(time.Hour)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return false, nil
		case err := <-c.ended:
			return false, err
		case <-c.again:
			return true, nil
		case <-c.renew:
			return false, device.ErrReopen
		case <-login.C:
			return false, errNoLogin
		case <-c.online:
			login.Stop()
			c.sink.State(ctx, c.device, device.State{Code: device.StateOnline, Since: c.driver.now().UnixMilli()})
			c.named(ctx, c.client.Store.PushName)
			online()
		case <-c.moved:
			quiet.Reset(heardAfter)
		case <-quiet.C:
			if err := c.allHeard(ctx); err != nil {
				return false, err
			}
		case <-c.ring.tidy.wake:
			tidy.Reset(tidyAfter)
		case <-tidy.C:
			if err := c.buffer.flush(ctx); err != nil {
				return false, err
			}
		}
	}
}

// open lets events through to c, or with nil to nobody; it returns when no event of before is being handled.
func (s *session) open(c *conn) {
	s.ender.Store(c)
	s.gate.Lock()
	defer s.gate.Unlock()
	s.conn = c
}

// end closes the connection that there is, with its reason. The first reason counts.
func (s *session) end(err error) {
	if c := s.ender.Load(); c != nil {
		c.end(err)
	}
}

func (c *conn) end(err error) {
	select {
	case c.ended <- err:
	default:
	}
}

// handle is the client's only event handler. false means that the event must come again.
func (s *session) handle(evt any) (ok bool) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	c := s.conn
	if c == nil {
		return false
	}
	defer func() {
		if p := recover(); p != nil {
			s.driver.log.Error("event handler panicked", "device", s.device.ID, "event", fmt.Sprintf("%T", evt), "panic", p, "stack", string(debug.Stack()))
			c.end(errPanicked)
			ok = false
		}
	}()
	if err := endOf(evt, s.driver.now()); err != nil {
		c.end(err)
		return true
	}
	// The library hands over no context; that of the work it does in the background is as good as none.
	return c.event(s.client.BackgroundEventCtx, evt)
}

func (c *conn) event(ctx context.Context, evt any) bool {
	switch e := evt.(type) {
	case *events.Message:
		return c.message(ctx, e)
	case *events.Receipt:
		return c.receipt(ctx, e)
	case *events.UndecryptableMessage:
		c.undecryptable(ctx, e)
	case *events.MediaRetry:
		c.retries.told(e)
	case *events.ChatPresence:
		c.typing(ctx, e)
	case *events.OfflineSyncPreview:
		c.waiting.Store(e.Messages > 0 || e.Total > 0)
	case *events.OfflineSyncCompleted:
		c.waiting.Store(false)
	case *events.ManualLoginReconnect:
		signal(c.again)
	case *events.Connected:
		signal(c.online)
	case *events.NotifyAccountReachoutTimelock:
		c.timelock(ctx, e)
	case *events.PushName:
		if e.OldPushName != "" {
			c.same(ctx, peerOf(e.NewPushName, e.JID.ToNonAD(), e.JIDAlt.ToNonAD()))
		}
	case *events.PushNameSetting:
		c.named(ctx, e.Action.GetName())
	case *events.CallOffer, *events.CallOfferNotice, *events.Picture:
		if kept, ok := c.peopleEvent(ctx, evt); ok {
			return kept
		}
		return c.groupEvent(ctx, evt)
	case *events.JoinedGroup, *events.GroupInfo:
		return c.groupEvent(ctx, evt)
	default:
		if kept, ok := c.aside(ctx, evt); ok {
			return kept
		}
		return c.marked(ctx, evt)
	}
	return true
}

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// timelock reports that the account may not, or may again, write to strangers.
func (c *conn) timelock(ctx context.Context, e *events.NotifyAccountReachoutTimelock) {
	now := c.driver.now().UnixMilli()
	if !e.IsActive {
		c.lockedUntil.Store(0)
		c.sink.State(ctx, c.device, device.State{Code: device.StateOnline, Why: device.WhyLifted, Since: now})
		return
	}
	st := device.State{Code: device.StateRestricted, Why: text(e.EnforcementType, maxName), Since: now}
	if !e.TimeEnforcementEnds.IsZero() {
		st.Until = e.TimeEnforcementEnds.UnixMilli()
	}
	c.lockedUntil.Store(st.Until)
	c.sink.State(ctx, c.device, st)
}

// same reports a name or that two addresses are one. It is a hint: what is not kept comes with the next message.
func (c *conn) same(ctx context.Context, p device.Peer) {
	if len(p.Addresses) == 0 {
		return
	}
	if err := c.sink.Same(ctx, c.device, p); err != nil {
		c.driver.log.Warn("keep a name", "device", c.device.ID, "error", err)
	}
}

// named tells the account's own name when it is not the one that is known.
func (c *conn) named(ctx context.Context, name string) {
	a := account(c.client.Store)
	a.Name = text(name, maxName)
	if a.Name == "" || a.Name == c.device.Account.Name {
		return
	}
	if err := c.sink.Linked(ctx, c.device, a); err != nil {
		c.driver.log.Warn("keep the account's name", "device", c.device.ID, "error", err)
	}
}

// Undecryptable is how many messages could not be read at first since the session was opened.
func (s *session) Undecryptable() int64 { return s.undecrypted.Load() }

// messageForRetry finds a message of ours that the other side could not read.
func (s *session) messageForRetry(_, _ types.JID, id types.MessageID) *waE2E.Message {
	if s.driver.resend == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.client.BackgroundEventCtx, 10*time.Second)
	defer cancel()
	raw, ok := s.driver.resend(ctx, s.device.WorkspaceID, s.device.ID, id)
	if !ok {
		return nil
	}
	var m waE2E.Message
	if err := proto.Unmarshal(raw, &m); err != nil {
		s.driver.log.Error("read a message that is asked for again", "device", s.device.ID, "message", id, "error", err)
		return nil
	}
	return &m
}

// Unlink tells the network that this device is no more. Between connections it makes one for that.
func (s *session) Unlink(ctx context.Context) error {
	if s.gone.Load() {
		return nil
	}
	if !s.client.IsLoggedIn() && s.ender.Load() == nil {
		if err := s.client.ConnectContext(ctx); err != nil {
			return fmt.Errorf("connect to unlink: %w", err)
		}
		defer s.client.Disconnect()
		if !s.client.WaitForConnection(10 * time.Second) {
			return errNoLogin
		}
	}
	if err := s.client.Logout(ctx); err != nil && !errors.Is(err, errKeysGone) {
		return fmt.Errorf("unlink: %w", err)
	}
	s.end(&device.EndError{State: device.StateLoggedOut, Why: whyUnlinked})
	return nil
}

// errKeysGone tells the library that the keys of a device could not be deleted, when they have been.
var errKeysGone = errors.New("the keys are deleted")

// lastRites deletes a device's keys and keeps that from the library, which would exchange the stores of a client
// whose goroutines are still at work with them.
type lastRites struct {
	store.DeviceContainer
	*session
}

func (l *lastRites) DeleteDevice(ctx context.Context, keys *store.Device) error {
	if err := l.driver.deleteKeys(ctx, l.DeviceContainer, keys); err != nil {
		return err
	}
	l.gone.Store(true)
	return errKeysGone
}
