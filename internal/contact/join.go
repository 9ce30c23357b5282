package contact

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// ErrMergeSelf is for two that are one already, ErrMergeKind for a person and a group.
var (
	ErrMergeSelf = fault.New(fault.Invalid, "merge_with_itself", fault.Text{
		ID: "Kedua kontak ini sudah satu.", EN: "These two contacts are one already.",
	}).WithField("into")
	ErrMergeKind = fault.New(fault.Invalid, "merge_group", fault.Text{
		ID: "Grup tidak bisa digabung.", EN: "Groups can't be merged.",
	}).WithField("into")
)

// Join makes a contact part of another one, which stays, and returns that; Merged fires. Unmerge takes it back.
// ErrNotFound, ErrMergeSelf, ErrMergeKind.
func (s *Service) Join(ctx context.Context, workspaceID, goneID, keptID string) (c Card, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		kept, gone, err := s.two(ctx, workspaceID, goneID, keptID)
		if err != nil {
			return err
		}
		_, ok, err := s.mergeInto(ctx, workspaceID, kept.Contact, gone.Contact)
		if err != nil {
			return err
		}
		if !ok {
			return errUnsettled
		}
		c, err = s.Card(ctx, workspaceID, kept.ID)
		return err
	})
	return c, err
}

// Joined is what Join would make of two contacts, without doing it. The faults of Join.
func (s *Service) Joined(ctx context.Context, workspaceID, goneID, keptID string) (Card, error) {
	kept, gone, err := s.two(ctx, workspaceID, goneID, keptID)
	if err != nil {
		return Card{}, err
	}
	c := joinedCards(kept, gone)
	c.Contact = joined(kept.Contact, gone.Contact)
	return c, nil
}

func (s *Service) two(ctx context.Context, workspaceID, goneID, keptID string) (kept, gone Card, err error) {
	if gone, err = s.Card(ctx, workspaceID, goneID); err != nil {
		return kept, gone, err
	}
	if kept, err = s.Card(ctx, workspaceID, keptID); err != nil {
		return kept, gone, err
	}
	switch {
	case kept.ID == gone.ID:
		err = ErrMergeSelf
	case kept.Group || gone.Group:
		err = ErrMergeKind
	}
	return kept, gone, err
}

// joinedCards is what is kept about two contacts that are one: everything, and of what can't be both what kept has. Who
// has opted out once has opted out.
func joinedCards(kept, gone Card) Card {
	switch {
	case kept.Note == "":
		kept.Note = gone.Note
	case gone.Note != "" && !strings.Contains(kept.Note, gone.Note) && utf8.RuneCountInString(kept.Note+gone.Note) < maxNote:
		kept.Note += "\n" + gone.Note
	}
	kept.Tags = slices.Clone(kept.Tags)
	for _, t := range gone.Tags {
		if !slices.Contains(kept.Tags, t) && len(kept.Tags) < maxTagged {
			kept.Tags = append(kept.Tags, t)
		}
	}
	fields := maps.Clone(gone.Fields)
	if fields == nil {
		fields = map[string]string{}
	}
	maps.Copy(fields, kept.Fields)
	kept.Fields = fields
	if kept.Consent == ConsentUnknown || gone.Consent == ConsentOut && kept.Consent == ConsentIn {
		kept.Consent, kept.ConsentAt = gone.Consent, gone.ConsentAt
	}
	kept.Blocked = kept.Blocked || gone.Blocked
	kept.LastMessageAt = max(kept.LastMessageAt, gone.LastMessageAt)
	kept.LastSeenAt = max(kept.LastSeenAt, gone.LastSeenAt)
	return kept
}

// Aside is what a merge must remember of the card of the one that was kept, to be taken back.
type Aside struct {
	Card    Card
	Devices []string
}

// lookAside notes how the kept one was.
func (s *Service) lookAside(ctx context.Context, kept Contact) (a Aside, err error) {
	if a.Card, err = s.store.card(ctx, kept.WorkspaceID, kept.ID); err != nil {
		return a, err
	}
	a.Devices, err = s.store.devices(ctx, kept.WorkspaceID, kept.ID)
	return a, err
}

// joinCards gives the kept one what was kept about the other; that one's own rows stay as they are, and are nobody's.
func (s *Service) joinCards(ctx context.Context, m Merge) error {
	gone, err := s.store.card(ctx, m.WorkspaceID, m.Gone.ID)
	if err != nil {
		return err
	}
	was := m.Before.Card
	was.Contact = m.Kept
	if c := joinedCards(was, gone); !same(was, c) {
		c.UpdatedAt = m.At
		if err := s.writeCard(ctx, was, c); err != nil {
			return err
		}
	}
	devices, err := s.store.devices(ctx, m.WorkspaceID, m.Gone.ID)
	if err != nil {
		return err
	}
	for _, d := range devices {
		if err := s.store.onDevice(ctx, m.WorkspaceID, d, m.Kept.ID); err != nil {
			return err
		}
	}
	return nil
}

// partCards takes away from the kept one what it has of the other alone, unless it was changed since.
func (s *Service) partCards(ctx context.Context, m Merge) error {
	if m.Before.Card.ID == "" { // merged before anything was kept about contacts
		return nil
	}
	now, err := s.store.card(ctx, m.WorkspaceID, m.Kept.ID)
	if err != nil {
		return err
	}
	gone, err := s.store.card(ctx, m.WorkspaceID, m.Gone.ID)
	if err != nil {
		return err
	}
	if c := partedCards(now, m.Before.Card, gone); !same(now, c) {
		c.UpdatedAt = s.now().UnixMilli()
		if err := s.writeCard(ctx, now, c); err != nil {
			return err
		}
	}
	// Which of the two has opted out while they were one is not known: neither is written to.
	if now.Consent == ConsentOut && now.ConsentAt >= m.At && gone.Consent != ConsentOut {
		c := gone
		c.Consent, c.ConsentAt, c.UpdatedAt = now.Consent, now.ConsentAt, s.now().UnixMilli()
		if err := s.writeCard(ctx, gone, c); err != nil {
			return err
		}
	}
	devices, err := s.store.devices(ctx, m.WorkspaceID, m.Gone.ID)
	if err != nil {
		return err
	}
	for _, d := range devices {
		if slices.Contains(m.Before.Devices, d) {
			continue
		}
		if err := s.store.offDevice(ctx, m.WorkspaceID, d, m.Kept.ID); err != nil {
			return err
		}
	}
	return nil
}

func partedCards(now, before, gone Card) Card {
	was := joinedCards(before, gone)
	if now.Note == was.Note {
		now.Note = before.Note
	}
	now.Tags = slices.DeleteFunc(slices.Clone(now.Tags), func(id string) bool {
		return slices.Contains(gone.Tags, id) && !slices.Contains(before.Tags, id)
	})
	now.Fields = maps.Clone(now.Fields)
	maps.DeleteFunc(now.Fields, func(id, value string) bool {
		_, had := before.Fields[id]
		return !had && gone.Fields[id] == value
	})
	if now.Consent == was.Consent && now.ConsentAt == was.ConsentAt {
		now.Consent, now.ConsentAt = before.Consent, before.ConsentAt
	}
	if now.LastMessageAt == gone.LastMessageAt {
		now.LastMessageAt = before.LastMessageAt
	}
	if now.LastSeenAt == gone.LastSeenAt {
		now.LastSeenAt = before.LastSeenAt
	}
	if now.Blocked == was.Blocked {
		now.Blocked = before.Blocked
	}
	return now
}

const dropOnDevice = `DELETE FROM contact_devices WHERE workspace_id = $1 AND device_id = $2 AND contact_id = $3`

func (s store) offDevice(ctx context.Context, workspaceID, deviceID, contactID string) error {
	_, err := s.db.Exec(ctx, dropOnDevice, workspaceID, deviceID, contactID)
	return err
}
