package pgtest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
)

// envVictim turns this test binary into a process that starts a server, says
// where it is and waits to be killed.
const envVictim = "PING_PGTEST_VICTIM"

func TestMain(m *testing.M) {
	if end := os.Getenv(envVictim); end != "" {
		victim(end)
		return
	}
	os.Exit(m.Run())
}

func victim(end string) {
	s, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.URL())
	if end == "panic" {
		panic("on purpose")
	}
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}

func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatalf("connecting to %s: %v", address, err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func ask[T any](t *testing.T, c *pgx.Conn, sql string) T {
	t.Helper()
	var v T
	if err := c.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

const countTables = `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'`

func TestEveryURLIsAnEmptyDatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	var all sync.Map
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			address := pgtest.URL(t)
			if _, again := all.LoadOrStore(address, true); again {
				t.Fatalf("%s was given out twice", address)
			}
			c := connect(t, address)
			if n := ask[int](t, c, countTables); n != 0 {
				t.Errorf("got %d tables in a fresh database, want 0", n)
			}
			if _, err := c.Exec(t.Context(), "CREATE TABLE mine (id INT)"); err != nil {
				t.Errorf("creating a table: %v", err)
			}
		})
	}
}

// Nothing in a test refers to the server itself; what collects garbage must
// not collect it.
func TestServerOutlivesGarbageCollection(t *testing.T) {
	t.Parallel()
	for _, address := range []string{pgtest.URL(t), pgtest.DurableURL(t)} {
		for range 3 { // finalizers run a cycle after what they belong to was found
			runtime.GC()
		}
		if got := ask[int](t, connect(t, address), "SELECT 1"); got != 1 {
			t.Errorf("got %d, want 1", got)
		}
	}
}

func TestDatabaseIsDroppedAfterTheTestEvenInUse(t *testing.T) {
	t.Parallel()
	var address string
	t.Run("user", func(t *testing.T) {
		address = pgtest.URL(t)
		c, err := pgx.Connect(t.Context(), address) // deliberately left open
		if err != nil {
			t.Fatal(err)
		}
		ask[int](t, c, "SELECT 1")
	})
	_, err := pgx.Connect(t.Context(), address)
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("connecting to a dropped database: got %v, want \"does not exist\"", err)
	}
}

func TestOnlyADurableServerWaitsForTheDisk(t *testing.T) {
	t.Parallel()
	s, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	for address, want := range map[string]string{s.URL(): "off", pgtest.DurableURL(t): "on"} {
		c := connect(t, address)
		for _, setting := range []string{"fsync", "synchronous_commit"} {
			if got := ask[string](t, c, "SHOW "+setting); got != want {
				t.Errorf("%s on %s: got %s, want %s", setting, address, got, want)
			}
		}
	}
}

// A query that counts on byte order must show itself in tests, because real
// servers sort by language.
func TestTextSortsByLanguage(t *testing.T) {
	t.Parallel()
	c := connect(t, pgtest.URL(t))
	if !ask[bool](t, c, "SELECT 'a' < 'B'") {
		t.Error("got byte order ('B' before 'a'), want a language's order")
	}
}

func TestServerGoesWithItsProcess(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*exec.Cmd, *os.File) error{
		"exit":  func(_ *exec.Cmd, stdin *os.File) error { return stdin.Close() },
		"kill":  func(c *exec.Cmd, _ *os.File) error { return c.Process.Kill() },
		"panic": func(*exec.Cmd, *os.File) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := startVictim(t, name, end)
			eventually(t, func() error {
				if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("%s is still there (%w)", dir, err)
				}
				return nil
			})
		})
	}
}

// startVictim runs a process that starts a server, ends it, and returns the
// folder the server lived in.
func startVictim(t *testing.T, name string, end func(*exec.Cmd, *os.File) error) string {
	t.Helper()
	in, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = in.Close(), stdin.Close() })
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envVictim+"="+name)
	cmd.Stdin = in
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the process said %q: %v", line, err)
	}
	u, err := url.Parse(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("the process said %q: %v", line, err)
	}
	if name != "panic" {
		ask[int](t, connect(t, u.String()), "SELECT 1") // it did live
	}
	if err := end(cmd, stdin); err != nil {
		t.Fatalf("ending the process: %v", err)
	}
	_ = cmd.Wait() // how it ended is what differs between the cases
	return u.Query().Get("host")
}

func eventually(t *testing.T, check func() error) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal(err)
		}
	}
}

func TestStopRemovesEverythingAndOnlyOnce(t *testing.T) {
	t.Parallel()
	s, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	dir := u.Query().Get("host")
	if err := s.Stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Stop: got %v for %s, want it gone", err, dir)
	}
	if err := s.Stop(); err == nil {
		t.Error("second Stop: got no error, want one")
	}
}
