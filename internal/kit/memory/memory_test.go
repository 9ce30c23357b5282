package memory

import (
	"runtime/debug"
	"testing"
)

func TestMemoryIsGivenBackWhenIdle(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	for name, c := range map[string]struct {
		looks []heap
		want  bool // at the last look
	}{
		"busy":            {[]heap{{100 * mib, 40 * mib, 70 * mib, 0}}, false},
		"quiet after":     {[]heap{{100 * mib, 40 * mib, 70 * mib, 0}, {101 * mib, 40 * mib, 71 * mib, 0}}, true},
		"nothing to gain": {[]heap{{100 * mib, 40 * mib, 41 * mib, 0}, {101 * mib, 40 * mib, 42 * mib, 0}}, false},
		"free room":       {[]heap{{100 * mib, 40 * mib, 40 * mib, 20 * mib}, {100 * mib, 40 * mib, 40 * mib, 20 * mib}}, true},
		"once is enough": {[]heap{
			{100 * mib, 40 * mib, 70 * mib, 0}, {101 * mib, 40 * mib, 71 * mib, 0}, {102 * mib, 40 * mib, 71 * mib, 0},
		}, false},
		"and again after work": {[]heap{
			{100 * mib, 40 * mib, 70 * mib, 0}, {101 * mib, 40 * mib, 71 * mib, 0}, {150 * mib, 40 * mib, 75 * mib, 0}, {151 * mib, 40 * mib, 75 * mib, 0},
		}, true},
	} {
		var watch idleness
		var got bool
		for _, h := range c.looks {
			got = watch.quiet(h) && watch.worthIt(h)
		}
		if got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestTheRuntimeTellsItsHeap(t *testing.T) {
	t.Parallel()
	if h := readHeap(); h.allocated == 0 || h.used == 0 {
		t.Errorf("got %+v, want what was allocated and is used", h)
	}
}

// The percent is the whole process's, so this test is not parallel.
func TestTheCollectorIsEarlyWhileStartingAndInALargeHeap(t *testing.T) {
	was := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(was) })
	const mib = 1 << 20
	c := takeCollector()
	for _, step := range []struct {
		name string
		do   func()
		want int
	}{
		{"while starting", func() {}, startPercent},
		{"in a small heap", func() { c.allow(8 * mib) }, 100},
		{"in one of 40 MiB", func() { c.allow(40 * mib) }, 80},
		{"in one of 48 MiB", func() { c.allow(48 * mib) }, 66},
		{"when little has changed", func() { c.allow(49 * mib) }, 66},
		{"in a huge one", func() { c.allow(900 * mib) }, leastPercent},
		{"after the end", c.end, 100},
	} {
		step.do()
		if got := percent(); got != step.want {
			t.Errorf("%s the percent is %d, want %d", step.name, got, step.want)
		}
	}
	debug.SetGCPercent(60)
	c = takeCollector()
	c.allow(8 * mib)
	c.end()
	if got := percent(); got != 60 {
		t.Errorf("the percent is %d, want what somebody has chosen, 60", got)
	}
}

func percent() int {
	now := debug.SetGCPercent(100)
	debug.SetGCPercent(now)
	return now
}
