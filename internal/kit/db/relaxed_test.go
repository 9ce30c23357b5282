package db_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// waits tells whether the transaction in ctx will wait for the disk.
func waits(ctx context.Context, t *testing.T, d *db.DB) bool {
	t.Helper()
	if d.Postgres() {
		// The test's server never waits, so what counts is whether the transaction has its own setting.
		var commit, source string
		if err := d.QueryRow(ctx, `SELECT setting, source FROM pg_settings WHERE name = 'synchronous_commit'`).Scan(&commit, &source); err != nil {
			t.Fatal(err)
		}
		return commit != "off" || source != "session"
	}
	var level int
	if err := d.QueryRow(ctx, `PRAGMA synchronous`).Scan(&level); err != nil {
		t.Fatal(err)
	}
	return level == 2
}

func TestOnlyRelaxedTransactionsDontWaitForTheDisk(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var got []bool
		look := func(ctx context.Context) error {
			got = append(got, waits(ctx, t, d))
			return insert(ctx, d, string(rune('a'+len(got))))
		}
		fail := func(ctx context.Context) error { return errors.Join(look(ctx), errWanted) }
		ctx := context.Background()
		err := errors.Join(
			d.TxRelaxed(ctx, look), d.Tx(ctx, look), d.TxRelaxed(ctx, look),
			d.Tx(ctx, func(ctx context.Context) error { return d.TxRelaxed(ctx, look) }),
		)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := d.TxRelaxed(ctx, fail); !errors.Is(err, errWanted) {
				t.Fatalf("got %v, want %v", err, errWanted)
			}
		}
		if err := d.Tx(ctx, look); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]bool{false, true, false, true, false, false, true}, got); diff != "" {
			t.Errorf("waits for the disk (-want +got):\n%s", diff)
		}
		wantIDs(t, d, "b", "c", "d", "e", "h")
	})
}

// TestRelaxedAndDurableAtOnce mixes both from many sides: every commit of a group with a durable one in it waits.
func TestRelaxedAndDurableAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				for i := range 20 {
					id := string(rune('a'+worker)) + string(rune('a'+i))
					write := func(ctx context.Context) error {
						if worker%2 == 0 && !waits(ctx, t, d) {
							t.Errorf("%s doesn't wait for the disk", id)
						}
						return insert(ctx, d, id)
					}
					tx := d.Tx
					if worker%2 == 1 {
						tx = d.TxRelaxed
					}
					if err := tx(context.Background(), write); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if got := len(ids(t, d)); got != 160 {
			t.Errorf("got %d rows, want 160", got)
		}
	})
}

// BenchmarkRelaxed is what a commit costs that doesn't wait for the disk; BenchmarkCommit has those that do.
func BenchmarkRelaxed(b *testing.B) {
	d, err := db.Open(b.Context(), db.Config{File: filepath.Join(b.TempDir(), "ping.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	mustExec(b, d, `CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT NOT NULL)`)
	for _, c := range []struct {
		name string
		tx   func(context.Context, func(context.Context) error) error
	}{{"durable", d.Tx}, {"relaxed", d.TxRelaxed}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				err := c.tx(b.Context(), func(ctx context.Context) error {
					_, err := d.Exec(ctx, `INSERT INTO t (text) VALUES ($1)`, "Halo, ada yang bisa dibantu?")
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
