package group_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/group"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// room is a service on a database, with a device that was never linked.
type room struct {
	*group.Service
	contacts *contact.Service
	device   device.Device
}

func newRoom(t *testing.T, d *db.DB) *room {
	t.Helper()
	contacts := contact.New(d, contact.Config{})
	devices := device.New(device.Config{DB: d})
	dbtest.Migrated(t, d, contact.Module(contacts), device.Module(devices))
	return &room{
		Service:  group.New(group.Config{DB: d, Devices: devices, Contacts: contacts}),
		contacts: contacts,
		device: device.Device{
			ID: id.New(), WorkspaceID: id.New(), Channel: "test", Account: device.Account{Number: "6281200000000", LID: "999"},
		},
	}
}

func peer(kind device.AddressKind, value string) device.Peer {
	return device.Peer{Group: kind == device.AddressGroup, Addresses: []device.Address{{Kind: kind, Value: value}}}
}

func TestWhatIsHeardIsToldWithContacts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRoom(t, d)
		var told []group.Change
		r.Changed.Add("test", func(_ context.Context, c group.Change) error {
			told = append(told, c)
			return nil
		})
		both := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281290641111"}, {Kind: device.AddressLID, Value: "123"}}}
		for _, e := range []device.GroupEvent{
			{Deed: device.GroupCame, Text: "Arisan", By: both, Members: []device.Peer{both, peer(device.AddressLID, "555")}},
			{Deed: device.GroupJoined, By: peer(device.AddressLID, "999"), Members: []device.Peer{both, peer(device.AddressPhone, "6281200000000")}},
			{Deed: device.GroupName, Text: "Arisan RT 05"},
		} {
			e.Group = peer(device.AddressGroup, "120363000")
			if err := r.Heard(t.Context(), device.GroupHeard{Device: r.device, Event: e}); err != nil {
				t.Fatalf("Heard(%s): %v", e.Deed, err)
			}
		}
		if len(told) != 3 {
			t.Fatalf("told %d times, want 3", len(told))
		}
		who, err := r.contacts.Find(t.Context(), r.device.WorkspaceID, "test", device.Address{Kind: device.AddressLID, Value: "123"})
		if err != nil || who.Phone != "6281290641111" {
			t.Fatalf("the member is %+v, %v", who, err)
		}
		if c := told[0]; c.Group.Name != "Arisan" || !c.Group.Group || c.By == nil || c.By.Contact.ID != who.ID || len(c.Members) != 0 {
			t.Errorf("a new group was told as %+v", c)
		}
		if _, err := r.contacts.Find(t.Context(), r.device.WorkspaceID, "test", device.Address{Kind: device.AddressLID, Value: "555"}); !errors.Is(err, contact.ErrNotFound) {
			t.Errorf("a silent member of a new group: %v, want no contact", err)
		}
		if c := told[1]; c.By == nil || !c.By.Self || len(c.Members) != 2 || c.Members[0].Contact.ID != who.ID || !c.Members[1].Self {
			t.Errorf("who joined was told as %+v", c)
		}
		if _, err := r.contacts.Find(t.Context(), r.device.WorkspaceID, "test", device.Address{Kind: device.AddressPhone, Value: "6281200000000"}); !errors.Is(err, contact.ErrNotFound) {
			t.Errorf("the own account: %v, want no contact", err)
		}
		if c := told[2]; c.Group.ID != told[0].Group.ID || c.Group.Name != "Arisan RT 05" || c.By != nil {
			t.Errorf("the name was told as %+v", c)
		}
	})
}

func TestAVetoUndoesWhatWasHeard(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRoom(t, d)
		errNo := errors.New("no")
		r.Changed.Add("test", func(context.Context, group.Change) error { return errNo })
		err := r.Heard(t.Context(), device.GroupHeard{Device: r.device, Event: device.GroupEvent{
			Group: peer(device.AddressGroup, "120363001"), Deed: device.GroupCame, Text: "Batal",
		}})
		if !errors.Is(err, errNo) {
			t.Errorf("got %v, want the veto", err)
		}
		if _, err := r.contacts.Find(t.Context(), r.device.WorkspaceID, "test", device.Address{Kind: device.AddressGroup, Value: "120363001"}); !errors.Is(err, contact.ErrNotFound) {
			t.Errorf("the group of the veto: %v, want none", err)
		}
	})
}

func TestAnUnknownDeviceHasNoGroups(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRoom(t, d)
		ctx, w := t.Context(), r.device.WorkspaceID
		name := "x"
		for what, err := range map[string]error{
			"list":   func() error { _, _, err := r.List(ctx, w, "nope", "", 10); return err }(),
			"get":    func() error { _, err := r.Get(ctx, w, "nope", "120363000"); return err }(),
			"create": func() error { _, _, err := r.Create(ctx, w, "nope", group.Draft{Name: "x"}); return err }(),
			"change": func() error {
				_, err := r.Change(ctx, w, "nope", "120363000", device.GroupChange{Name: &name})
				return err
			}(),
			"paint": r.Paint(ctx, w, "nope", "120363000", ""),
			"leave": r.Leave(ctx, w, "nope", "120363000"),
			"join":  func() error { _, _, err := r.Join(ctx, w, "nope", "code"); return err }(),
		} {
			if !errors.Is(err, device.ErrNotFound) {
				t.Errorf("%s: got %v, want %v", what, err, device.ErrNotFound)
			}
		}
	})
}

func TestWhoIsSelf(t *testing.T) {
	t.Parallel()
	d := device.Device{Account: device.Account{Number: "62812", LID: "9"}}
	for value, want := range map[string]bool{"phone:62812": true, "lid:9": true, "phone:9": false, "lid:62812": false, "lid:": false} {
		kind, v, _ := strings.Cut(value, ":")
		if got := group.IsSelf(d, peer(device.AddressKind(kind), v)); got != want {
			t.Errorf("%s: got %v, want %v", value, got, want)
		}
	}
	if group.IsSelf(device.Device{}, peer(device.AddressLID, "")) {
		t.Error("an empty address is nobody")
	}
}
