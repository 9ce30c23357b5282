package apptest_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
)

// TestABackupIsRestored copies the database with SQLite's own means while messages go both ways. The copy is whole. Put in
// the place of the database, minutes of talk later, it knows keys that have gone on since: messages go both ways again
// by themselves, and what the copy still had to send reaches nobody twice.
func TestABackupIsRestored(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "awal")
	f := s.traffic(t)
	s.Await("some traffic", func() bool { in, accepted, _, _ := f.counts(); return in > 10 && accepted > 10 })
	file := filepath.Join(t.TempDir(), "backup.db")
	s.backup(t, file)
	_, at, _, _ := f.counts()
	s.Await("much more traffic", func() bool { _, accepted, _, _ := f.counts(); return accepted > at+30 })
	f.end(t)
	budi := s.net.Phone("Budi")
	s.talks(t, s.device, s.number, budi, "setelah cadangan")

	s.Stop()
	database := filepath.Join(s.Data, "ping.db")
	for _, old := range []string{database, database + "-wal", database + "-shm"} {
		if err := os.Remove(old); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if err := os.Rename(file, database); err != nil {
		t.Fatal(err)
	}
	s.Run()
	s.AwaitOnline()
	for _, word := range []string{"kembali", "sekali lagi"} {
		for _, p := range []*wasim.Phone{s.sari, budi, s.net.Phone("Orang baru")} {
			s.talks(t, s.device, s.number, p, word)
			onceEach(t, p, "dari toko "+word)
			s.onceStored(t, p, "dari toko "+word, "dari pelanggan "+word)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	onceEach(t, s.sari, f.accepted...)
	if d := s.look(t, s.device); d.State != "online" || !d.Linked {
		t.Errorf("the device is %+v, want it online", d)
	}
}

// backup copies the database while it is in use, and has the copy checked.
func (s *shop) backup(t *testing.T, file string) {
	t.Helper()
	d, err := sql.Open("sqlite", filepath.Join(s.Data, "ping.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.ExecContext(t.Context(), `VACUUM INTO $1`, file); err != nil {
		t.Fatal(err)
	}
	c, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var is string
	if err := c.QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&is); err != nil || is != "ok" {
		t.Errorf("the copy is %q, %v; want it whole", is, err)
	}
	rows, err := c.QueryContext(t.Context(), `PRAGMA foreign_key_check`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if rows.Next() {
		t.Error("a row of the copy belongs to one that is not there")
	}
	if err := rows.Err(); err != nil {
		t.Error(err)
	}
}
