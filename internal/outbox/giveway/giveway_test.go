package giveway_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/outbox/giveway"
)

const ms = time.Millisecond

// drive lets a line that is never empty run for a while beside conversations with a word so often, and returns when its
// pieces began.
func drive(p giveway.Policy, devices int, every, span time.Duration) (began []time.Duration) {
	road, line := giveway.New(p), giveway.Line{}
	start := time.Unix(1_800_000_000, 0)
	first := start
	for now := start; now.Before(start.Add(span)); now = now.Add(ms / 2) {
		if every > 0 && now.Sub(start)%every == 0 {
			road.Spoke(now)
		}
		if !road.Ask(&line, first, now).After(now) {
			road.Begin(&line, now, devices)
			road.Took(3 * ms)
			began, first = append(began, now.Sub(start)), now
		}
	}
	return began
}

func TestSpeedBesideConversations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		devices     int
		every       time.Duration // a word
		least, most int           // a second
	}{
		{"nobody talks", 200, 0, 2000, 2000},
		{"a shop's usual day", 200, 10 * time.Second, 27, 1500},
		{"ten words a second keep no number from its pace", 200, 100 * ms, 27, 31},
		{"one device", 1, 100 * ms, 25, 31},
		{"many devices", 1000, 100 * ms, 120, 160},
		{"words without end starve nobody", 200, 5 * ms, 9, 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			const seconds = 20
			got := len(drive(giveway.Usual(), c.devices, c.every, seconds*time.Second)) / seconds
			if got < c.least || got > c.most {
				t.Errorf("%d a second, want %d to %d", got, c.least, c.most)
			}
		})
	}
}

// A slow machine rests for longer, but not so that its numbers fall behind their pace.
func TestRestsFollowTheMachine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		took    time.Duration
		devices int
		want    time.Duration
	}{
		{ms, 1, 12 * ms},
		{30 * ms, 1, 360 * ms},
		{30 * ms, 200, time.Minute / 1800},
		{time.Hour, 0, time.Minute / 9},
	} {
		road := giveway.New(giveway.Usual())
		for range 400 {
			road.Took(c.took)
		}
		if got := road.Rest(c.devices); got < c.want-ms || got > c.want+ms {
			t.Errorf("%v each on %d devices: rests %v, want %v", c.took, c.devices, got, c.want)
		}
	}
}

// Whatever is said when: none begins within the quiet after a word unless it has waited for long, and none waits for longer
// than that and the rest.
func TestNoneBeginsIntoAnAnswerAndNoneIsForgotten(t *testing.T) {
	t.Parallel()
	p := giveway.Usual()
	rapid.Check(t, func(t *rapid.T) {
		road, line := giveway.New(p), giveway.Line{}
		now := time.Unix(1_800_000_000, 0)
		first, spoke := now, time.Time{}
		for i, n := 0, rapid.IntRange(1, 300).Draw(t, "steps"); i < n; i++ {
			now = now.Add(rapid.SampledFrom([]time.Duration{0, ms, 7 * ms, 40 * ms, 4 * time.Second}).Draw(t, "later"))
			if rapid.Bool().Draw(t, "a word") {
				road.Spoke(now)
				spoke = now
			}
			at := road.Ask(&line, first, now)
			if limit := first.Add(p.Longest + time.Second); at.After(now) && at.After(limit) {
				t.Fatalf("waits until %v after it was first", at.Sub(first))
			}
			if at.After(now) {
				continue
			}
			if now.Sub(spoke) < p.Quiet && now.Sub(first) < p.Longest {
				t.Fatalf("begins %v after a word, having waited %v", now.Sub(spoke), now.Sub(first))
			}
			road.Begin(&line, now, 200)
			first = now
		}
	})
}

func ExampleRoad_Ask() {
	road, line := giveway.New(giveway.Usual()), giveway.Line{}
	now := time.Unix(1_800_000_000, 0)
	fmt.Println("nobody talks:", road.Ask(&line, now, now).Sub(now))
	road.Spoke(now)
	fmt.Println("an answer is under way:", road.Ask(&line, now, now).Sub(now))
	// Output:
	// nobody talks: 0s
	// an answer is under way: 10ms
}
