package chat

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/device"
)

// claim is what is written of a mark.
type claim struct {
	At      int64
	Pending bool // the network does not know it yet
	Wish    wish
}

const claimMark = `INSERT INTO chat_marks (workspace_id, device_id, chat_id, kind, subject, at, pending, body)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (workspace_id, device_id, chat_id, kind, subject) DO UPDATE
	SET at = excluded.at, pending = excluded.pending, body = excluded.body, tries = 0, due_at = 0, code = ''
	WHERE chat_marks.at < excluded.at`

// claimMark notes when a mark was made; false when one as late is known already.
func (s store) claimMark(ctx context.Context, k markKey, c claim) (bool, error) {
	body, err := json.Marshal(c.Wish)
	if err != nil {
		return false, fmt.Errorf("write a mark: %w", err)
	}
	res, err := s.db.Exec(ctx, claimMark, k.WorkspaceID, k.DeviceID, k.ChatID, string(k.Kind), k.Subject, c.At, flag(c.Pending), string(body))
	return affected(res, err)
}

const selectMarkedAt = `SELECT at FROM chat_marks WHERE workspace_id = $1 AND device_id = $2 AND chat_id = $3 AND kind = $4 AND subject = $5`

// markedAt is when a mark was last made, unix ms; 0 is never.
func (s store) markedAt(ctx context.Context, k markKey) (at int64, err error) {
	err = s.db.QueryRow(ctx, selectMarkedAt, k.WorkspaceID, k.DeviceID, k.ChatID, string(k.Kind), k.Subject).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return at, err
}

// storedMark is a row of chat_marks.
type storedMark struct {
	Key   markKey
	Kind  device.MarkKind
	At    int64
	Tries int
	Wish  wish
}

func scanMark(r dbutil.Scannable) (m storedMark, err error) {
	var body string
	k := &m.Key
	if err = r.Scan(&k.WorkspaceID, &k.DeviceID, &k.ChatID, &k.Kind, &k.Subject, &m.At, &m.Tries, &body); err != nil {
		return m, err
	}
	m.Kind = k.Kind
	return m, json.Unmarshal([]byte(body), &m.Wish)
}

const selectMarksOf = `SELECT workspace_id, device_id, chat_id, kind, subject, at, tries, body FROM chat_marks
	WHERE workspace_id = $1 AND device_id = $2 AND chat_id = $3
	AND (kind IN ('star', 'delete_message') AND subject = $4 OR kind = 'label_message' AND subject LIKE $5 ESCAPE '\')
	ORDER BY at`

// marksOf returns the marks that are about a message.
func (s store) marksOf(ctx context.Context, c Chat, m Message) ([]storedMark, error) {
	subject := subjectOf(device.Mark{Kind: device.MarkStar, NetworkID: m.NetworkID, FromMe: m.FromMe})
	rows, err := s.db.Query(ctx, selectMarksOf, c.WorkspaceID, c.DeviceID, c.ID, subject, "%|"+escapeLike(m.NetworkID))
	return dbutil.NewRowIterWithError(rows, scanMark, err).AsList()
}

// isNext is part of a statement: what empties a chat is told after the stars that were given before it, which may decide
// what stays. Everything else of a chat may be told in any order.
const isNext = `(kind NOT IN ('clear_chat', 'delete_chat') OR NOT EXISTS (SELECT 1 FROM chat_marks e WHERE e.workspace_id = $1 AND e.device_id = $2
	AND e.chat_id = chat_marks.chat_id AND e.kind = 'star' AND e.pending = 1 AND e.at <= chat_marks.at))`

const selectPending = `SELECT workspace_id, device_id, chat_id, kind, subject, at, tries, body FROM chat_marks
	WHERE workspace_id = $1 AND device_id = $2 AND pending = 1 AND due_at <= $3 AND ` + isNext + ` ORDER BY at LIMIT $4`

// pending returns what the network has to be told, oldest first.
func (s store) pending(ctx context.Context, workspaceID, deviceID string, now int64, limit int) ([]storedMark, error) {
	rows, err := s.db.Query(ctx, selectPending, workspaceID, deviceID, now, limit)
	return dbutil.NewRowIterWithError(rows, scanMark, err).AsList()
}

const selectNextDue = `SELECT COALESCE(MIN(due_at), 0) FROM chat_marks WHERE workspace_id = $1 AND device_id = $2 AND pending = 1 AND ` + isNext

// nextDue is when the next mark may be told, unix ms; 0 is none.
func (s store) nextDue(ctx context.Context, workspaceID, deviceID string) (at int64, err error) {
	err = s.db.QueryRow(ctx, selectNextDue, workspaceID, deviceID).Scan(&at)
	return at, err
}

const settleMark = `UPDATE chat_marks SET pending = 0, code = '' WHERE workspace_id = $1 AND device_id = $2 AND chat_id = $3 AND kind = $4
	AND subject = $5 AND at = $6`

const dropReceipt = `DELETE FROM chat_marks WHERE workspace_id = $1 AND device_id = $2 AND chat_id = $3 AND kind = $4 AND subject = $5 AND at = $6`

// settle notes that the network knows a mark; one that was made anew meanwhile stays to be told.
func (s store) settle(ctx context.Context, m storedMark) error {
	text := settleMark
	if m.Kind == kindReceipt || m.Kind == kindPlayed {
		text = dropReceipt
	}
	_, err := s.db.Exec(ctx, text, m.Key.WorkspaceID, m.Key.DeviceID, m.Key.ChatID, string(m.Kind), m.Key.Subject, m.At)
	return err
}

const postponeMark = `UPDATE chat_marks SET tries = tries + 1, due_at = $7, code = $8, pending = $9
	WHERE workspace_id = $1 AND device_id = $2 AND chat_id = $3 AND kind = $4 AND subject = $5 AND at = $6`

// postpone notes that the network did not take a mark: it is told again at due, or (pending 2) never.
func (s store) postpone(ctx context.Context, m storedMark, due int64, code string, pending int) error {
	_, err := s.db.Exec(ctx, postponeMark, m.Key.WorkspaceID, m.Key.DeviceID, m.Key.ChatID, string(m.Kind), m.Key.Subject, m.At, due, code, pending)
	return err
}

const moveMarks = `UPDATE chat_marks SET chat_id = $3 WHERE workspace_id = $1 AND chat_id = $2 AND NOT EXISTS (SELECT 1 FROM chat_marks k
	WHERE k.workspace_id = $1 AND k.device_id = chat_marks.device_id AND k.chat_id = $3 AND k.kind = chat_marks.kind AND k.subject = chat_marks.subject)`

const dropMarks = `DELETE FROM chat_marks WHERE workspace_id = $1 AND chat_id = $2`

const moveLabelled = `UPDATE chat_labelled SET chat_id = $3 WHERE workspace_id = $1 AND chat_id = $2 AND NOT EXISTS (SELECT 1 FROM chat_labelled k
	WHERE k.workspace_id = $1 AND k.chat_id = $3 AND k.message_id = chat_labelled.message_id AND k.label_id = chat_labelled.label_id)`

const dropLabelled = `DELETE FROM chat_labelled WHERE workspace_id = $1 AND chat_id = $2`

const widenSettings = `UPDATE chats SET archived = $3, pinned = $4, muted_until = $5, marked_unread = $6, cleared_at = $7 WHERE workspace_id = $1 AND id = $2`

// absorbMarks moves the marks and labels of gone into kept and writes kept's as they are now.
func (s store) absorbMarks(ctx context.Context, kept, gone Chat) error {
	for _, text := range []string{moveMarks, moveLabelled} {
		if _, err := s.db.Exec(ctx, text, gone.WorkspaceID, gone.ID, kept.ID); err != nil {
			return err
		}
	}
	for _, text := range []string{dropMarks, dropLabelled} {
		if _, err := s.db.Exec(ctx, text, gone.WorkspaceID, gone.ID); err != nil {
			return err
		}
	}
	_, err := s.db.Exec(ctx, widenSettings, kept.WorkspaceID, kept.ID, flag(kept.Archived), flag(kept.Pinned), kept.MutedUntil,
		flag(kept.MarkedUnread), kept.ClearedAt)
	if err != nil {
		return err
	}
	return s.writeLabels(ctx, kept.WorkspaceID, kept.ID, "")
}

const forgetMarks = `DELETE FROM chat_marks WHERE workspace_id = $1 AND device_id = $2`

const forgetLabelled = `DELETE FROM chat_labelled WHERE workspace_id = $1 AND device_id = $2`

const forgetLabels = `DELETE FROM labels WHERE workspace_id = $1 AND device_id = $2`

// forgetMarks deletes what a device had.
func (s store) forgetMarks(ctx context.Context, workspaceID, deviceID string) error {
	for _, text := range []string{forgetMarks, forgetLabelled, forgetLabels} {
		if _, err := s.db.Exec(ctx, text, workspaceID, deviceID); err != nil {
			return err
		}
	}
	return nil
}
