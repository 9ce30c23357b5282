package device

import (
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// Call is a call that somebody makes to a device's account. Nobody here can answer it.
type Call struct {
	ID    string // the network's
	From  Peer
	Video bool
	At    int64 // unix ms, the network's clock; long ago when it came while we were away
	// Ref is the driver's own name of who calls, for rejecting.
	Ref string
}

// CallSink is a Sink that is told of calls. Nil only when it is durable; the same call may be told again.
type CallSink interface {
	Called(ctx context.Context, d Device, c Call) error
}

// CallRejecter is a session that can reject a call that rings. One that is over is fine.
type CallRejecter interface {
	RejectCall(ctx context.Context, c Call) error
}

// CallHeard is a call to a device of ours.
type CallHeard struct {
	Device Device
	Call   Call
}

// Called commits that somebody called; what can't be taken in is logged and dropped.
func (k sink) Called(ctx context.Context, d Device, c Call) error {
	err := k.s.persist(ctx, func(ctx context.Context) error {
		d, err := k.holder(ctx, d)
		if err != nil {
			return err
		}
		return k.s.Calls.Fire(ctx, CallHeard{d, c})
	})
	if errors.Is(err, errPoison) {
		k.s.log.Error("drop a call", "device", d.ID, "call", c.ID, "error", err)
		return nil
	}
	return err
}

var _ CallSink = sink{}

// maxRejectMessage bounds what a rejected caller is written, in characters.
const maxRejectMessage = 1000

// ErrRejectMessage means that the text for rejected callers can't be sent.
var ErrRejectMessage = fault.New(fault.Invalid, "reject_calls_message_invalid", fault.Text{
	ID: "Pesan untuk penelepon paling banyak 1.000 karakter.", EN: "The message for callers has at most 1,000 characters.",
}).WithField("reject_calls_message")
