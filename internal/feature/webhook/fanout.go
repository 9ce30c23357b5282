package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

const (
	lookEvery = 2 * time.Second // for what other nodes wrote
	fanBatch  = 200             // events in one transaction
	// lag is how far a webhook's stored place may be behind what was looked at and found not to be for it.
	lag = 5_000
)

// Grown is for event.Service.Grown: webhooks of the workspace may have something to be told.
func (s *Service) Grown(_ context.Context, workspaceID string) {
	s.mu.Lock()
	s.grown[workspaceID] = true
	s.mu.Unlock()
	select {
	case s.fan <- struct{}{}:
	default:
	}
}

// fanOut writes deliveries of what the logs tell, until ctx ends.
func (s *Service) fanOut(ctx context.Context) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		if err := s.lookAround(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "webhooks were not looked at", "error", err)
		}
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return
			case <-s.fan:
				s.fanGrown(ctx)
			case <-look.C:
				waiting = false
			}
		}
	}
}

// lookAround finds workspaces whose webhooks are behind, because another node wrote or this one was away.
func (s *Service) lookAround(ctx context.Context) error {
	list, err := s.store.listening(ctx)
	if err != nil {
		return err
	}
	for _, l := range list {
		_, last, err := s.events.Bounds(ctx, l.workspaceID)
		if err != nil {
			return err
		}
		if l.replaying || l.seq < last {
			s.Grown(ctx, l.workspaceID)
		}
	}
	return nil
}

func (s *Service) fanGrown(ctx context.Context) {
	s.mu.Lock()
	grown := s.grown
	s.grown = map[string]bool{}
	s.mu.Unlock()
	for workspaceID := range grown {
		if err := s.fanWorkspace(ctx, workspaceID); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "webhooks are told later", "workspace", workspaceID, "error", err)
		}
	}
}

func (s *Service) fanWorkspace(ctx context.Context, workspaceID string) error {
	list, err := s.store.webhooks(ctx, workspaceID, "", maxWebhooks+1)
	if err != nil {
		return err
	}
	for _, w := range list {
		if !w.Enabled {
			continue
		}
		if err := errors.Join(s.replay(ctx, w), s.tell(ctx, w)); err != nil {
			return err
		}
	}
	return nil
}

// tell writes the deliveries of what is new in the log.
func (s *Service) tell(ctx context.Context, w Webhook) error {
	s.mu.Lock()
	from := max(w.Seq, s.seen[w.ID])
	s.mu.Unlock()
	for {
		p, list, err := s.choose(ctx, w, from)
		if f, ok := fault.From(err); ok && f.Kind == fault.Gone { // it was away for longer than events are kept
			if from, err = s.oldest(ctx, w); err == nil {
				continue
			}
		}
		if err != nil || p.Next == from {
			return err
		}
		if from = p.Next; len(list) > 0 || from-w.Seq > lag {
			mine, err := s.store.tell(ctx, w, from, list)
			if err != nil || !mine {
				return err
			}
			w.Seq = from
			s.nudge()
		}
		s.mu.Lock()
		s.seen[w.ID] = from
		s.mu.Unlock()
	}
}

// oldest is the place from which a webhook can go on that has missed what is no longer kept.
func (s *Service) oldest(ctx context.Context, w Webhook) (int64, error) {
	first, _, err := s.events.Bounds(ctx, w.WorkspaceID)
	if err == nil {
		s.log.WarnContext(ctx, "a webhook has missed events that are no longer kept", "workspace", w.WorkspaceID, "webhook", w.ID, "from", w.Seq, "to", first-1)
	}
	return first - 1, err
}

// replay writes the deliveries of a stretch that was asked for again.
func (s *Service) replay(ctx context.Context, w Webhook) error {
	for w.ReplayTo > 0 {
		p, list, err := s.choose(ctx, w, w.ReplaySeq)
		if f, ok := fault.From(err); ok && f.Kind == fault.Gone {
			p.Next, err = s.oldest(ctx, w)
		}
		if err != nil {
			return err
		}
		for len(list) > 0 && list[len(list)-1].Seq > w.ReplayTo {
			list = list[:len(list)-1]
		}
		next := min(p.Next, w.ReplayTo)
		if next == w.ReplaySeq {
			next = w.ReplayTo
		}
		mine, err := s.store.again(ctx, w, next, list)
		if err != nil || !mine {
			return err
		}
		s.nudge()
		if w.ReplaySeq = next; next == w.ReplayTo {
			return nil
		}
	}
	return nil
}

// choose makes deliveries of the next events after a number that a webhook wants.
func (s *Service) choose(ctx context.Context, w Webhook, after int64) (p event.Page, list []Delivery, err error) {
	p, err = s.events.Read(ctx, w.WorkspaceID, event.Stretch{After: after, Types: w.patterns(), Limit: fanBatch})
	for _, e := range p.Events {
		if !w.wants(e) {
			continue
		}
		d, err := s.told(w, e)
		if err != nil {
			return p, nil, err
		}
		list = append(list, d)
	}
	return p, list, err
}

// told is an event as a delivery.
func (s *Service) told(w Webhook, e event.Event) (Delivery, error) {
	body, err := json.Marshal(event.ViewOf(e))
	if err != nil {
		return Delivery{}, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	return Delivery{
		ID: id.New(), WorkspaceID: w.WorkspaceID, WebhookID: w.ID, EventID: e.ID, Seq: e.Seq, Event: string(e.Type), Body: body,
		State: Pending, NextAt: s.steady().UnixMilli(), CreatedAt: s.now().UnixMilli(),
	}, nil
}
