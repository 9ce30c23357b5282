package chat

import (
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// maxReceipts bounds how many messages are told to be read at once.
const maxReceipts = 100

// MarkRead sets the unread count to 0 and sends read receipts for what was unread. Twice is fine.
func (s *Service) MarkRead(ctx context.Context, workspaceID, chatID string) (c Chat, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		item, err := s.store.item(ctx, workspaceID, chatID)
		if err != nil {
			return err
		}
		d, err := s.conf.Devices.Get(ctx, workspaceID, item.DeviceID)
		if err != nil {
			return err
		}
		c = item.Chat
		c.Unread, c.MarkedUnread = 0, false
		if item.MarkedUnread {
			return s.readAll(ctx, d, item)
		}
		return s.read(ctx, d, item)
	})
	return c, err
}

// read marks what is unread in a chat as read.
func (s *Service) read(ctx context.Context, d device.Device, item Item) error {
	if item.Unread == 0 {
		return nil
	}
	list, err := s.store.newest(ctx, item.WorkspaceID, item.Chat.ID, min(item.Unread, maxReceipts))
	if err != nil {
		return err
	}
	return s.readNow(ctx, d, item, list)
}

// isReadable reports whether a message can have been read, so that its sender may be told so.
func isReadable(m Message) bool {
	return m.Content.Kind != device.KindUnreadable && !m.Content.Kind.Noted()
}

// readNow clears the unread count and has read receipts sent for list after the commit, one per sender.
func (s *Service) readNow(ctx context.Context, d device.Device, item Item, list []Message) error {
	was, err := s.store.clearUnread(ctx, item.WorkspaceID, item.Chat.ID)
	if err != nil {
		return err
	}
	if item.Chat.Unread = 0; was {
		if err := s.Cleared.Fire(ctx, item.Chat); err != nil {
			return err
		}
	}
	where, err := s.contacts.PeerOf(ctx, item.Contact, d.Channel)
	if err != nil {
		return err
	}
	bySender := map[string][]string{}
	for _, m := range list {
		if !isReadable(m) {
			continue
		}
		bySender[m.SenderID] = append(bySender[m.SenderID], m.NetworkID)
	}
	for senderID, ids := range bySender {
		sender := where
		if senderID != item.Contact.ID {
			if sender, err = s.contacts.Peer(ctx, item.WorkspaceID, d.Channel, senderID); errors.Is(err, contact.ErrNotFound) {
				continue
			} else if err != nil {
				return err
			}
		}
		db.AfterCommit(ctx, func() {
			s.outbox.MarkRead(d.ID, outbox.ReadMark{Chat: where, Sender: sender, NetworkIDs: ids})
		})
	}
	return nil
}

// Receipts applies a receipt: to our sends, to messages typed on the phone, or (read_self) to the unread count.
func (s *Service) Receipts(ctx context.Context, d device.Device, r device.Receipt) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if r.Kind == device.ReceiptReadSelf {
			return s.readElsewhere(ctx, d, r)
		}
		if err := s.heardBy(ctx, d, r); err != nil {
			return err
		}
		others, err := s.outbox.Receipt(ctx, d, r)
		if err != nil {
			return err
		}
		to := outbox.StateDelivered
		if r.Kind != device.ReceiptDelivered {
			to = outbox.StateRead
		}
		for _, nid := range others {
			if err := s.phoneState(ctx, d, nid, to, r.At); err != nil {
				return err
			}
		}
		return nil
	})
}

// phoneState moves on the state of a message that was typed on the account's own phone, if it is one.
func (s *Service) phoneState(ctx context.Context, d device.Device, networkID string, to outbox.State, at int64) error {
	id, chatID, err := s.store.markPhone(ctx, d.WorkspaceID, d.ID, networkID, to)
	if err != nil || id == "" {
		return err
	}
	c, err := s.store.chat(ctx, d.WorkspaceID, chatID)
	if err != nil {
		return err
	}
	return s.PhoneState.Fire(ctx, PhoneState{
		Device: d, ChatID: chatID, ContactID: c.ContactID, MessageID: id, NetworkID: networkID, State: to, At: at,
	})
}

// readElsewhere clears the unread count of a chat that was read on the account's own phone.
func (s *Service) readElsewhere(ctx context.Context, d device.Device, r device.Receipt) error {
	if len(r.Chat.Addresses) == 0 {
		return nil
	}
	c, err := s.contacts.Find(ctx, d.WorkspaceID, d.Channel, r.Chat.Addresses[0])
	if errors.Is(err, contact.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	h, err := s.store.chatOf(ctx, d.WorkspaceID, c.ID, d.ID)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	was, err := s.store.clearUnread(ctx, d.WorkspaceID, h.ID)
	if err != nil || !was {
		return err
	}
	h.Unread = 0
	return s.Cleared.Fire(ctx, h)
}

// Same notes that the addresses of p are one person or group; contacts and chats are joined when they were two.
func (s *Service) Same(ctx context.Context, d device.Device, p device.Peer) error {
	_, err := s.contacts.Resolve(ctx, d.WorkspaceID, d.Channel, p)
	return err
}

// sendTaken learns addresses that became known by sending.
func (s *Service) sendTaken(ctx context.Context, t outbox.Taken) error {
	if len(t.Sent.Learned) == 0 {
		return nil
	}
	p := t.Send.To
	p.Name = ""
	p.Addresses = append(p.Addresses[:len(p.Addresses):len(p.Addresses)], t.Sent.Learned...)
	return s.Same(ctx, t.Device, p)
}
