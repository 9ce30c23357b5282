package outbox

import "time"

// parkAfter is how long an idle runner keeps its goroutine.
const parkAfter = time.Second

// run begins the runner's life.
func (r *runner) run() {
	if !r.insist("put back what was claimed", r.requeue) {
		r.end()
		return
	}
	if !r.insist("tell the governor", r.begin) {
		r.end()
		return
	}
	r.work()
}

// work sends what there is, until the runner is to end or has parked.
func (r *runner) work() {
	for r.ctx.Err() == nil {
		select {
		case <-r.signal:
		default:
		}
		r.listen()
		if !r.leapOver() {
			r.end()
			return
		}
		r.dropLeavers()
		r.courtesies()
		look := r.isDue() || !r.drained && r.free() == 0
		switch {
		case r.fresh || look:
			r.fresh = false
			if !r.insist("look for sends", r.refill) {
				r.end()
				return
			}
		case r.takesOffers():
			if !r.insist("claim new sends", r.claimOffered) {
				r.end()
				return
			}
		}
		if send, ok := r.next(); ok {
			r.send(send)
		} else if !r.wait() {
			return
		}
	}
	r.end()
}

// wake has the runner go on, if it sleeps or is parked.
func (r *runner) wake() {
	select {
	case r.signal <- struct{}{}:
	default:
	}
	r.unpark()
}

// rest waits for news, and parks when none comes for a while. sleep is how long nothing is due.
func (r *runner) rest(sleep time.Duration) bool {
	t := time.NewTimer(parkAfter)
	defer t.Stop()
	select {
	case <-r.signal:
		return true
	case <-r.ctx.Done():
		return true
	case <-t.C:
		return !r.park(sleep - parkAfter)
	}
}

// park reports whether the goroutine may end: whoever has news begins another one, and so does the alarm. Most devices
// are idle most of the time, and a goroutine that has talked to a database has a stack of many KiB.
func (r *runner) park(sleep time.Duration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ctx.Err() != nil || len(r.signal) > 0 {
		return false
	}
	r.parked = true
	r.alarm = time.AfterFunc(sleep, r.nudge)
	return true
}

func (r *runner) unpark() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.parked {
		return
	}
	r.parked = false
	r.alarm.Stop()
	go r.work()
}

// stop ends the runner after the send that is on the wire.
func (r *runner) stop() {
	r.cancel()
	r.unpark()
	<-r.done
}

// end is the end of the last goroutine.
func (r *runner) end() {
	defer close(r.done)
	r.giveBack()
	r.s.conf.Governor.End(r.device().ID)
}

// giveBack ends the runner: what it has claimed and not sent is queued again.
func (r *runner) giveBack() {
	r.cancel() // from here on the database has stopPatience
	for _, p := range r.pending {
		r.release(p)
	}
	for _, t := range r.typing {
		r.release(t.Send)
	}
	r.marker.flush()
}
