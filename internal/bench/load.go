package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

// paced calls fn n times at a constant rate, whether earlier calls have ended or not, and waits for all of them. The
// first error ends it.
func paced(ctx context.Context, n int, perSecond float64, fn func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var calls sync.WaitGroup
	began := time.Now()
	for i := range n {
		due := began.Add(time.Duration(float64(i) / perSecond * float64(time.Second)))
		if wait := time.Until(due); wait > 0 && pause(ctx, wait) != nil {
			break
		}
		calls.Go(func() {
			if err := fn(ctx, i); err != nil {
				cancel(err)
			}
		})
	}
	calls.Wait()
	return context.Cause(ctx)
}

// written are messages that customers have handed to the network.
type written struct {
	mu     sync.Mutex
	ids    map[string]string // token → message id
	tokens []string
}

// write lets the customers write n texts to the shop in turn, each with a token of its own at the end.
func (s *subject) write(ctx context.Context, n int, perSecond float64, text, series string) (*written, error) {
	w := &written{ids: map[string]string{}}
	for i := range n {
		w.tokens = append(w.tokens, fmt.Sprintf("%s-%s-%d", s.side, series, i))
	}
	err := paced(ctx, n, perSecond, func(ctx context.Context, i int) error {
		who := s.sim.people[i%len(s.sim.people)]
		id, err := who.Send(ctx, s.shop.Number(), wasim.Content{Text: text + " " + mark + w.tokens[i]})
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ids[w.tokens[i]] = id
		return err
	})
	return w, err
}

// posted are the texts that were sent on command.
type posted struct {
	mu       sync.Mutex
	tokens   []string
	began    []time.Time
	accepted []float64 // ms until the call was answered
}

// post sends n texts to the customers in turn.
func (s *subject) post(ctx context.Context, n int, perSecond float64, series string) (*posted, error) {
	p := &posted{began: make([]time.Time, n)}
	for i := range n {
		p.tokens = append(p.tokens, fmt.Sprintf("%s-%s-%d", s.side, series, i))
	}
	err := paced(ctx, n, perSecond, func(ctx context.Context, i int) error {
		to := s.sim.people[i%len(s.sim.people)].Number()
		path, body := s.speech.send(to, "Pesananmu sudah siap diambil. "+mark+p.tokens[i])
		p.began[i] = time.Now()
		if err := s.call(ctx, http.MethodPost, path, body, nil); err != nil {
			return err
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.accepted = append(p.accepted, ms(time.Since(p.began[i])))
		return nil
	})
	return p, err
}

// reached gives the times from a call to the text on the customer's phone, decrypted.
func (p *posted) reached(s *sightings) []float64 {
	list := make([]float64, 0, len(p.tokens))
	for i, token := range p.tokens {
		if seen, ok := s.get(token); ok {
			list = append(list, ms(seen.at.Sub(p.began[i])))
		}
	}
	return list
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// spent gives the processor time of the program while fn ran and until it was quiet again, in ms.
func (s *subject) spent(ctx context.Context, fn func() error) (float64, error) {
	before, err1 := s.proc.cpu()
	err := fn()
	err2 := pause(ctx, quiet) // receipts and what is written later belong to it
	after, err3 := s.proc.cpu()
	return ms(after - before), errors.Join(err, err1, err2, err3)
}

// quiet is long enough for everything that a message leaves to be done, such as receipts.
const quiet = 300 * time.Millisecond
