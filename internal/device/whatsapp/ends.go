package whatsapp

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
)

// Why a connection is over, when the network did not say that trying again is useless.
var (
	errDisconnected = errors.New("the network closed the connection")
	errSilent       = errors.New("the network does not answer any more")
	errNoLogin      = errors.New("the network did not let us in in time")
	errPanicked     = errors.New("handling an event panicked")
)

// Reasons (device.State.Why) that are not a number of the network's.
const (
	whyUnlinked = "unlinked"       // we asked for it
	whyRemoved  = "device_removed" // the owner removed it from the list of linked devices
)

// endOf says how a connection ends with an event; nil when it goes on. now is for bans, which tell their length.
func endOf(evt any, now time.Time) error {
	switch e := evt.(type) {
	case *events.Disconnected:
		return errDisconnected
	case *events.KeepAliveTimeout:
		if e.ErrorCount >= lostAfter {
			return errSilent
		}
	case *events.LoggedOut:
		why := whyRemoved
		if e.OnConnect {
			why = e.Reason.NumberString()
		}
		return &device.EndError{State: device.StateLoggedOut, Why: why}
	case *events.TemporaryBan:
		end := &device.EndError{State: device.StateBanned, Why: strconv.Itoa(int(e.Code))}
		if e.Expire > 0 {
			end.Until = now.Add(e.Expire)
		}
		return end
	case *events.ClientOutdated:
		return &device.EndError{State: device.StateOffline, Why: device.WhyOutdated}
	case *events.StreamReplaced:
		return &device.EndError{State: device.StateOffline, Why: device.WhyReplaced}
	case *events.ConnectFailure:
		return &device.EndError{State: device.StateOffline, Why: e.Reason.NumberString()}
	case *events.StreamError:
		return fmt.Errorf("stream error %q: %w", e.Code, errDisconnected)
	}
	return nil
}
