package contact

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// maxAddresses bounds how many addresses of one peer are looked at; a network knows two or three.
const maxAddresses = 8

// maxName bounds names, in runes: a network lets people call themselves whole books.
const maxName = 200

// Resolve returns the contact of a peer, making it when none of its addresses is known, in the caller's transaction or
// one of its own. Addresses that were unknown are added; when they belong to two contacts these are merged, the elder
// is kept and Merged fires. A name fills an empty or a push name, never a given one. ErrNoAddress without an address.
func (s *Service) Resolve(ctx context.Context, workspaceID, channel string, p device.Peer) (c Contact, err error) {
	p = clean(p)
	if len(p.Addresses) == 0 {
		return Contact{}, ErrNoAddress
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		// Each round either settles or has lost to another writer, whose work the next round sees.
		for range 8 {
			var done bool
			c, done, err = s.settle(ctx, workspaceID, channel, p)
			if err != nil || done {
				return err
			}
		}
		return errUnsettled
	})
	return c, err
}

// settle is one round of Resolve; false means that another writer was faster.
func (s *Service) settle(ctx context.Context, workspaceID, channel string, p device.Peer) (Contact, bool, error) {
	known, err := s.owners(ctx, workspaceID, channel, p.Addresses)
	if err != nil {
		return Contact{}, false, err
	}
	var c Contact
	found := distinct(known)
	switch len(found) {
	case 0:
		return s.make(ctx, workspaceID, channel, p)
	case 1:
		c = found[0]
		if ok, err := s.store.hold(ctx, c); err != nil || !ok {
			return Contact{}, false, err
		}
	default:
		apart, err := s.store.apart(ctx, workspaceID, found[0].ID, found[1].ID)
		if err != nil {
			return Contact{}, false, err
		}
		if apart {
			c := named(known)
			ok, err := s.store.hold(ctx, c)
			return c, ok, err
		}
		merged, ok, err := s.merge(ctx, workspaceID, found[0], found[1])
		if err != nil || !ok || len(found) > 2 {
			return Contact{}, false, err
		}
		c = merged
	}
	ok, err := s.addUnknown(ctx, c, channel, p.Addresses, known)
	if err != nil || !ok {
		return Contact{}, false, err
	}
	c, err = s.learn(ctx, c, p)
	return c, true, err
}

// owners returns which of the addresses are known, and whose they are.
func (s *Service) owners(ctx context.Context, workspaceID, channel string, list []device.Address) (known []owned, err error) {
	for pair := range slices.Chunk(list, 2) {
		o, err := s.store.owners(ctx, workspaceID, channel, pair[0], pair[len(pair)-1])
		if err != nil {
			return nil, err
		}
		known = append(known, o...)
	}
	return known, nil
}

// make writes a new contact with the addresses of p.
func (s *Service) make(ctx context.Context, workspaceID, channel string, p device.Peer) (Contact, bool, error) {
	now := s.now().UnixMilli()
	c := Contact{
		ID: id.New(), WorkspaceID: workspaceID, Name: p.Name, Phone: p.Address(device.AddressPhone),
		Group: p.Group, CreatedAt: now, UpdatedAt: now,
	}
	if c.Name != "" {
		c.NameSource = NamePush
	}
	// Identities first: their key is what two writers of the same new address meet at.
	for _, a := range p.Addresses {
		ok, err := s.store.addIdentity(ctx, workspaceID, Identity{channel, string(a.Kind), a.Value, c.ID, now})
		if err != nil {
			return Contact{}, false, err
		}
		if !ok {
			return Contact{}, false, s.store.deleteIdentities(ctx, workspaceID, c.ID)
		}
	}
	if err := s.store.insert(ctx, c); err != nil {
		return Contact{}, false, err
	}
	return c, true, s.Created.Fire(ctx, c)
}

// addUnknown gives c the addresses that nobody has; false when somebody else was faster.
func (s *Service) addUnknown(ctx context.Context, c Contact, channel string, list []device.Address, known []owned) (bool, error) {
	for _, a := range list {
		if slices.ContainsFunc(known, func(o owned) bool { return o.Address == a }) {
			continue
		}
		ok, err := s.store.addIdentity(ctx, c.WorkspaceID, Identity{channel, string(a.Kind), a.Value, c.ID, s.now().UnixMilli()})
		if err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// learn takes over what the network tells about c, if it is better than what is known.
func (s *Service) learn(ctx context.Context, c Contact, p device.Peer) (Contact, error) {
	was := c
	if p.Name != "" && c.NameSource != NameGiven {
		c.Name, c.NameSource = p.Name, NamePush
	}
	if phone := p.Address(device.AddressPhone); phone != "" && c.Phone == "" && !c.Group {
		c.Phone = phone
	}
	if c == was {
		return c, nil
	}
	c.UpdatedAt = s.now().UnixMilli()
	if err := s.store.update(ctx, c); err != nil {
		return c, err
	}
	return c, s.Changed.Fire(ctx, c)
}

// merge makes one contact of two; the elder stays. false when one of them is gone already.
func (s *Service) merge(ctx context.Context, workspaceID string, a, b Contact) (Contact, bool, error) {
	kept, gone := a, b
	if cmp.Or(cmp.Compare(b.CreatedAt, a.CreatedAt), strings.Compare(b.ID, a.ID)) < 0 {
		kept, gone = b, a
	}
	return s.mergeInto(ctx, workspaceID, kept, gone)
}

// mergeInto makes gone a part of kept. false when one of them is gone already.
func (s *Service) mergeInto(ctx context.Context, workspaceID string, kept, gone Contact) (Contact, bool, error) {
	ok, err := s.store.lockPair(ctx, workspaceID, kept.ID, gone.ID)
	if err != nil || !ok {
		return Contact{}, false, err
	}
	moved, err := s.store.identities(ctx, workspaceID, gone.ID)
	if err != nil {
		return Contact{}, false, err
	}
	m := Merge{ID: id.New(), WorkspaceID: workspaceID, Kept: kept, Gone: gone, Moved: moved, At: s.now().UnixMilli()}
	if m.Before, err = s.lookAside(ctx, kept); err != nil {
		return Contact{}, false, err
	}
	if err := s.store.merge(ctx, m); err != nil {
		return Contact{}, false, err
	}
	if m.Kept = joined(kept, gone); m.Kept != kept {
		m.Kept.UpdatedAt = m.At
		if err := s.store.update(ctx, m.Kept); err != nil {
			return Contact{}, false, err
		}
	}
	if err := s.joinCards(ctx, m); err != nil {
		return Contact{}, false, err
	}
	return m.Kept, true, s.Merged.Fire(ctx, m)
}

// joined is kept with what only gone knew.
func joined(kept, gone Contact) Contact {
	better := gone.NameSource == NameGiven && kept.NameSource != NameGiven
	if gone.Name != "" && (kept.Name == "" || better) {
		kept.Name, kept.NameSource = gone.Name, gone.NameSource
	}
	if kept.Phone == "" {
		kept.Phone = gone.Phone
	}
	return kept
}

// distinct returns each contact once, the elder first.
func distinct(list []owned) []Contact {
	var out []Contact
	for _, o := range list {
		if !slices.ContainsFunc(out, func(c Contact) bool { return c.ID == o.Contact.ID }) {
			out = append(out, o.Contact)
		}
	}
	slices.SortFunc(out, func(a, b Contact) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	return out
}

// clean makes a peer fit to be stored: no empty or double addresses, in an order that is the same for all writers
// (so that two of them can't wait for each other), and a name of bearable length.
func clean(p device.Peer) device.Peer {
	list := make([]device.Address, 0, len(p.Addresses))
	for _, a := range p.Addresses {
		a.Value = db.Text(strings.TrimSpace(a.Value))
		if a.Value != "" && a.Kind != "" && len(a.Value) <= 256 && !slices.Contains(list, a) && len(list) < maxAddresses {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b device.Address) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Value, b.Value))
	})
	p.Addresses = list
	p.Name = cleanName(p.Name)
	return p
}

// cleanName is a name on one line, of at most maxName runes, without what turns the direction of writing around. One of
// which nothing can be seen is no name: empty.
func cleanName(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, db.Text(s)))
	if !strings.ContainsFunc(s, seen) {
		return ""
	}
	if r := []rune(s); len(r) > maxName {
		return strings.TrimSpace(string(r[:maxName]))
	}
	return s
}

// seen reports whether a rune by itself leaves something on the screen.
func seen(r rune) bool {
	const blank = '\u2800' // of Braille
	return r != blank && unicode.IsGraphic(r) &&
		!unicode.In(r, unicode.Zs, unicode.Mn, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
