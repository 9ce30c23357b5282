package apptest_test

import (
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
)

// engine is a database to run the server on.
type engine struct {
	name string
	args []string
}

// engines are SQLite and a fresh PostgreSQL database.
func engines(t *testing.T) []engine {
	t.Helper()
	return []engine{{name: "sqlite"}, {name: "postgres", args: []string{"--database", pgtest.URL(t)}}}
}
