package webhook

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/module"
)

// Module is the feature as the program lists it; api adds its operations and may be nil.
func Module(s *Service, api func(huma.API)) module.Module {
	return module.Module{Name: "webhook", Upgrades: upgrades(), API: api, Run: s.Run}
}
