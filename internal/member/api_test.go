package member_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// stage is a server with a caller of each sort, by the key in its Authorization header.
type stage struct {
	*house
	url   string
	home  string
	owner member.Member
	agent member.Member
	keys  map[string]string // caller → Authorization or Cookie value
	needs map[string]httpx.Need
}

func newStage(t *testing.T) *stage {
	t.Helper()
	h := newHouse(t, dbtest.SQLite(t))
	mux := http.NewServeMux()
	api := httpx.NewAPI(mux, httpx.Info{Title: "T", Version: "1", Guard: h.Guard})
	workspace.Module(h.workspaces).API(api)
	audit.Module(h.audit).API(api)
	member.Module(h.Service).API(api)
	srv := httptest.NewServer(httpx.Wrap(slog.New(slog.DiscardHandler), mux))
	t.Cleanup(srv.Close)
	s := &stage{house: h, url: srv.URL, home: h.workspace(t), keys: map[string]string{"guest": ""}, needs: httpx.Operations(api)}
	s.owner, _ = h.member(t, s.home, "owner@toko.example", member.Owner)
	h.member(t, s.home, "admin@toko.example", member.Admin)
	s.agent, _ = h.member(t, s.home, "agent@toko.example", member.Agent)
	h.member(t, h.workspace(t), "stranger@toko.example", member.Owner)
	for _, name := range []string{"owner", "admin", "agent", "stranger"} {
		e, err := h.Login(context.Background(), name+"@toko.example", password)
		if err != nil {
			t.Fatal(err)
		}
		s.keys[name] = e.Token
	}
	return s
}

func (s *stage) do(t *testing.T, caller, method, path, body string, header ...string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token := s.keys[caller]; token != "" {
		req.AddCookie(&http.Cookie{Name: "ping_session", Value: token})
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

// Every operation as guest, stranger, wrong role and friend.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	_, p := s.member(t, s.home, "victim@toko.example", member.Agent)
	key, _, err := s.CreateKey(context.Background(), member.Principal{WorkspaceID: s.home, MemberID: p.MemberID, Role: member.Owner}, member.KeyFields{Name: "k"})
	if err != nil {
		t.Fatal(err)
	}
	type answers map[string]int // caller → status
	invitation, token, err := s.Invite(context.Background(), member.Principal{WorkspaceID: s.home, Role: member.Owner}, member.InvitationFields{Role: member.Agent})
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		method, path, body string
		want               answers
	}{
		{"GET", "/setup", "", answers{"guest": 200}},
		{"POST", "/setup", `{"workspace_name":"X","name":"X","email":"x@y.example","password":"12345678"}`, answers{"guest": 409, "owner": 409}},
		{"POST", "/login", `{"email":"agent@toko.example","password":"wrong one"}`, answers{"guest": 401}},
		{"POST", "/login", `{"email":"nobody@toko.example","password":"wrong one"}`, answers{"guest": 401}},
		{"GET", "/session", "", answers{"guest": 200, "agent": 200, "stranger": 200}},
		{"GET", "/me", "", answers{"guest": 401, "agent": 200, "stranger": 200}},
		{"GET", "/workspace", "", answers{"guest": 401, "agent": 200}},
		{"PATCH", "/workspace", `{"name":"Baru"}`, answers{"guest": 401, "agent": 403, "admin": 200, "owner": 200}},
		{"PATCH", "/workspace", `{"settings":{"turn_idle_minutes":-1}}`, answers{"admin": 422}},
		{"PATCH", "/workspace", `{"settings":{"office_hours":{"enabled":true,"hours":[{"day":"funday","open":"08:00","close":"09:00"}]}}}`, answers{"admin": 422}},
		{"GET", "/members", "", answers{"guest": 401, "agent": 200}},
		{"POST", "/members", `{"email":"new1@toko.example","name":"N","role":"agent","password":"12345678"}`, answers{"guest": 401, "agent": 403, "admin": 201}},
		{"POST", "/members", `{"email":"new2@toko.example","name":"N","role":"owner","password":"12345678"}`, answers{"admin": 403, "owner": 201}},
		{"POST", "/members", `{"email":"new1@toko.example","name":"N","role":"agent","password":"12345678"}`, answers{"owner": 409, "stranger": 409}},
		{"POST", "/members", `{"email":"bad","name":"N","role":"agent","password":"12345678"}`, answers{"owner": 422}},
		{"POST", "/members", `{"email":"new3@toko.example","name":"N","role":"root","password":"12345678"}`, answers{"owner": 422}},
		{"GET", "/members/" + s.agent.ID, "", answers{"guest": 401, "agent": 200, "stranger": 404}},
		{"GET", "/members/nobody", "", answers{"agent": 404}},
		{"PATCH", "/members/" + s.agent.ID, `{"name":"B"}`, answers{"guest": 401, "agent": 403, "stranger": 404, "admin": 200}},
		{"PATCH", "/members/" + s.owner.ID, `{"name":"B"}`, answers{"admin": 403, "owner": 200}},
		{"DELETE", "/members/" + s.owner.ID, "", answers{"guest": 401, "agent": 403, "admin": 403, "stranger": 404}},
		{"DELETE", "/members/" + p.MemberID, "", answers{"guest": 401, "agent": 403, "stranger": 404, "admin": 204}},
		{"GET", "/invitations", "", answers{"guest": 401, "agent": 403, "admin": 200}},
		{"POST", "/invitations", `{"role":"owner"}`, answers{"guest": 401, "agent": 403, "admin": 403, "owner": 201}},
		{"POST", "/invitations", `{"role":"agent","email":"no"}`, answers{"admin": 422}},
		{"GET", "/invitations/nobody", "", answers{"guest": 404, "owner": 404}},
		{"GET", "/invitations/" + token, "", answers{"guest": 200, "stranger": 200}},
		{"POST", "/invitations/" + token + "/accept", `{"name":"B","email":"b@toko.example"}`, answers{"guest": 401, "agent": 409}},
		{"POST", "/invitations/" + token + "/accept", `{"name":"B","email":"AGENT@toko.example","password":"12345678"}`, answers{"guest": 409}},
		{"POST", "/invitations/" + token + "/accept", `{"name":"B","email":"b@toko.example","password":"12345678"}`, answers{"guest": 200}},
		{"POST", "/invitations/" + token + "/accept", `{"name":"B","email":"c@toko.example","password":"12345678"}`, answers{"guest": 410}},
		{"GET", "/invitations/" + token, "", answers{"guest": 410}},
		{"DELETE", "/invitations/" + invitation.ID, "", answers{"guest": 401, "agent": 403, "stranger": 404, "admin": 204}},
		{"GET", "/audit-log", "", answers{"guest": 401, "agent": 403, "admin": 200, "owner": 200}},
		{"GET", "/audit-log?deed=nothing", "", answers{"admin": 422}},
		{"GET", "/me/sessions", "", answers{"guest": 401, "agent": 200}},
		{"DELETE", "/me/sessions/nobody", "", answers{"guest": 401, "agent": 404}},
		{"DELETE", "/me/sessions", "", answers{"guest": 401, "agent": 204}},
		{"POST", "/me/workspace", `{"workspace_id":"nobody"}`, answers{"guest": 401, "agent": 404}},
		{"POST", "/me/workspace", `{"workspace_id":"` + s.home + `"}`, answers{"stranger": 404, "agent": 200}},
		{"DELETE", "/members/" + s.owner.ID + "/sessions", "", answers{"guest": 401, "agent": 403, "admin": 403, "stranger": 404}},
		{"POST", "/password-resets", `{"email":"nobody@toko.example"}`, answers{"guest": 200, "owner": 200}},
		{"POST", "/password-resets/nobody", `{"password":"12345678"}`, answers{"guest": 404}},
		{"POST", "/members/" + s.agent.ID + "/password-reset", ``, answers{"guest": 401, "agent": 403, "admin": 403, "stranger": 404, "owner": 201}},
		{"POST", "/login/second-factor", `{"code":"000000"}`, answers{"guest": 401, "owner": 401}},
		{"POST", "/login/passkey/begin", ``, answers{"guest": 401, "owner": 401}},
		{"POST", "/login/passkey", `{"credential":{}}`, answers{"guest": 401}},
		{"PATCH", "/me", `{"language":"en"}`, answers{"guest": 401, "agent": 200}},
		{"GET", "/me/second-factor", ``, answers{"guest": 401, "agent": 200}},
		{"POST", "/me/totp", `{"password":"wrong one"}`, answers{"guest": 401, "agent": 422}},
		{"POST", "/me/totp", `{"password":"` + password + `"}`, answers{"agent": 200}},
		{"POST", "/me/totp/confirm", `{"code":"x"}`, answers{"guest": 401, "agent": 422}},
		{"POST", "/me/totp/remove", `{"password":"wrong one"}`, answers{"guest": 401, "agent": 422}},
		{"POST", "/me/recovery-codes", `{"password":"` + password + `"}`, answers{"guest": 401, "agent": 409}},
		{"POST", "/me/passkeys/begin", `{"password":"` + password + `"}`, answers{"guest": 401, "agent": 200}},
		{"POST", "/me/passkeys", `{"name":"k","credential":{}}`, answers{"guest": 401, "agent": 422}},
		{"PATCH", "/me/passkeys/nobody", `{"name":"k"}`, answers{"guest": 401, "agent": 404}},
		{"POST", "/me/passkeys/nobody/remove", `{"password":"` + password + `"}`, answers{"guest": 401, "agent": 404}},
		{"DELETE", "/members/" + s.agent.ID + "/second-factor", "", answers{"guest": 401, "agent": 403, "admin": 403, "stranger": 404, "owner": 204}},
		{"GET", "/api-keys", "", answers{"guest": 401, "agent": 403, "admin": 200}},
		{"POST", "/api-keys", `{"name":"k"}`, answers{"guest": 401, "agent": 403, "admin": 201}},
		{"POST", "/api-keys", `{"name":"k","scopes":["everything"]}`, answers{"admin": 422}},
		{"DELETE", "/api-keys/" + key.ID, "", answers{"guest": 401, "agent": 403, "stranger": 404, "admin": 204}},
		{"POST", "/me/password", `{"old_password":"wrong one","password":"12345678"}`, answers{"guest": 401, "agent": 422}},
		{"POST", "/logout", "", answers{"guest": 401, "agent": 204}},
	}
	tried := map[string]bool{}
	for _, step := range steps {
		tried[step.method+" "+strings.NewReplacer(s.agent.ID, "{id}", s.owner.ID, "{id}", p.MemberID, "{id}", key.ID, "{id}", "nobody", "{id}", token, "{id}", invitation.ID, "{id}", "?deed=nothing", "").Replace(step.path)] = true
		for _, caller := range []string{"guest", "stranger", "agent", "admin", "owner"} {
			want, ok := step.want[caller]
			if !ok {
				continue
			}
			if got, body, _ := s.do(t, caller, step.method, step.path, step.body); got != want {
				t.Errorf("%s %s as %s: got %d, want %d: %s", step.method, step.path, caller, got, want, body)
			}
		}
	}
	for op, need := range s.needs {
		if !tried[op] {
			t.Errorf("%s was not tried", op)
		}
		if need != httpx.Public && !slices.Contains(member.Needs(), need) {
			t.Errorf("%s needs %q, which nobody can have", op, need)
		}
	}
}

func TestSetUpSignsInAndTheCookieIsCareful(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite(t))
	mux := http.NewServeMux()
	member.Module(h.Service).API(httpx.NewAPI(mux, httpx.Info{Title: "T", Version: "1", Guard: h.Guard}))
	srv := httptest.NewTLSServer(httpx.Wrap(slog.New(slog.DiscardHandler), mux))
	defer srv.Close()
	body := `{"workspace_name":"Toko","name":"Ani","email":"ani@toko.example","password":"rahasia sekali"}`
	resp, err := srv.Client().Post(srv.URL+"/api/v1/setup", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	var self member.Identity
	if err := json.Unmarshal(text, &self); err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("got %d %s", resp.StatusCode, text)
	}
	if self.Member == nil || self.Member.Role != member.Owner || self.Workspace.Name != "Toko" || len(self.Can) != len(member.Needs()) {
		t.Errorf("got %s", text)
	}
	if strings.Contains(string(text), "argon2") {
		t.Error("the answer has the password's hash")
	}
	c := resp.Cookies()
	if len(c) != 1 || !c[0].HttpOnly || !c[0].Secure || c[0].SameSite != http.SameSiteLaxMode || c[0].MaxAge <= 0 {
		t.Fatalf("got cookies %v", c)
	}
	if p, err := h.Authenticate(withCookie(c[0].Value)); err != nil || p.MemberID != self.Member.ID {
		t.Errorf("the cookie does not sign in: %+v %v", p, err)
	}
}

// A page asks on its own who looks at it; nobody is an answer, and so is a session that is over or was never there.
func TestASessionIsToldWithoutARefusal(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	who := func(caller string, header ...string) string {
		t.Helper()
		status, body, _ := s.do(t, caller, "GET", "/session", "", header...)
		var told member.Visitor
		if err := json.Unmarshal([]byte(body), &told); err != nil || status != 200 {
			t.Fatalf("got %d %s", status, body)
		}
		if told.Identity == nil {
			return "nobody"
		}
		return told.Identity.Member.ID
	}
	if got := who("guest"); got != "nobody" {
		t.Errorf("a guest is %s", got)
	}
	if got := who("guest", "Cookie", "ping_session=made-up"); got != "nobody" {
		t.Errorf("who made a cookie up is %s", got)
	}
	if got := who("agent"); got != s.agent.ID {
		t.Errorf("the agent is %s, want %s", got, s.agent.ID)
	}
	s.do(t, "agent", "POST", "/logout", "")
	if got := who("agent"); got != "nobody" {
		t.Errorf("after signing out it is %s", got)
	}
}

func TestLogoutTakesTheCookieAway(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	status, _, header := s.do(t, "agent", "POST", "/logout", "")
	if c := header.Get("Set-Cookie"); status != 204 || !strings.Contains(c, "ping_session=;") || !strings.Contains(c, "Max-Age=0") {
		t.Errorf("got %d, Set-Cookie %q", status, c)
	}
	if status, _, _ := s.do(t, "agent", "GET", "/me", ""); status != 401 {
		t.Errorf("after logout: got %d, want 401", status)
	}
}

func TestCredentialsInHeaders(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	_, secret, err := s.CreateKey(context.Background(), member.Principal{WorkspaceID: s.home, Role: member.Owner}, member.KeyFields{Name: "k"})
	if err != nil {
		t.Fatal(err)
	}
	scoped, narrow, err := s.CreateKey(context.Background(), member.Principal{WorkspaceID: s.home, Role: member.Owner}, member.KeyFields{Name: "k", Scopes: []httpx.Need{member.ReadMembers}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, caller, method, path string
		status                     int
		header                     []string
	}{
		{"bearer", "guest", "GET", "/members", 200, []string{"Authorization", "Bearer " + secret}},
		{"bearer, small letters", "guest", "GET", "/members", 200, []string{"Authorization", "bearer " + secret}},
		{"X-API-Key", "guest", "GET", "/members", 200, []string{"X-API-Key", secret}},
		{"in the query", "guest", "GET", "/members?api_key=" + secret, 401, nil},
		{"wrong key beside a session", "owner", "GET", "/members", 401, []string{"X-API-Key", "x"}},
		{"basic", "guest", "GET", "/members", 401, []string{"Authorization", "Basic " + secret}},
		{"empty bearer", "owner", "GET", "/members", 401, []string{"Authorization", "Bearer "}},
		{"scope", "guest", "GET", "/members", 200, []string{"X-API-Key", narrow}},
		{"out of scope", "guest", "GET", "/workspace", 403, []string{"X-API-Key", narrow}},
		{"revoke", "owner", "DELETE", "/api-keys/" + scoped.ID, 204, nil},
		{"revoked at once", "guest", "GET", "/members", 401, []string{"X-API-Key", narrow}},
		{"reading from another site", "owner", "GET", "/members", 200, []string{"Sec-Fetch-Site", "cross-site"}},
		{"writing from another site", "owner", "POST", "/logout", 403, []string{"Sec-Fetch-Site", "cross-site"}},
		{"writing from another origin", "owner", "POST", "/logout", 403, []string{"Origin", "https://evil.example"}},
		{"signing in from another site", "guest", "POST", "/login", 403, []string{"Sec-Fetch-Site", "cross-site"}},
	} {
		if got, body, _ := s.do(t, c.caller, c.method, c.path, "", c.header...); got != c.status {
			t.Errorf("%s: got %d, want %d: %s", c.what, got, c.status, body)
		}
	}
}
