package broadcast

import (
	"hash/fnv"
	"math"
)

// dealer gives people to devices. The same person gets the same device in every broadcast that has it, and when one is
// taken away only its people get others (weighted rendezvous hashing).
type dealer struct {
	marks   []uint64 // of the devices
	weights []float64
	even    bool // all weights are the same
}

func newDealer(list []Sender) dealer {
	d := dealer{even: true}
	for _, s := range list {
		w := float64(max(s.Weight, 1))
		d.marks, d.weights = append(d.marks, markOf(s.DeviceID)), append(d.weights, w)
		d.even = d.even && w == d.weights[0]
	}
	return d
}

// deal is the place of a person's device in the list.
func (d dealer) deal(person string) int {
	mark := markOf(person)
	best, most := 0, math.Inf(-1)
	for at, m := range d.marks {
		score := (float64(mix(mark^m)>>11) + 0.5) / (1 << 53)
		if !d.even { // in the order of the plain one where weights are the same
			score = d.weights[at] / -math.Log(score)
		}
		if score > most {
			best, most = at, score
		}
	}
	return best
}

func markOf(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return mix(h.Sum64()) // FNV's upper bits are poor in short texts
}

// mix spreads each bit over all (the end of MurmurHash3).
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
