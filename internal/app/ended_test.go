package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/pingcrm/pingcrm/internal/kit/live"
)

// Who is signed out hears nothing more: the socket closes by itself, at once.
func TestAnEndedSessionsSocketCloses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	srv := httptest.NewServer(h.Handler())
	t.Cleanup(srv.Close)
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	conn, _, err := websocket.Dial(ctx, srv.URL+live.Path, &websocket.DialOptions{HTTPHeader: http.Header{"Cookie": {h.first.agent}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"id":1,"connect":{}}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(ctx); err != nil {
		t.Fatal(err)
	}
	if a := h.call("DELETE", "/members/"+h.first.ids["members"]+"/sessions", "", "Cookie", h.first.owner); a.status != 204 {
		t.Fatalf("%d %s", a.status, a.text)
	}
	for err == nil {
		_, _, err = conn.Read(ctx)
	}
	if ctx.Err() != nil {
		t.Error("the socket stayed open")
	}
	if a := h.call("GET", "/me", "", "Cookie", h.first.agent); a.status != 401 {
		t.Errorf("the session goes on: %d %s", a.status, a.text)
	}
}
