package wasim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// chatPath is where clients open their websocket; every other path is media.
const chatPath = "/ws/chat"

const headerTimeout = 10 * time.Second

// Serve answers connections of l, websockets and media alike and without TLS,
// until l or the network is closed. It always returns an error; after Close it is net.ErrClosed.
func (n *Network) Serve(l net.Listener) error {
	if n.ctx.Err() != nil {
		return net.ErrClosed
	}
	err := n.http.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		return net.ErrClosed
	}
	return fmt.Errorf("wasim: serve %s: %w", l.Addr(), err)
}

// DialContext connects to the network without a port, whatever the address: the
// value for http.Transport's DialContext and DialTLSContext.
func (n *Network) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	return n.pipes.dial(ctx)
}

func (n *Network) newHTTP() *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc(chatPath, n.serveChat)
	mux.Handle("/", n.media)
	return &http.Server{
		Handler: mux, ReadHeaderTimeout: headerTimeout,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, rawKey{}, c)
		},
		ErrorLog: slog.NewLogLogger(n.opts.Logger.Handler(), slog.LevelDebug),
	}
}

// rawKey is where a request's context has the connection under the websocket.
type rawKey struct{}

// serveChat hands the websocket to its own goroutine, because a hijacked
// connection isn't the HTTP server's to end any more.
func (n *Network) serveChat(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		// Clients that aren't browsers name whatever host and origin they like.
		InsecureSkipVerify: true,
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		n.opts.Logger.Debug("wasim: no websocket", "error", err)
		return
	}
	raw, _ := r.Context().Value(rawKey{}).(net.Conn)
	if !n.spawn(func() { n.serve(ws, raw) }) {
		_ = ws.CloseNow()
	}
}

// pipeListener makes connections out of pairs of pipes.
type pipeListener struct {
	incoming chan net.Conn
	once     sync.Once
	closed   chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{incoming: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.incoming <- there:
		return here, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept is net.Listener's.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.incoming:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close is net.Listener's; a second call does nothing.
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr is net.Listener's.
func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "wasim" }
