package hook_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/kit/hook"
)

func TestFireKeepsTheOrderAndStopsAtAVeto(t *testing.T) {
	t.Parallel()
	errVeto := errors.New("no")
	var h hook.Tx[int]
	if err := h.Fire(context.Background(), 1); err != nil {
		t.Errorf("nobody listens: %v", err)
	}
	var heard []string
	for _, name := range []string{"first", "second", "third"} {
		h.Add(name, func(_ context.Context, e int) error {
			heard = append(heard, name)
			if name == "second" && e == 2 {
				return errVeto
			}
			return nil
		})
	}
	if err := h.Fire(context.Background(), 1); err != nil {
		t.Errorf("got %v", err)
	}
	err := h.Fire(context.Background(), 2)
	if !errors.Is(err, errVeto) || err.Error() != "second: no" {
		t.Errorf("got %v, want the veto with its name", err)
	}
	if diff := cmp.Diff([]string{"first", "second", "third", "first", "second"}, heard); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}
