// Package dbtest owns the databases that store tests run on: every engine, fresh for each test.
package dbtest

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
)

// Each runs fn as two parallel subtests, "sqlite" and "postgres", each on an empty database of its own.
// Each itself returns at once when the test is parallel; what comes after it must not count on fn having run.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, Postgres(t))
	})
}

// SQLite gives an empty SQLite database in a folder that goes away with the test.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	return open(t, db.Config{File: filepath.Join(t.TempDir(), "ping.db")})
}

// Postgres gives an empty PostgreSQL database that is dropped with the test. Its pool is small, so that many
// tests can share one server.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, db.Config{URL: pgtest.URL(t), MaxConns: 8})
}

// Plan is how SQLite answers a statement, a step on each line. It plans without statistics, so the plan of an empty database is the plan.
func Plan(t testing.TB, d *db.DB, text string) string {
	t.Helper()
	//sql:built of a statement that the test names
	rows, err := d.Query(t.Context(), "EXPLAIN QUERY PLAN "+text, make([]any, strings.Count(text, "$"))...)
	if err != nil {
		t.Fatalf("plan %s: %v", text, err)
	}
	defer func() { _ = rows.Close() }()
	var plan []string
	for rows.Next() {
		var n int
		var step string
		if err := rows.Scan(&n, &n, &n, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}

func open(t testing.TB, c db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), c)
	if err != nil {
		t.Fatalf("open a test database: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the test database: %v", err)
		}
	})
	return d
}

// Migrated runs the upgrades of modules on d in the order given.
func Migrated(t testing.TB, d *db.DB, modules ...module.Module) {
	t.Helper()
	if err := d.Migrate(context.Background(), module.Migrations(modules)...); err != nil {
		t.Fatalf("prepare the test database: %v", err)
	}
}
