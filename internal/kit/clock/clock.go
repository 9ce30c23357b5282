// Package clock owns what time it is: the time that rows carry, a time that never jumps for pauses and leases, and
// the news that the first one has jumped.
package clock

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// look is how often the clocks are compared.
	look = time.Second
	// slack is how far two clocks may drift apart between two looks before that is a jump.
	slack = 2 * time.Second
	// ask is how often another clock that is followed is asked.
	ask = 10 * time.Second
	// unsettled is how long after a jump other nodes' leases are not judged.
	unsettled = 30 * time.Second
)

// Config says what a Clock goes by. The zero value is the machine's own clock.
type Config struct {
	// Wall is the machine's clock; nil is time.Now. A test's may jump.
	Wall func() time.Time
	// Follow asks a clock that several nodes share, such as their database's: all of them then have one time, however
	// their own clocks differ. nil: the machine's own is right.
	Follow func(ctx context.Context) (time.Time, error)
	// Log; nil discards.
	Log *slog.Logger
}

// Clock tells the time in two ways, see Now and Steady. Its methods may be called by several at once.
type Clock struct {
	c Config

	mu     sync.Mutex
	base   time.Time // what Steady was when ticks was read
	ticks  time.Time // for its monotonic reading alone
	seen   time.Time // what Now was at the last look, without a monotonic reading
	seenAt time.Time // when that was, for its monotonic reading
	calm   time.Time // until then (monotonic) the clock is not settled
	jumped []func(ctx context.Context, by time.Duration)
}

// New makes a clock. One that is to follow another asks it now, and fails when that doesn't answer.
func New(ctx context.Context, c Config) (*Clock, error) {
	if c.Wall == nil {
		c.Wall = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	k := &Clock{c: c, base: c.Wall().Round(0), ticks: time.Now()}
	if c.Follow != nil {
		asked := time.Now()
		at, err := c.Follow(ctx)
		if err != nil {
			return nil, err
		}
		k.base, k.ticks = at.Add(time.Since(asked)/2).Round(0), time.Now()
	}
	k.seen, k.seenAt = k.Now(), time.Now()
	return k, nil
}

// Now is what time it is. It jumps when the machine's clock is set, or that of whoever is followed.
func (k *Clock) Now() time.Time {
	if k.c.Follow != nil {
		return k.Steady()
	}
	return k.c.Wall().Round(0)
}

// Steady is a time that goes on evenly, for pauses, leases and claims: two of its readings tell what has passed between
// them. Without a clock to follow it is what Now was at the start, and what has passed since. With one it is that
// clock's, and jumps only if that one does, which Settled tells.
func (k *Clock) Steady() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.steady()
}

func (k *Clock) steady() time.Time { return k.base.Add(time.Since(k.ticks)) }

// Settled is false for half a minute after a jump of the clock that is followed: what others have written by it then
// says little about what has passed.
func (k *Clock) Settled() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return !time.Now().Before(k.calm)
}

// OnJump has fn called after Now has jumped, with how far; it is negative for a clock that was set back. It is called
// by Run, one listener after the other. Listeners are added before Run.
func (k *Clock) OnJump(fn func(ctx context.Context, by time.Duration)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.jumped = append(k.jumped, fn)
}

// Run compares the clocks until ctx ends.
func (k *Clock) Run(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	var asked time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if k.c.Follow != nil && time.Since(asked) >= ask {
			k.follow(ctx)
			asked = time.Now()
		}
		k.Look(ctx)
	}
}

// follow asks the other clock, and sets Steady by it. One that does not answer is asked again: until then this
// machine's own ticks are good enough.
func (k *Clock) follow(ctx context.Context) {
	asking, cancel := context.WithTimeout(ctx, ask)
	defer cancel()
	began := time.Now()
	at, err := k.c.Follow(asking)
	if err != nil {
		return // whoever works with it says so
	}
	took := time.Since(began)
	k.mu.Lock()
	defer k.mu.Unlock()
	at = at.Add(took / 2).Round(0)
	off := at.Sub(k.steady())
	if off.Abs() <= took { // within what the asking itself makes uncertain
		return
	}
	if off.Abs() > slack {
		k.calm = time.Now().Add(unsettled)
	}
	k.base, k.ticks = at, time.Now()
}

// Look compares Now with what has passed since the last look and tells of a jump. Run calls it by itself.
func (k *Clock) Look(ctx context.Context) {
	now, at := k.Now(), time.Now()
	k.mu.Lock()
	by := now.Sub(k.seen) - at.Sub(k.seenAt)
	k.seen, k.seenAt = now, at
	listeners := k.jumped
	k.mu.Unlock()
	if by.Abs() <= slack {
		return
	}
	k.c.Log.Warn("the clock has jumped; what waits goes on by what has really passed", "by", by.Round(time.Millisecond).String())
	for _, fn := range listeners {
		fn(ctx, by)
	}
}

// Sleep waits for d and reports whether ctx has not ended.
func Sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
