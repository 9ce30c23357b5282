package wasim_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// What is wrong with chaos is said.
func TestChaosIsChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []wasim.Chaos{{Probability: -1}, {Probability: 1.5}, {Delay: time.Second}, {Probability: 0.1, Delay: -1}} {
		if n, err := wasim.New(wasim.Options{Chaos: c}); !errors.Is(err, wasim.ErrFault) {
			t.Errorf("%+v: got %v, %v, want ErrFault", c, n, err)
		}
	}
	n := wasimtest.Network(t, wasim.Options{Chaos: wasim.Chaos{Probability: 0.5}})
	kinds := map[wasim.FaultKind]bool{}
	for _, f := range n.Faults() {
		kinds[f.Kind] = f.Times == -1 && f.Probability == 0.5
	}
	if len(kinds) != 8 || !kinds[wasim.FaultCut] || !kinds[wasim.FaultSlow] {
		t.Errorf("in force are %v, want eight kinds for ever", kinds)
	}
}

// A socket that is cut in the middle of a frame, or slow, loses nothing: what was not confirmed comes again.
func TestCutAndSlowSocketsLoseNothing(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s := openShop(t, n)
	budi := n.Phone("Budi")
	for _, f := range []wasim.Fault{{Kind: wasim.FaultCut, Times: 2}, {Kind: wasim.FaultSlow, Times: 2, DelayMS: 20}} {
		if _, err := n.AddFault(f); err != nil {
			t.Fatal(err)
		}
	}
	const count = 10
	for i := range count {
		if _, err := budi.Send(deadline(t), s.phone.Number(), wasim.Content{Text: fmt.Sprint("kiriman ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]bool{}
	for len(got) < count {
		got[next(t, s.messages).Message.GetConversation()] = true
	}
	if left := n.Faults(); len(left) != 0 {
		t.Errorf("these never struck: %+v", left)
	}
}

// Thousands of phones are cheap: a bound of time and memory for each, far above what it is.
func TestThousandsOfPhonesAreCheap(t *testing.T) {
	n := wasimtest.Network(t, wasim.Options{})
	const count = 5000
	before, began := heap(), time.Now()
	for i := range count {
		n.Phone(fmt.Sprint("Orang ", i))
	}
	took, each := time.Since(began), (heap()-before)/count
	t.Logf("%d phones in %v, %d bytes each", count, took, each)
	if each > 32<<10 || took > time.Minute {
		t.Errorf("%d phones took %v and %d bytes each, want a minute and 32 KiB at most", count, took, each)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
