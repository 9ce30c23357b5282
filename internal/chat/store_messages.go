package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/outbox"
)

const messageColumns = `m.workspace_id, m.id, m.chat_id, m.device_id, m.sender_id, m.from_me, m.network_id, m.content, m.at, m.ordered_at,
	m.created_at, m.origin, m.by_kind, m.by_id, COALESCE(s.state, m.state), COALESCE(s.code, ''), m.send_id, m.edited_at, m.revoked_at, m.reactions,
	COALESCE(CASE WHEN s.state = 'held' THEN s.due_at END, 0), COALESCE(s.delivered_at, 0), COALESCE(s.read_at, 0), m.starred, m.deleted_at, m.labels`

const messageTables = ` FROM messages m LEFT JOIN sends s ON s.workspace_id = m.workspace_id AND s.id = m.send_id `

// fields are where messageColumns are scanned to; finish completes the message.
type fields struct {
	m                  Message
	content, reactions []byte
}

func (f *fields) refs() []any {
	m := &f.m
	return []any{
		&m.WorkspaceID, &m.ID, &m.ChatID, &m.DeviceID, &m.SenderID, &m.FromMe, &m.NetworkID, &f.content, &m.At, &m.Order,
		&m.CreatedAt, &m.Origin, &m.By.Kind, &m.By.ID, &m.State, &m.Code, &m.SendID, &m.EditedAt, &m.RevokedAt, &f.reactions,
		&m.Until, &m.DeliveredAt, &m.ReadAt, &m.Starred, &m.DeletedAt, (*idList)(&m.Labels),
	}
}

func (f *fields) finish() (Message, error) {
	m := f.m
	err := json.Unmarshal(f.content, &m.Content)
	if len(f.reactions) > 0 {
		err = errors.Join(err, json.Unmarshal(f.reactions, &m.Reactions))
	}
	if err != nil {
		return m, fmt.Errorf("read message %s: %w", m.ID, err)
	}
	return m, nil
}

func scanMessage(r dbutil.Scannable) (Message, error) {
	var f fields
	if err := r.Scan(f.refs()...); err != nil {
		return Message{}, err
	}
	return f.finish()
}

func scanRaw(r dbutil.Scannable) (Message, error) {
	var f fields
	var raw []byte
	if err := r.Scan(append(f.refs(), &raw)...); err != nil {
		return Message{}, err
	}
	m, err := f.finish()
	m.Raw = raw
	return m, err
}

func messages(rows dbutil.Rows, err error) ([]Message, error) {
	return dbutil.NewRowIterWithError(rows, scanMessage, err).AsList()
}

const insertMessage = `INSERT INTO messages (workspace_id, id, chat_id, device_id, sender_id, from_me, network_id, shown, content, target,
	at, ordered_at, created_at, origin, by_kind, by_id, state, send_id, raw)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT DO NOTHING`

// insertMessage reports false when the message is there already.
func (s store) insertMessage(ctx context.Context, m Message) (bool, error) {
	content, err := json.Marshal(m.Content)
	if err != nil {
		return false, fmt.Errorf("write the content: %w", err)
	}
	modifies := m.Content.Kind.Modifies()
	target := ""
	if modifies {
		target = m.Content.Target
	}
	res, err := s.db.Exec(ctx, insertMessage, m.WorkspaceID, m.ID, m.ChatID, m.DeviceID, m.SenderID, flag(m.FromMe), m.NetworkID,
		flag(!modifies), string(content), target, m.At, m.Order, m.CreatedAt, string(m.Origin), string(m.By.Kind), m.By.ID,
		string(m.State), m.SendID, m.Raw)
	return affected(res, err)
}

const selectMessage = `SELECT ` + messageColumns + `, COALESCE(s.raw, m.raw)` + messageTables + `WHERE m.workspace_id = $1 AND m.id = $2`

func (s store) message(ctx context.Context, workspaceID, id string) (Message, error) {
	m, err := found(scanRaw(s.db.QueryRow(ctx, selectMessage, workspaceID, id)))
	if errors.Is(err, ErrNotFound) || err == nil && m.DeletedAt > 0 {
		return Message{}, ErrMessageNotFound
	}
	return m, err
}

const selectByNetworkID = `SELECT ` + messageColumns + `, COALESCE(s.raw, m.raw)` + messageTables + `
	WHERE m.workspace_id = $1 AND m.device_id = $2 AND m.network_id = $3 ORDER BY m.from_me DESC, m.id LIMIT 20`

// byNetworkID returns the messages that a network knows by an id, ours first.
func (s store) byNetworkID(ctx context.Context, workspaceID, deviceID, networkID string) ([]Message, error) {
	rows, err := s.db.Query(ctx, selectByNetworkID, workspaceID, deviceID, networkID)
	return dbutil.NewRowIterWithError(rows, scanRaw, err).AsList()
}

const selectChanging = `SELECT ` + messageColumns + messageTables + `
	WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.target = $3 AND m.shown = 0 ORDER BY m.ordered_at, m.id LIMIT 200`

// changing returns the messages that change another one, oldest first.
func (s store) changing(ctx context.Context, m Message) ([]Message, error) {
	return messages(s.db.Query(ctx, selectChanging, m.WorkspaceID, m.ChatID, m.NetworkID))
}

const updateMessage = `UPDATE messages SET content = $3, edited_at = $4, revoked_at = $5, reactions = $6 WHERE workspace_id = $1 AND id = $2`

// updateMessage writes what a change made of a message.
func (s store) updateMessage(ctx context.Context, m Message) error {
	content, err := json.Marshal(m.Content)
	if err != nil {
		return fmt.Errorf("write the content: %w", err)
	}
	reactions := []byte{}
	if len(m.Reactions) > 0 {
		if reactions, err = json.Marshal(m.Reactions); err != nil {
			return fmt.Errorf("write the reactions: %w", err)
		}
	}
	_, err = s.db.Exec(ctx, updateMessage, m.WorkspaceID, m.ID, string(content), m.EditedAt, m.RevokedAt, string(reactions))
	return err
}

const markPhoneDelivered = `UPDATE messages SET state = 'delivered' WHERE workspace_id = $1 AND device_id = $2 AND network_id = $3
	AND from_me = 1 AND send_id = '' AND state NOT IN ('delivered', 'read') RETURNING id, chat_id`

const markPhoneRead = `UPDATE messages SET state = 'read' WHERE workspace_id = $1 AND device_id = $2 AND network_id = $3
	AND from_me = 1 AND send_id = '' AND state <> 'read' RETURNING id, chat_id`

// markPhone moves on the state of a message typed on the phone; the ids are empty when nothing moved.
func (s store) markPhone(ctx context.Context, workspaceID, deviceID, networkID string, to outbox.State) (id, chatID string, err error) {
	text := markPhoneDelivered
	if to == outbox.StateRead {
		text = markPhoneRead
	}
	_, err = found(0, s.db.QueryRow(ctx, text, workspaceID, deviceID, networkID).Scan(&id, &chatID))
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return id, chatID, err
}

const selectBefore = `SELECT ` + messageColumns + messageTables + `
	WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND (m.ordered_at, m.id) < ($3, $4) AND m.ordered_at > $5
	ORDER BY m.ordered_at DESC, m.id DESC LIMIT $6`

const selectAfter = `SELECT ` + messageColumns + messageTables + `
	WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND (m.ordered_at, m.id) > ($3, $4) AND m.ordered_at > $5
	ORDER BY m.ordered_at, m.id LIMIT $6`

const selectBeforeRaw = `SELECT ` + messageColumns + `, COALESCE(s.raw, m.raw)` + messageTables + `
	WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND (m.ordered_at, m.id) < ($3, $4) AND m.ordered_at > $5
	ORDER BY m.ordered_at DESC, m.id DESC LIMIT $6`

// beforeRaw is before with the raw forms.
func (s store) beforeRaw(ctx context.Context, workspaceID, chatID string, k key, since int64, limit int) ([]Message, error) {
	rows, err := s.db.Query(ctx, selectBeforeRaw, workspaceID, chatID, k.At, k.ID, since, limit)
	list, err := dbutil.NewRowIterWithError(rows, scanRaw, err).AsList()
	slices.Reverse(list)
	return list, err
}

// before returns the messages of a chat that end before k, in time order.
func (s store) before(ctx context.Context, workspaceID, chatID string, k key, since int64, limit int) ([]Message, error) {
	list, err := messages(s.db.Query(ctx, selectBefore, workspaceID, chatID, k.At, k.ID, since, limit))
	slices.Reverse(list)
	return list, err
}

// after returns the messages of a chat that begin after k, in time order.
func (s store) after(ctx context.Context, workspaceID, chatID string, k key, since int64, limit int) ([]Message, error) {
	return messages(s.db.Query(ctx, selectAfter, workspaceID, chatID, k.At, k.ID, since, limit))
}

const selectUnread = `SELECT ` + messageColumns + messageTables + `
	WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND m.from_me = 0 AND ` + isNoLine + ` ORDER BY m.ordered_at DESC, m.id DESC LIMIT $3`

// newest returns the newest messages of others in a chat.
func (s store) newest(ctx context.Context, workspaceID, chatID string, limit int) ([]Message, error) {
	return messages(s.db.Query(ctx, selectUnread, workspaceID, chatID, limit))
}
