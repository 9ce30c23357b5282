// Package db owns the database: opening it, transactions, and what differs between SQLite and PostgreSQL.
package db

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"go.mau.fi/util/dbutil"
)

// DB is the one database of the installation. Exec, Query and QueryRow of the embedded Database use the
// transaction in ctx when there is one.
//
// On SQLite, all writes of the process share one connection and every transaction that waits at the same
// moment shares one commit (see Tx); reads outside a transaction use connections of their own.
type DB struct {
	*dbutil.Database
	writer *groupWriter // nil on PostgreSQL
	pool   *pgxpool.Pool
	places chan struct{} // of those who are in no hurry
	watch  *vigil        // of the pool's connections
	stats  *statistician // nil on SQLite, and where every statement is counted
	reader *sql.DB
	stuck  atomic.Pointer[time.Time] // when a transaction last waited for a lock in vain
}

// Config says which database to open.
type Config struct {
	// URL is a PostgreSQL URL (postgres://…), or empty for SQLite.
	URL string
	// File is the SQLite file; its folder is made when missing. Ignored with a URL.
	File string
	// MaxConns bounds the PostgreSQL pool; 0 is 4 per core, at least 8.
	MaxConns int
	// Silence is how long PostgreSQL may say nothing while an answer is waited for; 0 is 30 s.
	Silence time.Duration
	// Patience is how long a statement waits for somebody else's lock, and for a connection; 0 is 10 s. It fails as
	// Transient after that. An upgrade waits for another node's for as long as it takes.
	Patience time.Duration
	// Strike is for tests; nil does nothing.
	Strike Strike
}

// usualPatience is shorter than what callers wait for an answer, and longer than anybody of good will holds a lock.
const usualPatience = 10 * time.Second

// Open opens the database and checks that it answers. It does not migrate.
func Open(ctx context.Context, c Config) (*DB, error) {
	c.Patience = cmp.Or(c.Patience, usualPatience)
	if c.URL == "" {
		return openSQLite(ctx, c)
	}
	return openPostgres(ctx, c)
}

// role is what a SQLite connection does.
type role int

const (
	roleWrite      role = iota
	roleRead            // several at once
	roleCheckpoint      // copies the log; it goes past the cache
)

// cacheKiB is the page cache of a connection. The system keeps the file's pages as well, so what a connection lacks costs
// microseconds, while what it holds is held once for each of them.
func (r role) cacheKiB() int {
	switch r {
	case roleWrite:
		return 12000
	case roleRead:
		return 4000
	default:
		return 200
	}
}

// sqliteDSN: WAL and FULL so that what is committed survives a power cut; immediate transactions because a
// deferred one that upgrades to a write fails instead of waiting, and a message is lost.
func sqliteDSN(c Config, r role) string {
	q := url.Values{}
	for _, p := range []string{fmt.Sprintf("busy_timeout(%d)", c.Patience.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"} {
		q.Add("_pragma", p)
	}
	q.Set("_txlock", "immediate")
	q.Add("_pragma", fmt.Sprintf("wal_autocheckpoint(%d)", checkpointAtLatest))
	q.Add("_pragma", fmt.Sprintf("cache_size(-%d)", r.cacheKiB()))
	if r == roleWrite {
		q.Add("_pragma", "temp_store(MEMORY)") // the pages that a statement or a savepoint would put back; a file of them costs a call each
	}
	if r == roleRead {
		q.Add("_pragma", "query_only(1)")
		q.Set("_txlock", "deferred")
	}
	return "file:" + (&url.URL{Path: c.File}).EscapedPath() + "?" + q.Encode()
}

func openSQLite(ctx context.Context, c Config) (*DB, error) {
	file := c.File
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	if err := private(file); err != nil {
		return nil, err
	}
	if err := intact(ctx, c); err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	writes, err := newConnector(sqliteDSN(c, roleWrite), c.Strike)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	write := sql.OpenDB(writes)
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	copies, err := newConnector(sqliteDSN(c, roleCheckpoint), nil)
	if err != nil {
		return nil, fmt.Errorf("open %s for checkpoints: %w", file, err)
	}
	side := sql.OpenDB(copies)
	side.SetMaxOpenConns(1)
	reads, err := newConnector(sqliteDSN(c, roleRead), nil)
	if err != nil {
		return nil, fmt.Errorf("open %s for reading: %w", file, err)
	}
	read := sql.OpenDB(reads)
	read.SetMaxOpenConns(max(4, runtime.NumCPU()))
	read.SetMaxIdleConns(max(4, runtime.NumCPU()))
	base, err := dbutil.NewWithDB(write, "sqlite")
	if err != nil {
		return nil, err
	}
	d := &DB{Database: base, reader: read}
	d.writer = newGroupWriter(base, newCheckpointer(side))
	base.LoggingDB.UnderlyingExecable = &router{write: write, read: read, group: d.writer}
	return d, nil
}

// private makes the file, when there is none, readable by its owner only; SQLite gives its side files the same
// rights. It holds customers' messages and the keys of linked numbers.
func private(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the database file: %w", err)
	}
	return f.Close()
}

func openPostgres(ctx context.Context, c Config) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", err)
	}
	cfg.MaxConns = int32(max(8, 4*runtime.NumCPU()))
	if c.MaxConns > 0 {
		cfg.MaxConns = int32(c.MaxConns)
	}
	w := &vigil{limit: cmp.Or(c.Silence, silenceLimit)}
	cfg.ConnConfig.DialFunc = w.dial
	cfg.ConnConfig.ConnectTimeout = cmp.Or(cfg.ConnConfig.ConnectTimeout, 10*time.Second)
	if c.Strike != nil {
		cfg.ConnConfig.Tracer = tracer{c.Strike}
	}
	setTimeouts(cfg.ConnConfig.RuntimeParams, c.Patience)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	raw := sql.OpenDB(patient{stdlib.GetPoolConnector(pool), c.Patience})
	raw.SetMaxIdleConns(0) // the pool keeps them
	if err := raw.PingContext(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	base, err := dbutil.NewWithDB(raw, "pgx")
	if err != nil {
		return nil, err
	}
	d := &DB{Database: base, pool: pool, places: make(chan struct{}, max(1, cfg.MaxConns/2)), watch: w}
	if c.Strike == nil {
		d.stats = newStatistician(pool)
	}
	return d, nil
}

// Close waits for the running commit and closes every connection. Transactions that come later fail.
func (d *DB) Close() error {
	if d.writer != nil {
		d.writer.close()
		_ = d.writer.log.close()
		_ = d.reader.Close()
	}
	if d.stats != nil {
		d.stats.close()
	}
	err := d.Database.Close()
	if d.pool != nil {
		d.pool.Close()
	}
	return err
}

// Postgres reports whether the engine is PostgreSQL, for the few texts that must differ.
func (d *DB) Postgres() bool { return d.Dialect == dbutil.Postgres }

// Text makes a string fit for both engines: NUL bytes and invalid UTF-8 are taken out.
func Text(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.ReplaceAll(s, "\x00", "")
}
