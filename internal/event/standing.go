package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/governor"
	"github.com/pingcrm/pingcrm/internal/governor/health"
)

// DeviceHealth is the type of events about the standing of a device's number.
const DeviceHealth Type = "device.health"

// Standing is the data of device.health.
type Standing struct {
	DeviceID string `json:"device_id"`
	Name     string `json:"name"`
	Number   string `json:"number,omitempty" doc:"Digits with country code"`
	governor.StandingView
	Before health.Level `json:"before"`
	ByID   string       `json:"by_id,omitempty" doc:"The member or key that resumed"`
}

func standingKinds() []Kind {
	return []Kind{
		{DeviceHealth, 1, "The standing of a device's number with its network is another one: it slows down, stops writing to strangers, pauses, or all is well again.", Standing{
			DeviceID: exampleDevice, Name: "Kasir", Number: "6281211112222", Before: health.Healthy,
			StandingView: governor.StandingViewOf(health.Concern{
				Why: health.WhyTimelock, Level: health.Restricted, Since: exampleAt, Until: exampleAt + 518_400_000,
			}),
		}},
	}
}

// HealthChanged is for governor.Service.Changed.
func (l Listener) HealthChanged(ctx context.Context, c governor.Change) error {
	return l.Log.Append(ctx, Draft{
		WorkspaceID: c.Device.WorkspaceID, DeviceID: c.Device.ID, Subject: c.Device.ID, Type: DeviceHealth,
		Data: Standing{
			DeviceID: c.Device.ID, Name: c.Device.Name, Number: c.Device.Account.Number, Before: c.Before.Level, ByID: c.By,
			StandingView: governor.StandingViewOf(c.After),
		},
	})
}
