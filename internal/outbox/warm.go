package outbox

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

const warmSends = `UPDATE sends SET cold = 0, wrote_at = $4, due_at = CASE WHEN state = 'held' AND code <> '` + CodeBatchPaused + `' THEN $4 ELSE due_at END
	WHERE workspace_id = $1 AND chat_id = $2 AND device_id = $3 AND cold = 1 AND state IN ('queued', 'held')`

// warm notes that the person of a chat has written; false when that changes no send.
func (st store) warm(ctx context.Context, workspaceID, chatID, deviceID string, now int64) (bool, error) {
	res, err := st.db.Exec(ctx, warmSends, workspaceID, chatID, deviceID, now)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// Warm says, in the transaction that takes it in, that the person of a chat has written for the first time: what
// waits for it is no first message to a stranger any more, and goes although these are held. Twice changes nothing.
func (s *Service) Warm(ctx context.Context, workspaceID, deviceID, chatID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		ok, err := s.store.warm(ctx, workspaceID, chatID, deviceID, s.now())
		if err != nil || !ok {
			return err
		}
		db.AfterCommit(ctx, func() {
			if r := s.runners.get(deviceID); r != nil {
				r.lookAgain()
			}
		})
		return nil
	})
}

// lookAgain has what waits be looked at now instead of when it was due.
func (r *runner) lookAgain() {
	r.mu.Lock()
	r.warmed = true
	r.mu.Unlock()
	r.nudge()
}
