package call

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/contact"
)

const eraseCalls = `DELETE FROM calls WHERE workspace_id = $1 AND contact_id = $2`

// EraseContact forgets the calls of a contact, for contact.Service.Deleted.
func (s *Service) EraseContact(ctx context.Context, c contact.Contact) error {
	_, err := s.store.db.Exec(ctx, eraseCalls, c.WorkspaceID, c.ID)
	return err
}
