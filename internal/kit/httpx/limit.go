package httpx

import (
	"time"

	"github.com/go-chi/httprate"
)

// Limiter counts deeds per key in a sliding window.
type Limiter struct {
	counter httprate.LimitCounter
	limit   int
	window  time.Duration
	now     func() time.Time
}

// NewLimiter allows limit deeds per window and key.
func NewLimiter(limit int, window time.Duration) *Limiter {
	c := httprate.NewLocalLimitCounter(window)
	c.Config(limit, window)
	return &Limiter{counter: c, limit: limit, window: window, now: time.Now}
}

// Take counts one deed of key, or returns a fault with the time to wait when the limit is reached. A refused deed
// is not counted.
func (l *Limiter) Take(key string) error {
	if err := l.Check(key); err != nil {
		return err
	}
	return l.counter.Increment(key, l.now().UTC().Truncate(l.window))
}

// Check returns what Take would, and counts nothing.
func (l *Limiter) Check(key string) error {
	now := l.now()
	window := now.UTC().Truncate(l.window)
	current, previous, err := l.counter.Get(key, window, window.Add(-l.window))
	if err != nil {
		return err
	}
	into := now.Sub(window)
	rate := float64(previous)*float64(l.window-into)/float64(l.window) + float64(current)
	if rate >= float64(l.limit) {
		return errLimited.WithRetryAfter(l.window - into)
	}
	return nil
}
