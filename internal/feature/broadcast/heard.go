package broadcast

import (
	"cmp"
	"context"
	"errors"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// attributed is for how long after they got it what people write counts as an answer to a broadcast.
const attributed = int64(7 * 24 * 60 * 60 * 1000)

// SendChanged is for outbox.Service.Changed: the ledger says what the send's own row says, in the same transaction.
func (s *Service) SendChanged(ctx context.Context, ch outbox.Change) error {
	send := ch.Send
	if send.Batch.ID == "" || ch.From == "" {
		return nil
	}
	db.AfterCommit(ctx, func() { s.feed.moved(send) })
	_, err := s.step(ctx, send.WorkspaceID, send.Batch.ID, send.Batch.N, func(r *Recipient) { r.follow(send, s.now()) })
	if errors.Is(err, ErrNotFound) { // the broadcast was deleted
		return nil
	}
	return err
}

// follow takes over what became of a send.
func (r *Recipient) follow(send outbox.Send, now int64) {
	r.SentAt, r.DeliveredAt, r.ReadAt = max(r.SentAt, send.SentAt), max(r.DeliveredAt, send.DeliveredAt), max(r.ReadAt, send.ReadAt)
	r.SentAt = cmp.Or(r.SentAt, r.DeliveredAt, r.ReadAt) // a receipt that is faster than the network's ack: nobody tells of that any more
	if r.Status == Replied || r.Status == OptedOut {
		return // what they wrote says more than a receipt
	}
	to := map[outbox.State]Status{
		outbox.StateQueued: Queued, outbox.StateHeld: Queued, outbox.StateClaimed: Claimed, outbox.StateSent: Sent,
		outbox.StateDelivered: Delivered, outbox.StateRead: Read, outbox.StateFailed: FailedTo, outbox.StateSkipped: Skipped,
		outbox.StateCancelled: TakenBack,
	}[send.State]
	if to == "" {
		return
	}
	r.Status, r.Code, r.At = to, send.Code, now
}

// step moves one recipient and its tally; edit changes it. false when that changed nothing. ErrNotFound.
func (s *Service) step(ctx context.Context, workspaceID, broadcastID string, n int64, edit func(*Recipient)) (bool, error) {
	for {
		was, err := s.store.recipient(ctx, workspaceID, broadcastID, n)
		if err != nil {
			return false, err
		}
		r := was
		edit(&r)
		if r.Status == was.Status && r.Code == was.Code && r.SentAt == was.SentAt && r.DeliveredAt == was.DeliveredAt && r.ReadAt == was.ReadAt {
			return false, nil
		}
		ok, err := s.store.move(ctx, workspaceID, broadcastID, r, was.Status)
		if err != nil {
			return false, err
		}
		if !ok {
			continue // it has moved since it was read
		}
		if r.Status == was.Status {
			return true, nil
		}
		t := tallies{}
		t.add(slotOf(n), r.Variant, was.Status, -1)
		t.add(slotOf(n), r.Variant, r.Status, 1)
		return true, s.store.count(ctx, workspaceID, broadcastID, t)
	}
}

// place names a recipient.
type place struct {
	broadcastID string
	n           int64
}

const selectAnswered = `SELECT broadcast_id, n FROM broadcast_recipients WHERE workspace_id = $1 AND person = $2 AND sent_at > $3
	AND state IN ('sent', 'delivered', 'read', 'replied') ORDER BY sent_at DESC LIMIT 1`

// latest is the newest broadcast that a contact got; false for none.
func (st store) latest(ctx context.Context, workspaceID, contactID string, since int64) (p place, ok bool, err error) {
	rows, err := st.db.Query(ctx, selectAnswered, workspaceID, contactID, since)
	list, err := dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (p place, err error) {
		err = r.Scan(&p.broadcastID, &p.n)
		return p, err
	}, err).AsList()
	if err != nil || len(list) == 0 {
		return p, false, err
	}
	return list[0], true, nil
}

// Arrived is for chat.Service.Arrived: who writes after a broadcast has answered it.
func (s *Service) Arrived(ctx context.Context, a chat.Arrived) error {
	if a.Message.FromMe || a.Chat.Group || a.Origin == device.OriginHistory || a.Message.Content.Kind.Modifies() {
		return nil
	}
	return s.answered(ctx, a.Chat.WorkspaceID, a.Contact.ID, func(r *Recipient) {
		if r.Status != Replied && r.Status != OptedOut {
			r.Status, r.RepliedAt, r.At = Replied, a.Message.At, s.now()
		}
	})
}

// ConsentChanged is for contact.Service.ConsentChanged: who asked for no more after a broadcast did so because of it.
func (s *Service) ConsentChanged(ctx context.Context, c contact.ConsentChange) error {
	if c.Entry.State != contact.ConsentOut || c.Entry.Source != contact.ConsentByContact {
		return nil
	}
	return s.answered(ctx, c.Contact.WorkspaceID, c.Contact.ID, func(r *Recipient) {
		r.Status, r.OptedOutAt, r.At = OptedOut, c.Entry.At, s.now()
	})
}

func (s *Service) answered(ctx context.Context, workspaceID, contactID string, edit func(*Recipient)) error {
	p, ok, err := s.store.latest(ctx, workspaceID, contactID, s.now()-attributed)
	if err != nil || !ok {
		return err
	}
	_, err = s.step(ctx, workspaceID, p.broadcastID, p.n, edit)
	return err
}

const mergeRecipients = `UPDATE broadcast_recipients SET person = $3 WHERE workspace_id = $1 AND person = $2 AND NOT EXISTS
	(SELECT 1 FROM broadcast_recipients o WHERE o.workspace_id = $1 AND o.person = $3 AND o.broadcast_id = broadcast_recipients.broadcast_id)`

// Merged is for contact.Service.Merged. In a broadcast that has both, the one that is gone keeps its row; if it was not
// fed yet, it is left out as a double.
func (s *Service) Merged(ctx context.Context, m contact.Merge) error {
	if _, err := s.DB.Exec(ctx, mergeRecipients, m.WorkspaceID, m.Gone.ID, m.Kept.ID); err != nil {
		return err
	}
	return s.leaveOut(ctx, m.WorkspaceID, m.Gone.ID, "duplicate")
}

const selectOfPerson = `SELECT broadcast_id, n FROM broadcast_recipients WHERE workspace_id = $1 AND person = $2`

// leaveOut skips somebody wherever they were not fed yet.
func (s *Service) leaveOut(ctx context.Context, workspaceID, person, code string) error {
	list, err := s.places(ctx, workspaceID, person)
	if err != nil {
		return err
	}
	for _, p := range list {
		if _, err := s.step(ctx, workspaceID, p.broadcastID, p.n, func(r *Recipient) {
			if r.Status == statusPlanned {
				r.Status, r.Code, r.At = Skipped, code, s.now()
			}
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) places(ctx context.Context, workspaceID, person string) ([]place, error) {
	rows, err := s.DB.Query(ctx, selectOfPerson, workspaceID, person)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (p place, err error) {
		err = r.Scan(&p.broadcastID, &p.n)
		return p, err
	}, err).AsList()
}

const eraseRecipients = `UPDATE broadcast_recipients SET person = 'erased/' || n, phone = '', vars = '' WHERE workspace_id = $1 AND person = $2`

// EraseContact is for contact.Service.Deleted: the ledger keeps that somebody got a message, and nothing of who it was.
func (s *Service) EraseContact(ctx context.Context, c contact.Contact) error {
	if err := s.leaveOut(ctx, c.WorkspaceID, c.ID, "contact_deleted"); err != nil {
		return err
	}
	_, err := s.DB.Exec(ctx, eraseRecipients, c.WorkspaceID, c.ID)
	return err
}
