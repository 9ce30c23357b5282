package contact

import (
	"context"
	"slices"

	"go.mau.fi/util/dbutil"
)

// Likeness is why two contacts may be one.
type Likeness string

// The reasons.
const (
	SameNumber Likeness = "same_number" // one number, known to two channels, or spelled in two ways
	SameName   Likeness = "same_name"   // one name, and the last digits of the number
)

// Pair is two contacts that may be one; A is the elder.
type Pair struct {
	A, B Card
	Why  Likeness
}

// lastDigits is how many digits have to be the same beside the name.
const lastDigits = 4

// maxPairs is how many suggestions are made at once.
const maxPairs = 100

const selectSameNumber = `SELECT MIN(c.id), MAX(c.id) FROM contacts c WHERE c.workspace_id = $1 AND c.merged_into = '' AND c.phone <> ''
	GROUP BY c.phone HAVING COUNT(*) > 1 ORDER BY MIN(c.id) LIMIT $2`

// A number without its country code, or with the zero that people write before it, is the same number.
const selectSpelled = `SELECT c.id, b.id FROM contacts c JOIN contacts b ON b.workspace_id = c.workspace_id AND b.phone = SUBSTR(c.phone, 1, 2) || '0' || SUBSTR(c.phone, 3)
	WHERE c.workspace_id = $1 AND c.merged_into = '' AND b.merged_into = '' AND c.phone <> '' AND b.phone <> '' ORDER BY c.id LIMIT $2`

const selectSameName = `SELECT MIN(c.id), MAX(c.id) FROM contacts c WHERE c.workspace_id = $1 AND c.merged_into = '' AND c.is_group = 0 AND c.name <> '' AND LENGTH(c.phone) > 6
	GROUP BY c.sort_name, SUBSTR(c.phone, LENGTH(c.phone) - $3 + 1) HAVING COUNT(*) > 1 ORDER BY MIN(c.id) LIMIT $2`

// Duplicates suggests contacts that may be one, at most 100 pairs. Those that a member has taken apart are not among
// them. It looks at all contacts of a workspace.
func (s *Service) Duplicates(ctx context.Context, workspaceID string) ([]Pair, error) {
	var out []Pair
	for _, ask := range []struct {
		text string
		why  Likeness
		args []any
	}{
		{selectSameNumber, SameNumber, []any{workspaceID, maxPairs}},
		{selectSpelled, SameNumber, []any{workspaceID, maxPairs}},
		{selectSameName, SameName, []any{workspaceID, maxPairs, lastDigits}},
	} {
		ids, err := s.store.pairs(ctx, ask.text, ask.args...)
		if err != nil {
			return nil, err
		}
		for _, two := range ids {
			p, ok, err := s.pair(ctx, workspaceID, two)
			if err != nil {
				return nil, err
			}
			p.Why = ask.why
			known := slices.ContainsFunc(out, func(o Pair) bool { return o.A.ID == p.A.ID && o.B.ID == p.B.ID })
			if ok && !known && len(out) < maxPairs {
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// pair loads two contacts; false when they were taken apart once.
func (s *Service) pair(ctx context.Context, workspaceID string, ids [2]string) (p Pair, ok bool, err error) {
	if p.A, err = s.store.card(ctx, workspaceID, min(ids[0], ids[1])); err != nil {
		return p, false, err
	}
	if p.B, err = s.store.card(ctx, workspaceID, max(ids[0], ids[1])); err != nil {
		return p, false, err
	}
	apart, err := s.store.apart(ctx, workspaceID, p.A.ID, p.B.ID)
	return p, !apart && !p.A.Group && !p.B.Group, err
}

func (s store) pairs(ctx context.Context, text string, args ...any) ([][2]string, error) {
	rows, err := s.db.Query(ctx, text, args...)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (two [2]string, err error) {
		err = r.Scan(&two[0], &two[1])
		return two, err
	}, err).AsList()
}

// The likenesses of one contact are those of selectSameNumber and selectSameName, and are found by their indexes.
const (
	selectLikeNumber = `SELECT c.id FROM contacts c WHERE c.workspace_id = $1 AND c.merged_into = '' AND c.phone <> '' AND c.phone IN ($2, $3, $4) LIMIT $5`
	selectLikeName   = `SELECT c.id FROM contacts c WHERE c.workspace_id = $1 AND c.merged_into = '' AND c.sort_name = $2 AND c.is_group = 0
		AND LENGTH(c.phone) > 6 AND SUBSTR(c.phone, LENGTH(c.phone) - $4 + 1) = $3 LIMIT $5`
)

// maxLike is how many suggestions are made for one contact.
const maxLike = 5

// DuplicatesOf suggests contacts that may be the same one as a contact, in pairs with it. ErrNotFound.
func (s *Service) DuplicatesOf(ctx context.Context, workspaceID, contactID string) ([]Pair, error) {
	c, err := s.Get(ctx, workspaceID, contactID)
	if err != nil || c.Group || len(c.Phone) <= 6 {
		return nil, err
	}
	zero, plain := c.Phone[:2]+"0"+c.Phone[2:], c.Phone
	if c.Phone[2] == '0' {
		plain = c.Phone[:2] + c.Phone[3:]
	}
	found := map[string]Likeness{}
	var order []string
	for _, ask := range []struct {
		why  Likeness
		text string
		args []any
	}{
		{SameNumber, selectLikeNumber, []any{workspaceID, c.Phone, zero, plain, maxLike + 1}},
		{SameName, selectLikeName, []any{workspaceID, sortName(c), c.Phone[len(c.Phone)-lastDigits:], lastDigits, maxLike + 1}},
	} {
		if ask.why == SameName && c.Name == "" {
			continue
		}
		rows, err := s.db.Query(ctx, ask.text, ask.args...)
		ids, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if _, known := found[id]; !known && id != c.ID {
				found[id] = ask.why
				order = append(order, id)
			}
		}
	}
	return s.pairsWith(ctx, c, order, found)
}

// pairsWith are a contact's pairs, without those that a member has taken apart.
func (s *Service) pairsWith(ctx context.Context, c Contact, ids []string, why map[string]Likeness) (out []Pair, err error) {
	for _, id := range ids[:min(len(ids), maxLike)] {
		p, ok, err := s.pair(ctx, c.WorkspaceID, [2]string{c.ID, id})
		if err != nil {
			return nil, err
		}
		p.Why = why[id]
		if ok {
			out = append(out, p)
		}
	}
	return out, nil
}
