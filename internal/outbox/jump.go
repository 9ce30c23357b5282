package outbox

import (
	"context"
	"time"
)

// jumpSlack is how far two clocks drift apart without a jump, in milliseconds.
const jumpSlack = 2000

// Jumped says that the clock has jumped, back when by is negative: what waits to be tried again is tried now, because the
// end of its pause says nothing any more, and for as long as it would have been. What was planned for a time of day, and
// what a network holds until a time, stays at that time.
func (s *Service) Jumped(_ context.Context, by time.Duration) {
	s.runners.mu.Lock()
	defer s.runners.mu.Unlock()
	for _, r := range s.runners.byDevice {
		r.jumped(by)
	}
}

func (r *runner) jumped(by time.Duration) {
	r.mu.Lock()
	r.leap += by
	r.leapt = true
	r.mu.Unlock()
	r.nudge()
}

// leapOver ends the pauses that the clock has jumped out of or into; false when the runner is to end.
func (r *runner) leapOver() bool {
	r.mu.Lock()
	by, leapt := r.leap.Milliseconds(), r.leapt
	r.leap, r.leapt = 0, false
	r.mu.Unlock()
	if !leapt {
		return true
	}
	if by < 0 { // set forward, they are over: what they were for is asked again
		for i := range r.typing {
			r.typing[i].at += by
		}
		if r.stillness > 0 {
			r.stillness = max(r.stillness+by, 1)
		}
	}
	for i := range r.pending {
		r.pending[i].Deadline += by
	}
	for i := range r.typing {
		r.typing[i].Deadline += by
	}
	r.offered, r.lines = nil, lines{}
	r.due, r.fresh, r.drained, r.ahead = 1, true, false, r.s.ahead() // the table knows better
	d := r.device()
	return r.insist("end pauses that the clock has jumped", func(ctx context.Context) (bool, error) {
		return true, r.s.store.leap(ctx, d.WorkspaceID, d.ID, r.s.now(), by)
	})
}

const leapRetries = `UPDATE sends SET deadline = deadline + $4, due_at = CASE WHEN due_at > $3 THEN $3 ELSE due_at END
	WHERE workspace_id = $1 AND device_id = $2 AND ready = 0 AND state = 'queued' AND attempt > 0`

const leapQueued = `UPDATE sends SET deadline = deadline + $3 WHERE workspace_id = $1 AND device_id = $2 AND state = 'queued' AND ready = 1`

const leapClaimed = `UPDATE sends SET deadline = deadline + $3 WHERE workspace_id = $1 AND device_id = $2 AND state = 'claimed'`

// leap ends the pauses before the next attempts, and has what is not planned for later be tried for as long as before.
func (st store) leap(ctx context.Context, workspaceID, deviceID string, now, by int64) error {
	return st.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := st.db.Exec(ctx, leapRetries, workspaceID, deviceID, now, by); err != nil {
			return err
		}
		for _, text := range []string{leapQueued, leapClaimed} {
			if _, err := st.db.Exec(ctx, text, workspaceID, deviceID, by); err != nil {
				return err
			}
		}
		return nil
	})
}
