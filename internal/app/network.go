package app

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/device/whatsapp"
)

// FetchNetwork asks the simulated network at url for what Config.Network needs. Only loopback addresses are taken.
func FetchNetwork(ctx context.Context, url string) (*whatsapp.Network, error) {
	return whatsapp.FetchNetwork(ctx, url)
}
