package month_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/governor/health"
	"github.com/pingcrm/pingcrm/internal/governor/month"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
)

// A month of a shop: the budgets hold in every window, nothing cold goes while new chats are locked, nothing of a broadcast
// at night, and answers keep their pace whatever a broadcast does.
func TestAMonth(t *testing.T) {
	t.Parallel()
	for _, preset := range []pace.Preset{pace.Cautious, pace.Normal, pace.Bold} {
		t.Run(string(preset), func(t *testing.T) {
			t.Parallel()
			plan := month.Shop()
			plan.Policy = pace.Of(preset)
			r, err := month.Run(plan)
			if err != nil {
				t.Fatal(err)
			}
			p := plan.Policy
			for _, w := range []struct {
				name      string
				got, most int
			}{
				{"warm minute", r.Warm.Minute, p.Warm.Minute},
				{"warm hour", r.Warm.Hour, p.Warm.Hour},
				{"warm day", r.Warm.Day, p.Warm.Day},
				{"cold minute", r.Cold.Minute, p.Cold.Minute},
				{"cold hour", r.Cold.Hour, p.Cold.Hour},
				{"cold day", r.Cold.Day, p.Cold.Day},
				{"cold in the lock", r.InLock, 0},
				{"at night", r.AtNight, 0},
				{"beyond the number's age", r.Over, 0},
			} {
				if w.got > w.most {
					t.Errorf("%s: got %d, want at most %d", w.name, w.got, w.most)
				}
			}
			var cold, warm, answers int
			for i, d := range r.Days {
				cold, warm, answers = cold+d.Cold, warm+d.Warm, answers+d.Answers
				if locked := i+1 > plan.LockDay && i+1 < plan.LockDay+6; locked && (d.Cold > 0 || d.State != health.Restricted) {
					t.Errorf("day %d, in the lock: %d cold and %s, want none and restricted", i+1, d.Cold, d.State)
				}
				slowest := 10 * time.Second // several wrote at once
				if i+1 == plan.WarnDay {
					slowest = 31 * time.Minute
				}
				if d.Slowest > slowest {
					t.Errorf("day %d: an answer waited %v, want at most %v", i+1, d.Slowest, slowest)
				}
			}
			if answers < 29*plan.Customers || cold < 20*p.FirstDay || warm < 1000 {
				t.Errorf("%d answers, %d cold, %d warm: it did not get on", answers, cold, warm)
			}
			var b bytes.Buffer
			if err := r.Print(&b); err != nil || strings.Count(b.String(), "█") < 100 {
				t.Errorf("the chart is\n%s\n%v", b.String(), err)
			}
		})
	}
}
