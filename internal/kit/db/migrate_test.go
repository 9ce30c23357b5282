package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// making is an upgrade table of one step for each of the texts.
func making(texts ...string) dbutil.UpgradeTable {
	b := dbutil.BuildUpgradeTable()
	for i, text := range texts {
		b = b.WithRaw(i, i+1, i+1, text, dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			//sql:built as the test says
			_, err := d.Exec(ctx, text)
			return err
		})
	}
	return b.Finish()
}

func TestMigrateAllOrNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first := db.Migration{Name: "first", Table: making(`CREATE TABLE firsts (id TEXT)`)}
		err := d.Migrate(t.Context(), first, db.Migration{Name: "second", Table: making(`CREATE TABLE`)})
		if err == nil || !strings.Contains(err.Error(), "second") {
			t.Fatalf("a module whose upgrade fails: %v, want an error that names it", err)
		}
		for _, table := range []string{"firsts", "first_version"} {
			if exists, err := d.TableExists(t.Context(), table); err != nil || exists {
				t.Errorf("%s is there after an upgrade that failed: %v, %v", table, exists, err)
			}
		}
		second := db.Migration{Name: "second", Table: making(`CREATE TABLE seconds (id TEXT)`)}
		for range 2 { // the second time nothing is missing: a table can't be made twice
			if err := d.Migrate(t.Context(), first, second); err != nil {
				t.Fatal(err)
			}
		}
		second.Table = making(`CREATE TABLE seconds (id TEXT)`, `ALTER TABLE seconds ADD COLUMN name TEXT`)
		if err := d.Migrate(t.Context(), first, second); err != nil {
			t.Fatal(err)
		}
		if there, err := d.ColumnExists(t.Context(), "seconds", "name"); err != nil || !there {
			t.Errorf("a step that came later was not taken: %v, %v", there, err)
		}
		second.Table = second.Table[:1]
		if err := d.Migrate(t.Context(), first, second); !errors.Is(err, db.ErrNewer) {
			t.Errorf("tables of a newer version: %v, want ErrNewer", err)
		}
	})
}

// tempStore is where the writer of a SQLite database keeps what it may have to put back: 1 in files, 2 in memory.
func tempStore(ctx context.Context, t *testing.T, d *db.DB) (where int) {
	t.Helper()
	if err := d.QueryRow(ctx, `PRAGMA temp_store`).Scan(&where); err != nil {
		t.Fatal(err)
	}
	return where
}

func TestOnlyAnUpgradeNeedsFilesToUndo(t *testing.T) {
	t.Parallel()
	ctx, d := t.Context(), dbtest.SQLite(t)
	during := 0
	upgrade := func(err error) dbutil.UpgradeTable {
		return dbutil.BuildUpgradeTable().WithRaw(0, 1, 1, "looks", dbutil.TxnModeOn, func(ctx context.Context, _ *dbutil.Database) error {
			during = tempStore(ctx, t, d)
			return err
		}).Finish()
	}
	failed := errors.New("wanted")
	for _, want := range []error{failed, nil} {
		during = 0
		if err := d.Migrate(ctx, db.Migration{Name: "some", Table: upgrade(want)}); !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
		if after := tempStore(ctx, t, d); during != 1 || after != 2 {
			t.Errorf("kept in %d while it upgraded and %d after %v, want 1 (files) and 2 (memory)", during, after, want)
		}
	}
}
