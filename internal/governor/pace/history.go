package pace

import (
	"maps"
	"math"
	"slices"
	"time"
)

// Class is what a message counts as.
type Class int

// The classes.
const (
	Reply Class = iota // to somebody who wrote within a day: against no budget
	Warm
	Cold
)

// Never is a time that does not come by itself.
const Never = math.MaxInt64

const (
	minute = int64(time.Minute / time.Millisecond)
	hour   = int64(time.Hour / time.Millisecond)
	day    = 24 * hour
)

// History is what a device has sent, as far as it matters for what comes next. The zero value is of a device that has
// sent nothing; times are unix ms.
type History struct {
	Since int64 // when the number was linked
	Began int64 // when it was connected, or resumed
	Ready bool  // the phone's history is there, so that who is a stranger is known

	warm, cold []int64 // in order
	talk       int64   // the last that was no bulk
	last       int64   // the last of bulk
	lastOf     Class   // and what that counted as
	gap        chance  // of the pause after it
	first      chance  // of the pause after the last cold one
	left       int     // of bulk until the long pause; 0 is not drawn yet
	out        map[string]spent
}

// spent is a message that was let go and of which nothing was heard yet.
type spent struct {
	class Class
	at    int64
	bulk  bool
	v     Verdict
}

// Clone is a copy that goes its own way.
func (h *History) Clone() *History {
	c := *h
	c.warm, c.cold, c.out = slices.Clone(h.warm), slices.Clone(h.cold), maps.Clone(h.out)
	return &c
}

// Past adds a message of before. They may come in any order.
func (h *History) Past(c Class, at int64) {
	if list := h.list(c); list != nil {
		insert(list, at)
	}
	h.last = max(h.last, at)
}

func (h *History) list(c Class) *[]int64 {
	switch c {
	case Warm:
		return &h.warm
	case Cold:
		return &h.cold
	default:
		return nil
	}
}

func insert(list *[]int64, at int64) {
	i, _ := slices.BinarySearch(*list, at)
	*list = slices.Insert(*list, i, at)
}

func remove(list *[]int64, at int64) {
	if i, ok := slices.BinarySearch(*list, at); ok {
		*list = slices.Delete(*list, i, i+1)
	}
}

// Spend notes that the message of that id goes now as v, a verdict of Go, allows. Whoever spends tells with Done or
// Undo what became of it, unless it is a Reply, which counts against nothing.
func (h *History) Spend(id string, c Candidate, v Verdict, now int64) {
	if v.Class == Reply {
		h.talk = max(h.talk, now)
		return
	}
	at := now + v.Typing.Milliseconds()
	if h.out == nil {
		h.out = map[string]spent{}
	}
	h.out[id] = spent{v.Class, at, c.Bulk, v}
	if list := h.list(v.Class); list != nil {
		insert(list, at)
	}
	if v.Class == Cold {
		h.first = v.first
	}
	if !c.Bulk {
		h.talk = max(h.talk, now)
		return
	}
	h.last, h.lastOf, h.gap, h.left = max(h.last, at), v.Class, v.gap, v.left
}

// Out is how the message of that id was let go, if nothing was heard of it yet.
func (h *History) Out(id string) (Verdict, bool) {
	s, ok := h.out[id]
	return s.v, ok
}

// Done says that the network has taken the message of that id at that time, by our clock.
func (h *History) Done(id string, at int64) {
	s, ok := h.out[id]
	if !ok {
		return
	}
	delete(h.out, id)
	if list := h.list(s.class); list != nil && at > s.at {
		remove(list, s.at)
		insert(list, at)
	}
	if s.bulk {
		h.last = max(h.last, at)
	} else {
		h.talk = max(h.talk, at)
	}
}

// Undo says that the message of that id has not gone; it counts against nothing any more.
func (h *History) Undo(id string) {
	s, ok := h.out[id]
	if !ok {
		return
	}
	delete(h.out, id)
	if list := h.list(s.class); list != nil {
		remove(list, s.at)
	}
}

// Forget drops what is older than a day and counts no more.
func (h *History) Forget(now int64) {
	for _, list := range []*[]int64{&h.warm, &h.cold} {
		i, _ := slices.BinarySearch(*list, now-day)
		if i > 256 || i == len(*list) {
			*list = slices.Clone((*list)[i:])
		}
	}
	for id, s := range h.out {
		if s.at < now-hour { // nobody will tell
			delete(h.out, id)
		}
	}
}

// Used is how many of a class went in the last minute, hour and day.
func (h *History) Used(c Class, now int64) Budget {
	list := h.list(c)
	if list == nil {
		return Budget{}
	}
	since := func(window int64) int {
		i, _ := slices.BinarySearch(*list, now-window+1)
		return len(*list) - i
	}
	return Budget{since(minute), since(hour), since(day)}
}
