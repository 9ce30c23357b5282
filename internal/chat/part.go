package chat

import (
	"context"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/contact"
)

const givenChats = `SELECT ` + chatColumns + ` FROM chats h WHERE h.workspace_id = $1 AND h.contact_id = $2 AND h.given_from = $3 AND h.merged_into = ''`

const retiredChats = `SELECT ` + chatColumns + ` FROM chats h WHERE h.workspace_id = $1 AND h.contact_id = $2 AND h.merged_into <> ''`

// given are the chats that were another contact's until a merge gave them to contactID.
func (s store) given(ctx context.Context, workspaceID, contactID, from string) ([]Chat, error) {
	rows, err := s.db.Query(ctx, givenChats, workspaceID, contactID, from)
	return dbutil.NewRowIterWithError(rows, scanChat, err).AsList()
}

// retired are the chats of a contact that became part of others.
func (s store) retired(ctx context.Context, workspaceID, contactID string) ([]Chat, error) {
	rows, err := s.db.Query(ctx, retiredChats, workspaceID, contactID)
	return dbutil.NewRowIterWithError(rows, scanChat, err).AsList()
}

const selectMovedSends = `SELECT send_id FROM messages WHERE workspace_id = $1 AND chat_id = $2 AND moved_from = $3 AND send_id <> ''`

const moveBack = `UPDATE messages SET chat_id = $3, moved_from = '', sender_id = CASE WHEN sender_id = $4 THEN $5 ELSE sender_id END
	WHERE workspace_id = $1 AND chat_id = $2 AND moved_from = $3`

const reviveChat = `UPDATE chats SET merged_into = '' WHERE workspace_id = $1 AND id = $2`

// revive gives a chat that was absorbed by kept its messages back, and returns the sends among them.
func (s store) revive(ctx context.Context, gone Chat, keptID, goneID string) ([]string, error) {
	rows, err := s.db.Query(ctx, selectMovedSends, gone.WorkspaceID, gone.mergedInto, gone.ID)
	sends, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	if err != nil {
		return nil, err
	}
	if _, err := s.db.Exec(ctx, moveBack, gone.WorkspaceID, gone.mergedInto, gone.ID, keptID, goneID); err != nil {
		return nil, err
	}
	_, err = s.db.Exec(ctx, reviveChat, gone.WorkspaceID, gone.ID)
	return sends, err
}

// part follows the taking apart of two contacts: what was two chats is two again, each with the messages that it had;
// what came since stays with the contact that was kept. Labels and settings stay there, too.
func (s *Service) part(ctx context.Context, m contact.Merge) error {
	given, err := s.store.given(ctx, m.WorkspaceID, m.Kept.ID, m.Gone.ID)
	if err != nil {
		return err
	}
	for _, c := range given {
		if err := s.store.give(ctx, c, m.Kept.ID, m.Gone.ID); err != nil {
			return err
		}
	}
	retired, err := s.store.retired(ctx, m.WorkspaceID, m.Gone.ID)
	if err != nil {
		return err
	}
	for _, gone := range retired {
		if err := s.partTwo(ctx, m, gone); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) partTwo(ctx context.Context, m contact.Merge, gone Chat) error {
	sends, err := s.store.revive(ctx, gone, m.Kept.ID, m.Gone.ID)
	if err != nil {
		return err
	}
	for _, id := range sends {
		if err := s.outbox.Move(ctx, gone.WorkspaceID, id, gone.ID, m.Gone.ID); err != nil {
			return err
		}
	}
	kept, err := s.store.item(ctx, gone.WorkspaceID, gone.mergedInto)
	if err != nil {
		return err
	}
	back, err := s.store.item(ctx, gone.WorkspaceID, gone.ID)
	if err != nil {
		return err
	}
	for _, c := range []Chat{kept.Chat, back.Chat} {
		if err := s.relast(ctx, c); err != nil {
			return err
		}
	}
	return nil
}
