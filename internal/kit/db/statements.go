package db

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"

	"modernc.org/sqlite"
)

// errDriver means that the SQLite driver lacks what its version had when this was written.
var errDriver = errors.New("the SQLite driver can't keep statements")

// maxKept bounds the compiled statements of one connection. The program has about 200 texts, and the client library
// makes some by length; each takes a few KiB.
const maxKept = 128

// connector opens SQLite connections that keep their compiled statements: compiling a text anew for each use was a
// quarter of the processor time of a message.
type connector struct {
	driver.Connector
	strike Strike
}

func newConnector(dsn string, s Strike) (driver.Connector, error) {
	c, err := sqlite.NewConnector(dsn)
	return connector{c, s}, err
}

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteStmt is what the driver's statements can do.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// sqliteRows is what the driver's rows can do.
type sqliteRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(sqliteConn)
	if !ok {
		return nil, errors.Join(errDriver, conn.Close())
	}
	return &keepingConn{sqliteConn: full, strike: c.strike, kept: map[string]*list.Element{}}, nil
}

// keepingConn is a connection that keeps statements which nobody uses at the moment. database/sql lets one goroutine
// at a time use it.
type keepingConn struct {
	sqliteConn
	strike Strike
	kept   map[string]*list.Element
	order  list.List // of *keptStmt, the one that was used last in front
	spoilt bool      // not to be used again
}

type keptStmt struct {
	sqliteStmt
	query string
}

// worthKeeping: one statement that works on rows. Everything else is rare or changes the schema.
func worthKeeping(query string) bool {
	if strings.Contains(query, ";") {
		return false
	}
	first, _, _ := strings.Cut(strings.TrimLeft(query, " \t\r\n"), " ")
	first, _, _ = strings.Cut(first, "\n")
	switch strings.ToUpper(strings.TrimSpace(first)) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "SAVEPOINT", "RELEASE":
		return true
	}
	return false
}

// take gives a compiled statement to its only user.
func (c *keepingConn) take(ctx context.Context, query string) (*keptStmt, error) {
	if e, ok := c.kept[query]; ok {
		delete(c.kept, query)
		return c.order.Remove(e).(*keptStmt), nil
	}
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	full, ok := prepared.(sqliteStmt)
	if !ok {
		return nil, errors.Join(errDriver, prepared.Close())
	}
	return &keptStmt{full, query}, nil
}

// put keeps a statement whose user is done with it. One after an error, or a second one of the same text, is closed.
func (c *keepingConn) put(s *keptStmt, err error) error {
	if _, double := c.kept[s.query]; double || err != nil {
		return s.Close()
	}
	c.kept[s.query] = c.order.PushFront(s)
	if c.order.Len() <= maxKept {
		return nil
	}
	oldest := c.order.Remove(c.order.Back()).(*keptStmt)
	delete(c.kept, oldest.query)
	return oldest.Close()
}

// ExecContext runs a statement that gives no rows.
func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.strike.at(query); err != nil {
		return nil, err
	}
	if !worthKeeping(query) {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := s.ExecContext(ctx, args)
	if perr := c.put(s, err); err == nil {
		err = perr
	}
	return res, err
}

// QueryContext runs a statement that gives rows; it is kept when they are closed.
func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.strike.at(query); err != nil {
		return nil, err
	}
	if !worthKeeping(query) {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		_ = c.put(s, err) // the first error counts
		return nil, err
	}
	full, ok := rows.(sqliteRows)
	if !ok {
		return nil, errors.Join(errDriver, rows.Close(), s.Close())
	}
	return &keptRows{sqliteRows: full, conn: c, stmt: s}, nil
}

// Close closes the connection and what it keeps.
func (c *keepingConn) Close() error {
	var errs []error
	for e := c.order.Front(); e != nil; e = e.Next() {
		errs = append(errs, e.Value.(*keptStmt).Close())
	}
	c.order.Init()
	clear(c.kept)
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// keptRows gives its statement back when it is closed.
type keptRows struct {
	sqliteRows
	conn *keepingConn
	stmt *keptStmt // nil once it is given back
	err  error     // what went wrong on the way
}

// Next reads a row.
func (r *keptRows) Next(dest []driver.Value) error {
	err := r.sqliteRows.Next(dest)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return err
}

// Close ends the reading; a second time does nothing.
func (r *keptRows) Close() error {
	if r.stmt == nil {
		return nil
	}
	s := r.stmt
	r.stmt = nil
	err := r.sqliteRows.Close()
	if perr := r.conn.put(s, errors.Join(r.err, err)); err == nil {
		err = perr
	}
	return err
}
