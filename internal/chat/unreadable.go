package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
)

// isUnreadable is part of a statement: content begins with its kind.
const isUnreadable = `content LIKE '{"kind":"unreadable"%'`

const selectUnreadable = `SELECT ` + messageColumns + messageTables + `WHERE m.workspace_id = $1 AND m.device_id = $2 AND m.network_id = $3
	AND m.chat_id = $4 AND m.sender_id = $5 AND m.shown = 1 AND m.` + isUnreadable

// unreadable returns what is kept in the place of a message, the zero Message when nothing is.
func (s store) unreadable(ctx context.Context, m Message) (Message, error) {
	was, err := found(scanMessage(s.db.QueryRow(ctx, selectUnreadable, m.WorkspaceID, m.DeviceID, m.NetworkID, m.ChatID, m.SenderID)))
	if isNotFound(err) {
		err = nil
	}
	return was, err
}

const fillMessage = `UPDATE messages SET content = $3, raw = $4, origin = $5, shown = $6, target = $7
	WHERE workspace_id = $1 AND id = $2 AND revoked_at = 0 AND ` + isUnreadable

// fillMessage writes what a message says that could not be read; false when that is known, or was taken back.
func (s store) fillMessage(ctx context.Context, m Message) (bool, error) {
	content, err := json.Marshal(m.Content)
	if err != nil {
		return false, fmt.Errorf("write the content: %w", err)
	}
	res, err := s.db.Exec(ctx, fillMessage, m.WorkspaceID, m.ID, string(content), m.Raw, string(m.Origin), flag(stands(m)), m.Content.Target)
	return affected(res, err)
}

// stands reports whether a message has a place of its own in its chat.
func stands(m Message) bool { return !m.Content.Kind.Modifies() && m.Content.Kind != device.KindNone }

const countsAsUnread = `SELECT COUNT(*) FROM chats h WHERE h.workspace_id = $1 AND h.id = $2 AND h.unread > (SELECT COUNT(*) FROM messages m
	WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND m.from_me = 0 AND (m.ordered_at, m.id) > ($3, $4) AND ` + isNoLine + `)`

// isUnread reports whether a message of theirs is among the newest ones, which nobody has looked at.
func (s store) isUnread(ctx context.Context, m Message) (bool, error) {
	var n int
	err := s.db.QueryRow(ctx, countsAsUnread, m.WorkspaceID, m.ChatID, m.Order, m.ID).Scan(&n)
	return n > 0, err
}

// fill puts what arrived in the place that was kept for it; false when was is no such place. The message is where and
// when it was, and everything else is as if it had just come: also when history brings it, because nobody has heard of
// it before. What turns out to change another message, or to say nothing, leaves no place. err is of who looked for was.
func (s *Service) fill(ctx context.Context, a *arrival, was Message, err error) (bool, error) {
	if err != nil || was.Content.Kind != device.KindUnreadable || a.in.Content.Kind == device.KindUnreadable {
		return false, err
	}
	if a.Chat, err = s.store.chat(ctx, was.WorkspaceID, was.ChatID); err != nil {
		return false, err
	}
	if a.Chat.ContactID != a.Contact.ID { // told of by another address
		if a.Contact, err = s.contacts.Get(ctx, was.WorkspaceID, a.Chat.ContactID); err != nil {
			return false, err
		}
		if !a.in.FromMe && !a.Chat.Group {
			a.Sender = a.Contact
		}
	}
	if a.Chat.Group && !a.in.FromMe && a.Sender.ID == "" {
		if a.Sender, err = s.contacts.Get(ctx, was.WorkspaceID, was.SenderID); err != nil {
			return false, err
		}
	}
	if late := s.now()-was.At > time.Minute.Milliseconds(); a.Origin == device.OriginHistory || late {
		a.Origin = device.OriginOffline
	}
	a.Message = was
	a.Message.Content, a.Message.Raw, a.Message.Origin = a.in.Content, a.in.Raw, a.Origin
	if a.counted, err = s.store.isUnread(ctx, was); err != nil {
		return false, err
	}
	if ok, err := s.store.fillMessage(ctx, a.Message); err != nil || !ok {
		return false, err
	}
	a.filled = true
	if stands(a.Message) {
		return true, nil
	}
	return a.in.Content.Kind != device.KindNone, s.vacate(ctx, a, was)
}

// isKept reports whether a place is kept for a message of that network id.
func (s *Service) isKept(ctx context.Context, d device.Device, networkID string) (bool, error) {
	list, err := s.store.byNetworkID(ctx, d.WorkspaceID, d.ID, networkID)
	return slices.ContainsFunc(list, func(m Message) bool { return m.Content.Kind == device.KindUnreadable }), err
}

// vacate has a chat be without the place of a message, whose row is not shown any more.
func (s *Service) vacate(ctx context.Context, a *arrival, was Message) error {
	if err := s.store.unlist(ctx, was); err != nil {
		return err
	}
	if a.Chat.Last.MessageID == was.ID {
		if err := s.relast(ctx, a.Chat); err != nil {
			return err
		}
	}
	return s.told(ctx, marking{d: a.Device, c: a.Chat, elsewhere: true, m: device.Mark{
		Kind: device.MarkDeleteMessage, At: s.now(), NetworkID: was.NetworkID, FromMe: was.FromMe, On: true,
	}}, was)
}
