package archtest

import (
	"context"
	"strings"
	"testing"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/module"
)

func TestTextsForOneEngineAreTheException(t *testing.T) {
	t.Parallel()
	report(t, "design: paired texts only where engines must differ", checkPairs(project(t)))
}

// exampleModule has a workspace's table and one that belongs to nobody.
func exampleModule() module.Module {
	up := dbutil.BuildUpgradeTable().WithRaw(0, 1, 1, "notes", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
		_, err := d.Exec(ctx, `CREATE TABLE notes (id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL, body TEXT NOT NULL);
			CREATE TABLE leases (name TEXT PRIMARY KEY, epoch BIGINT NOT NULL)`)
		return err
	})
	return module.Module{Name: "notes", Upgrades: up.Finish()}
}

func TestCheckSQLFindsEachWrongStatement(t *testing.T) {
	t.Parallel()
	all := engines(t, []module.Module{exampleModule()})
	for name, src := range map[string]string{
		"unknown column":     "const q = `SELECT title FROM notes WHERE workspace_id = $1`",
		"unknown table":      "const q = `DELETE FROM note WHERE workspace_id = $1`",
		"grammar":            "const q = `UPDATE notes SET body = WHERE workspace_id = $1`",
		"one engine only":    "const q = `SELECT rowid FROM leases`",
		"no workspace":       "const q = `SELECT body FROM notes WHERE id = $1`",
		"only selected":      "const q = `SELECT workspace_id FROM notes WHERE id = $1`",
		"only joined":        "const q = `SELECT a.body FROM notes a JOIN notes b ON b.workspace_id = a.workspace_id WHERE a.id = $1`",
		"copied from all":    "const q = `INSERT INTO notes (workspace_id, id, body) SELECT workspace_id, 'new', body FROM notes WHERE id = $1`",
		"only in a comment":  "const q = `SELECT body FROM notes -- workspace_id = $1`",
		"lower case":         "const q = `select body from notes where id = $1`",
		"in a function":      "func f() { run(\"DELETE FROM notes WHERE id = $1\") }\nfunc run(string) {}",
		"in a var":           "var q = `DELETE FROM notes WHERE id = $1`",
		"folded":             "const cols = `id, boby`\nconst q = `SELECT ` + cols + ` FROM leases`",
		"two statements":     "const q = `DELETE FROM leases WHERE name = $1; DELETE FROM leases WHERE epoch = $2`",
		"built":              "func f(order string) string { return `SELECT epoch FROM leases ORDER BY ` + order }",
		"built, no reason":   "func f(order string) string {\n\t//sql:built\n\treturn `SELECT epoch FROM leases ORDER BY ` + order }",
		"built, no scope":    "func f(order string) string {\n\t//sql:built the order is the caller's\n\treturn `SELECT body FROM notes ORDER BY ` + order }",
		"global, no reason":  "//sql:global\nconst q = `SELECT count(*) FROM notes`",
		"of another engine":  "//sql:sqlite\nconst q = `SELECT epoch FROM leases FOR UPDATE`",
		"insert, not scoped": "const q = `INSERT INTO notes (id, body) VALUES ($1, $2)`",
	} {
		got := checkSQL(t, example(t, map[string]string{"internal/notes/a.go": src}), all)
		if len(got) == 0 {
			t.Errorf("%s: got nothing, want a finding in %s", name, src)
		}
	}
}

func TestCheckSQLAllowsWhatIsRight(t *testing.T) {
	t.Parallel()
	all := engines(t, []module.Module{exampleModule()})
	for name, src := range map[string]string{
		"scoped":           "const q = `SELECT body FROM notes WHERE workspace_id = $1 AND id = $2`",
		"by row":           "const q = `SELECT body FROM notes WHERE (workspace_id, id) > ($1, $2)`",
		"insert":           "const q = `INSERT INTO notes (workspace_id, id, body) VALUES ($1, $2, $3)`",
		"insert, conflict": "const q = `INSERT INTO notes (workspace_id, id, body) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET body = notes.body`",
		"insert, select":   "const q = `INSERT INTO notes (workspace_id, id, body) SELECT $1, name, 'x' FROM leases`",
		"copied":           "const q = `INSERT INTO notes (workspace_id, id, body) SELECT workspace_id, 'new', body FROM notes WHERE workspace_id = $1`",
		"nobody's table":   "const q = `UPDATE leases SET epoch = epoch + 1 WHERE name = $1 RETURNING epoch`",
		"global":           "//sql:global counted for the operator, over all workspaces\nconst q = `SELECT count(*) FROM notes`",
		"global in group":  "const (\n\tx = 1\n\n\t// q counts.\n\t//sql:global for the operator\n\tq = `SELECT count(*) FROM notes`\n)",
		"postgres only":    "//sql:postgres\nconst q = `SELECT epoch FROM leases WHERE name = $1 FOR UPDATE`",
		"folded":           "const cols = `id, body`\nconst q = `SELECT ` + cols + ` FROM notes WHERE workspace_id = $1`",
		"built":            "func f(order string) string {\n\t//sql:built the order is one of two constants\n\treturn `SELECT epoch FROM leases ORDER BY ` + order }",
		"for people":       "const q = `Select a device from the list`\nconst r = `UPDATED`",
	} {
		got := checkSQL(t, example(t, map[string]string{"internal/notes/a.go": src}), all)
		if len(got) != 0 {
			t.Errorf("%s: got %v, want nothing", name, got)
		}
	}
}

func TestSQLIsFoldedAcrossFilesAndPackages(t *testing.T) {
	t.Parallel()
	texts := sqlTexts(example(t, map[string]string{
		"internal/a/a.go": "package a\nconst Columns = `id, ` + more",
		"internal/a/b.go": "package a\nconst more = `body`",
		"internal/b/b.go": "package b\nimport names \"" + modulePath + "/internal/a\"\nfunc f() string { const t = `notes`; return `SELECT ` + names.Columns + ` FROM ` + t }",
	}))
	if len(texts) != 1 || texts[0].text != "SELECT id, body FROM notes" || texts[0].complain != "" {
		t.Errorf("got %+v, want one folded statement", texts)
	}
}

func TestUpgradesAndTestsAreNotCollected(t *testing.T) {
	t.Parallel()
	texts := sqlTexts(example(t, map[string]string{
		"internal/a/migrations.go":    "const q = `UPDATE old SET gone = 1`",
		"internal/a/upgrades_2.go":    "const q = `UPDATE old SET gone = 1`",
		"internal/a/a_test.go":        "const q = `SELECT 1`",
		"internal/a/atest/helpers.go": "const q = `SELECT 1`",
		"wasim/a.go":                  "const q = `SELECT 1`",
		"internal/a/immigration.go":   "const q = `SELECT 2`",
	}))
	if len(texts) != 1 || texts[0].text != "SELECT 2" {
		t.Errorf("got %+v, want only SELECT 2", texts)
	}
}

func TestTooManyPairsAreFound(t *testing.T) {
	t.Parallel()
	src := func(single int) string {
		return strings.Repeat("//sql:sqlite\nvar _ = `SELECT 1`\n", single) + strings.Repeat("var _ = `SELECT 1`\n", 100-single)
	}
	wantFindings(t, checkPairs(example(t, map[string]string{"internal/a/a.go": src(10)})))
	wantFindings(t, checkPairs(example(t, map[string]string{"internal/a/a.go": src(11)})), "11 of 100")
}

func TestAnUnlistedModuleIsFound(t *testing.T) {
	t.Parallel()
	s := example(t, map[string]string{
		"internal/notes/m.go": "package notes\nvar _ = module{Name: `notes`, Upgrades: nil}",
		"internal/kept/m.go":  "package kept\nvar _ = module{Name: `kept`, Upgrades: nil}",
	})
	wantFindings(t, checkModules(s, []module.Module{{Name: "kept", Upgrades: exampleModule().Upgrades}, {Name: "notes"}}), "internal/notes")
}
