package member_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/member"
)

func (h *house) invite(t testing.TB, workspaceID, email string, role member.Role) (member.Invitation, string) {
	t.Helper()
	i, token, err := h.Invite(context.Background(), member.Principal{WorkspaceID: workspaceID, Name: "Ani", Role: member.Owner}, member.InvitationFields{Role: role, Email: email})
	if err != nil {
		t.Fatal(err)
	}
	return i, token
}

func TestAnInvitationLetsOneIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		w := h.workspace(t)
		_, token := h.invite(t, w, "", member.Admin)
		o, err := h.Offered(ctx, token)
		if err != nil || o.WorkspaceName != "Toko" || o.InviterName != "Ani" || o.Role != member.Admin || o.Known {
			t.Errorf("the link says %+v %v", o, err)
		}
		for field, n := range map[string]member.Newcomer{
			"name": {Email: "b@toko.example", Password: password}, "email": {Name: "B", Password: password},
			"password": {Name: "B", Email: "b@toko.example", Password: "short"},
		} {
			if _, err := h.Accept(ctx, token, n); !isFault(err, fault.Invalid, field) {
				t.Errorf("without a good %s: got %v", field, err)
			}
		}
		var in, over atomic.Int64
		var wg sync.WaitGroup
		for _, name := range []string{"a", "b", "c", "d"} { // all at once: one gets in
			wg.Go(func() {
				e, err := h.Accept(ctx, token, member.Newcomer{Name: name, Email: name + "@toko.example", Password: password})
				switch {
				case err == nil:
					in.Add(1)
					if p := h.caller(t, e.Token); p.WorkspaceID != w || p.Role != member.Admin {
						t.Errorf("got in as %+v", p)
					}
				case errors.Is(err, member.ErrInvitationOver):
					over.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		all, err := h.List(ctx, w)
		if in.Load() != 1 || over.Load() != 3 || err != nil || len(all) != 1 {
			t.Errorf("%d got in, %d did not, %d members (%v)", in.Load(), over.Load(), len(all), err)
		}
		if made, err := h.Invitations(ctx, w); err != nil || len(made) != 1 || made[0].AcceptedBy != all[0].ID {
			t.Errorf("listed as %+v %v", made, err)
		}
	})
}

func TestInvitationsThatAreNotGood(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		w := h.workspace(t)
		by := member.Principal{WorkspaceID: w, Role: member.Owner}
		want := func(what, token string, want error) {
			t.Helper()
			if _, err := h.Offered(ctx, token); !errors.Is(err, want) {
				t.Errorf("%s is offered: got %v, want %v", what, err, want)
			}
			if _, err := h.Accept(ctx, token, member.Newcomer{Name: "B", Email: "b@toko.example", Password: password}); !errors.Is(err, want) {
				t.Errorf("%s is accepted: got %v, want %v", what, err, want)
			}
		}
		revoked, token := h.invite(t, w, "", member.Agent)
		want("an id", revoked.ID, member.ErrInvitation)
		want("nothing", "", member.ErrInvitation)
		for range 2 {
			if err := h.RevokeInvitation(ctx, by, revoked.ID); err != nil {
				t.Fatal(err)
			}
		}
		want("a revoked one", token, member.ErrInvitationOver)
		_, token = h.invite(t, w, "", member.Agent)
		h.clock.Store(int64(7*24*time.Hour + time.Second))
		want("an old one", token, member.ErrInvitationOver)
		owner, _ := h.invite(t, w, "", member.Owner)
		admin := member.Principal{WorkspaceID: w, Role: member.Admin}
		if err := h.RevokeInvitation(ctx, admin, owner.ID); !errors.Is(err, member.ErrOwnerOnly) {
			t.Errorf("an admin revokes an owner's: got %v", err)
		}
		if err := h.RevokeInvitation(ctx, member.Principal{WorkspaceID: h.workspace(t), Role: member.Owner}, owner.ID); !errors.Is(err, member.ErrInvitation) {
			t.Errorf("a stranger revokes: got %v", err)
		}
	})
}

func TestAnInvitationForOneEmail(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		w := h.workspace(t)
		h.member(t, h.workspace(t), "ani@toko.example", member.Owner)
		h.member(t, h.workspace(t), "budi@toko.example", member.Owner)
		_, token := h.invite(t, w, "Ani@toko.example", member.Agent)
		if o, err := h.Offered(ctx, token); err != nil || !o.Known {
			t.Errorf("the link says %+v %v, want that Ani is known", o, err)
		}
		if _, err := h.Accept(ctx, token, member.Newcomer{Name: "B", Email: "b@toko.example", Password: password}); !errors.Is(err, member.ErrInvitationOther) {
			t.Errorf("somebody new with another e-mail: got %v", err)
		}
		if _, err := h.Accept(ctx, token, member.Newcomer{Name: "B", Password: password}); !errors.Is(err, member.ErrSignInToJoin) {
			t.Errorf("who is known must sign in: got %v", err)
		}
		_, budi := h.login(t, "budi@toko.example")
		if _, err := h.AcceptAs(ctx, budi, token); !errors.Is(err, member.ErrInvitationOther) {
			t.Errorf("somebody else: got %v", err)
		}
		_, ani := h.login(t, "ani@toko.example")
		m, err := h.AcceptAs(ctx, ani, token)
		if err != nil || m.WorkspaceID != w || m.Email != "ani@toko.example" {
			t.Errorf("Ani: %+v %v", m, err)
		}
		_, again := h.invite(t, w, "", member.Agent)
		if _, err := h.AcceptAs(ctx, ani, again); !errors.Is(err, member.ErrMemberAlready) {
			t.Errorf("twice in one workspace: got %v", err)
		}
		if _, err := h.Offered(ctx, again); err != nil {
			t.Errorf("who is refused uses nothing up: %v", err)
		}
	})
}
