package contact

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/danielgtaylor/huma/v2"
	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// ErrNoMerge is for contacts that were never two.
var ErrNoMerge = fault.New(fault.NotFound, "merge_not_found", fault.Text{
	ID: "Kontak ini bukan gabungan, jadi tidak ada yang bisa dipisah.", EN: "This contact was not made of two, so there is nothing to take apart.",
})

const selectMerge = `SELECT m.id, m.before, m.at FROM contact_merges m
	WHERE m.workspace_id = $1 AND m.kept_id = $2 AND m.undone_at = 0 ORDER BY m.at DESC, m.id DESC LIMIT 1`

// lastMerge is the latest merge into a contact that still stands. ErrNoMerge.
func (s store) lastMerge(ctx context.Context, workspaceID, keptID string) (Merge, error) {
	m := Merge{WorkspaceID: workspaceID}
	var before string
	err := s.db.QueryRow(ctx, selectMerge, workspaceID, keptID).Scan(&m.ID, &before, &m.At)
	if errors.Is(err, sql.ErrNoRows) {
		return m, ErrNoMerge
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal([]byte(before), &m); err != nil {
		return m, fmt.Errorf("read the merge record: %w", err)
	}
	return m, nil
}

const (
	undoMerge   = `UPDATE contact_merges SET undone_at = $3 WHERE workspace_id = $1 AND id = $2 AND undone_at = 0`
	standAgain  = `UPDATE contacts SET merged_into = '', updated_at = $4 WHERE workspace_id = $1 AND id = $2 AND merged_into = $3`
	giveAddress = `UPDATE identities SET contact_id = $6 WHERE workspace_id = $1 AND channel = $2 AND kind = $3 AND value = $4 AND contact_id = $5`
)

// unmerge takes a merge back; false when somebody else was faster.
func (s store) unmerge(ctx context.Context, m Merge, now int64) (bool, error) {
	for _, do := range [][]any{{undoMerge, m.WorkspaceID, m.ID, now}, {standAgain, m.WorkspaceID, m.Gone.ID, m.Kept.ID, now}} {
		res, err := s.db.Exec(ctx, do[0].(string), do[1:]...)
		if err != nil {
			return false, err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return false, err
		}
	}
	for _, i := range m.Moved {
		if _, err := s.db.Exec(ctx, giveAddress, m.WorkspaceID, i.Channel, i.Kind, i.Value, m.Kept.ID, m.Gone.ID); err != nil {
			return false, err
		}
	}
	return true, nil
}

const selectApart = `SELECT COUNT(*) FROM contact_merges m WHERE m.workspace_id = $1 AND m.undone_at > 0
	AND ((m.kept_id = $2 AND m.gone_id = $3) OR (m.kept_id = $3 AND m.gone_id = $2))`

// apart reports whether a member has taken a merge of the two back: they are never merged by themselves again.
func (s store) apart(ctx context.Context, workspaceID, a, b string) (bool, error) {
	var n int
	err := s.db.QueryRow(ctx, selectApart, workspaceID, a, b).Scan(&n)
	return n > 0, err
}

// Unmerge takes the latest merge into a contact apart again and returns the contact that had gone, as it was then: its
// addresses go back to it, what the one that was kept had of it alone is taken away from that, and Unmerged fires. The
// two are not merged by themselves any more, even when a network says that they are one person. ErrNotFound, ErrNoMerge.
func (s *Service) Unmerge(ctx context.Context, workspaceID, id string) (gone Contact, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		kept, err := s.Get(ctx, workspaceID, id)
		if err != nil {
			return err
		}
		m, err := s.store.lastMerge(ctx, workspaceID, kept.ID)
		if err != nil {
			return err
		}
		now := s.now().UnixMilli()
		if ok, err := s.store.unmerge(ctx, m, now); err != nil || !ok {
			return errors.Join(err, errUnsettled)
		}
		if parted := parted(kept, m); parted != kept {
			parted.UpdatedAt = now
			if err := s.store.update(ctx, parted); err != nil {
				return err
			}
			kept = parted
		}
		if err := s.partCards(ctx, m); err != nil {
			return err
		}
		if gone, err = s.store.get(ctx, workspaceID, m.Gone.ID); err != nil {
			return err
		}
		m.Kept, m.Gone = kept, gone
		return s.Unmerged.Fire(ctx, m)
	})
	return gone, err
}

// named is whose contact a peer is whose addresses belong to contacts that a member has taken apart: that of its LID,
// which networks give to one person only, else the first.
func named(known []owned) Contact {
	for _, o := range known {
		if o.Kind == device.AddressLID {
			return o.Contact
		}
	}
	return known[0].Contact
}

// parted is the kept contact without what it has of the one that had gone, unless it was changed since.
func parted(kept Contact, m Merge) Contact {
	was := joined(m.Kept, m.Gone)
	if kept.Name == was.Name && kept.NameSource == was.NameSource {
		kept.Name, kept.NameSource = m.Kept.Name, m.Kept.NameSource
	}
	if kept.Phone == was.Phone {
		kept.Phone = m.Kept.Phone
	}
	return kept
}

const selectMerges = `SELECT m.before, m.at FROM contact_merges m
	WHERE m.workspace_id = $1 AND m.kept_id = $2 AND m.undone_at = 0 ORDER BY m.at DESC, m.id DESC LIMIT 50`

// Merges lists what a contact was made of, the latest first; only the first of it can be taken apart. ErrNotFound.
func (s *Service) Merges(ctx context.Context, workspaceID, id string) ([]Merge, error) {
	kept, err := s.Get(ctx, workspaceID, id)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, selectMerges, workspaceID, kept.ID)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (m Merge, err error) {
		var before string
		var at int64
		if err := r.Scan(&before, &at); err != nil {
			return m, err
		}
		if err := json.Unmarshal([]byte(before), &m); err != nil {
			return m, fmt.Errorf("read the merge record: %w", err)
		}
		m.At = at
		return m, nil
	}, err).AsList()
}

// MergeView is a contact that became part of another one.
type MergeView struct {
	ContactID string `json:"contact_id"`
	Name      string `json:"name,omitempty" doc:"As it was then"`
	Phone     string `json:"phone,omitempty" doc:"As it was then, digits"`
	At        int64  `json:"at" doc:"When they became one, unix milliseconds"`
}

type mergesOut struct{ Body httpx.List[MergeView] }

func (a api) merges(ctx context.Context, in *idIn) (*mergesOut, error) {
	list, err := a.s.Merges(ctx, caller(ctx), in.ID)
	out := &mergesOut{}
	out.Body, err = listing(list, func(m Merge) MergeView { return MergeView{m.Gone.ID, m.Gone.Name, m.Gone.Phone, m.At} }, err)
	return out, err
}

func (a api) registerUnmerge(h huma.API) {
	httpx.Handle(h, "GET /contacts/{id}/merges", member.ReadContacts, "List what a contact was made of, the latest first, which unmerge takes apart", a.merges)
	httpx.Handle(h, "POST /contacts/{id}/unmerge", member.WriteContacts, "Take apart two contacts that were made one; answers with the second", a.unmerge)
}

func (a api) unmerge(ctx context.Context, in *idIn) (*oneOut, error) {
	return one(a.s.Unmerge(ctx, caller(ctx), in.ID))
}
