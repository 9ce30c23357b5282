package outbox

import (
	"sync"
	"time"
)

const (
	// bulkAtOnce is how many of the least urgent sends a node has on the wire at the same time. Two cores encrypt some 200 a
	// second: with one of each of 200 devices under way, a pause would take a second and answers would wait as long.
	bulkAtOnce = 32
	// bulkAtMost is how long one of them counts. What takes longer waits for its network and keeps nobody from anything.
	bulkAtMost = time.Second
)

// turns are places for sends of the broadcasts' lane.
type turns chan struct{}

// turn waits until a send may go on the wire; leave is called after it. false when something is new meanwhile or the
// runner is to end: the send is back in line then.
func (r *runner) turn(c Send) (leave func(), ok bool) {
	if c.Lane < LaneBroadcast {
		return func() {}, true
	}
	select {
	case r.s.turns <- struct{}{}:
	case <-r.signal:
		r.pending = append([]Send{c}, r.pending...)
		return nil, false
	case <-r.ctx.Done():
		r.pending = append([]Send{c}, r.pending...)
		return nil, false
	}
	once := sync.OnceFunc(func() { <-r.s.turns })
	t := time.AfterFunc(bulkAtMost, once)
	return func() { t.Stop(); once() }, true
}
