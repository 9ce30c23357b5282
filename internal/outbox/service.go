package outbox

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/outbox/giveway"
)

// patience is how long a send that fails is tried again, counted from when it was to go first.
const patience = 24 * time.Hour

// maxText is the longest text of a message in bytes, see device.Content.
const maxText = 65536

// Config is what a Service works with. Every field may be left out.
type Config struct {
	// NewNetworkID makes message ids in the form of a device's channel; nil makes UUIDs.
	NewNetworkID func(d device.Device) string
	// Governor decides when sends go; nil is StateGovernor.
	Governor Governor
	// OptedOut returns those of a workspace's contacts who want no messages that nobody asked for: what goes to them on
	// LaneFollowUp or LaneBroadcast is skipped. nil: everybody wants them.
	OptedOut func(ctx context.Context, workspaceID string, contactIDs []string) ([]string, error)
	// Stopped says, in the transaction that would claim them, what becomes of a batch's sends; nil: all go. With it a pause
	// holds from its commit on, also for what comes back from a node that died.
	Stopped func(ctx context.Context, workspaceID, batch string) (Stop, error)
	// Now tells the time; nil is time.Now.
	Now func() time.Time
	// Steady is a time that does not jump when Now does; nil is Now.
	Steady func() time.Time
	// Poll is how often an idle runner looks for sends that another node enqueued; 0 is 2 s on PostgreSQL and a
	// minute on SQLite, where every send is of this process.
	Poll time.Duration
	// SendTimeout is how long a session may take for one send before it is tried again; 0 is 75 s.
	SendTimeout time.Duration
	// Backoff is the pause before the second attempt, doubled with each one up to 5 minutes, ±50 %; 0 is 2 s.
	Backoff time.Duration
	// Log; nil discards.
	Log *slog.Logger
}

// Service keeps the sends of all workspaces and runs those of the devices that are online on this node.
type Service struct {
	// Changed fires in the transaction of every step of a send, its making included (From is "").
	Changed hook.Tx[Change]
	// Taken fires in the transaction that marks a send as sent, before Changed, with the network's own words.
	Taken hook.Tx[Taken]

	db      *db.DB
	store   store
	conf    Config
	log     *slog.Logger
	runners *runners
	traffic *traffic
}

// New makes the service; nothing runs until Start.
func New(d *db.DB, c Config) *Service {
	if c.NewNetworkID == nil {
		c.NewNetworkID = func(device.Device) string { return uuid.NewString() }
	}
	if c.Governor == nil {
		c.Governor = StateGovernor{}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Steady == nil {
		c.Steady = c.Now
	}
	if c.Poll == 0 {
		c.Poll = time.Minute
		if d.Postgres() {
			c.Poll = 2 * time.Second
		}
	}
	if c.SendTimeout == 0 {
		c.SendTimeout = 75 * time.Second
	}
	if c.Backoff == 0 {
		c.Backoff = 2 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{db: d, store: store{d}, conf: c, log: c.Log}
	s.runners = &runners{s: s, byDevice: map[string]*runner{}}
	s.traffic = newTraffic(giveway.Usual(), s.runners.count)
	return s
}

// Module lists the package in the program; its Run ends when every runner has stopped.
func Module(s *Service) module.Module {
	return module.Module{Name: "outbox", Upgrades: upgrades(), Run: func(ctx context.Context) error {
		<-ctx.Done()
		s.runners.close()
		return nil
	}}
}

// Forget deletes the sends of a device that is being deleted.
func (s *Service) Forget(ctx context.Context, d device.Device) error {
	return s.store.forget(ctx, d.WorkspaceID, d.ID)
}

func (s *Service) now() int64 { return s.conf.Now().UnixMilli() }

// ahead is how far the clock is ahead of the one that does not jump.
func (s *Service) ahead() int64 { return s.conf.Now().Sub(s.conf.Steady()).Milliseconds() }

// Enqueue writes a send in the caller's transaction, or in one of its own, and wakes the device's runner after the
// commit. The network id is given now, so that however often it is tried the receiver sees one message. One that nobody
// asked for, to somebody who has opted out, is written as skipped.
func (s *Service) Enqueue(ctx context.Context, n Draft) (Send, error) {
	if n.Content.Kind == "" || len(n.Content.Text) > maxText {
		return Send{}, ErrContent
	}
	now := s.now()
	n.Content.Text = db.Text(n.Content.Text)
	send := Send{
		ID: cmp.Or(n.ID, id.New()), WorkspaceID: n.Device.WorkspaceID, DeviceID: n.Device.ID, ChatID: n.ChatID, ContactID: n.ContactID,
		Lane: n.Lane, State: StateQueued, NotBefore: n.NotBefore, Deadline: max(now, n.NotBefore) + patience.Milliseconds(),
		NetworkID: s.conf.NewNetworkID(n.Device), To: n.To, Content: n.Content, Typing: n.Typing.Truncate(time.Millisecond),
		Cold: n.Cold, WroteAt: n.WroteAt, Batch: n.Batch, CreatedAt: now,
	}
	if send.Lane < LaneFollowUp {
		s.traffic.spoke()
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		left, err := s.leavers(ctx, send.WorkspaceID, send)
		if err != nil {
			return err
		}
		if len(left) > 0 {
			send.State, send.Code, send.NotBefore = StateSkipped, CodeOptedOut, 0
		}
		if err := s.store.insert(ctx, send, send.NotBefore <= now); err != nil {
			return err
		}
		if send.State == StateQueued {
			db.AfterCommit(ctx, func() { s.runners.hand(send) })
		}
		return s.Changed.Fire(ctx, Change{Send: send})
	})
	return send, err
}

// Get returns one send with its raw form. ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID, id string) (Send, error) {
	return s.store.get(ctx, workspaceID, id)
}

// GetByNetworkID returns one send with its raw form, for a network that asks for it again. ErrNotFound.
func (s *Service) GetByNetworkID(ctx context.Context, workspaceID, deviceID, networkID string) (Send, error) {
	return s.store.getByNetworkID(ctx, workspaceID, deviceID, networkID)
}

// Cancel takes back a send that waits (queued or held). Cancelling twice is fine. ErrUnderway when a runner has it or
// it is done, ErrNotFound.
func (s *Service) Cancel(ctx context.Context, workspaceID, id string) (send Send, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if send, err = s.store.get(ctx, workspaceID, id); err != nil || send.State == StateCancelled {
			return err
		}
		from := send.State
		if from != StateQueued && from != StateHeld {
			return ErrUnderway
		}
		ok, err := s.store.cancel(ctx, send)
		if err != nil || !ok {
			return orUnderway(err)
		}
		send.State, send.Raw = StateCancelled, nil
		return s.Changed.Fire(ctx, Change{Send: send, From: from})
	})
	return send, err
}

func orUnderway(err error) error {
	if err != nil {
		return err
	}
	return ErrUnderway
}

// Move gives a send that was made for a chat which became part of another to that other chat and its contact.
func (s *Service) Move(ctx context.Context, workspaceID, id, chatID, contactID string) error {
	return s.store.move(ctx, workspaceID, id, chatID, contactID)
}

// Receipt applies a delivered, read or played receipt to the sends that it names and returns the network ids that are
// no sends of ours. States only go forward; a receipt may come before the send is marked as sent, and even after it
// was given up: it proves the delivery. In a group the first member's receipt counts for all.
func (s *Service) Receipt(ctx context.Context, d device.Device, r device.Receipt) (unknown []string, err error) {
	to := StateDelivered
	switch r.Kind {
	case device.ReceiptRead, device.ReceiptPlayed:
		to = StateRead
	case device.ReceiptDelivered:
	default:
		return r.NetworkIDs, nil
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		unknown = nil
		for _, nid := range r.NetworkIDs {
			known, err := s.advance(ctx, d, nid, to, r.At)
			if err != nil {
				return err
			}
			if !known {
				unknown = append(unknown, nid)
			}
		}
		return nil
	})
	return unknown, err
}

// advance moves one send on to delivered or read; false when it is none of ours.
func (s *Service) advance(ctx context.Context, d device.Device, networkID string, to State, at int64) (bool, error) {
	if at <= 0 {
		at = s.now()
	}
	for {
		send, err := s.store.getByNetworkID(ctx, d.WorkspaceID, d.ID, networkID)
		if isNotFound(err) {
			return false, nil
		}
		if err != nil || rank(send.State) >= rank(to) {
			return true, err
		}
		from := send.State
		send.State, send.Code, send.Why, send.Raw = to, "", "", nil
		if send.DeliveredAt == 0 {
			send.DeliveredAt = at
		}
		if to == StateRead {
			send.ReadAt = at
		}
		ok, err := s.store.receipt(ctx, send, from)
		if err != nil {
			return true, err
		}
		if ok { // else it has moved since it was read: look again
			return true, s.Changed.Fire(ctx, Change{Send: send, From: from})
		}
	}
}

// rank orders the states that receipts lead along; everything before sent is equal to it.
func rank(s State) int {
	switch s {
	case StateDelivered:
		return 1
	case StateRead:
		return 2
	default:
		return 0
	}
}

// Start runs the device's sends over its session, under the lease of that epoch, until Stop. Sends that an older
// epoch had claimed go again first, with the same network ids. Started again, it replaces the older session.
func (s *Service) Start(d device.Device, session device.Session, epoch int64) {
	s.runners.start(d, session, epoch)
}

// Stop ends the device's runner after the send that is on the wire and waits for it. Without a runner it does nothing.
func (s *Service) Stop(deviceID string) { s.runners.stop(deviceID) }

// Update tells the runner that the device's state or settings are new. Without a runner it does nothing.
func (s *Service) Update(d device.Device) {
	if r := s.runners.get(d.ID); r != nil {
		r.update(d)
	}
}

// Reconsider has everything that waits on a device looked at again, because it may go now. Without a runner it does
// nothing.
func (s *Service) Reconsider(deviceID string) {
	if r := s.runners.get(deviceID); r != nil {
		r.reconsider()
	}
}

// Past is what counted against a budget of the device since then, the newest first, at most limit.
func (s *Service) Past(ctx context.Context, workspaceID, deviceID string, since int64, limit int) ([]Went, error) {
	return s.store.past(ctx, workspaceID, deviceID, since, limit)
}

// MarkRead sends read receipts as soon as the runner is between two sends. They are a courtesy: without a runner, or
// when the process ends before, they are not sent.
func (s *Service) MarkRead(deviceID string, m ReadMark) {
	if r := s.runners.get(deviceID); r != nil {
		r.markRead(m)
	}
}

// ReadMark names messages of one sender in one chat that were read here.
type ReadMark struct {
	Chat       device.Peer
	Sender     device.Peer
	NetworkIDs []string
}
