package apptest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// number reads a size of a test from the environment, so that a longer run needs no other code.
func number(t *testing.T, name string, usual int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return usual
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s=%q is no number", name, v)
	}
	return n
}

// ledger is what was given to one side to be handed to the other, by customer.
type ledger struct {
	mu   sync.Mutex
	sent map[string][]string // phone number → tokens
}

func (l *ledger) add(number, token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sent == nil {
		l.sent = map[string][]string{}
	}
	l.sent[number] = append(l.sent[number], token)
}

// TestKilledAtRandom kills the server again and again while messages go both ways. Afterwards every message is there
// exactly once on both sides, and recovery has needed no hands. PostgreSQL, which commits by itself, gets a tenth.
func TestKilledAtRandom(t *testing.T) {
	t.Parallel()
	kills, each := number(t, "PING_TEST_KILLS", 200), number(t, "PING_TEST_MESSAGES", 5000)
	for i, e := range engines(t) {
		share := []int{1, 10}[i]
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			killAtRandom(t, max(kills/share, 5), max(each/share, 50), e.args...)
		})
	}
}

func killAtRandom(t *testing.T, kills, each int, args ...string) {
	net, url := apptest.Network(t, wasim.Options{})
	s := apptest.Start(t, url, args...)
	var people []*wasim.Phone
	for i := range 10 {
		people = append(people, net.Phone(fmt.Sprintf("Pelanggan %d", i+1)))
	}
	var in, out ledger
	var done atomic.Bool
	var killed atomic.Int64
	var wg sync.WaitGroup
	// Both sides keep pace with the kills, so that messages are under way at every one of them.
	due := func(i int) bool { return done.Load() || int64(i)*int64(kills) <= (killed.Load()+1)*int64(each) }
	wg.Go(func() { write(t, s, people, &in, each, due) })
	for worker := range 4 {
		wg.Go(func() { call(t, s, people, &out, worker, each, due) })
	}
	for range kills {
		time.Sleep(time.Duration(50+rand.IntN(600)) * time.Millisecond) //arch:sleep the moment is the test's input
		s.Kill()
		killed.Add(1)
		s.Run()
	}
	done.Store(true)
	wg.Wait()
	check(t, s, people, &in, &out)
}

// write lets the customers write.
func write(t *testing.T, s *apptest.Server, people []*wasim.Phone, l *ledger, n int, due func(int) bool) {
	for i := range n {
		apptest.Eventually(time.Minute, func() bool { return due(i) })
		p, token := people[i%len(people)], fmt.Sprintf("masuk-%d", i)
		if _, err := p.Send(context.Background(), s.Demo.Devices[0].Number, wasim.Content{Text: token}); err != nil {
			t.Errorf("%s could not write: %v", p.Name(), err)
			return
		}
		l.add(p.Number(), token)
	}
}

// call lets a script send through the API; it repeats a call that got no answer, with the same Idempotency-Key.
func call(t *testing.T, s *apptest.Server, people []*wasim.Phone, l *ledger, worker, n int, due func(int) bool) {
	for i := worker; i < n; i += 4 {
		apptest.Eventually(time.Minute, func() bool { return due(i) })
		p, token := people[i%len(people)], fmt.Sprintf("keluar-%d", i)
		header := http.Header{"Idempotency-Key": {token}}
		body := map[string]any{
			"api_key": s.Demo.APIKey, "device_key": s.Demo.Devices[0].ID, "phone": p.Number(), "method": "text", "text": token,
		}
		if !apptest.Eventually(2*time.Minute, func() bool { return s.Do("POST", "/api-app/whatsapp/send-message", body, header, nil) == nil }) {
			t.Errorf("%s was never accepted", token)
			return
		}
		l.add(p.Number(), token)
	}
}

// check compares both sides with the ledgers once nothing moves any more.
func check(t *testing.T, s *apptest.Server, people []*wasim.Phone, in, out *ledger) {
	t.Helper()
	began := time.Now()
	for _, p := range people {
		s.Await("all that was accepted is on "+p.Name()+"'s phone", func() bool {
			return len(tokens(p, "keluar-")) >= len(out.sent[p.Number()])
		})
		s.Await("all that "+p.Name()+" wrote is in the chat", func() bool {
			list, err := stored(s, p.Number())
			return err == nil && count(list, "masuk-") >= len(in.sent[p.Number()])
		})
	}
	t.Logf("recovered %v after the last kill", time.Since(began).Round(time.Millisecond))
	lost, doubled := 0, 0
	for _, p := range people {
		list, err := stored(s, p.Number())
		if err != nil {
			t.Fatal(err)
		}
		for _, side := range []struct {
			what string
			want []string
			got  map[string]int
		}{
			{"on the phone", out.sent[p.Number()], tokens(p, "keluar-")},
			{"in the chat, sent", out.sent[p.Number()], list},
			{"in the chat, received", in.sent[p.Number()], list},
		} {
			for _, token := range side.want {
				switch n := side.got[token]; {
				case n == 0:
					lost++
					t.Errorf("%s is lost %s of %s", token, side.what, p.Name())
				case n > 1:
					doubled += n - 1
					t.Errorf("%s is there %d times %s of %s", token, n, side.what, p.Name())
				}
			}
		}
	}
	var frames, distinct int64
	for _, p := range people {
		c := p.ChatCount(s.Demo.Devices[0].Number)
		frames, distinct = frames+c.Frames, distinct+c.IDs
		if n := p.Counters(); n.DecryptErrors > 0 {
			t.Logf("%s: %+v", p.Name(), n)
		}
	}
	t.Logf("lost %d, doubled %d; frames %d for %d messages", lost, doubled, frames, distinct)
}

// tokens counts the tokens that a phone shows.
func tokens(p *wasim.Phone, prefix string) map[string]int {
	got := map[string]int{}
	for _, m := range p.Messages("", "") {
		if strings.HasPrefix(m.Text, prefix) {
			got[m.Text]++
		}
	}
	return got
}

// stored counts the texts that the chat detail shows.
func stored(s *apptest.Server, number string) (map[string]int, error) {
	var detail struct {
		List map[string]struct {
			Message struct {
				Detail struct{ Text string } `json:"detail"`
			} `json:"message"`
		} `json:"list"`
	}
	if err := s.Get("/api-app/whatsapp/chats/detail/"+s.Demo.Devices[0].ID+"/"+number, &detail); err != nil {
		return nil, err
	}
	got := map[string]int{}
	for _, e := range detail.List {
		got[e.Message.Detail.Text]++
	}
	return got, nil
}

func count(got map[string]int, prefix string) (n int) {
	for token := range got {
		if strings.HasPrefix(token, prefix) {
			n++
		}
	}
	return n
}
