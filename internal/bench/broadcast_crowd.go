package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

// crowd is the recipients who have phones, and what comes to them.
type crowd struct {
	phones []*wasim.Phone

	mu   sync.Mutex
	came int
	last time.Time
}

// newCrowd makes the phones; they are watched until ctx ends.
func newCrowd(ctx context.Context, sim *simulator, n int) (*crowd, error) {
	c := &crowd{}
	for i := range n {
		p, err := sim.net.AddPhone(wasim.PhoneOptions{Name: fmt.Sprintf("Penerima %d", i+1), Number: withPhone(i)})
		if err != nil {
			return nil, err
		}
		c.phones = append(c.phones, p)
		go func() {
			_, _ = p.Await(ctx, func(m wasim.Message) bool { // ends with ctx
				if !m.FromMe {
					c.arrived()
				}
				return false
			})
		}()
	}
	return c, nil
}

// Numbers with a phone and numbers without one are told apart by what they begin with.
func withPhone(i int) string    { return fmt.Sprintf("62813%08d", 10_000_000+i) }
func withoutPhone(i int) string { return fmt.Sprintf("62852%08d", 10_000_000+i) }

func (c *crowd) arrived() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.came++
	c.last = time.Now()
}

// count is how many messages have come so far, and when the last one did.
func (c *crowd) count() (n int, last time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.came, c.last
}

// upTo waits until so many messages have come.
func (c *crowd) upTo(ctx context.Context, n int, patience time.Duration) error {
	err := eventually(ctx, patience, time.Millisecond, func() (bool, error) { came, _ := c.count(); return came >= n, nil })
	if err != nil {
		came, _ := c.count()
		return fmt.Errorf("%d messages came, want %d: %w", came, n, err)
	}
	return nil
}

// quiet waits until nothing has come for a while and returns when the last one did.
func (c *crowd) quiet(ctx context.Context, span, patience time.Duration) (last time.Time, err error) {
	began := time.Now()
	err = eventually(ctx, patience, 5*time.Millisecond, func() (bool, error) {
		_, last = c.count()
		return time.Since(last) > span && time.Since(began) > span, nil
	})
	return last, err
}

// tokenOf is what a number's message of a series ends in.
func tokenOf(series, number string) string { return series + "-" + number }

// account compares the phones with a series of which each was to get one message, or at most one.
type account struct{ reached, missing, doubled, strays int }

// account looks at every phone. Strays are messages of the series that were for somebody else.
func (c *crowd) account(series string) (a account) {
	for _, p := range c.phones {
		n := 0
		for _, m := range p.Messages("", "") {
			switch token := tokenIn(m.Text); {
			case m.FromMe:
			case token == tokenOf(series, p.Number()):
				n++
			case len(token) > len(series) && token[:len(series)+1] == series+"-":
				a.strays++
			}
		}
		switch {
		case n == 0:
			a.missing++
		default:
			a.reached++
			a.doubled += n - 1
		}
	}
	return a
}

// table writes a file of n recipients: first those with phones, then others.
func (c *crowd) table(w io.Writer, n int) error {
	if _, err := io.WriteString(w, "nomor,kode\n"); err != nil {
		return err
	}
	for i := range n {
		number := withoutPhone(i)
		if i < len(c.phones) {
			number = c.phones[i].Number()
		}
		if _, err := fmt.Fprintf(w, "%s,%s\n", number, number); err != nil {
			return err
		}
	}
	return nil
}
