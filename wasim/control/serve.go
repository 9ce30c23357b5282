package control

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

// DefaultListen is where the control interface is looked for.
const DefaultListen = "127.0.0.1:8010"

const maxPort = 1<<16 - 1

// stopTime is how long requests that are being answered may finish when the server stops.
const stopTime = 2 * time.Second

// ErrNotLoopback is returned for an address that others than this machine could reach.
var ErrNotLoopback = errors.New("the simulated network listens on loopback addresses only, such as 127.0.0.1:8010")

// Config says which network is served and where.
type Config struct {
	// Listen is the loopback address of the control interface; empty is DefaultListen. Port 0 takes a free one.
	Listen string
	// Wire is the loopback address for clients' connections. Empty takes the port behind Listen's, where
	// clients find it again when the network was started anew, or any free one if that is taken.
	Wire string
	// Network is what is served. Whoever made it closes it, after the server.
	Network *wasim.Network
	// Logger receives failures; nil discards them.
	Logger *slog.Logger
}

// Server is a network that can be reached: the control interface and the wire, each on its own port.
type Server struct {
	url, dial string
	http      *http.Server
	wire      net.Listener
	running   sync.WaitGroup
	failed    chan error
	stop      sync.Once
}

// Start listens on both addresses and serves in the background until Close.
func Start(cfg Config) (*Server, error) {
	control, err := listen(cmp.Or(cfg.Listen, DefaultListen))
	if err != nil {
		return nil, fmt.Errorf("listen for the control interface: %w", err)
	}
	wire, err := listenForClients(cfg, control.Addr())
	if err != nil {
		_ = control.Close()
		return nil, fmt.Errorf("listen for clients: %w", err)
	}
	s := &Server{
		url: "http://" + control.Addr().String(), dial: wire.Addr().String(),
		wire: wire, failed: make(chan error, 2),
	}
	serving, stopping := context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler:           handler(serving, cfg.Network, s.dial, cfg.Logger),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
	}
	s.http.RegisterOnShutdown(stopping)
	s.running.Go(func() { s.report("control interface", s.http.Serve(control)) })
	s.running.Go(func() { s.report("wire", cfg.Network.Serve(wire)) })
	return s, nil
}

func listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%q is not host:port: %w", address, err)
	}
	if !isLoopback(host) {
		return nil, fmt.Errorf("%q: %w", address, ErrNotLoopback)
	}
	return net.Listen("tcp", address)
}

// listenForClients opens the wire.
func listenForClients(cfg Config, control net.Addr) (net.Listener, error) {
	if cfg.Wire != "" {
		return listen(cfg.Wire)
	}
	host, port, err := net.SplitHostPort(control.String())
	if err != nil {
		return nil, err
	}
	_, asked, _ := net.SplitHostPort(cmp.Or(cfg.Listen, DefaultListen))
	if number, err := strconv.Atoi(port); err == nil && asked == port && number < maxPort {
		if wire, err := listen(net.JoinHostPort(host, strconv.Itoa(number+1))); err == nil {
			return wire, nil
		}
	}
	return listen(net.JoinHostPort(host, "0"))
}

func (s *Server) report(part string, err error) {
	if err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		s.failed <- fmt.Errorf("%s ended: %w", part, err)
	}
}

// URL is the base of the control interface, such as http://127.0.0.1:8010.
func (s *Server) URL() string { return s.url }

// Dial is the address for clients' connections, host:port.
func (s *Server) Dial() string { return s.dial }

// Failed delivers the error of a listener that ended by itself.
func (s *Server) Failed() <-chan error { return s.failed }

// Close stops listening, lets requests finish for two seconds and waits for both listeners' ends.
// Clients that are connected stay so until the network is closed. A second Close does nothing.
func (s *Server) Close() {
	s.stop.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		_ = s.wire.Close()
		if s.http.Shutdown(ctx) != nil {
			_ = s.http.Close()
		}
		s.running.Wait()
	})
}

// Serve starts a server and keeps it until ctx ends (nil) or a listener fails. started, if set, is
// called once with the running server.
func Serve(ctx context.Context, cfg Config, started func(*Server)) error {
	server, err := Start(cfg)
	if err != nil {
		return err
	}
	defer server.Close()
	if started != nil {
		started(server)
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-server.Failed():
		return err
	}
}
