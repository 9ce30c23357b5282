package main

import (
	"math"
	"slices"
)

// The two sides of every comparison.
const (
	product = "product"
	bare    = "bare"
)

// stat makes one number of many.
type stat string

const (
	p50 stat = "p50" // also the median of one number a round
	p95 stat = "p95"
	p99 stat = "p99"
	top stat = "max"
)

func (s stat) of(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	switch s {
	case p95:
		return sorted[rank(len(sorted), 0.95)]
	case p99:
		return sorted[rank(len(sorted), 0.99)]
	case top:
		return sorted[len(sorted)-1]
	default:
		middle := len(sorted) / 2
		if len(sorted)%2 == 0 {
			return (sorted[middle-1] + sorted[middle]) / 2
		}
		return sorted[middle]
	}
}

// rank is the index of the smallest value that at least the share q of n values does not exceed.
func rank(n int, q float64) int { return max(int(math.Ceil(q*float64(n)))-1, 0) }

// metric is one row of the table.
type metric struct {
	name string
	unit string
	stat stat
	// goal is the most that is aimed at, of the product's value or, with ofRatio, of the ratio; 0 is no aim.
	goal    float64
	ofRatio bool
}

// figures are the values that were measured: by metric and side, a list for each round.
type figures struct {
	order  []metric
	values map[metric]map[string][][]float64
}

func newFigures() *figures { return &figures{values: map[metric]map[string][][]float64{}} }

// add notes what one round has given for a metric.
func (f *figures) add(m metric, side string, values ...float64) {
	if f.values[m] == nil {
		f.order = append(f.order, m)
		f.values[m] = map[string][][]float64{}
	}
	f.values[m][side] = append(f.values[m][side], values)
}

// row is a metric with its figures.
type row struct {
	Name    string             `json:"name"`
	Unit    string             `json:"unit"`
	Stat    stat               `json:"stat"`
	Values  map[string]float64 `json:"values"` // over all rounds, by side
	Ratio   float64            `json:"ratio"`  // product to bare client: the median of the rounds' ratios; 0 is none
	Aim     float64            `json:"aim"`
	AimIs   string             `json:"aim_is,omitempty"` // "value" or "ratio"
	Met     bool               `json:"met"`
	Samples map[string]int     `json:"samples"`
	// Rounds has the statistic of each round.
	Rounds map[string][]float64 `json:"rounds"`
}

func (f *figures) rows() []row {
	rows := make([]row, 0, len(f.order))
	for _, m := range f.order {
		r := row{
			Name: m.name, Unit: m.unit, Stat: m.stat, Aim: m.goal,
			Values: map[string]float64{}, Samples: map[string]int{}, Rounds: map[string][]float64{},
		}
		for side, rounds := range f.values[m] {
			all := slices.Concat(rounds...)
			if len(all) == 0 {
				continue
			}
			r.Values[side], r.Samples[side] = m.stat.of(all), len(all)
			for _, values := range rounds {
				if len(values) > 0 {
					r.Rounds[side] = append(r.Rounds[side], m.stat.of(values))
				}
			}
		}
		r.Ratio = ratio(r.Rounds[product], r.Rounds[bare])
		r.judge(m)
		rows = append(rows, r)
	}
	return rows
}

// judge compares with the aim.
func (r *row) judge(m metric) {
	if m.goal == 0 {
		return
	}
	r.AimIs = "value"
	got := r.Values[product]
	if m.ofRatio {
		r.AimIs, got = "ratio", r.Ratio
	}
	r.Met = got > 0 && got <= m.goal
}

// ratio is the median of the ratios of rounds that lie next to each other in time; 0 when there are none.
func ratio(ours, theirs []float64) float64 {
	var list []float64
	for i := range min(len(ours), len(theirs)) {
		if theirs[i] > 0 {
			list = append(list, ours[i]/theirs[i])
		}
	}
	if len(list) == 0 {
		return 0
	}
	return p50.of(list)
}
