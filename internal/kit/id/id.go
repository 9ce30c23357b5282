// Package id makes identifiers.
package id

import "github.com/google/uuid"

// New returns a UUIDv7 as text: unique, and ordered by the time it was made.
func New() string { return uuid.Must(uuid.NewV7()).String() }

// Valid reports whether s is a UUID in its canonical text form.
func Valid(s string) bool {
	if len(s) != 36 {
		return false
	}
	_, err := uuid.Parse(s)
	return err == nil
}
