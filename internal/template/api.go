package template

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module is the noun as the program lists it. caller gives the workspace of the request that the guard let through.
func Module(s *Service, caller func(context.Context) string) module.Module {
	return module.Module{Name: "template", Upgrades: upgrades(), API: func(h huma.API) { api{s, caller}.add(h) }}
}

// View is a template as the API shows it. Times are unix milliseconds.
type View struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Body      string   `json:"body" doc:"Variables as {name} or {name=fallback}, alternatives as {Halo|Hai}"`
	FileID    string   `json:"file_id,omitempty" doc:"A file uploaded to /api/v1/files"`
	Shortcut  string   `json:"shortcut,omitempty" doc:"What is typed after / to find it"`
	Category  string   `json:"category,omitempty" doc:"What it is listed under"`
	Variables []string `json:"variables" doc:"The variables that the body uses"`
	CreatedAt int64    `json:"created_at"`
	UpdatedAt int64    `json:"updated_at"`
}

func viewOf(t Template) View {
	v := View{
		ID: t.ID, Name: t.Name, Body: t.Body, FileID: t.FileID, Shortcut: t.Shortcut, Category: t.Category, Variables: t.Vars(),
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
	}
	if v.Variables == nil {
		v.Variables = []string{}
	}
	return v
}

type (
	idIn struct {
		ID string `path:"id" maxLength:"64" doc:"The template's id"`
	}
	listIn struct {
		httpx.Page
		Shortcut string `query:"shortcut" maxLength:"64" doc:"Canned replies only: those whose shortcut begins like this, by shortcut, at most 20; / is for all"`
	}
	listOut  struct{ Body httpx.List[View] }
	oneOut   struct{ Body View }
	createIn struct {
		Body struct {
			Name     string `json:"name" maxLength:"400" example:"Pesanan siap"`
			Body     string `json:"body,omitempty" maxLength:"65536" example:"{Halo|Hai} {name}, pesananmu siap."`
			FileID   string `json:"file_id,omitempty" maxLength:"64"`
			Shortcut string `json:"shortcut,omitempty" maxLength:"64" doc:"Small letters, digits, - and _; unique in the workspace" example:"ongkir"`
			Category string `json:"category,omitempty" maxLength:"200" doc:"What it is listed under, at most 50 characters" example:"Pesanan"`
		}
	}
	changeIn struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Name     *string `json:"name,omitempty" maxLength:"400"`
			Body     *string `json:"body,omitempty" maxLength:"65536"`
			FileID   *string `json:"file_id,omitempty" maxLength:"64" doc:"Empty takes the file away"`
			Shortcut *string `json:"shortcut,omitempty" maxLength:"64" doc:"Empty takes it away"`
			Category *string `json:"category,omitempty" maxLength:"200" doc:"Empty takes it away"`
		}
	}
)

// api is the templates' part of the HTTP API.
type api struct {
	s      *Service
	caller func(context.Context) string
}

func (a api) add(h huma.API) {
	httpx.Handle(h, "GET /templates", member.ReadTemplates, "List templates", a.list)
	httpx.Handle(h, "POST /templates", member.WriteTemplates, "Make a template", a.create, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "GET /templates/{id}", member.ReadTemplates, "Show a template", a.get)
	httpx.Handle(h, "PATCH /templates/{id}", member.WriteTemplates, "Change a template", a.change)
	httpx.Handle(h, "DELETE /templates/{id}", member.WriteTemplates, "Delete a template", a.remove)
}

func (a api) list(ctx context.Context, in *listIn) (*listOut, error) {
	if in.Shortcut != "" {
		return a.canned(ctx, in.Shortcut)
	}
	var after string
	if _, err := in.Key(&after); err != nil {
		return nil, err
	}
	list, err := a.s.List(ctx, a.caller(ctx), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &listOut{Body: httpx.List[View]{Items: []View{}}}
	for i, t := range list {
		if i == in.Limit {
			out.Body.Next = httpx.Cursor(list[i-1].ID)
			break
		}
		out.Body.Items = append(out.Body.Items, viewOf(t))
	}
	return out, nil
}

func (a api) create(ctx context.Context, in *createIn) (*oneOut, error) {
	return shown(a.s.Create(ctx, Template{
		WorkspaceID: a.caller(ctx), Name: db.Text(in.Body.Name), Body: db.Text(in.Body.Body), FileID: in.Body.FileID, Shortcut: in.Body.Shortcut,
		Category: db.Text(in.Body.Category),
	}))
}

func (a api) get(ctx context.Context, in *idIn) (*oneOut, error) {
	return shown(a.s.Get(ctx, a.caller(ctx), in.ID))
}

func (a api) change(ctx context.Context, in *changeIn) (*oneOut, error) {
	return shown(a.s.Update(ctx, a.caller(ctx), in.ID, func(t *Template) {
		set(&t.Name, in.Body.Name)
		set(&t.Body, in.Body.Body)
		set(&t.FileID, in.Body.FileID)
		set(&t.Shortcut, in.Body.Shortcut)
		set(&t.Category, in.Body.Category)
	}))
}

func (a api) remove(ctx context.Context, in *idIn) (*struct{}, error) {
	return nil, a.s.Delete(ctx, a.caller(ctx), in.ID)
}

func set(to *string, from *string) {
	if from != nil {
		*to = db.Text(*from)
	}
}

func shown(t Template, err error) (*oneOut, error) {
	if err != nil {
		return nil, err
	}
	return &oneOut{viewOf(t)}, nil
}
