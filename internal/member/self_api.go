package member

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

// selfAPI is what people do with their own sessions.
func (s *Service) selfAPI(api huma.API) {
	httpx.Handle(api, "PATCH /me", Self, "Change one's own name and language", s.changeSelf)
	httpx.Handle(api, "POST /me/workspace", Self, "Go to another workspace that one works in", s.goTo)
	httpx.Handle(api, "GET /me/sessions", Self, "List where one is signed in", s.sessions)
	httpx.Handle(api, "DELETE /me/sessions", Self, "End all of one's sessions but this one", s.endOthers)
	httpx.Handle(api, "DELETE /me/sessions/{id}", Self, "End one of one's sessions", s.endOne)
}

type identityOutput struct{ Body Identity }

func (s *Service) goTo(ctx context.Context, in *struct {
	Body struct {
		WorkspaceID string `json:"workspace_id" maxLength:"64"`
	}
},
) (*identityOutput, error) {
	m, err := s.Move(ctx, Caller(ctx), in.Body.WorkspaceID)
	if err != nil {
		return nil, err
	}
	self, err := s.identityOf(ctx, m)
	return &identityOutput{self}, err
}

func (s *Service) sessions(ctx context.Context, _ *struct{}) (*struct{ Body httpx.List[Session] }, error) {
	all, err := s.Sessions(ctx, Caller(ctx))
	return &struct{ Body httpx.List[Session] }{httpx.List[Session]{Items: all}}, err
}

func (s *Service) endOthers(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, s.EndOthers(ctx, Caller(ctx))
}

func (s *Service) endOne(ctx context.Context, in *byID) (*struct{}, error) {
	return nil, s.EndSession(ctx, Caller(ctx), in.ID)
}

func (s *Service) endSessionsOfMember(ctx context.Context, in *byID) (*struct{}, error) {
	return nil, s.EndSessions(ctx, Caller(ctx), in.ID)
}

// invitationAPI is how people come in.
func (s *Service) invitationAPI(api huma.API) {
	httpx.Handle(api, "GET /invitations", WriteMembers, "List the invitations", s.listInvitations)
	httpx.Handle(api, "POST /invitations", WriteMembers, "Invite somebody by a link; only this answer shows it", s.invite, httpx.Answers(http.StatusCreated))
	httpx.Handle(api, "DELETE /invitations/{id}", WriteMembers, "Revoke an invitation", s.revokeInvitation)
	httpx.Handle(api, "GET /invitations/{id}", httpx.Public, "What an invitation's link leads to; the id is the link's token", s.offered)
	httpx.Handle(api, "POST /invitations/{id}/accept", httpx.Public, "Accept an invitation; the id is the link's token", s.accept,
		httpx.Describe("With a name and a password somebody new comes in. Without a password the person who is signed in joins; their session then shows the new workspace."))
}

func (s *Service) listInvitations(ctx context.Context, _ *struct{}) (*struct{ Body httpx.List[Invitation] }, error) {
	all, err := s.Invitations(ctx, Caller(ctx).WorkspaceID)
	return &struct{ Body httpx.List[Invitation] }{httpx.List[Invitation]{Items: all}}, err
}

// NewInvitation is an invitation at the only moment when its token is known.
type NewInvitation struct {
	Invitation
	Token string `json:"token" doc:"It is not shown again"`
	Path  string `json:"path" doc:"The link's path on this server"`
	URL   string `json:"url,omitempty" doc:"The whole link; missing when the server does not know its own address (PING_PUBLIC_URL)"`
}

func (s *Service) invite(ctx context.Context, in *struct{ Body InvitationFields }) (*struct{ Body NewInvitation }, error) {
	i, token, err := s.Invite(ctx, Caller(ctx), in.Body)
	path := "/invitations/" + token
	return &struct{ Body NewInvitation }{NewInvitation{i, token, path, s.link(path)}}, err
}

func (s *Service) revokeInvitation(ctx context.Context, in *byID) (*struct{}, error) {
	return nil, s.RevokeInvitation(ctx, Caller(ctx), in.ID)
}

func (s *Service) offered(ctx context.Context, in *byID) (*struct{ Body Offer }, error) {
	o, err := s.Offered(ctx, in.ID)
	return &struct{ Body Offer }{o}, err
}

func (s *Service) accept(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body Newcomer
},
) (*signedIn, error) {
	if in.Body.Password != "" {
		e, err := s.Accept(ctx, in.ID, in.Body)
		if err != nil {
			return nil, err
		}
		return s.signIn(ctx, e)
	}
	if _, err := s.invitationFor(ctx, in.ID); err != nil {
		return nil, err
	}
	c, _ := ctx.Value(tokenKey{}).(carried)
	p, err := s.seen(ctx, c.token)
	if err != nil {
		return nil, err
	}
	m, err := s.AcceptAs(With(ctx, p), p, in.ID)
	if err != nil {
		return nil, err
	}
	return s.signIn(ctx, Entrance{Member: m, Token: c.token})
}

// link is a whole link to a path of ours, or empty when nobody said what our address is.
func (s *Service) link(path string) string {
	if s.publicURL == "" {
		return ""
	}
	return s.publicURL + path
}
