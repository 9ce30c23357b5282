package app

import (
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/governor"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// keepPace has the governor hear of what tells how a number stands.
func (a *App) keepPace() {
	a.Outbox.Taken.Add("governor", a.Governor.Taken)
	a.Outbox.Changed.Add("governor", a.Governor.SendChanged)
	a.Devices.StateChanged.Add("governor", a.Governor.StateChanged)
	a.Devices.Changed.Add("governor", a.Governor.DeviceChanged)
	a.Devices.Deleted.Add("governor", a.Governor.Forget)
	a.Chats.Arrived.Add("governor", func(ctx context.Context, e chat.Arrived) error {
		if !e.Message.FromMe && e.Origin != device.OriginHistory {
			a.Governor.Heard(ctx, e.Device, e.Chat.ID, e.Message.At)
		}
		return nil
	})
	a.Contacts.ConsentChanged.Add("governor", func(ctx context.Context, c contact.ConsentChange) error {
		if c.Entry.State == contact.ConsentOut {
			a.Governor.OptedOut(ctx, c.Contact.WorkspaceID, c.Contact.ID)
		}
		return nil
	})
	a.Governor.Changed.Add("event", event.Listener{Log: a.Events, People: a.Contacts}.HealthChanged)
}

// reacted says who has answered and who has opted out since they were written to.
func (a *App) reacted(ctx context.Context, workspaceID string, asked []outbox.Went) ([]governor.Reaction, error) {
	out := make([]governor.Reaction, len(asked))
	for i, w := range asked {
		item, err := a.Chats.Get(ctx, workspaceID, w.ChatID)
		if err != nil && !errors.Is(err, chat.ErrNotFound) {
			return nil, err
		}
		card, err := a.Contacts.Card(ctx, workspaceID, w.ContactID)
		if err != nil && !errors.Is(err, contact.ErrNotFound) {
			return nil, err
		}
		out[i] = governor.Reaction{
			Replied: item.InboundAt > w.At, OptedOut: card.Consent == contact.ConsentOut && card.ConsentAt > w.At,
		}
	}
	return out, nil
}
