package device

import (
	"context"
	"errors"
)

// StatusUpdate is a post that its writer's contacts see for a day.
type StatusUpdate struct {
	NetworkID string // with Sender it names the update
	Sender    Peer   // who posted; empty Addresses with FromMe
	FromMe    bool
	At        int64   // unix ms, the network's clock
	Content   Content // KindRevoke takes the sender's own update Target back
}

// StatusSink is a Sink that is told of status updates: others' and those that the account's own phone posts. Nil only
// when it is durable; the same may come again.
type StatusSink interface {
	StatusSeen(ctx context.Context, d Device, u StatusUpdate) error
}

// StatusDeleter is a session that can take back a status update of its account. Twice is fine; so is one that is older
// than a day.
type StatusDeleter interface {
	DeleteStatus(ctx context.Context, networkID string) error
}

// StatusHeard is a status update that a device of ours saw.
type StatusHeard struct {
	Device Device
	Update StatusUpdate
}

// StatusSeen commits a status update; what can't be taken in is logged and dropped.
func (k sink) StatusSeen(ctx context.Context, d Device, u StatusUpdate) error {
	return k.told(ctx, d, "a status update", func(ctx context.Context, d Device) error {
		return k.s.Statuses.Fire(ctx, StatusHeard{d, u})
	})
}

// told commits what a session tells beside messages; what can't be taken in is logged and dropped.
func (k sink) told(ctx context.Context, d Device, what string, fire func(context.Context, Device) error) error {
	err := k.s.persist(ctx, func(ctx context.Context) error {
		d, err := k.holder(ctx, d)
		if err != nil {
			return err
		}
		return fire(ctx, d)
	})
	if errors.Is(err, errPoison) {
		k.s.log.Error("drop what a session tells", "device", d.ID, "what", what, "error", err)
		return nil
	}
	return err
}

var _ StatusSink = sink{}

// StatusPoster is a session that can post a status update, which the account's contacts see for a day. The same
// networkID is the same update.
type StatusPoster interface {
	PostStatus(ctx context.Context, networkID string, c Content) (Sent, error)
}
