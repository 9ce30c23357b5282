package outbox

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// outcome is what became of a claimed send: taken by the network, or (sent is nil) the state in send.
type outcome struct {
	dev  device.Device
	send Send
	sent *device.Sent
	kept func() // called when it is written down; may be nil
}

// maxUnmarked bounds how far sending may run ahead of the writing down of what was sent.
const maxUnmarked = 64

// linger is how long the marker waits for company: a commit costs the disk the same for one and for many.
const linger = 4 * time.Millisecond

// marker writes outcomes down behind the runner's back, as many in one transaction as have come together, so that the
// next send need not wait for the disk. What a crash forgets goes out again with the same network id: harmless.
type marker struct {
	s *Service

	mu      sync.Mutex
	changed *sync.Cond
	waiting []outcome
	busy    bool
	hurry   chan struct{} // somebody waits for what is written
	quit    chan struct{} // closed when nobody waits any more
}

// newMarker makes a marker that writes as long as ctx, the runner's, and has patience with the database after that:
// what it has not taken by then is given up and will be sent again, with the same network ids. Whoever waits in add
// or flush at that moment goes on.
func newMarker(ctx context.Context, s *Service, patience time.Duration) *marker {
	m := &marker{s: s, hurry: make(chan struct{}, 1), quit: make(chan struct{})}
	m.changed = sync.NewCond(&m.mu)
	context.AfterFunc(ctx, func() { time.AfterFunc(patience, func() { close(m.quit) }) })
	return m
}

// add hands over an outcome; it waits only while too many are unwritten.
func (m *marker) add(o outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.waiting) >= maxUnmarked {
		m.changed.Wait()
	}
	m.waiting = append(m.waiting, o)
	if !m.busy {
		m.busy = true
		go m.drain()
	}
}

// flush waits until everything that was handed over is written or given up.
func (m *marker) flush() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.busy {
		select {
		case m.hurry <- struct{}{}:
		default:
		}
		m.changed.Wait()
	}
}

// drain writes until nothing waits. A database that can't write now is tried again for as long as it takes: the sends
// stay claimed, and the runner stops by itself when maxUnmarked is reached.
func (m *marker) drain() {
	for {
		select {
		case <-time.After(linger):
		case <-m.hurry:
		}
		m.mu.Lock()
		group := m.waiting
		m.waiting = nil
		if len(group) == 0 {
			m.busy = false
		}
		m.changed.Broadcast()
		m.mu.Unlock()
		if len(group) == 0 {
			return
		}
		m.write(group)
	}
}

func (m *marker) write(group []outcome) {
	ctx := context.Background()
	if !slices.ContainsFunc(group, func(o outcome) bool { return o.send.Lane < LaneBroadcast }) {
		ctx = db.Unhurried(ctx)
	}
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := m.s.mark(ctx, group, m.s.tell)
		if err == nil {
			return
		}
		if db.Transient(err) {
			m.s.log.Warn("write down what was sent", "error", err, "sends", len(group))
			if !m.rest(pause) {
				return
			}
			continue
		}
		if len(group) > 1 { // one of them spoils the others
			for _, o := range group {
				m.write([]outcome{o})
			}
			return
		}
		// A listener refuses what has happened already. The truth about the send comes first.
		m.s.log.Error("tell what was sent", "error", err, "send", group[0].send.ID)
		err = m.s.mark(ctx, group, func(context.Context, outcome, Change) error { return nil })
		if err == nil || !db.Transient(err) || !m.rest(pause) {
			return
		}
	}
}

// rest waits before the database is asked again; false when nobody waits for it any more.
func (m *marker) rest(pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return true
	case <-m.quit:
		return false
	}
}

// mark writes outcomes in one transaction; tell is called for each in it.
func (s *Service) mark(ctx context.Context, group []outcome, tell func(context.Context, outcome, Change) error) error {
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		for _, o := range group {
			ch, ok, err := s.markOne(ctx, o)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if err := tell(ctx, o, ch); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, o := range group {
		if o.kept != nil {
			o.kept()
		}
	}
	return nil
}

// markOne writes one outcome; false when there is nothing to tell.
func (s *Service) markOne(ctx context.Context, o outcome) (Change, bool, error) {
	send := o.send
	if o.sent == nil {
		ok, err := s.store.settle(ctx, send)
		return Change{Send: send, From: StateClaimed}, ok, err
	}
	send.SentAt = o.sent.At
	if send.SentAt <= 0 {
		send.SentAt = s.now()
	}
	if send.Budget != BudgetNone {
		send.SpentAt = s.now()
	}
	state, err := s.store.taken(ctx, send, send.SentAt, o.sent.Raw)
	if errors.Is(err, sql.ErrNoRows) {
		return Change{}, false, nil // its device was deleted meanwhile
	}
	from := StateClaimed
	if state != StateSent {
		from = state // a receipt was faster, and has told it
	}
	send.State, send.Code, send.Why = state, "", ""
	return Change{Send: send, From: from}, true, err
}

// tell fires the hooks for a written outcome.
func (s *Service) tell(ctx context.Context, o outcome, ch Change) error {
	if o.sent != nil {
		if err := s.Taken.Fire(ctx, Taken{Device: o.dev, Send: ch.Send, Sent: *o.sent}); err != nil {
			return err
		}
	}
	if ch.From == ch.Send.State {
		return nil
	}
	return s.Changed.Fire(ctx, ch)
}
