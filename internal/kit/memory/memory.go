// Package memory keeps what the process takes from the system near to what it needs.
package memory

import (
	"context"
	"log/slog"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// startPercent is how much garbage, in percent of what lives, may gather while the program starts.
	startPercent = 20
	// startLongest ends the start of a program that never becomes idle.
	startLongest = time.Minute
	// look is how often memory is looked at.
	look = time.Second
	// idleRate is the most that an idle program allocates between two looks: pings and timers of hundreds of devices.
	idleRate = 1 << 20
	// fileEvery is the least time between two times that the pages of the program's file are let go of.
	fileEvery = 30 * time.Second
	// mostGarbage is how many bytes of garbage may gather while the program works, as long as that is leastPercent of what
	// lives: from there on the collector would take too much of the processor.
	mostGarbage  = 32 << 20
	leastPercent = 50
	// idleWorth is the share of the live heap that must be gained for it to be worth a collection.
	idleWorth = 8
)

// Tend looks after the memory of the whole process until ctx ends; main calls it once. It does three things.
//
// Until the program is idle for the first time, or for startLongest, the collector runs early: hundreds of devices that
// connect leave garbage between what they keep, and room that was once taken so is hardly given back. (500 devices, each
// after a fresh start: 164 KiB for one with the runtime's own percent, 137 KiB with this one.) Where GOGC is set, it counts.
//
// From then on mostGarbage may gather: with the runtime's own percent, a program with 500 devices would take twice what it
// needs, while one with few devices doesn't notice.
//
// Whenever the program has become idle, garbage is collected and its room given back, and so are the pages of the program's own
// file that it no longer touches. The runtime by itself collects when the heap has doubled, which an idle server does not
// reach, or after two minutes, and keeps the room for later.
func Tend(ctx context.Context, log *slog.Logger) {
	gc := takeCollector()
	defer gc.end()
	began := time.Now()
	tick := time.NewTicker(look)
	defer tick.Stop()
	var watch idleness
	var letGo time.Time
	busy, started := true, false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h := readHeap()
			quiet := watch.quiet(h)
			started = started || quiet || time.Since(began) > startLongest
			if started {
				gc.allow(h.live)
			}
			if quiet && watch.worthIt(h) {
				debug.FreeOSMemory()
			}
			busy = busy || !quiet
			if quiet && busy && time.Since(letGo) > fileEvery {
				if err := letGoOfFile(); err != nil {
					log.Debug("pages of the program's file stay mapped", "error", err)
				}
				letGo, busy = time.Now(), false
			}
		}
	}
}

// collector is the percent of what lives at which the garbage is collected. Where somebody has chosen one, it stays.
type collector struct {
	before, percent int
	chosen          bool
}

// takeCollector has the collector run at startPercent, until allow or end.
func takeCollector() *collector {
	const byDefault = 100
	c := &collector{before: debug.SetGCPercent(startPercent), percent: startPercent}
	if c.before != byDefault {
		c.chosen = true
		debug.SetGCPercent(c.before)
	}
	return c
}

// allow sets the percent for a heap of which so many bytes live. Setting it stops the program for a moment, so that small
// changes are left alone.
func (c *collector) allow(live uint64) {
	const small = 5
	p := percentFor(live)
	if c.chosen || max(p-c.percent, c.percent-p) < small {
		return
	}
	c.percent = p
	debug.SetGCPercent(p)
}

func (c *collector) end() {
	if !c.chosen {
		debug.SetGCPercent(c.before)
	}
}

func percentFor(live uint64) int {
	return int(min(100, max(leastPercent, 100*mostGarbage/max(live, 1))))
}

// heap is what the runtime says of the heap, in bytes.
type heap struct {
	allocated uint64 // since the start
	live      uint64 // at the last collection
	used      uint64 // live, and what came since
	free      uint64 // kept for later
}

func readHeap() heap {
	s := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"},
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(s)
	return heap{allocated: s[0].Value.Uint64(), live: s[1].Value.Uint64(), used: s[2].Value.Uint64(), free: s[3].Value.Uint64()}
}

// idleness decides when memory is given back: when little was allocated since the last look, and there is enough to gain
// that was allocated since the last time.
type idleness struct {
	last  uint64 // heap.allocated at the last look
	given uint64 // heap.allocated when memory was given back
}

// quiet reports whether little was allocated since the last look, which is now h. The first look is never quiet: what
// came before it is the start.
func (i *idleness) quiet(h heap) bool {
	first := i.last == 0
	quiet := h.allocated-i.last <= idleRate
	i.last = h.allocated
	return quiet && !first
}

// worthIt reports whether there is enough to gain for a collection, and takes it for done.
func (i *idleness) worthIt(h heap) bool {
	gain := h.used - min(h.live, h.used) + h.free
	enough := h.live / idleWorth
	if gain <= enough || h.allocated-i.given <= enough {
		return false
	}
	i.given = h.allocated
	return true
}
