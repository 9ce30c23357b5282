package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"go.mau.fi/util/dbutil"
)

type stateKey struct{}

// txState is what a transaction of ours carries besides the connection.
type txState struct {
	after []func()
	depth int
}

func stateOf(ctx context.Context) *txState {
	s, _ := ctx.Value(stateKey{}).(*txState)
	return s
}

// InTx reports whether ctx carries a transaction.
func InTx(ctx context.Context) bool { return stateOf(ctx) != nil }

// Tx runs fn in a transaction whose ctx is passed to it. nil means that it is committed and durable; any error
// (or a panic, which goes on) means that nothing of it happened. Inside a transaction it joins that one.
//
// fn touches the database only: on SQLite it holds the only writer. On PostgreSQL fn may run again after a
// serialization failure or a deadlock, so it must not change anything outside the database; use AfterCommit.
// ctx's end is looked at before fn starts; from then on the outcome is waited for.
func (d *DB) Tx(ctx context.Context, fn func(ctx context.Context) error) error {
	if InTx(ctx) {
		return fn(ctx)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.writer != nil {
		return d.writer.do(ctx, fn)
	}
	var err error
	for try := range 5 {
		if err = d.txOnce(ctx, fn); !retryable(err) {
			return err
		}
		time.Sleep(time.Duration(1<<try) * time.Millisecond)
	}
	return err
}

func (d *DB) txOnce(ctx context.Context, fn func(ctx context.Context) error) error {
	st := &txState{}
	err := d.DoTxn(context.WithValue(context.WithoutCancel(ctx), stateKey{}, st), nil, fn)
	if err != nil {
		return err
	}
	for _, f := range st.after {
		f()
	}
	return nil
}

func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// AfterCommit runs fn once the transaction in ctx is durable, and never if it is rolled back; without a
// transaction at once. fn must be quick and must not wait: on SQLite the next commit waits for it.
func AfterCommit(ctx context.Context, fn func()) {
	if st := stateOf(ctx); st != nil {
		st.after = append(st.after, fn)
		return
	}
	fn()
}

// Savepoint runs fn so that its error undoes only what fn did and leaves the transaction usable.
// Outside a transaction it is Tx.
func (d *DB) Savepoint(ctx context.Context, fn func(ctx context.Context) error) error {
	st := stateOf(ctx)
	if st == nil {
		return d.Tx(ctx, fn)
	}
	st.depth++
	defer func() { st.depth-- }()
	return savepoint(ctx, d.Database, fmt.Sprintf("ping_%d", st.depth), st, fn)
}

func savepoint(ctx context.Context, base *dbutil.Database, name string, st *txState, fn func(ctx context.Context) error) (err error) {
	if _, err := base.Exec(ctx, "SAVEPOINT "+name); err != nil {
		return fmt.Errorf("set savepoint: %w", err)
	}
	mark, done := len(st.after), false
	undo := func() error {
		st.after = st.after[:mark]
		_, e1 := base.Exec(ctx, "ROLLBACK TO "+name)
		_, e2 := base.Exec(ctx, "RELEASE "+name)
		return errors.Join(e1, e2)
	}
	defer func() {
		if !done { // fn panicked
			_ = undo()
		}
	}()
	err = fn(ctx)
	done = true
	if err != nil {
		if uerr := undo(); uerr != nil {
			return fmt.Errorf("%w (%w: %w)", err, errLost, uerr)
		}
		return err
	}
	if _, err := base.Exec(ctx, "RELEASE "+name); err != nil {
		return fmt.Errorf("release savepoint: %w", err)
	}
	return nil
}
