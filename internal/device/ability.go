package device

import (
	"context"
	"errors"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/clock"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of asking a network for something.
var (
	ErrRefused = fault.New(fault.Upstream, "network_refused", fault.Text{
		ID: "Jaringan menolak permintaan ini (kode %s). Periksa isinya, lalu coba lagi nanti.",
		EN: "The network refused this (code %s). Check what you asked for, then try again later.",
	})
	ErrNetwork = fault.New(fault.Upstream, "network_failed", fault.Text{
		ID: "Jaringan tidak menjawab seperti seharusnya. Coba lagi sebentar lagi.",
		EN: "The network did not answer as it should. Try again in a moment.",
	})
)

// RefusedError is what an ability of a session fails with when the network said no. Code is the network's own
// number or word.
type RefusedError struct {
	Code string
	Err  error
}

// Error says the code and the cause.
func (e *RefusedError) Error() string {
	s := "the network refused: " + e.Code
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *RefusedError) Unwrap() error { return e.Err }

// Ask does something with the running session of a workspace's device, as far as it is one that can (T is a
// one-method interface such as Typer). Faults: ErrNotFound; ErrUnlinked when it has to be linked first; ErrOffline
// when it is not connected on this node; ErrAbility when its channel has no such thing; ErrRefused with the network's
// code; ErrNetwork for the rest. A fault of do comes out as it is.
func Ask[T any](ctx context.Context, s *Service, workspaceID, deviceID string, do func(context.Context, Device, T) error) error {
	d, err := s.Get(ctx, workspaceID, deviceID)
	if err != nil {
		return err
	}
	if !d.Linked {
		return ErrUnlinked
	}
	session, ok := s.Session(d.ID)
	if !ok {
		return ErrOffline
	}
	able, ok := session.(T)
	if !ok {
		return ErrAbility
	}
	return asFault(do(ctx, d, able))
}

// How often AskUntilKnown asks, and how long it waits in between.
const (
	maxAsks  = 3
	askPause = time.Second
)

// AskUntilKnown is Ask for a deed that is the same when it is done twice: where it can't be told whether the network took
// it, because its answer or the connection was lost, it is done again, if need be over the next connection, until ctx ends.
func AskUntilKnown[T any](ctx context.Context, s *Service, workspaceID, deviceID string, do func(context.Context, Device, T) error) error {
	for asks := 0; ; {
		err := Ask(ctx, s, workspaceID, deviceID, func(ctx context.Context, d Device, able T) error {
			asks++
			return do(ctx, d, able)
		})
		open := asks > 0 && asks < maxAsks && (errors.Is(err, ErrNetwork) || errors.Is(err, ErrOffline))
		if !open || !clock.Sleep(ctx, askPause) {
			return err
		}
	}
}

// asFault makes what a session's ability failed with an answer to who asked.
func asFault(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := fault.From(err); ok {
		return err
	}
	var refused *RefusedError
	if errors.As(err, &refused) {
		return ErrRefused.Withf(refused.Code).WithCause(err)
	}
	return ErrNetwork.WithCause(err)
}
