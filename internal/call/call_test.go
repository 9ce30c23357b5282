package call_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/call"
	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// desk is the service over a device that was linked, and what it told.
type desk struct {
	*call.Service
	contacts *contact.Service
	chats    *chat.Service
	device   device.Device
	now      time.Time
	told     []call.Received
}

func newDesk(t *testing.T, d *db.DB) *desk {
	t.Helper()
	k := &desk{now: time.Now()}
	net := devicetest.NewLoopback()
	devices := device.New(device.Config{DB: d, Drivers: []device.Driver{net}})
	k.contacts = contact.New(d, contact.Config{})
	sends := outbox.New(d, outbox.Config{})
	k.chats = chat.New(d, k.contacts, sends, chat.Config{Devices: devices})
	k.Service = call.New(call.Config{DB: d, Devices: devices, Contacts: k.contacts, Chats: k.chats, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return k.now }})
	k.Received.Add("test", func(_ context.Context, r call.Received) error { k.told = append(k.told, r); return nil })
	k.contacts.Merged.Add("call", k.Merged)
	dbtest.Migrated(t, d, contact.Module(k.contacts), device.Module(devices), outbox.Module(sends), chat.Module(k.chats), call.Module(k.Service))
	devicetest.Serve(t, devices)
	k.device = net.Connect(t, devices, "w1", "6200")
	return k
}

func each(t *testing.T, fn func(t *testing.T, k *desk)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newDesk(t, d)) })
}

// ring has somebody call.
func (k *desk) ring(t *testing.T, id string, at time.Time) {
	t.Helper()
	c := device.Call{ID: id, From: device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281290641111"}}}, At: at.UnixMilli(), Ref: "r"}
	if err := k.Heard(t.Context(), device.CallHeard{Device: k.device, Call: c}); err != nil {
		t.Fatal(err)
	}
}

func (k *desk) list(t *testing.T) []call.Call {
	t.Helper()
	list, err := k.List(t.Context(), "w1", k.device.ID, call.Key{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestACallIsWrittenDownOnce(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.ring(t, "A", k.now)
		k.ring(t, "A", k.now)
		if list := k.list(t); len(list) != 1 || len(k.told) != 1 || list[0].Rejected || list[0].Answered || k.told[0].Contact.Phone != "6281290641111" {
			t.Errorf("got %+v, told %+v; want the call once, neither rejected nor answered", list, k.told)
		}
		m := k.told[0].Message
		item, err := k.chats.Get(t.Context(), "w1", m.ChatID)
		if err != nil || item.Unread != 1 || item.Last.Kind != device.KindCall || item.Contact.Phone != "6281290641111" || m.Content.Call == nil || m.Content.Call.Video {
			t.Errorf("its chat is %+v with %+v, %v; want the call as what came last, unread", item, m, err)
		}
		if item.FirstAt != 0 || item.InboundAt != 0 {
			t.Errorf("the chat is %+v, want a caller who has not written", item.Chat)
		}
		if err := k.chats.DeleteMessage(t.Context(), "w1", m.ID); !errors.Is(err, chat.ErrCall) { // the network knows no such message
			t.Errorf("deleting it: %v, want %v", err, chat.ErrCall)
		}
		if again, err := k.chats.Rang(t.Context(), k.device, device.Call{ID: "A", From: device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281290641111"}}}, At: k.now.UnixMilli()}, device.Ring{}); err != nil || again.Message.ID != "" {
			t.Errorf("told again it is %+v, %v; want nothing", again.Message, err)
		}
		if m, err := k.chats.CallRejected(t.Context(), "w1", k.device.ID, "A"); err != nil || !m.Content.Call.Rejected {
			t.Errorf("rejected it is %+v, %v", m.Content, err)
		}
		if list, err := k.chats.GetByNetworkID(t.Context(), "w1", k.device.ID, "A"); err != nil || !list.Content.Call.Rejected {
			t.Errorf("afterwards the chat has %+v, %v; want it rejected", list.Content, err)
		}
	})
}

// A call that still rings is rejected, and its caller written to once in ten minutes; one that is over is not.
func TestASettingRejectsCalls(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.device.Settings.RejectCalls, k.device.Settings.RejectCallsMessage = true, "Kirim pesan saja, ya."
		k.ring(t, "over", k.now.Add(-2*time.Minute))
		k.ring(t, "first", k.now)
		k.ring(t, "again", k.now.Add(time.Second))
		k.now = k.now.Add(11 * time.Minute)
		k.ring(t, "later", k.now)
		got := map[string][2]bool{}
		for _, c := range k.list(t) {
			got[c.NetworkID] = [2]bool{c.Rejected, c.Answered}
		}
		for id, want := range map[string][2]bool{"over": {false, false}, "first": {true, true}, "again": {true, false}, "later": {true, true}} {
			if got[id] != want {
				t.Errorf("%s: rejected and answered %v, want %v", id, got[id], want)
			}
		}
	})
}

// A message that can't be sent, which an older version has stored as a device's setting, costs nobody the call.
func TestACallIsKeptWhoseCallerCannotBeWrittenTo(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.device.Settings.RejectCalls, k.device.Settings.RejectCallsMessage = true, " \n"
		k.ring(t, "A", k.now)
		if list := k.list(t); len(list) != 1 || !list[0].Rejected || len(k.told) != 1 {
			t.Errorf("got %+v, told %+v; want the call, rejected", list, k.told)
		}
	})
}

func TestWhatCannotBeRejected(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.ring(t, "A", k.now)
		id := k.list(t)[0].ID
		reject := func(workspaceID, id string) error {
			_, err := k.Reject(t.Context(), workspaceID, k.device.ID, id)
			return err
		}
		if err := reject("w1", id); !errors.Is(err, device.ErrAbility) { // the test's channel has no such thing
			t.Errorf("one that rings: %v, want %v", err, device.ErrAbility)
		}
		if err := reject("w2", id); !errors.Is(err, call.ErrNotFound) {
			t.Errorf("another workspace's: %v, want %v", err, call.ErrNotFound)
		}
		k.now = k.now.Add(2 * time.Minute)
		if err := reject("w1", id); !errors.Is(err, call.ErrOver) {
			t.Errorf("one that is over: %v, want %v", err, call.ErrOver)
		}
		if c := k.list(t)[0]; c.Rejected {
			t.Errorf("it says %+v, want it not rejected", c)
		}
	})
}

func TestCallsFollowAMergeAndGoWithTheirDevice(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.ring(t, "A", k.now)
		lid := device.Address{Kind: device.AddressLID, Value: "77"}
		if _, err := k.contacts.Resolve(t.Context(), "w1", devicetest.LoopbackChannel, device.Peer{Addresses: []device.Address{lid}}); err != nil {
			t.Fatal(err)
		}
		one, err := k.contacts.Resolve(t.Context(), "w1", devicetest.LoopbackChannel, device.Peer{Addresses: []device.Address{lid, {Kind: device.AddressPhone, Value: "6281290641111"}}})
		if err != nil {
			t.Fatal(err)
		}
		if c := k.list(t)[0]; c.ContactID != one.ID {
			t.Errorf("the call is of %s, want of the contact that stays, %s", c.ContactID, one.ID)
		}
		if err := k.Forget(t.Context(), k.device); err != nil || len(k.list(t)) != 0 {
			t.Errorf("after the device was deleted: %v, %v", k.list(t), err)
		}
	})
}
