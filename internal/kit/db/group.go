package db

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"

	"go.mau.fi/util/dbutil"
)

// errClosed is returned for transactions that come after Close.
var errClosed = errors.New("database is closed")

// maxGroup bounds how many transactions share one commit, so that the first does not wait long.
const maxGroup = 128

// groupWriter is the only writer of a SQLite database. A durable commit costs 0.3–0.8 ms, whatever is in it, so
// transactions that queue while one is being committed are run one after the other, each in a savepoint, and
// committed together. Each caller hears the result of its own work only after that commit.
type groupWriter struct {
	base  *dbutil.Database
	queue chan *work

	mu     sync.RWMutex
	closed bool
	done   chan struct{}
}

type work struct {
	ctx    context.Context
	fn     func(context.Context) error
	st     *txState
	err    error
	panics any
	ready  chan struct{}
}

func newGroupWriter(base *dbutil.Database) *groupWriter {
	g := &groupWriter{base: base, queue: make(chan *work, 1024), done: make(chan struct{})}
	go g.run()
	return g
}

func (g *groupWriter) close() {
	g.mu.Lock()
	already := g.closed
	g.closed = true
	g.mu.Unlock()
	if !already {
		close(g.queue)
	}
	<-g.done
}

// do queues fn and waits for its outcome.
func (g *groupWriter) do(ctx context.Context, fn func(context.Context) error) error {
	w := &work{ctx: ctx, fn: fn, st: &txState{}, ready: make(chan struct{})}
	g.mu.RLock()
	if g.closed {
		g.mu.RUnlock()
		return errClosed
	}
	g.queue <- w
	g.mu.RUnlock()
	<-w.ready
	if w.panics != nil {
		panic(w.panics)
	}
	return w.err
}

func (g *groupWriter) run() {
	defer close(g.done)
	for first := range g.queue {
		g.commit(g.gather(first))
	}
}

func (g *groupWriter) gather(first *work) []*work {
	batch := []*work{first}
	for len(batch) < maxGroup {
		select {
		case w, ok := <-g.queue:
			if !ok {
				return batch
			}
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

// commit runs the batch and tells every caller. An error of one undoes only its own work; an error of the
// commit itself is everybody's.
func (g *groupWriter) commit(batch []*work) {
	err := g.base.DoTxn(context.Background(), nil, func(tx context.Context) error {
		if len(batch) == 1 {
			w := batch[0]
			w.run(tx, nil)
			return w.err
		}
		for _, w := range batch {
			// The engine ends the whole transaction by itself when the disk is full or fails: what would run
			// after that would be committed one by one behind our back, so nobody's work goes on.
			if w.run(tx, g.base); errors.Is(w.err, errLost) {
				return w.err
			}
		}
		return nil
	})
	for _, w := range batch {
		if err != nil && w.err == nil {
			w.err = err
		}
		if w.err == nil && w.panics == nil {
			for _, f := range w.st.after {
				f()
			}
		}
		close(w.ready)
	}
}

// errLost means that the transaction is gone, not only one savepoint of it.
var errLost = errors.New("transaction was ended by the engine")

var errPanicked = errors.New("transaction panicked")

// run calls fn with the values of its caller's ctx and the shared transaction, without its caller's end. base is
// nil when the work has the transaction to itself.
func (w *work) run(tx context.Context, base *dbutil.Database) {
	ctx := context.WithValue(joined{Context: context.WithoutCancel(w.ctx), tx: tx}, stateKey{}, w.st)
	defer func() {
		if p := recover(); p != nil {
			w.panics, w.err = p, errPanicked
		}
	}()
	if base == nil {
		w.err = w.fn(ctx)
		return
	}
	w.err = savepoint(ctx, base, "ping_group", w.st, w.fn)
}

// joined looks values up in the transaction's ctx first, then in the caller's.
type joined struct {
	context.Context
	tx context.Context
}

func (j joined) Value(key any) any {
	if v := j.tx.Value(key); v != nil {
		return v
	}
	return j.Context.Value(key)
}

// router sends statements that stand outside a transaction to where they belong: writes join the group commit,
// reads use the reader pool. The WhatsApp client's own store uses it too, without knowing.
type router struct {
	write, read *sql.DB
	group       *groupWriter
}

func (r *router) ExecContext(ctx context.Context, query string, args ...any) (res sql.Result, err error) {
	if strings.HasPrefix(query, "PRAGMA") {
		return r.write.ExecContext(ctx, query, args...)
	}
	err = r.group.do(ctx, func(ctx context.Context) error {
		res, err = r.group.base.Exec(ctx, query, args...)
		return err
	})
	return res, err
}

func (r *router) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return r.pick(query).QueryContext(ctx, query, args...)
}

func (r *router) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return r.pick(query).QueryRowContext(ctx, query, args...)
}

func (r *router) pick(query string) *sql.DB {
	q := strings.TrimLeft(query, " \t\r\n")
	if len(q) >= 6 && strings.EqualFold(q[:6], "SELECT") {
		return r.read
	}
	return r.write
}
