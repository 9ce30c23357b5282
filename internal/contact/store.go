package contact

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// store holds the statements of the tables contacts, identities and contact_merges.
type store struct{ db *db.DB }

// Columns are what Refs are scanned from, of contacts c, for those who list something together with its contact.
const Columns = columns

const columns = `c.workspace_id, c.id, c.name, c.name_source, c.phone, c.is_group, c.merged_into, c.created_at, c.updated_at`

func scan(r dbutil.Scannable) (c Contact, err error) {
	err = r.Scan(c.Refs()...)
	return c, err
}

// Refs are where Columns are scanned to.
func (c *Contact) Refs() []any {
	return []any{&c.WorkspaceID, &c.ID, &c.Name, &c.NameSource, &c.Phone, &c.Group, &c.MergedInto, &c.CreatedAt, &c.UpdatedAt}
}

// owned is an address with the contact that has it.
type owned struct {
	device.Address
	Contact
}

func scanOwned(r dbutil.Scannable) (o owned, err error) {
	err = r.Scan(append([]any{&o.Kind, &o.Value}, o.Refs()...)...)
	return o, err
}

const selectOwners = `SELECT i.kind, i.value, ` + columns + ` FROM identities i
	JOIN contacts c ON c.workspace_id = i.workspace_id AND c.id = i.contact_id
	WHERE i.workspace_id = $1 AND i.channel = $2 AND ((i.kind = $3 AND i.value = $4) OR (i.kind = $5 AND i.value = $6))`

// owners returns the contacts that have any of two addresses (give the same one twice for one).
func (s store) owners(ctx context.Context, workspaceID, channel string, a, b device.Address) ([]owned, error) {
	rows, err := s.db.Query(ctx, selectOwners, workspaceID, channel, a.Kind, a.Value, b.Kind, b.Value)
	return dbutil.NewRowIterWithError(rows, scanOwned, err).AsList()
}

//sql:postgres
const holdContact = `SELECT c.merged_into FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2 FOR KEY SHARE`

// hold keeps a contact from being merged away until this transaction has written what refers to it; false when it is
// gone already. On SQLite the only writer is lock enough.
func (s store) hold(ctx context.Context, c Contact) (bool, error) {
	if !s.db.Postgres() {
		return c.MergedInto == "", nil
	}
	var into string
	err := s.db.QueryRow(ctx, holdContact, c.WorkspaceID, c.ID).Scan(&into)
	return into == "", err
}

const insertContact = `INSERT INTO contacts (workspace_id, id, name, name_source, phone, is_group, sort_name, search, created_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`

func (s store) insert(ctx context.Context, c Contact) error {
	_, err := s.db.Exec(ctx, insertContact, c.WorkspaceID, c.ID, c.Name, c.NameSource, c.Phone, flag(c.Group), sortName(c), searchText(c), c.CreatedAt)
	return err
}

const insertIdentity = `INSERT INTO identities (workspace_id, channel, kind, value, contact_id, created_at)
	VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`

// addIdentity reports false when another contact has the address.
func (s store) addIdentity(ctx context.Context, workspaceID string, i Identity) (bool, error) {
	res, err := s.db.Exec(ctx, insertIdentity, workspaceID, i.Channel, i.Kind, i.Value, i.ContactID, i.CreatedAt)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

const deleteIdentities = `DELETE FROM identities WHERE workspace_id = $1 AND contact_id = $2`

func (s store) deleteIdentities(ctx context.Context, workspaceID, contactID string) error {
	_, err := s.db.Exec(ctx, deleteIdentities, workspaceID, contactID)
	return err
}

const updateContact = `UPDATE contacts SET name = $3, name_source = $4, phone = $5, sort_name = $6, search = $7, updated_at = $8
	WHERE workspace_id = $1 AND id = $2`

func (s store) update(ctx context.Context, c Contact) error {
	_, err := s.db.Exec(ctx, updateContact, c.WorkspaceID, c.ID, c.Name, c.NameSource, c.Phone, sortName(c), searchText(c), c.UpdatedAt)
	return err
}

const selectContact = `SELECT ` + columns + ` FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2`

func (s store) get(ctx context.Context, workspaceID, id string) (Contact, error) {
	c, err := scan(s.db.QueryRow(ctx, selectContact, workspaceID, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Contact{}, ErrNotFound
	}
	return c, err
}

const selectIdentities = `SELECT channel, kind, value, contact_id, created_at FROM identities
	WHERE workspace_id = $1 AND contact_id = $2`

// identities are sorted here: asked for an order, SQLite goes through all identities of the workspace in it.
func (s store) identities(ctx context.Context, workspaceID, contactID string) ([]Identity, error) {
	rows, err := s.db.Query(ctx, selectIdentities, workspaceID, contactID)
	list, err := dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (i Identity, err error) {
		err = r.Scan(&i.Channel, &i.Kind, &i.Value, &i.ContactID, &i.CreatedAt)
		return i, err
	}, err).AsList()
	slices.SortFunc(list, func(a, b Identity) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(b.Kind, a.Kind), cmp.Compare(a.Value, b.Value))
	})
	return list, err
}

const markMerged = `UPDATE contacts SET merged_into = $3, updated_at = $4 WHERE workspace_id = $1 AND id = $2 AND merged_into = ''`

//sql:postgres
const lockPair = `SELECT c.id FROM contacts c WHERE c.workspace_id = $1 AND c.id IN ($2, $3) AND c.merged_into = '' ORDER BY c.id FOR UPDATE`

// lockPair waits until nobody is writing what refers to either contact, and reports whether both still stand.
func (s store) lockPair(ctx context.Context, workspaceID, a, b string) (bool, error) {
	if !s.db.Postgres() {
		return true, nil
	}
	rows, err := s.db.Query(ctx, lockPair, workspaceID, a, b)
	ids, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	return len(ids) == 2, err
}

const moveIdentities = `UPDATE identities SET contact_id = $3 WHERE workspace_id = $1 AND contact_id = $2`

const insertMerge = `INSERT INTO contact_merges (workspace_id, id, kept_id, gone_id, before, at) VALUES ($1, $2, $3, $4, $5, $6)`

// merge makes gone a part of kept and writes down what was, so that it can be taken apart again.
func (s store) merge(ctx context.Context, m Merge) error {
	before, err := json.Marshal(map[string]any{"kept": m.Kept, "gone": m.Gone, "moved": m.Moved, "before": m.Before})
	if err != nil {
		return fmt.Errorf("write the merge record: %w", err)
	}
	if _, err := s.db.Exec(ctx, markMerged, m.WorkspaceID, m.Gone.ID, m.Kept.ID, m.At); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, moveIdentities, m.WorkspaceID, m.Gone.ID, m.Kept.ID); err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, insertMerge, m.WorkspaceID, m.ID, m.Kept.ID, m.Gone.ID, string(before), m.At)
	return err
}

const pageWhere = ` WHERE c.workspace_id = $1 AND c.merged_into = '' AND (c.sort_name, c.id) > ($2, $3)
	AND ($4 < 0 OR c.is_group = $4) AND ($5 = '' OR c.search LIKE $5 ESCAPE '\')`

const selectPage = `SELECT ` + columns + `, c.sort_name FROM contacts c` + pageWhere + ` ORDER BY c.sort_name, c.id LIMIT $6`

// page returns up to limit contacts after the key, with the sort name of each. group is 0, 1 or -1 for both. Where only
// some contacts can be among them, they are only: CROSS JOIN has SQLite begin with those.
func (s store) page(ctx context.Context, workspaceID string, after key, group int, pattern string, only []string, limit int) ([]Contact, []string, error) {
	text, args := selectPage, []any{workspaceID, after.Name, after.ID, group, pattern, limit}
	if len(only) > 0 {
		places := make([]string, len(only))
		for i, id := range only {
			args = append(args, id)
			places[i] = fmt.Sprintf("($%d)", len(args))
		}
		//sql:built of as many placeholders as there are ids, and pageWhere
		text = `WITH few(id) AS (VALUES ` + strings.Join(places, ", ") + `) SELECT ` + columns + `, c.sort_name
			FROM few CROSS JOIN contacts c` + pageWhere + ` AND c.id = few.id ORDER BY c.sort_name, c.id LIMIT $6`
	}
	rows, err := s.db.Query(ctx, text, args...)
	var names []string
	list, err := dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (c Contact, err error) {
		var name string
		err = r.Scan(append(c.Refs(), &name)...)
		names = append(names, name)
		return c, err
	}, err).AsList()
	return list, names, err
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sortName orders lists: names without regard to case, numbers after them, the nameless at the end.
func sortName(c Contact) string {
	switch {
	case c.Name != "":
		return "a" + strings.ToLower(c.Name)
	case c.Phone != "":
		return "b" + c.Phone
	default:
		return "c"
	}
}

func searchText(c Contact) string { return strings.ToLower(c.Name) + " " + c.Phone }

// SearchPattern is the LIKE pattern (escape character \) that finds s in contacts.search; "" for "".
func SearchPattern(s string) string {
	if s == "" {
		return ""
	}
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(s)) + "%"
}
