package httpx

import (
	"container/list"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// turnedAway is what a client gets for whose connection there is no room.
const turnedAway = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

// sparing is a listener that leaves half of the files and sockets that the process may have open to everything else: what
// the program is connected to, and its database. When clients have the other half, the connection that has been silent
// for longest makes room for the next; while all are at a request, the next is turned away.
type sparing struct {
	*net.TCPListener
	most func() int
	log  *slog.Logger

	mu     sync.Mutex
	open   int
	silent *list.List // of *visitor, those without a request, the longest first
	told   time.Time
}

// visitor is a client's connection.
type visitor struct {
	*net.TCPConn
	of    *sparing
	once  sync.Once
	place *list.Element // in of.silent; nil while a request is under way and when it is closed
	gone  bool          // closed, which the end of its request may not have heard yet
}

// spare is l with room left for the rest of the process. What is no TCP listener stays as it is.
func spare(l net.Listener, log *slog.Logger) net.Listener {
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return l
	}
	return &sparing{TCPListener: tcp, most: func() int { return mayBeOpen() / 2 }, log: log, silent: list.New()}
}

// Accept waits for the next connection that there is room for.
func (l *sparing) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptTCP()
		if err != nil {
			return nil, err
		}
		if v := l.admit(c); v != nil {
			return v, nil
		}
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = c.Write([]byte(turnedAway))
		_ = c.Close()
	}
}

// admit makes room; nil when there is none.
func (l *sparing) admit(c *net.TCPConn) *visitor {
	l.mu.Lock()
	full := l.open >= l.most()
	var out *visitor
	if oldest := l.silent.Front(); full && oldest != nil {
		out = oldest.Value.(*visitor) //nolint:forcetypeassert // the list has nothing else
	}
	tell := full && time.Since(l.told) > time.Minute
	if tell {
		l.told = time.Now()
	}
	l.mu.Unlock()
	if tell {
		l.log.Warn("more clients are connected than this process may have files open for; some are turned away", "most", l.most())
	}
	if out != nil {
		_ = out.Close()
	} else if full {
		return nil
	}
	v := &visitor{TCPConn: c, of: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open++
	v.place = l.silent.PushBack(v)
	return v
}

// state hears of what a connection is at.
func (l *sparing) state(c net.Conn, s http.ConnState) {
	v, ok := c.(*visitor)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch s {
	case http.StateIdle:
		if v.place == nil && !v.gone {
			v.place = l.silent.PushBack(v)
		}
	case http.StateActive, http.StateHijacked:
		l.busy(v)
	case http.StateNew, http.StateClosed: // said by Accept and Close
	}
}

// busy takes a connection from among the silent ones.
func (l *sparing) busy(v *visitor) {
	if v.place != nil {
		l.silent.Remove(v.place)
		v.place = nil
	}
}

// Close frees the connection's room.
func (v *visitor) Close() error {
	v.once.Do(func() {
		v.of.mu.Lock()
		defer v.of.mu.Unlock()
		v.of.open--
		v.gone = true
		v.of.busy(v)
	})
	return v.TCPConn.Close()
}
