package outbox

import (
	"context"
	"slices"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// The codes to pause a batch with. Such a hold ends with ResumeBatch, or at its Until, and with nothing else.
const (
	CodeBatchPaused = "broadcast_paused"
	CodeBatchClosed = "outside_window" // its hours are over
)

// Pause is why the sends of a batch wait, and until when.
type Pause struct {
	Until int64 // unix ms; they go by themselves then, if they are not resumed before
	Code  string
	Why   string
}

// Stop is what becomes of the sends of a batch that doesn't go on: held or cancelled. The zero value lets them go.
type Stop struct {
	State State
	Pause
}

// recall takes claimed sends of a batch back that are not on the wire yet.
type recall struct {
	batch string
	stop  Stop
}

// portion is how many sends of a batch are changed in one transaction, so that others come in between.
const portion = 64

// portions calls next, each time in a transaction, until it has changed less than a portion.
func (s *Service) portions(ctx context.Context, from State, next func(context.Context) ([]Send, error)) error {
	for {
		n := 0
		err := s.db.Tx(ctx, func(ctx context.Context) error {
			list, err := next(ctx)
			if err != nil {
				return err
			}
			n = len(list)
			return s.fire(ctx, list, from)
		})
		if err != nil || n < portion {
			return err
		}
	}
}

// RecallBatch has this node's runners give up what they have claimed of a batch and not begun. It writes nothing by itself
// and takes effect at once; what waits is kept by Config.Stopped.
func (s *Service) RecallBatch(batch string, stop Stop) { s.runners.recall(recall{batch, stop}) }

// PauseBatch holds every send of a batch that waits, for whatever reason it waited; with many nodes, each calls it for what its own runners have claimed
// already. What is on the wire this moment goes. Again, it holds what has come since.
func (s *Service) PauseBatch(ctx context.Context, workspaceID, batch string, p Pause) error {
	return s.stopBatch(ctx, batch, Stop{StateHeld, p}, func(ctx context.Context) ([]Send, error) { return s.store.holdBatch(ctx, workspaceID, batch, p) })
}

// stopBatch recalls a batch at once, and once more when nothing of it waits: who looks then finds the others.
func (s *Service) stopBatch(ctx context.Context, batch string, stop Stop, next func(context.Context) ([]Send, error)) error {
	recall := func() { s.RecallBatch(batch, stop) }
	db.AfterCommit(ctx, recall)
	if err := s.portions(ctx, StateQueued, next); err != nil {
		return err
	}
	db.AfterCommit(ctx, recall)
	return nil
}

// ResumeBatch lets those go again that PauseBatch holds with that code.
func (s *Service) ResumeBatch(ctx context.Context, workspaceID, batch, code string) error {
	return s.portions(ctx, StateHeld, func(ctx context.Context) ([]Send, error) {
		awake, err := s.store.resumeBatch(ctx, workspaceID, batch, code)
		db.AfterCommit(ctx, func() {
			for _, send := range awake {
				s.runners.hand(send)
			}
		})
		return awake, err
	})
}

// CancelBatch takes back every send of a batch that waits, and what this node's runners have claimed and not begun.
func (s *Service) CancelBatch(ctx context.Context, workspaceID, batch string, p Pause) error {
	return s.stopBatch(ctx, batch, Stop{StateCancelled, p}, func(ctx context.Context) ([]Send, error) { return s.store.cancelBatch(ctx, workspaceID, batch, p) })
}

// WithdrawBatch takes back what of a batch waits on a device that can't send it any more, and returns it: what was never
// tried is cancelled, and what was fails, because it may have arrived. What a runner has claimed stays; what one had
// claimed that died, and whose lease is over, may have arrived as well.
func (s *Service) WithdrawBatch(ctx context.Context, workspaceID, batch, deviceID string, p Pause) (gone []Send, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		left, err := s.store.abandon(ctx, workspaceID, batch, deviceID, p, s.conf.Steady().UnixMilli())
		if err != nil {
			return err
		}
		if gone, err = s.store.withdrawBatch(ctx, workspaceID, batch, deviceID, p); err != nil {
			return err
		}
		if err := s.fire(ctx, left, StateClaimed); err != nil {
			return err
		}
		if err := s.fire(ctx, gone, StateQueued); err != nil {
			return err
		}
		gone = append(gone, left...)
		return nil
	})
	return gone, err
}

// Waiting is how many sends of a batch wait on a device: those that may go, or are with a runner, and those that are held.
type Waiting struct {
	Ready int
	Held  int
}

// Waiting counts what of a batch is not gone, by device.
func (s *Service) Waiting(ctx context.Context, workspaceID, batch string) (map[string]Waiting, error) {
	return s.store.waiting(ctx, workspaceID, batch)
}

func (rs *runners) recall(c recall) {
	rs.mu.Lock()
	all := make([]*runner, 0, len(rs.byDevice))
	for _, r := range rs.byDevice {
		all = append(all, r)
	}
	rs.mu.Unlock()
	for _, r := range all {
		r.recall(c)
	}
}

// recall has the runner give up what it has claimed of a batch. One that is parked has claimed nothing; it may wait as
// long as the batch's pace wants it to.
func (r *runner) recall(c recall) {
	r.mu.Lock()
	idle := r.parked && !r.lines.has(c.batch) // nobody works, so nobody else touches it
	if !idle {
		r.recalls = append(r.recalls, c)
	}
	r.mu.Unlock()
	if !idle {
		r.wake()
	}
}

// yield writes down what was recalled, as if it had not been claimed.
func (r *runner) yield(list []recall) {
	for _, c := range list {
		if r.lines.drop(c.batch) { // other batches need not wait for it
			r.drained = false
		}
		back := func(s Send) bool {
			if s.Batch.ID != c.batch {
				return false
			}
			s.State, s.Until, s.NotBefore, s.Code, s.Why = c.stop.State, c.stop.Until, 0, c.stop.Code, c.stop.Why
			s.Attempt--
			r.marker.add(outcome{send: s})
			r.drained = false
			return true
		}
		r.pending = slices.DeleteFunc(r.pending, back)
		r.typing = slices.DeleteFunc(r.typing, func(t typing) bool { return back(t.Send) })
	}
}

// What is changed is looked for by the index of what is not gone, which lists these three states.
const holdBatch = `UPDATE sends SET state = 'held', ready = 0, due_at = $3, code = $4, why = $5 WHERE workspace_id = $1 AND id IN
	(SELECT id FROM sends WHERE workspace_id = $1 AND batch = $2 AND batch <> '' AND state IN ('queued', 'claimed', 'held') AND state <> 'claimed'
	AND code <> $4 LIMIT $6) AND state IN ('queued', 'held') AND code <> $4 RETURNING ` + columns

func (st store) holdBatch(ctx context.Context, workspaceID, batch string, p Pause) ([]Send, error) {
	return list(st.db.Query(ctx, holdBatch, workspaceID, batch, p.Until, p.Code, p.Why, portion))
}

const resumeBatch = `UPDATE sends SET state = 'queued', ready = 1, due_at = 0, code = '', why = '' WHERE workspace_id = $1 AND id IN
	(SELECT id FROM sends WHERE workspace_id = $1 AND batch = $2 AND batch <> '' AND state IN ('queued', 'claimed', 'held') AND state = 'held'
	AND code = $3 LIMIT $4) AND state = 'held' AND code = $3 RETURNING ` + columns

func (st store) resumeBatch(ctx context.Context, workspaceID, batch, code string) ([]Send, error) {
	return list(st.db.Query(ctx, resumeBatch, workspaceID, batch, code, portion))
}

const cancelBatch = `UPDATE sends SET state = 'cancelled', ready = 1, code = $3, why = $4 WHERE workspace_id = $1 AND id IN
	(SELECT id FROM sends WHERE workspace_id = $1 AND batch = $2 AND batch <> '' AND state IN ('queued', 'claimed', 'held') AND state <> 'claimed'
	LIMIT $5) AND state IN ('queued', 'held') RETURNING ` + columns

func (st store) cancelBatch(ctx context.Context, workspaceID, batch string, p Pause) ([]Send, error) {
	return list(st.db.Query(ctx, cancelBatch, workspaceID, batch, p.Code, p.Why, portion))
}

const withdrawBatch = `UPDATE sends SET state = CASE WHEN attempt = 0 THEN 'cancelled' ELSE 'failed' END, ready = 1, due_at = 0, code = $4, why = $5
	WHERE workspace_id = $1 AND batch = $2 AND batch <> '' AND state IN ('queued', 'claimed', 'held') AND state <> 'claimed' AND device_id = $3
	RETURNING ` + columns

func (st store) withdrawBatch(ctx context.Context, workspaceID, batch, deviceID string, p Pause) ([]Send, error) {
	return list(st.db.Query(ctx, withdrawBatch, workspaceID, batch, deviceID, p.Code, p.Why))
}

const abandonClaimed = `UPDATE sends SET state = 'failed', ready = 1, due_at = 0, code = $4, why = $5
	WHERE workspace_id = $1 AND device_id = $3 AND state = 'claimed' AND batch = $2 AND NOT EXISTS (SELECT 1 FROM device_leases l
	WHERE l.workspace_id = $1 AND l.device_id = $3 AND l.epoch = sends.claimed_epoch AND l.expires_at > $6) RETURNING ` + columns

// abandon fails what of a batch was claimed under a lease that is over now: no runner will say what became of it.
func (st store) abandon(ctx context.Context, workspaceID, batch, deviceID string, p Pause, now int64) ([]Send, error) {
	return list(st.db.Query(ctx, abandonClaimed, workspaceID, batch, deviceID, p.Code, p.Why, now))
}

const countWaiting = `SELECT device_id, SUM(CASE WHEN state = 'held' THEN 0 ELSE 1 END), SUM(CASE WHEN state = 'held' THEN 1 ELSE 0 END) FROM sends
	WHERE workspace_id = $1 AND batch = $2 AND batch <> '' AND state IN ('queued', 'claimed', 'held') GROUP BY device_id`

func (st store) waiting(ctx context.Context, workspaceID, batch string) (map[string]Waiting, error) {
	out := map[string]Waiting{}
	rows, err := st.db.Query(ctx, countWaiting, workspaceID, batch)
	err = dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (deviceID string, err error) {
		var w Waiting
		if err = r.Scan(&deviceID, &w.Ready, &w.Held); err == nil {
			out[deviceID] = w
		}
		return deviceID, err
	}, err).Iter(func(string) (bool, error) { return true, nil })
	return out, err
}
