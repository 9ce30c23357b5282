package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pingcrm/pingcrm/wasim"
)

// subject is one side of the comparison: a program with a shop's number, linked to the simulated network.
type subject struct {
	side    string
	sim     *simulator
	speech  speech
	program string
	listen  string
	data    string
	proc    *process
	client  *http.Client

	shop    *wasim.Phone // whose number the customers know
	devices int          // linked ones
}

// speech is how a program is talked to.
type speech interface {
	// args are the command line.
	args(listen, data, network string) []string
	// prepare links the shop and has it answer texts that begin with greeting, and report every message.
	prepare(ctx context.Context, s *subject) error
	// link links one more phone, which nobody talks to.
	link(ctx context.Context, s *subject, phone *wasim.Phone) error
	// send is the request that sends a text.
	send(to, text string) (path string, body any)
	// authorize signs a request in.
	authorize(r *http.Request)
}

// greeting begins the texts that are answered with answer and the text itself.
const (
	greeting = "halo"
	answer   = "Selamat datang! Ada yang bisa kami bantu?"
)

func newSubject(side, program, dir string, sim *simulator, how speech) (*subject, error) {
	listen, err := freeAddress()
	if err != nil {
		return nil, err
	}
	return &subject{
		side: side, sim: sim, speech: how, program: program, listen: listen, data: filepath.Join(dir, side),
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 512}},
	}, nil
}

func (s *subject) url() string { return "http://" + s.listen }

// start runs the program and waits until it answers; it returns how long that took.
func (s *subject) start(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	var err error
	if s.proc, err = start(s.program, s.speech.args(s.listen, s.data, s.sim.control.URL())...); err != nil {
		return 0, err
	}
	if err := s.proc.answers(ctx, s.url()+"/healthz"); err != nil {
		return 0, fmt.Errorf("%s does not answer: %w", s.side, err)
	}
	return time.Since(began), nil
}

func (s *subject) stop() {
	s.proc.stop()
	s.client.CloseIdleConnections()
}

// call makes one request and decodes the answer, unless out is nil.
func (s *subject) call(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, s.url()+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	return s.do(req, out)
}

// do makes a request and decodes the answer, unless out is nil.
func (s *subject) do(req *http.Request, out any) error {
	s.speech.authorize(req)
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%w: %s %s: %s: %s", errAnswer, req.Method, req.URL.Path, res.Status, data)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}

// linkAtOnce is how many phones are being linked at a time.
const linkAtOnce = 4

// linkUpTo links phones until the subject has n devices.
func (s *subject) linkUpTo(ctx context.Context, n int) error {
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(linkAtOnce)
	for i := s.devices; i < n; i++ {
		all.Go(func() error { return s.speech.link(ctx, s, s.sim.net.Phone(fmt.Sprintf("Cabang %d", i))) })
	}
	s.devices = n
	return all.Wait()
}

// companion is the shop's linked device, as the network names it.
func (s *subject) companion() (string, error) {
	list := s.shop.Companions()
	if len(list) != 1 {
		return "", fmt.Errorf("%w: the shop has %d devices, want 1", errStat, len(list))
	}
	return list[0], nil
}

// settled waits until the shop's device has confirmed everything that was sent to it.
func (s *subject) settled(ctx context.Context) error {
	jid, err := s.companion()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return s.shop.Settle(ctx, jid)
}

// scan has the phone scan a code; it waits for the first login.
func scan(ctx context.Context, phone *wasim.Phone, code string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 30*time.Second, errNever)
	defer cancel()
	if _, err := phone.Scan(ctx, code); err != nil {
		return fmt.Errorf("link %s (%s): %w", phone.Name(), phone.Number(), err)
	}
	return nil
}
