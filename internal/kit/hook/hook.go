// Package hook owns the points at which packages that do not know each other meet.
package hook

import (
	"context"
	"fmt"
)

// Tx is a hook that runs inside the transaction of what fires it: an error vetoes the whole.
// The zero value is ready. Listeners are added while the program is put together, before anything fires.
type Tx[E any] struct {
	listeners []listener[E]
}

type listener[E any] struct {
	name string
	fn   func(context.Context, E) error
}

// Add puts fn at the end of the list; name says who listens, for errors.
func (h *Tx[E]) Add(name string, fn func(ctx context.Context, e E) error) {
	h.listeners = append(h.listeners, listener[E]{name, fn})
}

// Fire calls the listeners in order and stops at the first error, which it returns with the listener's name.
func (h *Tx[E]) Fire(ctx context.Context, e E) error {
	for _, l := range h.listeners {
		if err := l.fn(ctx, e); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return nil
}
