package chat

import (
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

// Typing passes on that somebody types. Who begins to type on the account's own phone takes the turn, so that the bot
// does not answer in between; a chat that we don't know has no turn to take.
func (s *Service) Typing(ctx context.Context, d device.Device, t device.Typing) error {
	it, err := s.typedIn(ctx, d, t.Chat)
	if errors.Is(err, contact.ErrNotFound) || errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if !t.FromMe {
		state := "stopped"
		if t.On {
			state = "typing"
		}
		s.live(ctx, Event{d.WorkspaceID, EventTyping, d.ID, it.ID, "", state})
		return nil
	}
	if !t.On {
		return nil
	}
	_, err = s.SetTurn(ctx, d.WorkspaceID, it.ID, TurnHuman, 0)
	return err
}

// typedIn is the chat with a peer, if there is one.
func (s *Service) typedIn(ctx context.Context, d device.Device, p device.Peer) (Item, error) {
	err := error(contact.ErrNotFound)
	for _, a := range p.Addresses {
		var c contact.Contact
		if c, err = s.contacts.Find(ctx, d.WorkspaceID, d.Channel, a); err == nil {
			return s.Find(ctx, d.WorkspaceID, d.ID, c.ID)
		}
		if !errors.Is(err, contact.ErrNotFound) {
			break
		}
	}
	return Item{}, err
}
