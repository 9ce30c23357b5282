// Package fault owns the errors that reach a person: a kind, a stable code and a text in Indonesian and English.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of thing went wrong; the border (httpx) turns it into an HTTP status.
type Kind string

// The kinds, with the HTTP status that each is answered with.
const (
	Malformed       Kind = "malformed"       // 400: the request can't be read
	Unauthenticated Kind = "unauthenticated" // 401: no key, a wrong key, no session
	Forbidden       Kind = "forbidden"       // 403: known, but the role does not allow it
	NotFound        Kind = "not_found"       // 404: missing, or another workspace's: the same answer
	Conflict        Kind = "conflict"        // 409: the state does not allow it now
	Gone            Kind = "gone"            // 410: it was here, and is no more
	TooLarge        Kind = "too_large"       // 413: the body or a file is over its limit
	Invalid         Kind = "invalid"         // 422: a field is wrong; Field names it
	Limited         Kind = "limited"         // 429: slow down; RetryAfter says for how long
	Upstream        Kind = "upstream"        // 502: the network refused; Code carries its own code
	Unavailable     Kind = "unavailable"     // 503: we can't right now
)

// Text is what a person reads: what happened and what to do.
type Text struct {
	ID string // Indonesian
	EN string // English
}

// Fault is an error meant for the caller. It is a value to be declared once per package and
// specialised with the With… methods, which copy it.
type Fault struct {
	Kind       Kind
	Code       string // stable, snake_case; part of the API
	Text       Text
	Field      string        // the field that is wrong, if one is
	RetryAfter time.Duration // with Limited and Unavailable: when to try again; 0 says nothing
	cause      error
}

// New declares a fault.
func New(kind Kind, code string, text Text) *Fault {
	return &Fault{Kind: kind, Code: code, Text: text}
}

// Error is the English text with the code, the field and the cause; for logs.
func (f *Fault) Error() string {
	s := f.Code + ": " + f.Text.EN
	if f.Field != "" {
		s += " (" + f.Field + ")"
	}
	if f.cause != nil {
		s += ": " + f.cause.Error()
	}
	return s
}

// Unwrap returns the cause, or nil.
func (f *Fault) Unwrap() error { return f.cause }

// Is reports whether target is a fault of the same code, so that errors.Is(err, ErrX) holds for every copy of ErrX.
func (f *Fault) Is(target error) bool {
	var t *Fault
	return errors.As(target, &t) && t.Code == f.Code
}

// WithField returns a copy that names the wrong field.
func (f *Fault) WithField(name string) *Fault {
	c := *f
	c.Field = name
	return &c
}

// WithCause returns a copy that wraps err; the cause is logged, never shown.
func (f *Fault) WithCause(err error) *Fault {
	c := *f
	c.cause = err
	return &c
}

// WithRetryAfter returns a copy that says when to try again.
func (f *Fault) WithRetryAfter(d time.Duration) *Fault {
	c := *f
	c.RetryAfter = d
	return &c
}

// Withf returns a copy whose texts are formatted with args; both texts must take the same verbs.
func (f *Fault) Withf(args ...any) *Fault {
	c := *f
	c.Text = Text{ID: fmt.Sprintf(f.Text.ID, args...), EN: fmt.Sprintf(f.Text.EN, args...)}
	return &c
}

// From finds the fault in err's chain.
func From(err error) (*Fault, bool) {
	var f *Fault
	ok := errors.As(err, &f)
	return f, ok
}
