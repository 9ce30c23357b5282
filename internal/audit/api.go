package audit

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// Read is what a caller needs for this package's operations.
const Read httpx.Need = "audit.read"

// Module is the noun's module.
func Module(s *Service) module.Module {
	return module.Module{Name: "audit", Upgrades: upgrades(), API: s.api, Run: s.run}
}

func (s *Service) api(api huma.API) {
	var names []string
	for _, d := range Deeds() {
		names = append(names, string(d))
	}
	httpx.Handle(api, "GET /audit-log", Read, "List who did what, the newest first", s.show,
		httpx.Describe("Lines are kept for two years. The deeds: "+strings.Join(names, ", ")+"."))
}

type listInput struct {
	httpx.Page
	Deed    string `query:"deed" maxLength:"64" doc:"A deed such as member.added, or its first part"`
	Actor   string `query:"actor_id" maxLength:"64" doc:"Id of a member or an API key"`
	Subject string `query:"subject_id" maxLength:"64" doc:"Id of what it was done to"`
	Since   int64  `query:"since" minimum:"0" doc:"Unix milliseconds, with"`
	Until   int64  `query:"until" minimum:"0" doc:"Unix milliseconds, without; 0 is no end"`
}

func (s *Service) show(ctx context.Context, in *listInput) (*struct{ Body httpx.List[Entry] }, error) {
	page, err := s.List(ctx, workspace.Of(ctx), Filter{in.Deed, in.Actor, in.Subject, in.Since, in.Until}, in.Page)
	return &struct{ Body httpx.List[Entry] }{page}, err
}

// List returns a page of a workspace's log, the newest line first. A fault names the filter that is wrong.
func (s *Service) List(ctx context.Context, workspaceID string, f Filter, p httpx.Page) (out httpx.List[Entry], err error) {
	known := func(d Deed) bool { return string(d) == f.Deed || strings.HasPrefix(string(d), f.Deed+".") }
	if f.Deed != "" && !slices.ContainsFunc(Deeds(), known) {
		return out, errDeed
	}
	if f.Until == 0 {
		f.Until = math.MaxInt64
	}
	if f.Since > f.Until {
		return out, errStretch
	}
	before := place{At: math.MaxInt64}
	if _, err := p.Key(&before); err != nil {
		return out, err
	}
	if out.Items, err = s.list(ctx, workspaceID, f, before, p.Limit+1); err != nil {
		return out, err
	}
	if len(out.Items) > p.Limit {
		out.Items = out.Items[:p.Limit]
		last := out.Items[p.Limit-1]
		out.Next = httpx.Cursor(place{last.At, last.ID})
	}
	return out, nil
}
