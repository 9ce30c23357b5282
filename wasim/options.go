package wasim

import (
	"log/slog"
	"sync"
	"time"
)

// Addressing is the form of address in which the network shows a sender.
type Addressing string

const (
	// AddressLID shows senders by their hidden id, with the number beside it. It is the default.
	AddressLID Addressing = "lid"
	// AddressPhone shows senders by their phone number, with the hidden id beside it: the older form.
	AddressPhone Addressing = "phone"
)

// Options says how a network behaves. The zero value is a good one.
type Options struct {
	// Seed makes numbers, hidden ids, keys, ids and the draws of faults the same
	// in every run. 0 takes a random seed (Network.Seed tells which).
	Seed uint64
	// Clock drives the network's own timers and timestamps; nil is the system clock.
	// The timers of clients are their own.
	Clock Clock
	// Addressing is how senders are shown on the wire; empty is AddressLID.
	Addressing Addressing
	// FastPairing answers a device's first prekey count with 1, so that it uploads
	// 50 keys instead of 812: linking takes a few milliseconds.
	FastPairing bool
	// Chaos has everything go wrong now and then from the start; see AddChaos.
	Chaos Chaos
	// Logger receives what the network wants to tell; nil discards it.
	Logger *slog.Logger
	// LogSize is how many stanzas Network.Log keeps; 0 is 4096.
	LogSize int
	// Dir is where the network keeps its state between runs: accounts, companions, what
	// waits for them, files, and the phones with their messages. A killed process loses
	// at most the last second. Faults, the log and the counters are not kept. Empty keeps everything in memory only.
	Dir string
}

// Clock is a source of time that a test may hold in its hand.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in its own goroutine once d has passed, unless stop is called before.
	AfterFunc(d time.Duration, f func()) (stop func())
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// ManualClock is a Clock that moves only when it is told to.
type ManualClock struct {
	mu     sync.Mutex
	now    time.Time
	nextID int
	timers map[int]manualTimer
}

type manualTimer struct {
	at time.Time
	f  func()
}

// NewManualClock gives a clock that stands at t.
func NewManualClock(t time.Time) *ManualClock {
	return &ManualClock{now: t, timers: map[int]manualTimer{}}
}

// Now is where the clock stands.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc waits for Advance to reach d from now; a d of 0 or less fires at once.
func (c *ManualClock) AfterFunc(d time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d <= 0 {
		go f()
		return func() {}
	}
	id := c.nextID
	c.nextID++
	c.timers[id] = manualTimer{at: c.now.Add(d), f: f}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.timers, id)
	}
}

// Advance moves the clock on by d and starts every timer that has come due, earliest first.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	end := c.now.Add(d)
	for {
		id, due := -1, end
		for i, t := range c.timers {
			if !t.at.After(due) && (id < 0 || t.at.Before(due) || i < id) {
				id, due = i, t.at
			}
		}
		if id < 0 {
			break
		}
		c.now = due
		go c.timers[id].f()
		delete(c.timers, id)
	}
	c.now = end
}
