package apptest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
)

// turn is a broadcast of a series as the API shows it.
type turn struct {
	ID, State string
	StartAt   int64 `json:"start_at"`
	SeriesN   int   `json:"series_n"`
}

// TestASeriesIsKilledAsItBecomesDue kills the program before and after every commit from just before a broadcast that
// repeats becomes due: whatever was done, there is one next broadcast afterwards, and one message on the phone.
func TestASeriesIsKilledAsItBecomesDue(t *testing.T) {
	t.Parallel()
	for i, e := range engines(t) {
		most := number(t, "PING_TEST_STEPS", []int{4, 2}[i])
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			p := newStepper(t, e.args...)
			for _, step := range []string{"COMMIT", "COMMITTED"} {
				for n := 1; n <= most; n++ {
					p.dies(t, step, n, "")
				}
				if e.name == "sqlite" { // elsewhere, transactions are written down mixed
					before := len(p.strikes())
					p.dies(t, step, 1, "INTO broadcasts (")
					if len(p.strikes()) != before+1 {
						t.Errorf("%s of what makes the next broadcast was struck %d times, want once", step, len(p.strikes())-before)
					}
				}
			}
		})
	}
}

// dies has a series become due, and the program die at a step of that, or of what writes that.
func (p *stepper) dies(t *testing.T, step string, n int, of string) {
	t.Helper()
	text := strings.TrimSpace(fmt.Sprint("berulang ", step, " ", n, " ", of))
	customer := p.net.Phone(text)
	start := time.Now().Add(3 * time.Second).Truncate(time.Second).UnixMilli()
	var one turn
	if err := p.Do(http.MethodPost, "/api/v1/broadcasts", object{
		"name": text, "device_ids": []string{p.device}, "text": text, "start_at": start, "repeat": "FREQ=DAILY",
		"audience": object{"numbers": []string{customer.Number()}, "check_numbers": false}, "pacing": object{"preset": "none"},
	}, nil, &one); err != nil {
		t.Fatal(err)
	}
	list := func() (all []turn) {
		var out struct{ Items []turn }
		p.revive()
		_ = p.Get("/api/v1/broadcasts?series="+one.ID, &out)
		return out.Items
	}
	p.Await("it waits for its time", func() bool { all := list(); return len(all) > 0 && all[0].State == "scheduled" })
	p.arm(t, "kill", step, n, of)
	over := func() bool {
		all := list()
		return len(all) >= 2 && all[len(all)-1].State == "done" && tokens(customer, text)[text] > 0
	}
	if !apptest.Eventually(2*time.Minute, over) {
		t.Fatalf("after %q: %+v", p.last(), list())
	}
	p.disarm(t)
	all := list()
	if len(all) != 2 || all[0].State != "scheduled" || all[0].SeriesN != 2 || all[0].StartAt != start+24*time.Hour.Milliseconds() {
		t.Errorf("%s: the series is %+v, want one next, a day after %d", text, all, start)
	}
	if got := tokens(customer, text); got[text] != 1 {
		t.Errorf("%s: the phone has %v, want it once", text, got)
	}
	if err := p.Do(http.MethodPost, "/api/v1/broadcasts/"+all[0].ID+"/cancel", object{}, nil, nil); err != nil {
		t.Error(err)
	}
}
