package webhook

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"
)

const webhookColumns = `workspace_id, id, url, events, device_ids, secret, enabled, disabled_why, seq, replay_seq, replay_to, created_at, updated_at`

func scanWebhook(row dbutil.Scannable) (w Webhook, err error) {
	var events, devices string
	var enabled int
	err = row.Scan(&w.WorkspaceID, &w.ID, &w.URL, &events, &devices, &w.secret, &enabled, &w.DisabledWhy, &w.Seq,
		&w.ReplaySeq, &w.ReplayTo, &w.CreatedAt, &w.UpdatedAt)
	if err != nil {
		return w, err
	}
	w.Enabled = enabled == 1
	if err := errors.Join(json.Unmarshal([]byte(events), &w.Events), json.Unmarshal([]byte(devices), &w.DeviceIDs)); err != nil {
		return w, fmt.Errorf("read webhook %s: %w", w.ID, err)
	}
	return w, nil
}

// lists are a webhook's choices as they are stored.
func lists(w Webhook) (events, devices string, err error) {
	e, err := json.Marshal(append([]string{}, w.Events...))
	if err != nil {
		return "", "", err
	}
	d, err := json.Marshal(append([]string{}, w.DeviceIDs...))
	return string(e), string(d), err
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

const insertWebhook = `INSERT INTO webhooks (workspace_id, id, url, events, device_ids, secret, enabled, seq, created_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

func (s store) insertWebhook(ctx context.Context, w Webhook) error {
	events, devices, err := lists(w)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, insertWebhook, w.WorkspaceID, w.ID, w.URL, events, devices, w.secret, flag(w.Enabled), w.Seq, w.CreatedAt, w.UpdatedAt)
	return err
}

const updateWebhook = `UPDATE webhooks SET url = $3, events = $4, device_ids = $5, enabled = $6, disabled_why = $7, seq = $8, updated_at = $9
	WHERE workspace_id = $1 AND id = $2`

func (s store) updateWebhook(ctx context.Context, w Webhook) error {
	events, devices, err := lists(w)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, updateWebhook, w.WorkspaceID, w.ID, w.URL, events, devices, flag(w.Enabled), w.DisabledWhy, w.Seq, w.UpdatedAt)
	return err
}

const selectWebhook = `SELECT ` + webhookColumns + ` FROM webhooks WHERE workspace_id = $1 AND id = $2`

// webhook finds one; ErrWebhook for a missing one and for another workspace's.
func (s store) webhook(ctx context.Context, workspaceID, id string) (Webhook, error) {
	w, err := scanWebhook(s.db.QueryRow(ctx, selectWebhook, workspaceID, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Webhook{}, ErrWebhook
	}
	return w, err
}

const selectWebhooks = `SELECT ` + webhookColumns + ` FROM webhooks WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3`

func (s store) webhooks(ctx context.Context, workspaceID, after string, n int) ([]Webhook, error) {
	rows, err := s.db.Query(ctx, selectWebhooks, workspaceID, after, n)
	return dbutil.NewRowIterWithError(rows, scanWebhook, err).AsList()
}

const countWebhooks = `SELECT COUNT(*) FROM webhooks WHERE workspace_id = $1`

func (s store) countWebhooks(ctx context.Context, workspaceID string) (n int, err error) {
	err = s.db.QueryRow(ctx, countWebhooks, workspaceID).Scan(&n)
	return n, err
}

const setWebhookSecret = `UPDATE webhooks SET secret = $3 WHERE workspace_id = $1 AND id = $2`

func (s store) setSecret(ctx context.Context, workspaceID, id, sealed string) error {
	res, err := s.db.Exec(ctx, setWebhookSecret, workspaceID, id, sealed)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return ErrWebhook
}

const setReplay = `UPDATE webhooks SET replay_seq = $3, replay_to = $4 WHERE workspace_id = $1 AND id = $2`

func (s store) setReplay(ctx context.Context, w Webhook) error {
	_, err := s.db.Exec(ctx, setReplay, w.WorkspaceID, w.ID, w.ReplaySeq, w.ReplayTo)
	return err
}

const deleteWebhook = `DELETE FROM webhooks WHERE workspace_id = $1 AND id = $2`

func (s store) deleteWebhook(ctx context.Context, w Webhook) error {
	if _, err := s.db.Exec(ctx, forgetDeliveries, w.WorkspaceID, "", w.ID); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, deleteWebhook, w.WorkspaceID, w.ID)
	return err
}

const disableWebhook = `UPDATE webhooks SET enabled = 0, disabled_why = $3, replay_seq = 0, replay_to = 0, updated_at = $4
	WHERE workspace_id = $1 AND id = $2 AND enabled = 1`

// disable switches a webhook off because of what its receiver said.
func (s store) disable(ctx context.Context, workspaceID, id, why string, now int64) error {
	_, err := s.db.Exec(ctx, disableWebhook, workspaceID, id, why, now)
	return err
}

//sql:global the node tells the webhooks of every workspace
const selectListening = `SELECT workspace_id, MIN(seq), MAX(replay_to) FROM webhooks WHERE enabled = 1 GROUP BY workspace_id`

// listening is a workspace with webhooks: how far the one is that is furthest behind, and whether one is replayed.
type listening struct {
	workspaceID string
	seq         int64
	replaying   bool
}

func (s store) listening(ctx context.Context) ([]listening, error) {
	rows, err := s.db.Query(ctx, selectListening)
	return dbutil.NewRowIterWithError(rows, func(row dbutil.Scannable) (l listening, err error) {
		var to int64
		err = row.Scan(&l.workspaceID, &l.seq, &to)
		l.replaying = to > 0
		return l, err
	}, err).AsList()
}

const (
	advanceWebhook = `UPDATE webhooks SET seq = $4 WHERE workspace_id = $1 AND id = $2 AND seq = $3 AND enabled = 1`
	tellEvent      = `INSERT INTO webhook_deliveries
		(workspace_id, id, device_id, webhook_id, event_id, seq, event, body, state, next_at, expires_at, created_at)
		VALUES ($1, $2, '', $3, $4, $5, $6, $7, 'pending', $8, $9, $8)
		ON CONFLICT (workspace_id, webhook_id, event_id) WHERE event_id <> '' DO NOTHING`
)

// tell writes the deliveries of a stretch of the log and moves the webhook on from seq to next; false when somebody
// else has moved it. Lost together they are written again with the same webhook-ids, so it need not wait for the disk.
func (s store) tell(ctx context.Context, w Webhook, next int64, list []Delivery) (mine bool, err error) {
	err = s.db.TxRelaxed(ctx, func(ctx context.Context) error {
		res, err := s.db.Exec(ctx, advanceWebhook, w.WorkspaceID, w.ID, w.Seq, next)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if mine = n == 1; err != nil || !mine {
			return err
		}
		return s.insertAll(ctx, tellEvent, list)
	})
	return mine, err
}

const (
	advanceReplay = `UPDATE webhooks SET replay_seq = $4, replay_to = $5 WHERE workspace_id = $1 AND id = $2 AND replay_seq = $3 AND replay_to > 0`
	tellAgain     = `INSERT INTO webhook_deliveries
		(workspace_id, id, device_id, webhook_id, event_id, seq, event, body, state, next_at, expires_at, created_at)
		VALUES ($1, $2, '', $3, $4, $5, $6, $7, 'pending', $8, $9, $8)
		ON CONFLICT (workspace_id, webhook_id, event_id) WHERE event_id <> '' DO UPDATE
			SET state = 'pending', next_at = excluded.next_at, expires_at = excluded.expires_at, ended_at = 0
			WHERE webhook_deliveries.state <> 'pending'`
)

// again is tell for a replay, which ends when it has come to its end.
func (s store) again(ctx context.Context, w Webhook, next int64, list []Delivery) (mine bool, err error) {
	to := w.ReplayTo
	stay := next
	if next >= to {
		stay, to = 0, 0
	}
	err = s.db.TxRelaxed(ctx, func(ctx context.Context) error {
		res, err := s.db.Exec(ctx, advanceReplay, w.WorkspaceID, w.ID, w.ReplaySeq, stay, to)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if mine = n == 1; err != nil || !mine {
			return err
		}
		return s.insertAll(ctx, tellAgain, list)
	})
	return mine, err
}

func (s store) insertAll(ctx context.Context, text string, list []Delivery) error {
	for _, d := range list {
		_, err := s.db.Exec(ctx, text, d.WorkspaceID, d.ID, d.WebhookID, d.EventID, d.Seq, d.Event, string(d.Body), d.NextAt,
			d.CreatedAt+lifetime.Milliseconds())
		if err != nil {
			return fmt.Errorf("store webhook delivery: %w", err)
		}
	}
	return nil
}
