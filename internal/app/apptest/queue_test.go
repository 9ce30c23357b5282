package apptest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// TestALongQueueComesInAnyOrder has twenty customers write while the server is down, under ids that all of them use, and the
// network bring it all late, out of order and in part twice: each message is stored, told and answered once.
// PING_TEST_QUEUE says how many there are.
func TestALongQueueComesInAnyOrder(t *testing.T) {
	t.Parallel()
	n := number(t, "PING_TEST_QUEUE", 400)
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			p := newStepper(t, e.args...)
			people := p.people(20)
			_, from := history(t, p.Server, 0, "")
			p.Stop()
			p.spoil(t, wasim.Fault{Kind: wasim.FaultDelayDelivery, Number: p.number, DelayMS: 700, Probability: 0.2, Times: -1})
			p.spoil(t, wasim.Fault{Kind: wasim.FaultDuplicate, Number: p.number, Probability: 0.2, Times: -1})
			texts := p.writeAll(t, people, n)
			p.Run()
			p.AwaitOnline()
			p.hearsOnce(t, from, texts)
			for _, f := range p.net.Faults() {
				if f.Fired == 0 {
					t.Errorf("%s never struck", f.Kind)
				}
			}
			for i, c := range people {
				if ok := apptest.Eventually(time.Minute, func() bool { return tokens(c, "dijawab")["dijawab"] == 1 }); !ok {
					t.Errorf("customer %d was answered %d times, want once", i, tokens(c, "dijawab")["dijawab"])
				}
			}
			p.Await("all is confirmed", func() bool { return p.queued(t) == 0 })
			p.talks(t, p.device, p.number, p.sari, "sesudahnya")
			for _, text := range texts {
				if got := len(p.hook.events(text)); got > 1 {
					t.Errorf("the webhook took %q %d times", text, got)
				}
			}
			for i, c := range people {
				if got := tokens(c, "dijawab")["dijawab"]; got != 1 {
					t.Errorf("customer %d was answered %d times, want once", i, got)
				}
			}
			if stats := p.net.Stats(); stats.RetryReceipts != 0 || stats.MostSocketsPerDevice != 1 {
				t.Errorf("%d messages were asked for again, %d sockets at once", stats.RetryReceipts, stats.MostSocketsPerDevice)
			}
		})
	}
}

// writeAll has people write n messages in all, the first of each of them one that a rule answers.
func (p *stepper) writeAll(t *testing.T, people []*wasim.Phone, n int) (texts []string) {
	t.Helper()
	var wg sync.WaitGroup
	for i, c := range people {
		var own []string
		for j := range n / len(people) {
			own = append(own, fmt.Sprintf("%s %d-%d", []string{"langkah", "antre"}[min(j, 1)], i, j))
		}
		texts = append(texts, own...)
		wg.Go(func() {
			for j, text := range own {
				if _, err := c.Send(context.Background(), p.number, wasim.Content{ID: fmt.Sprintf("3EB0%016d", j), Text: text}); err != nil {
					t.Errorf("%q: %v", text, err)
				}
			}
		})
	}
	wg.Wait()
	return texts
}
