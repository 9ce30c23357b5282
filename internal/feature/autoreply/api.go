package autoreply

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module is the feature as the program lists it. caller gives the workspace of the request that the guard let through.
func Module(s *Service, caller func(context.Context) string) module.Module {
	return module.Module{Name: "autoreply", Upgrades: upgrades(), API: func(h huma.API) { api{s, caller}.add(h) }}
}

// View is a rule as the API shows it. Times are unix milliseconds.
type View struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Position     int      `json:"position" doc:"Rules are asked in this order; the first that fits answers"`
	Enabled      bool     `json:"enabled"`
	When         Trigger  `json:"when"`
	Then         []Step   `json:"then"`
	DeviceIDs    []string `json:"device_ids" doc:"Empty: all devices"`
	Audience     Audience `json:"audience" enum:"people,groups,both"`
	EveryMinutes int      `json:"every_minutes" doc:"At most one answer per chat in this time; 0 has no limit"`
	Fires        int64    `json:"fires" doc:"How often it answered"`
	CreatedAt    int64    `json:"created_at"`
	UpdatedAt    int64    `json:"updated_at"`
}

func viewOf(r Rule, fires int64) View {
	return View{
		ID: r.ID, Name: r.Name, Position: r.Position, Enabled: r.Enabled, When: r.When, Then: r.Then, DeviceIDs: r.DeviceIDs,
		Audience: r.Audience, EveryMinutes: r.EveryMinutes, Fires: fires, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

type (
	idIn struct {
		ID string `path:"id" maxLength:"64" doc:"The rule's id"`
	}
	listOut  struct{ Body httpx.List[View] }
	oneOut   struct{ Body View }
	createIn struct {
		Body struct {
			Name         string   `json:"name" maxLength:"400" example:"Salam"`
			Enabled      *bool    `json:"enabled,omitempty" doc:"True when left out"`
			When         Trigger  `json:"when"`
			Then         []Step   `json:"then" nullable:"false"`
			DeviceIDs    []string `json:"device_ids,omitempty" nullable:"false" maxItems:"1000"`
			Audience     Audience `json:"audience,omitempty" enum:"people,groups,both" doc:"People when left out"`
			EveryMinutes int      `json:"every_minutes,omitempty" minimum:"0" maximum:"43200"`
		}
	}
	changeIn struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Name         *string   `json:"name,omitempty" maxLength:"400"`
			Enabled      *bool     `json:"enabled,omitempty"`
			When         *Trigger  `json:"when,omitempty"`
			Then         []Step    `json:"then,omitempty" nullable:"false"`
			DeviceIDs    *[]string `json:"device_ids,omitempty" maxItems:"1000"`
			Audience     *Audience `json:"audience,omitempty" enum:"people,groups,both"`
			EveryMinutes *int      `json:"every_minutes,omitempty" minimum:"0" maximum:"43200"`
		}
	}
	orderIn struct {
		Body struct {
			RuleIDs []string `json:"rule_ids" nullable:"false" doc:"Every rule once, the first to be asked first"`
		}
	}
)

// api is the rules' part of the HTTP API.
type api struct {
	s      *Service
	caller func(context.Context) string
}

func (a api) add(h huma.API) {
	httpx.Handle(h, "GET /rules", member.ReadRules, "List the rules in their order", a.list)
	httpx.Handle(h, "POST /rules", member.WriteRules, "Make a rule, after all others", a.create, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "PUT /rules/order", member.WriteRules, "Put the rules in another order", a.reorder)
	httpx.Handle(h, "GET /rules/{id}", member.ReadRules, "Show a rule", a.get)
	httpx.Handle(h, "PATCH /rules/{id}", member.WriteRules, "Change a rule", a.change)
	httpx.Handle(h, "DELETE /rules/{id}", member.WriteRules, "Delete a rule", a.remove)
}

func (a api) list(ctx context.Context, _ *struct{}) (*listOut, error) {
	list, err := a.s.List(ctx, a.caller(ctx))
	if err != nil {
		return nil, err
	}
	fires, err := a.s.Fires(ctx, a.caller(ctx))
	if err != nil {
		return nil, err
	}
	out := &listOut{Body: httpx.List[View]{Items: []View{}}}
	for _, r := range list {
		out.Body.Items = append(out.Body.Items, viewOf(r, fires[r.ID]))
	}
	return out, nil
}

func (a api) create(ctx context.Context, in *createIn) (*oneOut, error) {
	b := in.Body
	r := Rule{
		WorkspaceID: a.caller(ctx), Name: db.Text(b.Name), Enabled: b.Enabled == nil || *b.Enabled, When: b.When, Then: b.Then,
		DeviceIDs: b.DeviceIDs, Audience: b.Audience, EveryMinutes: b.EveryMinutes,
	}
	if r.Audience == "" {
		r.Audience = AudiencePeople
	}
	return a.shown(ctx)(a.s.Create(ctx, r))
}

func (a api) get(ctx context.Context, in *idIn) (*oneOut, error) {
	return a.shown(ctx)(a.s.Get(ctx, a.caller(ctx), in.ID))
}

func (a api) change(ctx context.Context, in *changeIn) (*oneOut, error) {
	b := in.Body
	return a.shown(ctx)(a.s.Update(ctx, a.caller(ctx), in.ID, func(r *Rule) {
		set(&r.Name, b.Name)
		set(&r.Enabled, b.Enabled)
		set(&r.When, b.When)
		set(&r.DeviceIDs, b.DeviceIDs)
		set(&r.Audience, b.Audience)
		set(&r.EveryMinutes, b.EveryMinutes)
		if b.Then != nil {
			r.Then = b.Then
		}
	}))
}

func (a api) remove(ctx context.Context, in *idIn) (*struct{}, error) {
	return nil, a.s.Delete(ctx, a.caller(ctx), in.ID)
}

func (a api) reorder(ctx context.Context, in *orderIn) (*struct{}, error) {
	return nil, a.s.Reorder(ctx, a.caller(ctx), in.Body.RuleIDs)
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// shown turns a rule into its answer, with how often it answered.
func (a api) shown(ctx context.Context) func(Rule, error) (*oneOut, error) {
	return func(r Rule, err error) (*oneOut, error) {
		if err != nil {
			return nil, err
		}
		fires, err := a.s.Fires(ctx, r.WorkspaceID)
		if err != nil {
			return nil, err
		}
		return &oneOut{viewOf(r, fires[r.ID])}, nil
	}
}
