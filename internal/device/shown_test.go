package device

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
)

// shy is a session that says what it is told to show, as soon as it has a name.
type shy struct {
	Session

	mu    sync.Mutex
	err   error
	asked []Presence
}

func (s *shy) Present(_ context.Context, p Presence) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, p)
	return s.err
}

func (s *shy) answers(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func TestAnAccountIsShownWhenItsNameIsKnown(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, r := heldDevice(t)
	session := &shy{err: ErrNameless}
	r.session, r.device.Settings.ShowOnline = session, true
	k := sink{s, r}
	want := func(what string, want ...Presence) {
		t.Helper()
		if !slices.Equal(session.asked, want) {
			t.Errorf("%s: it was asked to show %q, want %q", what, session.asked, want)
		}
	}
	k.State(ctx, r.known(), State{Code: StateOnline})
	want("without a name", PresenceOnline)
	session.answers(nil)
	for range 2 { // the second name is news, but nothing to show again
		if err := k.Linked(ctx, r.known(), Account{Number: "1", Address: "1", Name: "Toko"}); err != nil {
			t.Fatal(err)
		}
	}
	want("with a name", PresenceOnline, PresenceOnline)
	r.disconnected(ctx)
	k.State(ctx, r.known(), State{Code: StateConnecting})
	session.answers(errors.New("the line is dead"))
	k.State(ctx, r.known(), State{Code: StateOnline})
	session.answers(nil)
	r.disconnected(ctx)
	k.State(ctx, r.known(), State{Code: StateOnline})
	want("on each connection", PresenceOnline, PresenceOnline, PresenceOnline, PresenceOnline)
}
