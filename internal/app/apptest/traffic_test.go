package apptest_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// traffic writes both ways while something is wrong, and keeps the books: what the customer wrote, what the API has
// accepted, and what it has refused.
type traffic struct {
	s    *shop
	stop func() // ends the writing, once
	over <-chan struct{}
	wg   sync.WaitGroup

	mu       sync.Mutex
	in       []string
	accepted []string
	refused  []string // once, and never asked for again: must not have happened
	unsure   []string // asked for once, without an answer: may have happened, once
	slowest  time.Duration
	frozen   bool // a node that is frozen keeps its socket until the network sees another one
	broken   bool // connections to the database break: a refusal leaves open what has happened
}

// traffic begins to write: the customer says something, and scripts ask for a message, ten times a second each. Every
// second script asks again until it is accepted, as one with an Idempotency-Key may. A test that fails ends it, too.
func (s *shop) traffic(t *testing.T) *traffic {
	t.Helper()
	over := make(chan struct{})
	f := &traffic{s: s, over: over, stop: sync.OnceFunc(func() { close(over) })}
	t.Cleanup(func() { f.stop(); f.wg.Wait() })
	f.wg.Go(func() { f.customer(t) })
	for worker := range 4 {
		f.wg.Go(func() { f.script(t, worker) })
	}
	return f
}

// next waits for the next turn; false when the traffic ends.
func (f *traffic) next() bool {
	select {
	case <-f.over:
		return false
	case <-time.After(100 * time.Millisecond):
		return true
	}
}

func (f *traffic) customer(t *testing.T) {
	for i := 0; f.next(); i++ {
		token := fmt.Sprint("masuk ", i)
		if _, err := f.s.sari.Send(context.Background(), f.s.number, wasim.Content{Text: token}); err != nil {
			t.Errorf("Sari could not write %q: %v", token, err)
			return
		}
		f.mu.Lock()
		f.in = append(f.in, token)
		f.mu.Unlock()
	}
}

func (f *traffic) script(t *testing.T, worker int) {
	for i := 0; f.next(); i++ {
		token := fmt.Sprintf("keluar %d %d", worker, i)
		if worker%2 == 0 {
			if !apptest.Eventually(2*time.Minute, func() bool { return f.ask(t, token) == nil }) {
				t.Errorf("%q was never accepted", token)
			}
			f.note(&f.accepted, token)
			continue
		}
		f.try(t, token)
	}
}

// once has one more script ask for one message, once.
func (f *traffic) once(t *testing.T, token string) {
	f.wg.Go(func() { f.try(t, "keluar "+token) })
}

// try asks once and notes what came of it.
func (f *traffic) try(t *testing.T, token string) {
	switch err := f.ask(t, token); {
	case err == nil:
		f.note(&f.accepted, token)
	case strings.Contains(err.Error(), "database_unavailable") && !f.broken:
		f.note(&f.refused, token)
	default:
		f.note(&f.unsure, token)
	}
}

func (f *traffic) note(list *[]string, token string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*list = append(*list, token)
}

// ask asks for a message once. An answer must come, and a refusal must say why.
func (f *traffic) ask(t *testing.T, token string) error {
	began := time.Now()
	err := f.s.Do(http.MethodPost, "/api/v1/messages", object{"device_id": f.s.device, "phone": f.s.sari.Number(), "text": token},
		http.Header{"Idempotency-Key": {token}}, nil)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slowest = max(f.slowest, time.Since(began))
	if err != nil && strings.Contains(err.Error(), "not a success") && !strings.Contains(err.Error(), "503") &&
		!strings.Contains(err.Error(), "507") && !strings.Contains(err.Error(), "idempotency_key_underway") {
		t.Errorf("%q got %v, want 503 in words", token, err)
	}
	return err
}

// counts is how many there are of each by now.
func (f *traffic) counts() (in, accepted, refused, unsure int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.in), len(f.accepted), len(f.refused), len(f.unsure)
}

// end stops the writing and closes the books: everything is where it belongs, once, and nobody had to do anything.
func (f *traffic) end(t *testing.T) {
	t.Helper()
	f.stop()
	f.wg.Wait()
	began := time.Now()
	s := f.s
	s.awaitState(t, s.device, "online")
	for _, token := range f.accepted {
		awaitOn(t, s.sari, token)
	}
	s.Await("all that came is in the chat", func() bool {
		have := s.texts(t)
		return !slices.ContainsFunc(f.in, func(token string) bool { return have[token] == 0 })
	})
	t.Logf("recovered in %v; %d came, %d accepted, %d refused, %d unsure, slowest answer %v", time.Since(began).Round(time.Millisecond),
		len(f.in), len(f.accepted), len(f.refused), len(f.unsure), f.slowest.Round(time.Millisecond))
	have, phone := s.texts(t), tokens(s.sari, "keluar ")
	for _, token := range f.in {
		if have[token] != 1 {
			t.Errorf("%q is in the chat %d times, want once", token, have[token])
		}
	}
	for _, token := range f.accepted {
		if have[token] != 1 || phone[token] != 1 {
			t.Errorf("%q, accepted, is in the chat %d times and on the phone %d times, want once", token, have[token], phone[token])
		}
	}
	for _, token := range f.refused {
		if have[token] != 0 || phone[token] != 0 {
			t.Errorf("%q, refused, is in the chat %d times and on the phone %d times", token, have[token], phone[token])
		}
	}
	for _, token := range f.unsure {
		if have[token] > 1 || phone[token] != have[token] {
			t.Errorf("%q, unanswered, is in the chat %d times and on the phone %d times", token, have[token], phone[token])
		}
	}
	s.Await("/healthz is well again", func() bool { return s.health(t) == http.StatusOK })
	if n := s.sari.Counters().DecryptErrors; n != 0 {
		t.Errorf("the customer's phone could not read %d messages", n)
	}
	if most := s.net.Stats().MostSocketsPerDevice; most != 1 && !f.frozen {
		t.Errorf("the device had %d sockets at once, want 1", most)
	}
}

// texts counts what is said in the chat with the customer, over all its pages.
func (s *shop) texts(t *testing.T) map[string]int {
	t.Helper()
	got := map[string]int{}
	ids := s.chats(t, s.device, s.sari.Number())
	if len(ids) != 1 {
		return got
	}
	before := ""
	for {
		var page struct {
			Items []messageView
			Older string
		}
		if err := s.Get("/api/v1/chats/"+ids[0]+"/messages?limit=200"+before, &page); err != nil {
			return map[string]int{} // it is asked again
		}
		for _, m := range page.Items {
			got[m.Content.Text]++
		}
		if page.Older == "" {
			return got
		}
		before = "&before=" + page.Older
	}
}

// health is the status of /healthz, which must come soon whatever is wrong.
func (s *shop) health(t *testing.T) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Errorf("/healthz gave no answer: %v", err)
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// cpu is the processor time that the server has used.
func (s *shop) cpu(t *testing.T) time.Duration {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.PID()))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		t.Fatalf("can't read %q", data)
	}
	return time.Duration(user+system) * 10 * time.Millisecond // proc(5): in hundredths of a second
}

// queued is how many stanzas the network keeps for the shop's device until it confirms them.
func (s *shop) queued(t *testing.T) int {
	t.Helper()
	p, ok := s.net.PhoneByNumber(s.number)
	if !ok || len(p.Companions()) != 1 {
		t.Fatal("the shop's phone has no companion")
	}
	n, err := p.Queued(p.Companions()[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
