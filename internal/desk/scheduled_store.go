package desk

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"go.mau.fi/util/dbutil"
)

const scheduledColumns = `workspace_id, id, chat_id, device_id, by_kind, by_id, content, reply_to, send_at, cancel_on_reply, state, code, message_id,
	created_at, updated_at`

func scanScheduled(r dbutil.Scannable) (m Scheduled, err error) {
	var content []byte
	err = r.Scan(&m.WorkspaceID, &m.ID, &m.ChatID, &m.DeviceID, &m.By, &m.ByID, &content, &m.ReplyTo, &m.SendAt, &m.CancelOnReply, &m.State,
		&m.Code, &m.MessageID, &m.CreatedAt, &m.UpdatedAt)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(content, &m.Content)
}

func (s *Service) listScheduled(rows dbutil.Rows, err error) ([]Scheduled, error) {
	return dbutil.NewRowIterWithError(rows, scanScheduled, err).AsList()
}

const selectScheduled = `SELECT ` + scheduledColumns + ` FROM scheduled WHERE workspace_id = $1 AND id = $2`

const selectOfChat = `SELECT ` + scheduledColumns + ` FROM scheduled WHERE workspace_id = $1 AND chat_id = $2 AND state <> 'sent' ORDER BY send_at, id LIMIT 200`

const countWaiting = `SELECT COUNT(*) FROM scheduled WHERE workspace_id = $1 AND chat_id = $2 AND state <> 'sent'`

func (s *Service) countScheduled(ctx context.Context, workspaceID, chatID string) (n int, err error) {
	err = s.db.QueryRow(ctx, countWaiting, workspaceID, chatID).Scan(&n)
	return n, err
}

const putScheduled = `INSERT INTO scheduled (` + scheduledColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
	ON CONFLICT (workspace_id, id) DO UPDATE SET content = excluded.content, reply_to = excluded.reply_to, send_at = excluded.send_at,
	cancel_on_reply = excluded.cancel_on_reply, state = excluded.state, code = excluded.code, updated_at = excluded.updated_at`

func (s *Service) putScheduled(ctx context.Context, m Scheduled) error {
	content, err := json.Marshal(m.Content)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, putScheduled, m.WorkspaceID, m.ID, m.ChatID, m.DeviceID, string(m.By), m.ByID, string(content), m.ReplyTo, m.SendAt,
		flag(m.CancelOnReply), string(m.State), m.Code, m.MessageID, m.CreatedAt, m.UpdatedAt)
	return err
}

const (
	holdScheduled   = `UPDATE scheduled SET updated_at = updated_at WHERE workspace_id = $1 AND id = $2`
	deleteScheduled = `DELETE FROM scheduled WHERE workspace_id = $1 AND id = $2`
	nameMessage     = `UPDATE scheduled SET message_id = $3 WHERE workspace_id = $1 AND id = $2`
	cancelReplied   = `UPDATE scheduled SET state = 'cancelled', code = 'replied', updated_at = $3 WHERE workspace_id = $1 AND chat_id = $2
		AND state = 'waiting' AND cancel_on_reply = 1 RETURNING ` + scheduledColumns
)

const settleScheduled = `UPDATE scheduled SET state = $3, code = $4, updated_at = $5 WHERE workspace_id = $1 AND id = $2 AND state = 'waiting' AND send_at <= $5`

// settle moves on a message whose time has come; false when somebody else has, or has given it another time.
func (s *Service) settle(ctx context.Context, m Scheduled, to ScheduledState, code string, now int64) (bool, error) {
	res, err := s.db.Exec(ctx, settleScheduled, m.WorkspaceID, m.ID, string(to), code, now)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// selectDue finds the messages whose time has come.
//
//sql:global one sweep sends for all workspaces
const selectDue = `SELECT ` + scheduledColumns + ` FROM scheduled WHERE state = 'waiting' AND send_at <= $1 ORDER BY send_at, id LIMIT 100`

// selectNext is when the next message is due.
//
//sql:global one sweep sends for all workspaces
const selectNext = `SELECT COALESCE(MIN(send_at), 0) FROM scheduled WHERE state = 'waiting'`

// lastLook is the longest time between two looks: another node may have scheduled something.
const lastLook = 15 * time.Second

// SendDue posts what is due, of all workspaces, and returns how long there is nothing to do. Module's Run calls it by
// itself. One message that can't be posted does not keep the others.
func (s *Service) SendDue(ctx context.Context) (time.Duration, error) {
	for {
		list, err := s.listScheduled(s.db.Query(ctx, selectDue, s.now()))
		if err != nil {
			return 0, err
		}
		var all error
		for _, m := range list {
			all = errors.Join(all, s.deliver(ctx, m))
		}
		if all != nil {
			return 0, all
		}
		if len(list) < 100 {
			break
		}
	}
	var next int64
	err := s.db.QueryRow(ctx, selectNext).Scan(&next)
	if err != nil || next == 0 {
		return lastLook, err
	}
	return min(max(time.Duration(next-s.now())*time.Millisecond, 10*time.Millisecond), lastLook), nil
}

// wake has what is due looked for at once.
func (s *Service) wake() {
	select {
	case s.nudge <- struct{}{}:
	default:
	}
}

func (s *Service) run(ctx context.Context) error {
	for ctx.Err() == nil {
		wait, err := s.SendDue(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "scheduled messages wait", "error", err)
			wait = 5 * time.Second
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-s.nudge:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}
