package member

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// Module is the noun's module.
func Module(s *Service) module.Module {
	return module.Module{Name: "member", Upgrades: upgrades(), API: s.api, Run: s.run}
}

func (s *Service) api(api huma.API) {
	httpx.Handle(api, "GET /setup", httpx.Public, "Whether the installation waits for its first member", s.needsSetUp)
	httpx.Handle(api, "POST /setup", httpx.Public, "Make the first workspace and its owner, and sign in", s.setUp, httpx.Answers(http.StatusCreated))
	httpx.Handle(api, "POST /login", httpx.Public, "Sign in, or begin to: who has a second factor is asked for it", s.login)
	httpx.Handle(api, "POST /logout", Self, "Sign out", s.logout)
	httpx.Handle(api, "GET /session", httpx.Public, "Who is signed in in this browser, if anybody", s.session, httpx.Describe(
		"What GET /me says of a session, and nothing where there is none: a page that asks who looks at it is not refused for that."))
	httpx.Handle(api, "GET /me", Self, "Who the caller is and what the caller may do", s.me)
	httpx.Handle(api, "POST /me/password", Self, "Change one's own password; ends one's other sessions", s.changePassword)
	s.selfAPI(api)
	s.invitationAPI(api)
	s.secondAPI(api)
	s.resetAPI(api)
	httpx.Handle(api, "GET /members", ReadMembers, "List the members", s.list)
	httpx.Handle(api, "POST /members", WriteMembers, "Add a member", s.create, httpx.Answers(http.StatusCreated))
	httpx.Handle(api, "GET /members/{id}", ReadMembers, "One member", s.show)
	httpx.Handle(api, "PATCH /members/{id}", WriteMembers, "Change a member; a new password ends the member's sessions", s.change)
	httpx.Handle(api, "DELETE /members/{id}", WriteMembers, "Remove a member", s.delete)
	httpx.Handle(api, "DELETE /members/{id}/sessions", WriteMembers, "Sign a member out of this workspace, everywhere", s.endSessionsOfMember)
	httpx.Handle(api, "GET /api-keys", ReadKeys, "List the API keys", s.listKeys)
	httpx.Handle(api, "POST /api-keys", WriteKeys, "Make an API key; only this answer shows it", s.createKey, httpx.Answers(http.StatusCreated))
	httpx.Handle(api, "DELETE /api-keys/{id}", WriteKeys, "Revoke an API key", s.deleteKey)
}

// run forgets sessions that are over, once an hour, and listens for those that other nodes end.
func (s *Service) run(ctx context.Context) error {
	var watch sync.WaitGroup
	watch.Go(func() { s.watchEnded(ctx) })
	defer watch.Wait()
	t := time.NewTicker(time.Hour)
	defer t.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("old sessions stay for another hour", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

type (
	memberOutput struct{ Body Member }
	byID         struct {
		ID string `path:"id" maxLength:"64"`
	}
	signedIn struct {
		SetCookie http.Cookie `header:"Set-Cookie"`
		Body      Identity
	}
)

// Identity is what a caller learns about itself.
type Identity struct {
	Member     *Member             `json:"member,omitempty" doc:"Missing for an API key"`
	Person     *Person             `json:"person,omitempty" doc:"Missing for an API key"`
	Workspace  workspace.Workspace `json:"workspace" doc:"The one that the session shows"`
	Workspaces []Place             `json:"workspaces" doc:"All that the person works in, by name; POST /me/workspace goes to another"`
	Role       Role                `json:"role" enum:"owner,admin,agent"`
	Can        []httpx.Need        `json:"can" doc:"What the caller may do, as the operations' x-need names it"`
}

func (s *Service) identity(ctx context.Context, p Principal) (Identity, error) {
	w, err := s.workspaces.Get(ctx, p.WorkspaceID)
	if err != nil {
		return Identity{}, err
	}
	out := Identity{Workspace: w, Role: p.Role, Can: []httpx.Need{}, Workspaces: []Place{}}
	for _, need := range Needs() {
		if Can(p, need) {
			out.Can = append(out.Can, need)
		}
	}
	if p.MemberID == "" {
		return out, nil
	}
	m, err := s.get(ctx, p.WorkspaceID, p.MemberID)
	if err != nil {
		return Identity{}, err
	}
	out.Member, out.Person = &m, &m.person
	out.Workspaces, err = s.places(ctx, m.person.ID)
	return out, err
}

func (s *Service) signIn(ctx context.Context, e Entrance) (*signedIn, error) {
	self, err := s.identityOf(ctx, e.Member)
	return &signedIn{SetCookie: cookie(ctx, e.Token), Body: self}, err
}

// identityOf is what m learns who has just signed in or moved.
func (s *Service) identityOf(ctx context.Context, m Member) (Identity, error) {
	return s.identity(ctx, Principal{WorkspaceID: m.WorkspaceID, MemberID: m.ID, PersonID: m.person.ID, Role: m.Role})
}

// SetUpState says whether SetUp is still to come.
type SetUpState struct {
	Needed bool     `json:"needed"`
	Demo   *Account `json:"demo,omitempty" doc:"The account to try the demo with. Only in a demo, and only for callers on the same machine"`
	// Simulated installations have phones that can be looked at.
	Simulated bool `json:"simulated,omitempty" doc:"Whether messages go to a simulated network, whose phones the dashboard shows"`
}

func (s *Service) needsSetUp(ctx context.Context, _ *struct{}) (*struct{ Body SetUpState }, error) {
	needed, err := s.NeedsSetUp(ctx)
	out := SetUpState{Needed: needed, Simulated: s.simulated}
	if s.demo != nil && err == nil {
		out.Demo = s.demo(ctx)
	}
	return &struct{ Body SetUpState }{out}, err
}

func (s *Service) setUp(ctx context.Context, in *struct{ Body FirstRun }) (*signedIn, error) {
	m, err := s.SetUp(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	token, err := s.begin(ctx, m)
	if err != nil {
		return nil, err
	}
	return s.signIn(ctx, Entrance{Member: m, Token: token})
}

type credentials struct {
	Email    string `json:"email" maxLength:"320"`
	Password string `json:"password" maxLength:"1000"`
}

func (s *Service) login(ctx context.Context, in *struct{ Body credentials }) (*loginOutput, error) {
	e, err := s.Login(ctx, in.Body.Email, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return s.loginAnswer(ctx, e)
}

func (s *Service) logout(ctx context.Context, _ *struct{}) (*struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}, error,
) {
	if p := Caller(ctx); p.SessionID != "" {
		if err := s.Logout(ctx, p); err != nil {
			return nil, err
		}
	}
	return &struct {
		SetCookie http.Cookie `header:"Set-Cookie"`
	}{cookie(ctx, "")}, nil
}

func (s *Service) me(ctx context.Context, _ *struct{}) (*struct{ Body Identity }, error) {
	self, err := s.identity(ctx, Caller(ctx))
	return &struct{ Body Identity }{self}, err
}

// Visitor is who is signed in in a browser.
type Visitor struct {
	Identity *Identity `json:"identity,omitempty" doc:"Missing when nobody is"`
}

func (s *Service) session(ctx context.Context, _ *struct{}) (*struct{ Body Visitor }, error) {
	c, _ := ctx.Value(tokenKey{}).(carried)
	if c.token == "" {
		return &struct{ Body Visitor }{}, nil
	}
	p, err := s.seen(ctx, c.token)
	if errors.Is(err, ErrSignIn) {
		return &struct{ Body Visitor }{}, nil
	}
	if err != nil {
		return nil, err
	}
	self, err := s.identity(ctx, p)
	return &struct{ Body Visitor }{Visitor{&self}}, err
}

type passwordChange struct {
	Old string `json:"old_password" maxLength:"1000"`
	New string `json:"password" maxLength:"1000"`
}

func (s *Service) changePassword(ctx context.Context, in *struct{ Body passwordChange }) (*struct{}, error) {
	return nil, s.ChangePassword(ctx, Caller(ctx), in.Body.Old, in.Body.New)
}

// View is a member as others see them.
type View struct {
	Member
	SecondFactor bool `json:"second_factor" doc:"Whether their password alone does not sign in"`
}

func (s *Service) view(ctx context.Context, m Member) (View, error) {
	state, err := s.factors.State(ctx, m.person.ID)
	return View{m, state.Any()}, err
}

func (s *Service) list(ctx context.Context, _ *struct{}) (*struct{ Body httpx.List[View] }, error) {
	all, err := s.List(ctx, Caller(ctx).WorkspaceID)
	views := make([]View, len(all))
	for i := range all {
		if err == nil {
			views[i], err = s.view(ctx, all[i])
		}
	}
	return &struct{ Body httpx.List[View] }{httpx.List[View]{Items: views}}, err
}

func (s *Service) create(ctx context.Context, in *struct{ Body Fields }) (*memberOutput, error) {
	p := Caller(ctx)
	if in.Body.Role == Owner && p.Role != Owner {
		return nil, ErrOwnerOnly
	}
	m, err := s.Create(ctx, p.WorkspaceID, in.Body)
	return &memberOutput{m}, err
}

func (s *Service) show(ctx context.Context, in *byID) (*struct{ Body View }, error) {
	m, err := s.Get(ctx, Caller(ctx).WorkspaceID, in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.view(ctx, m)
	return &struct{ Body View }{v}, err
}

func (s *Service) change(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body Change
},
) (*memberOutput, error) {
	m, err := s.Update(ctx, Caller(ctx), in.ID, in.Body)
	return &memberOutput{m}, err
}

func (s *Service) delete(ctx context.Context, in *byID) (*struct{}, error) {
	return nil, s.Remove(ctx, Caller(ctx), in.ID)
}

func (s *Service) listKeys(ctx context.Context, _ *struct{}) (*struct{ Body httpx.List[Key] }, error) {
	all, err := s.ListKeys(ctx, Caller(ctx).WorkspaceID)
	return &struct{ Body httpx.List[Key] }{httpx.List[Key]{Items: all}}, err
}

// NewKey is a key at the only moment when its secret is known.
type NewKey struct {
	Key
	Secret string `json:"key" doc:"The API key itself; it is not shown again"`
}

func (s *Service) createKey(ctx context.Context, in *struct{ Body KeyFields }) (*struct{ Body NewKey }, error) {
	k, secret, err := s.CreateKey(ctx, Caller(ctx), in.Body)
	return &struct{ Body NewKey }{NewKey{k, secret}}, err
}

func (s *Service) deleteKey(ctx context.Context, in *byID) (*struct{}, error) {
	return nil, s.RevokeKey(ctx, Caller(ctx), in.ID)
}
