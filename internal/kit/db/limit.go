package db

import (
	"context"
	"database/sql/driver"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// setTimeouts bounds what a session of PostgreSQL waits for, unless the database's URL says otherwise: locks, and the
// next statement inside of a transaction. Ours send one after the other, so a transaction that is silent for longer
// belongs to a node that is frozen or cut off, and holds up the others with its locks.
func setTimeouts(params map[string]string, patience time.Duration) {
	for name, limit := range map[string]time.Duration{
		"lock_timeout":                        patience,
		"idle_in_transaction_session_timeout": patience,
	} {
		if _, given := params[name]; !given {
			params[name] = strconv.FormatInt(limit.Milliseconds(), 10)
		}
	}
}

// lockMigrations waits for other nodes' upgrades on conn, without end.
func lockMigrations(ctx context.Context, conn *pgxpool.Conn) error {
	//sql:postgres
	if _, err := conn.Exec(ctx, `SET lock_timeout = 0`); err != nil {
		return err
	}
	//sql:postgres
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, migrationLock); err != nil {
		return err
	}
	//sql:postgres
	_, err := conn.Exec(ctx, `RESET lock_timeout`)
	return err
}

// patient bounds the wait for a connection: when all of a pool wait for the database, whoever comes next is told so.
type patient struct {
	driver.Connector
	patience time.Duration
}

// Connect takes a connection out of the pool.
func (p patient) Connect(ctx context.Context) (driver.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	return p.Connector.Connect(ctx)
}

// silenceLimit is how long PostgreSQL may say nothing while an answer is waited for: a server that is frozen keeps its
// sockets open and would hold up whoever waits for it for ever.
const silenceLimit = 30 * time.Second

// vigil bounds the silence of all connections of a pool. It allows for any while an upgrade runs, which may have to
// build the index of a large table.
type vigil struct {
	limit    time.Duration
	upgrades atomic.Int64
}

// dial makes a connection that is watched.
func (w *vigil) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{KeepAlive: time.Minute}
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &watchedConn{Conn: c, watch: w}, nil
}

// watchedConn ends a read that brings nothing for too long; an earlier deadline of the caller's counts.
type watchedConn struct {
	net.Conn
	watch *vigil

	mu    sync.Mutex
	until time.Time // the caller's
}

func (c *watchedConn) Read(p []byte) (int, error) {
	if err := c.arm(); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *watchedConn) arm() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	end := c.until
	if c.watch.upgrades.Load() == 0 {
		if mine := time.Now().Add(c.watch.limit); end.IsZero() || mine.Before(end) {
			end = mine
		}
	}
	return c.Conn.SetReadDeadline(end)
}

// SetDeadline sets the caller's.
func (c *watchedConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = t
	return c.Conn.SetDeadline(t)
}

// SetReadDeadline sets the caller's.
func (c *watchedConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = t
	return c.Conn.SetReadDeadline(t)
}
