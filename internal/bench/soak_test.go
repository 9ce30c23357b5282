package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
)

// A short run in fine weather ends well: everything that was said is where it belongs.
func TestASoakEndsWell(t *testing.T) {
	t.Parallel()
	s := &soak{
		binary: apptest.Binary(t), devices: 3, people: 5, rate: 20, length: 3 * time.Second, patience: time.Minute, first: 2,
		calm: true, dir: t.TempDir(),
	}
	if err := s.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if in, out := len(s.ledger.written), len(s.ledger.sent); in != 30 || out != 30+2*3 {
		t.Errorf("%d written and %d sent, want 30 each, and 2 of each device before", in, out)
	}
}

// The report fails for anything that is lost, doubled, unfinished or growing.
func TestASoakFails(t *testing.T) {
	t.Parallel()
	flat := make([]sample, 40)
	growing := make([]sample, 40)
	for i := range flat {
		flat[i] = sample{memory: 100, goroutines: 50, files: 20}
		growing[i] = sample{memory: 100 + float64(i), goroutines: 50, files: 20}
	}
	for name, c := range map[string]struct {
		missing missing
		inbox   inbox
		samples []sample
		twice   int
		fails   bool
	}{
		"well":            {samples: flat},
		"lost out":        {samples: flat, missing: missing{phones: []string{"out-1"}}, fails: true},
		"lost webhook":    {samples: flat, missing: missing{webhooks: []string{"in-0"}}, fails: true},
		"lost in":         {samples: flat, inbox: inbox{lost: 1}, fails: true},
		"doubled in":      {samples: flat, inbox: inbox{doubled: 1}, fails: true},
		"unfinished":      {samples: flat, inbox: inbox{unfinished: 1}, fails: true},
		"doubled webhook": {samples: flat, twice: 1, fails: true},
		"growing":         {samples: growing, fails: true},
	} {
		sim, err := newSimulator(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		s := &soak{sim: sim, ledger: newLedger(sim), samples: c.samples}
		if c.twice > 0 {
			s.ledger.events["in-0"] = map[string]bool{"a": true, "b": true}
		}
		var out bytes.Buffer
		if err := s.report(&out, c.missing, c.inbox); (err != nil) != c.fails {
			t.Errorf("%s: got %v, want failure %v\n%s", name, err, c.fails, out.String())
		}
		if !strings.Contains(out.String(), "goroutines") {
			t.Errorf("%s: the report says nothing of goroutines:\n%s", name, out.String())
		}
		sim.stop()
	}
}
