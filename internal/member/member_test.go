package member_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/factor"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// house is an installation with its members and keys.
type house struct {
	*member.Service
	db         *db.DB
	workspaces *workspace.Service
	audit      *audit.Service
	mail       box
	clock      atomic.Int64 // added to the time, in ns
}

func newHouse(t testing.TB, d *db.DB) *house {
	t.Helper()
	h := prepared(d)
	dbtest.Migrated(t, d, workspace.Module(h.workspaces), audit.Module(h.audit), factor.Module(), member.Module(h.Service))
	return h
}

// prepared is a house without tables.
func prepared(d *db.DB) *house {
	h := &house{db: d}
	now := func() time.Time { return time.Now().Add(time.Duration(h.clock.Load())) }
	h.workspaces = workspace.New(d, now)
	h.audit = audit.New(d, slog.New(slog.DiscardHandler), now)
	box, err := seal.Load("", "a secret for tests only")
	if err != nil {
		panic(err)
	}
	h.Service = member.New(member.Config{
		Factors: factor.New(factor.Config{DB: d, Seal: box, Now: now, PublicURL: publicURL}), PublicURL: publicURL, Mail: &h.mail,
		DB: d, Log: slog.New(slog.DiscardHandler), Workspaces: h.workspaces, Audit: h.audit, Now: now,
		Password: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32},
	})
	return h
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newHouse(t, d)) })
}

const publicURL = "https://ping.toko.example"

const password = "rahasia sekali"

func (h *house) member(t testing.TB, workspaceID, email string, role member.Role) (member.Member, member.Principal) {
	t.Helper()
	m, err := h.Create(context.Background(), workspaceID, member.Fields{Email: email, Name: "N", Role: role, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return m, member.Principal{WorkspaceID: workspaceID, MemberID: m.ID, Role: role}
}

func (h *house) workspace(t testing.TB) string {
	t.Helper()
	w, err := h.workspaces.Create(context.Background(), "Toko")
	if err != nil {
		t.Fatal(err)
	}
	return w.ID
}

func first(name string) member.FirstRun {
	return member.FirstRun{WorkspaceName: "Toko", Name: "Ani", Email: name + "@toko.example", Password: password}
}

func TestSetUpWorksOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		for field, f := range map[string]member.FirstRun{
			"workspace_name": {Name: "Ani", Email: "a@b.example", Password: password},
			"email":          {WorkspaceName: "Toko", Name: "Ani", Email: "Ani <a@b.example>", Password: password},
			"name":           {WorkspaceName: "Toko", Name: " ", Email: "a@b.example", Password: password},
			"password":       {WorkspaceName: "Toko", Name: "Ani", Email: "a@b.example", Password: "short"},
		} {
			if _, err := h.SetUp(ctx, f); !isFault(err, fault.Invalid, field) {
				t.Errorf("%s: got %v", field, err)
			}
		}
		var done atomic.Int64
		var wg sync.WaitGroup
		for _, name := range strings.Split("abcdefgh", "") {
			wg.Go(func() {
				_, err := h.SetUp(ctx, first(name))
				switch {
				case err == nil:
					done.Add(1)
				case !errors.Is(err, member.ErrSetUp):
					t.Errorf("%s: got %v, want %v", name, err, member.ErrSetUp)
				}
			})
		}
		wg.Wait()
		all, err := h.workspaces.All(ctx)
		if done.Load() != 1 || err != nil || len(all) != 1 {
			t.Errorf("%d set-ups made %d workspaces (%v), want one and one", done.Load(), len(all), err)
		}
		if needed, err := h.NeedsSetUp(ctx); needed || err != nil {
			t.Errorf("NeedsSetUp: got %v %v", needed, err)
		}
	})
}

func isFault(err error, kind fault.Kind, field string) bool {
	f, ok := fault.From(err)
	return ok && f.Kind == kind && f.Field == field
}

func TestEmailIsUniqueOverTheInstallation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		a, b := h.workspace(t), h.workspace(t)
		h.member(t, a, "ani@toko.example", member.Owner)
		_, err := h.Create(ctx, b, member.Fields{Email: "ANI@toko.example", Name: "N", Role: member.Agent, Password: password})
		if !errors.Is(err, member.ErrEmailTaken) {
			t.Errorf("Create: got %v, want %v", err, member.ErrEmailTaken)
		}
		m, p := h.member(t, b, "budi@toko.example", member.Owner)
		taken := "Ani@Toko.example"
		if _, err := h.Update(ctx, p, m.ID, member.Change{Email: &taken}); !errors.Is(err, member.ErrEmailTaken) {
			t.Errorf("Update: got %v, want %v", err, member.ErrEmailTaken)
		}
	})
}

func TestLastOwnerStays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		w := h.workspace(t)
		ani, p := h.member(t, w, "ani@toko.example", member.Owner)
		agent := member.Agent
		if _, err := h.Update(ctx, p, ani.ID, member.Change{Role: &agent}); !errors.Is(err, member.ErrLastOwner) {
			t.Errorf("demote: got %v, want %v", err, member.ErrLastOwner)
		}
		if err := h.Remove(ctx, p, ani.ID); !errors.Is(err, member.ErrLastOwner) {
			t.Errorf("remove: got %v, want %v", err, member.ErrLastOwner)
		}
		budi, q := h.member(t, w, "budi@toko.example", member.Owner)
		var wg sync.WaitGroup // each throws the other out at the same moment: one must stay
		var removed atomic.Int64
		for by, id := range map[*member.Principal]string{&p: budi.ID, &q: ani.ID} {
			wg.Go(func() {
				if err := h.Remove(ctx, *by, id); err == nil {
					removed.Add(1)
				} else if !errors.Is(err, member.ErrLastOwner) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		all, err := h.List(ctx, w)
		if removed.Load() != 1 || err != nil || len(all) != 1 {
			t.Errorf("%d were removed, %d stayed (%v), want one and one", removed.Load(), len(all), err)
		}
	})
}

func TestOnlyOwnersDealWithOwners(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		w := h.workspace(t)
		owner, _ := h.member(t, w, "ani@toko.example", member.Owner)
		agent, _ := h.member(t, w, "budi@toko.example", member.Agent)
		_, admin := h.member(t, w, "cici@toko.example", member.Admin)
		up, name, pw := member.Owner, "X", "another secret"
		for what, err := range map[string]error{
			"promote":  second(h.Update(ctx, admin, agent.ID, member.Change{Role: &up})),
			"rename":   second(h.Update(ctx, admin, owner.ID, member.Change{Name: &name})),
			"password": second(h.Update(ctx, admin, owner.ID, member.Change{Password: &pw})),
			"remove":   h.Remove(ctx, admin, owner.ID),
		} {
			if !errors.Is(err, member.ErrOwnerOnly) {
				t.Errorf("%s: got %v, want %v", what, err, member.ErrOwnerOnly)
			}
		}
		if got, err := h.Get(ctx, w, owner.ID); err != nil || got != owner {
			t.Errorf("the owner changed: %+v %v", got, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		w := h.workspace(t)
		m, p := h.member(t, w, "ani@toko.example", member.Owner)
		in := func() string {
			e, err := h.Login(ctx, " ANI@toko.example", password)
			if err != nil {
				t.Fatal(err)
			}
			return e.Token
		}
		want := func(what, token string, ok bool) {
			t.Helper()
			got, err := h.Authenticate(withCookie(token))
			if (err == nil) != ok || (ok && got.MemberID != m.ID) {
				t.Errorf("%s: got %+v %v, want signed in: %v", what, got, err, ok)
			}
		}
		one, two := in(), in()
		want("after login", one, true)
		if err := h.Logout(ctx, h.caller(t, one)); err != nil {
			t.Fatal(err)
		}
		want("after logout", one, false)
		want("the other one", two, true)
		three := in()
		if err := h.ChangePassword(ctx, h.caller(t, three), "wrong", "a new secret"); !isFault(err, fault.Invalid, "old_password") {
			t.Errorf("wrong old password: got %v", err)
		}
		if err := h.ChangePassword(ctx, h.caller(t, three), password, "a new secret"); err != nil {
			t.Fatal(err)
		}
		want("another session after a change of password", two, false)
		want("the own session after a change of password", three, true)
		back := password
		if _, err := h.Update(ctx, p, m.ID, member.Change{Password: &back}); err != nil {
			t.Fatal(err)
		}
		want("after a password from above", three, false)
		four := in()
		h.clock.Store(int64(31 * 24 * time.Hour))
		want("after a month", four, false)
		if err := h.Sweep(ctx); err != nil {
			t.Error(err)
		}
		h.clock.Store(0)
		want("after sweeping", four, false)
	})
}

// caller is who a session's token belongs to.
func (h *house) caller(t testing.TB, token string) member.Principal {
	t.Helper()
	p, err := h.Authenticate(withCookie(token))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func withCookie(token string) *http.Request {
	r := httptest.NewRequest("GET", "/api/v1/me", nil)
	r.AddCookie(&http.Cookie{Name: "ping_session", Value: token})
	return r
}

func TestGuessingIsSlowedDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite(t))
	h.member(t, h.workspace(t), "ani@toko.example", member.Owner)
	ctx := context.Background()
	for i := range 10 {
		for _, email := range []string{"ani@toko.example", "nobody@toko.example"} {
			if _, err := h.Login(ctx, email, "wrong password"); !errors.Is(err, member.ErrLogin) {
				t.Fatalf("try %d of %s: got %v, want %v", i, email, err, member.ErrLogin)
			}
		}
	}
	if _, err := h.Login(ctx, "ani@toko.example", password); !isFault(err, fault.Limited, "") {
		t.Errorf("after ten failures: got %v, want a Limited fault", err)
	}
	if _, err := h.Login(ctx, "ani@toko.example", strings.Repeat("x", 1<<20)); err == nil {
		t.Error("a megabyte is a password")
	}
}

func TestKeysLifeAndScopes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		w := h.workspace(t)
		_, p := h.member(t, w, "ani@toko.example", member.Owner)
		k, secret, err := h.CreateKey(ctx, p, member.KeyFields{Name: "skrip"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := h.ByAPIKey(ctx, " "+strings.ToUpper(secret))
		if err != nil || got.KeyID != k.ID || got.WorkspaceID != w || got.Role != member.Admin {
			t.Errorf("got %+v %v", got, err)
		}
		all, err := h.ListKeys(ctx, w)
		if err != nil || len(all) != 1 || all[0].LastUsedAt == 0 || !strings.HasSuffix(secret, all[0].Hint) {
			t.Errorf("listed as %+v %v", all, err)
		}
		for range 2 { // twice is fine
			if err := h.RevokeKey(ctx, p, k.ID); err != nil {
				t.Fatal(err)
			}
		}
		for _, bad := range []string{secret, "", "x", strings.Repeat("x", 1<<20), k.ID} {
			if _, err := h.ByAPIKey(ctx, bad); !errors.Is(err, member.ErrKey) {
				t.Errorf("%.40q: got %v, want %v", bad, err, member.ErrKey)
			}
		}
		if err := h.RevokeKey(ctx, member.Principal{WorkspaceID: h.workspace(t)}, k.ID); !errors.Is(err, member.ErrKeyNotFound) {
			t.Errorf("a stranger's key: got %v", err)
		}
	})
}

func TestKeyExpires(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite(t))
	ctx := context.Background()
	w := h.workspace(t)
	_, p := h.member(t, w, "ani@toko.example", member.Owner)
	if _, _, err := h.CreateKey(ctx, p, member.KeyFields{Name: "k", ExpiresAt: 1}); !isFault(err, fault.Invalid, "expires_at") {
		t.Errorf("expired at birth: got %v", err)
	}
	_, secret, err := h.CreateKey(ctx, p, member.KeyFields{Name: "k", ExpiresAt: time.Now().Add(time.Hour).UnixMilli()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.ByAPIKey(ctx, secret); err != nil {
		t.Fatal(err)
	}
	h.clock.Store(int64(time.Hour))
	if _, err := h.ByAPIKey(ctx, secret); !errors.Is(err, member.ErrKey) {
		t.Errorf("after an hour: got %v, want %v", err, member.ErrKey)
	}
}

// A key that another node revoked is refused here within a second.
func TestRevocationElsewhereIsNoticed(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	here, there := newHouse(t, d), newHouse(t, d)
	ctx := context.Background()
	w := here.workspace(t)
	_, p := here.member(t, w, "ani@toko.example", member.Owner)
	k, secret, err := here.CreateKey(ctx, p, member.KeyFields{Name: "k"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := here.ByAPIKey(ctx, secret); err != nil {
		t.Fatal(err)
	}
	if err := there.RevokeKey(ctx, p, k.ID); err != nil {
		t.Fatal(err)
	}
	here.clock.Store(int64(time.Second))
	if _, err := here.ByAPIKey(ctx, secret); !errors.Is(err, member.ErrKey) {
		t.Errorf("a second later: got %v, want %v", err, member.ErrKey)
	}
}

func TestScopedKeyMakesNoWiderOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite(t))
	ctx := context.Background()
	w := h.workspace(t)
	_, p := h.member(t, w, "ani@toko.example", member.Owner)
	_, secret, err := h.CreateKey(ctx, p, member.KeyFields{Name: "k", Scopes: []httpx.Need{member.WriteKeys, member.ReadChats}})
	if err != nil {
		t.Fatal(err)
	}
	scoped, err := h.ByAPIKey(ctx, secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, scopes := range [][]httpx.Need{nil, {member.SendMessages}, {"everything"}} {
		if _, _, err := h.CreateKey(ctx, scoped, member.KeyFields{Name: "wider", Scopes: scopes}); !isFault(err, fault.Invalid, "scopes") {
			t.Errorf("%v: got %v, want a fault of scopes", scopes, err)
		}
	}
	if _, _, err := h.CreateKey(ctx, scoped, member.KeyFields{Name: "same", Scopes: []httpx.Need{member.ReadChats}}); err != nil {
		t.Error(err)
	}
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	p := func(r member.Role, scopes ...httpx.Need) member.Principal {
		return member.Principal{WorkspaceID: "w", Role: r, Scopes: scopes}
	}
	for _, need := range member.Needs() {
		owner, admin, agent := member.Can(p(member.Owner), need), member.Can(p(member.Admin), need), member.Can(p(member.Agent), need)
		if !owner || admin != (need != member.OwnWorkspace) {
			t.Errorf("%s: an owner may: %v, an admin may: %v", need, owner, admin)
		}
		if want := need != member.OwnWorkspace && !strings.HasSuffix(string(need), ".write") && need != member.ReadKeys && need != member.ReadWebhooks && need != audit.Read && need != member.ManageContacts && need != member.ReadStats ||
			need == member.WriteContacts || need == member.WriteChats || need == member.WriteFiles; agent != want {
			t.Errorf("%s: an agent may: %v, want %v", need, agent, want)
		}
		if member.Can(member.Principal{}, need) || member.Can(p("root"), need) {
			t.Errorf("%s: nobody may", need)
		}
		if got := member.Can(p(member.Owner, member.ReadChats), need); got != (need == member.ReadChats || need == member.Self) {
			t.Errorf("%s with a scope of chats only: %v", need, got)
		}
	}
	if member.Can(p(member.Owner), "unheard.of") || member.Can(p(member.Owner), "") {
		t.Error("an unknown need is granted")
	}
}

// Reading with a key goes on when nothing can be written.
func TestKeyIsGoodOnAFullDisk(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	h := newHouse(t, d)
	ctx := context.Background()
	_, p := h.member(t, h.workspace(t), "ani@toko.example", member.Owner)
	_, secret, err := h.CreateKey(ctx, p, member.KeyFields{Name: "k"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.RawDB.ExecContext(ctx, `PRAGMA query_only = 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ByAPIKey(ctx, secret); err != nil {
		t.Errorf("got %v, want the key to be good", err)
	}
}

func TestScopesThatStandForSeveral(t *testing.T) {
	t.Parallel()
	can := func(scope, need httpx.Need) bool {
		return member.Can(member.Principal{WorkspaceID: "w", KeyID: "k", Role: member.Admin, Scopes: []httpx.Need{scope}}, need)
	}
	for _, need := range member.Needs() {
		read := need == member.Self || need == member.Live || strings.HasSuffix(string(need), ".read")
		if got := can(member.ScopeRead, need); got != read {
			t.Errorf("read lets %s: %v, want %v", need, got, read)
		}
		if got := can(member.ScopeManage, need); got != (need != member.OwnWorkspace) {
			t.Errorf("manage lets %s: %v, want what an admin may", need, got)
		}
	}
	for need, want := range map[httpx.Need]bool{
		member.SendMessages: true, member.ReadChats: true, member.WriteFiles: true, member.ReadMembers: false, member.ReadKeys: false,
		member.WriteDevices: false, audit.Read: false, workspace.Write: false,
	} {
		if got := can(member.ScopeSend, need); got != want {
			t.Errorf("send lets %s: %v, want %v", need, got, want)
		}
	}
	h := newHouse(t, dbtest.SQLite(t))
	ctx := context.Background()
	_, p := h.member(t, h.workspace(t), "ani@toko.example", member.Owner)
	_, secret, err := h.CreateKey(ctx, p, member.KeyFields{Name: "k", Scopes: []httpx.Need{member.ScopeSend, member.WriteKeys}})
	if err != nil {
		t.Fatal(err)
	}
	scoped, err := h.ByAPIKey(ctx, secret)
	if err != nil {
		t.Fatal(err)
	}
	for scope, want := range map[httpx.Need]bool{member.ScopeSend: true, member.ScopeRead: false, member.ScopeManage: false, member.ReadChats: true} {
		if _, _, err := h.CreateKey(ctx, scoped, member.KeyFields{Name: "k", Scopes: []httpx.Need{scope}}); (err == nil) != want {
			t.Errorf("a key that sends makes one with %s: %v", scope, err)
		}
	}
}
