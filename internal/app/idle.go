package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// idleLook is how often memory is looked at.
	idleLook = 3 * time.Second
	// idleRate is the most that an idle program allocates between two looks: pings and timers of hundreds of devices.
	idleRate = 3 << 20
	// idleWorth is the share of the live heap that must be gained for it to be worth a collection.
	idleWorth = 8
)

// giveBack returns memory to the system whenever the program has become idle, until ctx ends. Connecting hundreds of
// devices leaves garbage and grown stacks behind. The runtime collects them when the heap has doubled, which an idle
// server does not reach, or after two minutes, and keeps the room for later.
func giveBack(ctx context.Context) error {
	tick := time.NewTicker(idleLook)
	defer tick.Stop()
	watch := idleness{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if watch.worthIt(readHeap()) {
				debug.FreeOSMemory()
			}
		}
	}
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

func (i *idleness) worthIt(h heap) bool {
	quiet := h.allocated-i.last < idleRate
	i.last = h.allocated
	gain := h.used - min(h.live, h.used) + h.free
	enough := h.live / idleWorth
	if !quiet || gain <= enough || h.allocated-i.given <= enough {
		return false
	}
	i.given = h.allocated
	return true
}
