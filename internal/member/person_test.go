package member_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/factor"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// login signs somebody in.
func (h *house) login(t testing.TB, email string) (member.Entrance, member.Principal) {
	t.Helper()
	e, err := h.Login(context.Background(), email, password)
	if err != nil {
		t.Fatalf("sign %s in: %v", email, err)
	}
	return e, h.caller(t, e.Token)
}

// guestTo has somebody who is known join one more workspace and returns them there, with their session.
func (h *house) guestTo(t testing.TB, workspaceID, email string, role member.Role) (member.Member, member.Principal) {
	t.Helper()
	ctx := context.Background()
	_, token, err := h.Invite(ctx, member.Principal{WorkspaceID: workspaceID, Role: member.Owner}, member.InvitationFields{Role: role})
	if err != nil {
		t.Fatal(err)
	}
	e, p := h.login(t, email)
	m, err := h.AcceptAs(ctx, p, token)
	if err != nil {
		t.Fatalf("%s joins: %v", email, err)
	}
	return m, h.caller(t, e.Token)
}

func TestAPersonWorksInSeveralWorkspaces(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		a, b := h.workspace(t), h.workspace(t)
		first, _ := h.member(t, a, "ani@toko.example", member.Owner)
		there, p := h.guestTo(t, b, "ani@toko.example", member.Agent)
		if p.WorkspaceID != b || p.MemberID != there.ID || p.Role != member.Agent || there.ID == first.ID {
			t.Errorf("the session shows %+v, want the agent of the second workspace", p)
		}
		if _, next := h.login(t, "ani@toko.example"); next.WorkspaceID != b {
			t.Errorf("the next sign-in leads to %s, want where they were last", next.WorkspaceID)
		}
		if _, err := h.Move(ctx, p, a); err != nil {
			t.Fatal(err)
		}
		if _, next := h.login(t, "ani@toko.example"); next.WorkspaceID != a || next.Role != member.Owner {
			t.Errorf("after going back: %+v, want the owner of the first workspace", next)
		}
		if _, err := h.Move(ctx, p, h.workspace(t)); !errors.Is(err, member.ErrNotMember) {
			t.Errorf("a workspace of others: got %v, want %v", err, member.ErrNotMember)
		}
		if err := h.Remove(ctx, member.Principal{WorkspaceID: a, Role: member.Owner}, first.ID); !errors.Is(err, member.ErrLastOwner) {
			t.Errorf("got %v", err)
		}
		if err := h.Remove(ctx, member.Principal{WorkspaceID: b, Role: member.Owner}, there.ID); err != nil {
			t.Fatal(err)
		}
		if _, next := h.login(t, "ani@toko.example"); next.WorkspaceID != a {
			t.Errorf("removed from one, the other is left: got %+v", next)
		}
	})
}

// Who may set a password could sign in with it everywhere, so it takes an owner of everywhere.
func TestNobodyGetsAHoldOnAPersonElsewhere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		a, b := h.workspace(t), h.workspace(t)
		h.member(t, a, "owner@satu.example", member.Owner)
		h.member(t, b, "ani@toko.example", member.Agent)
		there, ani := h.guestTo(t, a, "ani@toko.example", member.Agent)
		_, by := h.login(t, "owner@satu.example")
		pw, email := "a new secret", "x@toko.example"
		for what, c := range map[string]member.Change{"password": {Password: &pw}, "email": {Email: &email}} {
			for who, p := range map[string]member.Principal{"an owner": by, "a key": {WorkspaceID: a, KeyID: "k", Role: member.Admin}} {
				if _, err := h.Update(ctx, p, there.ID, c); !errors.Is(err, member.ErrElsewhere) {
					t.Errorf("%s by %s: got %v, want %v", what, who, err, member.ErrElsewhere)
				}
			}
		}
		name := "Ani Kasir"
		if _, err := h.Update(ctx, by, there.ID, member.Change{Name: &name}); err != nil {
			t.Errorf("the name is the workspace's: %v", err)
		}
		h.login(t, "ani@toko.example")
		if _, by = h.guestTo(t, b, "owner@satu.example", member.Owner); by.WorkspaceID != b {
			t.Fatalf("%+v", by)
		}
		if _, err := h.Move(ctx, by, a); err != nil {
			t.Fatal(err)
		}
		by.WorkspaceID = a
		if _, err := h.Update(ctx, by, there.ID, member.Change{Password: &pw}); err != nil {
			t.Errorf("by an owner of both: %v", err)
		}
		if _, err := h.Sessions(ctx, ani); err != nil {
			t.Error(err)
		}
		if _, err := h.Login(ctx, "ani@toko.example", pw); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}

func TestAPersonWithoutAWorkspaceIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		w := h.workspace(t)
		m, _ := h.member(t, w, "ani@toko.example", member.Agent)
		if err := h.Remove(ctx, member.Principal{WorkspaceID: w, Role: member.Owner}, m.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Login(ctx, "ani@toko.example", password); !errors.Is(err, member.ErrLogin) {
			t.Errorf("got %v, want %v", err, member.ErrLogin)
		}
		h.member(t, h.workspace(t), "ani@toko.example", member.Agent) // the e-mail is free again
	})
}

// Members, sessions and keys of before there were persons go on as they were.
func TestMembersBecomePersons(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		old := newHouseWithout(t, d)
		up := member.Module(old.Service).Upgrades
		if err := d.Migrate(ctx, db.Migration{Name: "member", Table: up[:1]}); err != nil {
			t.Fatal(err)
		}
		donor := newHouse(t, dbtest.SQLite(t))
		m, _ := donor.member(t, donor.workspace(t), "ani@toko.example", member.Owner)
		hash := donor.hashOf(t, "ani@toko.example")
		for text, args := range map[string][]any{
			`INSERT INTO workspaces (id, name, timezone, locale, settings, created_at, updated_at) VALUES ($1, 'Toko', 'Asia/Jakarta', 'id', '{}', 1, 1)`: {"w"},
			`INSERT INTO members (workspace_id, id, email, email_key, name, role, password_hash, created_at, updated_at)
				VALUES ('w', 'm', 'Ani@toko.example', 'ani@toko.example', 'Ani', 'owner', $1, 1, 2)`: {hash},
			`INSERT INTO sessions (token_hash, workspace_id, member_id, created_at, expires_at) VALUES ($1, 'w', 'm', 1, 99999999999999)`: {sha256Hex("kue")},
		} {
			if _, err := d.Exec(ctx, text, args...); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Migrate(ctx, db.Migration{Name: "member", Table: up}); err != nil {
			t.Fatal(err)
		}
		p, err := old.Authenticate(withCookie("kue"))
		if err != nil || p.MemberID != "m" || p.WorkspaceID != "w" || p.PersonID == "" {
			t.Errorf("the session that was there: %+v %v", p, err)
		}
		all, err := old.Sessions(ctx, p)
		if err != nil || len(all) != 1 || !all[0].Current {
			t.Errorf("listed as %+v %v", all, err)
		}
		e, err := old.Login(ctx, "ani@toko.example", password)
		if err != nil || e.Member.ID != "m" || e.Member.Email != "Ani@toko.example" || e.Member.Role != m.Role {
			t.Errorf("signing in: %+v %v", e.Member, err)
		}
	})
}

// newHouseWithout is a house whose own tables are not there yet.
func newHouseWithout(t testing.TB, d *db.DB) *house {
	t.Helper()
	h := prepared(d)
	dbtest.Migrated(t, d, workspace.Module(h.workspaces), audit.Module(h.audit), factor.Module())
	return h
}

func (h *house) hashOf(t testing.TB, email string) (hash string) {
	t.Helper()
	if err := h.db.QueryRow(context.Background(), `SELECT password_hash FROM people WHERE email_key = $1`, email).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	return hash
}

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// deeds are what a workspace's log says, the newest first, as deed and actor's name.
func (h *house) deeds(t testing.TB, workspaceID string) (all []string) {
	t.Helper()
	page, err := h.audit.List(context.Background(), workspaceID, audit.Filter{}, httpx.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Items {
		all = append(all, string(e.Deed)+" "+string(e.Actor.Kind)+" "+e.Actor.Name)
	}
	return all
}

func TestWhatMembersDoIsWrittenDown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		w := h.workspace(t)
		m, _ := h.member(t, w, "ani@toko.example", member.Owner)
		_, _ = h.Login(ctx, "ani@toko.example", "wrong password")
		_, _ = h.Login(ctx, "nobody@toko.example", "wrong password")
		_, p := h.login(t, "ani@toko.example")
		ctx = member.With(ctx, p)
		k, _, err := h.CreateKey(ctx, p, member.KeyFields{Name: "k"})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.RevokeKey(ctx, p, k.ID); err != nil {
			t.Fatal(err)
		}
		agent, _ := h.member(t, w, "budi@toko.example", member.Agent)
		role := member.Admin
		if _, err := h.Update(ctx, p, agent.ID, member.Change{Role: &role}); err != nil {
			t.Fatal(err)
		}
		if err := h.Remove(ctx, p, m.ID); !errors.Is(err, member.ErrLastOwner) { // what is refused is not done
			t.Fatal(err)
		}
		if err := h.Remove(ctx, p, agent.ID); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"member.removed member N", "member.role member N", "member.added system ", "api_key.revoked member N", "api_key.made member N",
			"session.started member N", "session.refused system ", "member.added system ",
		}
		if diff := cmp.Diff(want, h.deeds(t, w)); diff != "" {
			t.Errorf("the log (-want +got):\n%s", diff)
		}
	})
}
