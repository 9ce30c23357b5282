package contact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

const (
	// maxNote bounds a note, in characters.
	maxNote = 4000
	// maxTagged is how many tags one contact may carry.
	maxTagged = 100
)

// The faults of cards.
var (
	ErrNote = fault.New(fault.Invalid, "note_too_long", fault.Text{
		ID: "Catatan paling panjang 4000 karakter.", EN: "A note has at most 4000 characters.",
	}).WithField("note")
	ErrTagged = fault.New(fault.Conflict, "contact_tags_full", fault.Text{
		ID: "Satu kontak paling banyak punya 100 tag.", EN: "A contact can carry at most 100 tags.",
	}).WithField("add_tags")
)

// Card is a contact with everything that a business keeps about it.
type Card struct {
	Contact
	Note          string
	Tags          []string          // ids, the eldest of the card first
	Fields        map[string]string // by id of the field, see Field
	Consent       Consent
	ConsentAt     int64 // unix ms, 0 with ConsentUnknown
	Blocked       bool  // by one of our accounts
	LastMessageAt int64 // unix ms, either way, on any device; 0 is never
	LastSeenAt    int64 // unix ms of the last message of theirs; 0 is never
}

// Edit is what is to become of a card; what is nil or missing stays.
type Edit struct {
	Name   *string           // 1 to 200 characters; becomes a given name
	Note   *string           // to 4000 characters
	Fields map[string]string // by key of the field; "" takes the value away
	// AddTags and RemoveTags are ids. What is in both is removed.
	AddTags    []string
	RemoveTags []string
}

// Card returns one contact with what is kept about it; one that was merged away is answered with what it became part
// of. ErrNotFound.
func (s *Service) Card(ctx context.Context, workspaceID, id string) (Card, error) {
	for range 16 { // a chain of merges is short
		c, err := s.store.card(ctx, workspaceID, id)
		if err != nil || c.MergedInto == "" {
			return c, err
		}
		id = c.MergedInto
	}
	return Card{}, ErrNotFound
}

// Edit changes a card and returns it as it is then; Changed fires when it is another one. ErrNotFound, ErrName, ErrNote,
// ErrTagNotFound, ErrTagged, ErrFieldNotFound, ErrFieldValue; then nothing has changed.
func (s *Service) Edit(ctx context.Context, workspaceID, id string, e Edit) (c Card, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		names, err := s.known(ctx, workspaceID, e)
		if err != nil {
			return err
		}
		c, _, err = s.edit(ctx, workspaceID, id, e, names)
		return err
	})
	return c, err
}

// known loads what an edit may name.
func (s *Service) known(ctx context.Context, workspaceID string, e Edit) (n known, err error) {
	if len(e.AddTags)+len(e.RemoveTags) > 0 {
		list, err := s.store.tags(ctx, workspaceID)
		if err != nil {
			return n, err
		}
		n.tags = map[string]bool{}
		for _, t := range list {
			n.tags[t.ID] = true
		}
	}
	if len(e.Fields) > 0 {
		n.fields, err = s.fieldsByKey(ctx, workspaceID)
	}
	return n, err
}

// known is what there is in a workspace for an edit to name.
type known struct {
	tags   map[string]bool
	fields map[string]Field // by key
}

// edit is Edit inside a transaction; false when there was nothing to change.
func (s *Service) edit(ctx context.Context, workspaceID, id string, e Edit, names known) (Card, bool, error) {
	was, err := s.lockCard(ctx, workspaceID, id)
	if err != nil {
		return Card{}, false, err
	}
	c, err := was.edited(e, names)
	if err != nil || same(was, c) {
		return c, false, err
	}
	c.UpdatedAt = s.now().UnixMilli()
	if err := s.writeCard(ctx, was, c); err != nil {
		return Card{}, false, err
	}
	return c, true, s.Changed.Fire(ctx, c.Contact)
}

// edited applies an edit.
func (c Card) edited(e Edit, names known) (Card, error) {
	if e.Name != nil {
		if utf8.RuneCountInString(*e.Name) > maxName || cleanName(*e.Name) == "" {
			return c, ErrName.WithField("name")
		}
		c.Name, c.NameSource = cleanName(*e.Name), NameGiven
	}
	if e.Note != nil {
		note := strings.TrimSpace(db.Text(*e.Note))
		if utf8.RuneCountInString(note) > maxNote {
			return c, ErrNote
		}
		c.Note = note
	}
	if err := c.editTags(e, names.tags); err != nil {
		return c, err
	}
	c.Fields = maps.Clone(c.Fields)
	for key, value := range e.Fields {
		f, ok := names.fields[key]
		if !ok {
			return c, ErrFieldNotFound.WithField("fields." + key)
		}
		value, err := f.Read(value)
		if err != nil {
			return c, err
		}
		if value == "" {
			delete(c.Fields, f.ID)
			continue
		}
		if c.Fields == nil {
			c.Fields = map[string]string{}
		}
		c.Fields[f.ID] = value
	}
	return c, nil
}

func (c *Card) editTags(e Edit, tags map[string]bool) error {
	c.Tags = slices.Clone(c.Tags)
	for _, id := range slices.Concat(e.AddTags, e.RemoveTags) {
		if !tags[id] {
			return ErrTagNotFound
		}
	}
	for _, id := range e.AddTags {
		if !slices.Contains(c.Tags, id) {
			c.Tags = append(c.Tags, id)
		}
	}
	c.Tags = slices.DeleteFunc(c.Tags, func(id string) bool { return slices.Contains(e.RemoveTags, id) })
	if len(c.Tags) > maxTagged {
		return ErrTagged
	}
	return nil
}

// same reports whether two states of one card differ in nothing that an edit may change.
func same(a, b Card) bool {
	return a.Contact == b.Contact && a.Note == b.Note && slices.Equal(a.Tags, b.Tags) && maps.Equal(a.Fields, b.Fields) &&
		a.Consent == b.Consent && a.ConsentAt == b.ConsentAt && a.Blocked == b.Blocked &&
		a.LastMessageAt == b.LastMessageAt && a.LastSeenAt == b.LastSeenAt
}

// lockCard is Card for who is about to write it, in a transaction.
func (s *Service) lockCard(ctx context.Context, workspaceID, id string) (Card, error) {
	for range 16 {
		if err := s.store.lockOne(ctx, workspaceID, id); err != nil {
			return Card{}, err
		}
		c, err := s.store.card(ctx, workspaceID, id)
		if err != nil || c.MergedInto == "" {
			return c, err
		}
		id = c.MergedInto
	}
	return Card{}, ErrNotFound
}

// writeCard writes a card and what it is found by.
func (s *Service) writeCard(ctx context.Context, was, c Card) error {
	if was.Contact != c.Contact {
		if err := s.store.update(ctx, c.Contact); err != nil {
			return err
		}
	}
	if err := s.store.writeCard(ctx, c); err != nil {
		return err
	}
	for _, id := range c.Tags {
		if !slices.Contains(was.Tags, id) {
			if err := s.store.putTag(ctx, c.WorkspaceID, id, c.ID); err != nil {
				return err
			}
		}
	}
	for _, id := range was.Tags {
		if !slices.Contains(c.Tags, id) {
			if err := s.store.takeTag(ctx, c.WorkspaceID, id, c.ID); err != nil {
				return err
			}
		}
	}
	return s.writeValues(ctx, was, c)
}

func (s *Service) writeValues(ctx context.Context, was, c Card) error {
	if maps.Equal(was.Fields, c.Fields) {
		return nil
	}
	list, err := s.store.fields(ctx, c.WorkspaceID)
	if err != nil {
		return err
	}
	for _, f := range list {
		before, had := was.Fields[f.ID]
		value, has := c.Fields[f.ID]
		switch {
		case had && !has:
			err = s.store.dropValue(ctx, c.WorkspaceID, f.ID, c.ID)
		case has && value != before:
			err = s.store.putValue(ctx, c.WorkspaceID, f, c.ID, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Messaged notes that a message went to or came from a contact on a device, at a time in unix milliseconds. Earlier
// times than those known change nothing.
func (s *Service) Messaged(ctx context.Context, c Contact, deviceID string, at int64, w Way) error {
	if at <= 0 || at > s.now().UnixMilli()+dayMillis {
		return nil // a network's clock is nobody's reason to be first in every list
	}
	seen := int64(0)
	if w == Theirs {
		seen = at
	}
	if err := s.store.messaged(ctx, c.WorkspaceID, c.ID, at, seen); err != nil {
		return fmt.Errorf("note a contact's last message: %w", err)
	}
	return s.store.onDevice(ctx, c.WorkspaceID, deviceID, c.ID)
}

const dayMillis = 24 * 60 * 60 * 1000

// Way is whose message it is.
type Way int

// The ways.
const (
	Ours Way = iota
	Theirs
)

// ForgetDevice takes a device that is being deleted off all contacts.
func (s *Service) ForgetDevice(ctx context.Context, workspaceID, deviceID string) error {
	return s.store.forgetDevice(ctx, workspaceID, deviceID)
}

// SetBlocked notes whether one of our accounts has blocked a contact. ErrNotFound.
func (s *Service) SetBlocked(ctx context.Context, workspaceID, id string, b Block) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		c, err := s.lockCard(ctx, workspaceID, id)
		if err != nil || c.Blocked == (b == Blocked) {
			return err
		}
		was := c
		c.Blocked, c.UpdatedAt = b == Blocked, s.now().UnixMilli()
		if err := s.writeCard(ctx, was, c); err != nil {
			return err
		}
		return s.Changed.Fire(ctx, c.Contact)
	})
}

// Block is whether somebody is blocked.
type Block int

// The two.
const (
	Unblocked Block = iota
	Blocked
)

// splitIDs reads a list of ids as a row keeps it.
func splitIDs(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func readFields(s string) (map[string]string, error) {
	if s == "" {
		return nil, nil
	}
	m := map[string]string{}
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		return nil, errors.Join(errors.New("read a contact's fields"), err)
	}
	return m, nil
}

func writtenFields(m map[string]string) string {
	if len(m) == 0 {
		return ""
	}
	b, _ := json.Marshal(m) // two strings can't fail
	return string(b)
}
