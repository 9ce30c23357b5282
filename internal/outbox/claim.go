package outbox

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/internal/device"
)

// refill wakes what is due and claims what may go next. false when the lease is lost.
func (r *runner) refill(ctx context.Context) (bool, error) {
	r.offered = nil // a look finds them
	if err := r.wakeDue(ctx); err != nil {
		return true, err
	}
	lane, room := LaneBroadcast, min(batch, maxPending-len(r.pending))
	if r.free() > 0 { // there is enough to do: only what is more urgent may still come in
		lane = r.pending[0].Lane - 1
	}
	if lane < 0 || room <= 0 {
		return true, nil
	}
	d := r.device()
	now := r.s.now()
	view := r.lines.view(now)
	found, err := r.s.store.peek(ctx, d.WorkspaceID, d.ID, lane, room, view)
	if err != nil {
		return true, err
	}
	if r.drained = len(found) < room && lane == LaneBroadcast; r.drained {
		r.lines.seen(view, found)
	}
	chosen, waits, err := r.govern(ctx, d, found)
	if err != nil {
		return true, err
	}
	r.drained = r.drained && (!view.behind || r.stillness > now)
	if r.drained {
		if r.due, err = r.s.store.nextDue(ctx, d.WorkspaceID, d.ID); err != nil {
			return true, err
		}
		r.due = earliest(earliest(r.due, waits), r.lines.due(now))
	}
	if len(chosen) == 0 {
		return true, nil
	}
	return r.claim(ctx, d, chosen)
}

// complete reports whether what is claimed and offered is all that there is to send on this device: the last look
// left nothing behind and nothing waits for its time, so no offer can overtake one that is tried again.
func (r *runner) complete() bool {
	return r.drained && r.due == 0 && r.stillness <= r.s.now() && !r.afresh && !r.lifted &&
		len(r.pending)+len(r.offered) <= maxPending &&
		!slices.ContainsFunc(r.offered, func(s Send) bool { return s.NotBefore > 0 })
}

// takesOffers: now, because there is nothing else to do, or something is more urgent than what there is.
func (r *runner) takesOffers() bool {
	return len(r.offered) > 0 && (r.free() == 0 || slices.ContainsFunc(r.offered, func(s Send) bool { return s.Lane < r.pending[0].Lane }))
}

// claimOffered claims what was handed over; false when the lease is lost.
func (r *runner) claimOffered(ctx context.Context) (bool, error) {
	d := r.device()
	slices.SortStableFunc(r.offered, inOrder)
	found := r.offered[:min(batch, len(r.offered))]
	chosen, waits, err := r.govern(ctx, d, found)
	if err != nil {
		return true, err
	}
	rest := slices.Clone(r.offered[len(found):])
	if len(chosen) < len(found) { // the others are looked for when the governor allows
		r.due = earliest(r.due, waits)
		rest = nil
	}
	switch {
	case r.claimsItself(chosen):
		r.pending = chosen
	case len(chosen) > 0:
		ok, err := r.claim(ctx, d, chosen)
		if err != nil || !ok {
			return ok, err
		}
	}
	r.offered = rest
	return true, nil
}

// inOrder sorts sends as they go: the most urgent lane first, then age.
func inOrder(a, b Send) int { return cmp.Or(cmp.Compare(a.Lane, b.Lane), strings.Compare(a.ID, b.ID)) }

// free is how many of the claimed sends could go at once.
func (r *runner) free() (n int) {
	for _, p := range r.pending {
		if !r.behindTyping(p) {
			n++
		}
	}
	return n
}

func (r *runner) behindTyping(p Send) bool {
	return slices.ContainsFunc(r.typing, func(t typing) bool { return sameLine(t.Send, p) })
}

// govern asks the governor about each candidate and returns those that may go now, and when to ask again.
func (r *runner) govern(ctx context.Context, d device.Device, found []Send) (chosen []Send, waits int64, err error) {
	now := r.s.now()
	if r.stillness > now {
		r.drained = true
		return nil, 0, nil
	}
	type place struct {
		lane Lane
		line line
	}
	waiting := map[place]bool{} // what was told to wait
	var late []Send
	apart := false // others are to be looked for without those that wait in the way
	defer func() {
		r.drained = r.drained && !apart
		err = errors.Join(err, r.putOff(ctx, late))
	}()
	r.lines.order(found)
	for _, c := range found {
		of := c.line()
		if waiting[place{c.Lane, of}] {
			continue
		}
		if until := r.lines.behind(of, now); until > 0 {
			waiting[place{c.Lane, of}], waits = true, earliest(waits, until)
			r.lines.stay(of, until)
			apart = apart || r.lines.spare(of, now)
			continue
		}
		v, known := r.verdict(ctx, d, c, now)
		switch v.Action {
		case Go:
			c.Budget = v.Budget
			c.Typing = cmp.Or(c.Typing, v.Typing)
			chosen = append(chosen, c)
			r.lines.gone(of)
		case Wait:
			waiting[place{c.Lane, of}], waits = true, earliest(waits, v.Until)
			r.lines.wait(of, v.Until, now, known)
			r.drained = true
			apart = apart || r.lines.spare(of, now)
		case PutOff:
			r.drained = false
			r.lines.leave(of)
			c.State, c.Until, c.Code, c.Why = StateHeld, v.Until, v.Code, v.Why
			late = append(late, c)
		case Hold:
			r.drained = false
			return chosen, waits, r.holdCold(ctx, d, v)
		case HoldDevice:
			r.drained, r.stillness = true, v.Until
			return chosen, waits, nil
		}
	}
	return chosen, waits, nil
}

// verdict asks about one candidate; known is whether it says until when.
func (r *runner) verdict(ctx context.Context, d device.Device, c Send, now int64) (v Verdict, known bool) {
	v = r.s.conf.Governor.Next(ctx, d, c)
	if v.Action == Go && c.Cold && r.coldUntil.Until > now {
		v = r.coldUntil
	}
	if known = v.Until > now; v.Action != Go && !known {
		v.Until = now + askAgain.Milliseconds()
	}
	return v, known
}

// earliest is the earlier of two times, of which 0 is none.
func earliest(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// putOff holds single sends.
func (r *runner) putOff(ctx context.Context, late []Send) error {
	if len(late) == 0 {
		return nil
	}
	return r.s.db.Tx(ctx, func(ctx context.Context) error {
		for _, c := range late {
			ok, err := r.s.store.setAside(ctx, c)
			if err != nil {
				return err
			}
			if !ok { // it was taken back meanwhile
				continue
			}
			if err := r.s.fire(ctx, []Send{c}, StateQueued); err != nil {
				return err
			}
		}
		return nil
	})
}

// holdCold holds the device's sends to strangers.
func (r *runner) holdCold(ctx context.Context, d device.Device, v Verdict) error {
	return r.s.db.Tx(ctx, func(ctx context.Context) error {
		held, err := r.s.store.holdCold(ctx, d.WorkspaceID, d.ID, v)
		if err != nil {
			return err
		}
		return r.s.fire(ctx, held, StateQueued)
	})
}

// claim makes the chosen sends this runner's; false when the lease is lost. It doesn't wait for the disk: a claim that
// a power cut takes back leaves a queued send, which goes out again under its id, as a claimed one does.
func (r *runner) claim(ctx context.Context, d device.Device, chosen []Send) (bool, error) {
	var got []Send
	err := r.s.db.TxRelaxed(ctx, func(ctx context.Context) (err error) {
		got, err = r.claimIn(ctx, d, chosen)
		return err
	})
	if err != nil {
		return true, err
	}
	r.pending = append(r.pending, got...)
	slices.SortStableFunc(r.pending, inOrder)
	if len(got) > 0 {
		return true, nil
	}
	r.drained = false
	return r.s.store.holds(ctx, d.WorkspaceID, d.ID, r.epoch)
}

// claimIn claims in the transaction of ctx and returns what it got.
func (r *runner) claimIn(ctx context.Context, d device.Device, chosen []Send) (got []Send, err error) {
	now := r.s.now()
	if chosen, err = r.stopped(ctx, chosen); err != nil {
		return nil, err
	}
	if chosen, err = r.refuse(ctx, chosen); err != nil {
		return nil, err
	}
	ids := make([]string, len(chosen))
	for i, c := range chosen {
		ids[i] = c.ID
	}
	mine, err := r.s.store.claim(ctx, d.WorkspaceID, d.ID, r.epoch, now, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range chosen {
		if slices.Contains(mine, c.ID) {
			c.State, c.Epoch, c.ClaimedAt, c.Attempt, c.NotBefore = StateClaimed, r.epoch, now, c.Attempt+1, 0
			got = append(got, c)
		}
	}
	return got, r.s.fire(ctx, got, StateQueued)
}

// claimsItself reports whether the chosen sends need no transaction of their own: a single one of a conversation goes at
// once, and its session claims it with the keys that it is encrypted with.
func (r *runner) claimsItself(chosen []Send) bool {
	if len(chosen) != 1 || len(r.pending)+len(r.typing) > 0 {
		return false
	}
	c := chosen[0]
	claimer, ok := r.session.(device.Claimer)
	return ok && c.Typing == 0 && c.Batch.ID == "" && !c.Lane.unasked() && claimer.Claims(c.To)
}

// claimLate claims a send that failed before its session had; false when there is nothing to fail, because somebody has
// taken it back or another node has the device.
func (r *runner) claimLate(c Send) (Send, bool) {
	d := r.device()
	var got []Send
	ok := r.insist("claim what failed", func(ctx context.Context) (bool, error) {
		return true, r.s.db.TxRelaxed(ctx, func(ctx context.Context) (err error) {
			got, err = r.claimIn(ctx, d, []Send{c})
			return err
		})
	})
	if !ok || len(got) == 0 {
		return c, false
	}
	return got[0], true
}

// wakeDue lets held and waiting sends go whose time has come.
func (r *runner) wakeDue(ctx context.Context) error {
	r.mu.Lock()
	afresh, lifted, warmed, d := r.afresh, r.lifted, r.warmed, r.dev
	r.afresh, r.lifted, r.warmed = false, false, false
	r.mu.Unlock()
	if afresh {
		r.stillness, r.lines = 0, lines{}
		if _, err := r.begin(ctx); err != nil {
			r.mu.Lock()
			r.afresh, r.lifted, r.warmed = true, r.lifted || lifted, r.warmed || warmed
			r.mu.Unlock()
			return err
		}
	}
	now := r.s.now()
	if lifted {
		r.coldUntil = Verdict{}
		if err := r.s.store.endHolds(ctx, d.WorkspaceID, d.ID, now); err != nil {
			return err
		}
	} else if !warmed && (r.due == 0 || r.due > now) {
		return nil
	}
	r.drained = false
	return r.s.db.Tx(ctx, func(ctx context.Context) error {
		awake, err := r.s.store.wake(ctx, d.WorkspaceID, d.ID, now)
		if err != nil {
			return err
		}
		return r.s.fire(ctx, awake, StateHeld)
	})
}
