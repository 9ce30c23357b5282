package wasim

import (
	"container/list"
	"sync"
)

// queue holds what a companion has not confirmed yet, in order: messages until
// their receipt, receipts and notifications until their ack. What is on it when
// the device logs in is delivered again.
type queue struct {
	mu    sync.Mutex
	items list.List
	byKey map[queueKey]*list.Element
	// sink is the connection to which new stanzas go at once; nil while the device is away or not yet active.
	sink *conn
	// idle are closed when nothing waits any more.
	idle []chan struct{}
}

// queueKey is what a client's confirmation tells of the stanza it confirms.
type queueKey struct {
	class, id, from, kind string
}

type queued struct {
	key  queueKey
	node node
	// sent counts how often it was put on a wire.
	sent int
}

// put appends a stanza and sends it if the device is there. A stanza whose key
// is waiting already takes the place of the older one, behind all others.
func (q *queue) put(key queueKey, n node) (live bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.byKey == nil {
		q.byKey = map[queueKey]*list.Element{}
	}
	if old := q.byKey[key]; old != nil {
		q.items.Remove(old)
	}
	item := &queued{key: key, node: n}
	q.byKey[key] = q.items.PushBack(item)
	if q.sink == nil {
		return false
	}
	item.sent++
	q.sink.send(n)
	return true
}

// pass sends a stanza that isn't worth keeping, if the device is there.
func (q *queue) pass(n node) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.sink == nil {
		return false
	}
	q.sink.send(n)
	return true
}

// confirm takes a stanza off the queue and reports whether it was there.
func (q *queue) confirm(key queueKey) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	element := q.byKey[key]
	if element == nil {
		return false
	}
	delete(q.byKey, key)
	q.items.Remove(element)
	if q.items.Len() == 0 {
		for _, ch := range q.idle {
			close(ch)
		}
		q.idle = nil
	}
	return true
}

// empty gives a channel that is closed once nothing waits.
func (q *queue) empty() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	ch := make(chan struct{})
	if q.items.Len() == 0 {
		close(ch)
		return ch
	}
	q.idle = append(q.idle, ch)
	return ch
}

// open delivers everything that waits to c and makes c the sink. before and after
// are sent around it. It reports how many stanzas went out, and how many had been out before.
func (q *queue) open(c *conn, before, after func(waiting []node) node) (sent, again int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	waiting := make([]node, 0, q.items.Len())
	for e := q.items.Front(); e != nil; e = e.Next() {
		waiting = append(waiting, e.Value.(*queued).node)
	}
	if len(waiting) > 0 {
		c.send(before(waiting))
	}
	for e := q.items.Front(); e != nil; e = e.Next() {
		item := e.Value.(*queued)
		if item.key.class == "message" {
			sent++
			if item.sent > 0 {
				again++
			}
		}
		item.sent++
		c.send(with(item.node, "offline", "0"))
	}
	c.send(after(waiting))
	q.sink = c
	return sent, again
}

// close stops sending to c, if it is the sink.
func (q *queue) close(c *conn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.sink == c {
		q.sink = nil
	}
}

func (q *queue) connection() *conn {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sink
}

func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.items.Len()
}

// seenSize is how many message ids of one device are remembered; a client that
// repeats an id does so within seconds or after a restart.
const seenSize = 1 << 16

// seenIDs remembers which messages of a device were accepted.
type seenIDs struct {
	mu   sync.Mutex
	ids  map[string]bool
	ring []string
	next int
}

// add reports whether the id is new, and remembers it.
func (s *seenIDs) add(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids[id] {
		return false
	}
	if s.ids == nil {
		s.ids = map[string]bool{}
	}
	if len(s.ring) < seenSize {
		s.ring = append(s.ring, id)
	} else {
		delete(s.ids, s.ring[s.next])
		s.ring[s.next] = id
		s.next = (s.next + 1) % seenSize
	}
	s.ids[id] = true
	return true
}
