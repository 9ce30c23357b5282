package apptest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// hook is a webhook receiver that keeps what it is told. An attempt that a kill left without an answer comes again under
// the same id, and is taken once, as receivers must.
type hook struct {
	*httptest.Server

	mu  sync.Mutex
	ids map[string]bool
	got map[string][]bool // text → late, once for each event
}

func newHook(t *testing.T) *hook {
	h := &hook{ids: map[string]bool{}, got: map[string][]bool{}}
	h.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e struct {
			Message string
			Late    *bool
		}
		data, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(data, &e); err != nil || e.Late == nil {
			t.Errorf("the receiver got %q: %v", data, err)
			return
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		id := r.Header.Get("webhook-id")
		if h.ids[id] {
			return
		}
		h.ids[id] = true
		h.got[e.Message] = append(h.got[e.Message], *e.Late)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) events(text string) []bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.got[text]
}

// TestWhatCameWhileDown writes to the shop while its server is down, after a stop and after a kill: each message
// arrives once, and its webhook says that it is late.
func TestWhatCameWhileDown(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	h := newHook(t)
	if err := s.Do("PATCH", "/api/v1/devices/"+s.device, object{"webhook_url": h.URL}, nil, nil); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"langsung": false}
	says(t, s.sari, s.number, "langsung")
	s.Await("the first event", func() bool { return len(h.events("langsung")) > 0 })
	for name, end := range map[string]func(){"stop": s.Stop, "kill": s.Kill} {
		end()
		for i := range 5 {
			text := fmt.Sprintf("waktu %s %d", name, i)
			want[text] = true
			says(t, s.sari, s.number, text)
		}
		s.Run()
		for text := range want {
			s.Await("the event of "+text, func() bool { return len(h.events(text)) > 0 })
		}
	}
	s.AwaitOnline()
	says(t, s.sari, s.number, "sesudahnya")
	want["sesudahnya"] = false
	for text, late := range want {
		s.Await("the event of "+text, func() bool { return len(h.events(text)) > 0 })
		if got := h.events(text); len(got) != 1 || got[0] != late {
			t.Errorf("%q came with late = %v, want [%v]", text, got, late)
		}
		s.onceStored(t, s.sari, text)
	}
	if n := s.sari.Counters().DecryptErrors; n != 0 {
		t.Errorf("the customer's phone could not read %d messages", n)
	}
	if stats := s.net.Stats(); stats.MostSocketsPerDevice != 1 {
		t.Errorf("the device had %d sockets at once, want 1", stats.MostSocketsPerDevice)
	}
}
