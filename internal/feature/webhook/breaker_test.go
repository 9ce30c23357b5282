package webhook

import (
	"maps"
	"slices"
	"testing"
	"time"
)

func TestAnotherAddressIsForgivenTheSameIsNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		e        endpoint
		to       string
		forgiven bool
		failures int
	}{
		"first":           {endpoint{}, "a", false, 0},
		"the same":        {endpoint{url: "a", failures: 5}, "a", false, 5},
		"another":         {endpoint{url: "a", failures: 5, probeAt: time.Unix(9, 0)}, "b", true, 0},
		"another, sound":  {endpoint{url: "a"}, "b", false, 0},
		"none, in a way":  {endpoint{url: "a", failures: 2}, "", true, 0},
		"of a known past": {endpoint{failures: 2}, "b", false, 2},
	} {
		e := c.e
		if got := e.goesTo(c.to); got != c.forgiven || e.failures != c.failures || e.url != c.to {
			t.Errorf("%s: forgiven %v, %+v; want %v and %d failures", name, got, e, c.forgiven, c.failures)
		}
		if c.forgiven && !e.probeAt.IsZero() {
			t.Errorf("%s: it still waits until %v", name, e.probeAt)
		}
	}
}

// What nobody sends to is forgotten; what is in use, or waits, is not.
func TestIdleEndpointsAreForgotten(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	s := New(Config{Now: func() time.Time { return now }})
	at := func(name string) *endpoint { return s.endpointOf(key{workspaceID: "w", webhookID: name}) }
	at("idle")
	at("active").active = 1
	at("waiting").waiting = []Delivery{{}}
	now = now.Add(idleFor / 2)
	at("used")
	now = now.Add(idleFor/2 + time.Second)
	s.clear()
	var left []string
	for k := range maps.Keys(s.endpoints) {
		left = append(left, k.id())
	}
	slices.Sort(left)
	if want := []string{"active", "used", "waiting"}; !slices.Equal(left, want) {
		t.Errorf("left are %v, want %v", left, want)
	}
}
