package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"go.mau.fi/util/dbutil"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Transient reports whether err is the database's present condition (busy, full, gone, restarting, closing, or the
// caller's ctx over) rather than something about the statement: the same work may succeed later.
func Transient(err error) bool {
	if err == nil {
		return false
	}
	for _, e := range []error{
		context.Canceled, context.DeadlineExceeded, errLost, errClosed, sql.ErrConnDone, sql.ErrTxDone,
		driver.ErrBadConn, dbutil.ErrTxn, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM,
			sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
			return true
		}
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return transientClass(pg.Code)
	}
	if errors.Is(err, pgconn.ErrConnClosed) || pgconn.SafeToRetry(err) { // a connection of the pool that broke before the statement went out
		return true
	}
	var network net.Error
	return errors.As(err, &network) || strings.Contains(err.Error(), "sql: database is closed")
}

// transientClass tells PostgreSQL's classes for connections, roll-backs, resources, intervention and system errors
// (https://www.postgresql.org/docs/current/errcodes-appendix.html) and what follows from them inside a transaction.
func transientClass(code string) bool {
	if len(code) != 5 {
		return false
	}
	switch code[:2] {
	case "08", "40", "53", "57", "58":
		return true
	}
	return code == "55P03" || code == "25006" || code == "25P02" || code == "25P03"
}
