package httpx

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestClientsLeaveRoomForTheRest allows two connections: silent ones make room, the longest silent first; beside two that
// are at a request the third is turned away, and when one of them is done there is room again.
func TestClientsLeaveRoomForTheRest(t *testing.T) {
	t.Parallel()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	l := spare(tcp, slog.New(slog.NewTextHandler(&log, nil))).(*sparing)
	l.most = func() int { return 2 }
	began, release := make(chan struct{}), make(chan struct{})
	s := &http.Server{ReadHeaderTimeout: time.Minute, ConnState: l.state, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			began <- struct{}{}
			<-release
		}
	})}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close(); <-ended })

	first, second := dial(t, tcp), dial(t, tcp)
	if _, err := second.get(t, "/"); err != nil { // and is silent again, for less long than the first
		t.Fatal(err)
	}
	third := dial(t, tcp)
	if status, err := third.get(t, "/"); status != http.StatusOK {
		t.Errorf("beside two silent ones: %d, %v", status, err)
	}
	if status, err := first.get(t, "/"); err == nil {
		t.Errorf("the longest silent one is open: %d", status)
	}
	for _, c := range []*client{second, third} {
		c.ask(t, "/slow")
		<-began
	}
	if status, err := dial(t, tcp).get(t, "/"); status == http.StatusOK || err == nil && status != http.StatusServiceUnavailable {
		t.Errorf("beside two that are at it: %d, %v; want 503 or a closed connection", status, err)
	}
	release <- struct{}{}
	release <- struct{}{}
	for _, c := range []*client{second, third} {
		if status, err := c.answer(t); status != http.StatusOK {
			t.Errorf("who was at it got %d, %v", status, err)
		}
	}
	if status, err := dial(t, tcp).get(t, "/"); status != http.StatusOK {
		t.Errorf("with room again: %d, %v", status, err)
	}
	_ = s.Close()
	<-ended
	if n := strings.Count(log.String(), "turned away"); n != 1 {
		t.Errorf("said %d times that there is no room, want once in a minute:\n%s", n, &log)
	}
	l.mu.Lock() // what serves a connection may still be at its end
	defer l.mu.Unlock()
	if l.open != 0 || l.silent.Len() != 0 {
		t.Errorf("at the end %d connections are counted, %d of them silent", l.open, l.silent.Len())
	}
}

// TestAClosedConnectionIsNotSilent has a connection closed while its request ends: what is closed can make no room.
func TestAClosedConnectionIsNotSilent(t *testing.T) {
	t.Parallel()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := spare(tcp, slog.New(slog.DiscardHandler)).(*sparing)
	t.Cleanup(func() { _ = l.Close() })
	c := dial(t, tcp)
	t.Cleanup(func() { _ = c.Close() })
	v, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	l.state(v, http.StateActive)
	_ = v.Close()
	l.state(v, http.StateIdle)
	if l.open != 0 || l.silent.Len() != 0 {
		t.Errorf("%d connections are counted, %d of them silent; want none of one that is closed", l.open, l.silent.Len())
	}
}

// TestHalfOfWhatMayBeOpenIsForClients asks the system, which knows a number.
func TestHalfOfWhatMayBeOpenIsForClients(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if n := spare(l, slog.New(slog.DiscardHandler)).(*sparing).most(); n != mayBeOpen()/2 || n < 32 {
		t.Errorf("%d clients may connect, of %d files", n, mayBeOpen())
	}
}

// client is one connection.
type client struct {
	net.Conn
	r *bufio.Reader
}

func dial(t *testing.T, l net.Listener) *client {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &client{c, bufio.NewReader(c)}
}

func (c *client) ask(t *testing.T, path string) {
	t.Helper()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
}

func (c *client) answer(t *testing.T) (int, error) {
	t.Helper()
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode, err
}

func (c *client) get(t *testing.T, path string) (int, error) {
	t.Helper()
	c.ask(t, path)
	return c.answer(t)
}
