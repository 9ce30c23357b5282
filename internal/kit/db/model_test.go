package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// step is one thing that a transaction does; a savepoint or a joined transaction does steps of its own.
type step struct {
	kind  string // insert, savepoint, join
	fails bool   // what ends the savepoint or the joined transaction
	inner []step
}

func drawSteps(t *rapid.T, depth int) []step {
	n := rapid.IntRange(0, 3).Draw(t, "steps")
	out := make([]step, n)
	for i := range out {
		out[i] = step{kind: "insert"}
		if depth > 0 {
			out[i].kind = rapid.SampledFrom([]string{"insert", "savepoint", "join"}).Draw(t, "kind")
		}
		if out[i].kind != "insert" {
			out[i].fails = rapid.Bool().Draw(t, "fails")
			out[i].inner = drawSteps(t, depth-1)
		}
	}
	return out
}

// world runs steps and knows what must come of them.
type world struct {
	d      *db.DB
	prefix string
	next   int
	after  []string // what AfterCommit was asked for and ran
}

// run does the steps and returns the ids that are left if the transaction commits. The error of a savepoint is
// swallowed; that of a joined transaction ends the whole, because nothing of it can be undone alone.
func (w *world) run(ctx context.Context, steps []step) ([]string, error) {
	var left []string
	for _, s := range steps {
		var got []string
		inner := func(ctx context.Context) error {
			var err error
			if got, err = w.run(ctx, s.inner); err == nil && s.fails {
				err = errWanted
			}
			return err
		}
		switch s.kind {
		case "insert":
			w.next++
			id := fmt.Sprintf("%s-%03d", w.prefix, w.next)
			db.AfterCommit(ctx, func() { w.after = append(w.after, id) })
			if err := insert(ctx, w.d, id); err != nil {
				return nil, err
			}
			left = append(left, id)
		case "savepoint":
			switch err := w.d.Savepoint(ctx, inner); {
			case err == nil:
				left = append(left, got...)
			case !errors.Is(err, errWanted):
				return nil, err
			}
		case "join":
			if err := w.d.Tx(ctx, inner); err != nil {
				return nil, err
			}
			left = append(left, got...)
		}
	}
	return left, nil
}

// Whatever transactions do at the same time, what is there afterwards is what each of them would leave alone.
func TestTransactionsAreWhatTheySay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		mustExec(t, d, `CREATE TABLE t (id TEXT PRIMARY KEY)`)
		rapid.Check(t, func(rt *rapid.T) {
			mustExec(t, d, `DELETE FROM t`)
			programs := make([][]step, rapid.IntRange(1, 4).Draw(rt, "transactions"))
			for i := range programs {
				programs[i] = drawSteps(rt, 3)
			}
			wants := make([][]string, len(programs))
			var wg sync.WaitGroup
			for i, steps := range programs {
				wg.Go(func() {
					w := &world{d: d, prefix: string(rune('a' + i))}
					var left []string
					err := d.Tx(context.Background(), func(ctx context.Context) error {
						w.next, w.after = 0, nil
						var err error
						left, err = w.run(ctx, steps)
						return err
					})
					switch {
					case err == nil:
						wants[i] = left
					case !errors.Is(err, errWanted):
						t.Error(err)
					}
					if diff := cmp.Diff(wants[i], w.after); diff != "" {
						t.Errorf("after the commit (-want +got):\n%s", diff)
					}
				})
			}
			wg.Wait()
			var want []string
			for _, w := range wants {
				want = append(want, w...)
			}
			if diff := cmp.Diff(want, ids(t, d)); diff != "" {
				rt.Fatalf("left behind (-want +got):\n%s", diff)
			}
		})
	})
}
