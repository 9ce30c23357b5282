package webhook

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	lanes    = 8   // attempts under way at once to one endpoint
	backlog  = 512 // deliveries of one endpoint kept in memory; more wait in the database
	pollDue  = time.Second
	tripAt   = 3 // failures in a row of the endpoint itself after which only probes go
	probeMax = 2 * time.Minute
)

// ladder are the pauses between the attempts of one delivery, as far as the endpoint's own breaker lets them happen;
// the last one repeats until the day is over.
var ladder = [...]time.Duration{
	2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 90 * time.Second,
	3 * time.Minute, 6 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
}

// pause is how long a delivery waits after its n-th failed attempt, with a fifth of it left to chance.
func pause(n int) time.Duration {
	d := ladder[min(max(n, 1), len(ladder))-1]
	return d - time.Duration(rand.Int64N(int64(d/5)))
}

// probeWait is how long a receiver that is down is left alone after n probes: half as long as it has been down, so that
// what waits for it comes at most half an outage late.
func probeWait(n int) time.Duration {
	wait := time.Second
	for range n {
		if wait = wait * 3 / 2; wait >= probeMax {
			return probeMax
		}
	}
	return wait
}

// endpoint is what this node knows of one receiver: what waits for it and how it has been doing. An endpoint that
// fails is asked with one delivery at a time, ever more rarely, so that it costs nobody else anything; the first
// success brings everything that waited.
type endpoint struct {
	key      key
	waiting  []Delivery
	active   int
	failures int       // in a row, of the endpoint itself
	probeAt  time.Time // with failures ≥ tripAt: the next delivery may go then
	secret   []byte
}

// tripped reports whether only probes may go.
func (e *endpoint) tripped() bool { return e.failures >= tripAt }

// lanes is how many attempts may be under way at once.
func (e *endpoint) lanes() int {
	if e.tripped() {
		return 1
	}
	return lanes
}

// room is how many deliveries may be taken up now.
func (e *endpoint) room(now time.Time) int {
	if !e.tripped() {
		return backlog - len(e.waiting)
	}
	if e.active > 0 || len(e.waiting) > 0 || now.Before(e.probeAt) {
		return 0
	}
	return 1
}

// endpointOf returns the endpoint's record; s.mu is held.
func (s *Service) endpointOf(k key) *endpoint {
	e := s.endpoints[k]
	if e == nil {
		e = &endpoint{key: k}
		s.endpoints[k] = e
	}
	return e
}

// reserve says whether a new delivery can be handed over in memory, without being read back from the database.
func (s *Service) reserve(k key) (*endpoint, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return nil, false
	}
	e := s.endpointOf(k)
	return e, !e.tripped() && e.room(s.now()) > 0
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
	if err := s.store.release(ctx, list, s.now().UnixMilli()); err != nil {
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
	now := s.now().UnixMilli()
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
	now := s.now()
	switch {
	case r.ok():
		return s.store.end(ctx, d, Delivered, r, now.UnixMilli())
	case r.final:
		return s.store.end(ctx, d, Failed, r, now.UnixMilli())
	default:
		return s.store.retry(ctx, d, r, now.UnixMilli(), now.Add(max(pause(d.Attempts+1), r.after)).UnixMilli())
	}
}

// judge draws the conclusions for the endpoint: a receiver that is down is probed, one that is back gets everything.
func (s *Service) judge(ctx context.Context, e *endpoint, r result) {
	s.mu.Lock()
	var back []Delivery
	recovered := false
	switch {
	case !r.down():
		recovered = e.failures > 0
		e.failures = 0
	case !e.tripped() || !s.now().Before(e.probeAt): // not one of those that were under way when it tripped
		e.failures++
		if e.tripped() {
			e.probeAt = s.now().Add(max(probeWait(e.failures-tripAt), r.after))
			back, e.waiting = e.waiting, nil
		}
	}
	s.mu.Unlock()
	s.giveBack(ctx, back)
	if !recovered {
		return
	}
	err := s.store.hasten(ctx, e.key, s.now().UnixMilli())
	s.nudge()
	if err != nil {
		s.log.ErrorContext(ctx, "webhooks wait longer than they should", "workspace", e.key.workspaceID, "device", e.key.deviceID, "error", err)
	}
}

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
	for {
		if err := s.pickUp(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "due webhooks could not be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return s.stop()
		case <-s.wake:
		case <-tick.C:
		case <-sweep.C:
			if err := s.store.sweep(ctx, s.now().UnixMilli()); err != nil {
				s.log.ErrorContext(ctx, "old webhook deliveries were not removed", "error", err)
			}
		}
	}
}

// pickUp claims what is due, for each endpoint as much as it can take.
func (s *Service) pickUp(ctx context.Context) error {
	now := s.now()
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
