package wasim

import (
	"slices"
	"testing"
)

// The seed of chaos alone says what strikes, whatever the network's seed and other faults; it ends without them.
func TestTheSameSeedIsTheSameChaos(t *testing.T) {
	t.Parallel()
	strikes := func(network, chaos uint64) (list []FaultKind) {
		n, err := New(Options{Seed: network})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = n.Close() })
		for range network {
			if _, err := n.AddFault(Fault{Kind: FaultLoseAck}); err != nil {
				t.Fatal(err)
			}
		}
		if err := n.AddChaos(Chaos{Probability: 0.2, Seed: chaos}); err != nil {
			t.Fatal(err)
		}
		for range 100 {
			for _, kind := range chaosKinds() {
				if n.faults.strike(subject{}, kind) != nil {
					list = append(list, kind)
				}
			}
		}
		if ended, left := n.EndChaos(), len(n.Faults()); ended != len(chaosKinds()) || left != int(network) {
			t.Errorf("%d faults ended and %d are left, want %d and %d", ended, left, len(chaosKinds()), network)
		}
		return list
	}
	first := strikes(1, 7)
	if !slices.Equal(first, strikes(2, 7)) {
		t.Error("the same seed struck otherwise on another network")
	}
	if len(first) == 0 || slices.Equal(first, strikes(1, 8)) {
		t.Error("another seed struck the same")
	}
}
