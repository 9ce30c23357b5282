package db_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

func openStatements(t *testing.T) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{File: filepath.Join(t.TempDir(), "ping.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	exec(t, d, `CREATE TABLE cakes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)`)
	return d
}

func exec(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	if _, err := d.Exec(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func names(t *testing.T, d *db.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := d.Query(t.Context(), query, args...)
	got, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return got
}

// TestKeptStatementsSeeTheNewSchema uses a text before and after the table is another one.
func TestKeptStatementsSeeTheNewSchema(t *testing.T) {
	t.Parallel()
	d := openStatements(t)
	const all = `SELECT * FROM cakes ORDER BY id`
	for i := range 3 { // compiled, then used again
		exec(t, d, `INSERT INTO cakes (name) VALUES ($1)`, fmt.Sprint("bolu ", i))
	}
	if rows, err := d.Query(t.Context(), all); err != nil {
		t.Fatal(err)
	} else if columns, _ := rows.Columns(); len(columns) != 2 || rows.Close() != nil {
		t.Fatalf("got columns %v, want two", columns)
	}
	exec(t, d, `ALTER TABLE cakes ADD COLUMN price INTEGER NOT NULL DEFAULT 45000`)
	rows, err := d.Query(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if diff := cmp.Diff([]string{"id", "name", "price"}, columns); diff != "" || err != nil {
		t.Errorf("columns (-want +got), %v:\n%s", err, diff)
	}
	for rows.Next() {
		var id, price int
		var name string
		if err := rows.Scan(&id, &name, &price); err != nil || price != 45000 {
			t.Errorf("got %d, %v, want the new column's default", price, err)
		}
	}
	exec(t, d, `DROP TABLE cakes`)
	if _, err := d.Exec(t.Context(), `INSERT INTO cakes (name) VALUES ($1)`, "x"); err == nil {
		t.Error("a kept statement writes into a table that is gone")
	}
}

// TestOneTextTwiceAtOnce reads with a text while the same text is being read further out, in one transaction.
func TestOneTextTwiceAtOnce(t *testing.T) {
	t.Parallel()
	d := openStatements(t)
	for i := range 3 {
		exec(t, d, `INSERT INTO cakes (name) VALUES ($1)`, fmt.Sprint(i))
	}
	const after = `SELECT name FROM cakes WHERE id > $1 ORDER BY id`
	var got []string
	err := d.Tx(t.Context(), func(ctx context.Context) error {
		outer, err := d.Query(ctx, after, 0)
		if err != nil {
			return err
		}
		defer outer.Close()
		for id := 1; outer.Next(); id++ {
			var name string
			if err := outer.Scan(&name); err != nil {
				return err
			}
			inner, err := d.Query(ctx, after, id)
			rest, err := dbutil.NewRowIterWithError(inner, dbutil.ScanSingleColumn[string], err).AsList()
			if err != nil {
				return err
			}
			got = append(got, name+":"+strings.Join(rest, ""))
		}
		return outer.Err()
	})
	if diff := cmp.Diff([]string{"0:12", "1:2", "2:"}, got); diff != "" || err != nil {
		t.Errorf("got (-want +got), %v:\n%s", err, diff)
	}
}

// TestAFailedStatementIsNoneLess uses a text again that has failed.
func TestAFailedStatementIsNoneLess(t *testing.T) {
	t.Parallel()
	d := openStatements(t)
	const insert = `INSERT INTO cakes (name) VALUES ($1) RETURNING name`
	for range 3 {
		if got := names(t, d, `SELECT name FROM cakes`); len(got) > 0 {
			t.Fatalf("got %v, want nothing yet", got)
		}
	}
	if got := names(t, d, insert, "bolu"); len(got) != 1 {
		t.Fatalf("got %v, want the new row", got)
	}
	var name string
	for range 2 {
		if err := d.QueryRow(t.Context(), insert, "bolu").Scan(&name); err == nil {
			t.Fatal("a second cake of that name was taken")
		}
	}
	if err := d.QueryRow(t.Context(), insert, "kue").Scan(&name); err != nil || name != "kue" {
		t.Errorf("got %q, %v, want the row after failures", name, err)
	}
	// A row that is not read to its end holds nothing up.
	if err := d.QueryRow(t.Context(), `SELECT name FROM cakes ORDER BY id`).Scan(&name); err != nil || name != "bolu" {
		t.Errorf("got %q, %v", name, err)
	}
	exec(t, d, `DELETE FROM cakes`)
	if got := names(t, d, `SELECT name FROM cakes`); len(got) != 0 {
		t.Errorf("got %v, want nothing any more", got)
	}
}

// TestMoreTextsThanAreKept goes round through more texts than a connection keeps, from many sides.
func TestMoreTextsThanAreKept(t *testing.T) {
	t.Parallel()
	d := openStatements(t)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 400 {
				var got int
				if err := d.QueryRow(t.Context(), fmt.Sprintf(`SELECT $1 + %d`, i%200), worker).Scan(&got); err != nil || got != worker+i%200 {
					t.Errorf("got %d, %v, want %d", got, err, worker+i%200)
				}
				if _, err := d.Exec(t.Context(), `INSERT INTO cakes (name) VALUES ($1)`, fmt.Sprint(worker, "-", i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var n int
	if err := d.QueryRow(t.Context(), `SELECT COUNT(*) FROM cakes`).Scan(&n); err != nil || n != 1600 {
		t.Errorf("got %d cakes, %v, want 1600", n, err)
	}
}

// TestAFailureOnTheWayIsTold lets a row in the middle fail: the rows before it count, and the text works afterwards.
func TestAFailureOnTheWayIsTold(t *testing.T) {
	t.Parallel()
	d := openStatements(t)
	for _, name := range []string{"1", "2", "{"} {
		exec(t, d, `INSERT INTO cakes (name) VALUES ($1)`, name)
	}
	const parse = `SELECT json_extract(name, '$') FROM cakes WHERE id <= $1 ORDER BY id`
	for range 2 {
		rows, err := d.Query(t.Context(), parse, 3)
		if list, lerr := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList(); lerr == nil || errors.Is(lerr, driver.ErrBadConn) {
			t.Errorf("got %v, %v, want the error of the third row", list, lerr)
		}
		if diff := cmp.Diff([]string{"1", "2"}, names(t, d, parse, 2)); diff != "" {
			t.Errorf("rows after an error (-want +got):\n%s", diff)
		}
	}
}
