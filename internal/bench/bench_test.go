package main

import (
	"os"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
)

// TestMain lets the test's program be the bare client, as the bench's own program is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == bareCommand {
		exit(runBare(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// TestAllPhasesGiveFigures runs a small plan from beginning to end: every row has values of both sides.
func TestAllPhasesGiveFigures(t *testing.T) {
	t.Parallel()
	p := plan{
		binary: apptest.Binary(t), rounds: 1, seconds: 1, customers: 5, burst: 50, rates: []int{10}, devices: few + 2,
		settle: 100 * time.Millisecond, starts: 1,
	}
	f, err := measure(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	rows := f.rows()
	if want := 21; len(rows) != want {
		t.Errorf("got %d rows, want %d", len(rows), want)
	}
	for _, r := range rows {
		if r.Name == perDevice.name { // the slope of two devices may be anything
			continue
		}
		if r.Values[product] <= 0 {
			t.Errorf("%s %s: got %v, want more than nothing", r.Name, r.Stat, r.Values)
		}
		if r.Values[bare] < 0 || r.Values[bare] == 0 && r.Name != binarySize.name && r.Unit != "ms" {
			t.Errorf("%s %s: got %v, want a figure of the bare client", r.Name, r.Stat, r.Values)
		}
	}
}
