package outbox

import (
	"context"
	"slices"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// CodeOptedOut is the code of a send that was skipped because its recipient wants no messages that nobody asked for.
const CodeOptedOut = "opted_out"

// unasked is what is sent without anybody having asked for it: it is not sent to who has opted out.
func (l Lane) unasked() bool { return l >= LaneFollowUp }

// leavers are those recipients of unasked sends among the given ones who have opted out.
func (s *Service) leavers(ctx context.Context, workspaceID string, sends ...Send) ([]string, error) {
	var ids []string
	for _, c := range sends {
		if c.Lane.unasked() && !slices.Contains(ids, c.ContactID) {
			ids = append(ids, c.ContactID)
		}
	}
	if len(ids) == 0 || s.conf.OptedOut == nil {
		return nil, nil
	}
	return s.conf.OptedOut(ctx, workspaceID, ids)
}

// refuse skips, in the transaction that would claim them, the chosen sends that nobody asked for and whose recipients
// have opted out, and returns the others.
func (r *runner) refuse(ctx context.Context, chosen []Send) ([]Send, error) {
	d := r.device()
	out, err := r.s.leavers(ctx, d.WorkspaceID, chosen...)
	if err != nil || len(out) == 0 {
		return chosen, err
	}
	var rest []Send
	for _, c := range chosen {
		if !c.Lane.unasked() || !slices.Contains(out, c.ContactID) {
			rest = append(rest, c)
			continue
		}
		skipped, err := r.s.store.skipOne(ctx, c)
		if err != nil {
			return nil, err
		}
		if err := r.s.fire(ctx, skipped, StateQueued); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// stopped puts aside, in the transaction that would claim them, the chosen sends of batches that don't go on, and returns
// the others.
func (r *runner) stopped(ctx context.Context, chosen []Send) (rest []Send, err error) {
	if r.s.conf.Stopped == nil {
		return chosen, nil
	}
	stops := map[string]Stop{"": {}}
	for _, c := range chosen {
		stop, known := stops[c.Batch.ID]
		if !known {
			if stop, err = r.s.conf.Stopped(ctx, c.WorkspaceID, c.Batch.ID); err != nil {
				return nil, err
			}
			stops[c.Batch.ID] = stop
		}
		if stop.State == "" {
			rest = append(rest, c)
			continue
		}
		c.State, c.Until, c.NotBefore, c.Code, c.Why = stop.State, stop.Until, 0, stop.Code, stop.Why
		ok, err := r.s.store.setAside(ctx, c)
		if err != nil {
			return nil, err
		}
		if !ok { // it was taken back meanwhile
			continue
		}
		if err := r.s.fire(ctx, []Send{c}, StateQueued); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// OptOut says, in the transaction that notes it, that a contact wants no messages that nobody asked for: those that wait
// are skipped, and those that a runner here has claimed are, too, if they are not on the wire. Twice changes nothing.
func (s *Service) OptOut(ctx context.Context, workspaceID, contactID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		for _, from := range []State{StateQueued, StateHeld} {
			skipped, err := s.store.skipAll(ctx, workspaceID, contactID, from)
			if err != nil {
				return err
			}
			if err := s.fire(ctx, skipped, from); err != nil {
				return err
			}
		}
		db.AfterCommit(ctx, func() { s.runners.optOut(workspaceID, contactID) })
		return nil
	})
}

// optOut tells all runners of the workspace; a contact may be written to by several devices.
func (rs *runners) optOut(workspaceID, contactID string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, r := range rs.byDevice {
		if r.device().WorkspaceID == workspaceID {
			r.optOut(contactID)
		}
	}
}

func (r *runner) optOut(contactID string) {
	r.mu.Lock()
	r.left = append(r.left, contactID)
	r.mu.Unlock()
	r.wake()
}

// dropLeavers skips what is claimed and not on the wire of those who have just opted out.
func (r *runner) dropLeavers() {
	r.mu.Lock()
	left := r.left
	r.left = nil
	r.mu.Unlock()
	if len(left) == 0 {
		return
	}
	gone := func(c Send) bool {
		if !c.Lane.unasked() || !slices.Contains(left, c.ContactID) {
			return false
		}
		c.State, c.Code, c.Why = StateSkipped, CodeOptedOut, ""
		r.marker.add(outcome{send: c})
		return true
	}
	r.offered = slices.DeleteFunc(r.offered, func(c Send) bool { return c.Lane.unasked() && slices.Contains(left, c.ContactID) }) // skipped in the table
	r.pending = slices.DeleteFunc(r.pending, gone)
	r.typing = slices.DeleteFunc(r.typing, func(t typing) bool { return gone(t.Send) })
}

const skipSend = `UPDATE sends SET state = 'skipped', ready = 1, due_at = 0, code = 'opted_out', why = ''
	WHERE workspace_id = $1 AND id = $2 AND state = 'queued' RETURNING ` + columns

// skipOne skips a send that was seen queued; nothing when it has moved meanwhile.
func (st store) skipOne(ctx context.Context, s Send) ([]Send, error) {
	return list(st.db.Query(ctx, skipSend, s.WorkspaceID, s.ID))
}

const skipSends = `UPDATE sends SET state = 'skipped', ready = 1, due_at = 0, code = 'opted_out', why = ''
	WHERE workspace_id = $1 AND contact_id = $2 AND lane >= 2 AND state IN ('queued', 'held') AND state = $3 RETURNING ` + columns

// skipAll skips what nobody asked for and waits for a contact in a state.
func (st store) skipAll(ctx context.Context, workspaceID, contactID string, from State) ([]Send, error) {
	return list(st.db.Query(ctx, skipSends, workspaceID, contactID, string(from)))
}
