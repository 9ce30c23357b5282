package event

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// Type is what an event is about, as noun.deed.
type Type string

// The types of events.
const (
	MessageReceived   Type = "message.received"
	MessageUnreadable Type = "message.unreadable"
	MessageQueued     Type = "message.queued"
	MessageSent       Type = "message.sent"
	MessageState      Type = "message.state"
	MessageEdited     Type = "message.edited"
	MessageRevoked    Type = "message.revoked"
	MessageReaction   Type = "message.reaction"
	ChatChange        Type = "chat.changed"
	ChatTyping        Type = "chat.typing"
	ContactCreated    Type = "contact.created"
	ContactChanged    Type = "contact.changed"
	ContactMerged     Type = "contact.merged"
	DeviceStateType   Type = "device.state"
	DeviceLinked      Type = "device.linked"
	DeviceLoggedOut   Type = "device.logged_out"
	DeviceDeleted     Type = "device.deleted"
	ReceiptDelivered  Type = "receipt.delivered"
	ReceiptRead       Type = "receipt.read"
	ReceiptPlayed     Type = "receipt.played"
	WebhookTest       Type = "webhook.test"
)

// Kind is what is to be known of a type.
type Kind struct {
	Type    Type
	Version int    // of Example's shape; a change that readers would not survive is a new one
	Summary string // when it happens
	Example any    // of its data, of the very type that Draft.Data has
}

// Kinds is the table of all types: the one place where a type is added, which documents it everywhere (the API's
// document, docs/events.md, what webhooks may choose).
func Kinds() []Kind {
	return slices.Concat(messageKinds(), chatKinds(), deviceKinds(), receiptKinds(), callKinds(), groupKinds(), markKinds(), statusKinds(), newsletterKinds(), playedKinds(), peopleKinds(), refusedKinds(), deskKinds(), standingKinds(), noteKinds(), contactKinds(), memberKinds(), broadcastKinds(), []Kind{
		{WebhookTest, 1, "Somebody asked for a test. It is sent to that webhook only and is not in the log.", Test{Text: "A test from Ping!"}},
	})
}

// Test is the data of webhook.test.
type Test struct {
	Text string `json:"text"`
}

// The persons of the examples.
func exampleSari() Person {
	return Person{ID: "019aab10-0000-7000-8000-000000000001", Name: "Sari", Phone: "6281290641111", LID: "201874523981234"}
}

func exampleGroup() Person {
	return Person{ID: "019aab10-0000-7000-8000-000000000002", Name: "Arisan RT 05", Group: "120363303315871698"}
}

const (
	exampleDevice = "019aab10-0000-7000-8000-00000000000d"
	exampleChat   = "019aab10-0000-7000-8000-00000000000c"
	exampleAt     = int64(1_763_805_600_000)
)

func exampleMessage(m chat.Message) chat.MessageView {
	m.ID, m.ChatID, m.DeviceID = "019aab10-0000-7000-8000-0000000000a1", exampleChat, exampleDevice
	m.NetworkID, m.At = "3EB0C127D8F1A2B3C4D5", exampleAt
	return chat.MessageViewOf(m)
}

func exampleOwn(state outbox.State, by chat.Author) Own {
	return Own{
		Message: exampleMessage(chat.Message{
			FromMe: true, Content: device.Content{Kind: device.KindText, Text: "Ada, Kak. Mau berapa?"}, By: by, State: state,
		}),
		Contact: exampleSari(), Lane: outbox.LaneReply.String(),
	}
}

func messageKinds() []Kind {
	sari := exampleSari()
	text := device.Content{Kind: device.KindText, Text: "Halo, masih ada stok?"}
	return []Kind{
		{MessageReceived, 1, "Somebody wrote to a device. Not for history that a phone offers when it is linked.", Message{
			Message: exampleMessage(chat.Message{SenderID: sari.ID, Content: text, Origin: device.OriginLive, State: chat.StateReceived}),
			Chat:    Thread{ID: exampleChat, Turn: chat.TurnBot, TurnVersion: 1, Unread: 1}, Contact: sari, Sender: &sari, First: true,
		}},
		{MessageUnreadable, 1, "Somebody wrote what can't be read yet. Who sent what could not be decrypted is asked for it again. When it comes, message.received tells the words under the same message id (message.sent, where from_me is true); it may never come. content.why is undecrypted, unavailable or view_once.", Message{
			Message: exampleMessage(chat.Message{
				SenderID: sari.ID, Content: device.Content{Kind: device.KindUnreadable, Why: device.WhyUndecrypted}, Origin: device.OriginLive, State: chat.StateReceived,
			}),
			Chat: Thread{ID: exampleChat, Turn: chat.TurnBot, TurnVersion: 1, Unread: 1}, Contact: sari, Sender: &sari,
		}},
		{MessageQueued, 1, "A message of ours has its place in the queue.", exampleOwn(outbox.StateQueued, chat.Author{Kind: chat.ByAPI})},
		{MessageSent, 1, "The network has taken a message of ours, or one was typed on the account's own phone (by is phone).", exampleOwn(outbox.StateSent, chat.Author{})},
		{MessageState, 1, "A message of ours got further, or will not go.", Progress{
			MessageID: "019aab10-0000-7000-8000-0000000000a1", NetworkID: "3EB0C127D8F1A2B3C4D5", ChatID: exampleChat, Contact: sari,
			State: outbox.StateDelivered, From: outbox.StateSent, At: exampleAt,
		}},
		{MessageEdited, 1, "A message was changed by who wrote it.", Altered{
			Message: exampleMessage(chat.Message{SenderID: sari.ID, Content: text, State: chat.StateReceived, EditedAt: exampleAt}), Contact: sari, By: &sari, At: exampleAt,
		}},
		{MessageRevoked, 1, "A message was deleted for everyone.", Altered{
			Message: exampleMessage(chat.Message{SenderID: sari.ID, Content: text, State: chat.StateReceived, RevokedAt: exampleAt}), Contact: sari, By: &sari, At: exampleAt,
		}},
		{MessageReaction, 1, "Somebody reacted to a message, or took the reaction back.", Reaction{
			MessageID: "019aab10-0000-7000-8000-0000000000a1", NetworkID: "3EB0C127D8F1A2B3C4D5", ChatID: exampleChat, Contact: sari, By: &sari, Emoji: "👍", At: exampleAt,
		}},
	}
}

func chatKinds() []Kind {
	sari := exampleSari()
	return []Kind{
		{ChatChange, 1, "A chat's turn has moved, or nothing in it is unread any more. A new message counts its unread itself.", ChatChanged{
			Chat: Thread{ID: exampleChat, Turn: chat.TurnHuman, TurnVersion: 2}, Contact: sari,
		}},
		{ChatTyping, 1, "A contact begins to type, or has stopped. Only of devices whose setting tell_typing is on.", Typing{
			ChatID: exampleChat, Contact: sari, State: chat.TypingOn, At: exampleAt, Until: exampleAt + 25_000,
		}},
		{ContactCreated, 1, "A contact is new: somebody wrote, was written to, or was entered.", ContactData{Contact: sari, NameSource: contact.NamePush}},
		{ContactChanged, 1, "A contact's name or number is new, or what is kept about it: tags, fields, note, whether it is blocked.", ContactData{Contact: sari, NameSource: contact.NameGiven}},
		{ContactMerged, 1, "Two contacts turned out to be one.", Merged{Contact: sari, GoneID: "019aab10-0000-7000-8000-000000000009"}},
	}
}

func deviceKinds() []Kind {
	d := func(state, before device.StateCode, why string) DeviceState {
		return DeviceState{DeviceID: exampleDevice, Name: "Kasir", Channel: "example", Number: "6281211112222", State: state, Before: before, Why: why}
	}
	return []Kind{
		{DeviceStateType, 1, "A device is in another state.", d(device.StateOnline, device.StateConnecting, "")},
		{DeviceLinked, 1, "A device was linked to an account.", d(device.StateConnecting, device.StateLinking, "")},
		{DeviceLoggedOut, 1, "A device is off its account: it was removed on the phone, or unlinked here.", d(device.StateLoggedOut, device.StateOnline, "401")},
		{DeviceDeleted, 1, "A device was deleted with its chats.", d(device.StateLoggedOut, "", "unlinked")},
	}
}

func receiptKinds() []Kind {
	r := Receipt{Group: exampleGroup(), Member: exampleSari(), NetworkIDs: []string{"3EB0C127D8F1A2B3C4D5"}, At: exampleAt}
	return []Kind{
		{ReceiptDelivered, 1, "A member of a group got messages of ours. For people, message.state says it.", r},
		{ReceiptRead, 1, "A member of a group read messages of ours.", r},
		{ReceiptPlayed, 1, "A member of a group listened to a voice note of ours.", r},
	}
}

// Example is an event of a type as the table shows it, as of now, that is in no log: without a number.
func Example(t Type, now time.Time) Event {
	e := Event{ID: id.New(), Type: t, At: now.UnixMilli()}
	for _, k := range Kinds() {
		if k.Type == t {
			e.Version = k.Version
			e.Data, _ = json.Marshal(k.Example) // the table holds plain values
		}
	}
	return e
}

// expand returns the types that patterns name; nil for none. A pattern is a type, a prefix such as message.*, or *.
func expand(patterns []string) ([]Type, error) {
	var out []Type
	for _, p := range patterns {
		found := false
		for _, k := range Kinds() {
			if Matches(p, k.Type) {
				found = true
				out = append(out, k.Type)
			}
		}
		if !found {
			return nil, ErrType.Withf(quote(p))
		}
	}
	return out, nil
}

// Check refuses a pattern that names no type, with ErrType.
func Check(pattern string) error {
	_, err := expand([]string{pattern})
	return err
}

// Matches reports whether a pattern (a type, a prefix such as message.*, or *) names a type.
func Matches(pattern string, t Type) bool {
	if pattern == "*" {
		return true
	}
	if prefix, ok := strings.CutSuffix(pattern, ".*"); ok {
		return strings.HasPrefix(string(t), prefix+".")
	}
	return pattern == string(t)
}

// quote makes a caller's word fit for an answer.
func quote(s string) string {
	if len(s) > 64 {
		s = strings.ToValidUTF8(s[:64], "") + "…"
	}
	return `"` + s + `"`
}
