package chat

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

const labelColumns = `id, workspace_id, device_id, network_id, name, color, deleted, created_at`

func scanLabel(r dbutil.Scannable) (l Label, err error) {
	err = r.Scan(&l.ID, &l.WorkspaceID, &l.DeviceID, &l.NetworkID, &l.Name, &l.Color, &l.Deleted, &l.CreatedAt)
	return l, err
}

const selectLabels = `SELECT ` + labelColumns + ` FROM labels WHERE workspace_id = $1 AND device_id = $2 ORDER BY created_at, id`

// labels returns all labels that a device has or had.
func (s store) labels(ctx context.Context, workspaceID, deviceID string) ([]Label, error) {
	rows, err := s.db.Query(ctx, selectLabels, workspaceID, deviceID)
	return dbutil.NewRowIterWithError(rows, scanLabel, err).AsList()
}

const selectLabel = `SELECT ` + labelColumns + ` FROM labels WHERE workspace_id = $1 AND id = $2 AND deleted = 0`

// label returns one label. ErrLabelNotFound.
func (s store) label(ctx context.Context, workspaceID, id string) (Label, error) {
	l, err := found(scanLabel(s.db.QueryRow(ctx, selectLabel, workspaceID, id)))
	if errors.Is(err, ErrNotFound) {
		err = ErrLabelNotFound
	}
	return l, err
}

//sql:sqlite
const selectLabelsByID = `SELECT ` + labelColumns + ` FROM labels WHERE workspace_id = $1 AND deleted = 0
	AND id IN (SELECT value FROM json_each($2))`

//sql:postgres
const selectLabelsByIDThere = `SELECT ` + labelColumns + ` FROM labels WHERE workspace_id = $1 AND deleted = 0
	AND id IN (SELECT json_array_elements_text($2::json))`

// labelsByID returns those of the labels that there are, whichever device's they are, in no order.
func (s store) labelsByID(ctx context.Context, workspaceID string, ids []string) ([]Label, error) {
	text := selectLabelsByID
	if s.db.Postgres() {
		text = selectLabelsByIDThere
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, text, workspaceID, string(list))
	return dbutil.NewRowIterWithError(rows, scanLabel, err).AsList()
}

const putLabel = `INSERT INTO labels (workspace_id, id, device_id, network_id, name, color, deleted, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (workspace_id, device_id, network_id) DO UPDATE SET name = excluded.name, color = excluded.color, deleted = excluded.deleted`

func (s store) putLabel(ctx context.Context, l Label) error {
	_, err := s.db.Exec(ctx, putLabel, l.WorkspaceID, l.ID, l.DeviceID, l.NetworkID, db.Text(l.Name), l.Color, flag(l.Deleted), l.CreatedAt)
	return err
}

const addLabelled = `INSERT INTO chat_labelled (workspace_id, device_id, label_id, chat_id, message_id, at) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT DO NOTHING`

const dropOneLabelled = `DELETE FROM chat_labelled WHERE workspace_id = $1 AND label_id = $2 AND chat_id = $3 AND message_id = $4`

// setLabelled puts a label on a chat ("") or a message, or takes it off; false when it is so already.
func (s store) setLabelled(ctx context.Context, c Chat, messageID string, l Label, on bool, at int64) (bool, error) {
	if on {
		res, err := s.db.Exec(ctx, addLabelled, c.WorkspaceID, c.DeviceID, l.ID, c.ID, messageID, at)
		return affected(res, err)
	}
	res, err := s.db.Exec(ctx, dropOneLabelled, c.WorkspaceID, l.ID, c.ID, messageID)
	return affected(res, err)
}

const selectLabelled = `SELECT x.label_id FROM chat_labelled x JOIN labels l ON l.workspace_id = x.workspace_id AND l.id = x.label_id
	WHERE x.workspace_id = $1 AND x.chat_id = $2 AND x.message_id = $3 AND l.deleted = 0 ORDER BY x.at, x.label_id`

const writeChatLabels = `UPDATE chats SET labels = $3 WHERE workspace_id = $1 AND id = $2`

const writeMessageLabels = `UPDATE messages SET labels = $3 WHERE workspace_id = $1 AND id = $2`

// writeLabels brings the list of labels that a chat ("") or a message carries up to date.
func (s store) writeLabels(ctx context.Context, workspaceID, chatID, messageID string) error {
	rows, err := s.db.Query(ctx, selectLabelled, workspaceID, chatID, messageID)
	list, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	if err != nil {
		return err
	}
	if messageID != "" {
		_, err = s.db.Exec(ctx, writeMessageLabels, workspaceID, messageID, strings.Join(list, ","))
		return err
	}
	_, err = s.db.Exec(ctx, writeChatLabels, workspaceID, chatID, strings.Join(list, ","))
	return err
}

const selectCarriers = `SELECT chat_id, message_id FROM chat_labelled WHERE workspace_id = $1 AND label_id = $2`

const dropLabel = `DELETE FROM chat_labelled WHERE workspace_id = $1 AND label_id = $2`

// takeOff takes a label off everything that carries it.
func (s store) takeOff(ctx context.Context, l Label) error {
	type carrier struct{ chatID, messageID string }
	rows, err := s.db.Query(ctx, selectCarriers, l.WorkspaceID, l.ID)
	list, err := dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (c carrier, err error) {
		err = r.Scan(&c.chatID, &c.messageID)
		return c, err
	}, err).AsList()
	if err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, dropLabel, l.WorkspaceID, l.ID); err != nil {
		return err
	}
	for _, c := range list {
		if err := s.writeLabels(ctx, l.WorkspaceID, c.chatID, c.messageID); err != nil {
			return err
		}
	}
	return nil
}

const selectChatsLabelled = `SELECT x.chat_id FROM chat_labelled x WHERE x.workspace_id = $1 AND x.label_id = $2 AND x.message_id = '' LIMIT $3`

// labelled returns the ids of chats with a label, in no order.
func (s store) labelled(ctx context.Context, workspaceID, labelID string, limit int) ([]string, error) {
	rows, err := s.db.Query(ctx, selectChatsLabelled, workspaceID, labelID, limit)
	return dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
}
