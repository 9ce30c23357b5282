package broadcast

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/device"
)

// chunk is how many candidates are looked at in one step of planning.
const chunk = 500

// source gives an audience piece by piece. next continues behind cursor ("" begins) and returns where to go on; an empty
// list is the end. The same cursor gives the same again.
type source interface {
	next(ctx context.Context, cursor string) (list []candidate, after string, err error)
}

// sources are the parts of a broadcast's audience.
func (s *Service) sources(ctx context.Context, b Broadcast) ([]source, error) {
	a := b.Audience
	channel, err := s.channel(ctx, b)
	if err != nil {
		return nil, err
	}
	var all []source
	tree, some, err := s.tree(ctx, b.WorkspaceID, a)
	if err != nil {
		return nil, err
	}
	if some {
		all = append(all, &treeSource{s, b.WorkspaceID, tree})
	}
	if len(a.ContactIDs) > 0 {
		all = append(all, &idSource{s, b.WorkspaceID, a.ContactIDs})
	}
	if len(a.Numbers) > 0 {
		all = append(all, &numberSource{s, b.WorkspaceID, channel, a.Numbers})
	}
	if a.FileID != "" {
		all = append(all, &fileSource{s: s, b: b, channel: channel})
	}
	if a.Group != nil {
		all = append(all, &groupSource{s: s, b: b, channel: channel})
	}
	return all, nil
}

// channel is the one of the broadcast's devices. A broadcast whose devices are all gone has none.
func (s *Service) channel(ctx context.Context, b Broadcast) (string, error) {
	for _, sender := range b.Devices {
		d, err := s.Devices.Get(ctx, b.WorkspaceID, sender.DeviceID)
		if err == nil {
			return d.Channel, nil
		}
		if !errors.Is(err, device.ErrNotFound) {
			return "", err
		}
	}
	return "", device.ErrNotFound
}

// treeSource are the contacts that a tree picks.
type treeSource struct {
	s           *Service
	workspaceID string
	tree        filter.Node
}

func (t *treeSource) next(ctx context.Context, cursor string) ([]candidate, string, error) {
	cards, err := t.s.Contacts.After(ctx, t.workspaceID, t.tree, cursor)
	list := make([]candidate, 0, len(cards))
	for _, c := range cards {
		cursor = c.ID
		if !c.Group {
			list = append(list, candidate{card: c, phone: c.Phone})
		}
	}
	if err == nil && len(list) == 0 && len(cards) > 0 { // nothing but groups
		return t.next(ctx, cursor)
	}
	return list, cursor, err
}

// idSource are contacts that were named one by one.
type idSource struct {
	s           *Service
	workspaceID string
	ids         []string
}

func (t *idSource) next(ctx context.Context, cursor string) ([]candidate, string, error) {
	from, to := stretch(cursor, len(t.ids))
	list := make([]candidate, 0, to-from)
	for _, id := range t.ids[from:to] {
		c, err := t.s.Contacts.Card(ctx, t.workspaceID, id)
		switch {
		case errors.Is(err, contact.ErrNotFound):
			list = append(list, candidate{raw: id, code: "contact_not_found"})
		case err != nil:
			return nil, cursor, err
		case c.Group:
			list = append(list, candidate{raw: id, code: "group"})
		default:
			list = append(list, candidate{card: c, phone: c.Phone})
		}
	}
	return list, strconv.Itoa(to), nil
}

// stretch is the next piece of a list of n.
func stretch(cursor string, n int) (from, to int) {
	from, _ = strconv.Atoi(cursor) // "" is 0
	from = min(max(from, 0), n)
	return from, min(from+chunk, n)
}

// numberSource are numbers as people write them.
type numberSource struct {
	s           *Service
	workspaceID string
	channel     string
	numbers     []string
}

func (t *numberSource) next(ctx context.Context, cursor string) ([]candidate, string, error) {
	from, to := stretch(cursor, len(t.numbers))
	list := make([]candidate, 0, to-from)
	for _, raw := range t.numbers[from:to] {
		list = append(list, numbered(raw, nil))
	}
	return list, strconv.Itoa(to), t.s.known(ctx, t.workspaceID, t.channel, list)
}

// numbered reads a number.
func numbered(raw string, vars map[string]string) candidate {
	n := contact.ReadNumber(raw)
	c := candidate{phone: n.Phone, vars: vars}
	if n.Problem != "" {
		c.raw, c.code = cut(strings.TrimSpace(raw), 64), string(n.Problem)
	}
	return c
}

// known finds the contacts of numbers.
func (s *Service) known(ctx context.Context, workspaceID, channel string, list []candidate) error {
	var phones []string
	for _, c := range list {
		if c.phone != "" && c.card.ID == "" {
			phones = append(phones, c.phone)
		}
	}
	cards, err := s.Contacts.ByPhones(ctx, workspaceID, channel, phones)
	for i, c := range list {
		if card, ok := cards[c.phone]; ok && c.phone != "" {
			list[i].card = card
		}
	}
	return err
}

// groupSource are the members of a group, as its network tells them.
type groupSource struct {
	s       *Service
	b       Broadcast
	channel string
	members []device.Peer
}

func (t *groupSource) next(ctx context.Context, cursor string) (list []candidate, after string, err error) {
	if t.members == nil {
		g := t.b.Audience.Group
		if t.members, err = t.s.Groups.Members(ctx, t.b.WorkspaceID, g.DeviceID, g.Group); err != nil {
			return nil, cursor, fmt.Errorf("ask who is in the group: %w", err)
		}
	}
	from, to := stretch(cursor, len(t.members))
	for _, p := range t.members[from:to] {
		c := candidate{phone: p.Address(device.AddressPhone), peer: p}
		for _, a := range p.Addresses {
			found, err := t.s.Contacts.Find(ctx, t.b.WorkspaceID, t.channel, a)
			if err == nil {
				c.card, err = t.s.Contacts.Card(ctx, t.b.WorkspaceID, found.ID)
			}
			if err != nil && !errors.Is(err, contact.ErrNotFound) {
				return nil, cursor, err
			}
		}
		if c.person() == "" { // only a hidden number: nobody to write to before they write
			c.raw, c.code = p.Address(device.AddressLID), "number_hidden"
		}
		list = append(list, c)
	}
	return list, strconv.Itoa(to), nil
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
