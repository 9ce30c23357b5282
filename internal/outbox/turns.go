package outbox

import (
	"context"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/outbox/giveway"
)

const (
	// bulkAtOnce is how many of the least urgent sends a node has on the wire at the same time. Two cores encrypt some 200 a
	// second: with one of each of 200 devices under way, a pause would take a second and answers would wait as long.
	bulkAtOnce = 32
	// bulkAtMost is how long one of them counts. What takes longer waits for its network and keeps nobody from anything.
	bulkAtMost = time.Second
	// fedAtOnce is how much bulk is written in one transaction while nobody talks.
	fedAtOnce = 8
)

// traffic has what goes to very many make room for conversations, see giveway.
type traffic struct {
	places chan struct{} // for sends of the broadcasts' lane
	sends  queue
	feeds  queue

	mu      sync.Mutex
	road    giveway.Road
	devices func() int // at work here
}

// queue is who waits to be the next of a line.
type queue struct {
	first chan struct{}
	line  giveway.Line
}

func newTraffic(p giveway.Policy, devices func() int) *traffic {
	return &traffic{
		places: make(chan struct{}, bulkAtOnce), sends: queue{first: make(chan struct{}, 1)}, feeds: queue{first: make(chan struct{}, 1)},
		road: giveway.New(p), devices: devices,
	}
}

func (t *traffic) spoke() {
	t.mu.Lock()
	t.road.Spoke(time.Now())
	t.mu.Unlock()
}

// Spoke says that somebody has written: what goes to very many makes room for the answer.
func (s *Service) Spoke() { s.traffic.spoke() }

// ask is giveway's answer for the first of a queue: how long it waits yet, and how much it may do at once when it does not.
func (t *traffic) ask(q *queue, since time.Time) (wait time.Duration, room int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if wait = t.road.Ask(&q.line, since, now).Sub(now); wait > 0 {
		return wait, 0
	}
	t.road.Begin(&q.line, now, t.devices())
	if t.road.Free(now) {
		return 0, fedAtOnce
	}
	return 0, 1
}

// pass waits in a queue; room is 0 when something is new meanwhile or ctx ends.
func (t *traffic) pass(ctx context.Context, q *queue, news <-chan struct{}) (room int) {
	select {
	case q.first <- struct{}{}:
		defer func() { <-q.first }()
	case <-news:
		return 0
	case <-ctx.Done():
		return 0
	}
	since := time.Now()
	for {
		wait, room := t.ask(q, since)
		if room > 0 {
			return room
		}
		again := time.NewTimer(wait)
		select {
		case <-again.C:
		case <-news:
			again.Stop()
			return 0
		case <-ctx.Done():
			again.Stop()
			return 0
		}
	}
}

// turn waits until a send may go on the wire; leave is called after it. false when something is new meanwhile or the
// runner is to end: the send is back in line then.
func (r *runner) turn(c Send) (leave func(), ok bool) {
	t := r.s.traffic
	if c.Lane < LaneBroadcast {
		if c.Lane < LaneFollowUp {
			t.spoke()
		}
		return func() {}, true
	}
	if due := r.nextDue(); due > 0 { // what is more urgent doesn't wait for this one's place
		alarm := time.AfterFunc(time.Duration(due-r.s.now())*time.Millisecond, r.wake)
		defer alarm.Stop()
	}
	select {
	case <-r.signal: // before a place that is free: it may be a pause
		r.pending = append([]Send{c}, r.pending...)
		return nil, false
	default:
	}
	select {
	case t.places <- struct{}{}:
	case <-r.signal:
		r.pending = append([]Send{c}, r.pending...)
		return nil, false
	case <-r.ctx.Done():
		r.pending = append([]Send{c}, r.pending...)
		return nil, false
	}
	once := sync.OnceFunc(func() { <-t.places })
	if t.pass(r.ctx, &t.sends, r.signal) == 0 {
		once()
		r.pending = append([]Send{c}, r.pending...)
		return nil, false
	}
	late := time.AfterFunc(bulkAtMost, once)
	return func() { late.Stop(); once() }, true
}

// nextDue is when something else of the runner's has its time, 0 is never.
func (r *runner) nextDue() (due int64) {
	if r.due > r.s.now() {
		due = r.due
	}
	for _, t := range r.typing {
		due = earliest(due, t.at)
	}
	return due
}

// Feeding is the permission to enqueue some of what goes to very many.
type Feeding struct {
	Room  int // how many in one transaction; 0 when ctx has ended
	began time.Time
	t     *traffic
}

// Feed waits until bulk may be enqueued: at once while nobody talks. Done is called after it.
func (s *Service) Feed(ctx context.Context) Feeding {
	room := s.traffic.pass(ctx, &s.traffic.feeds, nil)
	return Feeding{Room: room, began: time.Now(), t: s.traffic}
}

// Done says how many were enqueued; what one takes is what is rested by.
func (f Feeding) Done(n int) {
	if n == 0 {
		return
	}
	f.t.mu.Lock()
	f.t.road.Took(time.Since(f.began) / time.Duration(n))
	f.t.mu.Unlock()
}
