package chat

import (
	"context"
	"database/sql"
	"errors"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// store holds the statements of the tables chats and messages.
type store struct{ db *db.DB }

const chatColumns = `h.workspace_id, h.id, h.device_id, h.contact_id, h.is_group, h.turn, h.turn_version, h.turn_since, h.unread,
	h.last_message_id, h.last_kind, h.last_preview, h.last_from_me, h.last_at, h.last_by, h.last_by_id, h.inbound_at, h.first_at, h.merged_into, h.created_at, h.expires,
	h.archived, h.pinned, h.marked_unread, h.muted_until, h.cleared_at, h.labels,
	h.assignee_id, h.team_id, h.assign_version, h.status, h.status_at, h.wake_at, h.waiting_since`

func (c *Chat) refs() []any {
	return []any{
		&c.WorkspaceID, &c.ID, &c.DeviceID, &c.ContactID, &c.Group, &c.Turn, &c.TurnVersion, &c.TurnSince, &c.Unread,
		&c.Last.MessageID, &c.Last.Kind, &c.Last.Preview, &c.Last.FromMe, &c.Last.At, &c.Last.By.Kind, &c.Last.By.ID, &c.InboundAt, &c.FirstAt, &c.mergedInto, &c.CreatedAt,
		&c.Expires,
		&c.Archived, &c.Pinned, &c.MarkedUnread, &c.MutedUntil, &c.ClearedAt, (*idList)(&c.Labels),
		&c.AssigneeID, &c.TeamID, &c.AssignVersion, &c.Status, &c.StatusAt, &c.WakeAt, &c.WaitingSince,
	}
}

func scanChat(r dbutil.Scannable) (c Chat, err error) {
	err = r.Scan(c.refs()...)
	return c, err
}

func scanItem(r dbutil.Scannable) (i Item, err error) {
	err = r.Scan(append(i.Chat.refs(), i.Contact.Refs()...)...)
	return i, err
}

const selectChat = `SELECT ` + chatColumns + ` FROM chats h WHERE h.workspace_id = $1 AND h.id = $2`

// chat returns a chat; one that became part of another is answered with that other. ErrNotFound.
func (s store) chat(ctx context.Context, workspaceID, id string) (Chat, error) {
	for range 16 { // a chain of merges is short
		c, err := found(scanChat(s.db.QueryRow(ctx, selectChat, workspaceID, id)))
		if err != nil || c.mergedInto == "" {
			return c, err
		}
		id = c.mergedInto
	}
	return Chat{}, ErrNotFound
}

const selectChatOf = `SELECT ` + chatColumns + ` FROM chats h WHERE h.workspace_id = $1 AND h.contact_id = $2 AND h.device_id = $3`

// chatOf returns the chat of a contact on a device. ErrNotFound.
func (s store) chatOf(ctx context.Context, workspaceID, contactID, deviceID string) (Chat, error) {
	return found(scanChat(s.db.QueryRow(ctx, selectChatOf, workspaceID, contactID, deviceID)))
}

func found[T any](v T, err error) (T, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return v, ErrNotFound
	}
	return v, err
}

const insertChat = `INSERT INTO chats (workspace_id, id, device_id, contact_id, is_group, turn, turn_version, turn_since, created_at, status)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`

// insertChat reports false when somebody else was faster.
func (s store) insertChat(ctx context.Context, c Chat) (bool, error) {
	res, err := s.db.Exec(ctx, insertChat, c.WorkspaceID, c.ID, c.DeviceID, c.ContactID, flag(c.Group), string(c.Turn), c.TurnVersion, c.TurnSince, c.CreatedAt, string(c.Status))
	return affected(res, err)
}

//sql:postgres
const lockChat = `SELECT h.id FROM chats h WHERE h.workspace_id = $1 AND h.id = $2 FOR UPDATE`

// lockChat waits until nobody else is changing what the chat holds; SQLite has one writer at a time anyway.
func (s store) lockChat(ctx context.Context, c Chat) error {
	if !s.db.Postgres() {
		return nil
	}
	var id string
	return s.db.QueryRow(ctx, lockChat, c.WorkspaceID, c.ID).Scan(&id)
}

// The deltas and the comparisons are in the statement, so that two writers of one chat don't undo each other's.
const touchChat = `UPDATE chats SET unread = unread + $3,
	first_at = CASE WHEN CAST($10 AS BIGINT) > 0 AND (first_at = 0 OR first_at > $10) THEN $10 ELSE first_at END,
	inbound_at = CASE WHEN CAST($4 AS BIGINT) > inbound_at THEN $4 ELSE inbound_at END,
	last_message_id = CASE WHEN $5 >= last_at THEN $6 ELSE last_message_id END,
	last_kind = CASE WHEN $5 >= last_at THEN $7 ELSE last_kind END,
	last_preview = CASE WHEN $5 >= last_at THEN $8 ELSE last_preview END,
	last_from_me = CASE WHEN $5 >= last_at THEN $9 ELSE last_from_me END,
	last_by = CASE WHEN $5 >= last_at THEN $11 ELSE last_by END,
	last_by_id = CASE WHEN $5 >= last_at THEN $12 ELSE last_by_id END,
	waiting_since = CASE WHEN $5 < last_at THEN waiting_since WHEN $9 = 1 THEN 0 WHEN waiting_since = 0 THEN $5 ELSE waiting_since END,
	last_at = CASE WHEN $5 >= last_at THEN $5 ELSE last_at END
	WHERE workspace_id = $1 AND id = $2 RETURNING unread, last_message_id, last_at, inbound_at, first_at, waiting_since`

// touch notes a message in its chat: one more unread when it is new and theirs.
func (s store) touch(ctx context.Context, c Chat, m Message, unread int) (Chat, error) {
	var inbound, first int64
	if !m.FromMe && m.Content.Kind != device.KindCall { // who calls has not written
		inbound = m.Order
		if m.Content.Kind != device.KindUnreadable { // whoever greets has something to answer
			first = m.Order
		}
	}
	last := lastOf(m)
	var id string
	err := s.db.QueryRow(ctx, touchChat, c.WorkspaceID, c.ID, unread, inbound, last.At, last.MessageID, string(last.Kind), last.Preview,
		flag(last.FromMe), first, string(last.By.Kind), last.By.ID).Scan(&c.Unread, &id, &c.Last.At, &c.InboundAt, &c.FirstAt, &c.WaitingSince)
	if id == last.MessageID {
		c.Last = last
	}
	return c, err
}

// lastOf is what lists show of a chat whose newest message is m.
func lastOf(m Message) Last {
	return Last{m.ID, m.Content.Listed(), db.Text(m.Content.Preview()), m.FromMe, m.Order, m.By}
}

const setPreview = `UPDATE chats SET last_preview = $4 WHERE workspace_id = $1 AND id = $2 AND last_message_id = $3`

func (s store) setPreview(ctx context.Context, m Message) error {
	_, err := s.db.Exec(ctx, setPreview, m.WorkspaceID, m.ChatID, m.ID, db.Text(m.Content.Preview()))
	return err
}

const clearUnread = `UPDATE chats SET unread = 0, marked_unread = 0 WHERE workspace_id = $1 AND id = $2 AND (unread > 0 OR marked_unread = 1)`

// clearUnread reports whether there was anything unread.
func (s store) clearUnread(ctx context.Context, workspaceID, id string) (bool, error) {
	res, err := s.db.Exec(ctx, clearUnread, workspaceID, id)
	return affected(res, err)
}

const moveTurn = `UPDATE chats SET turn = $4, turn_version = turn_version + 1, turn_since = $5
	WHERE workspace_id = $1 AND id = $2 AND turn_version = $3`

// moveTurn is a compare-and-set; false when the turn has moved since version.
func (s store) moveTurn(ctx context.Context, c Chat, to Turn, at int64) (bool, error) {
	res, err := s.db.Exec(ctx, moveTurn, c.WorkspaceID, c.ID, c.TurnVersion, string(to), at)
	return affected(res, err)
}

const prolongTurn = `UPDATE chats SET turn_since = $3 WHERE workspace_id = $1 AND id = $2 AND turn = 'human' AND turn_since < $3`

// prolongTurn notes that a person, who has the turn already, has answered.
func (s store) prolongTurn(ctx context.Context, c Chat, at int64) error {
	_, err := s.db.Exec(ctx, prolongTurn, c.WorkspaceID, c.ID, at)
	return err
}

const everWrote = `SELECT COUNT(*) FROM chats h WHERE h.workspace_id = $1 AND h.contact_id = $2 AND h.first_at > 0`

// everWrote reports whether a contact has written on any device.
func (s store) everWrote(ctx context.Context, workspaceID, contactID string) (bool, error) {
	var n int
	err := s.db.QueryRow(ctx, everWrote, workspaceID, contactID).Scan(&n)
	return n > 0, err
}

const itemTables = ` FROM chats h JOIN contacts c ON c.workspace_id = h.workspace_id AND c.id = h.contact_id `

const selectItem = `SELECT ` + chatColumns + `, ` + contact.Columns + itemTables + `WHERE h.workspace_id = $1 AND h.id = $2`

func (s store) item(ctx context.Context, workspaceID, id string) (Item, error) {
	c, err := s.chat(ctx, workspaceID, id) // follows merges
	if err != nil {
		return Item{}, err
	}
	return found(scanItem(s.db.QueryRow(ctx, selectItem, workspaceID, c.ID)))
}

const deleteMessages = `DELETE FROM messages WHERE workspace_id = $1 AND device_id = $2`

const deleteChats = `DELETE FROM chats WHERE workspace_id = $1 AND device_id = $2`

// forget deletes what a device had.
func (s store) forget(ctx context.Context, workspaceID, deviceID string) error {
	if _, err := s.db.Exec(ctx, deleteMessages, workspaceID, deviceID); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, deleteChats, workspaceID, deviceID)
	return err
}

func affected(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
