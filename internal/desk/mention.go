package desk

import (
	"context"
	"math"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

// Mention is a note in which a member is asked to read it.
type Mention struct {
	Note   Note  `json:"note"`
	At     int64 `json:"at" doc:"When they were mentioned, unix milliseconds"`
	ReadAt int64 `json:"read_at,omitempty" doc:"Unix milliseconds; missing: not yet"`
}

// mentionKey is a place in the list of mentions.
type mentionKey struct {
	At int64  `json:"a"`
	ID string `json:"i"`
}

// MentionPage is a part of a member's mentions.
type MentionPage struct {
	Items []Mention
	Next  string // "" at the end
}

// MentionQuery picks from a member's mentions.
type MentionQuery struct {
	Page   httpx.Page
	Unread bool // only those
}

const selectMentions = `SELECT ` + noteColumns + `, x.at, x.read_at FROM mentions x JOIN notes n ON n.workspace_id = x.workspace_id AND n.id = x.note_id
	WHERE x.workspace_id = $1 AND x.member_id = $2 AND (x.at, x.note_id) < ($3, $4) AND ($5 = 0 OR x.read_at = 0)
	ORDER BY x.at DESC, x.note_id DESC LIMIT $6`

// Mentions lists a member's mentions, newest first.
func (s *Service) Mentions(ctx context.Context, workspaceID, memberID string, q MentionQuery) (p MentionPage, err error) {
	from := mentionKey{At: math.MaxInt64, ID: "~"}
	if _, err := q.Page.Key(&from); err != nil {
		return p, err
	}
	rows, err := s.db.Query(ctx, selectMentions, workspaceID, memberID, from.At, from.ID, flag(q.Unread), q.Page.Limit+1)
	if err != nil {
		return p, err
	}
	defer func() { _ = rows.Close() }()
	p.Items = []Mention{}
	for rows.Next() {
		var m Mention
		var mentions []byte
		if err := rows.Scan(append(m.Note.refs(&mentions), &m.At, &m.ReadAt)...); err != nil {
			return p, err
		}
		if err := m.Note.finish(mentions); err != nil {
			return p, err
		}
		p.Items = append(p.Items, m)
	}
	if len(p.Items) > q.Page.Limit {
		p.Items = p.Items[:q.Page.Limit]
		last := p.Items[q.Page.Limit-1]
		p.Next = httpx.Cursor(mentionKey{last.At, last.Note.ID})
	}
	return p, rows.Err()
}

const readMentions = `UPDATE mentions SET read_at = $4 WHERE workspace_id = $1 AND member_id = $2 AND read_at = 0 AND ($3 = '' OR chat_id = $3)`

// ReadMentions notes that a member has read what mentions them in a chat, or everywhere for "". Twice is fine.
func (s *Service) ReadMentions(ctx context.Context, workspaceID, memberID, chatID string) error {
	if chatID != "" {
		c, err := s.conf.Chats.Get(ctx, workspaceID, chatID)
		if err != nil {
			return err
		}
		chatID = c.Chat.ID
	}
	_, err := s.db.Exec(ctx, readMentions, workspaceID, memberID, chatID, s.now())
	return err
}

const countUnread = `SELECT COUNT(*) FROM mentions WHERE workspace_id = $1 AND member_id = $2 AND read_at = 0`

// Unread counts the mentions that a member has not read.
func (s *Service) Unread(ctx context.Context, workspaceID, memberID string) (n int, err error) {
	err = s.db.QueryRow(ctx, countUnread, workspaceID, memberID).Scan(&n)
	return n, err
}
