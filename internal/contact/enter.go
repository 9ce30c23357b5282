package contact

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/device"
)

// Policy is what happens to what is known already when a file says something else.
type Policy string

// The policies.
const (
	FillEmpty Policy = "fill"      // only what was missing is taken
	Overwrite Policy = "overwrite" // the file is right
)

// Entry is what a file says about somebody.
type Entry struct {
	Channel string
	Phone   string // digits with country code
	Name    string // "" leaves it
	Note    string
	Fields  map[string]string // by key of the field, read by Field.Read
	Tags    []string          // ids
	Consent ConsentEntry      // with an empty State, none
	Policy  Policy            // "" is FillEmpty
}

// Outcome is what an entry did.
type Outcome string

// The outcomes.
const (
	EnteredNew     Outcome = "new"
	EnteredUpdate  Outcome = "update"
	EnteredNothing Outcome = "same" // all of it was known
)

// Entered is what became of an entry.
type Entered struct {
	ContactID string
	Outcome   Outcome
}

// EnterMany makes or changes the contacts of entries, in their order, in one transaction: all or, with an error, none.
// Entering the same again changes nothing. Who has opted out stays out, whatever the entry says. The faults of Edit.
func (s *Service) EnterMany(ctx context.Context, workspaceID string, list []Entry) (out []Entered, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		out = make([]Entered, 0, len(list))
		names, err := s.allNames(ctx, workspaceID)
		if err != nil {
			return err
		}
		for _, e := range list {
			done, err := s.enter(ctx, workspaceID, e, names)
			if err != nil {
				return err
			}
			out = append(out, done)
		}
		return nil
	})
	return out, err
}

func (s *Service) allNames(ctx context.Context, workspaceID string) (n known, err error) {
	tags, err := s.store.tags(ctx, workspaceID)
	if err != nil {
		return n, err
	}
	n.tags = map[string]bool{}
	for _, t := range tags {
		n.tags[t.ID] = true
	}
	n.fields, err = s.fieldsByKey(ctx, workspaceID)
	return n, err
}

func (s *Service) enter(ctx context.Context, workspaceID string, e Entry, names known) (Entered, error) {
	done := Entered{Outcome: EnteredNothing}
	address := device.Address{Kind: device.AddressPhone, Value: e.Phone}
	c, err := s.Find(ctx, workspaceID, e.Channel, address)
	if errors.Is(err, ErrNotFound) {
		done.Outcome = EnteredNew
		c, err = s.Resolve(ctx, workspaceID, e.Channel, device.Peer{Addresses: []device.Address{address}})
	}
	if err != nil {
		return done, err
	}
	card, err := s.store.card(ctx, workspaceID, c.ID)
	if err != nil {
		return done, err
	}
	_, changed, err := s.edit(ctx, workspaceID, c.ID, e.edit(card, names), names)
	if err != nil {
		return done, err
	}
	if e.consents(card) {
		if _, err := s.SetConsent(ctx, workspaceID, c.ID, e.Consent); err != nil {
			return done, err
		}
		changed = true
	}
	if changed && done.Outcome != EnteredNew {
		done.Outcome = EnteredUpdate
	}
	done.ContactID = c.ID
	return done, nil
}

// edit is what the entry changes of a card.
func (e Entry) edit(c Card, names known) Edit {
	over := e.Policy == Overwrite
	out := Edit{AddTags: e.Tags, Fields: map[string]string{}}
	// What somebody calls itself is better than nothing, and what the business calls it better than that.
	if name := cleanName(e.Name); name != "" && name != c.Name && (over || c.NameSource != NameGiven) {
		out.Name = &name
	}
	if e.Note != "" && (over || c.Note == "") {
		note := cut(e.Note, maxNote)
		out.Note = &note
	}
	for key, value := range e.Fields {
		if _, has := c.Fields[names.fields[key].ID]; value != "" && (over || !has) {
			out.Fields[key] = value
		}
	}
	return out
}

// Changes reports whether the entry would change a card.
func (e Entry) Changes(c Card, fields map[string]Field) bool {
	names := known{fields: fields, tags: map[string]bool{}}
	for _, t := range e.Tags {
		names.tags[t] = true
	}
	after, err := c.edited(e.edit(c, names), names)
	return err != nil || !same(c, after) || e.consents(c)
}

// consents reports whether the entry changes what a card says of consent. A no is taken whatever was said before it.
func (e Entry) consents(c Card) bool {
	return e.Consent.State != ConsentUnknown && c.Consent == ConsentUnknown || e.Consent.State == ConsentOut && c.Consent == ConsentIn
}

//sql:sqlite
const selectByPhones = `SELECT i.value, ` + cardColumns + ` FROM json_each($3) p
	CROSS JOIN identities i ON i.workspace_id = $1 AND i.channel = $2 AND i.kind = 'phone' AND i.value = p.value
	JOIN contacts c ON c.workspace_id = i.workspace_id AND c.id = i.contact_id`

// selectByPhonesThere looks each number up by itself (OFFSET keeps the planner from joining otherwise): it takes a list for
// a hundred numbers, and read all people of a shop for one.
//
//sql:postgres
const selectByPhonesThere = `SELECT c.value, ` + cardColumns + ` FROM json_array_elements_text($3::json) p CROSS JOIN LATERAL (
	SELECT i.value, c.* FROM identities i JOIN contacts c ON c.workspace_id = i.workspace_id AND c.id = i.contact_id
	WHERE i.workspace_id = $1 AND i.channel = $2 AND i.kind = 'phone' AND i.value = p.value OFFSET 0) c`

// atOnce is how many numbers, or contacts, one statement looks for.
const atOnce = 500

// ByPhones returns the cards of those numbers of a channel that have a contact.
func (s *Service) ByPhones(ctx context.Context, workspaceID, channel string, phones []string) (map[string]Card, error) {
	text := selectByPhones
	if s.db.Postgres() {
		text = selectByPhonesThere
	}
	found := map[string]Card{}
	for some := range slices.Chunk(phones, atOnce) {
		list, err := json.Marshal(some)
		if err != nil {
			return nil, err
		}
		rows, err := s.db.Query(ctx, text, workspaceID, channel, string(list))
		err = dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (o ownedCard, err error) {
			o.Card, err = scanCardAnd(before{r, &o.phone})
			return o, err
		}, err).Iter(func(o ownedCard) (bool, error) {
			found[o.phone] = o.Card
			return true, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// ownedCard is a card with the number by which it was found.
type ownedCard struct {
	Card
	phone string
}

// before scans a column before the others.
type before struct {
	dbutil.Scannable
	first any
}

// Scan scans the first column and then dest.
func (b before) Scan(dest ...any) error { return b.Scannable.Scan(append([]any{b.first}, dest...)...) }
