package apptest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// TestWebhooksOutliveAnOutageAndAKill lets the receiver answer 503 for a while, kills the server in the middle and
// starts it again: every event arrives, and each id is taken once.
func TestWebhooksOutliveAnOutageAndAKill(t *testing.T) {
	t.Parallel()
	const events = 100
	net, url := apptest.Network(t, wasim.Options{})
	s := apptest.Start(t, url)
	var mu sync.Mutex
	down, refused, texts, ids := true, 0, map[string]int{}, map[string]int{}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if down {
			refused++
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var body struct{ Message string }
		data, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(data, &body); err != nil {
			t.Errorf("the receiver got %q: %v", data, err)
		}
		if strings.HasPrefix(body.Message, "peristiwa-") { // the demo's own customers write, too
			texts[body.Message]++
		}
		ids[r.Header.Get("webhook-id")]++
	}))
	t.Cleanup(receiver.Close)
	if err := s.Do("PATCH", "/api/v1/devices/"+s.Demo.Devices[0].ID, map[string]string{"webhook_url": receiver.URL}, nil, nil); err != nil {
		t.Fatalf("set the webhook: %v", err)
	}
	p := net.Phone("Sari")
	for i := range events {
		if _, err := p.Send(context.Background(), s.Demo.Devices[0].Number, wasim.Content{Text: fmt.Sprintf("peristiwa-%d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	outage := time.Duration(number(t, "PING_TEST_OUTAGE_SECONDS", 15)) * time.Second
	began := time.Now()
	s.Await("the receiver refuses", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return refused >= 3 && time.Since(began) >= outage
	})
	s.Kill()
	mu.Lock()
	down = false
	mu.Unlock()
	s.Run()
	s.Await("every event arrives", func() bool { mu.Lock(); defer mu.Unlock(); return len(texts) >= events })
	mu.Lock()
	defer mu.Unlock()
	for i := range events {
		if n := texts[fmt.Sprintf("peristiwa-%d", i)]; n != 1 {
			t.Errorf("event %d was taken %d times, want once", i, n)
		}
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("webhook-id %s was taken %d times, want once", id, n)
		}
	}
	t.Logf("%d refusals in %v of outage", refused, outage)
}
