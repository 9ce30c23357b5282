package webhook

import (
	"context"

	"go.mau.fi/util/dbutil"
)

const (
	selectNext      = `SELECT id FROM webhook_deliveries WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT 1000`
	eraseDeliveries = `DELETE FROM webhook_deliveries WHERE workspace_id = $1 AND id > $2 AND id <= $3 AND event <> 'contact.deleted' AND body LIKE $4`
)

// Erase deletes the deliveries that name one of ids, whether they have arrived or not; that a contact was deleted is still
// told. It looks at some behind after ("" begins) and returns where to go on, "" at the end.
func (s *Service) Erase(ctx context.Context, workspaceID string, ids []string, after string) (next string, err error) {
	rows, err := s.store.db.Query(ctx, selectNext, workspaceID, after)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	if err != nil || len(list) == 0 {
		return "", err
	}
	next = list[len(list)-1]
	return next, s.store.db.Tx(ctx, func(ctx context.Context) error {
		for _, id := range ids {
			if _, err := s.store.db.Exec(ctx, eraseDeliveries, workspaceID, after, next, "%"+id+"%"); err != nil {
				return err
			}
		}
		return nil
	})
}
