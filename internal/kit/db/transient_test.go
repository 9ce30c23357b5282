package db

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestTransientTellsConditionFromMistake(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"nothing", nil, false},
		{"caller gone", fmt.Errorf("insert: %w", context.Canceled), true},
		{"closed", errClosed, true},
		{"lost with its group", fmt.Errorf("x: %w", errLost), true},
		{"connection refused", &pgconn.PgError{Code: "08006"}, true},
		{"restarting", &pgconn.PgError{Code: "57P01"}, true},
		{"disk full", &pgconn.PgError{Code: "53100"}, true},
		{"idle in its transaction", &pgconn.PgError{Code: "25P03"}, true},
		{"unique violation", &pgconn.PgError{Code: "23505"}, false},
		{"a connection that was closed", fmt.Errorf("write: %w", pgconn.ErrConnClosed), true},
		{"wrong statement", &pgconn.PgError{Code: "42601"}, false},
		{"a listener's own", errors.New("no such rule"), false},
	} {
		if got := Transient(c.err); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
