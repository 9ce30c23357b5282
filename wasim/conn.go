package wasim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	waBinary "go.mau.fi/whatsmeow/binary"

	"github.com/pingcrm/pingcrm/wasim/internal/noise"
)

const (
	// handshakeTimeout bounds how long a socket may stay unidentified.
	handshakeTimeout = 20 * time.Second
	// lingerTimeout is how long a client is given to close a socket by itself. It
	// must be the one to close after 515: a server that closes at once can overtake
	// the stanza, and the client then never comes back.
	lingerTimeout = 5 * time.Second
	// partingGrace is the same after any other last word, which the client doesn't
	// answer: it hears nothing any more once it notices that the socket is closed.
	partingGrace = 200 * time.Millisecond
)

// conn is one websocket after its handshake.
type conn struct {
	net   *Network
	name  string
	noise *noise.Conn
	ws    messages // below the noise
	raw   net.Conn
	hello noise.Hello

	// device is set once the socket is logged in, pending while it waits to be linked.
	device  *device
	pending *pending
	// linked is device for who writes.
	linked atomic.Pointer[device]

	mu      sync.Mutex
	wake    *sync.Cond
	out     []node
	closing bool
	grace   time.Duration
	deaf    bool

	ctx    context.Context //nolint:containedctx // it is the socket's life, which no call hands down
	cancel context.CancelFunc
	done   chan struct{}
}

// send queues a stanza for the wire; it never waits. After finish it does nothing.
func (c *conn) send(n node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return
	}
	c.out = append(c.out, n)
	c.wake.Signal()
}

// finish closes the socket once everything queued is written.
func (c *conn) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing = true
	c.wake.Signal()
}

// dismiss sends a last stanza and leaves the closing to the client for a while.
// What the client says after that is not heard any more.
func (c *conn) dismiss(last node, grace time.Duration) {
	c.send(last)
	c.part(grace)
}

// part stops listening to a client and leaves the closing to it for a while.
func (c *conn) part(grace time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return
	}
	c.closing, c.grace = true, grace
	c.wake.Signal()
}

// over reports whether stanzas from the client are not heard any more.
func (c *conn) over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing
}

// hold waits until the client has closed the socket or its grace is over.
func (c *conn) hold() {
	c.mu.Lock()
	grace := c.grace
	c.mu.Unlock()
	if grace == 0 {
		return
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.ctx.Done():
	}
}

// drop closes the socket at once; what is queued is lost.
func (c *conn) drop() { c.cancel() }

// silence makes the socket deaf and dumb without closing it.
func (c *conn) silence() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deaf = true
	c.out = nil
	c.wake.Signal()
}

func (c *conn) silent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.deaf
}

// next waits for something to write; ok is false when there is nothing more to come.
func (c *conn) next() (batch []node, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.ctx.Err() != nil:
			return nil, false
		case c.deaf:
			c.out = nil
		case len(c.out) > 0:
			batch, c.out = c.out, nil
			return batch, true
		case c.closing:
			return nil, false
		}
		c.wake.Wait()
	}
}

func (c *conn) writeLoop() {
	stop := context.AfterFunc(c.ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.wake.Broadcast()
	})
	defer stop()
	defer c.cancel()
	for {
		batch, ok := c.next()
		if !ok {
			c.hold()
			return
		}
		for _, n := range batch {
			if err := c.write(n); err != nil {
				c.net.opts.Logger.Debug("wasim: writing to a client failed", "device", c.name, "error", err)
				return
			}
		}
	}
}

func (c *conn) write(n node) error {
	data, err := waBinary.Marshal(n)
	if err != nil {
		return fmt.Errorf("encode <%s>: %w", n.Tag, err)
	}
	if err := c.spoilStanza(); err != nil {
		return err
	}
	c.net.log.add(c.net.now(), c.name, "out", n)
	c.net.count.stanzasOut.Add(1)
	return c.noise.WriteFrame(c.ctx, data)
}

// readLoop hands each stanza to handle until the socket ends.
func (c *conn) readLoop(handle func(*node)) error {
	for {
		frame, err := c.noise.ReadFrame(c.ctx)
		if err != nil {
			return err
		}
		if c.silent() {
			return c.swallow()
		}
		n, err := decode(frame)
		if err != nil {
			return err
		}
		c.net.log.add(c.net.now(), c.name, "in", *n)
		c.net.count.stanzasIn.Add(1)
		if !c.over() {
			handle(n)
		}
	}
}

// swallow takes everything that a client sends and gives no sign of life. It goes
// below the websocket, which would still answer pings and the client's goodbye.
func (c *conn) swallow() error {
	stop := context.AfterFunc(c.ctx, func() { _ = c.raw.Close() })
	defer stop()
	_, err := io.Copy(io.Discard, c.raw)
	return err
}

// messages makes a websocket what the noise layer wants.
type messages struct{ ws *websocket.Conn }

func (m messages) Read(ctx context.Context) ([]byte, error) {
	_, data, err := m.ws.Read(ctx)
	return data, err
}

func (m messages) Write(ctx context.Context, data []byte) error {
	return m.ws.Write(ctx, websocket.MessageBinary, data)
}

// serve runs a websocket from its handshake to its end.
func (n *Network) serve(ws *websocket.Conn, raw net.Conn) {
	ctx, cancel := context.WithCancel(n.ctx)
	defer cancel()
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(noise.MaxFrame + 1)
	greet, stop := context.WithTimeout(ctx, handshakeTimeout)
	serial := n.count.connections.Add(1)
	secure, hello, err := noise.Accept(greet, messages{ws}, n.authority, n.random("handshake", serial))
	stop()
	if err != nil {
		n.opts.Logger.Debug("wasim: handshake failed", "error", err)
		return
	}
	c := &conn{
		net: n, name: fmt.Sprintf("conn-%d", serial), noise: secure, ws: messages{ws}, raw: raw, hello: hello,
		ctx: ctx, cancel: cancel, done: make(chan struct{}),
	}
	c.wake = sync.NewCond(&c.mu)
	n.count.live.Add(1)
	defer n.count.live.Add(-1)
	n.run(c)
}

// run lives as long as the socket.
func (n *Network) run(c *conn) {
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.writeLoop()
	}()
	if err := c.readLoop(n.greet(c)); err != nil && !isEnd(err) {
		n.opts.Logger.Debug("wasim: a client's socket ended", "device", c.name, "error", err)
	}
	c.cancel()
	<-written
	n.leave(c)
	close(c.done)
}

func isEnd(err error) bool {
	return errors.Is(err, context.Canceled) || websocket.CloseStatus(err) != -1
}
