package event

import (
	"context"
	"errors"
	"math"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pingcrm/pingcrm/internal/kit/clock"
)

// linger is how long telling waits for company: a look at the log costs the same for one event and for many.
const linger = 3 * time.Millisecond

const (
	sweepEvery = time.Hour
	sweepAtOne = 5_000 // rows in one transaction
	atOnce     = 4     // workspaces that are worked on at once
	batch      = 500
)

// Run numbers what was committed, tells it, and deletes what is old, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	poll := time.NewTicker(s.conf.Poll)
	defer poll.Stop()
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			s.EndWaits()
			return nil
		case <-s.wake:
			clock.Sleep(ctx, linger)
			s.turn(ctx)
		case <-poll.C:
			s.lookAround(ctx)
			s.turn(ctx)
		case <-sweep.C:
			if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.log.ErrorContext(ctx, "old events were not removed", "error", err)
			}
		}
	}
}

// lookAround finds what other nodes have written and what a node that died left without a number.
func (s *Service) lookAround(ctx context.Context) {
	if !s.db.Postgres() {
		return
	}
	left, err := s.store.unnumbered(ctx)
	logs, err2 := s.store.logs(ctx)
	if err := errors.Join(err, err2); err != nil {
		if ctx.Err() == nil {
			s.log.WarnContext(ctx, "the event logs were not looked at", "error", err)
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, workspaceID := range left {
		s.dirty[workspaceID] = true
	}
	for workspaceID, last := range logs {
		if told, ok := s.told[workspaceID]; !ok || told < last {
			s.dirty[workspaceID] = true
		}
	}
}

// turn works through the logs that have grown.
func (s *Service) turn(ctx context.Context) {
	s.mu.Lock()
	dirty := s.dirty
	s.dirty = map[string]bool{}
	s.mu.Unlock()
	var all errgroup.Group
	all.SetLimit(atOnce)
	for workspaceID := range dirty {
		all.Go(func() error {
			if err := s.tell(ctx, workspaceID); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "events are told later", "workspace", workspaceID, "error", err)
				s.mu.Lock()
				s.dirty[workspaceID] = true // the next tick tries again
				s.mu.Unlock()
			}
			return nil
		})
	}
	_ = all.Wait()
}

// tell gives numbers where they are missing, and tells what is new of one log.
func (s *Service) tell(ctx context.Context, workspaceID string) error {
	if err := s.numberAll(ctx, workspaceID); err != nil {
		return err
	}
	from, err := s.toldUpTo(ctx, workspaceID)
	if err != nil {
		return err
	}
	for {
		list, err := s.store.read(ctx, workspaceID, span{after: from, to: math.MaxInt64, limit: batch})
		if err != nil {
			return err
		}
		for _, e := range list {
			from = e.Seq
			if e.At >= s.begun {
				s.Told.Fire(ctx, e)
			}
		}
		s.settle(workspaceID, from)
		if len(list) < batch {
			break
		}
	}
	s.Grown.Fire(ctx, workspaceID)
	return nil
}

func (s *Service) numberAll(ctx context.Context, workspaceID string) error {
	if !s.db.Postgres() {
		return nil
	}
	if _, known := s.at(workspaceID); !known {
		if err := s.store.open(ctx, workspaceID); err != nil {
			return err
		}
	}
	for {
		n, err := s.store.number(ctx, workspaceID, 2*batch)
		if err != nil || n < 2*batch {
			return err
		}
	}
}

// lateTold is how many events of a log that this node hears of for the first time may be told: more than can have
// come since it started without its having noticed.
const lateTold = 200

func (s *Service) toldUpTo(ctx context.Context, workspaceID string) (int64, error) {
	if from, known := s.at(workspaceID); known {
		return from, nil
	}
	_, last, err := s.store.bounds(ctx, workspaceID)
	return max(0, last-lateTold), err
}

func (s *Service) at(workspaceID string) (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, known := s.told[workspaceID]
	return from, known
}

// settle remembers what was told and wakes those who wait for the log to grow.
func (s *Service) settle(workspaceID string, upTo int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told[workspaceID] = upTo; s.waits[workspaceID] != nil {
		close(s.waits[workspaceID])
		delete(s.waits, workspaceID)
	}
}

// Wait is Read that waits up to d for something to return when there is nothing yet. It ends earlier, with what there
// is, when ctx does or the program stops.
func (s *Service) Wait(ctx context.Context, workspaceID string, w Stretch, d time.Duration) (Page, error) {
	late := time.NewTimer(d)
	defer late.Stop()
	for {
		grown := s.growth(workspaceID)
		p, err := s.Read(ctx, workspaceID, w)
		if err != nil || len(p.Events) > 0 {
			return p, err
		}
		if w.After = p.Next; p.Next < p.Last {
			continue
		}
		again := time.NewTimer(s.conf.Poll) // what another node writes wakes nobody here
		select {
		case <-grown:
		case <-again.C:
		case <-late.C:
			again.Stop()
			return p, nil
		case <-s.ending:
			again.Stop()
			return p, nil
		case <-ctx.Done():
			again.Stop()
			return p, ctx.Err()
		}
		again.Stop()
	}
}

// growth is closed when the workspace's log has grown.
func (s *Service) growth(workspaceID string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waits[workspaceID] == nil {
		s.waits[workspaceID] = make(chan struct{})
	}
	return s.waits[workspaceID]
}

// EndWaits ends every Wait at once, now and from now on, for a program that stops. Twice is fine.
func (s *Service) EndWaits() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.ending:
	default:
		close(s.ending)
	}
}

// Sweep deletes the events that are older than Config.Keep, and the oldest of those above Config.KeepRows. The newest
// event of a log always stays.
func (s *Service) Sweep(ctx context.Context) error {
	list, err := s.store.workspaces(ctx)
	if err != nil {
		return err
	}
	before := s.conf.Now().Add(-s.conf.Keep).UnixMilli()
	for _, workspaceID := range list {
		for {
			gone, err := s.store.sweepSome(ctx, workspaceID, before, s.conf.KeepRows, sweepAtOne)
			if err != nil {
				return err
			}
			if gone < sweepAtOne {
				break
			}
		}
	}
	return nil
}
