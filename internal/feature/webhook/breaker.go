package webhook

import (
	"math/rand/v2"
	"time"
)

const (
	lanes    = 8   // attempts under way at once to one endpoint
	backlog  = 512 // deliveries of one endpoint kept in memory; more wait in the database
	tripAt   = 3   // failures in a row of the endpoint itself after which only probes go
	probeMax = 2 * time.Minute
	idleFor  = 10 * time.Minute // an endpoint that nothing was sent to for so long is forgotten
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
	url      string    // where the last attempt went
	secret   []byte    // of a device's own webhook
	usedAt   time.Time // when it was last asked for
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

// idle reports whether nothing would be lost by forgetting the endpoint.
func (e *endpoint) idle(now time.Time) bool {
	return e.active == 0 && len(e.waiting) == 0 && now.Sub(e.usedAt) > idleFor
}

// goesTo notes where the next attempt goes. Another address is another receiver: what the old one did is not held
// against it. It reports whether that changed anything.
func (e *endpoint) goesTo(url string) (forgiven bool) {
	forgiven = e.url != "" && e.url != url && e.failures > 0
	if e.url = url; forgiven {
		e.failures, e.probeAt = 0, time.Time{}
	}
	return forgiven
}
