package dbtest_test

import (
	"context"
	"testing"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/module"
)

func notes() module.Module {
	up := dbutil.BuildUpgradeTable().WithRaw(0, 1, 1, "notes", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
		_, err := d.Exec(ctx, `CREATE TABLE notes (id TEXT PRIMARY KEY, body TEXT NOT NULL)`)
		return err
	})
	return module.Module{Name: "notes", Upgrades: up.Finish()}
}

func TestEachGivesBothEnginesFreshAndMigrated(t *testing.T) {
	t.Parallel()
	for range 2 { // the second round would find the first one's row if the database were shared
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			ctx := context.Background()
			dbtest.Migrated(t, d, module.Module{Name: "empty"}, notes())
			dbtest.Migrated(t, d, notes())
			if _, err := d.Exec(ctx, `INSERT INTO notes (body, id) VALUES ($2, $1)`, "1", "halo"); err != nil {
				t.Fatal(err)
			}
			var n int
			var body string
			if err := d.QueryRow(ctx, `SELECT COUNT(*), MAX(body) FROM notes`).Scan(&n, &body); err != nil {
				t.Fatal(err)
			}
			if n != 1 || body != "halo" {
				t.Errorf("got %d rows with body %q, want 1 with halo", n, body)
			}
		})
	}
}
