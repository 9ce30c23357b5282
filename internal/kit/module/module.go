// Package module owns the shape in which a noun or a feature is listed in the program.
package module

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// Module is one noun or feature as a value. Every field but Name may be nil.
type Module struct {
	// Name is the package's name; the version table of its migrations is "<name>_version".
	Name string
	// Upgrades are the migrations, in order; they run before anything else of any module, in the order of the list.
	Upgrades dbutil.UpgradeTable
	// API adds the module's operations to /api/v1.
	API func(huma.API)
	// Routes adds handlers outside /api/v1.
	Routes func(*http.ServeMux)
	// Run does the background work until ctx ends; nil at a clean stop. An error stops the program.
	Run func(ctx context.Context) error
}

// Migrations are the tables of the modules that have some, in their order.
func Migrations(list []Module) (all []db.Migration) {
	for _, m := range list {
		if m.Upgrades != nil {
			all = append(all, db.Migration{Name: m.Name, Table: m.Upgrades})
		}
	}
	return all
}
