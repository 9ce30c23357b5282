package outbox

import "context"

const eraseSend = `DELETE FROM sends WHERE workspace_id = $1 AND id = $2`

// Erase deletes a send with what it says, whatever its state; one that waits will not go out. One that is not there is
// fine.
func (s *Service) Erase(ctx context.Context, workspaceID, id string) error {
	_, err := s.store.db.Exec(ctx, eraseSend, workspaceID, id)
	return err
}
