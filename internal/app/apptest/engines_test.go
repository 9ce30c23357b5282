package apptest_test

import (
	"path/filepath"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
)

// engine is a database to run the server on.
type engine struct {
	name string
	args []string
}

// open is what the shop's database is opened with.
func (e engine) open(s *shop) (driver, address string) {
	if e.name == "postgres" {
		return "pgx", e.args[1]
	}
	return "sqlite", filepath.Join(s.Data, "ping.db") + "?_pragma=busy_timeout(10000)"
}

// engines are SQLite and a fresh PostgreSQL database.
func engines(t *testing.T) []engine {
	t.Helper()
	return []engine{{name: "sqlite"}, {name: "postgres", args: []string{"--database", pgtest.URL(t)}}}
}
