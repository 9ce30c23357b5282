package chat

import (
	"context"
	"math"
)

// around returns a message of a chat with about as much before it as after it.
func (s *Service) around(ctx context.Context, c Chat, messageID string, limit int) (MessagePage, error) {
	m, err := s.store.message(ctx, c.WorkspaceID, messageID)
	if err != nil {
		return MessagePage{}, err
	}
	if m.ChatID != c.ID || m.Content.Kind.Modifies() {
		return MessagePage{}, ErrMessageNotFound
	}
	half := max(limit/2, 1)
	before, err := s.store.before(ctx, c.WorkspaceID, c.ID, keyOf(m), math.MinInt64, half+1)
	if err != nil {
		return MessagePage{}, err
	}
	after, err := s.store.after(ctx, c.WorkspaceID, c.ID, keyOf(m), math.MinInt64, max(limit-half-1, 1))
	if err != nil {
		return MessagePage{}, err
	}
	older := ""
	if len(before) > half {
		before = before[1:]
		older = keyOf(before[0]).cursor()
	}
	return pageOf(append(append(before, m), after...), older, ""), nil
}
