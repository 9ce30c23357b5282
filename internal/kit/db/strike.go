package db

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
)

// Strike is asked before each call of a connection that writes (on PostgreSQL, of any), with its SQL text or one of the steps below, and after
// each commit. An error stands for the call's own; whatever else it does, such as ending the process, happens there and
// then. It is how tests find out what becomes of a crash or a failure at each step; the program has none.
type Strike func(step string) error

// The steps that are no SQL text.
const (
	StepBegin     = "BEGIN"
	StepCommit    = "COMMIT"
	StepCommitted = "COMMITTED" // its error is not looked at: nothing can undo it
)

// at is nil when there is nobody to ask.
func (s Strike) at(step string) error {
	if s == nil {
		return nil
	}
	return s(step)
}

// struckTx asks before a commit of SQLite and after it.
type struckTx struct {
	driver.Tx
	strike Strike
}

// Commit commits; when it is struck, the transaction is undone.
func (t struckTx) Commit() error {
	if err := t.strike.at(StepCommit); err != nil {
		_ = t.Rollback() // nobody else would
		return err
	}
	err := t.Tx.Commit()
	if err == nil {
		_ = t.strike.at(StepCommitted)
	}
	return err
}

// tracer asks before each call of PostgreSQL, where begin and commit are texts like others.
type tracer struct{ strike Strike }

type committedKey struct{}

// TraceQueryStart has a call that is struck fail before it is sent.
func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	step := data.SQL
	if step == "commit" {
		step = StepCommit
	}
	if err := t.strike.at(step); err != nil {
		return ended()
	}
	return context.WithValue(ctx, committedKey{}, step == StepCommit)
}

// TraceQueryEnd asks after a commit.
func (t tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	if commit, _ := ctx.Value(committedKey{}).(bool); commit && data.Err == nil {
		_ = t.strike.at(StepCommitted)
	}
}
