package notify

import (
	"context"
	"time"
)

// Jumped says that the clock has jumped: what is to be told again later is told now, because the end of its pause says
// nothing any more.
func (s *Service) Jumped(ctx context.Context, _ time.Duration) {
	if err := s.store.leap(ctx, s.now()); err != nil {
		s.log.ErrorContext(ctx, "notices wait for as long as the clock was set back", "error", err)
	}
	s.nudge()
}

//sql:global the clock is that of all workspaces
const leapNotices = `UPDATE notices SET next_at = $1 WHERE next_at > $1`

// leap ends the pauses before the next attempts.
func (s store) leap(ctx context.Context, now int64) error {
	_, err := s.db.Exec(ctx, leapNotices, now)
	return err
}
