package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

// ledger is the truth about what was said, kept outside of the program.
type ledger struct {
	sim  *simulator
	hook string

	mu      sync.Mutex
	written []string                   // tokens that customers have handed to the network
	sent    []string                   // tokens that the program has accepted
	refused int                        // calls that were answered with an error; the token may not come
	events  map[string]map[string]bool // token → ids of webhooks that brought it
	answers int                        // of the webhooks' receiver
}

func newLedger(sim *simulator) *ledger {
	return &ledger{sim: sim, events: map[string]map[string]bool{}}
}

// receive starts the webhooks' receiver, which refuses one call in twenty.
func (l *ledger) receive() (stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l.hook = "http://" + listener.Addr().String() + "/hook"
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(l.take)}
	go func() { _ = server.Serve(listener) }()
	return func() { _ = server.Close() }, nil
}

func (l *ledger) take(w http.ResponseWriter, r *http.Request) {
	data, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var body struct{ Message string }
	if json.Unmarshal(data, &body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.answers++; l.answers%20 == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if token := tokenIn(body.Message); token != "" {
		if l.events[token] == nil {
			l.events[token] = map[string]bool{}
		}
		l.events[token][r.Header.Get("webhook-id")] = true
	}
	w.WriteHeader(http.StatusNoContent)
}

// write lets somebody write to a shop.
func (l *ledger) write(ctx context.Context, who *wasim.Phone, to shop, i int) error {
	token := fmt.Sprintf("in-%d", i)
	if _, err := who.Send(ctx, to.phone.Number(), wasim.Content{Text: "Masih ada yang biru? " + mark + token}); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written = append(l.written, token)
	return nil
}

// send asks the program to send to somebody. A refusal is counted: only what was accepted must arrive.
func (l *ledger) send(ctx context.Context, s *subject, who *wasim.Phone, from shop, i int) error {
	token := fmt.Sprintf("out-%d", i)
	path, body := s.speech.send(who.Number(), "Pesananmu sudah siap diambil. "+mark+token)
	body.(map[string]string)["device_key"] = from.id
	err := s.call(ctx, http.MethodPost, path, body, nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.sent = append(l.sent, token)
		return nil
	}
	if l.refused++; l.refused <= 3 {
		say("refused: %v", err)
	}
	if errors.Is(err, errAnswer) {
		return nil
	}
	return err
}

// missing are the tokens that have not come where they belong yet.
type missing struct{ phones, webhooks []string }

// settle waits until everything has come to the phones and the webhooks' receiver, or patience ends.
func (l *ledger) settle(ctx context.Context, patience time.Duration) missing {
	var m missing
	_ = eventually(ctx, patience, 500*time.Millisecond, func() (bool, error) { // what is missing then is reported
		m = l.missing()
		return len(m.phones)+len(m.webhooks) == 0, nil
	})
	return m
}

func (l *ledger) missing() (m missing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, token := range l.sent {
		if _, ok := l.sim.arrived.get(token); !ok {
			m.phones = append(m.phones, token)
		}
	}
	for _, token := range l.written {
		if len(l.events[token]) == 0 {
			m.webhooks = append(m.webhooks, token)
		}
	}
	return m
}

// doubles counts messages that came to a phone under two ids, and webhooks of one message under two ids.
func (l *ledger) doubles() (phones, webhooks int) {
	l.sim.arrived.mu.Lock()
	phones = l.sim.arrived.more
	l.sim.arrived.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ids := range l.events {
		webhooks += len(ids) - 1
	}
	return phones, webhooks
}

// inbox is what the stopped program's database says of the messages of customers.
type inbox struct{ lost, doubled, unfinished int }

//sql:global the run's database has one workspace
const selectWritten = `SELECT content FROM messages WHERE from_me = 0 AND content LIKE '%#in-%'`

//sql:global as above
const countUnfinished = `SELECT COUNT(*) FROM sends WHERE state IN ('queued', 'claimed', 'held')`

// stored compares the database with what was written.
func (l *ledger) stored(ctx context.Context, file string) (inbox, error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?mode=ro")
	if err != nil {
		return inbox{}, err
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(ctx, selectWritten)
	if err != nil {
		return inbox{}, fmt.Errorf("read what was stored: %w", err)
	}
	defer func() { _ = rows.Close() }()
	count := map[string]int{}
	for rows.Next() {
		var content []byte
		var said struct{ Text string }
		if err := rows.Scan(&content); err != nil {
			return inbox{}, err
		}
		if err := json.Unmarshal(content, &said); err != nil {
			return inbox{}, err
		}
		count[tokenIn(said.Text)]++
	}
	if err := rows.Err(); err != nil {
		return inbox{}, err
	}
	var in inbox
	for _, token := range l.written {
		in.doubled += max(0, count[token]-1)
		if count[token] == 0 {
			in.lost++
		}
	}
	err = db.QueryRowContext(ctx, countUnfinished).Scan(&in.unfinished)
	return in, err
}
