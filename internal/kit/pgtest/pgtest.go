// Package pgtest owns throw-away PostgreSQL servers for tests.
//
// A test asks for URL and gets an empty database of its own. The server behind
// it is the one named by PING_TEST_POSTGRES (`make test` starts one for the
// whole run), or else one per test process that goes away with that process,
// however it ends. Nothing is ever skipped: without PostgreSQL's server
// programs the test fails and says what to install.
package pgtest

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// EnvServer names the environment variable with the address of a server whose
// user may create databases. Empty: each test process starts its own.
const EnvServer = "PING_TEST_POSTGRES"

// patience bounds every single step against the server; a machine that is
// compiling on all cores needs seconds for what usually takes milliseconds.
const patience = 60 * time.Second

// One server of each kind serves a whole test process: starting one costs more
// than a second, and tests are told apart by database.
//
//arch:global the process's servers, started at first use, written once
var (
	shared  = sync.OnceValues(func() (func() string, error) { return serverURL(Options{}) })
	durable = sync.OnceValues(func() (func() string, error) { return serverURL(Options{Durable: true}) })
)

// URL gives the address of a fresh, empty database. It is dropped when the
// test ends, connections or not. The server doesn't wait for the disk, so a
// power cut is not among the things it can be used to test.
func URL(t testing.TB) string {
	t.Helper()
	return fresh(t, shared)
}

// DurableURL is URL on a server that waits for the disk at every commit, for
// tests and benchmarks of what durability costs.
func DurableURL(t testing.TB) string {
	t.Helper()
	return fresh(t, durable)
}

// serverURL prefers the server that was started for the whole run. That one
// doesn't wait for the disk, so durable servers are always the process's own.
//
// What it returns keeps the Server reachable: were its leash collected as
// garbage, the server would stop in the middle of the tests.
func serverURL(o Options) (func() string, error) {
	if given := os.Getenv(EnvServer); given != "" && !o.Durable {
		return func() string { return given }, nil
	}
	s, err := Start(o)
	if err != nil {
		return nil, err
	}
	return s.URL, nil // never stopped: it ends when this process does
}

func fresh(t testing.TB, server func() (func() string, error)) string {
	t.Helper()
	address, err := server()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	admin := address()
	name := databaseName(t.Name())
	ident := pgx.Identifier{name}.Sanitize()
	if err := exec1(admin, "CREATE DATABASE "+ident); err != nil {
		t.Fatalf("pgtest: a fresh database on %s: %v", admin, err)
	}
	t.Cleanup(func() {
		if err := exec1(admin, "DROP DATABASE "+ident+" WITH (FORCE)"); err != nil {
			t.Errorf("pgtest: dropping %s: %v", name, err)
		}
	})
	u, err := onDatabase(admin, name)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return u
}

// exec1 runs one statement on a connection of its own, so that no pool and no
// goroutine outlives the test.
func exec1(server, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, sql)
	return cmp.Or(err, c.Close(ctx))
}

// databaseName makes a name that tells which test left it behind, unique among
// the processes that share a server. PostgreSQL cuts names at 63 bytes.
func databaseName(test string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + ('a' - 'A')
		}
		return '_'
	}, test)
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return fmt.Sprintf("t_%.40s_%s", clean, hex.EncodeToString(b[:]))
}

func onDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("%s: %w", EnvServer, err)
	}
	u.Path = "/" + name
	return u.String(), nil
}
