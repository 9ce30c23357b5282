package db_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// TestWhatIsCommittedIsSeenAtOnce reads outside of transactions what was committed just before, while others read,
// give up in the middle and write.
func TestWhatIsCommittedIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	d, err := db.Open(t.Context(), db.Config{File: filepath.Join(t.TempDir(), "ping.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	mustExec(t, d, `CREATE TABLE t (id TEXT PRIMARY KEY)`)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 150 {
				id := fmt.Sprintf("%d-%d", worker, i)
				tx := d.Tx
				if worker%2 == 1 {
					tx = d.TxRelaxed
				}
				if err := tx(context.Background(), func(ctx context.Context) error { return insert(ctx, d, id) }); err != nil {
					t.Error(err)
				}
				var n int
				if err := d.QueryRow(context.Background(), `SELECT COUNT(*) FROM t WHERE id = $1`, id).Scan(&n); err != nil || n != 1 {
					t.Errorf("%s was committed and is there %d times, %v", id, n, err)
				}
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i%20)*50*time.Microsecond)
				rows, err := d.Query(ctx, `SELECT id FROM t ORDER BY id DESC`)
				if err == nil {
					for k := 0; rows.Next() && k < i%7; k++ {
						continue
					}
					_ = rows.Close()
				}
				cancel()
			}
		})
	}
	wg.Wait()
}
