package device

import (
	"context"
	"time"
)

// Run keeps every linked device that this node can get connected, until ctx ends; then it ends their sessions and
// gives them free. A device whose node is not heard of for LeaseTTL is taken over. A node that can't renew lets go
// before that, also when the database does not refuse but never answers.
func (s *Service) Run(ctx context.Context) error {
	defer s.drain()
	tick := time.NewTicker(s.c.LeaseTTL / 3)
	defer tick.Stop()
	renewed := make(chan struct{}, 1)
	go s.letGo(ctx, renewed)
	if !s.c.DB.Postgres() {
		s.unstick(ctx, s.now()) // there is no other node that could still be at it
	}
	s.sweep(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case d := <-s.adopt:
			s.take(ctx, d)
		case <-tick.C:
			if s.renew(ctx) {
				select {
				case renewed <- struct{}{}:
				default:
				}
			}
			s.sweep(ctx)
			s.unstick(ctx, s.now()-longestLink.Milliseconds())
		}
	}
}

// letGo stops all devices when nothing was renewed for two thirds of a lease and one more try is not answered within
// a sixth: soon another node may take them. A node that stood still for less than that keeps its devices.
func (s *Service) letGo(ctx context.Context, renewed <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-renewed:
			continue
		case <-time.After(s.c.LeaseTTL * 2 / 3):
		}
		last := make(chan bool, 1)
		go func() { last <- s.renew(ctx) }() // not waited for: it may never be answered
		select {
		case <-ctx.Done():
			return
		case <-renewed:
			continue
		case ok := <-last:
			if ok {
				continue
			}
		case <-time.After(s.c.LeaseTTL / 6):
		}
		s.stopAll(s.unreachable())
	}
}

// unreachable says why devices stop when the database does not answer.
func (s *Service) unreachable() string {
	if s.c.DB.Postgres() {
		return "the database can't be reached, so another node may take the devices"
	}
	return "the database can't be written, so nothing that comes could be kept; the devices connect again when it can"
}

// longestLink is more than an attempt to link lasts on any channel.
const longestLink = 10 * time.Minute

// unstick takes devices out of linking whose node died over it.
func (s *Service) unstick(ctx context.Context, before int64) {
	rows, err := s.store.stuck(ctx, before)
	if err != nil {
		s.log.Error("look for links that never ended", "error", err)
	}
	for _, r := range rows {
		if s.isLinking(r.ID) { // it goes on here, whatever the clock says
			continue
		}
		err := s.change(ctx, r.Device, func(r *row) {
			if r.State.Code == StateLinking && !r.Linked {
				r.State = unlinkedState(r.Device)
			}
		})
		if err != nil {
			s.log.Error("write a device's state", "device", r.ID, "error", err)
		}
	}
}

// Adopt has the device run here if no other node holds it; for one that was just linked.
func (s *Service) Adopt(ctx context.Context, d Device) {
	select {
	case s.adopt <- d:
	case <-ctx.Done():
	default: // the next sweep finds it
	}
}

// renew prolongs this node's leases and stops what it has lost; false when the database did not answer.
func (s *Service) renew(ctx context.Context) bool {
	held, err := s.leases.renew(ctx, s.c.Node, s.leaseEnd())
	if err != nil {
		s.log.Error("renew the devices' leases", "error", err)
		return false
	}
	mine := make(map[lease]bool, len(held))
	for _, l := range held {
		mine[l] = true
	}
	s.stopWhere("another node has taken it", func(r *runner) bool { return !mine[r.lease] })
	return true
}

// sweep starts linked devices that nobody runs, and retires those that were unlinked by another node.
func (s *Service) sweep(ctx context.Context) {
	rows, err := s.store.free(ctx, s.c.Node, s.leaseNow())
	if err != nil {
		s.log.Error("look for devices to run", "error", err)
		return
	}
	linked := make(map[string]bool, len(rows))
	for _, r := range rows {
		linked[r.ID] = true
		if !s.isLinking(r.ID) { // who links it says when it is to run
			s.take(ctx, r.Device)
		}
	}
	s.mu.Lock()
	var gone []*runner
	for id, r := range s.running {
		if !linked[id] {
			gone = append(gone, r)
		}
	}
	s.mu.Unlock()
	for _, r := range gone {
		r.check(ctx)
	}
}

// check retires the runner if its device is no longer linked.
func (r *runner) check(ctx context.Context) {
	row, err := r.s.store.get(ctx, r.lease.workspaceID, r.lease.deviceID)
	if err == nil && row.Linked || err != nil && !isNotFound(err) {
		return
	}
	go r.retire(context.WithoutCancel(ctx))
}

// take acquires a device and runs it, unless it runs here already or another node has it.
func (s *Service) take(ctx context.Context, d Device) {
	s.mu.Lock()
	run := s.running[d.ID]
	s.mu.Unlock()
	if run != nil {
		run.reconcile(ctx, d)
		return
	}
	if s.drivers[d.Channel] == nil { // of a channel that this program lacks
		return
	}
	l, ok, err := s.leases.acquire(ctx, d, s.c.Node, s.leaseNow(), s.leaseEnd())
	if err != nil {
		s.log.Error("take a device", "device", d.ID, "error", err)
	}
	if err != nil || !ok {
		return
	}
	if !s.launch(ctx, d, l) { // or nobody could take it until the lease runs out
		if err := s.leases.release(context.WithoutCancel(ctx), l); err != nil {
			s.log.Error("release a device", "device", d.ID, "error", err)
		}
	}
}

// launch runs a device that was acquired under l; false when it is not to be run after all.
func (s *Service) launch(ctx context.Context, d Device, l lease) bool {
	row, err := s.store.get(ctx, d.WorkspaceID, d.ID)
	if err != nil && !isNotFound(err) {
		s.log.Error("read a device that is to run", "device", d.ID, "error", err)
	}
	if err != nil || !row.Linked {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	s.running[d.ID] = s.start(context.WithoutCancel(ctx), row.Device, l)
	return true
}

// forget takes an ended runner off the list.
func (s *Service) forget(r *runner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[r.lease.deviceID] == r {
		delete(s.running, r.lease.deviceID)
	}
}

// stopWhere has the runners that match end, without waiting for them.
func (s *Service) stopWhere(why string, match func(*runner) bool) []*runner {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*runner
	for _, r := range s.running {
		if match(r) {
			s.log.Info("stop a device", "device", r.lease.deviceID, "why", why)
			r.cancel()
			list = append(list, r)
		}
	}
	return list
}

func (s *Service) stopAll(why string) []*runner {
	return s.stopWhere(why, func(*runner) bool { return true })
}

// drainTime is how long the sessions have to end when the server stops.
const drainTime = 15 * time.Second

// drain ends link attempts and sessions; nothing starts after it.
func (s *Service) drain() {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	s.cancelLinks()
	late := time.After(drainTime)
	for _, r := range s.stopAll("the server stops") {
		select {
		case <-r.done:
		case <-late:
			s.log.Error("a device does not stop", "device", r.lease.deviceID)
			return
		}
	}
}
