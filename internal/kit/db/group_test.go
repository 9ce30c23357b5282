package db

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func openTest(t testing.TB) *DB {
	t.Helper()
	d, err := Open(context.Background(), Config{File: filepath.Join(t.TempDir(), "ping.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if _, err := d.Exec(context.Background(), `CREATE TABLE t (id TEXT PRIMARY KEY, body BLOB)`); err != nil {
		t.Fatal(err)
	}
	return d
}

// together makes fns share one commit: they queue while another transaction holds the writer.
func together(t *testing.T, d *DB, fns ...func(ctx context.Context) error) []error {
	t.Helper()
	held, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = d.Tx(context.Background(), func(context.Context) error { close(held); <-release; return nil })
	})
	<-held
	errs := make([]error, len(fns))
	for i, fn := range fns {
		wg.Go(func() { errs[i] = d.Tx(context.Background(), fn) })
		for len(d.writer.queue) <= i { // keeps the order; the writer is held, so this ends
			runtime.Gosched()
		}
	}
	close(release)
	wg.Wait()
	return errs
}

func put(d *DB, id string, size int) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := d.Exec(ctx, `INSERT INTO t (id, body) VALUES ($1, $2)`, id, make([]byte, size))
		return err
	}
}

func count(t *testing.T, d *DB) (n int) {
	t.Helper()
	if err := d.QueryRow(context.Background(), `SELECT COUNT(*) FROM t`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// full lets the file grow by a few pages only, like a disk that is nearly full.
func full(t *testing.T, d *DB, pages int) {
	t.Helper()
	var now int
	if err := d.RawDB.QueryRow(`PRAGMA page_count`).Scan(&now); err != nil {
		t.Fatal(err)
	}
	if err := d.RawDB.QueryRow(fmt.Sprintf(`PRAGMA max_page_count=%d`, now+pages)).Scan(&now); err != nil {
		t.Fatal(err)
	}
}

// A full disk makes SQLite end the whole transaction in the middle of a group. Nobody may hear "done" then, and
// nothing may be there.
func TestFullDiskInAGroupCommitsNothingBehindOurBack(t *testing.T) {
	t.Parallel()
	d := openTest(t)
	full(t, d, 4)
	secret := errors.New("only for the one that met it")
	errs := together(t, d,
		put(d, "before", 10),
		func(ctx context.Context) error { return errors.Join(secret, put(d, "big", 1<<20)(ctx)) },
		put(d, "after", 10),
	)
	for i, err := range errs {
		if err == nil {
			t.Errorf("transaction %d was told that it is durable", i)
		}
		if i != 1 && errors.Is(err, secret) {
			t.Errorf("transaction %d got the error of another: %v", i, err)
		}
	}
	if n := count(t, d); n != 0 {
		t.Errorf("%d rows are there, want none", n)
	}
	full(t, d, 1000)
	if err := d.Tx(context.Background(), put(d, "later", 10)); err != nil {
		t.Errorf("the database did not go on once there was room: %v", err)
	}
}

// The same when the one that met the error says nothing of it and writes on.
func TestFullDiskThatIsSwallowed(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 3} {
		d := openTest(t)
		full(t, d, 4)
		fns := []func(context.Context) error{func(ctx context.Context) error {
			_ = put(d, "big", 1<<20)(ctx)
			_ = put(d, "small", 10)(ctx)
			var n int
			_ = d.QueryRow(ctx, `INSERT INTO t (id) VALUES ('tiny') RETURNING 1`).Scan(&n)
			return nil
		}}
		for i := range size - 1 {
			fns = append(fns, put(d, fmt.Sprint(i), 10))
		}
		for i, err := range together(t, d, fns...) {
			if err == nil {
				t.Errorf("group of %d: transaction %d was told that it is durable", size, i)
			}
		}
		if n := count(t, d); n != 0 {
			t.Errorf("group of %d: %d rows are there, want none", size, n)
		}
	}
}

// A statement whose ctx ends must not be interrupted inside a group: SQLite would undo everybody's work.
func TestTimeoutOfOneLeavesTheGroup(t *testing.T) {
	t.Parallel()
	d := openTest(t)
	errs := together(t, d, put(d, "a", 10), func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return put(d, "b", 10)(ctx)
	}, put(d, "c", 10))
	if errs[0] != nil || !errors.Is(errs[1], context.Canceled) || errs[2] != nil {
		t.Errorf("got errors %v, want only the second to be cancelled", errs)
	}
	if n := count(t, d); n != 2 {
		t.Errorf("%d rows are there, want 2", n)
	}
}

func TestWritingWithAnotherCtxInsideIsRefusedNotWaitedFor(t *testing.T) {
	t.Parallel()
	d := openTest(t)
	err := d.Tx(context.Background(), func(context.Context) error {
		out := context.Background()
		if err := d.Tx(out, func(context.Context) error { return nil }); !errors.Is(err, errOutside) {
			t.Errorf("Tx: got error %v, want %v", err, errOutside)
		}
		if err := put(d, "a", 1)(out); !errors.Is(err, errOutside) {
			t.Errorf("Exec: got error %v, want %v", err, errOutside)
		}
		rows, err := d.Query(out, `DELETE FROM t RETURNING id`)
		if !errors.Is(err, errOutside) {
			_ = rows.Close()
			t.Errorf("Query: got error %v, want %v", err, errOutside)
		}
		if err := d.QueryRow(out, `DELETE FROM t RETURNING id`).Scan(new(string)); err == nil {
			t.Error("QueryRow was let through")
		}
		if _, err := d.Exec(out, `PRAGMA optimize`); !errors.Is(err, errOutside) {
			t.Errorf("PRAGMA: got error %v, want %v", err, errOutside)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestGroupSharesItsCommitAndKeepsTheOrder(t *testing.T) {
	t.Parallel()
	d := openTest(t)
	var order []int
	var fns []func(context.Context) error
	for i := range 20 {
		fns = append(fns, func(ctx context.Context) error {
			order = append(order, i) // one at a time: the race detector would object
			return put(d, fmt.Sprint(i), 1)(ctx)
		})
	}
	for i, err := range together(t, d, fns...) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	for i, got := range order {
		if got != i {
			t.Fatalf("ran in order %v", order)
		}
	}
}

func TestReadsIsSureOfWhatItSays(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{
		"SELECT 1": true, "\n\tselect\n1": true, "(SELECT 1)": true,
		"WITH a AS (SELECT 1) SELECT * FROM a":                 true,
		"WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a":   false,
		"with a as (select 1) delete from t":                   false,
		"WITH a AS (SELECT updated_at FROM t) SELECT * FROM a": true,
		"INSERT INTO t VALUES (1) RETURNING id":                false,
		"PRAGMA page_count":                                    false, "": false, "SELECTED": false,
	} {
		if got := reads(query); got != want {
			t.Errorf("reads(%q) = %v, want %v", query, got, want)
		}
	}
}

// The gain of sharing: transactions per second alone, and with 64 callers at once.
func BenchmarkCommit(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			d := openTest(b)
			var mu sync.Mutex
			next := 0
			take := func() (string, bool) {
				mu.Lock()
				defer mu.Unlock()
				next++
				return strings.Repeat("0", 20) + fmt.Sprint(next), next <= b.N
			}
			b.ResetTimer()
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					for id, ok := take(); ok; id, ok = take() {
						if err := d.Tx(context.Background(), put(d, id, 100)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
		})
	}
}
