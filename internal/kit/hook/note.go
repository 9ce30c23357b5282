package hook

import "context"

// Note is a hook that tells without asking: what listeners do can't fail what happened. It fires outside any
// transaction (or after the commit). The zero value is ready; listeners are added before anything fires.
type Note[E any] struct {
	listeners []func(context.Context, E)
}

// Add puts fn at the end of the list; it must be quick and must not wait.
func (h *Note[E]) Add(fn func(ctx context.Context, e E)) { h.listeners = append(h.listeners, fn) }

// Fire calls the listeners in order.
func (h *Note[E]) Fire(ctx context.Context, e E) {
	for _, fn := range h.listeners {
		fn(ctx, e)
	}
}
