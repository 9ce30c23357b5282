package apptest_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// TestDamagedDataIsLeftAlone starts the program on data that it can't use: it says what to do in both languages, ends
// with 1 and changes not one byte.
func TestDamagedDataIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "awal")
	s.Stop()
	for name, c := range map[string]struct {
		spoil func(t *testing.T, dir string)
		says  []string
	}{
		"no database at all": {func(t *testing.T, dir string) { overwrite(t, dir, 0, 100) }, []string{"database_damaged", "rusak", ".recover"}},
		"a page of garbage":  {func(t *testing.T, dir string) { overwrite(t, dir, 5*4096, 4096) }, []string{"database_damaged", "rusak", ".recover"}},
		"cut off":            {func(t *testing.T, dir string) { cutOff(t, filepath.Join(dir, "ping.db")) }, []string{"database_damaged", "rusak", ".recover"}},
		"newer":              {fromTheFuture, []string{"database_newer", "lebih baru", "newer version"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(s.Data)); err != nil {
				t.Fatal(err)
			}
			c.spoil(t, dir)
			before := database(t, dir)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			out, err := exec.CommandContext(ctx, apptest.Binary(t), "serve", "--listen", "127.0.0.1:0", "--data", dir).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("the program ended with %v, want exit code 1:\n%s", err, out)
			}
			for _, word := range c.says {
				if !strings.Contains(string(out), word) {
					t.Errorf("it does not say %q:\n%s", word, out)
				}
			}
			if !bytes.Equal(before, database(t, dir)) {
				t.Error("the database was changed")
			}
		})
	}
}

func database(t *testing.T, dir string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "ping.db"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func overwrite(t *testing.T, dir string, at, n int) {
	t.Helper()
	data := database(t, dir)
	copy(data[at:], bytes.Repeat([]byte{0xa5}, n))
	if err := os.WriteFile(filepath.Join(dir, "ping.db"), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// cutOff leaves half of a file.
func cutOff(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()/2)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// fromTheFuture has the data say that a later program has written it.
func fromTheFuture(t *testing.T, dir string) {
	t.Helper()
	d, err := sql.Open("sqlite", filepath.Join(dir, "ping.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if _, err := d.ExecContext(t.Context(), `UPDATE chat_version SET version = 999, compat = 999`); err != nil {
		t.Fatal(err)
	}
}

// TestATornLogIsRecovered kills the program and cuts its write-ahead log off in the middle of a frame, as a power cut may:
// it starts with what was whole, and goes on.
func TestATornLogIsRecovered(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "awal")
	s.Kill()
	wal := filepath.Join(s.Data, "ping.db-wal")
	f, err := os.OpenFile(wal, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(bytes.Repeat([]byte{0xa5}, 3000)); err != nil { // a frame that was being written
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s.Run()
	s.AwaitOnline()
	s.onceStored(t, s.sari, "dari toko awal", "dari pelanggan awal")
	s.talks(t, s.device, s.number, s.sari, "lagi")
}

// TestKilledWhileItStarts kills the program at moments of its first start, while it makes its tables, its shop and its
// link: it comes up the next time, with one shop and one link.
func TestKilledWhileItStarts(t *testing.T) {
	t.Parallel()
	net, url := apptest.Network(t, wasim.Options{})
	s := apptest.Prepare(t, url)
	for n := 1; n <= number(t, "PING_TEST_STARTS", 8); n++ {
		s.Run()
		after := time.Duration(n) * 60 * time.Millisecond
		select {
		case <-time.After(after):
		case <-s.Ended():
			t.Fatalf("it ended by itself:\n%s", s.Words())
		}
		s.Kill()
	}
	s.Run()
	s.AwaitOnline()
	p, ok := net.PhoneByNumber(s.Demo.Devices[0].Number)
	if !ok {
		t.Fatal("the shop has no phone")
	}
	if n := len(p.Companions()); n != 1 {
		t.Errorf("the phone has %d companions, want 1", n)
	}
	shop := &shop{Server: s, net: net, sari: net.Phone("Sari"), device: s.Demo.Devices[0].ID, number: s.Demo.Devices[0].Number}
	shop.talks(t, shop.device, shop.number, shop.sari, "setelah semua itu")
}
