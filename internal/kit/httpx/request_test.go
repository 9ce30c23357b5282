package httpx_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestRemoteAddrIsThePeer(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"192.0.2.1:5": "192.0.2.1", "[::ffff:192.0.2.1]:5": "192.0.2.1", "[2001:db8:1:2:3::4]:5": "2001:db8:1:2::",
		"[fe80::1%eth0]:5": "fe80::", "nonsense": "invalid IP",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = from
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		var got string
		httpx.Wrap(quiet(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got = httpx.RemoteAddr(r.Context()).String()
		})).ServeHTTP(httptest.NewRecorder(), r)
		if got != want {
			t.Errorf("RemoteAddr of %s = %s, want %s", from, got, want)
		}
	}
}

func TestLimiterSlides(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := httpx.NewLimiter(3, time.Minute)
		for i := range 3 {
			if err := l.Take("a"); err != nil {
				t.Fatalf("deed %d: %v", i, err)
			}
		}
		f, ok := fault.From(l.Take("a"))
		if !ok || f.Kind != fault.Limited || f.RetryAfter <= 0 || f.RetryAfter > time.Minute {
			t.Fatalf("the fourth got %+v, want a Limited fault with a time to wait", f)
		}
		if err := l.Take("b"); err != nil {
			t.Errorf("another key was limited too: %v", err)
		}
		time.Sleep(2 * time.Minute)
		if err := l.Take("a"); err != nil {
			t.Errorf("after two windows: %v", err)
		}
	})
}

func TestSameOrigin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, site, origin string
		ok                   bool
	}{
		{"POST", "same-origin", "", true},
		{"POST", "cross-site", "", false},
		{"POST", "same-site", "", false},
		{"POST", "", "https://evil.example", false},
		{"POST", "", "http://example.com", true},
		{"POST", "", "null", false},
		{"POST", "", "", true}, // a script
		{"GET", "cross-site", "https://evil.example", true},
	} {
		r := httptest.NewRequest(c.method, "http://example.com/", nil)
		for k, v := range map[string]string{"Sec-Fetch-Site": c.site, "Origin": c.origin} {
			if v != "" {
				r.Header.Set(k, v)
			}
		}
		if err := httpx.SameOrigin(r); (err == nil) != c.ok {
			t.Errorf("%+v: got %v", c, err)
		}
	}
}

func TestServeFinishesWhatItBegan(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	began, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- httpx.Serve(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(began)
			<-release
			if r.Context().Err() != nil {
				t.Error("the stop reached a request under way")
			}
			_, _ = io.WriteString(w, "whole")
		}), quiet())
	}()
	answer := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + l.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		answer <- string(b)
	}()
	<-began
	stop()
	close(release)
	if got := <-answer; got != "whole" {
		t.Errorf("got %q, want the whole answer", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := httpx.Serve(context.Background(), l, http.NotFoundHandler(), quiet()); err == nil {
		t.Error("serving on a closed listener is no error")
	}
}

func TestHugeHeaderIsRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- httpx.Serve(ctx, l, http.NotFoundHandler(), quiet()) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\nX: "+strings.Repeat("x", 1<<20)+"\r\n\r\n")
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got status %d, want 431", resp.StatusCode)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestHijackAndFlushPassThrough(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(httpx.Wrap(quiet(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("raw")
		_ = rw.Flush()
	})))
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	b, _ := io.ReadAll(conn)
	if !strings.HasSuffix(string(b), "raw") {
		t.Errorf("got %q", b)
	}
}
