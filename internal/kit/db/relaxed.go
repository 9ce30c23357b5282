package db

import (
	"context"
	"database/sql/driver"
	"errors"
)

type withoutSyncKey struct{}

// withoutSync makes the SQLite transaction that begins with ctx commit without waiting for the disk. Its pages stand
// in the write-ahead log before those of the next transaction, whose commit takes them to the disk as well.
func withoutSync(ctx context.Context) context.Context {
	return context.WithValue(ctx, withoutSyncKey{}, true)
}

// SQLite forbids to change this inside a transaction, so it is changed around one. Nobody else can use the
// connection in between.
const (
	syncNormal = `PRAGMA synchronous=NORMAL`
	syncFull   = `PRAGMA synchronous=FULL`
)

// BeginTx begins a transaction, which is durable when it is committed, unless ctx says otherwise.
func (c *keepingConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.strike.at(StepBegin); err != nil {
		return nil, err
	}
	tx, err := c.begin(ctx, opts)
	if err != nil || c.strike == nil {
		return tx, err
	}
	return struckTx{tx, c.strike}, nil
}

func (c *keepingConn) begin(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if ctx.Value(withoutSyncKey{}) == nil {
		return c.sqliteConn.BeginTx(ctx, opts)
	}
	if _, err := c.sqliteConn.ExecContext(ctx, syncNormal, nil); err != nil {
		return nil, errors.Join(err, c.syncAgain())
	}
	tx, err := c.sqliteConn.BeginTx(ctx, opts)
	if err != nil {
		return nil, errors.Join(err, c.syncAgain())
	}
	return &relaxedTx{tx, c}, nil
}

// syncAgain has commits wait for the disk again. If that can't be, the connection is used no more.
func (c *keepingConn) syncAgain() error {
	_, err := c.sqliteConn.ExecContext(context.Background(), syncFull, nil)
	if err != nil {
		c.spoilt = true
	}
	return err
}

// IsValid reports whether the connection may be used again.
func (c *keepingConn) IsValid() bool { return !c.spoilt && c.sqliteConn.IsValid() }

// ResetSession refuses a connection that may not be used again.
func (c *keepingConn) ResetSession(ctx context.Context) error {
	if c.spoilt {
		return driver.ErrBadConn
	}
	return c.sqliteConn.ResetSession(ctx)
}

// relaxedTx leaves its connection as it found it.
type relaxedTx struct {
	driver.Tx
	conn *keepingConn
}

// Commit commits. What happens to the connection afterwards is no failure of the commit.
func (t *relaxedTx) Commit() error {
	err := t.Tx.Commit()
	_ = t.conn.syncAgain()
	return err
}

// Rollback undoes.
func (t *relaxedTx) Rollback() error {
	err := t.Tx.Rollback()
	_ = t.conn.syncAgain()
	return err
}
