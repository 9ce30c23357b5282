package whatsapp

import (
	"context"
	"sync"
	"time"
)

// turn lets either one decryption or one encryption at a time use the Signal sessions of a device. The client
// library reads a session, works on it and writes it back without a lock of its own: a message that is decrypted
// while another one to the same person is being encrypted loses one of the two steps of the ratchet.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) release() { <-t }

type sendKey struct{}

// sending is the part of one send that needs the turn: from the reading of the recipients' sessions to their
// writing back. The wait for the network's answer is outside it.
type sending struct {
	turn turn
	// recipient is the user part of the Signal address that the message must be encrypted for; empty with groups.
	recipient string
	// claim is called in the transaction that writes the sessions back; nil when there is nothing to claim.
	claim func(context.Context) error

	mu   sync.Mutex
	held bool
}

// withSending marks ctx as that of a send.
func withSending(ctx context.Context, s *sending) context.Context {
	return context.WithValue(ctx, sendKey{}, s)
}

// sendingOf finds the send that ctx belongs to, or nil.
func sendingOf(ctx context.Context) *sending {
	s, _ := ctx.Value(sendKey{}).(*sending)
	return s
}

func (s *sending) take(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held {
		return nil
	}
	if err := s.turn.take(ctx); err != nil {
		return err
	}
	s.held = true
	return nil
}

// release gives the turn back, if it is held; a second time does nothing.
func (s *sending) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held {
		s.held = false
		s.turn.release()
	}
}

// loanLife is how long one step of the library's own may hold the turn: it reads a session, encrypts and writes it
// back, which takes less than a millisecond and a commit. If it fails in between, nobody tells.
const loanLife = time.Second

// loan is the turn in the hands of the library itself, when it encrypts something that nobody sent through Send: an
// answer to a retry, a question to the own phone. It is taken when a session is read and given back when that
// session is written.
type loan struct {
	turn turn

	mu      sync.Mutex
	address string
	expiry  *time.Timer
}

func (l *loan) take(ctx context.Context, address string) error {
	if err := l.turn.take(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.address = address
	var t *time.Timer
	t = time.AfterFunc(loanLife, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.expiry == t {
			l.release()
		}
	})
	l.expiry = t
	return nil
}

// give ends the loan for address; nothing happens if it is over, or another's.
func (l *loan) give(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.expiry != nil && l.address == address {
		l.release()
	}
}

func (l *loan) release() {
	l.expiry.Stop()
	l.expiry, l.address = nil, ""
	l.turn.release()
}
