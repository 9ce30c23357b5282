package fault_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

func declared() *fault.Fault {
	return fault.New(fault.Invalid, "too_long", fault.Text{ID: "Paling banyak %d.", EN: "At most %d."})
}

func TestCopiesAreTheSameFaultAndLeaveItAlone(t *testing.T) {
	t.Parallel()
	f := declared()
	cause := errors.New("disk")
	c := f.Withf(5).WithField("name").WithCause(cause).WithRetryAfter(time.Minute)
	wrapped := fmt.Errorf("save: %w", c)
	if !errors.Is(wrapped, f) || !errors.Is(wrapped, cause) {
		t.Errorf("%v is not its declaration or its cause", wrapped)
	}
	if errors.Is(wrapped, fault.New(fault.Invalid, "other", fault.Text{})) || errors.Is(wrapped, errors.New("disk")) {
		t.Error("it is some other error too")
	}
	if got, want := c.Error(), "too_long: At most 5. (name): disk"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if c.Text.ID != "Paling banyak 5." || c.RetryAfter != time.Minute {
		t.Errorf("got %+v", c)
	}
	if *f != *declared() {
		t.Errorf("the declaration changed: %+v", f)
	}
}

func TestFromFindsTheFault(t *testing.T) {
	t.Parallel()
	f := declared()
	for _, err := range []error{f, fmt.Errorf("a: %w", f), errors.Join(errors.New("x"), fmt.Errorf("b: %w", f))} {
		if got, ok := fault.From(err); !ok || got != f {
			t.Errorf("From(%v) = %v %v", err, got, ok)
		}
	}
	for _, err := range []error{nil, errors.New("x")} {
		if got, ok := fault.From(err); ok {
			t.Errorf("From(%v) = %v", err, got)
		}
	}
	if f.Unwrap() != nil {
		t.Error("a fault without a cause has one")
	}
}
