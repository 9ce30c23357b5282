package chat

import (
	"context"
	"time"
)

// Jumped says that the clock has jumped: marks that a network did not take are told again now, because the end of their
// pause says nothing any more, and snoozed chats are looked at.
func (s *Service) Jumped(ctx context.Context, _ time.Duration) {
	s.sleepers.wake()
	for _, r := range s.courier.all() {
		if err := s.store.leapMarks(ctx, r.device.WorkspaceID, r.device.ID, s.now()); err != nil {
			s.log.ErrorContext(ctx, "marks wait for as long as the clock was set back", "device", r.device.ID, "error", err)
		}
		s.courier.wake(r.device.ID)
	}
}

// all are the rounds that are under way.
func (c *courier) all() (list []*round) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.rounds {
		list = append(list, r)
	}
	return list
}

const leapMarks = `UPDATE chat_marks SET due_at = $3 WHERE workspace_id = $1 AND device_id = $2 AND pending = 1 AND tries > 0 AND due_at > $3`

func (s store) leapMarks(ctx context.Context, workspaceID, deviceID string, now int64) error {
	_, err := s.db.Exec(ctx, leapMarks, workspaceID, deviceID, now)
	return err
}
