package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/control"
)

// simulator is the network with its people, and the webhooks' receiver. It lives in this process, which neither the
// product nor the bare client is part of; all times are taken here.
type simulator struct {
	net     *wasim.Network
	control *control.Server
	people  []*wasim.Phone
	hook    string // URL of the receiver

	arrived  *sightings // on a customer's phone, decrypted
	reported *sightings // at the webhooks' receiver

	seq  int64 // of the last stanza that frames has looked at
	stop func()
}

// logSize holds the stanzas of the longest phase several times over.
const logSize = 1 << 16

func newSimulator(ctx context.Context, customers int) (*simulator, error) {
	n, err := wasim.New(wasim.Options{Seed: 1, FastPairing: true, LogSize: logSize, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("make the network: %w", err)
	}
	c, err := control.Start(control.Config{Listen: "127.0.0.1:0", Network: n})
	if err != nil {
		_ = n.Close()
		return nil, fmt.Errorf("serve the network: %w", err)
	}
	s := &simulator{net: n, control: c, arrived: newSightings(), reported: newSightings()}
	closeHook, err := s.receive()
	if err != nil {
		c.Close()
		_ = n.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	for i := range customers {
		s.people = append(s.people, n.Phone(fmt.Sprintf("Pelanggan %d", i+1)))
	}
	for _, p := range s.people {
		go s.watch(ctx, p)
	}
	s.stop = func() {
		cancel()
		c.Close()
		closeHook()
		_ = n.Close()
	}
	return s, nil
}

// watch notes when a phone has decrypted a message.
func (s *simulator) watch(ctx context.Context, p *wasim.Phone) {
	_, _ = p.Await(ctx, func(m wasim.Message) bool { // ends with ctx
		if !m.FromMe {
			s.arrived.add(m.Text, m.ID, time.Now())
		}
		return false
	})
}

// receive starts the webhooks' receiver.
func (s *simulator) receive() (stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.hook = "http://" + l.Addr().String() + "/hook"
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now()
		data, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		var body struct{ Message string }
		if json.Unmarshal(data, &body) == nil {
			s.reported.add(body.Message, r.Header.Get("webhook-id"), now)
		}
		w.WriteHeader(http.StatusNoContent)
	})}
	go func() { _ = server.Serve(l) }()
	return func() { _ = server.Close() }, nil
}

// frames gives the times at which message stanzas crossed a companion's wire since the last call, by message id.
func (s *simulator) frames() (in, out map[string]time.Time) {
	in, out = map[string]time.Time{}, map[string]time.Time{}
	for _, e := range s.net.Log().Entries(s.seq) {
		s.seq = e.Seq
		if e.Tag != "message" {
			continue
		}
		side := in
		if e.Direction == "out" {
			side = out
		}
		if _, seen := side[e.ID]; !seen {
			side[e.ID] = e.Time
		}
	}
	return in, out
}

// sockets waits until so many devices are connected.
func (s *simulator) sockets(ctx context.Context, n int64) error {
	err := eventually(ctx, 2*time.Minute, 20*time.Millisecond, func() (bool, error) { return s.net.Stats().Live == n, nil })
	if err != nil {
		return fmt.Errorf("%d devices connected, want %d: %w", s.net.Stats().Live, n, err)
	}
	return nil
}

// sighting is one message seen somewhere.
type sighting struct {
	id string
	at time.Time
}

// sightings are messages by the token that their text ends in.
type sightings struct {
	mu   sync.Mutex
	list map[string]sighting
	more int // seen again
}

func newSightings() *sightings { return &sightings{list: map[string]sighting{}} }

func (s *sightings) add(text, id string, at time.Time) {
	token := tokenIn(text)
	if token == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, seen := s.list[token]; seen {
		s.more++
		return
	}
	s.list[token] = sighting{id, at}
}

func (s *sightings) get(token string) (sighting, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.list[token]
	return at, ok
}

// all waits until every token was seen.
func (s *sightings) all(ctx context.Context, tokens []string) error {
	left := tokens
	err := eventually(ctx, time.Minute, 2*time.Millisecond, func() (bool, error) {
		for len(left) > 0 {
			if _, ok := s.get(left[0]); !ok {
				return false, nil
			}
			left = left[1:]
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("%d of %d messages never came, the first is %s: %w", len(left), len(tokens), left[0], err)
	}
	return nil
}

// mark stands before a token.
const mark = "#"

// tokenIn is the token that a text ends in; empty when it has none.
func tokenIn(text string) string {
	i := strings.LastIndex(text, mark)
	if i < 0 {
		return ""
	}
	return text[i+len(mark):]
}
