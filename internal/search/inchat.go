package search

import (
	"context"
	"slices"

	"github.com/pingcrm/pingcrm/internal/chat"
)

const (
	// maxRead is how many messages of a chat are read for one page.
	maxRead = 4000
	// readAtOnce is how many are read in one piece.
	readAtOnce = 200
)

// inChat looks for a question in one chat by reading it backwards: the index does not know chats, and a common word has
// more hits in the others than one chat has messages.
func (s *Service) inChat(ctx context.Context, workspaceID string, asked question, q Query) (f Found, err error) {
	c, err := s.chats.Get(ctx, workspaceID, q.ChatID)
	if err != nil {
		return f, err
	}
	for before, read := q.After, 0; ; read += readAtOnce {
		p, err := s.chats.Messages(ctx, workspaceID, c.Chat.ID, chat.Span{Before: before, Limit: readAtOnce})
		if err != nil {
			return f, err
		}
		slices.Reverse(p.Messages)
		for _, m := range p.Messages {
			text := textOf(m.Content)
			if m.RevokedAt > 0 || !asked.all(text) {
				continue
			}
			f.Messages = append(f.Messages, Hit{
				MessageID: m.ID, Chat: c.Chat.ID, DeviceID: m.DeviceID, Contact: c.Contact, SenderID: m.SenderID, FromMe: m.FromMe, By: m.By,
				Kind: m.Content.Kind, At: m.At, Parts: asked.excerpt(text),
			})
			if len(f.Messages) == q.Limit {
				f.Next = chat.CursorOf(m)
				return f, nil
			}
		}
		if before = p.Older; before == "" || read+readAtOnce >= maxRead {
			f.Next = before
			return f, nil
		}
	}
}

// all reports whether a text has every word of the question.
func (q question) all(text string) bool {
	missing := len(q.words)
	found := make([]bool, len(q.words))
	for _, w := range split(text) {
		for i := range q.words {
			if !found[i] && (question{q.words[i : i+1], q.begun && i == len(q.words)-1}).hits(w.code) {
				found[i] = true
				missing--
			}
		}
		if missing == 0 {
			return true
		}
	}
	return missing == 0
}
