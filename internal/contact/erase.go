package contact

import (
	"context"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// ErrConfirm is for an erasing that nobody has confirmed.
var ErrConfirm = fault.New(fault.Invalid, "confirmation_wrong", fault.Text{
	ID: "Tulis nama kontak ini persis seperti yang tampil, untuk memastikan. Ini tidak bisa dibatalkan.",
	EN: "Write the contact's name just as it is shown, to be sure. This can't be taken back.",
}).WithField("name")

// Erase deletes a contact for good, with its chats and everything that is known of it; Deleted fires first. name has to
// be what the contact is shown as: its name, else its number. When the person writes again, they are new. ErrNotFound,
// also the second time; ErrConfirm.
func (s *Service) Erase(ctx context.Context, workspaceID, id, name string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		c, err := s.lockCard(ctx, workspaceID, id)
		if err != nil {
			return err
		}
		if shown := c.Display(); shown != "" && filter.Fold(name) != filter.Fold(shown) {
			return ErrConfirm
		}
		gone, err := s.store.mergedInto(ctx, workspaceID, c.ID)
		if err != nil {
			return err
		}
		for _, each := range append(gone, c.Contact) {
			if err := s.Deleted.Fire(ctx, each); err != nil {
				return err
			}
			if err := s.store.erase(ctx, workspaceID, each.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

const selectMergedInto = `SELECT ` + columns + ` FROM contacts c WHERE c.workspace_id = $1 AND c.merged_into = $2`

// mergedInto returns those that became part of a contact, directly or by way of another.
func (s store) mergedInto(ctx context.Context, workspaceID, id string) ([]Contact, error) {
	rows, err := s.db.Query(ctx, selectMergedInto, workspaceID, id)
	list, err := dbutil.NewRowIterWithError(rows, scan, err).AsList()
	for i := 0; err == nil && i < len(list) && i < 1000; i++ {
		rows, qerr := s.db.Query(ctx, selectMergedInto, workspaceID, list[i].ID)
		more, qerr := dbutil.NewRowIterWithError(rows, scan, qerr).AsList()
		list, err = append(list, more...), qerr
	}
	return list, err
}

const (
	eraseTags       = `DELETE FROM contact_tags WHERE workspace_id = $1 AND contact_id = $2`
	eraseValues     = `DELETE FROM contact_fields WHERE workspace_id = $1 AND contact_id = $2`
	eraseDevices    = `DELETE FROM contact_devices WHERE workspace_id = $1 AND contact_id = $2`
	eraseConsents   = `DELETE FROM contact_consents WHERE workspace_id = $1 AND contact_id = $2`
	eraseIdentities = `DELETE FROM identities WHERE workspace_id = $1 AND contact_id = $2`
	eraseMerges     = `DELETE FROM contact_merges WHERE workspace_id = $1 AND (kept_id = $2 OR gone_id = $2)`
	eraseContact    = `DELETE FROM contacts WHERE workspace_id = $1 AND id = $2`
)

func (s store) erase(ctx context.Context, workspaceID, id string) error {
	for _, text := range []string{eraseTags, eraseValues, eraseDevices, eraseConsents, eraseIdentities, eraseMerges, eraseContact} {
		if _, err := s.db.Exec(ctx, text, workspaceID, id); err != nil {
			return err
		}
	}
	return nil
}
