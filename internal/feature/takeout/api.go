package takeout

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module lists the feature in the program.
func Module(s *Service) module.Module {
	return module.Module{Name: "takeout", Upgrades: upgrades(), API: func(h huma.API) { api{s}.register(h) }, Run: s.Run}
}

// View is a takeout as the API shows it.
type View struct {
	ID        string `json:"id"`
	State     State  `json:"state" enum:"queued,running,ready,failed"`
	Done      int64  `json:"done" doc:"Rows and files that are written"`
	Total     int64  `json:"total" doc:"Rows and files; 0 while it is not known"`
	Size      int64  `json:"size,omitempty" doc:"Bytes, when it is ready"`
	ByID      string `json:"by_id" doc:"The member who asked for it"`
	CreatedAt int64  `json:"created_at" doc:"Unix milliseconds"`
	ExpiresAt int64  `json:"expires_at,omitempty" doc:"Until when it can be downloaded, unix milliseconds"`
}

func viewOf(t Takeout) View {
	return View{t.ID, t.State, t.Done, t.Total, t.Size, t.ByID, t.CreatedAt, t.ExpiresAt}
}

type (
	api    struct{ s *Service }
	oneOut struct{ Body View }
	idIn   struct {
		ID string `path:"id" maxLength:"64" doc:"The takeout's id"`
	}
	makeIn struct {
		Body struct {
			Password string `json:"password" maxLength:"1000" doc:"The caller's own, again"`
		}
	}
	contentIn struct {
		ID    string `path:"id" maxLength:"64" doc:"The takeout's id"`
		Range string `header:"Range" doc:"A part of it, to go on where a download broke off"`
	}
)

func (a api) register(h huma.API) {
	httpx.Handle(h, "GET /takeouts", member.OwnWorkspace, "List the copies of everything that were made, the newest first", a.list)
	httpx.Handle(h, "POST /takeouts", member.OwnWorkspace, "Have a copy of everything made, in the background", a.make, httpx.Answers(http.StatusCreated),
		httpx.Describe("A ZIP of JSON Lines, a CSV of the contacts and all files. For an owner who is signed in, not for API keys. It can be downloaded for three days."))
	httpx.Handle(h, "GET /takeouts/{id}", member.OwnWorkspace, "Show how far a copy of everything is", a.get)
	httpx.Handle(h, "GET /takeouts/{id}/content", member.OwnWorkspace, "Download a copy of everything (ZIP)", a.content)
	httpx.Handle(h, "DELETE /takeouts/{id}", member.OwnWorkspace, "Delete a copy of everything, or end its making", a.delete)
}

func caller(ctx context.Context) string { return member.Caller(ctx).WorkspaceID }

func one(t Takeout, err error) (*oneOut, error) {
	if err != nil {
		return nil, err
	}
	return &oneOut{viewOf(t)}, nil
}

func (a api) list(ctx context.Context, _ *struct{}) (*struct{ Body httpx.List[View] }, error) {
	all, err := a.s.List(ctx, caller(ctx))
	out := httpx.List[View]{Items: []View{}}
	for _, t := range all {
		out.Items = append(out.Items, viewOf(t))
	}
	return &struct{ Body httpx.List[View] }{out}, err
}

func (a api) make(ctx context.Context, in *makeIn) (*oneOut, error) {
	return one(a.s.Make(ctx, member.Caller(ctx), in.Body.Password))
}

func (a api) get(ctx context.Context, in *idIn) (*oneOut, error) {
	return one(a.s.Get(ctx, caller(ctx), in.ID))
}

func (a api) delete(ctx context.Context, in *idIn) (*struct{}, error) {
	return nil, a.s.Delete(ctx, caller(ctx), in.ID)
}

func (a api) content(ctx context.Context, in *contentIn) (*file.Served, error) {
	t, r, err := a.s.Open(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	if in.Range == "" || strings.HasPrefix(in.Range, "bytes=0-") { // what goes on is not another download
		if err := a.s.Audit.Write(ctx, t.WorkspaceID, "takeout.downloaded", audit.Subject{Kind: "takeout", ID: t.ID}, nil); err != nil {
			_ = r.Close()
			return nil, err
		}
	}
	name := "ping-" + time.UnixMilli(t.CreatedAt).UTC().Format("2006-01-02") + ".zip"
	return file.Serving(r, "application/zip", name, "private, no-store"), nil
}
