package db

import "context"

type unhurriedKey struct{}

// Unhurried marks the ctx of work that nobody waits for, as that of a broadcast: its transactions let others go first, on
// SQLite for a moment each, on PostgreSQL by leaving them half of the connections. It must not be used while something is
// held that others need.
func Unhurried(ctx context.Context) context.Context {
	return context.WithValue(ctx, unhurriedKey{}, true)
}

func unhurried(ctx context.Context) bool { return ctx.Value(unhurriedKey{}) != nil }
