package event_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// shop is the nouns that events are about, with a log that listens to them.
type shop struct {
	*rig
	t        *testing.T
	contacts *contact.Service
	outbox   *outbox.Service
	chats    *chat.Service
	dev      device.Device
	listener event.Listener
	read     int64
}

// one is the devices of a shop that has one.
type one struct{ device.Device }

func (o one) Get(context.Context, string, string) (device.Device, error) { return o.Device, nil }

func newShop(t *testing.T, d *db.DB) *shop {
	t.Helper()
	s := &shop{rig: start(t, d, nil), t: t, dev: device.Device{
		ID: "dev", WorkspaceID: "w", Channel: "loopback", Name: "Kasir", Linked: true, LinkedAt: 1, Account: device.Account{Number: "6281100"},
	}}
	s.contacts = contact.New(d, contact.Config{})
	s.outbox = outbox.New(d, outbox.Config{})
	s.chats = chat.New(d, s.contacts, s.outbox, chat.Config{Devices: one{s.dev}})
	dbtest.Migrated(t, d, contact.Module(s.contacts), outbox.Module(s.outbox), chat.Module(s.chats))
	s.listener = event.Listener{Log: s.Service, People: s.contacts}
	l := s.listener
	s.chats.Arrived.Add("event", l.Arrived)
	s.chats.Posted.Add("event", l.Posted)
	s.chats.Altered.Add("event", l.Altered)
	s.chats.PhoneState.Add("event", l.PhoneState)
	s.chats.TurnMoved.Add("event", l.ChatChanged)
	s.chats.Cleared.Add("event", l.ChatChanged)
	s.outbox.Changed.Add("event", l.SendChanged)
	s.contacts.Created.Add("event", l.Created)
	s.contacts.Changed.Add("event", l.Changed)
	s.contacts.Merged.Add("event", l.Merged)
	return s
}

func sari() device.Peer {
	return device.Peer{Name: "Sari", Addresses: []device.Address{{Kind: device.AddressPhone, Value: "62811"}, {Kind: device.AddressLID, Value: "77"}}}
}

func (s *shop) receive(in device.Inbound) {
	s.t.Helper()
	if in.At == 0 {
		in.At = time.Now().UnixMilli()
	}
	if in.Origin == "" {
		in.Origin = device.OriginLive
	}
	if err := s.chats.Receive(context.Background(), s.dev, in); err != nil {
		s.t.Fatalf("Receive: %v", err)
	}
}

func (s *shop) in(tx func(context.Context) error) {
	s.t.Helper()
	if err := s.db.Tx(context.Background(), tx); err != nil {
		s.t.Fatal(err)
	}
}

// news are the types that were written since the last call; data is the last one's.
func (s *shop) news(want ...event.Type) (data map[string]any) {
	s.t.Helper()
	var got []event.Type
	for len(got) < len(want) {
		p, err := s.Wait(context.Background(), "w", event.Stretch{After: s.read, Limit: 100}, 10*time.Second)
		if err != nil || len(p.Events) == 0 {
			s.t.Fatalf("got %v, %v; want %v", got, err, want)
		}
		for _, e := range p.Events {
			got = append(got, e.Type)
			data = map[string]any{}
			if err := json.Unmarshal(e.Data, &data); err != nil {
				s.t.Fatalf("%s has the data %s: %v", e.Type, e.Data, err)
			}
			if when, _ := at(data, "message", "at").(float64); e.Type == event.MessageSent && when <= 0 {
				s.t.Errorf("%s says no time: %s", e.Type, e.Data)
			}
		}
		s.read = p.Next
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("events (-want +got):\n%s", diff)
	}
	return data
}

// at finds a value in data by the names on the way.
func at(data map[string]any, way ...string) any {
	var v any = data
	for _, name := range way {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func (s *shop) want(data map[string]any, value any, way ...string) {
	s.t.Helper()
	if got := at(data, way...); got != value {
		s.t.Errorf("%v = %v (%T), want %v", way, got, got, value)
	}
}

func TestWhatPeopleWriteIsTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShop(t, d)
		text := device.Content{Kind: device.KindImage, Text: "halo", Media: &device.Media{MIME: "image/png", Remote: []byte("keys"), Thumbnail: []byte("jpeg")}}
		s.receive(device.Inbound{NetworkID: "N1", Chat: sari(), Sender: sari(), Content: text, Origin: device.OriginOffline})
		data := s.news(event.ContactCreated, event.MessageReceived)
		for way, value := range map[string]any{"phone": "62811", "lid": "77", "name": "Sari"} {
			s.want(data, value, "contact", way)
			s.want(data, value, "sender", way)
		}
		s.want(data, "halo", "message", "content", "text")
		s.want(data, nil, "message", "content", "media", "remote")
		s.want(data, nil, "message", "content", "media", "thumbnail")
		s.want(data, true, "late")
		s.want(data, true, "first")
		s.want(data, float64(1), "chat", "unread")
		message, who := at(data, "message", "id"), at(data, "contact", "id")
		if message == "" || who == "" || who != at(data, "message", "sender_id") {
			t.Errorf("ids %v and %v in %v", message, who, data)
		}
		s.receive(device.Inbound{NetworkID: "N1", Chat: sari(), Sender: sari(), Content: text}) // a double is not told
		s.receive(device.Inbound{NetworkID: "N0", Chat: sari(), Sender: sari(), Content: text, Origin: device.OriginHistory})

		s.receive(device.Inbound{NetworkID: "N2", Chat: sari(), Sender: sari(), Content: device.Content{Kind: device.KindEdit, Text: "hai", Target: "N1"}})
		data = s.news(event.MessageEdited)
		s.want(data, "hai", "message", "content", "text")
		s.want(data, message, "message", "id")
		s.want(data, who, "by", "id")
		s.receive(device.Inbound{NetworkID: "N3", Chat: sari(), Sender: sari(), Content: device.Content{Kind: device.KindReaction, Text: "👍", Target: "N1"}})
		data = s.news(event.MessageReaction)
		s.want(data, "👍", "emoji")
		s.want(data, message, "message_id")
		s.receive(device.Inbound{NetworkID: "N4", Chat: sari(), Sender: sari(), Content: device.Content{Kind: device.KindRevoke, Target: "N1"}})
		s.want(s.news(event.MessageRevoked), message, "message", "id")
	})
}

func TestWhatTheShopWritesIsTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := newShop(t, d), context.Background()
		m, send, err := s.chats.Post(ctx, chat.Post{
			WorkspaceID: "w", DeviceID: "dev", To: sari(), Content: device.Content{Kind: device.KindText, Text: "ada"}, By: chat.Author{Kind: chat.ByAPI, ID: "key"},
		})
		if err != nil {
			t.Fatal(err)
		}
		data := s.news(event.ContactCreated, event.MessageQueued)
		s.want(data, m.ID, "message", "id")
		s.want(data, "api", "message", "by")
		s.want(data, "62811", "contact", "phone")
		s.want(data, "77", "contact", "lid")
		s.in(func(ctx context.Context) error { // as a runner tells it
			claimed, sent := send, send
			claimed.State, sent.State, sent.SentAt = outbox.StateClaimed, outbox.StateSent, 7
			if err := s.listener.SendChanged(ctx, outbox.Change{Send: claimed, From: outbox.StateQueued}); err != nil {
				return err
			}
			return s.listener.SendChanged(ctx, outbox.Change{Send: sent, From: outbox.StateClaimed})
		})
		data = s.news(event.MessageSent, event.MessageState)
		s.want(data, "sent", "state")
		s.want(data, m.ID, "message_id")
		s.want(data, float64(7), "at")
		if err := s.chats.Receipts(ctx, s.dev, device.Receipt{Kind: device.ReceiptRead, Chat: sari(), Sender: sari(), NetworkIDs: []string{send.NetworkID}, At: 9}); err != nil {
			t.Fatal(err)
		}
		data = s.news(event.MessageSent, event.MessageState) // it was not yet marked as sent
		s.want(data, "read", "state")
		s.want(data, float64(9), "at")
		s.in(func(ctx context.Context) error {
			held := send
			held.State, held.Code, held.Until = outbox.StateHeld, "463", 99
			return s.listener.SendChanged(ctx, outbox.Change{Send: held, From: outbox.StateQueued})
		})
		data = s.news(event.MessageState)
		s.want(data, "463", "code")
		s.want(data, float64(99), "until")
	})
}

func TestWhatThePhoneDoesIsTold(t *testing.T) {
	t.Parallel()
	s, ctx := newShop(t, dbtest.SQLite(t)), context.Background()
	s.receive(device.Inbound{NetworkID: "N1", Chat: sari(), Sender: sari(), Content: device.Content{Kind: device.KindText, Text: "halo"}})
	s.news(event.ContactCreated, event.MessageReceived)
	s.receive(device.Inbound{NetworkID: "N2", Chat: sari(), FromMe: true, Content: device.Content{Kind: device.KindText, Text: "ya"}})
	data := s.news(event.ChatChange, event.ChatChange, event.MessageSent) // read, and a person's turn
	s.want(data, "phone", "message", "by")
	if err := s.chats.Receipts(ctx, s.dev, device.Receipt{Kind: device.ReceiptDelivered, Chat: sari(), Sender: sari(), NetworkIDs: []string{"N2"}, At: 5}); err != nil {
		t.Fatal(err)
	}
	data = s.news(event.MessageState)
	s.want(data, "delivered", "state")
	s.want(data, "N2", "network_id")
	s.want(data, "77", "contact", "lid")
	s.receive(device.Inbound{NetworkID: "N3", Chat: sari(), Sender: sari(), Content: device.Content{Kind: device.KindText, Text: "oke"}})
	s.news(event.MessageReceived)
	if err := s.chats.Receipts(ctx, s.dev, device.Receipt{Kind: device.ReceiptReadSelf, Chat: sari(), NetworkIDs: []string{"N3"}}); err != nil {
		t.Fatal(err)
	}
	data = s.news(event.ChatChange)
	s.want(data, float64(0), "chat", "unread")
	s.want(data, "human", "chat", "turn")
}

func TestWhatBecomesOfContactsIsTold(t *testing.T) {
	t.Parallel()
	s, ctx := newShop(t, dbtest.SQLite(t)), context.Background()
	phone, lid := sari().Addresses[:1], sari().Addresses[1:]
	a, err := s.contacts.Resolve(ctx, "w", "loopback", device.Peer{Addresses: phone})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.contacts.Resolve(ctx, "w", "loopback", device.Peer{Addresses: lid})
	if err != nil {
		t.Fatal(err)
	}
	s.news(event.ContactCreated, event.ContactCreated)
	name := "Bu Sari"
	if _, err := s.contacts.Update(ctx, "w", b.ID, contact.Change{Name: &name}); err != nil {
		t.Fatal(err)
	}
	data := s.news(event.ContactChanged)
	s.want(data, name, "contact", "name")
	s.want(data, "given", "name_source")
	if _, err := s.contacts.Resolve(ctx, "w", "loopback", sari()); err != nil {
		t.Fatal(err)
	}
	data = s.news(event.ContactMerged)
	s.want(data, a.ID, "contact", "id")
	s.want(data, b.ID, "gone_id")
	s.want(data, "62811", "contact", "phone")
	s.want(data, "77", "contact", "lid")
	s.want(data, name, "contact", "name")
}

func TestWhatBecomesOfDevicesIsTold(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.SQLite(t))
	state := func(code, before device.StateCode) {
		s.in(func(ctx context.Context) error {
			d := s.dev
			d.State = device.State{Code: code, Why: "401"}
			return s.listener.StateChanged(ctx, device.StateChange{Device: d, Before: device.State{Code: before}})
		})
	}
	state(device.StateConnecting, device.StateLinking)
	s.news(event.DeviceStateType, event.DeviceLinked)
	state(device.StateOnline, device.StateConnecting)
	s.want(s.news(event.DeviceStateType), "connecting", "before")
	state(device.StateLoggedOut, device.StateOnline)
	data := s.news(event.DeviceStateType, event.DeviceLoggedOut)
	s.want(data, "401", "why")
	s.want(data, "6281100", "number")
	s.in(func(ctx context.Context) error { return s.listener.Deleted(ctx, s.dev) })
	s.want(s.news(event.DeviceDeleted), "dev", "device_id")
}

func TestAMembersReceiptInAGroupIsTold(t *testing.T) {
	t.Parallel()
	s, ctx := newShop(t, dbtest.SQLite(t)), context.Background()
	group := device.Peer{Group: true, Name: "Arisan", Addresses: []device.Address{{Kind: device.AddressGroup, Value: "120363"}}}
	receipt := func(chat device.Peer) {
		s.in(func(ctx context.Context) error {
			return s.listener.Receipts(ctx, device.Acknowledged{Device: s.dev, Receipt: device.Receipt{
				Kind: device.ReceiptRead, Chat: chat, Sender: sari(), NetworkIDs: []string{"N1"}, At: 3,
			}})
		})
	}
	receipt(group) // of a group that is not known
	if _, err := s.contacts.Resolve(ctx, "w", "loopback", group); err != nil {
		t.Fatal(err)
	}
	receipt(sari()) // of a person: message.state tells it
	receipt(group)
	data := s.news(event.ContactCreated, event.ReceiptRead)
	s.want(data, "120363", "group", "group")
	s.want(data, "62811", "member", "phone")
}
