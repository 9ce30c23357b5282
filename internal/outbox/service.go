package outbox

import (
	"context"
	"log/slog"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
)

// Config is what a Service works with. Every field may be left out.
type Config struct {
	// NewNetworkID makes message ids in the form of a device's channel; nil makes UUIDs.
	NewNetworkID func(d device.Device) string
	// Governor decides when sends go; nil is StateGovernor.
	Governor Governor
	// Now tells the time; nil is time.Now.
	Now func() time.Time
	// Poll is how often an idle runner looks for sends that another node enqueued; 0 is 2 s on PostgreSQL and a
	// minute on SQLite, where every send is of this process.
	Poll time.Duration
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
	conf    Config
	log     *slog.Logger
	runners *runners
}

// New makes the service; nothing runs until Start.
func New(d *db.DB, c Config) *Service { return newService(d, c) }

// Enqueue writes a send in the caller's transaction, or in one of its own, and wakes the device's runner after the
// commit. The network id is given now, so that however often it is tried the receiver sees one message.
func (s *Service) Enqueue(ctx context.Context, n Draft) (Send, error) { return s.enqueue(ctx, n) }

// Get returns one send with its raw form. ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID, id string) (Send, error) {
	return s.get(ctx, workspaceID, id)
}

// GetByNetworkID returns one send with its raw form, for a network that asks for it again. ErrNotFound.
func (s *Service) GetByNetworkID(ctx context.Context, workspaceID, deviceID, networkID string) (Send, error) {
	return s.getByNetworkID(ctx, workspaceID, deviceID, networkID)
}

// Cancel takes back a send that waits (queued or held). Cancelling twice is fine. ErrUnderway when a runner has it or
// it is done, ErrNotFound.
func (s *Service) Cancel(ctx context.Context, workspaceID, id string) (Send, error) {
	return s.cancel(ctx, workspaceID, id)
}

// Receipt applies a delivered, read or played receipt to the sends that it names and returns the network ids that are
// no sends of ours. States only go forward; a receipt may come before the send is marked as sent.
func (s *Service) Receipt(ctx context.Context, d device.Device, r device.Receipt) (unknown []string, err error) {
	return s.receipt(ctx, d, r)
}

// Start runs the device's sends over its session, under the lease of that epoch, until Stop. Sends that an older
// epoch had claimed go again first, with the same network ids. Started again, it replaces the older session.
func (s *Service) Start(d device.Device, session device.Session, epoch int64) {
	s.runners.start(d, session, epoch)
}

// Stop ends the device's runner after the send that is on the wire and waits for it. Without a runner it does nothing.
func (s *Service) Stop(deviceID string) { s.runners.stop(deviceID) }

// Update tells the runner that the device's state or settings are new. Without a runner it does nothing.
func (s *Service) Update(d device.Device) { s.runners.update(d) }

// MarkRead sends read receipts as soon as the runner is between two sends. They are a courtesy: without a runner, or
// when the process ends before, they are not sent.
func (s *Service) MarkRead(deviceID string, m ReadMark) { s.runners.markRead(deviceID, m) }

// ReadMark names messages of one sender in one chat that were read here.
type ReadMark struct {
	Chat       device.Peer
	Sender     device.Peer
	NetworkIDs []string
}
