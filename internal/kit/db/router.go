package db

import (
	"context"
	"database/sql"
	"regexp"
	"strings"
)

// router sends statements that stand outside a transaction to where they belong: writes join the group commit,
// reads use the reader pool. The WhatsApp client's own store uses it too, without knowing.
type router struct {
	write, read *sql.DB
	group       *groupWriter
}

func (r *router) ExecContext(ctx context.Context, query string, args ...any) (res sql.Result, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if strings.HasPrefix(query, "PRAGMA") { // most have no effect inside a transaction
		if r.group.mine() {
			return nil, errOutside
		}
		return r.write.ExecContext(ctx, query, args...)
	}
	err = r.group.do(ctx, durable, func(ctx context.Context) error {
		res, err = r.group.base.Exec(ctx, query, args...)
		return err
	})
	return res, err
}

func (r *router) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if reads(query) {
		return r.read.QueryContext(ctx, query, args...)
	}
	if r.group.mine() {
		return nil, errOutside
	}
	return r.write.QueryContext(ctx, query, args...)
}

func (r *router) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if reads(query) {
		return r.read.QueryRowContext(ctx, query, args...)
	}
	if r.group.mine() {
		ctx = ended()
	}
	return r.write.QueryRowContext(ctx, query, args...)
}

var changes = regexp.MustCompile(`(?i)\b(INSERT|UPDATE|DELETE|REPLACE)\b`)

// reads reports whether query surely changes nothing. A read that is not recognised is only slower: it waits
// for the writer.
func reads(query string) bool {
	first, _, _ := strings.Cut(strings.TrimLeft(query, " \t\r\n("), " ")
	first, _, _ = strings.Cut(first, "\n")
	switch strings.ToUpper(strings.TrimSpace(first)) {
	case "SELECT":
		return true
	case "WITH":
		return !changes.MatchString(query)
	}
	return false
}
