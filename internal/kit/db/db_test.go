package db_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
)

var errWanted = errors.New("wanted")

// each gives every engine a table t(id TEXT PRIMARY KEY).
func each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		mustExec(t, d, `CREATE TABLE t (id TEXT PRIMARY KEY)`)
		fn(t, d)
	})
}

func mustExec(t testing.TB, d *db.DB, query string, args ...any) {
	t.Helper()
	if _, err := d.Exec(context.Background(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func insert(ctx context.Context, d *db.DB, id string) error {
	_, err := d.Exec(ctx, `INSERT INTO t (id) VALUES ($1)`, id)
	return err
}

// ids are the committed ids in order.
func ids(t testing.TB, d *db.DB) []string {
	t.Helper()
	rows, err := d.Query(context.Background(), `SELECT id FROM t ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func wantIDs(t testing.TB, d *db.DB, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, ids(t, d)); diff != "" {
		t.Errorf("committed ids (-want +got):\n%s", diff)
	}
}

func TestTxCommitsOrUndoesTheWhole(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		if err := d.Tx(ctx, func(ctx context.Context) error { return insert(ctx, d, "a") }); err != nil {
			t.Fatal(err)
		}
		err := d.Tx(ctx, func(ctx context.Context) error {
			if err := insert(ctx, d, "b"); err != nil {
				return err
			}
			return errWanted
		})
		if !errors.Is(err, errWanted) {
			t.Errorf("got error %v, want %v", err, errWanted)
		}
		wantIDs(t, d, "a")
	})
}

// A thousand transactions at once, a third of which fail and a few of which panic after having written: each is
// all there or not at all, and nobody's failure touches anybody else.
func TestManyAtOnceFailAlone(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		const n = 1000
		var want []string
		var afters atomic.Int64
		var wg sync.WaitGroup
		for i := range n {
			id := fmt.Sprintf("%04d", i)
			if i%3 != 0 && i%50 != 7 {
				want = append(want, id, id+"x")
			}
			wg.Go(func() {
				panicked, err := outcome(func() error { return crowd(d, i, id, &afters) })
				switch {
				case i%50 == 7 && !panicked:
					t.Errorf("%s: the panic did not come through (error %v)", id, err)
				case i%50 != 7 && i%3 == 0 && !errors.Is(err, errWanted):
					t.Errorf("%s: got error %v, want %v", id, err, errWanted)
				case i%50 != 7 && i%3 != 0 && err != nil:
					t.Errorf("%s: %v", id, err)
				}
			})
		}
		wg.Wait()
		wantIDs(t, d, want...)
		if got := int(afters.Load()); got != len(want)/2 {
			t.Errorf("AfterCommit ran %d times, want %d", got, len(want)/2)
		}
	})
}

// crowd writes two rows and then fails or panics as its number says.
func crowd(d *db.DB, i int, id string, afters *atomic.Int64) error {
	return d.Tx(context.Background(), func(ctx context.Context) error {
		db.AfterCommit(ctx, func() { afters.Add(1) })
		for _, id := range []string{id, id + "x"} {
			if err := insert(ctx, d, id); err != nil {
				return err
			}
		}
		if i%50 == 7 {
			panic("wanted")
		}
		if i%3 == 0 {
			return errWanted
		}
		return nil
	})
}

func outcome(fn func() error) (panicked bool, err error) {
	defer func() { panicked = recover() != nil }()
	return false, fn()
}

func TestAfterCommitRunsOnlyOnceItIsDurable(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		var order []string
		err := d.Tx(ctx, func(ctx context.Context) error {
			for _, name := range []string{"first", "second"} {
				db.AfterCommit(ctx, func() {
					order = append(order, name)
					wantIDs(t, d, "a") // visible to everybody: committed
					// A transaction of its own is fine here; it must not wait for itself.
					if err := d.Tx(context.Background(), func(context.Context) error { return nil }); err != nil {
						t.Errorf("Tx in AfterCommit: %v", err)
					}
				})
			}
			return insert(ctx, d, "a")
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"first", "second"}, order); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		_ = d.Tx(ctx, func(ctx context.Context) error {
			db.AfterCommit(ctx, func() { t.Error("AfterCommit ran after a rollback") })
			return errWanted
		})
		alone := false
		db.AfterCommit(ctx, func() { alone = true })
		if !alone {
			t.Error("AfterCommit without a transaction did not run at once")
		}
	})
}

func TestNestedTxJoins(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		if db.InTx(ctx) {
			t.Error("InTx outside a transaction")
		}
		err := d.Tx(ctx, func(ctx context.Context) error {
			if !db.InTx(ctx) {
				t.Error("not InTx inside a transaction")
			}
			if err := d.Tx(ctx, func(ctx context.Context) error { return insert(ctx, d, "inner") }); err != nil {
				return err
			}
			return errWanted
		})
		if !errors.Is(err, errWanted) {
			t.Errorf("got error %v, want %v", err, errWanted)
		}
		wantIDs(t, d)
	})
}

func TestSavepointUndoesOnlyItsOwn(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var ran []string
		note := func(ctx context.Context, s string) { db.AfterCommit(ctx, func() { ran = append(ran, s) }) }
		err := d.Tx(context.Background(), func(ctx context.Context) error {
			note(ctx, "outer")
			if err := insert(ctx, d, "a"); err != nil {
				return err
			}
			err := d.Savepoint(ctx, func(ctx context.Context) error {
				note(ctx, "undone")
				if err := d.Savepoint(ctx, func(ctx context.Context) error { return insert(ctx, d, "b") }); err != nil {
					return err
				}
				return insert(ctx, d, "a") // taken: on PostgreSQL this spoils what is not in a savepoint
			})
			if err == nil {
				t.Error("a double id was taken")
			}
			panicked, _ := outcome(func() error {
				return d.Savepoint(ctx, func(ctx context.Context) error {
					_ = insert(ctx, d, "p")
					panic("wanted")
				})
			})
			if !panicked {
				t.Error("the panic did not come through")
			}
			return d.Savepoint(ctx, func(ctx context.Context) error {
				note(ctx, "kept")
				return insert(ctx, d, "c")
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		wantIDs(t, d, "a", "c")
		if diff := cmp.Diff([]string{"outer", "kept"}, ran); diff != "" {
			t.Errorf("after the commit (-want +got):\n%s", diff)
		}
	})
}

func TestSavepointSurvivesTheEndOfItsCtx(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		err := d.Tx(context.Background(), func(ctx context.Context) error {
			short, cancel := context.WithCancel(ctx)
			err := d.Savepoint(short, func(ctx context.Context) error {
				if err := insert(ctx, d, "undone"); err != nil {
					return err
				}
				cancel()
				return ctx.Err()
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got error %v, want %v", err, context.Canceled)
			}
			return insert(ctx, d, "kept")
		})
		if err != nil {
			t.Fatal(err)
		}
		wantIDs(t, d, "kept")
	})
}

func TestAnEndedCtxStartsNothing(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		err := d.Tx(ctx, func(context.Context) error {
			t.Error("fn ran")
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Tx: got error %v, want %v", err, context.Canceled)
		}
		if err := insert(ctx, d, "a"); !errors.Is(err, context.Canceled) {
			t.Errorf("Exec: got error %v, want %v", err, context.Canceled)
		}
		wantIDs(t, d)
	})
}

// Once fn runs, its caller's end must not tear the transaction: the caller hears what really happened.
func TestCtxThatEndsInsideIsWaitedFor(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(context.Background())
		err := d.Tx(ctx, func(inner context.Context) error {
			cancel()
			return insert(inner, d, "a")
		})
		if err != nil {
			t.Errorf("got error %v, want none", err)
		}
		wantIDs(t, d, "a")
	})
}

func TestCtxOfAnEndedTransactionIsRefused(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var kept context.Context
		if err := d.Tx(context.Background(), func(ctx context.Context) error { kept = ctx; return nil }); err != nil {
			t.Fatal(err)
		}
		nothing := func(context.Context) error { return nil }
		if err := d.Tx(kept, nothing); err == nil {
			t.Error("Tx took a ctx whose transaction is over")
		}
		if err := d.Savepoint(kept, nothing); err == nil {
			t.Error("Savepoint took a ctx whose transaction is over")
		}
		if db.InTx(kept) {
			t.Error("InTx is true for a transaction that is over")
		}
	})
}

func TestReadsSeeOwnTransactionAndNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		count := func(ctx context.Context) (n int) {
			if err := d.QueryRow(ctx, `SELECT COUNT(*) FROM t`).Scan(&n); err != nil {
				t.Error(err)
			}
			return n
		}
		err := d.Tx(context.Background(), func(ctx context.Context) error {
			if err := insert(ctx, d, "a"); err != nil {
				return err
			}
			if in, out := count(ctx), count(context.Background()); in != 1 || out != 0 {
				t.Errorf("got %d rows inside and %d outside, want 1 and 0", in, out)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestInsertReturningOutsideATransaction(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var id string
		if err := d.QueryRow(context.Background(), `INSERT INTO t (id) VALUES ($1) RETURNING id`, "a").Scan(&id); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, d, id)
	})
}

func TestGoexitInsideUndoes(t *testing.T) { // what t.FailNow does
	each(t, func(t *testing.T, d *db.DB) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = d.Tx(context.Background(), func(ctx context.Context) error {
				_ = insert(ctx, d, "gone")
				runtime.Goexit()
				return nil
			})
		}()
		<-done
		if err := insert(context.Background(), d, "a"); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, d, "a")
	})
}

func TestCloseEndsWhatComesLater(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]db.Config{
		"sqlite":   {File: filepath.Join(t.TempDir(), "new", "folder", "ping.db")},
		"postgres": {URL: pgtest.URL(t)},
	} {
		d, err := db.Open(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 50 { // whatever is under way ends one way or the other
			wg.Go(func() { _ = d.Tx(context.Background(), func(context.Context) error { return nil }) })
		}
		for range 2 {
			if err := d.Close(); err != nil {
				t.Errorf("%s: close: %v", name, err)
			}
		}
		wg.Wait()
		if err := d.Tx(context.Background(), func(context.Context) error { return nil }); err == nil {
			t.Errorf("%s: a transaction ran after Close", name)
		}
	}
}

func TestFileIsPrivateAndItsPathMayHoldAnything(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "toko #1? 100%", "ping.db")
	d, err := db.Open(context.Background(), db.Config{File: file})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	mustExec(t, d, `CREATE TABLE t (id TEXT)`)
	for _, f := range []string{file, file + "-wal", file + "-shm"} {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("%s has mode %o, want 600", filepath.Base(f), got)
		}
	}
}

func TestMigrateOnceOnManyNodes(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	var runs atomic.Int64
	table := dbutil.BuildUpgradeTable().WithRaw(0, 1, 1, "once", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
		runs.Add(1)
		_, err := d.Exec(ctx, `CREATE TABLE once (id TEXT)`)
		return err
	}).Finish()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			d, err := db.Open(context.Background(), db.Config{URL: url, MaxConns: 4})
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			if err := d.Migrate(context.Background(), db.Migration{Name: "once", Table: table}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := runs.Load(); got != 1 {
		t.Errorf("the upgrade ran %d times, want 1", got)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, c := range map[string]db.Config{
		"a folder":        {File: folder},
		"an unknown host": {URL: "postgres://127.0.0.1:1/x?connect_timeout=1"},
		"no URL":          {URL: "://"},
	} {
		if d, err := db.Open(context.Background(), c); err == nil {
			_ = d.Close()
			t.Errorf("%s was opened", name)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"halo":        "halo",
		"a\x00b\x00":  "ab",
		"a\xff\xfeb":  "a\uFFFDb",
		"😀\u2028\x01": "😀\u2028\x01",
		"":            "",
	} {
		if got := db.Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzTextFitsBothEngines(f *testing.F) {
	f.Add("a\x00\xffb")
	f.Fuzz(func(t *testing.T, s string) {
		got := db.Text(s)
		if again := db.Text(got); again != got {
			t.Errorf("Text is not settled: %q, then %q", got, again)
		}
	})
}

func TestIsUnique(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		mustExec(t, d, `CREATE TABLE u (a TEXT UNIQUE, b TEXT NOT NULL)`)
		mustExec(t, d, `INSERT INTO u (a, b) VALUES ($1, $2)`, "1", "1")
		if err := insert(context.Background(), d, "a"); db.IsUnique(err) {
			t.Errorf("no error: %v", err)
		}
		if err := insert(context.Background(), d, "a"); !db.IsUnique(fmt.Errorf("wrapped: %w", err)) {
			t.Errorf("a double primary key: got %v", err)
		}
		_, err := d.Exec(context.Background(), `INSERT INTO u (a, b) VALUES ($1, $2)`, "1", "2")
		if !db.IsUnique(err) {
			t.Errorf("a double unique column: got %v", err)
		}
		_, err = d.Exec(context.Background(), `INSERT INTO u (a) VALUES ($1)`, "3")
		if err == nil || db.IsUnique(err) {
			t.Errorf("a missing value: got %v", err)
		}
	})
}
