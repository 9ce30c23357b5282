package team

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module is the noun as the program lists it.
func Module(s *Service) module.Module {
	return module.Module{Name: "team", Upgrades: upgrades(), API: func(h huma.API) { api{s}.register(h) }}
}

// api is the teams' part of the HTTP API.
type api struct{ s *Service }

type (
	idIn struct {
		ID string `path:"id" maxLength:"64" doc:"The team's id"`
	}
	listOut  struct{ Body httpx.List[Team] }
	oneOut   struct{ Body Team }
	createIn struct {
		Body struct {
			Name      string   `json:"name" maxLength:"400" example:"Gudang"`
			MemberIDs []string `json:"member_ids,omitempty" maxItems:"500"`
		}
	}
	changeIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The team's id"`
		Body struct {
			Name      *string   `json:"name,omitempty" maxLength:"400"`
			MemberIDs *[]string `json:"member_ids,omitempty" maxItems:"500" doc:"All who are in it from now on"`
		}
	}
)

func (a api) register(h huma.API) {
	httpx.Handle(h, "GET /teams", member.ReadMembers, "List teams", a.list)
	httpx.Handle(h, "POST /teams", member.WriteMembers, "Make a team", a.create, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "GET /teams/{id}", member.ReadMembers, "Show a team", a.get)
	httpx.Handle(h, "PATCH /teams/{id}", member.WriteMembers, "Rename a team, change who is in it", a.change)
	httpx.Handle(h, "DELETE /teams/{id}", member.WriteMembers, "Delete a team; its chats are nobody's team's", a.remove, httpx.Answers(http.StatusNoContent))
}

func caller(ctx context.Context) string { return member.Caller(ctx).WorkspaceID }

func (a api) list(ctx context.Context, _ *struct{}) (*listOut, error) {
	list, err := a.s.List(ctx, caller(ctx))
	if list == nil {
		list = []Team{}
	}
	return &listOut{Body: httpx.List[Team]{Items: list}}, err
}

func (a api) create(ctx context.Context, in *createIn) (*oneOut, error) {
	t, err := a.s.Create(ctx, caller(ctx), Fields{Name: &in.Body.Name, MemberIDs: &in.Body.MemberIDs})
	return &oneOut{Body: t}, err
}

func (a api) get(ctx context.Context, in *idIn) (*oneOut, error) {
	t, err := a.s.Get(ctx, caller(ctx), in.ID)
	return &oneOut{Body: t}, err
}

func (a api) change(ctx context.Context, in *changeIn) (*oneOut, error) {
	t, err := a.s.Update(ctx, caller(ctx), in.ID, Fields{Name: in.Body.Name, MemberIDs: in.Body.MemberIDs})
	return &oneOut{Body: t}, err
}

func (a api) remove(ctx context.Context, in *idIn) (*struct{}, error) {
	return nil, a.s.Delete(ctx, caller(ctx), in.ID)
}
