package db

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/petermattis/goid"
	"go.mau.fi/util/dbutil"
)

var (
	// errClosed is returned for transactions that come after Close.
	errClosed = errors.New("database is closed")
	// errOutside is returned instead of waiting for oneself for ever.
	errOutside = errors.New("a write inside a transaction needs the transaction's ctx")
	errNotRun  = errors.New("transaction did not return")
)

const (
	// maxGroup bounds how many transactions share one commit, so that the first does not wait long.
	maxGroup = 128
	// maxUnhurried bounds the same of those nobody waits for: somebody may come while they are under way.
	maxUnhurried = 8
	// unhurriedFor is how long they let others go before them.
	unhurriedFor = 20 * time.Millisecond
)

// groupWriter is the only writer of a SQLite database. A durable commit costs 0.3–0.8 ms, whatever is in it, so
// transactions that queue while one is being committed are run one after the other, each in a savepoint, and
// committed together. Each caller runs its own work when its turn comes, on its own goroutine (a panic keeps its
// stack), and hears the result only after that commit. Those that are in no hurry (Unhurried) don't share a commit with
// others unless they have waited for long.
type groupWriter struct {
	base   *dbutil.Database
	log    *checkpointer
	queue  chan *work
	behind chan *work   // in no hurry
	head   *work        // the first of them, when it had to let others go; only the writer touches it
	owner  atomic.Int64 // the goroutine whose turn it is, 0 for none

	mu     sync.RWMutex
	closed bool
	done   chan struct{}
}

// work is one caller's transaction on its way through the group.
type work struct {
	lasting lasting
	since   time.Time     // of one in no hurry
	turn    chan turn     // the caller may run now; closed without a value when its turn never comes
	over    chan struct{} // the caller's function has ended
	ready   chan struct{} // err is final: committed and durable, or undone
	err     error
}

type turn struct {
	tx    context.Context //nolint:containedctx // handed from the writer to the caller, whose fn gets it
	guard *guard
	alone bool
}

func newGroupWriter(base *dbutil.Database, log *checkpointer) *groupWriter {
	g := &groupWriter{base: base, log: log, queue: make(chan *work, 1024), behind: make(chan *work, 1024), done: make(chan struct{})}
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
		close(g.behind)
	}
	<-g.done
}

// mine reports whether the calling goroutine is the one that holds the transaction now.
func (g *groupWriter) mine() bool { return g.owner.Load() == goid.Get() }

// do queues fn, runs it when its turn comes and waits until it is as lasting as wanted, or undone.
func (g *groupWriter) do(ctx context.Context, l lasting, fn func(context.Context) error) error {
	if g.mine() {
		return errOutside
	}
	w := &work{lasting: l, turn: make(chan turn, 1), over: make(chan struct{}), ready: make(chan struct{}), err: errNotRun}
	queue := g.queue
	if unhurried(ctx) {
		queue, w.since = g.behind, time.Now()
	}
	if err := g.enqueue(queue, w); err != nil {
		return err
	}
	st := &txState{}
	if t, ok := <-w.turn; ok {
		w.run(ctx, g, t, st, fn)
	}
	<-w.ready
	st.finish(w.err)
	return w.err
}

func (g *groupWriter) enqueue(queue chan<- *work, w *work) error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return errClosed
	}
	queue <- w
	return nil
}

func (g *groupWriter) run() {
	defer close(g.done)
	for batch := g.gather(); len(batch) > 0; batch = g.gather() {
		g.commit(batch)
	}
}

// gather waits for work and returns what shares the next commit; nothing when there will be no more.
func (g *groupWriter) gather() []*work {
	if batch := g.present(); len(batch) > 0 {
		return batch
	}
	select {
	case w, ok := <-g.queue:
		if ok {
			return take(g.queue, []*work{w}, maxGroup)
		}
	case w, ok := <-g.behind:
		if ok {
			g.head = w
		}
	}
	return g.present()
}

// present is gather for what is there already.
func (g *groupWriter) present() []*work {
	batch := take(g.queue, nil, maxGroup)
	if g.head == nil {
		if first := take(g.behind, nil, 1); len(first) > 0 {
			g.head = first[0]
		}
	}
	if g.head == nil || len(batch) > 0 && time.Since(g.head.since) < unhurriedFor {
		return batch
	}
	alone := len(batch) == 0
	batch = append(batch, g.head)
	g.head = nil
	if alone {
		batch = take(g.behind, batch, maxUnhurried)
	}
	return batch
}

// take adds what is in a queue to a list, up to n.
func take(queue <-chan *work, list []*work, n int) []*work {
	for len(list) < n {
		select {
		case w, ok := <-queue:
			if !ok {
				return list
			}
			list = append(list, w)
		default:
			return list
		}
	}
	return list
}

// waiting takes out all who are in line.
func (g *groupWriter) waiting() []*work {
	list := take(g.behind, take(g.queue, nil, math.MaxInt), math.MaxInt)
	if g.head != nil {
		list, g.head = append(list, g.head), nil
	}
	return list
}

// commit gives each of the batch its turn, commits, and tells every caller. An error of one undoes only its own
// work; an error of the commit itself, or the loss of the transaction, is everybody's.
func (g *groupWriter) commit(batch []*work) {
	ctx := context.Background()
	if !slices.ContainsFunc(batch, func(w *work) bool { return w.lasting == durable }) {
		ctx = withoutSync(ctx)
	}
	begun := false
	err := g.base.DoTxn(ctx, nil, func(tx context.Context) error {
		begun = true
		guard := watch(tx, g.base)
		for _, w := range batch {
			w.turn <- turn{tx: tx, guard: guard, alone: len(batch) == 1}
			<-w.over
			if err := guard.err(); err != nil {
				return err
			}
		}
		if len(batch) == 1 {
			return batch[0].err
		}
		return nil
	})
	if err == nil {
		g.log.committed()
	}
	if !begun { // who came meanwhile would only wait for the same
		batch = append(batch, g.waiting()...)
	}
	for _, w := range batch {
		if err != nil && (w.err == nil || errors.Is(w.err, errNotRun)) {
			w.err = err
		}
		close(w.turn)
		close(w.ready)
	}
}

// run calls fn with the values of its caller's ctx and the shared transaction, without its caller's end. It sets
// w.err; a panic of fn undoes its work and goes on.
func (w *work) run(ctx context.Context, g *groupWriter, t turn, st *txState, fn func(context.Context) error) {
	inner := context.WithValue(joined{Context: context.WithoutCancel(ctx), tx: t.tx}, stateKey{}, st)
	g.owner.Store(goid.Get())
	defer func() {
		if w.err != nil {
			st.finish(w.err)
		}
		g.owner.Store(0)
		close(w.over)
	}()
	st.guard = t.guard
	if t.alone {
		w.err = fn(inner)
		return
	}
	w.err = savepoint(inner, g.base, "ping_group", st, fn)
}

// joined looks values up in the transaction's ctx first, then in the caller's.
type joined struct {
	context.Context                 //nolint:containedctx // it is a ctx itself
	tx              context.Context //nolint:containedctx // as above
}

func (j joined) Value(key any) any {
	if v := j.tx.Value(key); v != nil {
		return v
	}
	return j.Context.Value(key)
}
