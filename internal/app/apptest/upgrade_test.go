package apptest_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// step is the last upgrade of a package, and what takes it back.
type step struct {
	pkg      string
	version  int // to which it leads; a package that has gone on since is left alone
	takeBack []string
}

// older are steps that can be taken back, so that the data are as an older version kept them.
var older = []step{ //arch:global a table, never written
	{"outbox", 5, []string{`DROP INDEX sends_unasked`}},
	{"contact", 4, []string{`ALTER TABLE contact_consents DROP COLUMN channel`, `ALTER TABLE contact_consents DROP COLUMN device_id`}},
	{"health", 1, []string{`DROP TABLE health_probe`}},
}

// TestKilledWhileItUpgrades starts the program on data of an older version and kills it before every statement of the
// upgrade, one after the other, and after its commit: it comes up in the end, with everything that was there.
func TestKilledWhileItUpgrades(t *testing.T) {
	t.Parallel()
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "strike")
			s := newShopWith(t, []string{"PING_STRIKE=" + file}, e.args...)
			s.talks(t, s.device, s.number, s.sari, "awal")
			kills := 0
			for _, step := range []string{"*", "COMMITTED"} {
				s.Stop()
				s.makeOlder(t, e)
				for n := 1; n <= 40; n++ {
					if err := os.WriteFile(file, fmt.Appendf(nil, "kill %s %d", step, n), 0o600); err != nil {
						t.Fatal(err)
					}
					s.Run()
					if !s.diesBeforeItServes(t) {
						break
					}
					kills++
				}
				_ = os.Remove(file)
				s.Kill() // what is left to be struck would strike later
				s.Run()
				s.AwaitOnline()
			}
			if kills < 10 {
				t.Errorf("the upgrade was killed %d times, want more", kills)
			}
			t.Logf("killed %d times", kills)
			s.onceStored(t, s.sari, "dari toko awal", "dari pelanggan awal")
			s.talks(t, s.device, s.number, s.sari, "sesudahnya")
		})
	}
}

// diesBeforeItServes waits until the program has died, or answers.
func (s *shop) diesBeforeItServes(t *testing.T) bool {
	t.Helper()
	died := false
	s.Await("the program dies or serves", func() bool {
		died = s.Exited()
		return died || s.Get("/api/v1/devices/"+s.device, nil) == nil
	})
	return died
}

// makeOlder takes the last upgrades back. What is older already stays as it is.
func (s *shop) makeOlder(t *testing.T, e engine) {
	t.Helper()
	d, err := sql.Open(e.open(s))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	done := 0
	for _, o := range older {
		var version int
		table := o.pkg + "_version"
		if err := d.QueryRowContext(ctx, `SELECT version FROM `+table).Scan(&version); err != nil || version != o.version {
			continue
		}
		for _, text := range append(o.takeBack, fmt.Sprintf(`UPDATE %s SET version = %d`, table, o.version-1)) {
			if _, err := d.ExecContext(ctx, text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		done++
	}
	if done == 0 {
		t.Fatal("nothing could be taken back: the table of steps is out of date")
	}
}
