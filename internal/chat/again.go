package chat

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// ErrNotOurs is for a message that was never ours to send.
var ErrNotOurs = fault.New(fault.Conflict, "message_not_sent_here", fault.Text{
	ID: "Pesan ini tidak dikirim dari sini.", EN: "This message was not sent from here.",
})

// Retry sends a message of ours again that failed, under the network id that it has: should the failed attempt have
// arrived after all, it is not there twice. ErrMessageNotFound, ErrNotOurs, outbox.ErrNotFailed.
func (s *Service) Retry(ctx context.Context, workspaceID, messageID string) (Message, error) {
	return s.resend(ctx, workspaceID, messageID, func(ctx context.Context, m Message) error {
		_, err := s.outbox.Retry(ctx, workspaceID, m.SendID)
		return err
	})
}

// Cancel takes back a message of ours that waits; it stays in its chat as cancelled. Twice is fine. ErrMessageNotFound,
// ErrNotOurs, outbox.ErrUnderway.
func (s *Service) Cancel(ctx context.Context, workspaceID, messageID string) (Message, error) {
	return s.resend(ctx, workspaceID, messageID, func(ctx context.Context, m Message) error {
		_, err := s.outbox.Cancel(ctx, workspaceID, m.SendID)
		return err
	})
}

// resend does something about a message's send and returns the message as it is then.
func (s *Service) resend(ctx context.Context, workspaceID, messageID string, do func(context.Context, Message) error) (m Message, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if m, err = s.store.message(ctx, workspaceID, messageID); err != nil {
			return err
		}
		if m.DeletedAt > 0 {
			return ErrMessageNotFound
		}
		if m.SendID == "" {
			return ErrNotOurs
		}
		if err := do(ctx, m); err != nil {
			return err
		}
		m, err = s.store.message(ctx, workspaceID, messageID)
		return err
	})
	return m, err
}

// Compose makes the content of what somebody says. ctx is of their request; whatever has to be fetched is fetched here.
// The content can be posted later.
func (s *Service) Compose(ctx context.Context, what Said) (device.Content, error) {
	c, err := api{s}.content(ctx, what)
	if err != nil {
		return c, err
	}
	return c, checkContent(c)
}
