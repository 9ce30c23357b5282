package notify

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module is the feature as the program lists it.
func Module(s *Service) module.Module {
	return module.Module{Name: "notify", Upgrades: upgrades(), API: api{s}.register, Run: s.run}
}

// View is what a browser learns about its bell.
type View struct {
	Key     string `json:"key" doc:"What the browser subscribes with: applicationServerKey, in base64url"`
	On      bool   `json:"on" doc:"Whether this session is told at all"`
	Kinds   []Kind `json:"kinds" enum:"mine,team,unassigned,groups,assigned,mentions,devices" doc:"What it is told of, or would be"`
	Preview bool   `json:"preview" doc:"Whether what was written is shown"`
	Code    string `json:"code,omitempty" doc:"Why the last notice was refused; missing when it was taken"`
	ToldAt  int64  `json:"told_at,omitempty" doc:"When the last notice was taken, unix milliseconds"`
}

type (
	viewOut struct{ Body View }
	setIn   struct{ Body Fields }
)

// api is the bells' part of the HTTP API.
type api struct{ s *Service }

func (a api) register(h huma.API) {
	httpx.Handle(h, "GET /me/bell", member.Self, "Whether this browser is told of what happens, and of what", a.show)
	httpx.Handle(h, "PUT /me/bell", member.Self, "Have this browser told by Web Push, and choose of what", a.set,
		httpx.Describe("It belongs to the session and ends with it. A browser that is given to another session is told for that one only."))
	httpx.Handle(h, "DELETE /me/bell", member.Self, "Have this browser told no more", a.remove, httpx.Answers(http.StatusNoContent))
	httpx.Handle(h, "POST /me/bell/test", member.Self, "Send this browser a notice to try it", a.test, httpx.Answers(http.StatusNoContent))
}

func (a api) show(ctx context.Context, _ *struct{}) (*viewOut, error) {
	b, err := a.s.Bell(ctx, member.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return a.view(ctx, b)
}

func (a api) set(ctx context.Context, in *setIn) (*viewOut, error) {
	b, err := a.s.Set(ctx, member.Caller(ctx), in.Body)
	if err != nil {
		return nil, err
	}
	return a.view(ctx, &b)
}

func (a api) view(ctx context.Context, b *Bell) (*viewOut, error) {
	k, err := a.s.key(ctx)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return &viewOut{View{Key: k.public, Kinds: usual(), Preview: true}}, nil
	}
	return &viewOut{View{Key: k.public, On: true, Kinds: b.Kinds, Preview: b.Preview, Code: b.Code, ToldAt: b.ToldAt}}, nil
}

func (a api) remove(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, a.s.Remove(ctx, member.Caller(ctx))
}

func (a api) test(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, a.s.Test(ctx, member.Caller(ctx))
}
