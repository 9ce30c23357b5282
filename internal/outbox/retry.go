package outbox

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// ErrNotFailed is for a send that can't be tried again.
var ErrNotFailed = fault.New(fault.Conflict, "send_not_failed", fault.Text{
	ID: "Hanya pesan yang gagal yang bisa dikirim ulang.", EN: "Only a message that failed can be sent again.",
})

// Retry queues a send that failed once more, with a deadline as of a new one. It keeps its network id: should the failed
// attempt have arrived after all, whoever receives the second one drops it. ErrNotFailed, also the second time;
// ErrNotFound.
func (s *Service) Retry(ctx context.Context, workspaceID, id string) (send Send, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if send, err = s.store.get(ctx, workspaceID, id); err != nil {
			return err
		}
		if send.State != StateFailed {
			return ErrNotFailed
		}
		send.State, send.Code, send.Why, send.Attempt, send.NotBefore = StateQueued, "", "", 0, 0
		send.Deadline, send.Raw = s.now()+patience.Milliseconds(), nil
		ok, err := s.store.retry(ctx, send)
		if err != nil {
			return err
		}
		if !ok {
			return ErrNotFailed
		}
		db.AfterCommit(ctx, func() { s.runners.hand(send) })
		return s.Changed.Fire(ctx, Change{Send: send, From: StateFailed})
	})
	return send, err
}

const retrySend = `UPDATE sends SET state = 'queued', ready = 1, due_at = 0, deadline = $3, code = '', why = '', attempt = 0
	WHERE workspace_id = $1 AND id = $2 AND state = 'failed'`

// retry queues a send that was seen failed; false when it has moved meanwhile.
func (st store) retry(ctx context.Context, s Send) (bool, error) {
	res, err := st.db.Exec(ctx, retrySend, s.WorkspaceID, s.ID, s.Deadline)
	return changed(res, err)
}
