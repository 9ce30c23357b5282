package app_test

import (
	"context"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/status"
)

// walkCall is a call that nobody made.
const walkCall = "019aab10-0000-7000-8000-0000000000ca"

// stockStatus has a shop's device see a status update and gives its id.
func (h *house) stockStatus(s *shop, d device.Device) {
	h.t.Helper()
	err := h.Statuses.Heard(context.Background(), device.StatusHeard{Device: d, Update: device.StatusUpdate{
		NetworkID: "S" + id.New(), Sender: device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281290642222"}}},
		At: time.Now().UnixMilli(), Content: device.Content{Kind: device.KindText, Text: "Liburan"},
	}})
	if err != nil {
		h.t.Fatal(err)
	}
	list, err := h.Statuses.List(context.Background(), s.id, d.ID, status.Key{}, 1)
	if err != nil || len(list) != 1 {
		h.t.Fatalf("status updates: %v, %v", list, err)
	}
	s.ids["status-updates"] = list[0].ID
}
