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
	has    []int // what each was last seen to have; only watch touches it

	mu   sync.Mutex
	came int
	last time.Time
}

// newCrowd makes the phones; they are watched until ctx ends, all by one goroutine: there may be a million of them.
func newCrowd(ctx context.Context, sim *simulator, n int) (*crowd, error) {
	c := &crowd{has: make([]int, n)}
	for i := range n {
		p, err := sim.net.AddPhone(wasim.PhoneOptions{Name: fmt.Sprintf("Penerima %d", i+1), Number: withPhone(i)})
		if err != nil {
			return nil, err
		}
		c.phones = append(c.phones, p)
	}
	go c.watch(ctx, sim.net)
	return c, nil
}

// watch counts what comes to the phones until ctx ends.
func (c *crowd) watch(ctx context.Context, net *wasim.Network) {
	var at uint64
	var numbers []string
	for ctx.Err() == nil {
		at, numbers = net.Changes(ctx, at)
		for _, number := range numbers {
			if i := indexOf(number); i >= 0 && i < len(c.phones) {
				c.look(i)
			}
		}
	}
}

// look counts what has come to a phone since it was last looked at.
func (c *crowd) look(i int) {
	n := 0
	for _, m := range c.phones[i].Messages("", "") {
		if !m.FromMe {
			n++
		}
	}
	if n == c.has[i] {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.came += n - c.has[i]
	c.has[i] = n
	c.last = time.Now()
}

// Numbers with a phone and numbers without one are told apart by what they begin with.
func withPhone(i int) string    { return fmt.Sprintf("62813%08d", 10_000_000+i) }
func withoutPhone(i int) string { return fmt.Sprintf("62852%08d", 10_000_000+i) }

// indexOf is which number with a phone this is; -1 for others.
func indexOf(number string) int {
	var i int
	if _, err := fmt.Sscanf(number, "62813%08d", &i); err != nil {
		return -1
	}
	return i - 10_000_000
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
