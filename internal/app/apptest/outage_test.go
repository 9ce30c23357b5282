package apptest_test

import (
	"context"
	"database/sql"
	"net/http"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
)

// TestALockedDatabase has somebody else lock the database while messages go both ways, for longer than anything of ours
// waits for it: callers are told so in bounded time, nothing is confirmed that is not stored, nobody spins, and all goes
// on when the lock is gone. PING_TEST_LOCK_SECONDS says for how long.
func TestALockedDatabase(t *testing.T) {
	t.Parallel()
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, e.args...)
			s.talks(t, s.device, s.number, s.sari, "awal")
			f := s.traffic(t)
			s.Await("some traffic", func() bool { in, accepted, _, _ := f.counts(); return in > 5 && accepted > 5 })
			held := time.Duration(number(t, "PING_TEST_LOCK_SECONDS", 20)) * time.Second
			release := s.lock(t, e)
			before, _, _, _ := f.counts()
			used, began := s.cpu(t), time.Now()
			f.once(t, "ditolak") // begins under the lock, whatever the others are at
			sick := false
			for time.Since(began) < held {
				sick = s.health(t) == http.StatusServiceUnavailable || sick
				<-time.After(500 * time.Millisecond)
			}
			used = s.cpu(t) - used
			now, _, refused, _ := f.counts()
			if n := s.queued(t); n < now-before-1 { // one may be on its way from the phone
				t.Errorf("%d messages came meanwhile, and the network keeps %d for us: some are confirmed and not stored", now-before, n)
			}
			release()
			if !sick { // on PostgreSQL all but one table can be written
				t.Error("/healthz never said that something is wrong")
			}
			if refused == 0 {
				t.Error("nobody was told that the database can't be used")
			}
			if share := float64(used) / float64(held); share > 0.25 {
				t.Errorf("the processor was busy for %.0f %% of the time", share*100)
			}
			t.Logf("processor time %v in %v", used, held)
			f.end(t)
			if f.slowest > 30*time.Second { // SQLite counts its naps, which are longer on a busy machine, as 10 s
				t.Errorf("an answer took %v", f.slowest)
			}
		})
	}
}

// lock has another connection lock what every message needs.
func (s *shop) lock(t *testing.T, e engine) (release func()) {
	t.Helper()
	ctx := context.Background()
	statements := []string{"BEGIN EXCLUSIVE"}
	if e.name == "postgres" {
		statements = []string{"BEGIN", "LOCK TABLE messages IN ACCESS EXCLUSIVE MODE"}
	}
	d, err := sql.Open(e.open(s))
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Conn(ctx)
	for _, text := range statements {
		if err == nil {
			_, err = c.ExecContext(ctx, text)
		}
	}
	if err != nil {
		t.Fatalf("lock the database: %v", err)
	}
	return func() {
		if _, err := c.ExecContext(ctx, "ROLLBACK"); err != nil {
			t.Errorf("release the database: %v", err)
		}
		_ = c.Close()
		_ = d.Close()
	}
}

// TestTheDatabaseIsGone stops PostgreSQL in the middle of everything and starts it again: connections break inside of
// transactions, callers are told, and all goes on by itself. PING_TEST_DOWN_SECONDS says for how long.
func TestTheDatabaseIsGone(t *testing.T) {
	t.Parallel()
	pg, err := pgtest.Start(pgtest.Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Stop() })
	s := newShop(t, "--database", pg.URL())
	s.talks(t, s.device, s.number, s.sari, "awal")
	f := s.traffic(t)
	f.broken = true
	s.Await("some traffic", func() bool { in, accepted, _, _ := f.counts(); return in > 5 && accepted > 5 })
	for _, seconds := range []int{1, number(t, "PING_TEST_DOWN_SECONDS", 12)} {
		if err := pg.Down(); err != nil {
			t.Fatal(err)
		}
		used, began, sick := s.cpu(t), time.Now(), false
		away := time.Duration(seconds) * time.Second
		for time.Since(began) < away {
			sick = s.health(t) == http.StatusServiceUnavailable || sick
			<-time.After(300 * time.Millisecond)
		}
		if used = s.cpu(t) - used; used > away/2 {
			t.Errorf("the processor was busy for %v of %v", used, away)
		}
		if err := pg.Up(); err != nil {
			t.Fatal(err)
		}
		if !sick && seconds > 5 {
			t.Error("/healthz never said that something is wrong")
		}
		_, accepted, _, _ := f.counts()
		s.Await("the next message", func() bool { _, now, _, _ := f.counts(); return now > accepted+2 })
	}
	f.end(t)
	if f.slowest > 18*time.Second {
		t.Errorf("an answer took %v", f.slowest)
	}
}
