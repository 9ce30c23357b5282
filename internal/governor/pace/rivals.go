package pace

import (
	"cmp"
	"math"
	"slices"
)

// Rival is another broadcast of a device: what it has to do yet, and when it begins; in the past, it has.
type Rival struct {
	Load
	From int64
}

// rivals are the broadcasts that a device sends beside the one that is forecast. Each of them is fed a little ahead, so
// that they take turns: who wants less than an equal part leaves the rest to the others.
type rivals struct {
	ahead []Rival      // not begun, the next one first
	left  [2][]float64 // to do yet of those that have, by class
	carry [2]float64   // parts of a message that the one in question has not had yet
}

func rivalsOf(list []Rival) rivals {
	ahead := slices.Clone(list)
	slices.SortFunc(ahead, func(a, b Rival) int { return cmp.Compare(a.From, b.From) })
	return rivals{ahead: ahead}
}

// join lets those begin whose time has come. It says when the next one does, and whether any has something to do.
func (r *rivals) join(at int64) (next int64, busy bool) {
	for len(r.ahead) > 0 && r.ahead[0].From <= at {
		l := r.ahead[0].Load
		r.left[0], r.left[1] = append(r.left[0], float64(l.Warm)), append(r.left[1], float64(l.Cold))
		r.ahead = r.ahead[1:]
	}
	next = math.MaxInt64
	if len(r.ahead) > 0 {
		next = r.ahead[0].From
	}
	some := func(left float64) bool { return left > 1e-6 }
	return next, slices.ContainsFunc(r.left[0], some) || slices.ContainsFunc(r.left[1], some)
}

// deal shares out the room for messages of a class: to the one that wants so many, and to those beside it.
func (r *rivals) deal(of Class, want, room int64) (mine, theirs int64) {
	if len(r.left[0]) == 0 || room <= 0 {
		return max(min(want, room), 0), 0
	}
	k := 0
	if of == Cold {
		k = 1
	}
	level := r.level(k, want, room)
	exact, all := min(float64(want), level), 0.0
	for i, w := range r.left[k] {
		gets := min(w, level)
		r.left[k][i] -= gets
		all += gets
	}
	r.carry[k] += exact
	mine = min(int64(r.carry[k]+1e-6), want, room)
	r.carry[k] -= float64(mine)
	return mine, min(max(int64(all+exact+0.5)-mine, 0), room-mine)
}

// level is the part that nobody gets more than.
func (r *rivals) level(k int, want, room int64) float64 {
	wants := append(slices.Clone(r.left[k]), float64(want))
	slices.Sort(wants)
	left := float64(room)
	for i, w := range wants {
		if part := left / float64(len(wants)-i); w > part {
			return part
		}
		left -= w
	}
	return float64(room)
}
