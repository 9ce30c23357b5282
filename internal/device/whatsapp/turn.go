package whatsapp

import (
	"context"
	"sync"
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
