package chat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

// thereAgain finds the other copy of a message that could not be read at first. The sender and the account's own phone
// each send one, and may know the person by different addresses, of which nobody has said that they are one. It comes
// before the contact, which would be made for nothing. It is the zero Message when there is none.
func (s *Service) thereAgain(ctx context.Context, a *arrival) (Message, error) {
	if !a.in.Again || a.in.FromMe {
		return Message{}, nil
	}
	list, err := s.store.byNetworkID(ctx, a.Device.WorkspaceID, a.Device.ID, a.in.NetworkID)
	if err != nil {
		return Message{}, err
	}
	if a.in.Chat.Group {
		return s.thereAgainInGroup(ctx, a, list)
	}
	for _, m := range list {
		if m.FromMe {
			continue
		}
		c, err := s.store.chat(ctx, m.WorkspaceID, m.ChatID)
		if err != nil {
			return Message{}, fmt.Errorf("find the chat of the other copy: %w", err)
		}
		if c.Group { // its members know the id
			continue
		}
		if err := s.learn(ctx, a.Device, chatPeer(a.in)); err != nil || m.Content.Kind != device.KindUnreadable {
			return m, err
		}
		now, err := s.store.message(ctx, m.WorkspaceID, m.ID) // its chat may have become part of another
		if errors.Is(err, ErrMessageNotFound) {               // one with the words
			return Message{ID: m.ID}, nil
		}
		return now, err
	}
	return Message{}, nil
}

// thereAgainInGroup is thereAgain for a group, whose members know the id and could use it to speak as one another. So it is
// only the own phone's copy that takes a place which is kept under another address, where that can be no other one's, and
// nothing is learnt from it; of a copy that a member sends no more is believed than that it says the same.
func (s *Service) thereAgainInGroup(ctx context.Context, a *arrival, list []Message) (Message, error) {
	there, err := s.othersInGroup(ctx, a, list)
	if err != nil || len(there) == 0 || a.in.Content.Kind == device.KindUnreadable {
		return Message{}, err
	}
	var places []Message
	for _, m := range there {
		if m.Content.Kind == device.KindUnreadable {
			places = append(places, m)
		} else if same, err := saysTheSame(m.Content, a.in.Content); err != nil || same {
			return m, err
		}
	}
	if len(places) > 0 {
		there = places
	}
	if a.in.ByPhone && len(there) == 1 {
		return there[0], nil
	}
	return Message{}, nil
}

// othersInGroup are those of the messages that stand in the group of what arrived; none when one of them is known to be by
// its sender.
func (s *Service) othersInGroup(ctx context.Context, a *arrival, list []Message) (there []Message, err error) {
	find := func(p device.Peer) (ids []string, err error) {
		for _, address := range p.Addresses {
			c, err := s.contacts.Find(ctx, a.Device.WorkspaceID, a.Device.Channel, address)
			if err != nil && !errors.Is(err, contact.ErrNotFound) {
				return nil, err
			}
			ids = append(ids, c.ID)
		}
		return ids, nil
	}
	group, err := find(a.in.Chat)
	if err != nil {
		return nil, err
	}
	sender, err := find(a.in.Sender)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		if m.FromMe {
			continue
		}
		c, err := s.store.chat(ctx, m.WorkspaceID, m.ChatID)
		if err != nil {
			return nil, fmt.Errorf("find the chat of the other copy: %w", err)
		}
		if !slices.Contains(group, c.ContactID) {
			continue
		}
		if who, err := s.contacts.Get(ctx, m.WorkspaceID, m.SenderID); err == nil && slices.Contains(sender, who.ID) {
			return nil, nil
		}
		there = append(there, m)
	}
	return there, nil
}

// saysTheSame reports whether two contents are the same to whoever reads them.
func saysTheSame(a, b device.Content) (bool, error) {
	one, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	other, err := json.Marshal(b)
	return bytes.Equal(one, other), err
}

// learn takes over what is told about somebody who is known; nobody is made of it.
func (s *Service) learn(ctx context.Context, d device.Device, p device.Peer) error {
	for _, address := range p.Addresses {
		_, err := s.contacts.Find(ctx, d.WorkspaceID, d.Channel, address)
		if err == nil {
			return s.Same(ctx, d, p)
		}
		if !errors.Is(err, contact.ErrNotFound) {
			return err
		}
	}
	return nil
}
