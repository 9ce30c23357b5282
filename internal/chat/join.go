package chat

import (
	"context"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

const selectChatsOf = `SELECT ` + chatColumns + ` FROM chats h WHERE h.workspace_id = $1 AND h.contact_id = $2 AND h.merged_into = ''`

func (s store) chatsOf(ctx context.Context, workspaceID, contactID string) ([]Chat, error) {
	rows, err := s.db.Query(ctx, selectChatsOf, workspaceID, contactID)
	return dbutil.NewRowIterWithError(rows, scanChat, err).AsList()
}

const giveChat = `UPDATE chats SET contact_id = $3, given_from = $4 WHERE workspace_id = $1 AND id = $2`

const renameSender = `UPDATE messages SET sender_id = $4 WHERE workspace_id = $1 AND chat_id = $2 AND sender_id = $3`

// give makes a chat another contact's.
func (s store) give(ctx context.Context, c Chat, from, to string) error {
	if _, err := s.db.Exec(ctx, giveChat, c.WorkspaceID, c.ID, to, from); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, renameSender, c.WorkspaceID, c.ID, from, to)
	return err
}

const dropDoubles = `DELETE FROM messages WHERE workspace_id = $1 AND chat_id = $2 AND EXISTS (SELECT 1 FROM messages k
	WHERE k.workspace_id = $1 AND k.device_id = messages.device_id AND k.network_id = messages.network_id AND k.chat_id = $3
	AND k.from_me = messages.from_me)`

// Of two doubles the one that can be read stays.
const dropUnreadable = `DELETE FROM messages WHERE workspace_id = $1 AND chat_id = $2 AND ` + isUnreadable + ` AND EXISTS (SELECT 1 FROM messages k
	WHERE k.workspace_id = $1 AND k.device_id = messages.device_id AND k.network_id = messages.network_id AND k.chat_id = $3
	AND k.from_me = messages.from_me AND NOT (k.` + isUnreadable + `))`

// What nobody has looked at in one of two chats.
const unreadOfOne = ` FROM (SELECT m.device_id, m.network_id, m.content FROM messages m
	WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND m.from_me = 0 AND ` + isNoLine + `
	ORDER BY m.ordered_at DESC, m.id DESC LIMIT $4) u WHERE EXISTS (SELECT 1 FROM messages k
	WHERE k.workspace_id = $1 AND k.device_id = u.device_id AND k.network_id = u.network_id AND k.chat_id = $3 AND k.from_me = 0 AND `

const unreadUnreadable = `SELECT COUNT(*)` + unreadOfOne + `u.` + isUnreadable + ` AND NOT (k.` + isUnreadable + `))`

const unreadDoubles = `SELECT COUNT(*)` + unreadOfOne + `NOT (k.` + isUnreadable + ` AND NOT (u.` + isUnreadable + `)))`

// unreadTwice is how many of the messages that absorb will drop are among what nobody has looked at.
func (s store) unreadTwice(ctx context.Context, kept, gone Chat) (n int, err error) {
	var m int
	if err := s.db.QueryRow(ctx, unreadUnreadable, kept.WorkspaceID, kept.ID, gone.ID, kept.Unread).Scan(&n); err != nil {
		return 0, err
	}
	err = s.db.QueryRow(ctx, unreadDoubles, gone.WorkspaceID, gone.ID, kept.ID, gone.Unread).Scan(&m)
	return n + m, err
}

const selectSendIDs = `SELECT send_id FROM messages WHERE workspace_id = $1 AND chat_id = $2 AND send_id <> ''`

const moveMessages = `UPDATE messages SET chat_id = $3, moved_from = $2, sender_id = CASE WHEN sender_id = $4 THEN $5 ELSE sender_id END
	WHERE workspace_id = $1 AND chat_id = $2`

const retireChat = `UPDATE chats SET merged_into = $3, unread = 0 WHERE workspace_id = $1 AND id = $2`

const widenChat = `UPDATE chats SET turn = $3, turn_version = $4, turn_since = $5, unread = $6, last_message_id = $7, last_kind = $8,
	last_preview = $9, last_from_me = $10, last_at = $11, inbound_at = $12, first_at = $13,
	assignee_id = $14, team_id = $15, assign_version = $16, status = $17, wake_at = $18, waiting_since = $19, last_by = $20, last_by_id = $21
	WHERE workspace_id = $1 AND id = $2`

// absorb moves everything of gone into kept and writes kept as it is now. It returns the sends that moved.
func (s store) absorb(ctx context.Context, kept, gone Chat) ([]string, error) {
	if _, err := s.db.Exec(ctx, dropUnreadable, gone.WorkspaceID, kept.ID, gone.ID); err != nil {
		return nil, err
	}
	if _, err := s.db.Exec(ctx, dropDoubles, gone.WorkspaceID, gone.ID, kept.ID); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, selectSendIDs, gone.WorkspaceID, gone.ID)
	sends, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	if err != nil {
		return nil, err
	}
	if _, err := s.db.Exec(ctx, moveMessages, gone.WorkspaceID, gone.ID, kept.ID, gone.ContactID, kept.ContactID); err != nil {
		return nil, err
	}
	if _, err := s.db.Exec(ctx, retireChat, gone.WorkspaceID, gone.ID, kept.ID); err != nil {
		return nil, err
	}
	_, err = s.db.Exec(ctx, widenChat, kept.WorkspaceID, kept.ID, string(kept.Turn), kept.TurnVersion, kept.TurnSince, kept.Unread,
		kept.Last.MessageID, string(kept.Last.Kind), kept.Last.Preview, flag(kept.Last.FromMe), kept.Last.At, kept.InboundAt, kept.FirstAt,
		kept.AssigneeID, kept.TeamID, kept.AssignVersion, string(kept.Status), kept.WakeAt, kept.WaitingSince,
		string(kept.Last.By.Kind), kept.Last.By.ID)
	return sends, err
}

// join follows the merge of two contacts: what was two chats on one device becomes one.
func (s *Service) join(ctx context.Context, m contact.Merge) error {
	mine, err := s.store.chatsOf(ctx, m.WorkspaceID, m.Kept.ID)
	if err != nil {
		return err
	}
	theirs, err := s.store.chatsOf(ctx, m.WorkspaceID, m.Gone.ID)
	if err != nil {
		return err
	}
	byDevice := map[string]Chat{}
	for _, c := range mine {
		byDevice[c.DeviceID] = c
	}
	for _, gone := range theirs {
		kept, ok := byDevice[gone.DeviceID]
		if !ok {
			if err := s.store.give(ctx, gone, m.Gone.ID, m.Kept.ID); err != nil {
				return err
			}
			continue
		}
		if err := s.joinTwo(ctx, kept, gone); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) joinTwo(ctx context.Context, kept, gone Chat) error {
	twice, err := s.store.unreadTwice(ctx, kept, gone)
	if err != nil {
		return err
	}
	both := united(kept, gone)
	both.Unread = max(both.Unread-twice, 0)
	sends, err := s.store.absorb(ctx, both, gone)
	if err != nil {
		return err
	}
	if both.Last.Kind == device.KindUnreadable || both.Last.Kind == device.KindViewOnce { // it may have been in the other chat, in words
		if err := s.relast(ctx, both); err != nil {
			return err
		}
	}
	if err := s.store.absorbMarks(ctx, united(kept, gone), gone); err != nil {
		return err
	}
	for _, id := range sends {
		if err := s.outbox.Move(ctx, kept.WorkspaceID, id, kept.ID, kept.ContactID); err != nil {
			return err
		}
	}
	if err := s.Joined.Fire(ctx, Joined{kept.WorkspaceID, kept.ID, gone.ID}); err != nil {
		return err
	}
	return nil
}

// united is kept with what gone adds. The turn is a person's when it was in either: nobody is talked over.
func united(kept, gone Chat) Chat {
	if gone.Turn == TurnHuman && (kept.Turn != TurnHuman || gone.TurnSince > kept.TurnSince) {
		kept.Turn, kept.TurnSince = TurnHuman, gone.TurnSince
	}
	kept.TurnVersion = max(kept.TurnVersion, gone.TurnVersion) + 1
	kept.Unread += gone.Unread
	if gone.Last.At > kept.Last.At {
		kept.Last = gone.Last
	}
	kept.Archived, kept.Pinned = kept.Archived && gone.Archived, kept.Pinned || gone.Pinned
	kept.MarkedUnread, kept.ClearedAt = kept.MarkedUnread || gone.MarkedUnread, min(kept.ClearedAt, gone.ClearedAt)
	if kept.MutedUntil != device.MuteForever && (gone.MutedUntil == device.MuteForever || gone.MutedUntil > kept.MutedUntil) {
		kept.MutedUntil = gone.MutedUntil
	}
	kept.InboundAt = max(kept.InboundAt, gone.InboundAt)
	if kept.FirstAt == 0 || gone.FirstAt > 0 && gone.FirstAt < kept.FirstAt {
		kept.FirstAt = gone.FirstAt
	}
	return worked(kept, gone)
}
