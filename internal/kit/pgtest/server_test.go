package pgtest

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
)

// place makes a folder that looks like an installed PostgreSQL.
func place(t *testing.T, root, name string, mode os.FileMode) string {
	t.Helper()
	dir := filepath.Join(root, name, "bin")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"initdb", "pg_ctl", "postgres"} {
		if err := os.WriteFile(filepath.Join(dir, program), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func env(set map[string]string) func(string) string {
	return func(name string) string { return set[name] }
}

func TestFindServerTakesTheNewest(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	place(t, root, "9", 0o755)
	want := place(t, root, "17", 0o755)
	place(t, root, "18", 0o644) // not executable: not a server
	got, err := findServer(env(nil), []string{filepath.Join(root, "*", "bin")})
	if err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestFindServerSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	_, err := findServer(env(map[string]string{"PATH": t.TempDir()}), nil)
	if err == nil {
		t.Fatal("got no error without any server programs")
	}
	for _, want := range []string{"apt-get install postgresql", EnvServer, "PING_TEST_POSTGRES_BIN"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want it to name %s", err, want)
		}
	}
}

func TestFindServerLooksInPath(t *testing.T) {
	t.Parallel()
	dir := place(t, t.TempDir(), "pg", 0o755)
	got, err := findServer(env(map[string]string{"PATH": "/nowhere:" + dir}), nil)
	if err != nil || got != dir {
		t.Errorf("got %q, %v, want %q", got, err, dir)
	}
}

func TestOwnFolderIsTheOnlyPlace(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	good := place(t, root, "good", 0o755)
	for dir, want := range map[string]string{good: good, root: ""} {
		got, err := findServer(env(map[string]string{"PING_TEST_POSTGRES_BIN": dir}), []string{good})
		if got != want || (err == nil) != (want != "") {
			t.Errorf("PING_TEST_POSTGRES_BIN=%s: got %q, %v, want %q", dir, got, err, want)
		}
	}
}

func TestServerNeverRunsAsRoot(t *testing.T) {
	t.Parallel()
	users := func(known ...user.User) func(string) (*user.User, error) {
		return func(name string) (*user.User, error) {
			for _, u := range known {
				if u.Username == name {
					return &u, nil
				}
			}
			return nil, errors.New("unknown user")
		}
	}
	postgres := user.User{Username: "postgres", Uid: "101", Gid: "104"}
	nobody := user.User{Username: "nobody", Uid: "65534", Gid: "65534"}
	for name, tc := range map[string]struct {
		lookup func(string) (*user.User, error)
		want   uint32
	}{
		"postgres first": {users(nobody, postgres), 101},
		"else nobody":    {users(nobody), 65534},
		"never uid 0":    {users(user.User{Username: "postgres", Uid: "0", Gid: "0"}, nobody), 65534},
	} {
		got, err := serverUser(0, tc.lookup)
		if err != nil || got.Uid != tc.want {
			t.Errorf("%s: got %+v, %v, want uid %d", name, got, err, tc.want)
		}
	}
	if got, err := serverUser(0, users()); err == nil {
		t.Errorf("no user to run as: got %+v, want an error", got)
	}
	if got, err := serverUser(1000, users()); err != nil || got != nil {
		t.Errorf("not root: got %+v, %v, want nil, nil (as ourselves)", got, err)
	}
}

func TestAFailedStartIsToldWithTheServersWords(t *testing.T) {
	t.Parallel()
	dir := place(t, t.TempDir(), "broken", 0o755)
	script := "#!/bin/sh\necho 'no space left on device' >&2\nexit 1\n"
	if err := os.WriteFile(filepath.Join(dir, "initdb"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(t.TempDir(), "server")
	if err := os.Mkdir(own, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := launch(own, dir, nil, Options{})
	if err == nil || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("got %v, want the words of initdb", err)
	}
	if _, err := os.Stat(own); err == nil {
		t.Error("the folder of a server that did not start is still there")
	}
}

func TestDatabaseNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Long/", 40)
	a, b := databaseName(long), databaseName(long)
	if a == b {
		t.Errorf("the same name twice: %s", a)
	}
	if len(a) > 63 {
		t.Errorf("got %d bytes, want at most 63: %s", len(a), a)
	}
	if got := databaseName("TestÄ x/Y"); !strings.HasPrefix(got, "t_test__x_y_") {
		t.Errorf("got %s, want the test's name in it", got)
	}
}
