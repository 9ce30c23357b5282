package app_test

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// itoa is a number of JSON as text.
func itoa(n float64) string { return strconv.FormatInt(int64(n), 10) }

// run runs the program until the test ends, and returns where it answers.
func (h *house) run() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx, l) }()
	h.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("Run: %v", err)
		}
	})
	return l.Addr().String()
}

// last is the newest number of the first shop's log.
func (h *house) last() float64 {
	h.t.Helper()
	n, ok := h.call("GET", "/events?limit=1", "", "Authorization", "Bearer "+h.first.key).body["last"].(float64)
	if !ok {
		h.t.Fatal("the log has no last number")
	}
	return n
}

func TestTheLogIsReadOverTheAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	auth := []string{"Authorization", "Bearer " + h.first.key}
	a := h.call("GET", "/events?types=message.received,contact.*", "", auth...)
	list := a.items()
	if a.status != 200 || len(list) < 3 {
		t.Fatalf("the log: %d %s", a.status, a.text)
	}
	for _, item := range list {
		e, _ := item.(object)
		kind, _ := e["type"].(string)
		if e["id"] == "" || e["version"] != float64(1) || e["data"] == nil || kind != "message.received" && !strings.HasPrefix(kind, "contact.") {
			t.Errorf("an event is %v", e)
		}
	}
	for path, want := range map[string]struct {
		status int
		code   string
	}{
		"/events?after=99999":             {422, "events_ahead"},
		"/events?types=no.such":           {422, "event_type_unknown"},
		"/events?limit=501":               {422, ""},
		"/events?wait=31":                 {422, ""},
		"/events?after=-1":                {422, ""},
		"/events?after=x":                 {422, ""},
		"/events?device_id=nobody&wait=0": {200, ""},
		"/event-types":                    {200, ""},
	} {
		if a := h.call("GET", path, "", auth...); a.status != want.status || want.code != "" && a.code() != want.code {
			t.Errorf("%s: %d %s, want %d %s", path, a.status, a.text, want.status, want.code)
		}
	}
	if other := h.call("GET", "/events", "", "Authorization", "Bearer "+h.second.key); strings.Contains(other.text, h.first.ids["devices"]) {
		t.Error("another workspace's log has this one's events")
	}
}

func TestARequestForNewsIsAnsweredWhenThereIsSome(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run()
	auth := []string{"Authorization", "Bearer " + h.first.key}
	last := h.last()
	got := make(chan answer, 1)
	go func() {
		got <- h.call("GET", "/events?wait=30&types=contact.changed&after="+itoa(last), "", auth...)
	}()
	if a := h.call("PATCH", "/contacts/"+h.first.ids["contacts"], `{"name":"Bu Sari"}`, auth...); a.status != 200 {
		t.Fatalf("change a contact: %d %s", a.status, a.text)
	}
	select {
	case a := <-got:
		if list := a.items(); len(list) != 1 || !strings.Contains(a.text, "Bu Sari") {
			t.Errorf("the news is %d %s", a.status, a.text)
		}
	case <-time.After(25 * time.Second):
		t.Error("the request was not answered")
	}
}

func TestAPostThatIsMadeAgainIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	body := `{"name":"Rina","phone":"6281290643333","channel":"` + h.Channel() + `"}`
	post := func(body, who string) answer {
		return h.call("POST", "/contacts", body, "Authorization", "Bearer "+who, "Idempotency-Key", "k1")
	}
	first, second := post(body, h.first.key), post(body, h.first.key)
	if first.status != 201 || second.status != 201 || first.body["id"] != second.body["id"] || second.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("twice: %d %s, then %d %s", first.status, first.text, second.status, second.text)
	}
	if a := post(strings.Replace(body, "Rina", "Rani", 1), h.first.key); a.status != 422 || a.code() != "idempotency_key_reused" {
		t.Errorf("another request: %d %s", a.status, a.text)
	}
	if a := post(body, h.second.key); a.status != 201 || a.body["id"] == first.body["id"] {
		t.Errorf("another workspace: %d %s", a.status, a.text)
	}
	if a := h.call("POST", "/contacts", body, "Idempotency-Key", "k1"); a.status != http.StatusUnauthorized {
		t.Errorf("a guest got %d %s", a.status, a.text)
	}
}

func TestLivePushCarriesTheNumber(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	addr := h.run()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	c, _, err := websocket.Dial(ctx, "ws://"+addr+"/api/v1/live", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + h.first.key}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.CloseNow() }()
	if err := c.Write(ctx, websocket.MessageText, []byte(`{"id":1,"connect":{}}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Read(ctx); err != nil {
		t.Fatal(err)
	}
	if a := h.call("PATCH", "/contacts/"+h.first.ids["contacts"], `{"name":"Bu Sari"}`, "Authorization", "Bearer "+h.first.key); a.status != 200 {
		t.Fatalf("change a contact: %d %s", a.status, a.text)
	}
	last := h.last()
	for {
		_, b, err := c.Read(ctx)
		if err != nil {
			t.Fatalf("nothing with the number %v came: %v", last, err)
		}
		if strings.Contains(string(b), "Bu Sari") {
			if !strings.Contains(string(b), `"seq":`+itoa(last)) {
				t.Errorf("pushed was %s, want the number %v", b, last)
			}
			return
		}
	}
}
