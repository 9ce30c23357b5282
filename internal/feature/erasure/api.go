package erasure

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// Module lists the feature in the program.
func Module(s *Service) module.Module {
	return module.Module{Name: "erasure", Upgrades: upgrades(), API: func(h huma.API) { api{s}.register(h) }, Run: s.Run}
}

// View is whether a workspace is to be deleted.
type View struct {
	Closing bool   `json:"closing"`
	ByID    string `json:"by_id,omitempty" doc:"The owner who wants it"`
	ByName  string `json:"by_name,omitempty" doc:"As it was then"`
	AskedAt int64  `json:"asked_at,omitempty" doc:"Unix milliseconds"`
	DueAt   int64  `json:"due_at,omitempty" doc:"Until when it can be undone, unix milliseconds"`
}

type (
	api     struct{ s *Service }
	oneOut  struct{ Body View }
	closeIn struct {
		Body struct {
			Password string `json:"password" maxLength:"1000" doc:"The caller's own, again"`
			Name     string `json:"name" maxLength:"400" doc:"The workspace's name, to be sure"`
		}
	}
)

func (a api) register(h huma.API) {
	httpx.Handle(h, "GET /workspace/closing", workspace.Read, "Whether the workspace is to be deleted, and when", a.show)
	httpx.Handle(h, "POST /workspace/closing", member.OwnWorkspace, "Have the workspace deleted for good, in seven days", a.close, httpx.Answers(http.StatusCreated),
		httpx.Describe("For an owner who is signed in, not for API keys. Until then everything goes on, and DELETE undoes it. Then its numbers are unlinked and everything of it is deleted: messages, contacts, files, members who work nowhere else."))
	httpx.Handle(h, "DELETE /workspace/closing", member.OwnWorkspace, "Keep the workspace after all", a.keep)
}

func view(c Closing, err error) (*oneOut, error) {
	if errors.Is(err, ErrNotClosing) {
		return &oneOut{}, nil
	}
	if err != nil {
		return nil, err
	}
	return &oneOut{View{true, c.ByID, c.ByName, c.AskedAt, c.DueAt}}, nil
}

func (a api) show(ctx context.Context, _ *struct{}) (*oneOut, error) {
	return view(a.s.Closing(ctx, workspace.Of(ctx)))
}

func (a api) close(ctx context.Context, in *closeIn) (*oneOut, error) {
	return view(a.s.Close(ctx, member.Caller(ctx), in.Body.Password, in.Body.Name))
}

func (a api) keep(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, a.s.Keep(ctx, workspace.Of(ctx))
}
