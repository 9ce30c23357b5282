package member_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/member"
)

// ends collects the ids that a house tells of.
type ends struct {
	mu  sync.Mutex
	ids []string
	new chan struct{}
}

func hear(h *house) *ends {
	e := &ends{new: make(chan struct{}, 100)}
	h.Ended.Add(func(_ context.Context, id string) {
		e.mu.Lock()
		e.ids = append(e.ids, id)
		e.mu.Unlock()
		e.new <- struct{}{}
	})
	return e
}

func (e *ends) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(slices.Values(e.ids))
}

func TestSessionsAreListedAndEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		heard := hear(h)
		w := h.workspace(t)
		m, _ := h.member(t, w, "ani@toko.example", member.Agent)
		h.member(t, w, "budi@toko.example", member.Owner)
		_, one := h.login(t, "ani@toko.example")
		_, two := h.login(t, "ani@toko.example")
		_, three := h.login(t, "ani@toko.example")
		_, budi := h.login(t, "budi@toko.example")
		all, err := h.Sessions(ctx, two)
		if err != nil || len(all) != 3 {
			t.Fatalf("got %+v %v, want three", all, err)
		}
		for _, v := range all {
			if v.Current != (v.ID == two.SessionID) || v.WorkspaceID != w || v.SeenAt == 0 {
				t.Errorf("listed as %+v", v)
			}
		}
		if err := h.EndSession(ctx, two, budi.SessionID); !errors.Is(err, member.ErrSessionNotFound) {
			t.Errorf("somebody else's: got %v", err)
		}
		if err := h.EndSession(ctx, two, one.SessionID); err != nil {
			t.Fatal(err)
		}
		if err := h.EndOthers(ctx, two); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values([]string{one.SessionID, three.SessionID})), heard.all()); diff != "" {
			t.Errorf("told of (-want +got):\n%s", diff)
		}
		if all, err := h.Sessions(ctx, two); err != nil || len(all) != 1 || all[0].ID != two.SessionID {
			t.Errorf("what is left: %+v %v", all, err)
		}
		if err := h.EndSessions(ctx, member.Principal{WorkspaceID: h.workspace(t), Role: member.Owner}, m.ID); !errors.Is(err, member.ErrNotFound) {
			t.Errorf("by a stranger: got %v", err)
		}
		if err := h.EndSessions(ctx, budi, m.ID); err != nil {
			t.Fatal(err)
		}
		if all, err := h.Sessions(ctx, two); err != nil || len(all) != 0 {
			t.Errorf("after an owner ended them: %+v %v", all, err)
		}
		if _, err := h.Sessions(ctx, member.Principal{WorkspaceID: w, KeyID: "k", Role: member.Admin}); !errors.Is(err, member.ErrPeopleOnly) {
			t.Errorf("a key lists sessions: got %v", err)
		}
	})
}

// What holds a session's WebSocket may be another node: it hears of the end too.
func TestAnEndIsHeardOnOtherNodes(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	here, there := newHouse(t, d), prepared(d)
	heard := hear(there)
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { _ = member.Module(there.Service).Run(ctx) })
	here.member(t, here.workspace(t), "ani@toko.example", member.Owner)
	_, p := here.login(t, "ani@toko.example")
	if err := here.Logout(ctx, p); err != nil {
		t.Fatal(err)
	}
	select {
	case <-heard.new:
	case <-ctx.Done():
		t.Fatal("the other node heard nothing")
	}
	if diff := cmp.Diff([]string{p.SessionID}, heard.all()); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}

// When it was last used is known to the minute, and moves on.
func TestSessionsAreSeen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.member(t, h.workspace(t), "ani@toko.example", member.Owner)
		e, p := h.login(t, "ani@toko.example")
		seen := func() int64 {
			t.Helper()
			all, err := h.Sessions(context.Background(), p)
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v %v", all, err)
			}
			return all[0].SeenAt
		}
		before := seen()
		h.clock.Store(int64(59 * time.Second))
		h.caller(t, e.Token)
		if got := seen(); got != before {
			t.Errorf("within a minute it is written again: %d, was %d", got, before)
		}
		h.clock.Store(int64(time.Hour))
		h.caller(t, e.Token)
		if got := seen(); got < before+time.Hour.Milliseconds()-1000 {
			t.Errorf("after an hour: got %d, was %d", got, before)
		}
	})
}
