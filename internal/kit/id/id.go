// Package id makes identifiers.
package id

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"sync/atomic"

	"github.com/google/uuid"
)

// New returns a UUIDv7 as text: unique, and ordered by the time it was made.
func New() string { return uuid.Must(uuid.NewV7()).String() }

type seedKey struct{}

// seed is what the ids of a piece of work are made of.
type seed struct {
	text string
	at   int64 // unix ms
	next atomic.Uint64
}

// Seeded returns a ctx for work that may be done again under the same seed and time (unix ms), so that what it makes
// can be found: For gives it the same ids in the same order.
func Seeded(ctx context.Context, text string, at int64) context.Context {
	return context.WithValue(ctx, seedKey{}, &seed{text: text, at: at})
}

// For is New for work that may be done again; again is true when ctx is Seeded, and then something may be there under
// this id already.
func For(ctx context.Context) (id string, again bool) {
	s, ok := ctx.Value(seedKey{}).(*seed)
	if !ok {
		return New(), false
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(s.text), s.next.Add(1)))
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(s.at)<<16)
	copy(u[6:], sum[:])
	u[6], u[8] = u[6]&0x0f|0x70, u[8]&0x3f|0x80 // version 7, variant of RFC 9562
	return u.String(), true
}

// Valid reports whether s is a UUID in its canonical text form.
func Valid(s string) bool {
	if len(s) != 36 {
		return false
	}
	_, err := uuid.Parse(s)
	return err == nil
}
