package workspace

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
)

// What a caller needs for this package's operations.
const (
	Read  httpx.Need = "workspace.read"
	Write httpx.Need = "workspace.write"
)

type ctxKey struct{}

// With returns a ctx that belongs to a workspace; the package that signs callers in calls it.
func With(ctx context.Context, workspaceID string) context.Context {
	return context.WithValue(ctx, ctxKey{}, workspaceID)
}

// Of is the id of the workspace that ctx belongs to; empty, which no workspace has, when it belongs to none.
func Of(ctx context.Context) string {
	workspaceID, _ := ctx.Value(ctxKey{}).(string)
	return workspaceID
}

// Module is the noun's module.
func Module(s *Service) module.Module {
	return module.Module{Name: "workspace", Upgrades: upgrades(), API: s.api}
}

func (s *Service) api(api huma.API) {
	httpx.Handle(api, "GET /workspace", Read, "The workspace of the caller", s.show)
	httpx.Handle(api, "PATCH /workspace", Write, "Change the workspace and its settings", s.change)
}

type output struct{ Body Workspace }

func (s *Service) show(ctx context.Context, _ *struct{}) (*output, error) {
	w, err := s.Get(ctx, Of(ctx))
	return &output{w}, err
}

func (s *Service) change(ctx context.Context, in *struct{ Body Change }) (*output, error) {
	w, err := s.Update(ctx, Of(ctx), in.Body)
	return &output{w}, err
}
