package db

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
)

const (
	// checkpointEvery is after how many commits the write-ahead log is copied into the database file. A commit of
	// ours is 5 to 15 pages, so this is about the 1,000 pages after which SQLite does it by itself.
	checkpointEvery = 100
	// checkpointAtLatest is after how many pages (of 4 KiB) the writer does it itself and everybody waits: only when
	// the background does not keep up, so that the log can't grow without end.
	checkpointAtLatest = 8000
)

// checkpointer copies the write-ahead log into the database file beside the writer. SQLite by itself does it inside
// a commit, and all that waits for that commit waits for two more synchronisations of the disk: the slowest percent
// of all answers.
type checkpointer struct {
	conn    *sql.DB
	commits atomic.Int64
	wake    chan struct{}
	stop    context.CancelFunc
	done    sync.WaitGroup
}

func newCheckpointer(conn *sql.DB) *checkpointer {
	ctx, stop := context.WithCancel(context.Background())
	c := &checkpointer{conn: conn, wake: make(chan struct{}, 1), stop: stop}
	c.done.Go(func() { c.run(ctx) })
	return c
}

// committed counts a commit.
func (c *checkpointer) committed() {
	if c.commits.Add(1) < checkpointEvery {
		return
	}
	c.commits.Store(0)
	select {
	case c.wake <- struct{}{}:
	default: // it is at work already
	}
}

func (c *checkpointer) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
			// What fails now (a full disk) stays in the log and is done next time, at the latest by the writer.
			_ = c.once(ctx)
		}
	}
}

// once copies what nobody reads any more; it waits for nobody and nobody waits for it.
func (c *checkpointer) once(ctx context.Context) error {
	var busy, pages, copied int
	if err := c.conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &pages, &copied); err != nil {
		return fmt.Errorf("copy the log into the database: %w", err)
	}
	return nil
}

func (c *checkpointer) close() error {
	c.stop()
	c.done.Wait()
	return c.conn.Close()
}
