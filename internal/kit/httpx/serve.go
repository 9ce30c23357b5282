package httpx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// shutdownGrace is how long requests that are under way may take when the server stops.
const shutdownGrace = 10 * time.Second

// Serve answers on l until ctx ends, then lets the requests under way finish, at most 10 s, and returns nil.
// ctx does not reach the requests: each has its own. Clients can't use up the files that the process may have open.
func Serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // what clients do wrong
	}
	l = spare(l, log)
	if l, ok := l.(*sparing); ok {
		s.ConnState = l.state
	}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	if err := s.Shutdown(grace); err != nil {
		log.Warn("requests were cut off at the stop", "error", err)
		_ = s.Close()
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	}
	return nil
}

// SameOrigin refuses a request that changes something and that a browser sent for another site's page. Requests
// that carry a session cookie go through it; scripts, which send neither Origin nor Sec-Fetch-Site, pass.
func SameOrigin(r *http.Request) error {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return errCrossSite.WithCause(err)
	}
	return nil
}
