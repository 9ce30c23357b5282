package db

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// statisticsEvery is how often it is looked for tables that have grown. PostgreSQL does so itself once a minute.
	statisticsEvery = 3 * time.Second
	// statisticsFrom is from how many rows on a wrong plan is felt.
	statisticsFrom = 250
)

// statistician has PostgreSQL look anew at tables that have doubled. It plans a statement once per connection and keeps
// the plan until its statistics of a table change. Of a table that was empty then it thinks one index as good as any
// other, and reads all rows of a workspace for one of them: in the first minute of an installation, and of a first large
// import or broadcast, a message of a broadcast took three times as long there as afterwards. Its own look, of
// autovacuum, comes once a minute.
type statistician struct {
	pool *pgxpool.Pool
	stop context.CancelFunc
	done sync.WaitGroup
}

func newStatistician(pool *pgxpool.Pool) *statistician {
	ctx, stop := context.WithCancel(context.Background())
	s := &statistician{pool: pool, stop: stop}
	s.done.Go(func() { s.run(ctx) })
	return s
}

func (s *statistician) run(ctx context.Context) {
	tick := time.NewTicker(statisticsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			// What fails now (the database is away, the account doesn't own the tables) costs time and nothing else.
			_, _ = s.once(ctx)
		}
	}
}

// once looks at the tables that have doubled since they were last looked at, and returns how many these were. A table that
// somebody else looks at or alters is left out.
func (s *statistician) once(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	//sql:postgres
	rows, err := s.pool.Query(ctx, `
		SELECT c.relname FROM pg_stat_user_tables t JOIN pg_class c ON c.oid = t.relid
		WHERE t.schemaname = current_schema() AND pg_has_role(c.relowner, 'USAGE')
		AND (t.n_live_tup > 2 * greatest(c.reltuples, 0) + $1 OR t.n_live_tup > $1 AND t.last_analyze IS NULL AND t.last_autoanalyze IS NULL)`,
		statisticsFrom)
	if err != nil {
		return 0, fmt.Errorf("look for tables that have grown: %w", err)
	}
	grown, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, fmt.Errorf("look for tables that have grown: %w", err)
	}
	for _, table := range grown {
		//sql:postgres
		if _, err := s.pool.Exec(ctx, `ANALYZE (SKIP_LOCKED) `+pgx.Identifier{table}.Sanitize()); err != nil {
			return 0, fmt.Errorf("look at %s: %w", table, err)
		}
	}
	return len(grown), nil
}

func (s *statistician) close() {
	s.stop()
	s.done.Wait()
}
