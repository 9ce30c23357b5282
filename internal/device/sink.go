package device

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// poisonTries is how often a message is tried before it is kept aside.
const poisonTries = 3

// errPoison means that something cannot be taken in, now or later.
var errPoison = errors.New("can't be taken in")

// sink is what a session tells; run is nil while linking.
type sink struct {
	s   *Service
	run *runner
}

var (
	_ Sink   = sink{}
	_ Fencer = sink{}
)

// Received commits the message or keeps it aside. Anything else is an error, and the network brings it again.
func (k sink) Received(ctx context.Context, d Device, m Inbound) error {
	err := k.s.persist(ctx, func(ctx context.Context) error {
		d, err := k.holder(ctx, d)
		if err != nil {
			return err
		}
		return k.s.Received.Fire(ctx, Arrival{d, fresh(d, m)})
	})
	if errors.Is(err, errPoison) {
		return k.s.setAside(ctx, d, m, err)
	}
	return err
}

// fresh tells history from news: what somebody wrote after the device was linked comes to it by itself, but the
// account's history may bring it first, and then it must be answered all the same.
func fresh(d Device, m Inbound) Inbound {
	const second = 1000 // the networks tell the time in seconds
	if m.Origin == OriginHistory && !m.Asked && d.LinkedAt != 0 && m.At >= d.LinkedAt/second*second {
		m.Origin = OriginOffline
	}
	return m
}

// Receipts commits the receipt. One that can't be taken in is logged and dropped: it holds nothing that a person wrote.
func (k sink) Receipts(ctx context.Context, d Device, r Receipt) error {
	err := k.s.persist(ctx, func(ctx context.Context) error {
		d, err := k.holder(ctx, d)
		if err != nil {
			return err
		}
		return k.s.Receipts.Fire(ctx, Acknowledged{d, r})
	})
	if errors.Is(err, errPoison) {
		k.s.log.Error("drop a receipt", "device", d.ID, "error", err)
		return nil
	}
	return err
}

// Same commits what was learnt about a person; poison is logged and dropped, the next message teaches it again.
func (k sink) Same(ctx context.Context, d Device, p Peer) error {
	err := k.s.persist(ctx, func(ctx context.Context) error {
		d, err := k.holder(ctx, d)
		if err != nil {
			return err
		}
		return k.s.Same.Fire(ctx, Identified{d, p})
	})
	if errors.Is(err, errPoison) {
		k.s.log.Error("drop what was learnt about a person", "device", d.ID, "error", err)
		return nil
	}
	return err
}

// Typing passes the hint on, with the device's settings as they are now. What can't be passed on is nothing that was said.
func (k sink) Typing(ctx context.Context, d Device, t Typing) {
	d, err := k.holder(ctx, d)
	if err != nil {
		return
	}
	k.s.Typing.Fire(ctx, TypingSeen{d, t})
}

// Fence is nil as long as this node holds the device.
func (k sink) Fence(ctx context.Context, d Device) error {
	if k.run == nil {
		return nil
	}
	return k.s.leases.check(ctx, d.WorkspaceID, d.ID, k.run.lease.epoch)
}

// holder is the device as it is now, if this node may act for it.
func (k sink) holder(ctx context.Context, d Device) (Device, error) {
	if k.run != nil {
		r, err := k.s.store.held(ctx, k.run.lease)
		return r.Device, err
	}
	r, err := k.s.store.get(ctx, d.WorkspaceID, d.ID)
	return r.Device, err
}

// State writes what the session is. What can't be written is logged: the next state comes soon.
func (k sink) State(ctx context.Context, d Device, st State) {
	ctx = context.WithoutCancel(ctx)
	now := k.s.now()
	first := k.run != nil && st.Connected() && k.run.connected() // whoever reads "online" below finds it live
	k.write(ctx, d, st, now)
	if first {
		k.run.announce(ctx)
		k.run.show(ctx)
	}
}

// write stores a state and notes it. States of one device that come together do so in turn: what is noted, and when a
// restriction is lifted, is of the one that was stored last.
func (k sink) write(ctx context.Context, d Device, st State, now int64) {
	if k.run != nil {
		k.run.stating.Lock()
		defer k.run.stating.Unlock()
	}
	err := k.s.change(ctx, d, func(r *row) {
		if k.run == nil || r.Linked { // a device that was just unlinked stays so, whatever its session says
			apply(r, st, now)
			st = r.State
		}
	}, k.Fence)
	if k.run != nil {
		k.run.is(st)
	}
	if err != nil && !errors.Is(err, errFenced) {
		k.s.log.Error("write a device's state", "device", d.ID, "state", st.Code, "error", err)
	}
	if k.run != nil && st.Connected() {
		k.run.lift(st)
	}
}

// apply turns what a session reports into what is stored: a restriction outlives reconnects.
func apply(r *row, st State, now int64) {
	switch {
	case st.Code == StateRestricted:
		r.restrictedUntil, r.restrictedWhy = st.Until, st.Why
	case st.Code == StateOnline && st.Why == WhyLifted:
		r.restrictedUntil, r.restrictedWhy = 0, ""
		st.Why = ""
	case st.Code == StateOnline && r.restrictedUntil > now:
		st = State{Code: StateRestricted, Why: r.restrictedWhy, Until: r.restrictedUntil}
	case st.Code == StateOnline:
		r.restrictedUntil, r.restrictedWhy = 0, ""
	}
	r.State = st
}

// Linked stores the account. Telling it again for the same device only brings names up to date; without one, networks show
// nobody as online.
func (k sink) Linked(ctx context.Context, d Device, a Account) error {
	err := k.link(ctx, d, a)
	if err == nil && k.run != nil {
		k.run.show(ctx)
	}
	return err
}

func (k sink) link(ctx context.Context, d Device, a Account) error {
	return k.s.c.DB.Tx(ctx, func(ctx context.Context) error {
		r, err := k.s.store.get(ctx, d.WorkspaceID, d.ID)
		if err != nil {
			return err
		}
		if k.run != nil && !r.Linked { // a session that was just unlinked
			return errFenced
		}
		if taken, err := k.s.store.taken(ctx, d, a.Number); err != nil || taken {
			return errors.Join(err, ErrTaken)
		}
		before, known := r.State, r.Linked && r.Account.Address == a.Address
		r.Account = a
		if !known {
			r.LinkedAt, r.Linked = k.s.now(), true
			r.State = State{Code: StateConnecting, Since: k.s.now()}
		}
		if err := k.s.store.setAccount(ctx, r); err != nil || known {
			return err
		}
		if err := k.s.store.setState(ctx, r); err != nil {
			return err
		}
		if k.run == nil { // or another node could run it before the network has heard that it is linked, and take it for removed
			if _, _, err := k.s.leases.acquire(ctx, r.Device, k.s.c.Node, k.s.leaseNow(), k.s.leaseEnd()); err != nil {
				return err
			}
		}
		return k.s.StateChanged.Fire(ctx, StateChange{r.Device, before})
	})
}

// change edits a device's stored state in one transaction with those who listen; the same state changes nothing.
func (s *Service) change(ctx context.Context, d Device, edit func(*row), guards ...func(context.Context, Device) error) error {
	return s.c.DB.Tx(ctx, func(ctx context.Context) error {
		for _, g := range guards {
			if err := g(ctx, d); err != nil {
				return err
			}
		}
		r, err := s.store.get(ctx, d.WorkspaceID, d.ID)
		if err != nil {
			return err
		}
		old := r
		edit(&r)
		r.State.Since = old.State.Since
		if r == old {
			return nil
		}
		if r.State != old.State {
			r.State.Since = s.now()
		}
		if err := s.store.setState(ctx, r); err != nil {
			return err
		}
		return s.StateChanged.Fire(ctx, StateChange{r.Device, old.State})
	})
}

// persist runs fn in a transaction. An error of the database's condition is returned as it is; a panic or an error
// of fn's own is tried again, and is errPoison in the end.
func (s *Service) persist(ctx context.Context, fn func(context.Context) error) error {
	var err error
	for try := range poisonTries {
		if err = s.attempt(ctx, fn); err == nil || errors.Is(err, errFenced) || db.Transient(err) {
			return err
		}
		if try < poisonTries-1 {
			select {
			case <-time.After(time.Duration(20<<try) * time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return fmt.Errorf("%w: %w", errPoison, err)
}

func (s *Service) attempt(ctx context.Context, fn func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a listener panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return s.c.DB.Tx(ctx, fn)
}

// setAside keeps a poisonous message whole, so that the next one flows.
func (s *Service) setAside(ctx context.Context, d Device, m Inbound, cause error) error {
	err := s.c.DB.Tx(ctx, func(ctx context.Context) error {
		return s.store.quarantine(ctx, d, m, cause.Error(), s.now())
	})
	if err != nil {
		return fmt.Errorf("keep message %s aside: %w", m.NetworkID, err)
	}
	s.log.Error("kept a message aside that could not be taken in", "device", d.ID, "message", m.NetworkID, "error", cause)
	return nil
}
