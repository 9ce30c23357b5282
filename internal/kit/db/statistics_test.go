package db

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
)

// A statement that was planned when its table was empty goes by the right index once the table has grown, also where the
// server doesn't look after its tables itself.
func TestPlansFollowATableThatGrows(t *testing.T) {
	t.Parallel()
	d, err := Open(t.Context(), Config{URL: pgtest.URL(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	conn, err := d.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	exec := func(text string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), text, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE things (shop INT, kind INT, id INT) WITH (autovacuum_enabled = false)`)
	exec(`CREATE INDEX things_id ON things (shop, id)`)
	exec(`CREATE INDEX things_kind ON things (shop, kind)`)
	exec(`SET plan_cache_mode = force_generic_plan`)
	exec(`PREPARE thing AS SELECT kind FROM things WHERE shop = $1 AND kind = $2 AND id = $3`)
	exec(`EXECUTE thing (1, 1, 1)`)
	exec(`INSERT INTO things SELECT 1, 1, n FROM generate_series(1, 3000) n`)
	plan := func() string {
		rows, err := conn.Query(t.Context(), `EXPLAIN EXECUTE thing (1, 1, 7)`, pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(lines, "\n")
	}
	before := plan()
	if !strings.Contains(before, "things_kind") {
		t.Fatalf("this server is wrong about other tables than those of the test:\n%s", before)
	}
	tick, late := time.NewTicker(50*time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for !strings.Contains(plan(), "things_id") {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("the plan stays what it was for an empty table:\n%s\nbefore:\n%s", plan(), before)
		}
	}
	var rows float64
	if err := conn.QueryRow(t.Context(), `SELECT reltuples FROM pg_class WHERE relname = 'things'`).Scan(&rows); err != nil || rows != 3000 {
		t.Errorf("the server knows of %v rows (%v), want 3000", rows, err)
	}
	if n, err := d.stats.once(t.Context()); n != 0 || err != nil {
		t.Errorf("what has not grown since is looked at again: %d tables, %v", n, err)
	}
}
