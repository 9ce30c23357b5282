package main

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStatistics(t *testing.T) {
	t.Parallel()
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[len(hundred)-1-i] = float64(i + 1)
	}
	for _, c := range []struct {
		stat   stat
		values []float64
		want   float64
	}{
		{p50, []float64{3, 1, 2}, 2},
		{p50, []float64{4, 1, 2, 3}, 2.5},
		{p99, hundred, 99},
		{p99, []float64{7}, 7},
		{top, []float64{1, 9, 3}, 9},
	} {
		if got := c.stat.of(c.values); got != c.want {
			t.Errorf("%s of %v = %v, want %v", c.stat, c.values, got, c.want)
		}
	}
	if got := p50.of(nil); !math.IsNaN(got) {
		t.Errorf("p50 of nothing = %v, want no number", got)
	}
}

func TestRowsCompareRoundByRound(t *testing.T) {
	t.Parallel()
	f := newFigures()
	value := metric{name: "value", unit: "ms", stat: p50, goal: 5}
	share := metric{name: "share", unit: "KiB", stat: p50, goal: 1.25, ofRatio: true}
	alone := metric{name: "alone", unit: "MiB", stat: p50}
	// The second round was on a machine that was three times as slow: the ratio stays.
	f.add(value, product, 2, 4, 6)
	f.add(value, bare, 1, 2, 3)
	f.add(value, product, 12)
	f.add(value, bare, 6)
	f.add(share, product, 300)
	f.add(share, bare, 200)
	f.add(alone, product, 40)
	rows := f.rows()
	got := map[string]any{}
	for _, r := range rows {
		got[r.Name] = []any{r.Values[product], r.Ratio, r.Met, r.AimIs}
	}
	want := map[string]any{
		"value": []any{5.0, 2.0, true, "value"}, "share": []any{300.0, 1.5, false, "ratio"}, "alone": []any{40.0, 0.0, false, ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{4, 12}, rows[0].Rounds[product]); diff != "" {
		t.Errorf("rounds (-want +got):\n%s", diff)
	}
	var table strings.Builder
	printTable(&table, about{Version: "v1"}, rows)
	for _, want := range []string{"5.00 ms", "2.00×", "≤ 5.00 ms", "met", "missed", "≤ 1.25×", "–"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
}
