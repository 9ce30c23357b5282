package webhook

import (
	"context"
	"time"
)

const pollDue = time.Second

// nudge makes Run look for due deliveries now.
func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends, and then gives back what it had not begun.
func (s *Service) Run(ctx context.Context) error {
	if err := s.store.releaseAll(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	s.running = ctx
	s.mu.Unlock()
	tick := time.NewTicker(pollDue)
	defer tick.Stop()
	sweep := time.NewTicker(time.Hour)
	defer sweep.Stop()
	s.work.Go(func() { s.fanOut(ctx) })
	for {
		if err := s.pickUp(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "due webhooks could not be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return s.stop()
		case <-s.wake:
		case <-tick.C:
			s.clear()
		case <-sweep.C:
			if err := s.store.sweep(ctx, s.now().UnixMilli()); err != nil {
				s.log.ErrorContext(ctx, "old webhook deliveries were not removed", "error", err)
			}
		}
	}
}

// pickUp claims what is due, for each endpoint as much as it can take.
func (s *Service) pickUp(ctx context.Context) error {
	now := s.steady()
	due, err := s.store.due(ctx, now.UnixMilli())
	if err != nil {
		return err
	}
	more := false
	for _, k := range due {
		s.mu.Lock()
		e := s.endpointOf(k)
		n := min(e.room(now), 128)
		s.mu.Unlock()
		if n == 0 {
			continue
		}
		list, err := s.store.claim(ctx, k, now.UnixMilli(), n)
		if err != nil {
			return err
		}
		s.push(e, list)
		more = more || len(list) == n && n > 1
	}
	if more {
		s.nudge()
	}
	return nil
}

// stop waits for the attempts under way, which end with Run's ctx, and gives every claim back.
func (s *Service) stop() error {
	s.work.Wait()
	s.mu.Lock()
	s.running = nil
	s.endpoints = map[key]*endpoint{}
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return s.store.releaseAll(ctx)
}
