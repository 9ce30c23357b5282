package webhook

import (
	"context"
	"maps"
	"net/http"
)

// endpointOf returns the endpoint's record; s.mu is held.
func (s *Service) endpointOf(k key) *endpoint {
	e := s.endpoints[k]
	if e == nil {
		e = &endpoint{key: k}
		s.endpoints[k] = e
	}
	e.usedAt = s.steady()
	return e
}

// clear forgets endpoints that nothing is sent to any more.
func (s *Service) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.steady()
	maps.DeleteFunc(s.endpoints, func(_ key, e *endpoint) bool { return e.idle(now) })
}

// moved has an endpoint's deliveries go to its new address at once, if the old one was in trouble.
func (s *Service) moved(ctx context.Context, k key, url string) {
	s.mu.Lock()
	e := s.endpoints[k]
	forgiven := e != nil && e.goesTo(url)
	s.mu.Unlock()
	if forgiven {
		s.hasten(ctx, k)
	}
}

// hasten makes due what waits only because its endpoint was down.
func (s *Service) hasten(ctx context.Context, k key) {
	err := s.store.hasten(ctx, k, s.steady().UnixMilli())
	s.nudge()
	if err != nil {
		s.log.ErrorContext(ctx, "webhooks wait longer than they should", "workspace", k.workspaceID, "endpoint", k.id(), "error", err)
	}
}

// reserve says whether a new delivery can be handed over in memory, without being read back from the database.
func (s *Service) reserve(k key) (*endpoint, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return nil, false
	}
	e := s.endpointOf(k)
	return e, !e.tripped() && e.room(s.steady()) > 0
}

// push gives claimed deliveries to the endpoint's workers. It does not wait: it is called after commits.
func (s *Service) push(e *endpoint, list []Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil || s.running.Err() != nil {
		return // they are given back when the node starts again
	}
	ctx := s.running
	e.waiting = append(e.waiting, list...)
	for len(e.waiting) > 0 && e.active < e.lanes() {
		d := e.waiting[0]
		e.waiting = e.waiting[1:]
		e.active++
		s.work.Go(func() { s.deliver(ctx, e, d) })
	}
	if e.tripped() && len(e.waiting) > 0 { // it tripped between the reservation and the commit
		back := e.waiting
		e.waiting = nil
		s.work.Go(func() { s.giveBack(ctx, back) })
	}
}

func (s *Service) giveBack(ctx context.Context, list []Delivery) {
	if err := s.store.release(ctx, list, s.steady().UnixMilli()); err != nil {
		s.log.ErrorContext(ctx, "webhooks wait until their claim ends", "count", len(list), "error", err)
	}
}

// next ends one attempt and returns the worker's next delivery; false when it has nothing to do.
func (s *Service) next(e *endpoint) (Delivery, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(e.waiting) == 0 || e.tripped() || s.running.Err() != nil {
		e.active--
		return Delivery{}, false
	}
	d := e.waiting[0]
	e.waiting = e.waiting[1:]
	return d, true
}

// deliver works through what waits for the endpoint, beginning with d.
func (s *Service) deliver(ctx context.Context, e *endpoint, d Delivery) {
	for more := true; more; d, more = s.next(e) {
		if !s.hold(ctx, d) {
			continue
		}
		r := s.attempt(ctx, e, d)
		if ctx.Err() != nil {
			s.leave(e)
			return
		}
		if err := s.record(ctx, e, d, r); err != nil {
			s.log.ErrorContext(ctx, "a webhook's result was not stored, it will be tried again",
				"workspace", d.WorkspaceID, "delivery", d.ID, "error", err)
		}
		s.judge(ctx, e, r)
	}
}

// hold reports whether d may be tried now. What waited long behind a slow receiver has outlived its claim, and then
// somebody may have taken it up a second time: only one of the two copies goes.
func (s *Service) hold(ctx context.Context, d Delivery) bool {
	now := s.steady().UnixMilli()
	if d.until-now > s.timeout.Milliseconds() {
		return true
	}
	mine, err := s.store.renew(ctx, d, now+claim.Milliseconds())
	if err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "a webhook waits until its claim ends", "workspace", d.WorkspaceID, "delivery", d.ID, "error", err)
	}
	return mine && err == nil
}

func (s *Service) leave(e *endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.active--
}

// record stores what became of an attempt.
func (s *Service) record(ctx context.Context, e *endpoint, d Delivery, r result) error {
	now := s.steady()
	switch {
	case r.ok():
		return s.store.end(ctx, d, Delivered, r, s.now().UnixMilli())
	case r.final:
		return s.giveUp(ctx, d, r)
	default:
		return s.store.retry(ctx, d, r, now.UnixMilli(), now.Add(max(pause(d.Attempts+1), r.after)).UnixMilli())
	}
}

// giveUp ends a delivery that is pointless. A receiver that says 410 wants no more of its webhook.
func (s *Service) giveUp(ctx context.Context, d Delivery, r result) error {
	now := s.now().UnixMilli()
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if d.WebhookID != "" && r.status == http.StatusGone {
			if err := s.store.disable(ctx, d.WorkspaceID, d.WebhookID, WhyGone, now); err != nil {
				return err
			}
		}
		return s.store.end(ctx, d, Failed, r, now)
	})
}

// judge draws the conclusions for the endpoint: a receiver that is down is probed, one that is back gets everything.
func (s *Service) judge(ctx context.Context, e *endpoint, r result) {
	s.mu.Lock()
	var back []Delivery
	recovered := false
	switch {
	case r.url != e.url: // it is another receiver by now
	case !r.down():
		recovered = e.failures > 0
		e.failures = 0
	case !e.tripped() || !s.steady().Before(e.probeAt): // not one of those that were under way when it tripped
		e.failures++
		if e.tripped() {
			e.probeAt = s.steady().Add(max(probeWait(e.failures-tripAt), r.after))
			back, e.waiting = e.waiting, nil
		}
	}
	s.mu.Unlock()
	s.giveBack(ctx, back)
	if !recovered {
		return
	}
	s.hasten(ctx, e.key)
}
