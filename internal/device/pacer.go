package device

import (
	"context"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/clock"
)

// pacer spreads connects over time: a second's worth at once, then one at a time.
type pacer struct {
	every time.Duration
	burst time.Duration

	mu   sync.Mutex
	next time.Time // when the next one may go if there were no burst
}

func newPacer(perSecond int) *pacer {
	every := time.Second / time.Duration(perSecond)
	return &pacer{every: every, burst: time.Second}
}

// wait takes a turn and reports whether it came before ctx ended.
func (p *pacer) wait(ctx context.Context) bool {
	p.mu.Lock()
	now := time.Now()
	if floor := now.Add(-p.burst); p.next.Before(floor) {
		p.next = floor
	}
	p.next = p.next.Add(p.every)
	d := p.next.Sub(now)
	p.mu.Unlock()
	return clock.Sleep(ctx, d)
}
