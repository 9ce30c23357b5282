package db_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

func TestTablesAreFoundByTheirColumn(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		mustExec(t, d, `CREATE TABLE notes (shop TEXT NOT NULL, n BIGINT NOT NULL, body TEXT NOT NULL)`)
		mustExec(t, d, `CREATE TABLE blots (n BIGINT NOT NULL, shop TEXT NOT NULL)`)
		got, err := d.TablesWith(context.Background(), "shop")
		if err != nil {
			t.Fatal(err)
		}
		want := []db.Table{
			{Name: "blots", Columns: []db.Column{{Name: "n"}, {Name: "shop", Text: true}}},
			{Name: "notes", Columns: []db.Column{{Name: "shop", Text: true}, {Name: "n"}, {Name: "body", Text: true}}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("tables with the column (-want +got):\n%s", diff)
		}
		if none, err := d.TablesWith(context.Background(), "nobody"); err != nil || len(none) != 0 {
			t.Errorf("with a column that no table has: got %v, %v, want none", none, err)
		}
		if want[1].Has("body") != true || want[1].Has("shops") {
			t.Error("Has: want body and no shops")
		}
	})
}
