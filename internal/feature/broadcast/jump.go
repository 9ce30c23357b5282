package broadcast

import (
	"context"
	"slices"
	"time"

	"github.com/pingcrm/pingcrm/internal/governor/pace"
)

// Jumped says that the clock has jumped, back when by is negative: what was fed stays as long ago as it was, and what was
// to be asked again later is asked now. What was planned for a time of day stays at that time.
func (s *Service) Jumped(_ context.Context, by time.Duration) {
	f := s.feed
	f.mu.Lock()
	jobs := make([]*job, 0, len(f.jobs))
	for _, j := range f.jobs {
		jobs = append(jobs, j)
	}
	for id, t := range f.told {
		t.at = 0
		f.told[id] = t
	}
	f.mu.Unlock()
	for _, j := range jobs {
		j.jumped(s.now(), by)
	}
	f.nudge()
}

func (j *job) jumped(now int64, by time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	clear(j.until)
	for slot, fed := range j.fed {
		moved := make([]int64, 0, len(fed))
		for _, at := range fed {
			moved = append(moved, pace.Leap(at, by.Milliseconds(), now))
		}
		slices.Sort(moved)
		j.fed[slot] = moved
	}
}

// settled are times of the past in order: none of them is later than now, as those are that were noted before the clock
// was set back.
func settled(list []int64, now int64) []int64 {
	for i, at := range list {
		list[i] = min(at, now)
	}
	return list
}
