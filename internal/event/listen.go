package event

import (
	"cmp"
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// People is what a Listener asks about contacts.
type People interface {
	Get(ctx context.Context, workspaceID, contactID string) (contact.Contact, error)
	Find(ctx context.Context, workspaceID, channel string, a device.Address) (contact.Contact, error)
	Identities(ctx context.Context, workspaceID, contactID string) ([]contact.Identity, error)
}

// Listener writes into the log what the nouns tell. Each method is for the hook of its name and runs in the transaction
// of what it tells.
type Listener struct {
	Log    *Service
	People People
}

// person names a contact with every address that is known of it.
func (l Listener) person(ctx context.Context, c contact.Contact) (Person, error) {
	p := Person{ID: c.ID, Name: c.Name, Phone: c.Phone}
	list, err := l.People.Identities(ctx, c.WorkspaceID, c.ID)
	for _, i := range list {
		switch device.AddressKind(i.Kind) {
		case device.AddressLID:
			p.LID = i.Value
		case device.AddressGroup:
			p.Group = i.Value
		case device.AddressPhone:
			if p.Phone == "" {
				p.Phone = i.Value
			}
		}
	}
	return p, err
}

// named is person for one of whom a network has just told every address that there is.
func (l Listener) named(ctx context.Context, c contact.Contact, p device.Peer) (Person, error) {
	who := Person{ID: c.ID, Name: c.Name, Phone: cmp.Or(c.Phone, p.Address(device.AddressPhone)), LID: p.Address(device.AddressLID), Group: p.Address(device.AddressGroup)}
	if who.Group != "" || who.Phone != "" && who.LID != "" {
		return who, nil
	}
	return l.person(ctx, c)
}

// personByID is person for one of whom only the id is at hand; "" is nil: that is us.
func (l Listener) personByID(ctx context.Context, workspaceID, contactID string) (*Person, error) {
	if contactID == "" {
		return nil, nil
	}
	c, err := l.People.Get(ctx, workspaceID, contactID)
	if errors.Is(err, contact.ErrNotFound) {
		return &Person{ID: contactID}, nil
	}
	if err != nil {
		return nil, err
	}
	p, err := l.person(ctx, c)
	return &p, err
}

// Arrived is for chat.Service.Arrived. What changes another message is told by Altered.
func (l Listener) Arrived(ctx context.Context, a chat.Arrived) error {
	if a.Origin == device.OriginHistory || a.Message.Content.Kind.Modifies() {
		return nil
	}
	who, err := l.named(ctx, a.Contact, a.Peer)
	if err != nil {
		return err
	}
	d := Draft{WorkspaceID: a.Device.WorkspaceID, DeviceID: a.Device.ID, Subject: a.Chat.ID, Type: MessageReceived}
	if a.Message.FromMe {
		d.Type, d.Data = MessageSent, Own{Message: shown(a.Message), Contact: who}
		return l.Log.Append(ctx, d)
	}
	if d.Data, err = l.message(ctx, a, who); err != nil {
		return err
	}
	return l.Log.Append(ctx, d)
}

// Unreadable is for chat.Service.Unreadable.
func (l Listener) Unreadable(ctx context.Context, a chat.Arrived) error {
	who, err := l.named(ctx, a.Contact, a.Peer)
	if err != nil {
		return err
	}
	m, err := l.message(ctx, a, who)
	if err != nil {
		return err
	}
	m.First = false // that is said of the words
	return l.Log.Append(ctx, Draft{WorkspaceID: a.Device.WorkspaceID, DeviceID: a.Device.ID, Subject: a.Chat.ID, Type: MessageUnreadable, Data: m})
}

// message is what is told of one that came in to the chat of who.
func (l Listener) message(ctx context.Context, a chat.Arrived, who Person) (m Message, err error) {
	m = Message{Message: shown(a.Message), Chat: threadOf(a.Chat), Contact: who, First: a.First, Late: a.Origin == device.OriginOffline}
	if m.Sender = &who; a.Sender.ID != a.Contact.ID {
		m.Sender, err = l.personByID(ctx, a.Device.WorkspaceID, a.Sender.ID)
	}
	return m, err
}

// shown is a message without what is only the driver's, or too large to be told.
func shown(m chat.Message) chat.MessageView {
	v := chat.MessageViewOf(m)
	if v.Content.Media != nil {
		small := *v.Content.Media
		small.Thumbnail = nil
		v.Content.Media = &small
	}
	return v
}

// Posted is for chat.Service.Posted.
func (l Listener) Posted(ctx context.Context, p chat.Posted) error {
	return l.Log.Append(ctx, Draft{
		WorkspaceID: p.Device.WorkspaceID, DeviceID: p.Device.ID, Subject: p.Chat.ID, Type: MessageQueued,
		Data: Own{Message: shown(p.Message), Contact: addressee(p.Send), Lane: p.Send.Lane.String()},
	})
}

// addressee names whom a send goes to, from the send alone: it has every address that was known when it was made.
func addressee(s outbox.Send) Person {
	p := Person{ID: s.ContactID, Phone: s.To.Address(device.AddressPhone), LID: s.To.Address(device.AddressLID), Group: s.To.Address(device.AddressGroup)}
	p.Name = s.To.Name
	return p
}

// SendChanged is for outbox.Service.Changed. That a send was made is told by Posted; that it is being tried is nobody's
// business.
func (l Listener) SendChanged(ctx context.Context, c outbox.Change) error {
	s := c.Send
	again := c.From == outbox.StateFailed && s.State == outbox.StateQueued // somebody asked for it
	if c.From == "" || s.State == outbox.StateClaimed || s.State == outbox.StateQueued && !again || s.ChatID == "" {
		return nil
	}
	d := Draft{WorkspaceID: s.WorkspaceID, DeviceID: s.DeviceID, Subject: s.ChatID}
	if onTheWire(s.State) && !onTheWire(c.From) {
		d.Type, d.Data = MessageSent, Own{Contact: addressee(s), Lane: s.Lane.String(), Message: shown(chat.Message{
			ID: s.ID, ChatID: s.ChatID, DeviceID: s.DeviceID, FromMe: true, NetworkID: s.NetworkID, Content: s.Content, State: s.State,
			At: cmp.Or(s.SentAt, s.DeliveredAt, s.ReadAt), // a receipt may be faster than the network's ack
		})}
		if err := l.Log.Append(ctx, d); err != nil {
			return err
		}
	}
	at := map[outbox.State]int64{outbox.StateSent: s.SentAt, outbox.StateDelivered: s.DeliveredAt, outbox.StateRead: s.ReadAt}[s.State]
	d.Type, d.Data = MessageState, Progress{
		MessageID: s.ID, NetworkID: s.NetworkID, ChatID: s.ChatID, Contact: addressee(s), State: s.State, From: c.From, Code: s.Code,
		Until: s.Until, At: at,
	}
	return l.Log.Append(ctx, d)
}

func onTheWire(s outbox.State) bool {
	return s == outbox.StateSent || s == outbox.StateDelivered || s == outbox.StateRead
}

// PhoneState is for chat.Service.PhoneState: a message that was typed on the phone got further.
func (l Listener) PhoneState(ctx context.Context, p chat.PhoneState) error {
	c, err := l.personByID(ctx, p.Device.WorkspaceID, p.ContactID)
	if err != nil {
		return err
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: p.Device.WorkspaceID, DeviceID: p.Device.ID, Subject: p.ChatID, Type: MessageState,
		Data: Progress{MessageID: p.MessageID, NetworkID: p.NetworkID, ChatID: p.ChatID, Contact: *c, State: p.State, At: p.At},
	})
}

// Altered is for chat.Service.Altered.
func (l Listener) Altered(ctx context.Context, a chat.Altered) error {
	if a.By.Origin == device.OriginHistory {
		return nil
	}
	c, err := l.personByID(ctx, a.Chat.WorkspaceID, a.Chat.ContactID)
	if err != nil {
		return err
	}
	by := c
	if a.By.SenderID != a.Chat.ContactID {
		if by, err = l.personByID(ctx, a.Chat.WorkspaceID, a.By.SenderID); err != nil {
			return err
		}
	}
	d := Draft{WorkspaceID: a.Chat.WorkspaceID, DeviceID: a.Chat.DeviceID, Subject: a.Chat.ID}
	switch a.By.Content.Kind {
	case device.KindReaction:
		d.Type, d.Data = MessageReaction, Reaction{
			MessageID: a.Target.ID, NetworkID: a.Target.NetworkID, ChatID: a.Chat.ID, Contact: *c, By: by, Emoji: a.By.Content.Text, At: a.By.At,
		}
	case device.KindPin:
		d.Type, d.Data = MessagePinned, Altered{Message: shown(a.Target), Contact: *c, By: by, At: a.By.At}
	case device.KindRevoke:
		d.Type, d.Data = MessageRevoked, Altered{Message: shown(a.Target), Contact: *c, By: by, At: a.By.At}
	default:
		d.Type, d.Data = MessageEdited, Altered{Message: shown(a.Target), Contact: *c, By: by, At: a.By.At}
	}
	return l.Log.Append(ctx, d)
}

// ChatChanged is for chat.Service.TurnMoved and chat.Service.Cleared.
func (l Listener) ChatChanged(ctx context.Context, c chat.Chat) error {
	who, err := l.personByID(ctx, c.WorkspaceID, c.ContactID)
	if err != nil {
		return err
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: c.WorkspaceID, DeviceID: c.DeviceID, Subject: c.ID, Type: ChatChange, Data: ChatChanged{threadOf(c), *who},
	})
}

// Created is for contact.Service.Created, Changed for its Changed.
func (l Listener) Created(ctx context.Context, c contact.Contact) error {
	return l.contact(ctx, ContactCreated, c)
}

// Changed is for contact.Service.Changed.
func (l Listener) Changed(ctx context.Context, c contact.Contact) error {
	return l.contact(ctx, ContactChanged, c)
}

func (l Listener) contact(ctx context.Context, t Type, c contact.Contact) error {
	who, err := l.person(ctx, c)
	if err != nil {
		return err
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: c.WorkspaceID, Subject: c.ID, Type: t, Data: ContactData{who, c.NameSource},
	})
}

// Merged is for contact.Service.Merged.
func (l Listener) Merged(ctx context.Context, m contact.Merge) error {
	who, err := l.person(ctx, m.Kept)
	if err != nil {
		return err
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: m.WorkspaceID, Subject: m.Kept.ID, Type: ContactMerged, Data: Merged{who, m.Gone.ID},
	})
}

// StateChanged is for device.Service.StateChanged.
func (l Listener) StateChanged(ctx context.Context, e device.StateChange) error {
	if err := l.device(ctx, DeviceStateType, e.Device, e.Before.Code); err != nil {
		return err
	}
	now, before := e.Device.State.Code, e.Before.Code
	switch {
	case now == device.StateConnecting && before == device.StateLinking && e.Device.Linked:
		return l.device(ctx, DeviceLinked, e.Device, before)
	case now == device.StateLoggedOut && before != device.StateLoggedOut && before != device.StateLinking:
		return l.device(ctx, DeviceLoggedOut, e.Device, before)
	}
	return nil
}

// Deleted is for device.Service.Deleted.
func (l Listener) Deleted(ctx context.Context, d device.Device) error {
	return l.device(ctx, DeviceDeleted, d, "")
}

func (l Listener) device(ctx context.Context, t Type, d device.Device, before device.StateCode) error {
	return l.Log.Append(ctx, Draft{
		WorkspaceID: d.WorkspaceID, DeviceID: d.ID, Subject: d.ID, Type: t,
		Data: DeviceState{
			DeviceID: d.ID, Name: d.Name, Channel: d.Channel, Number: d.Account.Number,
			State: d.State.Code, Why: d.State.Why, Until: d.State.Until, Before: before,
		},
	})
}

// Receipts is for device.Service.Receipts, after the chats have heard: what one member of a group has done. People's
// receipts are told as message.state.
func (l Listener) Receipts(ctx context.Context, a device.Acknowledged) error {
	r := a.Receipt
	t, ok := map[device.ReceiptKind]Type{
		device.ReceiptDelivered: ReceiptDelivered, device.ReceiptRead: ReceiptRead, device.ReceiptPlayed: ReceiptPlayed,
	}[r.Kind]
	if !ok || !r.Chat.Group || len(r.Sender.Addresses) == 0 {
		return nil
	}
	group, known, err := l.peer(ctx, a.Device, r.Chat)
	if err != nil || !known {
		return err
	}
	who, _, err := l.peer(ctx, a.Device, r.Sender)
	if err != nil {
		return err
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: a.Device.WorkspaceID, DeviceID: a.Device.ID, Subject: group.ID, Type: t,
		Data: Receipt{Group: group, Member: who, NetworkIDs: r.NetworkIDs, At: r.At},
	})
}

// peer names somebody by what a network calls them; false when that is no contact, who then has no id.
func (l Listener) peer(ctx context.Context, d device.Device, p device.Peer) (Person, bool, error) {
	for _, a := range p.Addresses {
		c, err := l.People.Find(ctx, d.WorkspaceID, d.Channel, a)
		if err == nil {
			who, err := l.person(ctx, c)
			return who, err == nil, err
		}
		if !errors.Is(err, contact.ErrNotFound) {
			return Person{}, false, err
		}
	}
	return Person{
		Name: p.Name, Phone: p.Address(device.AddressPhone), LID: p.Address(device.AddressLID), Group: p.Address(device.AddressGroup),
	}, false, nil
}
