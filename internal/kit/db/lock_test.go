package db_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
)

// Somebody else locks the database: many who want to write, more than there are connections and more than share a
// commit, are told so within what they were promised to wait, and can write when the lock is gone.
func TestALockHoldsNobodyUpForLong(t *testing.T) {
	t.Parallel()
	const patience = 500 * time.Millisecond
	for name, c := range map[string]db.Config{
		"sqlite":   {File: filepath.Join(t.TempDir(), "ping.db"), Patience: patience},
		"postgres": {URL: pgtest.URL(t), Patience: patience, MaxConns: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, other := opened(t, c), opened(t, c)
			if _, err := d.Exec(t.Context(), `CREATE TABLE t (id BIGINT PRIMARY KEY)`); err != nil {
				t.Fatal(err)
			}
			held, release := make(chan struct{}), make(chan struct{})
			var holder, wg sync.WaitGroup
			holder.Go(func() {
				err := other.Tx(context.Background(), func(ctx context.Context) (err error) {
					if other.Postgres() {
						_, err = other.Exec(ctx, `LOCK TABLE t IN ACCESS EXCLUSIVE MODE`)
					}
					close(held)
					for range 60 { // alive, and not idle in its transaction
						select {
						case <-release:
							return err
						case <-time.After(patience / 5):
							_, err = other.Exec(ctx, `INSERT INTO t (id) VALUES (-1) ON CONFLICT DO NOTHING`)
						}
					}
					<-release
					return err
				})
				if err != nil {
					t.Errorf("who holds the lock: %v", err)
				}
			})
			<-held
			write := func(i int) error {
				return d.Tx(context.Background(), func(ctx context.Context) error {
					_, err := d.Exec(ctx, `INSERT INTO t (id) VALUES ($1)`, i)
					return err
				})
			}
			for i := range 300 {
				wg.Go(func() {
					began := time.Now()
					if err := write(i); !db.Transient(err) {
						t.Errorf("write %d: got %v, want something that passes", i, err)
					}
					if took := time.Since(began); took > 3*patience+2*time.Second {
						t.Errorf("write %d was held up for %v", i, took)
					}
				})
			}
			wg.Wait()
			close(release)
			holder.Wait()
			if err := write(1000); err != nil {
				t.Errorf("after the lock: %v", err)
			}
		})
	}
}

func opened(t *testing.T, c db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// A transaction whose program is frozen loses its locks.
func TestAFrozenTransactionIsEnded(t *testing.T) {
	t.Parallel()
	c := db.Config{URL: pgtest.URL(t), Patience: 500 * time.Millisecond}
	frozen, d := opened(t, c), opened(t, c)
	if _, err := d.Exec(t.Context(), `CREATE TABLE t (id BIGINT PRIMARY KEY)`); err != nil {
		t.Fatal(err)
	}
	err := frozen.Tx(t.Context(), func(ctx context.Context) error {
		if _, err := frozen.Exec(ctx, `LOCK TABLE t IN ACCESS EXCLUSIVE MODE`); err != nil {
			return err
		}
		late := time.After(20 * time.Second)
		for {
			if _, err := d.Exec(context.Background(), `INSERT INTO t (id) VALUES (1)`); err == nil {
				return nil
			}
			select {
			case <-late:
				t.Fatal("its lock stays")
			default:
			}
		}
	})
	if !db.Transient(err) {
		t.Errorf("the frozen transaction ended with %v, want something that passes", err)
	}
}
