package chat

import (
	"context"
	"errors"
	"slices"

	"github.com/pingcrm/pingcrm/internal/device"
)

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }

// change applies an edit, a revoke or a reaction to the message that it is about. One whose target is not here (yet)
// stays a row and is applied when the target comes, or can be read. Two changes of one message take turns: each works on what the
// other left.
func (s *Service) change(ctx context.Context, c Chat, by Message) error {
	if err := s.store.lockChat(ctx, c); err != nil {
		return err
	}
	list, err := s.store.byNetworkID(ctx, by.WorkspaceID, by.DeviceID, by.Content.Target)
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.ChatID != c.ID || t.DeletedAt > 0 || t.Content.Kind.Modifies() || !mayChange(c, by, t) {
			continue
		}
		if t.Content.Kind == device.KindUnreadable && by.Content.Kind != device.KindRevoke {
			continue
		}
		if !apply(&t, by) {
			return nil
		}
		if err := s.store.updateMessage(ctx, t); err != nil {
			return err
		}
		if by.Content.Kind == device.KindRevoke { // nobody is to get it any more, not even who could not read it at first
			if _, err := s.db.Exec(ctx, forgetRaw, t.WorkspaceID, t.ID); err != nil {
				return err
			}
		}
		if err := s.Altered.Fire(ctx, Altered{Chat: c, Target: t, By: by}); err != nil {
			return err
		}
		return s.store.setPreview(ctx, t)
	}
	return nil
}

// mayChange: anybody may react; words are changed or taken back by who said them only. In groups an admin may take
// back others' words, and the network has checked that.
func mayChange(c Chat, by, target Message) bool {
	own := by.FromMe == target.FromMe && by.SenderID == target.SenderID
	switch by.Content.Kind {
	case device.KindReaction, device.KindVote, device.KindPin:
		return true
	case device.KindRevoke:
		return own || c.Group && !by.FromMe
	default:
		return own
	}
}

// apply changes t as by says; false when that changes nothing.
func apply(t *Message, by Message) bool {
	switch by.Content.Kind {
	case device.KindEdit:
		if t.RevokedAt > 0 || by.At < t.EditedAt {
			return false
		}
		t.Content.Text, t.EditedAt = by.Content.Text, by.At
	case device.KindRevoke:
		if t.RevokedAt > 0 {
			return false
		}
		t.RevokedAt = by.At
	case device.KindVote:
		return vote(t, by)
	case device.KindPin:
		return pin(t, by)
	case device.KindReaction:
		return react(t, Reaction{SenderID: by.SenderID, Emoji: by.Content.Text, At: by.At})
	}
	return true
}

// react puts a person's newest reaction in the place of their older one; an empty emoji takes it back.
func react(t *Message, r Reaction) bool {
	i := slices.IndexFunc(t.Reactions, func(o Reaction) bool { return o.SenderID == r.SenderID })
	if i >= 0 && t.Reactions[i].At > r.At || i < 0 && r.Emoji == "" {
		return false
	}
	if i >= 0 {
		t.Reactions = slices.Delete(t.Reactions, i, i+1)
	}
	if r.Emoji != "" && len(t.Reactions) < 1000 {
		t.Reactions = append(t.Reactions, r)
	}
	return true
}

// vote counts a person's newest choice from a poll.
func vote(t *Message, by Message) bool {
	v := by.Content.Vote
	if t.Content.Poll == nil || v == nil || v.Unreadable || t.RevokedAt > 0 {
		return false
	}
	return t.Content.Poll.Count(device.Ballot{SenderID: by.SenderID, Options: t.Content.Poll.Chosen(*v), At: by.At})
}
