package chat

import (
	"context"
	"errors"
	"slices"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// The faults of marks.
var (
	ErrMuted = fault.New(fault.Invalid, "muted_until_invalid", fault.Text{
		ID: "muted_until harus waktu di masa depan (milidetik unix), 0 untuk tidak senyap, atau -1 untuk selamanya.",
		EN: "muted_until must be a time in the future (unix milliseconds), 0 for not muted, or -1 for ever.",
	}).WithField("muted_until")
	ErrRevokeOwn = fault.New(fault.Conflict, "revoke_not_own", fault.Text{
		ID: "Hanya pesan sendiri yang dapat dihapus untuk semua orang. Hapus untuk diri sendiri saja.",
		EN: "Only a message of your own can be deleted for everyone. Delete it for yourself instead.",
	})
	ErrBeingSent = fault.New(fault.Conflict, "message_being_sent", fault.Text{
		ID: "Pesan ini sedang dikirim. Coba lagi setelah terkirim.", EN: "The message is just being sent. Try again when it is.",
	})
)

// Settings are what Set changes about a chat; nil leaves a thing as it is.
type Settings struct {
	Archived *bool
	Pinned   *bool
	// MutedUntil is unix ms; 0 is not muted, device.MuteForever without end.
	MutedUntil *int64
	// Unread true shows the chat as unread; false is that all of it was read, of which the contact's phone is told.
	Unread *bool
}

// Set changes how a chat is shown, here and on all of the account's devices: it is so here at once, and the network is
// told as soon as the device is connected. Setting what is so already is fine. ErrNotFound, ErrMuted.
func (s *Service) Set(ctx context.Context, workspaceID, chatID string, set Settings) error {
	if u := set.MutedUntil; u != nil && *u != 0 && *u != device.MuteForever && (*u <= s.now() || *u > s.now()+maxMute) {
		return ErrMuted
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		d, item, err := s.place(ctx, workspaceID, chatID)
		if err != nil {
			return err
		}
		marks := []device.Mark{}
		if set.Archived != nil && *set.Archived != item.Archived {
			marks = append(marks, device.Mark{Kind: device.MarkArchive, On: *set.Archived})
			if *set.Archived && set.Pinned == nil { // a mark of its own, so that in whatever order they are told, the last word of each counts
				set.Pinned = new(false)
			}
		}
		if set.Pinned != nil && (*set.Pinned != item.Pinned || set.Archived != nil) {
			marks = append(marks, device.Mark{Kind: device.MarkPin, On: *set.Pinned})
		}
		if set.MutedUntil != nil && *set.MutedUntil != item.MutedUntil {
			marks = append(marks, device.Mark{Kind: device.MarkMute, Until: *set.MutedUntil})
		}
		if set.Unread != nil && *set.Unread && !item.MarkedUnread {
			marks = append(marks, device.Mark{Kind: device.MarkUnread, On: true})
		}
		for _, m := range marks {
			if err := s.markChat(ctx, d, item.Chat, m); err != nil {
				return err
			}
		}
		if set.Unread != nil && !*set.Unread {
			return s.readAll(ctx, d, item)
		}
		return nil
	})
}

// maxMute is the longest time that a chat can be muted for, short of for ever: ten years, in milliseconds.
const maxMute = 10 * 366 * 24 * 3600 * 1000

// place is a chat with its device.
func (s *Service) place(ctx context.Context, workspaceID, chatID string) (d device.Device, item Item, err error) {
	if item, err = s.store.item(ctx, workspaceID, chatID); err != nil {
		return d, item, err
	}
	d, err = s.conf.Devices.Get(ctx, workspaceID, item.DeviceID)
	return d, item, err
}

// markChat makes a mark of a whole chat; the network is told how far it reaches.
func (s *Service) markChat(ctx context.Context, d device.Device, c Chat, m device.Mark) error {
	last, err := s.store.reach(ctx, c)
	if err != nil {
		return err
	}
	return s.makeMark(ctx, marking{d: d, c: c, m: m}, wish{Last: last})
}

// readAll notes that the whole chat was read: its unread count is 0, the account's other devices show it as read, and
// the senders get their receipts.
func (s *Service) readAll(ctx context.Context, d device.Device, item Item) error {
	if item.Unread == 0 && !item.MarkedUnread {
		return nil
	}
	list, err := s.store.newest(ctx, item.WorkspaceID, item.Chat.ID, min(item.Unread, maxReceipts))
	if err != nil {
		return err
	}
	if err := s.owe(ctx, d, item.Chat, list); err != nil {
		return err
	}
	return s.markChat(ctx, d, item.Chat, device.Mark{Kind: device.MarkUnread})
}

// owe notes read receipts for messages of others, which go out as soon as the device is connected.
func (s *Service) owe(ctx context.Context, d device.Device, c Chat, list []Message) error {
	for _, m := range list {
		if !isReadable(m) {
			continue
		}
		key := markKey{c.WorkspaceID, d.ID, c.ID, kindReceipt, m.ID}
		w := wish{NetworkID: m.NetworkID, SenderID: m.SenderID}
		if _, err := s.store.claimMark(ctx, key, claim{At: s.now(), Pending: true, Wish: w}); err != nil {
			return err
		}
	}
	db.AfterCommit(ctx, func() { s.courier.wake(d.ID) })
	return nil
}

// ReadMessages notes that messages of others were read, and everything before them in their chat; their senders get
// receipts for those that are named. Our own among them are passed over. Twice is fine. ErrMessageNotFound when one is
// not in the chat.
func (s *Service) ReadMessages(ctx context.Context, workspaceID, chatID string, networkIDs []string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		d, item, err := s.place(ctx, workspaceID, chatID)
		if err != nil {
			return err
		}
		var theirs []Message
		newest := int64(0)
		for _, id := range networkIDs {
			list, err := s.named(ctx, item.Chat, id)
			if err != nil {
				return err
			}
			for _, m := range list {
				if !m.FromMe {
					theirs, newest = append(theirs, m), max(newest, m.At)
				}
			}
		}
		if len(theirs) == 0 {
			return nil
		}
		if err := s.owe(ctx, d, item.Chat, theirs); err != nil {
			return err
		}
		_, err = s.readUpTo(ctx, item.Chat, newest)
		return err
	})
}

// named finds the messages of a chat that its network knows by an id: several people of a group may have chosen the
// same. ErrMessageNotFound.
func (s *Service) named(ctx context.Context, c Chat, networkID string) ([]Message, error) {
	list, err := s.store.byNetworkID(ctx, c.WorkspaceID, c.DeviceID, networkID)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(m Message) bool {
		return m.ChatID != c.ID || m.DeletedAt > 0 || m.Content.Kind.Modifies()
	})
	if len(list) == 0 {
		return nil, ErrMessageNotFound
	}
	return list, nil
}

// Pick names a message of a chat by what a network calls it.
type Pick struct {
	WorkspaceID, ChatID, NetworkID string
	FromMe                         bool
}

// Message finds the message that is meant. ErrNotFound, ErrMessageNotFound.
func (s *Service) Message(ctx context.Context, p Pick) (Message, error) {
	c, err := s.store.chat(ctx, p.WorkspaceID, p.ChatID)
	if err != nil {
		return Message{}, err
	}
	list, err := s.named(ctx, c, p.NetworkID)
	if err != nil {
		return Message{}, err
	}
	for _, m := range list {
		if m.FromMe == p.FromMe {
			return m, nil
		}
	}
	return Message{}, ErrMessageNotFound
}

// Star puts a star on a message, on all of the account's devices; Unstar takes it off. ErrMessageNotFound.
func (s *Service) Star(ctx context.Context, workspaceID, messageID string) error {
	return s.star(ctx, workspaceID, messageID, true)
}

// Unstar takes the star off a message.
func (s *Service) Unstar(ctx context.Context, workspaceID, messageID string) error {
	return s.star(ctx, workspaceID, messageID, false)
}

func (s *Service) star(ctx context.Context, workspaceID, messageID string, on bool) error {
	return s.onMessage(ctx, workspaceID, messageID, func(ctx context.Context, d device.Device, c Chat, m Message) error {
		if m.Starred == on {
			return nil
		}
		return s.markMessage(ctx, d, c, m, device.Mark{Kind: device.MarkStar, On: on})
	})
}

// onMessage does something to a message in one transaction. ErrMessageNotFound, ErrCall, ErrGroupLine.
func (s *Service) onMessage(ctx context.Context, workspaceID, messageID string, do func(context.Context, device.Device, Chat, Message) error) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		m, err := s.store.message(ctx, workspaceID, messageID)
		if err != nil {
			return err
		}
		if m.Content.Kind.Modifies() {
			return ErrMessageNotFound
		}
		if m.Content.Kind.Noted() {
			return noted(m)
		}
		d, item, err := s.place(ctx, workspaceID, m.ChatID)
		if err != nil {
			return err
		}
		return do(ctx, d, item.Chat, m)
	})
}

// markMessage makes a mark of a message.
func (s *Service) markMessage(ctx context.Context, d device.Device, c Chat, m Message, mark device.Mark) error {
	mark.NetworkID, mark.FromMe, mark.MessageAt = m.NetworkID, m.FromMe, m.At
	return s.makeMark(ctx, marking{d: d, c: c, m: mark}, wish{SenderID: m.SenderID, MessageAt: m.At})
}

// DeleteMessage deletes a message for this account, here and on all its devices; others keep theirs. One of ours that
// is not on its way yet is not sent any more. ErrMessageNotFound, also the second time.
func (s *Service) DeleteMessage(ctx context.Context, workspaceID, messageID string) error {
	return s.onMessage(ctx, workspaceID, messageID, func(ctx context.Context, d device.Device, c Chat, m Message) error {
		return s.markMessage(ctx, d, c, m, device.Mark{Kind: device.MarkDeleteMessage})
	})
}

// DeleteMessageOnly is DeleteMessage that leaves the message's file among those of the account's phone.
func (s *Service) DeleteMessageOnly(ctx context.Context, workspaceID, messageID string) error {
	return s.onMessage(ctx, workspaceID, messageID, func(ctx context.Context, d device.Device, c Chat, m Message) error {
		return s.markMessage(ctx, d, c, m, device.Mark{Kind: device.MarkDeleteMessage, KeepMedia: true})
	})
}

// RevokeMessage deletes a message of ours for everyone: one that waits is not sent, for any other a revoke is. It is
// done once; a message that is deleted for everyone already stays so. ErrMessageNotFound, ErrRevokeOwn, ErrBeingSent.
func (s *Service) RevokeMessage(ctx context.Context, workspaceID, messageID string, by Author) error {
	return s.onMessage(ctx, workspaceID, messageID, func(ctx context.Context, d device.Device, c Chat, m Message) error {
		switch {
		case !m.FromMe:
			return ErrRevokeOwn
		case m.RevokedAt > 0:
			return nil
		case m.State == outbox.StateQueued || m.State == outbox.StateHeld:
			if _, err := s.outbox.Cancel(ctx, workspaceID, m.SendID); err != nil {
				return ErrBeingSent.WithCause(err)
			}
			return s.markMessage(ctx, d, c, m, device.Mark{Kind: device.MarkDeleteMessage})
		case m.State == outbox.StateClaimed:
			return ErrBeingSent
		}
		lane := outbox.LaneNotify
		if by.Kind == ByMember {
			lane = outbox.LaneReply
		}
		_, _, err := s.Post(ctx, Post{
			WorkspaceID: workspaceID, ChatID: c.ID, By: by, Lane: lane,
			Content: device.Content{Kind: device.KindRevoke, Target: m.NetworkID, TargetSender: device.TargetSelf},
		})
		return err
	})
}

// DeleteChat deletes a chat with everything in it for this account, here and on all its devices; the contact stays, and
// so does what the other side has. It is there again when somebody writes. Twice is fine. ErrNotFound.
func (s *Service) DeleteChat(ctx context.Context, workspaceID, chatID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		d, item, err := s.place(ctx, workspaceID, chatID)
		if err != nil || item.Last.At == 0 {
			return err
		}
		return s.markChat(ctx, d, item.Chat, device.Mark{Kind: device.MarkDeleteChat})
	})
}

// hide deletes a message here. One of ours that waits is not sent any more.
func (s *Service) hide(ctx context.Context, c Chat, m Message, at int64) error {
	if m.SendID != "" && (m.State == outbox.StateQueued || m.State == outbox.StateHeld) {
		if _, err := s.outbox.Cancel(ctx, m.WorkspaceID, m.SendID); err != nil && !errors.Is(err, outbox.ErrUnderway) {
			return err
		}
	}
	if err := s.store.hide(ctx, m, at); err != nil {
		return err
	}
	if c.Last.MessageID != m.ID {
		return nil
	}
	return s.relast(ctx, c)
}

// relast finds what lists show of a chat after messages of it were deleted.
func (s *Service) relast(ctx context.Context, c Chat) error {
	list, err := s.store.before(ctx, c.WorkspaceID, c.ID, newest(), 0, 20)
	if err != nil {
		return err
	}
	var l Last
	slices.Reverse(list) // they come oldest first
	if len(list) > 0 {
		m := list[max(slices.IndexFunc(list, func(m Message) bool { return m.news() && m.Content.Kind != device.KindGroup }), 0)]
		l = lastOf(m)
	}
	return s.store.setLast(ctx, c, l)
}

// empty deletes or clears a chat here, as far as the mark reaches.
func (s *Service) empty(ctx context.Context, k marking) error {
	upTo := k.m.Last.At
	if upTo == 0 { // made here: everything that there is
		upTo = k.m.At
	}
	waiting, err := s.store.waiting(ctx, k.c, upTo)
	if err != nil {
		return err
	}
	for _, send := range waiting {
		if _, err := s.outbox.Cancel(ctx, k.c.WorkspaceID, send); err != nil && !errors.Is(err, outbox.ErrUnderway) {
			return err
		}
	}
	deletes := k.m.Kind == device.MarkDeleteChat
	if err := s.store.hideUpTo(ctx, k.c, upTo, k.m.At, deletes || k.m.On); err != nil {
		return err
	}
	if _, err := s.store.lowerUnread(ctx, k.c, upTo); err != nil {
		return err
	}
	if deletes {
		if err := s.store.resetChat(ctx, k.c); err != nil {
			return err
		}
	}
	return s.relast(ctx, k.c)
}
