package member

import (
	"context"
	"net/http"
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
	httpx.Handle(api, "POST /login", httpx.Public, "Sign in", s.login)
	httpx.Handle(api, "POST /logout", Self, "Sign out", s.logout)
	httpx.Handle(api, "GET /me", Self, "Who the caller is and what the caller may do", s.me)
	httpx.Handle(api, "POST /me/password", Self, "Change one's own password; ends one's other sessions", s.changePassword)
	httpx.Handle(api, "GET /members", ReadMembers, "List the members", s.list)
	httpx.Handle(api, "POST /members", WriteMembers, "Add a member", s.create, httpx.Answers(http.StatusCreated))
	httpx.Handle(api, "GET /members/{id}", ReadMembers, "One member", s.show)
	httpx.Handle(api, "PATCH /members/{id}", WriteMembers, "Change a member; a new password ends the member's sessions", s.change)
	httpx.Handle(api, "DELETE /members/{id}", WriteMembers, "Remove a member", s.delete)
	httpx.Handle(api, "GET /api-keys", ReadKeys, "List the API keys", s.listKeys)
	httpx.Handle(api, "POST /api-keys", WriteKeys, "Make an API key; only this answer shows it", s.createKey, httpx.Answers(http.StatusCreated))
	httpx.Handle(api, "DELETE /api-keys/{id}", WriteKeys, "Revoke an API key", s.deleteKey)
}

// run forgets sessions that are over, once an hour.
func (s *Service) run(ctx context.Context) error {
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
	Member    *Member             `json:"member,omitempty" doc:"Missing for an API key"`
	Workspace workspace.Workspace `json:"workspace"`
	Role      Role                `json:"role" enum:"owner,admin,agent"`
	Can       []httpx.Need        `json:"can" doc:"What the caller may do, as the operations' x-need names it"`
}

func (s *Service) identity(ctx context.Context, p Principal) (Identity, error) {
	w, err := s.workspaces.Get(ctx, p.WorkspaceID)
	if err != nil {
		return Identity{}, err
	}
	out := Identity{Workspace: w, Role: p.Role, Can: []httpx.Need{}}
	for _, need := range Needs() {
		if Can(p, need) {
			out.Can = append(out.Can, need)
		}
	}
	if p.MemberID == "" {
		return out, nil
	}
	m, err := s.get(ctx, p.WorkspaceID, p.MemberID)
	out.Member = &m
	return out, err
}

func (s *Service) signIn(ctx context.Context, m Member, token string) (*signedIn, error) {
	self, err := s.identity(ctx, Principal{WorkspaceID: m.WorkspaceID, MemberID: m.ID, Role: m.Role})
	return &signedIn{SetCookie: cookie(ctx, token), Body: self}, err
}

// SetUpState says whether SetUp is still to come.
type SetUpState struct {
	Needed bool `json:"needed"`
}

func (s *Service) needsSetUp(ctx context.Context, _ *struct{}) (*struct{ Body SetUpState }, error) {
	needed, err := s.NeedsSetUp(ctx)
	return &struct{ Body SetUpState }{SetUpState{needed}}, err
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
	return s.signIn(ctx, m, token)
}

type credentials struct {
	Email    string `json:"email" maxLength:"320"`
	Password string `json:"password" maxLength:"1000"`
}

func (s *Service) login(ctx context.Context, in *struct{ Body credentials }) (*signedIn, error) {
	m, token, err := s.Login(ctx, in.Body.Email, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return s.signIn(ctx, m, token)
}

func (s *Service) logout(ctx context.Context, _ *struct{}) (*struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}, error,
) {
	c, _ := ctx.Value(tokenKey{}).(carried)
	if err := s.Logout(ctx, Caller(ctx).WorkspaceID, c.token); err != nil {
		return nil, err
	}
	return &struct {
		SetCookie http.Cookie `header:"Set-Cookie"`
	}{cookie(ctx, "")}, nil
}

func (s *Service) me(ctx context.Context, _ *struct{}) (*struct{ Body Identity }, error) {
	self, err := s.identity(ctx, Caller(ctx))
	return &struct{ Body Identity }{self}, err
}

type passwordChange struct {
	Old string `json:"old_password" maxLength:"1000"`
	New string `json:"password" maxLength:"1000"`
}

func (s *Service) changePassword(ctx context.Context, in *struct{ Body passwordChange }) (*struct{}, error) {
	c, _ := ctx.Value(tokenKey{}).(carried)
	return nil, s.ChangePassword(ctx, Caller(ctx), in.Body.Old, in.Body.New, c.token)
}

func (s *Service) list(ctx context.Context, _ *struct{}) (*struct{ Body httpx.List[Member] }, error) {
	all, err := s.List(ctx, Caller(ctx).WorkspaceID)
	return &struct{ Body httpx.List[Member] }{httpx.List[Member]{Items: all}}, err
}

func (s *Service) create(ctx context.Context, in *struct{ Body Fields }) (*memberOutput, error) {
	p := Caller(ctx)
	if in.Body.Role == Owner && p.Role != Owner {
		return nil, ErrOwnerOnly
	}
	m, err := s.Create(ctx, p.WorkspaceID, in.Body)
	return &memberOutput{m}, err
}

func (s *Service) show(ctx context.Context, in *byID) (*memberOutput, error) {
	m, err := s.Get(ctx, Caller(ctx).WorkspaceID, in.ID)
	return &memberOutput{m}, err
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
	return nil, s.RevokeKey(ctx, Caller(ctx).WorkspaceID, in.ID)
}
