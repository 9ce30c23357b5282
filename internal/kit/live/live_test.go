package live_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/live"
)

var errKey = fault.New(fault.Unauthenticated, "key", fault.Text{ID: "Kunci salah.", EN: "Wrong key."})

type hub struct {
	*live.Live
	url     string
	revoked atomic.Bool
	broken  atomic.Bool
	asked   chan struct{}
}

// newHub is a hub whose callers say their workspace as their key.
func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{asked: make(chan struct{}, 100)}
	l, err := live.New(live.Config{Log: slog.New(slog.DiscardHandler), Authenticate: h.authenticate, Recheck: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	h.Live = l
	mux := http.NewServeMux()
	mux.Handle("GET "+live.Path, l.Handler())
	srv := httptest.NewServer(httpx.Wrap(slog.New(slog.DiscardHandler), mux))
	h.url = srv.URL + live.Path
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		srv.Close()
	})
	return h
}

func (h *hub) authenticate(r *http.Request) (live.Caller, error) {
	h.asked <- struct{}{}
	if h.broken.Load() {
		return live.Caller{}, errors.New("the database is away")
	}
	key := r.Header.Get("X-Api-Key")
	if key == "" || h.revoked.Load() {
		return live.Caller{}, errKey
	}
	return live.Caller{WorkspaceID: key, UserID: "u-" + key, Session: "s-" + key}, nil
}

type client struct {
	*websocket.Conn
	t     *testing.T
	lines []string // of the last frame, not read yet
}

// join connects and waits until the server says that it listens.
func (h *hub) join(t *testing.T, key, connect string) (*client, string) {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), h.url, &websocket.DialOptions{HTTPHeader: http.Header{"X-Api-Key": {key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	c := &client{Conn: conn, t: t}
	c.send(fmt.Sprintf(`{"id":1,"connect":{%s}}`, connect))
	return c, c.next()
}

func (c *client) send(text string) {
	c.t.Helper()
	if err := c.Write(c.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// next is the next thing the server says, pings left out.
func (c *client) next() string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	for {
		if len(c.lines) == 0 {
			_, b, err := c.Read(ctx)
			if err != nil {
				return "closed: " + err.Error()
			}
			c.lines = strings.Split(strings.TrimSpace(string(b)), "\n")
		}
		text := c.lines[0]
		c.lines = c.lines[1:]
		if text != "{}" {
			return text
		}
		c.send("{}")
	}
}

func (c *client) wantEvent(kind, data string) {
	c.t.Helper()
	var got struct {
		Push struct {
			Pub struct {
				Data struct {
					Type string          `json:"type"`
					Data json.RawMessage `json:"data"`
				} `json:"data"`
			} `json:"pub"`
		} `json:"push"`
	}
	text := c.next()
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		c.t.Fatalf("got %q: %v", text, err)
	}
	if d := got.Push.Pub.Data; d.Type != kind || string(d.Data) != data {
		c.t.Errorf("got %s, want event %s %s", text, kind, data)
	}
}

func TestEachWorkspaceHearsItsOwn(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	a1, _ := h.join(t, "a", "")
	a2, _ := h.join(t, "a", "")
	b, _ := h.join(t, "b", "")
	for _, e := range []struct{ workspace, kind string }{{"a", "one"}, {"nobody", "lost"}, {"b", "two"}, {"a", "three"}} {
		if err := h.Publish(e.workspace, live.Event{Type: e.kind, Seq: 7, Data: map[string]string{"id": e.kind}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []*client{a1, a2} {
		c.wantEvent("one", `{"id":"one"}`)
		c.wantEvent("three", `{"id":"three"}`)
	}
	b.wantEvent("two", `{"id":"two"}`)
	if err := h.Publish("a", live.Event{Type: "bad", Data: make(chan int)}); err == nil {
		t.Error("what can't be encoded was published")
	}
}

func TestMissedEventsComeAfterReconnecting(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	c, hello := h.join(t, "a", "")
	var reply struct {
		Connect struct {
			Subs map[string]struct {
				Epoch  string `json:"epoch"`
				Offset uint64 `json:"offset"`
			} `json:"subs"`
		} `json:"connect"`
	}
	if err := json.Unmarshal([]byte(hello), &reply); err != nil || len(reply.Connect.Subs) != 2 {
		t.Fatalf("got %s (%v), want the workspace's and the caller's own", hello, err)
	}
	_ = c.CloseNow()
	for _, kind := range []string{"one", "two"} {
		if err := h.Publish("a", live.Event{Type: kind}); err != nil {
			t.Fatal(err)
		}
	}
	sub := reply.Connect.Subs["workspace:a"]
	_, hello = h.join(t, "a", fmt.Sprintf(`"subs":{"workspace:a":{"recover":true,"epoch":%q,"offset":%d}}`, sub.Epoch, sub.Offset))
	for _, want := range []string{`"type":"one"`, `"type":"two"`, `"recovered":true`} {
		if !strings.Contains(hello, want) {
			t.Errorf("after coming back: got %s, want %s in it", hello, want)
		}
	}
}

func TestStrangersAreSentAway(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	for name, c := range map[string]struct {
		key, origin string
		upgrade     bool
		status      int
	}{
		"no key":         {"", "", true, 401},
		"another origin": {"a", "https://evil.example", true, 403},
		"null origin":    {"a", "null", true, 403},
		"no WebSocket":   {"a", "", false, 400},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", h.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.upgrade {
			for k, v := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
				req.Header.Set(k, v)
			}
		}
		for k, v := range map[string]string{"X-Api-Key": c.key, "Origin": c.origin} {
			if v != "" {
				req.Header.Set(k, v)
			}
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != c.status {
			t.Errorf("%s: got status %d, want %d", name, resp.StatusCode, c.status)
		}
	}
}

func TestClientsOnlyListen(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	for _, command := range []string{
		`{"id":2,"subscribe":{"channel":"workspace:b"}}`,
		`{"id":2,"publish":{"channel":"workspace:a","data":{}}}`,
		`{"id":2,"publish":{"channel":"workspace:b","data":{}}}`,
		`{"id":2,"history":{"channel":"workspace:b","limit":10}}`,
		`{"id":2,"presence":{"channel":"workspace:b"}}`,
		`{"id":2,"rpc":{"method":"x","data":{}}}`,
	} {
		c, _ := h.join(t, "a", "")
		c.send(command)
		if got := c.next(); !strings.Contains(got, `"error"`) && !strings.HasPrefix(got, "closed") {
			t.Errorf("%s: got %s, want an error", command, got)
		}
	}
	c, _ := h.join(t, "a", "")
	huge := []byte(`{"id":2,"rpc":{"data":"` + strings.Repeat("x", 1<<20) + `"}}`)
	_ = c.Write(t.Context(), websocket.MessageText, huge) // the end may come while it is still being written
	if got := c.next(); !strings.HasPrefix(got, "closed") {
		t.Errorf("a megabyte: got %.100s, want to be sent away", got)
	}
	_, hello := h.join(t, "a", `"subs":{"workspace:b":{"recover":true}}`)
	if strings.Contains(hello, "workspace:b") {
		t.Errorf("a stranger's channel came with the connection: %s", hello)
	}
}

// A connection outlives neither its key nor its session; a database that is away for a moment ends none.
func TestConnectionEndsWithItsKey(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	c, _ := h.join(t, "a", "")
	<-h.asked
	h.broken.Store(true)
	for range 2 { // the second time shows that the first did no harm
		<-h.asked
	}
	if err := h.Publish("a", live.Event{Type: "still"}); err != nil {
		t.Fatal(err)
	}
	c.wantEvent("still", "null")
	h.broken.Store(false)
	h.revoked.Store(true)
	if got := c.next(); !strings.HasPrefix(got, "closed") && !strings.Contains(got, "disconnect") {
		t.Errorf("after the key was revoked: got %s, want the end", got)
	}
}

func TestStopSendsEverybodyAway(t *testing.T) {
	t.Parallel()
	l, err := live.New(live.Config{Log: slog.New(slog.DiscardHandler), Authenticate: func(*http.Request) (live.Caller, error) {
		return live.Caller{WorkspaceID: "a", UserID: "u"}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(l.Handler())
	defer srv.Close()
	h := &hub{Live: l, url: srv.URL}
	c, _ := h.join(t, "a", "")
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	stop()
	got := c.next()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(got, "closed") && !strings.Contains(got, "disconnect") {
		t.Errorf("got %s, want the end", got)
	}
}

func TestASessionThatEndsHearsNothingMore(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	gone, _ := h.join(t, "w", "")
	other, _ := h.join(t, "w2", "")
	h.End("s-nobody")
	h.End("s-w")
	if got := gone.next(); !strings.HasPrefix(got, "closed:") {
		t.Errorf("got %q, want the connection closed", got)
	}
	if err := h.Publish("w2", live.Event{Type: "x", Data: 1}); err != nil {
		t.Fatal(err)
	}
	other.wantEvent("x", "1")
}
