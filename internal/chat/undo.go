package chat

import (
	"context"
	"errors"
	"slices"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// SendChanged takes back what a message of ours has changed here (an edit, a revoke, a reaction, a vote, a pin, a timer) once
// it is known that the network does not have it, and changes it again when somebody has that tried again. It is for
// outbox.Service.Changed.
func (s *Service) SendChanged(ctx context.Context, c outbox.Change) error {
	lost := notTaken(c.Send.State)
	timer := c.Send.Content.Kind == device.KindTimer
	if c.Send.Content.Target == "" && !timer || lost == notTaken(c.From) {
		return nil
	}
	by, err := s.store.message(ctx, c.Send.WorkspaceID, c.Send.ID)
	if errors.Is(err, ErrMessageNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	in, err := s.store.chat(ctx, by.WorkspaceID, by.ChatID)
	if isNotFound(err) { // it was deleted for good meanwhile; what became of the send is to be noted all the same
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case timer && lost:
		return s.undoTimer(ctx, in, by)
	case timer:
		return s.follow(ctx, &in, by)
	case lost:
		return s.undo(ctx, in, by)
	}
	return s.change(ctx, in, by)
}

// undoTimer gives a chat the timer that was set before by, unless it has another one by now.
func (s *Service) undoTimer(ctx context.Context, c Chat, by Message) error {
	if c.Expires != by.Content.Expires {
		return nil
	}
	timers, err := s.store.changing(ctx, Message{WorkspaceID: c.WorkspaceID, ChatID: c.ID}) // they name no message
	if err != nil {
		return err
	}
	seconds := 0
	for _, m := range timers {
		if m.ID != by.ID && m.Content.Kind == device.KindTimer && !notTaken(m.State) {
			seconds = m.Content.Expires
		}
	}
	_, err = s.store.setTimer(ctx, c, seconds)
	return err
}

// notTaken reports whether a send is over without the network having it.
func notTaken(s outbox.State) bool {
	return s == outbox.StateFailed || s == outbox.StateSkipped || s == outbox.StateCancelled
}

// undo makes the message that by has changed what it would be without by, and tells of it as of a change.
func (s *Service) undo(ctx context.Context, c Chat, by Message) error {
	if err := s.store.lockChat(ctx, c); err != nil {
		return err
	}
	list, err := s.store.byNetworkID(ctx, by.WorkspaceID, by.DeviceID, by.Content.Target)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(t Message) bool {
		return t.ChatID == c.ID && t.DeletedAt == 0 && !t.Content.Kind.Modifies() && mayChange(c, by, t)
	})
	if i < 0 {
		return nil
	}
	t := list[i]
	if undone, err := s.without(ctx, c, &t, by); err != nil || !undone {
		return err
	}
	if err := s.store.updateMessage(ctx, t); err != nil {
		return err
	}
	now := Message{WorkspaceID: by.WorkspaceID, ChatID: by.ChatID, DeviceID: by.DeviceID, FromMe: true, At: s.now(), Content: device.Content{Kind: by.Content.Kind}}
	switch by.Content.Kind {
	case device.KindRevoke: // that it was taken back is taken back
		now.Content.Kind = device.KindEdit
	case device.KindReaction:
		if i := slices.IndexFunc(t.Reactions, func(r Reaction) bool { return r.SenderID == by.SenderID }); i >= 0 {
			now.Content.Text = t.Reactions[i].Emoji
		}
	}
	if err := s.Altered.Fire(ctx, Altered{Chat: c, Target: t, By: now}); err != nil {
		return err
	}
	return s.store.setPreview(ctx, t)
}

// without makes t what it would be without by; false when by is not what t shows.
func (s *Service) without(ctx context.Context, c Chat, t *Message, by Message) (bool, error) {
	ours := func(senderID string) bool { return senderID == by.SenderID }
	switch by.Content.Kind {
	case device.KindRevoke:
		if t.RevokedAt != by.At {
			return false, nil
		}
		t.RevokedAt = 0
	case device.KindEdit:
		first, err := s.outbox.Get(ctx, t.WorkspaceID, t.SendID)
		if errors.Is(err, outbox.ErrNotFound) || t.EditedAt != by.At {
			return false, nil // it was typed on the phone: what it said first is not known
		}
		if err != nil {
			return false, err
		}
		t.Content.Text, t.EditedAt = first.Content.Text, 0
	case device.KindReaction:
		t.Reactions = slices.DeleteFunc(t.Reactions, func(r Reaction) bool { return ours(r.SenderID) })
	case device.KindVote:
		if t.Content.Poll == nil {
			return false, nil
		}
		t.Content.Poll.Votes = slices.DeleteFunc(t.Content.Poll.Votes, func(b device.Ballot) bool { return ours(b.SenderID) })
		t.Content.Poll.Count(device.Ballot{SenderID: by.SenderID})
	case device.KindPin:
		t.Content.Pin = nil
	default:
		return false, nil
	}
	others, err := s.store.changing(ctx, *t)
	if err != nil {
		return false, err
	}
	for _, m := range others {
		if m.ID != by.ID && m.Content.Kind == by.Content.Kind && !notTaken(m.State) && mayChange(c, m, *t) {
			apply(t, m)
		}
	}
	return true, nil
}
