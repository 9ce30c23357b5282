package app

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/device"
)

// lookUp asks a device's network for numbers within its budget, for who adds people to groups.
func (a *App) lookUp(ctx context.Context, workspaceID, deviceID string, phones []string) ([]device.Number, error) {
	found, err := a.Profiles.Lookup(ctx, workspaceID, deviceID, phones)
	if err != nil {
		return nil, err
	}
	out := make([]device.Number, len(found))
	for i, f := range found {
		out[i] = f.Number
	}
	return out, nil
}
