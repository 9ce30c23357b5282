package pace

import "slices"

const (
	// noticed is how soon a jump of the clock is noticed, in ms.
	noticed = 2000
	// ahead is how far ahead of the clock a time may lie in ms: a message counts from when its typing ends.
	ahead = minute
)

// Leap is what a time of the past is after the clock has jumped by so much, back when that is negative: as long ago as
// it was. One that was noted after the jump, and before that was noticed, stays.
func Leap(at, by, now int64) int64 {
	if at == 0 || at > now-noticed && at <= now {
		return at
	}
	return min(at+by, now)
}

// Leap keeps everything as long ago as it was when the clock has jumped.
func (h *History) Leap(by, now int64) {
	h.move(func(at int64) int64 { return Leap(at, by, now) })
}

// Land brings down to now what lies further ahead than that can be, and reports whether anything did. A clock that was
// set forward and back before anybody noticed leaves such times behind, and they would hold what comes next until then.
func (h *History) Land(now int64) bool {
	landed := false
	h.move(func(at int64) int64 {
		if at <= now+ahead {
			return at
		}
		landed = true
		return now
	})
	return landed
}

// move has every time become another one.
func (h *History) move(to func(at int64) int64) {
	for _, list := range [][]int64{h.warm, h.cold} {
		for i, at := range list {
			list[i] = to(at)
		}
		slices.Sort(list)
	}
	for _, at := range []*int64{&h.talk, &h.last, &h.Began} {
		*at = to(*at)
	}
	for id, s := range h.out {
		s.at = to(s.at)
		h.out[id] = s
	}
}
