package group_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/group"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// Who adds strangers asks for their numbers, within what the device may ask for: without room for that, nobody is added.
func TestAddingStrangersIsAskingForNumbers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		contacts := contact.New(d, contact.Config{})
		devices := device.New(device.Config{DB: d, Drivers: []device.Driver{devicetest.NewLoopback()}})
		dbtest.Migrated(t, d, contact.Module(contacts), device.Module(devices))
		errFull := errors.New("asked for too many")
		var asked []string
		s := group.New(group.Config{DB: d, Devices: devices, Contacts: contacts, Lookup: func(_ context.Context, _, _ string, phones []string) ([]device.Number, error) {
			asked = append(asked, phones...)
			return nil, errFull
		}})
		dev, err := devices.Create(t.Context(), "w1", devicetest.LoopbackChannel, "Kasir", device.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		known := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281290641111"}, {Kind: device.AddressLID, Value: "77"}}}
		if _, err := contacts.Resolve(t.Context(), "w1", devicetest.LoopbackChannel, known); err != nil {
			t.Fatal(err)
		}
		draft := group.Draft{Name: "Reseller", Members: []string{"081290641111", "081290642222", "+62 812-9064-2222", "88@lid"}}
		if _, _, err := s.Create(t.Context(), "w1", dev.ID, draft); !errors.Is(err, errFull) {
			t.Errorf("a group with a stranger: %v, want %v", err, errFull)
		}
		if got := fmt.Sprint(asked); got != "[6281290642222]" {
			t.Errorf("asked for %s, want the stranger's number once", got)
		}
		draft.Members = draft.Members[:1]
		if _, _, err := s.Create(t.Context(), "w1", dev.ID, draft); !errors.Is(err, device.ErrUnlinked) || len(asked) != 1 {
			t.Errorf("a group of people that are known: %v after %v, want %v and nobody asked for", err, asked, device.ErrUnlinked)
		}
	})
}
