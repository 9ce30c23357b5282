package desk

import (
	"context"
	"strings"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// Draft is what a member has begun to write in a chat.
type Draft struct {
	WorkspaceID string `json:"-"`
	MemberID    string `json:"-"`
	ChatID      string `json:"chat_id"`
	Text        string `json:"text" doc:"Empty: there is none any more"`
	ReplyTo     string `json:"reply_to,omitempty" doc:"id or network_id of the message that it replies to"`
	UpdatedAt   int64  `json:"updated_at" doc:"Unix milliseconds"`
}

const putDraft = `INSERT INTO drafts (workspace_id, member_id, chat_id, device_id, body, reply_to, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT (workspace_id, member_id, chat_id) DO UPDATE SET body = excluded.body, reply_to = excluded.reply_to, updated_at = excluded.updated_at`

const deleteDraft = `DELETE FROM drafts WHERE workspace_id = $1 AND member_id = $2 AND chat_id = $3`

// PutDraft keeps what a member has begun to write, in place of what was there; an empty text deletes it. The member's
// other screens are told. chat.ErrNotFound.
func (s *Service) PutDraft(ctx context.Context, d Draft) (Draft, error) {
	d.Text, d.ReplyTo, d.UpdatedAt = db.Text(d.Text), db.Text(d.ReplyTo), s.now()
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		c, err := s.conf.Chats.Get(ctx, d.WorkspaceID, d.ChatID)
		if err != nil {
			return err
		}
		d.ChatID = c.Chat.ID
		if strings.TrimSpace(d.Text) == "" {
			d.Text, d.ReplyTo = "", ""
			_, err = s.db.Exec(ctx, deleteDraft, d.WorkspaceID, d.MemberID, d.ChatID)
		} else {
			_, err = s.db.Exec(ctx, putDraft, d.WorkspaceID, d.MemberID, d.ChatID, c.DeviceID, d.Text, d.ReplyTo, d.UpdatedAt)
		}
		db.AfterCommit(ctx, func() { s.conf.Drafted(d) })
		return err
	})
	return d, err
}

const selectDrafts = `SELECT workspace_id, member_id, chat_id, body, reply_to, updated_at FROM drafts WHERE workspace_id = $1 AND member_id = $2
	AND ($3 = '' OR chat_id = $3) ORDER BY updated_at DESC, chat_id LIMIT 200`

// Drafts returns a member's newest 200 drafts, or the one of a chat.
func (s *Service) Drafts(ctx context.Context, workspaceID, memberID, chatID string) ([]Draft, error) {
	rows, err := s.db.Query(ctx, selectDrafts, workspaceID, memberID, chatID)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (d Draft, err error) {
		err = r.Scan(&d.WorkspaceID, &d.MemberID, &d.ChatID, &d.Text, &d.ReplyTo, &d.UpdatedAt)
		return d, err
	}, err).AsList()
}

const (
	dropDoubleDrafts = `DELETE FROM drafts WHERE workspace_id = $1 AND chat_id = $2 AND member_id IN
		(SELECT k.member_id FROM drafts k WHERE k.workspace_id = $1 AND k.chat_id = $3)`
	moveDrafts = `UPDATE drafts SET chat_id = $3 WHERE workspace_id = $1 AND chat_id = $2`
)

// moveDrafts gives drafts to the chat that theirs became part of, but for members who have one there.
func (s *Service) moveDrafts(ctx context.Context, j chat.Joined) error {
	for _, text := range []string{dropDoubleDrafts, moveDrafts} {
		if _, err := s.db.Exec(ctx, text, j.WorkspaceID, j.GoneID, j.KeptID); err != nil {
			return err
		}
	}
	return nil
}
