package wasim_test

import (
	"context"
	"slices"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

func TestChangesNameThePhonesWithNews(t *testing.T) {
	t.Parallel()
	network := wasimtest.Network(t, wasim.Options{})
	ani, budi := network.Phone("Ani"), network.Phone("Budi")
	at, numbers := network.Changes(t.Context(), 0)
	if slices.Sort(numbers); !slices.Equal(numbers, sorted(ani.Number(), budi.Number())) {
		t.Errorf("from the beginning: got %v, want both phones", numbers)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if still, none := network.Changes(over, at); still != at || none != nil {
		t.Errorf("nothing happened: got %d and %v, want %d and none", still, none, at)
	}
	type told struct {
		at      uint64
		numbers []string
	}
	heard := make(chan told)
	go func() {
		at, numbers := network.Changes(t.Context(), at)
		heard <- told{at, numbers}
	}()
	cici := network.Phone("Cici")
	if first := <-heard; !slices.Equal(first.numbers, []string{cici.Number()}) || first.at <= at {
		t.Errorf("a new phone: got %+v after %d, want its number", first, at)
	}
	at, _ = network.Changes(t.Context(), at)
	if _, err := ani.Send(t.Context(), budi.Number(), wasim.Content{Text: "Halo"}); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for len(names) < 2 {
		at, numbers = network.Changes(t.Context(), at)
		for _, number := range numbers {
			names[number] = true
		}
	}
	if names[cici.Number()] {
		t.Error("a phone on which nothing happened was named")
	}
	if _, all := network.Changes(t.Context(), at+1000); len(all) != 3 {
		t.Errorf("from a point that never was: got %v, want all three phones", all)
	}
}

func sorted(list ...string) []string {
	slices.Sort(list)
	return list
}
