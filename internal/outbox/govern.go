package outbox

import (
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/device"
)

// StateGovernor lets everything go that the device's state and settings allow: nothing while it is paused or banned,
// no first messages to strangers while it is restricted.
type StateGovernor struct{}

// Begin needs to know nothing.
func (StateGovernor) Begin(context.Context, device.Device, Past) error { return nil }

// End forgets nothing.
func (StateGovernor) End(string) {}

// Next says what the device's state allows.
func (StateGovernor) Next(_ context.Context, d device.Device, candidate Send) Verdict {
	switch {
	case d.Settings.Paused:
		return Verdict{Action: HoldDevice, Code: "paused"}
	case d.State.Code == device.StateBanned, d.State.Code == device.StateLoggedOut:
		return Verdict{Action: HoldDevice, Until: d.State.Until, Code: string(d.State.Code), Why: d.State.Why}
	case d.State.Code == device.StateRestricted && candidate.Cold:
		return Verdict{Action: Hold, Until: d.State.Until, Code: string(device.StateRestricted), Why: d.State.Why}
	}
	return Verdict{Action: Go}
}

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }
