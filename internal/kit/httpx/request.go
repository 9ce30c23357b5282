// Package httpx owns the border between HTTP and the rest: the API's frame, how faults become answers, limits.
package httpx

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/kit/id"
)

type requestKey struct{}

// request is what the border knows about the request in hand.
type request struct {
	id    string
	from  netip.Addr
	agent string
	log   *slog.Logger
}

// requestOf never returns nil: outside of Wrap it is a request that logs nowhere.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{log: slog.New(slog.DiscardHandler)}
}

// RequestID is the id of the request in ctx, as in the log and in the X-Request-Id header; empty outside of Wrap.
func RequestID(ctx context.Context) string { return requestOf(ctx).id }

// RemoteAddr is the address that the request in ctx came from; for IPv6 its /64, because a caller owns that many.
// It is the peer of the connection: headers that a proxy adds are not believed. Invalid outside of Wrap.
func RemoteAddr(ctx context.Context) netip.Addr { return requestOf(ctx).from }

// UserAgent is what the client of the request in ctx calls itself: one line of at most 300 bytes. Empty outside of Wrap.
func UserAgent(ctx context.Context) string { return requestOf(ctx).agent }

// Wrap is the outermost handler of the server: request id, security headers, access log (never the query, which
// may hold a key), panics answered with 500 and logged once. shapes are the parts of the surface whose refusals look
// different from the API's.
func Wrap(log *slog.Logger, next http.Handler, shapes ...Shape) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		req := &request{id: id.New(), from: remoteAddr(r.RemoteAddr), agent: userAgent(r)}
		req.log = log.With("request", req.id)
		rec := &recorder{ResponseWriter: w}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, req))
		body := &keptOpen{ReadCloser: r.Body}
		r.Body = body
		defer func() {
			body.drain(w, r)
			log.LogAttrs(r.Context(), slog.LevelDebug, "request",
				slog.String("request", req.id), slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes),
				slog.Duration("took", time.Since(start)), slog.String("from", req.from.String()))
		}()
		defer func() {
			if p := recover(); p != nil {
				rec.panicked(r, p)
			}
		}()
		secure(rec.Header(), req.id, r.URL.Path)
		if err := checkAddress(r); err != nil {
			refuser(shapes, r.URL.Path)(rec, r, err)
			return
		}
		next.ServeHTTP(rec, r)
	})
}

// Shape says how requests below a path are refused before their handler sees them.
type Shape struct {
	Prefix string
	Refuse func(http.ResponseWriter, *http.Request, error)
}

func refuser(shapes []Shape, path string) func(http.ResponseWriter, *http.Request, error) {
	for _, s := range shapes {
		if strings.HasPrefix(path, s.Prefix) {
			return s.Refuse
		}
	}
	return WriteFault
}

// secure sets the headers that every answer has; a handler may replace them.
func secure(h http.Header, requestID, path string) {
	h.Set("X-Request-Id", requestID)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), payment=(), usb=()")
	h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "+
		"object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'")
	if strings.HasPrefix(path, "/api") {
		h.Set("Cache-Control", "no-store")
	}
}

// checkAddress refuses what no database can hold, before anything reads it.
func checkAddress(r *http.Request) error {
	if !clean(r.URL.Path) {
		return errAddress
	}
	if !strings.Contains(r.URL.RawQuery, "%") && clean(r.URL.RawQuery) {
		return nil
	}
	for name, values := range r.URL.Query() {
		if !clean(name) {
			return errAddress
		}
		for _, v := range values {
			if !clean(v) {
				return errAddress.WithField(name)
			}
		}
	}
	return nil
}

func clean(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

func remoteAddr(hostport string) netip.Addr {
	ap, err := netip.ParseAddrPort(hostport)
	if err != nil {
		return netip.Addr{}
	}
	a := ap.Addr().Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

func userAgent(r *http.Request) string {
	s := strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(r.UserAgent(), ""))
	return strings.ToValidUTF8(s[:min(len(s), 300)], "")
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status   int
	bytes    int64
	hijacked bool
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach what is underneath.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush passes on for streams.
func (w *recorder) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Hijack passes on for WebSockets.
func (w *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.hijacked = true
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

func (w *recorder) panicked(r *http.Request, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint // the very value, as net/http compares it
		panic(p)
	}
	requestOf(r.Context()).log.Error("handler panicked", "panic", fmt.Sprint(p), "method", r.Method,
		"path", r.URL.Path, "stack", string(debug.Stack()))
	switch {
	case w.hijacked:
	case w.status == 0:
		writeAnswer(w, r, ErrInternal)
	default: // half an answer must not look like a whole one
		panic(http.ErrAbortHandler)
	}
}

// keptOpen is a request body that only the end of the request closes. A body that was refused half-way is read to
// its end, within bounds, before the answer leaves; a client that is still sending would otherwise see its
// connection break instead of the answer.
type keptOpen struct {
	io.ReadCloser
	begun, end bool
}

const drainLimit = 8 << 20

func (b *keptOpen) Read(p []byte) (int, error) {
	b.begun = true
	n, err := b.ReadCloser.Read(p)
	b.end = b.end || err != nil
	return n, err
}

func (b *keptOpen) Close() error { return nil }

func (b *keptOpen) drain(w http.ResponseWriter, r *http.Request) {
	if b.end || b.ReadCloser == nil || b.ReadCloser == http.NoBody {
		return
	}
	if !b.begun && r.Header.Get("Expect") != "" {
		return // the client waits for leave to send, and gets none
	}
	if http.NewResponseController(w).SetReadDeadline(time.Now().Add(2*time.Second)) == nil {
		_, _ = io.CopyN(io.Discard, b, drainLimit)
	}
}
