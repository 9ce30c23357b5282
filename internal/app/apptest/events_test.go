package apptest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// entry is an event as the API and webhooks show it.
type entry struct {
	ID   string `json:"id"`
	Seq  int64  `json:"seq"`
	Type string `json:"type"`
	Data struct {
		Message struct {
			Content struct{ Text string }
		}
		Contact struct{ ID, Phone, LID string }
	} `json:"data"`
}

// history reads the log from a number to its end.
func history(t *testing.T, s *apptest.Server, after int64, query string) (list []entry, next int64) {
	t.Helper()
	for {
		var page struct {
			Items      []entry
			Next, Last int64
		}
		if err := s.Do("GET", fmt.Sprintf("/api/v1/events?limit=50&after=%d&%s", after, query), nil, nil, &page); err != nil {
			t.Fatalf("read the log: %v", err)
		}
		list, after = append(list, page.Items...), page.Next
		if page.Next >= page.Last && len(page.Items) == 0 {
			return list, page.Next
		}
	}
}

// TestTheLogAndItsWebhooksOutliveAKill lets a receiver answer 503, kills the server in the middle and starts it again:
// the log has every message once, in numbers without gaps, and the webhook was told of each under its own id, once.
func TestTheLogAndItsWebhooksOutliveAKill(t *testing.T) {
	t.Parallel()
	const messages = 60
	net, url := apptest.Network(t, wasim.Options{})
	s := apptest.Start(t, url)
	var mu sync.Mutex
	down, refused, taken := true, 0, map[string]entry{}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if down {
			refused++
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var e entry
		data, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(data, &e); err != nil || e.ID != r.Header.Get("webhook-id") {
			t.Errorf("the receiver got %q under the id %s: %v", data, r.Header.Get("webhook-id"), err)
		}
		if _, again := taken[e.ID]; again {
			t.Errorf("event %d was taken twice", e.Seq)
		}
		taken[e.ID] = e
	}))
	t.Cleanup(receiver.Close)
	_, from := history(t, s, 0, "")
	hook := map[string]any{"url": receiver.URL, "events": []string{"message.received"}}
	if err := s.Do("POST", "/api/v1/webhooks", hook, nil, nil); err != nil {
		t.Fatalf("make the webhook: %v", err)
	}
	p := net.Phone("Sari")
	for i := range messages {
		if _, err := p.Send(context.Background(), s.Demo.Devices[0].Number, wasim.Content{Text: fmt.Sprintf("catatan-%d", i)}); err != nil {
			t.Fatal(err)
		}
		if i == messages/2 {
			s.Await("the receiver refuses", func() bool { mu.Lock(); defer mu.Unlock(); return refused >= 3 })
			s.Kill()
			mu.Lock()
			down = false
			mu.Unlock()
			s.Run()
		}
	}
	told := func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		n := map[string]int{}
		for _, e := range taken {
			if strings.HasPrefix(e.Data.Message.Content.Text, "catatan-") {
				n[e.Data.Message.Content.Text]++
			}
		}
		return n
	}
	s.Await("every message is told", func() bool { return len(told()) >= messages })
	list, _ := history(t, s, from, "")
	logged := map[string]int{}
	for i, e := range list {
		if e.Seq != from+int64(i)+1 {
			t.Fatalf("number %d follows %d", e.Seq, from+int64(i))
		}
		if text := e.Data.Message.Content.Text; e.Type == "message.received" && strings.HasPrefix(text, "catatan-") {
			logged[text]++
			if c := e.Data.Contact; c.ID == "" || c.Phone == "" || c.LID == "" {
				t.Errorf("event %d names the contact %+v", e.Seq, c)
			}
		}
	}
	for text, n := range told() {
		if n != 1 || logged[text] != 1 {
			t.Errorf("%s was told %d times and logged %d times, want once each", text, n, logged[text])
		}
	}
	types := slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, e := range list {
			if !yield(e.Type) {
				return
			}
		}
	}))
	t.Logf("%d events of the types %v, %d refusals", len(list), types, refused)
}
