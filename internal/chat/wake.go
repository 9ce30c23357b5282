package chat

import (
	"context"
	"errors"
	"time"
)

// lastLook is the longest time between two looks for chats that are to wake: another node may have snoozed one.
const lastLook = 30 * time.Second

// sleepers wakes the snoozed chats whose time has come. The times are in the table: one that passed while nothing ran
// is seen at the start.
type sleepers struct {
	s     *Service
	nudge chan struct{}
}

// wake has it look at once.
func (w *sleepers) wake() {
	select {
	case w.nudge <- struct{}{}:
	default:
	}
}

func (w *sleepers) serve(ctx context.Context) error {
	for ctx.Err() == nil {
		wait, err := w.s.WakeDue(ctx)
		if err != nil && ctx.Err() == nil {
			w.s.log.ErrorContext(ctx, "snoozed chats wait", "error", err)
			wait = 5 * time.Second
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-w.nudge:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// WakeDue opens the snoozed chats whose time has come, of all workspaces, and returns how long there is nothing to do.
// Module's Run calls it by itself.
func (s *Service) WakeDue(ctx context.Context) (time.Duration, error) {
	for {
		list, err := s.store.asleep(ctx, s.now())
		if err != nil {
			return 0, err
		}
		for _, c := range list {
			if err := s.wakeOne(ctx, c); err != nil {
				return 0, err
			}
		}
		if len(list) < deskBatch {
			break
		}
	}
	next, err := s.store.nextWake(ctx)
	if err != nil || next == 0 {
		return lastLook, err
	}
	return min(max(time.Duration(next-s.now())*time.Millisecond, 10*time.Millisecond), lastLook), nil
}

// wakeOne opens a chat that was seen asleep; one that has moved meanwhile stays as it is.
func (s *Service) wakeOne(ctx context.Context, c Chat) error {
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		_, err := s.moveStatus(ctx, c, Progress{Status: StatusOpen})
		return err
	})
	if errors.Is(err, ErrStatusMoved) {
		return nil
	}
	return err
}
