package db

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"go.mau.fi/util/dbutil"
)

// errOver is returned for a transaction's ctx that is used after the transaction.
var errOver = errors.New("the transaction of this ctx is over: use the ctx from outside of it")

type stateKey struct{}

// txState is what a transaction of ours carries besides the connection.
type txState struct {
	guard *guard // nil outside a group

	mu    sync.Mutex
	after []func()
	depth int
	stage stage
}

type stage int

const (
	running stage = iota
	committed
	undone
)

func stateOf(ctx context.Context) *txState {
	s, _ := ctx.Value(stateKey{}).(*txState)
	return s
}

func (s *txState) at() stage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stage
}

// finish ends the transaction and, when it was committed, runs what waited for that. Only the first call counts.
func (s *txState) finish(err error) {
	s.mu.Lock()
	if s.stage != running {
		s.mu.Unlock()
		return
	}
	s.stage = undone
	after := s.after
	s.after = nil
	if err == nil {
		s.stage = committed
	}
	s.mu.Unlock()
	if err != nil {
		return
	}
	for _, f := range after {
		f()
	}
}

// InTx reports whether ctx carries a transaction that is not over.
func InTx(ctx context.Context) bool {
	st := stateOf(ctx)
	return st != nil && st.at() == running
}

// Tx runs fn in a transaction whose ctx is passed to it. nil means that it is committed and durable; any error
// (or a panic, which goes on) means that nothing of it happened, except that a lost connection to PostgreSQL can
// leave it open whether the commit arrived. Inside a transaction it joins that one.
//
// fn touches the database only, with the ctx it got: on SQLite it holds the only writer, and a write with another
// ctx is refused. On PostgreSQL fn may run again after a serialization failure or a deadlock, so it must not
// change anything outside the database; use AfterCommit. ctx's end is looked at before fn starts; from then on
// the outcome is waited for. Constraints are checked by statement: a deferred one would fail other transactions.
func (d *DB) Tx(ctx context.Context, fn func(ctx context.Context) error) error {
	return d.tx(ctx, durable, fn)
}

// TxRelaxed is Tx for what may be lost together with the power, but not with the program: nil means that it is
// committed, and that it becomes durable no later than the next Tx that ends well. It doesn't wait for the disk. It is
// for steps on the way to such a Tx, as long as nobody outside is told of them before that.
func (d *DB) TxRelaxed(ctx context.Context, fn func(ctx context.Context) error) error {
	return d.tx(ctx, relaxed, fn)
}

// lasting is what a commit waits for.
type lasting int

const (
	durable lasting = iota // the disk has it
	relaxed                // the operating system has it
)

func (d *DB) tx(ctx context.Context, l lasting, fn func(ctx context.Context) error) error {
	if st := stateOf(ctx); st != nil {
		if st.at() != running {
			return errOver
		}
		return fn(ctx)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.writer != nil {
		return d.writer.do(ctx, l, fn)
	}
	leave, err := d.queueUp(ctx)
	if err != nil {
		return err
	}
	defer leave()
	for try := range 5 {
		if err = d.txOnce(ctx, l, fn); !retryable(err) {
			return err
		}
		time.Sleep(time.Duration(1<<try) * time.Millisecond)
	}
	return err
}

// queueUp lets those who are in no hurry have some of PostgreSQL's connections only; leave gives the place back.
func (d *DB) queueUp(ctx context.Context) (leave func(), err error) {
	if !unhurried(ctx) {
		return func() {}, nil
	}
	select {
	case d.places <- struct{}{}:
		return func() { <-d.places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

//sql:postgres
const relaxCommit = `SET LOCAL synchronous_commit TO off`

func (d *DB) txOnce(ctx context.Context, l lasting, fn func(ctx context.Context) error) error {
	st := &txState{}
	outer := context.WithValue(context.WithoutCancel(ctx), stateKey{}, st)
	err := d.DoTxn(outer, nil, func(ctx context.Context) error {
		returned := false
		defer func() {
			if tx, ok := d.Execable(ctx).(dbutil.Transaction); ok && !returned {
				st.finish(errNotRun) // fn panicked, and nobody else would end the transaction
				_ = tx.Rollback()
			}
		}()
		var err error
		if l == relaxed {
			_, err = d.Exec(ctx, relaxCommit)
		}
		if err == nil {
			err = fn(ctx)
		}
		returned = true
		return err
	})
	st.finish(err)
	if isLocked(err) {
		now := time.Now()
		d.stuck.Store(&now)
	}
	return err
}

func isLocked(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "55P03" // lock_not_available
}

// stuckFor is how long a lock that was waited for in vain is remembered.
const stuckFor = 15 * time.Second

// Stuck reports whether a transaction has lately waited for somebody else's lock in vain. On SQLite a lock is one of the
// whole database, which every write shows.
func (d *DB) Stuck() bool {
	at := d.stuck.Load()
	return at != nil && time.Since(*at) < stuckFor
}

func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// AfterCommit runs fn once the transaction in ctx is durable, and never if it is rolled back; without a
// transaction at once. fn runs on the goroutine that called Tx, before Tx returns, in the order of the calls.
// It must not use the transaction's ctx for the database.
func AfterCommit(ctx context.Context, fn func()) {
	st := stateOf(ctx)
	if st == nil {
		fn()
		return
	}
	st.mu.Lock()
	if st.stage == running {
		st.after = append(st.after, fn)
	}
	now := st.stage == committed
	st.mu.Unlock()
	if now {
		fn()
	}
}

// Savepoint runs fn so that its error undoes only what fn did and leaves the transaction usable.
// Outside a transaction it is Tx.
func (d *DB) Savepoint(ctx context.Context, fn func(ctx context.Context) error) error {
	st := stateOf(ctx)
	if st == nil {
		return d.Tx(ctx, fn)
	}
	if st.at() != running {
		return errOver
	}
	st.depth++
	defer func() { st.depth-- }()
	return savepoint(ctx, d.Database, fmt.Sprintf("ping_%d", st.depth), st, fn)
}

func savepoint(ctx context.Context, base *dbutil.Database, name string, st *txState, fn func(ctx context.Context) error) error {
	always := context.WithoutCancel(ctx) // a savepoint left open because ctx ended would be everybody's problem
	if _, err := base.Exec(always, "SAVEPOINT "+name); err != nil {
		return st.lost("set savepoint", err)
	}
	mark, returned := len(st.after), false
	defer func() {
		if !returned { // fn panicked
			_ = st.undo(always, base, name, mark)
		}
	}()
	err := fn(ctx)
	returned = true
	if err != nil {
		if uerr := st.undo(always, base, name, mark); uerr != nil {
			return fmt.Errorf("%w (and %w)", err, uerr)
		}
		return err
	}
	if _, err := base.Exec(always, "RELEASE "+name); err != nil {
		return st.lost("release savepoint", err)
	}
	return nil
}

// undo goes back to the savepoint name and forgets what was to run after the commit since then.
func (s *txState) undo(ctx context.Context, base *dbutil.Database, name string, mark int) error {
	s.after = s.after[:mark]
	_, e1 := base.Exec(ctx, "ROLLBACK TO "+name)
	_, e2 := base.Exec(ctx, "RELEASE "+name)
	if err := errors.Join(e1, e2); err != nil {
		return s.lost("undo to savepoint", err)
	}
	return nil
}

// lost reports a savepoint statement that failed: without the savepoint nobody's work can be told apart, so a
// group goes no further.
func (s *txState) lost(what string, err error) error {
	if s.guard != nil {
		s.guard.lose(err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
