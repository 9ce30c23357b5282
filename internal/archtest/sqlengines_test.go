package archtest

import (
	"context"
	"database/sql"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/module"
)

// engine is a migrated database to compile statements on.
type engine struct {
	name   string
	raw    *sql.DB
	tables map[string]bool // those with a workspace_id
}

func engines(t *testing.T, modules []module.Module) []engine {
	t.Helper()
	var all []engine
	for name, d := range map[string]*db.DB{"sqlite": dbtest.SQLite(t), "postgres": dbtest.Postgres(t)} {
		dbtest.Migrated(t, d, modules...)
		all = append(all, engine{name: name, raw: d.RawDB, tables: workspaceTables(t, d)})
	}
	return all
}

const (
	tablesSQLite = `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'workspace_id'
		WHERE m.type = 'table'`
	tablesPostgres = `SELECT table_name FROM information_schema.columns
		WHERE column_name = 'workspace_id' AND table_schema = current_schema()`
)

func workspaceTables(t *testing.T, d *db.DB) map[string]bool {
	t.Helper()
	query := tablesSQLite
	if d.Postgres() {
		query = tablesPostgres
	}
	rows, err := d.RawDB.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("listing tables: %v", err)
	}
	defer rows.Close()
	tables := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatalf("listing tables: %v", err)
		}
		tables[name] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("listing tables: %v", err)
	}
	return tables
}

// compile asks the engine to prepare the statement: names, columns, types and
// grammar are checked, nothing is run.
func (e engine) compile(ctx context.Context, text string) error {
	stmt, err := e.raw.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer stmt.Close()
	return nil
}

// checkSQL compiles each statement on the engines it is for and wants each to
// stay in its workspace.
func checkSQL(t *testing.T, s *source, all []engine) []finding {
	t.Helper()
	var bad []finding
	for _, text := range sqlTexts(s) {
		if text.complain != "" {
			bad = append(bad, s.found(text.at, "%s", text.complain))
			continue
		}
		if why := outOfWorkspace(text, all[0].tables); why != "" {
			bad = append(bad, s.found(text.at, "%s", why))
		}
		for _, e := range all {
			if text.built || text.engine != "" && text.engine != e.name {
				continue
			}
			if err := e.compile(t.Context(), text.text); err != nil {
				bad = append(bad, s.found(text.at, "%s: %v\n\t%s", e.name, err, text.text))
			}
		}
	}
	return bad
}

// checkPairs wants texts for one engine to stay the exception. Below a hundred
// statements a share says nothing.
func checkPairs(s *source) []finding {
	texts := sqlTexts(s)
	var single []sqlText
	for _, text := range texts {
		if text.engine != "" {
			single = append(single, text)
		}
	}
	const most = 0.10 // texts; a pair is two of them, so 5 % of the statements
	if len(texts) < 100 || float64(len(single)) <= most*float64(len(texts)) {
		return nil
	}
	return []finding{s.found(single[0].at, "%d of %d SQL texts are for one engine only", len(single), len(texts))}
}
