package archtest

import (
	"go/ast"
	"testing"
)

// TestModulesAreListed keeps the checks of SQL honest: they run on the tables
// of the modules that app lists. As soon as there is an app, its list must be used.
func TestModulesAreListed(t *testing.T) {
	t.Parallel()
	for _, f := range project(t).files {
		if f.dir == "internal/app" && !f.test {
			t.Fatal("internal/app is there: compile every SQL text on the tables of its modules (checkSQL, checkModules)")
		}
	}
}

// checkModules finds packages that fill in a module's Upgrades but are not listed.
func checkModules(s *source, listed map[string]bool) []finding {
	var all []finding
	s.code(func(f *file) {
		if testOnly(f.dir) || below(f.dir, "internal/app") || !below(f.dir, "internal") {
			return
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if kv, ok := n.(*ast.KeyValueExpr); ok {
				if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Upgrades" && !listed[f.tree.Name.Name] {
					all = append(all, s.found(kv.Pos(), "%s has upgrades, but app doesn't list the module", f.dir))
				}
			}
			return true
		})
	})
	return all
}
