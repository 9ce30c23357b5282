package db

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

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
