package main

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
)

// These tests change the environment of the process, so they run one by one.

func TestCommandSeesAServerThatGoesAfterwards(t *testing.T) {
	t.Setenv(pgtest.EnvServer, "")
	file := filepath.Join(t.TempDir(), "address")
	code, err := run([]string{"sh", "-c", `printf %s "$` + pgtest.EnvServer + `" >"$0"; exit 7`, file})
	if code != 7 || err != nil {
		t.Errorf("got %d, %v, want the command's own 7", code, err)
	}
	address, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(string(address))
	if err != nil || u.Query().Get("host") == "" {
		t.Fatalf("the command saw %q, want a server's address", address)
	}
	if _, err := os.Stat(u.Query().Get("host")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the server's folder is still there: %v", err)
	}
}

func TestAServerThatIsGivenIsKept(t *testing.T) {
	const given = "postgres://given.invalid/db"
	t.Setenv(pgtest.EnvServer, given)
	file := filepath.Join(t.TempDir(), "address")
	code, err := run([]string{"sh", "-c", `printf %s "$` + pgtest.EnvServer + `" >"$0"`, file})
	if code != 0 || err != nil {
		t.Errorf("got %d, %v, want 0", code, err)
	}
	if got, err := os.ReadFile(file); string(got) != given {
		t.Errorf("the command saw %q (%v), want %q", got, err, given)
	}
}

func TestUnusableCommands(t *testing.T) {
	t.Setenv(pgtest.EnvServer, "postgres://given.invalid/db")
	if code, err := run(nil); code != 2 || err == nil || !strings.Contains(err.Error(), "usage") {
		t.Errorf("no command: got %d, %v, want 2 and the usage", code, err)
	}
	if code, err := run([]string{"/no/such/program"}); code == 0 || err == nil {
		t.Errorf("no such program: got %d, %v, want a failure", code, err)
	}
}
