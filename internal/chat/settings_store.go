package chat

import (
	"context"
	"strings"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// escapeLike makes s stand for itself in a LIKE pattern with \ as escape.
func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// idList is a list of ids, kept as one text.
type idList []string

// Scan reads the list from its column.
func (l *idList) Scan(v any) error {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case []byte:
		text = string(v)
	}
	*l = nil
	if text != "" {
		*l = strings.Split(text, ",")
	}
	return nil
}

const setArchived = `UPDATE chats SET archived = $3 WHERE workspace_id = $1 AND id = $2 AND archived <> $3`

const unpin = `UPDATE chats SET pinned = 0 WHERE workspace_id = $1 AND id = $2`

// setArchived also unpins a chat that is archived, as phones do; false when it is so already.
func (s store) setArchived(ctx context.Context, c Chat, on bool) (bool, error) {
	res, err := s.db.Exec(ctx, setArchived, c.WorkspaceID, c.ID, flag(on))
	changed, err := affected(res, err)
	if err == nil && changed && on {
		_, err = s.db.Exec(ctx, unpin, c.WorkspaceID, c.ID)
	}
	return changed, err
}

const setPinned = `UPDATE chats SET pinned = $3 WHERE workspace_id = $1 AND id = $2 AND pinned <> $3`

func (s store) setPinned(ctx context.Context, c Chat, on bool) (bool, error) {
	res, err := s.db.Exec(ctx, setPinned, c.WorkspaceID, c.ID, flag(on))
	return affected(res, err)
}

const setMuted = `UPDATE chats SET muted_until = $3 WHERE workspace_id = $1 AND id = $2 AND muted_until <> $3`

func (s store) setMuted(ctx context.Context, c Chat, until int64) (bool, error) {
	res, err := s.db.Exec(ctx, setMuted, c.WorkspaceID, c.ID, until)
	return affected(res, err)
}

const setMarkedUnread = `UPDATE chats SET marked_unread = 1 WHERE workspace_id = $1 AND id = $2 AND marked_unread = 0`

func (s store) setMarkedUnread(ctx context.Context, c Chat) (bool, error) {
	res, err := s.db.Exec(ctx, setMarkedUnread, c.WorkspaceID, c.ID)
	return affected(res, err)
}

const lowerUnread = `UPDATE chats SET marked_unread = 0, unread = (SELECT COUNT(*) FROM messages m
		WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND m.from_me = 0 AND m.origin <> 'history' AND m.at > $3 AND ` + isNoLine + `)
	WHERE workspace_id = $1 AND id = $2 AND (marked_unread = 1 OR unread > (SELECT COUNT(*) FROM messages m
		WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND m.from_me = 0 AND m.origin <> 'history' AND m.at > $3 AND ` + isNoLine + `))`

// lowerUnread makes only those messages unread that are newer than at; false when no more are unread already.
func (s store) lowerUnread(ctx context.Context, c Chat, at int64) (bool, error) {
	res, err := s.db.Exec(ctx, lowerUnread, c.WorkspaceID, c.ID, at)
	return affected(res, err)
}

const setStarred = `UPDATE messages SET starred = $3 WHERE workspace_id = $1 AND id = $2 AND starred <> $3`

func (s store) setStarred(ctx context.Context, m Message, on bool) (bool, error) {
	res, err := s.db.Exec(ctx, setStarred, m.WorkspaceID, m.ID, flag(on))
	return affected(res, err)
}

const stepUnread = `UPDATE chats SET unread = unread - 1 WHERE workspace_id = $1 AND id = $2 AND unread > (SELECT COUNT(*) FROM messages m
	WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND m.from_me = 0 AND (m.ordered_at, m.id) > ($3, $4) AND ` + isNoLine + `)`

// A deleted message stays as a row without what it said, so that it is known when it comes again.
const hideMessage = `UPDATE messages SET shown = 0, starred = 0, deleted_at = $3, content = '{"kind":"unknown"}', reactions = '', labels = '', raw = NULL
	WHERE workspace_id = $1 AND id = $2`

const dropMessageLabels = `DELETE FROM chat_labelled WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3`

// hide deletes one message; it no longer counts as unread.
func (s store) hide(ctx context.Context, m Message, at int64) error {
	if err := s.unlist(ctx, m); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, hideMessage, m.WorkspaceID, m.ID, at)
	return err
}

// unlist has a message that is to be shown no more count as unread no more, and have no labels.
func (s store) unlist(ctx context.Context, m Message) error {
	if !m.FromMe {
		if _, err := s.db.Exec(ctx, stepUnread, m.WorkspaceID, m.ChatID, m.Order, m.ID); err != nil {
			return err
		}
	}
	_, err := s.db.Exec(ctx, dropMessageLabels, m.WorkspaceID, m.ChatID, m.ID)
	return err
}

const hideUpTo = `UPDATE messages SET shown = 0, starred = 0, deleted_at = $4, content = '{"kind":"unknown"}', reactions = '', labels = '', raw = NULL
	WHERE workspace_id = $1 AND chat_id = $2 AND shown = 1 AND at <= $3 AND (CAST($5 AS INTEGER) = 1 OR starred = 0)`

const noteCleared = `UPDATE chats SET cleared_at = $3 WHERE workspace_id = $1 AND id = $2 AND cleared_at < $3`

// hideUpTo deletes the messages of a chat that are not newer than upTo, starred ones only with starredToo.
func (s store) hideUpTo(ctx context.Context, c Chat, upTo, at int64, starredToo bool) error {
	if _, err := s.db.Exec(ctx, hideUpTo, c.WorkspaceID, c.ID, upTo, at, flag(starredToo)); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, noteCleared, c.WorkspaceID, c.ID, upTo)
	return err
}

const selectWaiting = `SELECT s.id FROM messages m JOIN sends s ON s.workspace_id = m.workspace_id AND s.id = m.send_id
	WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND s.state IN ('queued', 'held') AND m.at <= $3`

// waiting returns the sends of a chat that are not on their way yet.
func (s store) waiting(ctx context.Context, c Chat, upTo int64) ([]string, error) {
	rows, err := s.db.Query(ctx, selectWaiting, c.WorkspaceID, c.ID, upTo)
	return dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
}

const setLast = `UPDATE chats SET last_message_id = $3, last_kind = $4, last_preview = $5, last_from_me = $6, last_at = $7, last_by = $8, last_by_id = $9,
	waiting_since = CASE WHEN CAST($6 AS SMALLINT) = 1 OR CAST($7 AS BIGINT) = 0 OR CAST($4 AS TEXT) = 'group' THEN 0 WHEN waiting_since = 0 THEN $7 ELSE waiting_since END WHERE workspace_id = $1 AND id = $2`

// setLast writes what lists show of a chat.
func (s store) setLast(ctx context.Context, c Chat, l Last) error {
	_, err := s.db.Exec(ctx, setLast, c.WorkspaceID, c.ID, l.MessageID, string(l.Kind), db.Text(l.Preview), flag(l.FromMe), l.At,
		string(l.By.Kind), l.By.ID)
	return err
}

// On a phone there is no deleted chat that is pinned, archived or marked.
const resetChat = `UPDATE chats SET archived = 0, pinned = 0, marked_unread = 0 WHERE workspace_id = $1 AND id = $2`

func (s store) resetChat(ctx context.Context, c Chat) error {
	_, err := s.db.Exec(ctx, resetChat, c.WorkspaceID, c.ID)
	return err
}

const reachColumns = `m.network_id, m.from_me, m.sender_id, CASE WHEN COALESCE(s.sent_at, 0) > m.at THEN s.sent_at ELSE m.at END`

const selectReach = `SELECT ` + reachColumns + messageTables + `WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND COALESCE(s.state, 'sent') IN ('sent', 'delivered', 'read')
	AND ` + isSaid + ` ORDER BY m.ordered_at DESC, m.id DESC LIMIT 1`

const selectReachChanging = `SELECT ` + reachColumns + messageTables + `WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 0 AND m.target <> ''
	AND COALESCE(s.state, 'sent') IN ('sent', 'delivered', 'read') ORDER BY m.ordered_at DESC, m.id DESC LIMIT 1`

// reach is the newest message of a chat that the network knows, be it one that only changes another: to the network
// these are messages too. Empty when there is none.
func (s store) reach(ctx context.Context, c Chat) (newest lastWish, err error) {
	for _, text := range []string{selectReach, selectReachChanging} {
		var l lastWish
		_, err := found(0, s.db.QueryRow(ctx, text, c.WorkspaceID, c.ID).Scan(&l.NetworkID, &l.FromMe, &l.SenderID, &l.At))
		if err != nil && !isNotFound(err) {
			return l, err
		}
		if l.At > newest.At {
			newest = l
		}
	}
	return newest, nil
}
