package pace

import "slices"

// noticed is how soon a jump of the clock is noticed, in ms.
const noticed = 2000

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
	for _, list := range [][]int64{h.warm, h.cold} {
		for i, at := range list {
			list[i] = Leap(at, by, now)
		}
		slices.Sort(list)
	}
	for _, at := range []*int64{&h.talk, &h.last, &h.Began} {
		*at = Leap(*at, by, now)
	}
	for id, s := range h.out {
		s.at = Leap(s.at, by, now)
		h.out[id] = s
	}
}
