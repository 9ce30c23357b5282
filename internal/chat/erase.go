package chat

import (
	"context"
	"encoding/json"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

const selectAllChatsOf = `SELECT h.id FROM chats h WHERE h.workspace_id = $1 AND h.contact_id = $2`

const (
	eraseMessages = `DELETE FROM messages WHERE workspace_id = $1 AND chat_id = $2`
	eraseMarks    = `DELETE FROM chat_marks WHERE workspace_id = $1 AND chat_id = $2`
	eraseLabelled = `DELETE FROM chat_labelled WHERE workspace_id = $1 AND chat_id = $2`
	eraseChat     = `DELETE FROM chats WHERE workspace_id = $1 AND id = $2`
)

// EraseContact deletes a contact's chats with all that was said in them, for contact.Service.Deleted. What the contact
// has said in groups is the groups', and stays there without a name.
func (s *Service) EraseContact(ctx context.Context, c contact.Contact) error {
	rows, err := s.store.db.Query(ctx, selectAllChatsOf, c.WorkspaceID, c.ID)
	chats, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	if err != nil {
		return err
	}
	for _, chatID := range chats {
		if err := s.Erasing.Fire(ctx, Erasing{c.WorkspaceID, chatID}); err != nil {
			return err
		}
		rows, err := s.store.db.Query(ctx, selectSendIDs, c.WorkspaceID, chatID)
		sends, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
		if err != nil {
			return err
		}
		for _, id := range sends {
			if err := s.outbox.Erase(ctx, c.WorkspaceID, id); err != nil {
				return err
			}
		}
		for _, text := range []string{eraseMessages, eraseMarks, eraseLabelled, eraseChat} {
			if _, err := s.store.db.Exec(ctx, text, c.WorkspaceID, chatID); err != nil {
				return err
			}
		}
	}
	return nil
}

const selectMediaOf = `SELECT m.content FROM messages m JOIN chats h ON h.workspace_id = m.workspace_id AND h.id = m.chat_id
	WHERE m.workspace_id = $1 AND h.contact_id = $2 AND m.content LIKE '%"blob":"%'`

// Leavings names what EraseContact would delete and others may still name: the contact's chats, and the files in them.
func (s *Service) Leavings(ctx context.Context, c contact.Contact) (chats, files []string, err error) {
	rows, err := s.store.db.Query(ctx, selectAllChatsOf, c.WorkspaceID, c.ID)
	if chats, err = dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList(); err != nil {
		return nil, nil, err
	}
	rows, err = s.store.db.Query(ctx, selectMediaOf, c.WorkspaceID, c.ID)
	err = dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).Iter(func(text string) (bool, error) {
		var content device.Content
		if err := json.Unmarshal([]byte(text), &content); err != nil {
			return false, fmt.Errorf("read a message: %w", err)
		}
		if content.Media != nil && content.Media.Blob != "" {
			files = append(files, content.Media.Blob)
		}
		return true, nil
	})
	return chats, files, err
}
