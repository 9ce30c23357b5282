package whatsapp

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// crowd counts whom a cache without bounds may know. The library keeps some half a kilobyte of every device that a session
// has encrypted to for as long as its client lives (whatsmeow's userDevicesCache and tcTokenSenderTS, sqlstore's
// migratedPNSessionsCache) and lets go of none by itself.
type crowd struct {
	seed maphash.Seed

	mu    sync.Mutex
	known map[uint64]struct{}
}

func newCrowd() crowd { return crowd{seed: maphash.MakeSeed(), known: map[uint64]struct{}{}} }

func (c *crowd) add(addresses []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range addresses {
		c.known[maphash.String(c.seed, a)] = struct{}{}
	}
}

func (c *crowd) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = map[uint64]struct{}{}
}

func (c *crowd) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.known)
}

// The crowd of all sessions of a node, and how many of it each may know in any case: with many sessions the first would
// have them connect anew all day. Each takes some 670 bytes (10.6 MB in a heap profile of 200 sessions that had written to
// about 16,000 people), and 1.6 KB of resident memory with what is not collected yet.
const (
	maxCrowd = 16_384
	minCrowd = 128
)

// crowds shares out what the sessions of a node may know together.
type crowds struct {
	most, least int
	sessions    atomic.Int64
}

// full reports whether a session with a crowd of n should begin anew.
func (c *crowds) full(n int) bool { return n > max(c.least, c.most/max(int(c.sessions.Load()), 1)) }

// renewWhenFull ends a connection whose session knows too many, at a moment when it sends nothing and holds no message
// that is stored nowhere else. The next one begins with an empty client.
func (s *session) renewWhenFull() {
	if s.sending.Load() > 0 || s.held.any() || !s.driver.crowds.full(s.ring.crowd.size()) {
		return
	}
	if c := s.ender.Load(); c != nil {
		signal(c.renew)
	}
}
