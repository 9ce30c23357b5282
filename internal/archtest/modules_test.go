package archtest

import (
	"go/ast"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/pingcrm/pingcrm/internal/app"
	"github.com/pingcrm/pingcrm/internal/device/whatsapp"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
)

func TestEverySQLTextCompilesAndStaysInItsWorkspace(t *testing.T) {
	t.Parallel()
	s := project(t)
	if n := len(sqlTexts(s)); n < 100 {
		t.Fatalf("got %d SQL texts in the whole program: they are not found any more", n)
	}
	report(t, "design: one text for both engines, and it names its workspace", checkSQL(t, s, []engine{
		programEngine(t, "sqlite", db.Config{}),
		programEngine(t, "postgres", db.Config{URL: pgtest.URL(t)}),
	}))
}

// TestModulesAreListed keeps app's list honest: a package with upgrades that it
// doesn't list would never get its tables.
func TestModulesAreListed(t *testing.T) {
	t.Parallel()
	report(t, "app lists every module", checkModules(project(t), program(t, db.Config{})))
}

// program puts the program together, on a network that nothing answers for,
// and returns its modules. The tables of every module are then there.
func program(t *testing.T, c db.Config) []module.Module {
	t.Helper()
	data := filepath.Dir(c.File)
	if c.File == "" {
		data = t.TempDir()
	}
	a, err := app.New(t.Context(), app.Config{
		Data: data, Database: c.URL, Log: slog.New(slog.DiscardHandler),
		Network: &whatsapp.Network{RootKey: [32]byte{1}, Addr: "127.0.0.1:9"},
	})
	if err != nil {
		t.Fatalf("putting the program together: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Fatalf("closing it: %v", err)
	}
	return a.Modules()
}

// programEngine is a database as the program leaves it after its start.
func programEngine(t *testing.T, name string, c db.Config) engine {
	t.Helper()
	if c.URL == "" {
		c.File = filepath.Join(t.TempDir(), "ping.db")
	}
	program(t, c)
	d, err := db.Open(t.Context(), c)
	if err != nil {
		t.Fatalf("opening the %s database: %v", name, err)
	}
	t.Cleanup(func() { _ = d.Close() })
	tables := workspaceTables(t, d)
	if len(tables) < 5 {
		t.Fatalf("got %d tables with a workspace_id on %s: the program's tables are not there", len(tables), name)
	}
	return engine{name: name, raw: d.RawDB, tables: tables}
}

// checkModules finds packages that fill in a module's Upgrades with a table
// that none of the listed modules has.
func checkModules(s *source, listed []module.Module) []finding {
	known := map[string]bool{}
	for _, m := range listed {
		known[m.Name] = known[m.Name] || m.Upgrades != nil
	}
	var all []finding
	s.code(func(f *file) {
		if testOnly(f.dir) || below(f.dir, "internal/app") || !below(f.dir, "internal") {
			return
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if kv, ok := n.(*ast.KeyValueExpr); ok {
				if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Upgrades" && !known[f.tree.Name.Name] {
					all = append(all, s.found(kv.Pos(), "%s has upgrades, but app doesn't list the module", f.dir))
				}
			}
			return true
		})
	})
	return all
}
