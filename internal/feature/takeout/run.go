package takeout

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

const (
	poll = 5 * time.Second
	// claimed is how long a node may say nothing of a takeout before another one goes on with it.
	claimed = time.Minute
)

// errLost ends the writing of a takeout that was deleted, or is another node's now.
var errLost = errors.New("the takeout is not ours any more")

func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run writes the takeouts that wait, one after the other, and removes those whose time is over, until ctx ends. What was
// under way goes on with the next part that is not written, after a kill too.
func (s *Service) Run(ctx context.Context) error {
	if err := s.store.release(ctx, s.Node); err != nil && ctx.Err() == nil {
		return err
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if err := errors.Join(s.runWaiting(ctx), s.Sweep(ctx)); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "takeouts are written later", "error", err)
		}
		select {
		case <-ctx.Done():
			return s.store.release(context.WithoutCancel(ctx), s.Node)
		case <-s.wake:
		case <-tick.C:
		}
	}
}

// Sweep removes the takeouts whose time is over.
func (s *Service) Sweep(ctx context.Context) error {
	list, err := s.store.over(ctx, s.now())
	if err != nil {
		return err
	}
	for _, t := range list {
		if err := s.removeParts(ctx, t); err != nil {
			return err
		}
		if _, err := s.store.delete(ctx, t); err != nil {
			return err
		}
		s.Told(t.WorkspaceID)
	}
	return nil
}

func (s *Service) runWaiting(ctx context.Context) error {
	list, err := s.store.waiting(ctx, s.now())
	if err != nil {
		return err
	}
	for _, t := range list {
		ok, err := s.store.claim(ctx, t, s.Node, s.now()+claimed.Milliseconds(), s.now())
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if t, err = s.store.get(ctx, t.WorkspaceID, t.ID); err != nil { // another node may have written meanwhile
			return err
		}
		if err := s.runOne(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// runOne writes a takeout to its end. Only an end of ctx or the database leaves it unfinished.
func (s *Service) runOne(ctx context.Context, t Takeout) error {
	mine, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var holding sync.WaitGroup
	claim := t // t goes on while it is written
	holding.Go(func() { s.keepHolding(mine, stop, claim) })
	defer holding.Wait()
	defer stop(nil)
	err := s.write(mine, &t)
	switch {
	case errors.Is(err, errLost), errors.Is(context.Cause(mine), errLost):
		return s.leave(context.WithoutCancel(ctx), t)
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && db.Transient(err):
		return err // it goes on from where it is, once the claim is over
	case err != nil:
		s.Log.WarnContext(ctx, "a takeout failed", "takeout", t.ID, "workspace", t.WorkspaceID, "error", err)
		t.State, t.Problem, t.ExpiresAt = Failed, "internal", s.now()+s.Keep.Milliseconds()
		return s.save(ctx, t)
	}
	return nil
}

// leave removes what was written of a takeout that somebody has deleted meanwhile; one of another node stays.
func (s *Service) leave(ctx context.Context, t Takeout) error {
	if _, err := s.store.get(ctx, t.WorkspaceID, t.ID); !errors.Is(err, ErrNotFound) {
		return err
	}
	t.Parts++ // one may have been under way
	return s.removeParts(ctx, t)
}

// keepHolding says now and then that the takeout is being written, and ends the writing when it is not ours any more.
func (s *Service) keepHolding(ctx context.Context, stop context.CancelCauseFunc, t Takeout) {
	tick := time.NewTicker(claimed / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if ok, err := s.store.hold(ctx, t, s.Node, s.now()+claimed.Milliseconds()); err == nil && !ok {
				stop(errLost)
			}
		}
	}
}

// save notes how far a takeout is, and tells it.
func (s *Service) save(ctx context.Context, t Takeout) error {
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		ok, err := s.store.save(ctx, t, s.Node, s.now())
		if err == nil && !ok {
			err = errLost
		}
		s.told(ctx, t.WorkspaceID)
		return err
	})
}
