package contact

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// errCursor is for cursors that we did not make.
var errCursor = fault.New(fault.Invalid, "cursor_invalid", fault.Text{
	ID: "Penanda halaman tidak benar. Mulai dari halaman pertama.", EN: "The page cursor is not valid. Start at the first page.",
}).WithField("after")

// Create makes a contact with a given name and a phone number (digits, see ParsePhone) on a channel. ErrTaken when the
// number has a contact, ErrName, ErrPhone.
func (s *Service) Create(ctx context.Context, workspaceID, channel, name, phone string) (c Contact, err error) {
	name = cleanName(name)
	if name == "" {
		return Contact{}, ErrName.WithField("name")
	}
	if phone == "" {
		return Contact{}, ErrPhone.WithField("phone")
	}
	peer := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: phone}}}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		_, err := s.Find(ctx, workspaceID, channel, peer.Addresses[0])
		if err == nil {
			return ErrTaken.WithField("phone")
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		if c, err = s.Resolve(ctx, workspaceID, channel, peer); err != nil {
			return err
		}
		c.Name, c.NameSource = name, NameGiven
		if err := s.store.update(ctx, c); err != nil {
			return err
		}
		return s.Changed.Fire(ctx, c)
	})
	return c, err
}

// Get returns one contact; one that was merged away is answered with the one it became part of. ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID, id string) (Contact, error) {
	for range 16 { // a chain of merges is short
		c, err := s.store.get(ctx, workspaceID, id)
		if err != nil || c.MergedInto == "" {
			return c, err
		}
		id = c.MergedInto
	}
	return Contact{}, ErrNotFound
}

// Peer returns every address of a contact on a channel, as a driver wants it. ErrNotFound when there is no such
// contact or it has no address there.
func (s *Service) Peer(ctx context.Context, workspaceID, channel, id string) (device.Peer, error) {
	c, err := s.Get(ctx, workspaceID, id)
	if err != nil {
		return device.Peer{}, err
	}
	return s.PeerOf(ctx, c, channel)
}

// PeerOf is Peer for a contact that is at hand.
func (s *Service) PeerOf(ctx context.Context, c Contact, channel string) (device.Peer, error) {
	list, err := s.store.identities(ctx, c.WorkspaceID, c.ID)
	if err != nil {
		return device.Peer{}, err
	}
	p := device.Peer{Group: c.Group, Name: c.Name}
	for _, i := range list {
		if i.Channel == channel {
			p.Addresses = append(p.Addresses, device.Address{Kind: device.AddressKind(i.Kind), Value: i.Value})
		}
	}
	if len(p.Addresses) == 0 {
		return device.Peer{}, ErrNotFound
	}
	return p, nil
}

// Identities returns every address of a contact on all channels.
func (s *Service) Identities(ctx context.Context, workspaceID, id string) ([]Identity, error) {
	return s.store.identities(ctx, workspaceID, id)
}

// Find returns the contact that has an address, without making one. ErrNotFound.
func (s *Service) Find(ctx context.Context, workspaceID, channel string, a device.Address) (Contact, error) {
	list, err := s.store.owners(ctx, workspaceID, channel, a, a)
	if err != nil {
		return Contact{}, err
	}
	if len(list) == 0 {
		return Contact{}, ErrNotFound
	}
	return list[0].Contact, nil
}

// Update changes a contact. ErrNotFound, ErrName.
func (s *Service) Update(ctx context.Context, workspaceID, id string, ch Change) (c Contact, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if c, err = s.Get(ctx, workspaceID, id); err != nil || ch.Name == nil {
			return err
		}
		if utf8.RuneCountInString(*ch.Name) > maxName || cleanName(*ch.Name) == "" {
			return ErrName.WithField("name")
		}
		c.Name, c.NameSource, c.UpdatedAt = cleanName(*ch.Name), NameGiven, s.now().UnixMilli()
		if err := s.store.update(ctx, c); err != nil {
			return err
		}
		return s.Changed.Fire(ctx, c)
	})
	return c, err
}

// key is where a page of contacts ends.
type key struct{ Name, ID string }

// List returns contacts by name, page by page. Merged ones are not listed.
func (s *Service) List(ctx context.Context, workspaceID string, f Filter) (Page, error) {
	after, err := readCursor(f.After)
	if err != nil {
		return Page{}, err
	}
	limit := f.Limit
	if limit <= 0 || limit > 200 {
		limit = 50
	}
	group := map[FilterKind]int{FilterPeople: 0, FilterGroups: 1, FilterAll: -1}[f.Kind]
	only, known, err := s.fewNamed(ctx, workspaceID, f.Search)
	if err != nil || known && len(only) == 0 {
		return Page{}, err
	}
	list, names, err := s.store.page(ctx, workspaceID, after, group, SearchPattern(f.Search), only, limit+1)
	if err != nil || len(list) <= limit {
		return Page{Contacts: list}, err
	}
	last := limit - 1
	return Page{Contacts: list[:limit], Next: key{names[last], list[last].ID}.cursor()}, nil
}

func (k key) cursor() string {
	b, _ := json.Marshal(k) // two strings can't fail
	return base64.RawURLEncoding.EncodeToString(b)
}

func readCursor(s string) (k key, err error) {
	if s == "" {
		return key{}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(b, &k) != nil || k.ID == "" {
		return key{}, errCursor
	}
	return k, nil
}
