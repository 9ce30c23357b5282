package chat

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

const (
	// answerable is how old a message may be that waited while we were off, and still be answered.
	answerable = 6 * time.Hour
	// maxText is the longest text that is kept, in bytes, see device.Content.
	maxText = 65536
	// maxID bounds network ids; the longest known one has 64 characters.
	maxID = 256
)

// arrival is a message on its way through receive.
type arrival struct {
	Arrived
	in      device.Inbound
	counted bool // it is among what is unread already
	filled  bool // it has taken the place that was kept for it
}

// Receive stores a message that a device saw, with its contact and chat, tells the Arrived listeners and seeks an
// answer, all in the caller's transaction or one of its own. The same message again changes nothing and tells nobody,
// and neither does the echo of a send of ours. One that can't be read yet is kept a place, tells the Unreadable listeners
// only and is not answered; what it says takes that place and is news then. Rules and the assistant are asked about live
// messages, and about those that waited for less than six hours, while the turn is the bot's.
func (s *Service) Receive(ctx context.Context, d device.Device, in device.Inbound) error {
	in = tidy(in, s.now())
	return s.db.Tx(ctx, func(ctx context.Context) error {
		a := arrival{Arrived: Arrived{Device: d, Peer: chatPeer(in), Origin: in.Origin}, in: in}
		isNew, err := s.keep(ctx, &a)
		if err != nil || !isNew {
			return err
		}
		return s.react(ctx, &a)
	})
}

// keep finds or makes the contact and the chat and stores the message; false when it is there already.
func (s *Service) keep(ctx context.Context, a *arrival) (bool, error) {
	d, in := a.Device, a.in
	was, err := s.thereAgain(ctx, a)
	if err != nil || was.ID != "" {
		return s.fill(ctx, a, was, err)
	}
	if in.Content.Kind == device.KindNone {
		if kept, err := s.isKept(ctx, d, in.NetworkID); err != nil || !kept {
			return false, err
		}
	}
	if a.Contact, err = s.contacts.Resolve(ctx, d.WorkspaceID, d.Channel, chatPeer(in)); err != nil {
		return false, fmt.Errorf("find the contact: %w", err)
	}
	switch {
	case in.FromMe:
	case in.Chat.Group && len(in.Sender.Addresses) > 0:
		if a.Sender, err = s.contacts.Resolve(ctx, d.WorkspaceID, d.Channel, in.Sender); err != nil {
			return false, fmt.Errorf("find the sender: %w", err)
		}
	case !in.Chat.Group:
		a.Sender = a.Contact
	}
	if was, err = s.double(ctx, a); err != nil || was.ID != "" {
		return s.fill(ctx, a, was, err)
	}
	if in.Content.Kind == device.KindNone {
		return false, nil
	}
	if a.Chat, err = s.chatFor(ctx, d, a.Contact); err != nil {
		return false, fmt.Errorf("find the chat: %w", err)
	}
	if a.Origin == device.OriginHistory && a.in.At <= a.Chat.ClearedAt {
		return false, nil // it was deleted with its chat
	}
	a.Message = a.message(s.now())
	isNew, err := s.store.insertMessage(ctx, a.Message)
	if err != nil || isNew {
		return isNew, err
	}
	was, err = s.store.unreadable(ctx, a.Message)
	return s.fill(ctx, a, was, err)
}

// double finds the doubles that the key of messages does not: the echo of our own send in a chat that is not yet
// known to be the same, and a group message whose sender has become part of another contact since. It is the zero
// Message when there is none.
func (s *Service) double(ctx context.Context, a *arrival) (Message, error) {
	if !a.in.FromMe && !a.in.Chat.Group {
		return Message{}, nil
	}
	list, err := s.store.byNetworkID(ctx, a.Device.WorkspaceID, a.Device.ID, a.in.NetworkID)
	if err != nil {
		return Message{}, err
	}
	for _, m := range list {
		if a.in.FromMe || m.FromMe {
			if m.FromMe == a.in.FromMe {
				return m, nil
			}
			continue
		}
		who, err := s.contacts.Get(ctx, m.WorkspaceID, m.SenderID)
		if err == nil && who.ID == a.Sender.ID {
			return m, nil
		}
	}
	return Message{}, nil
}

// message is the row of what arrived.
func (a *arrival) message(now int64) Message {
	m := Message{
		ID: id.New(), WorkspaceID: a.Device.WorkspaceID, ChatID: a.Chat.ID, DeviceID: a.Device.ID, SenderID: a.Sender.ID,
		FromMe: a.in.FromMe, NetworkID: a.in.NetworkID, Content: a.in.Content, At: a.in.At, Order: a.in.At, CreatedAt: now,
		Origin: a.in.Origin, State: StateReceived, Raw: a.in.Raw,
	}
	if m.FromMe {
		m.State, m.By = outbox.StateSent, Author{Kind: ByPhone}
	}
	// A network that counts in seconds would put what was just said before what we said in the same second.
	if m.Origin == device.OriginLive && m.At%1000 == 0 {
		m.Order = max(m.At, min(now, m.At+999))
	}
	return m
}

// react does what a new message entails.
func (s *Service) react(ctx context.Context, a *arrival) error {
	if err := s.follow(ctx, &a.Chat, a.Message); err != nil {
		return err
	}
	if a.Message.Content.Kind.Modifies() {
		if err := s.change(ctx, a.Chat, a.Message); err != nil {
			return err
		}
	} else if err := s.note(ctx, a); err != nil {
		return err
	}
	if a.Message.Content.Kind == device.KindUnreadable {
		if err := s.Unreadable.Fire(ctx, a.Arrived); err != nil {
			return err
		}
		return s.catchUp(ctx, a)
	}
	if err := s.Arrived.Fire(ctx, a.Arrived); err != nil {
		return err
	}
	if err := s.catchUp(ctx, a); err != nil {
		return err
	}
	if !s.answerable(a) {
		return nil
	}
	return s.answer(ctx, Question{
		WorkspaceID: a.Device.WorkspaceID, Device: a.Device, Chat: a.Chat, Contact: a.Contact, Sender: a.Sender,
		Message: a.Message, First: a.First, Now: s.conf.Now(),
	})
}

// note brings the chat up to date with a message that stands by itself.
func (s *Service) note(ctx context.Context, a *arrival) (err error) {
	if a.Chat.FirstAt == 0 && !a.Message.FromMe {
		wrote, err := s.store.everWrote(ctx, a.Chat.WorkspaceID, a.Contact.ID)
		if err != nil {
			return err
		}
		a.First = !wrote
	}
	unread := 0
	if !a.Message.FromMe && a.Origin != device.OriginHistory && !a.counted {
		unread = 1
	}
	if a.Chat, err = s.store.touch(ctx, a.Chat, a.Message, unread); err != nil {
		return err
	}
	if a.filled && a.Message.FromMe { // its place has done so when it was written
		return nil
	}
	if a.Chat, err = s.reopen(ctx, a.Chat, a.Message); err != nil {
		return err
	}
	if a.Origin != device.OriginHistory {
		if a.Chat, err = s.turnOnArrival(ctx, a.Chat, a.Message); err != nil {
			return err
		}
	}
	return nil
}

// catchUp brings a message up to date with what came before it: whoever was told of the message is told of that after it.
func (s *Service) catchUp(ctx context.Context, a *arrival) error {
	if a.Message.Content.Kind.Modifies() {
		return nil
	}
	early, err := s.store.changing(ctx, a.Message)
	if err != nil {
		return err
	}
	for _, m := range early {
		if err := s.change(ctx, a.Chat, m); err != nil {
			return err
		}
	}
	if len(early) > 0 {
		if a.Message, err = s.store.message(ctx, a.Message.WorkspaceID, a.Message.ID); err != nil {
			return err
		}
	}
	if a.Origin == device.OriginLive {
		return nil
	}
	return s.overtaken(ctx, a.Device, a.Chat, a.Message)
}

func (s *Service) answerable(a *arrival) bool {
	if len(s.conf.Answerers) == 0 || a.in.FromMe || a.in.Content.Kind.Modifies() || a.Chat.Turn != TurnBot || a.Message.RevokedAt > 0 {
		return false
	}
	young := s.now()-a.in.At < answerable.Milliseconds()
	return a.Origin == device.OriginLive || a.Origin == device.OriginOffline && young
}

// chatFor returns the chat of a contact on a device, making an open one when there is none.
func (s *Service) chatFor(ctx context.Context, d device.Device, c contact.Contact) (Chat, error) {
	return s.chatAs(ctx, d, c, StatusOpen)
}

// chatAs is chatFor with another status for a chat that is made.
func (s *Service) chatAs(ctx context.Context, d device.Device, c contact.Contact, status Status) (Chat, error) {
	for {
		h, err := s.store.chatOf(ctx, d.WorkspaceID, c.ID, d.ID)
		if err == nil || !isNotFound(err) {
			return h, err
		}
		now := s.now()
		h = Chat{
			ID: id.New(), WorkspaceID: d.WorkspaceID, DeviceID: d.ID, ContactID: c.ID, Group: c.Group,
			Turn: TurnBot, TurnVersion: 1, TurnSince: now, CreatedAt: now, AssignVersion: 1, Status: status,
		}
		if ok, err := s.store.insertChat(ctx, h); err != nil || ok {
			return h, err
		}
	}
}

// chatPeer is whose chat a message belongs to, with everything that the message says about them.
func chatPeer(in device.Inbound) device.Peer {
	p := in.Chat
	if p.Group || in.FromMe {
		return p
	}
	p.Addresses = append(slices.Clone(p.Addresses), in.Sender.Addresses...)
	if in.Sender.Name != "" {
		p.Name = in.Sender.Name
	}
	return p
}

// tidy makes what a network told fit to be stored: nothing of it is trusted.
func tidy(in device.Inbound, now int64) device.Inbound {
	in.NetworkID = cut(in.NetworkID, maxID)
	if in.NetworkID == "" {
		in.NetworkID = uuid.NewString()
	}
	if in.At <= 0 || in.At > now+(24*time.Hour).Milliseconds() {
		in.At = now
	}
	c := &in.Content
	c.Text, c.Target = cut(c.Text, maxText), cut(c.Target, maxID)
	if c.Kind == "" {
		c.Kind = device.KindUnknown
	}
	if l := c.Location; l != nil && (math.IsNaN(l.Latitude+l.Longitude) || math.IsInf(l.Latitude+l.Longitude, 0)) {
		c.Location = nil
	}
	return in
}

// cut makes s text and at most n bytes long.
func cut(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return db.Text(s)
}
