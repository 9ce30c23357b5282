package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"go.mau.fi/util/dbutil"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// errLost means that the transaction is gone, not only one savepoint of it.
var errLost = errors.New("the database ended the transaction")

// guard stands between a group's transaction and SQLite. When the disk is full or fails, SQLite may end the whole
// transaction by itself; statements after that would be committed one by one behind everybody's back. So after
// such an error the guard lets nothing through.
type guard struct {
	tx dbutil.UnderlyingExecable

	mu   sync.Mutex
	lost error
}

// watch puts a guard in front of the transaction in ctx.
func watch(ctx context.Context, base *dbutil.Database) *guard {
	txn, ok := base.Execable(ctx).(*dbutil.LoggingTxn)
	if !ok {
		return &guard{lost: errLost}
	}
	g := &guard{tx: txn.UnderlyingExecable}
	txn.UnderlyingExecable = g
	return g
}

// err is nil as long as the transaction is there.
func (g *guard) err() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lost
}

// lose marks the transaction as gone because of cause.
func (g *guard) lose(cause error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lost == nil {
		g.lost = fmt.Errorf("%w: %w", errLost, cause)
	}
}

// begin says whether a statement may run. ctx's end is looked at only here: interrupting a statement that writes
// makes SQLite roll everybody's work back.
func (g *guard) begin(ctx context.Context) (context.Context, error) {
	if err := g.err(); err != nil {
		return nil, err
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

func (g *guard) note(err error) error {
	if endsTransaction(err) {
		g.lose(err)
	}
	return err
}

func (g *guard) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, err := g.begin(ctx)
	if err != nil {
		return nil, err
	}
	res, err := g.tx.ExecContext(ctx, query, args...)
	return res, g.note(err)
}

func (g *guard) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, err := g.begin(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := g.tx.QueryContext(ctx, query, args...)
	return rows, g.note(err)
}

func (g *guard) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	free, err := g.begin(ctx)
	if err != nil {
		return g.tx.QueryRowContext(ended(), query, args...)
	}
	row := g.tx.QueryRowContext(free, query, args...)
	_ = g.note(row.Err())
	return row
}

// ended is a ctx that lets no statement start: the only way to make a *sql.Row that carries an error.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// endsTransaction tells the errors after which SQLite may have rolled the transaction back by itself
// (https://sqlite.org/lang_transaction.html, section 3.1).
func endsTransaction(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY,
		sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}
