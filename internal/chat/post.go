package chat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// Post is a message of ours to be sent.
type Post struct {
	WorkspaceID string
	DeviceID    string        // with ChatID it may be left out
	Device      device.Device // in place of DeviceID, from who has just read it
	ChatID      string        // either ChatID or To
	To          device.Peer
	Content     device.Content
	ReplyTo     string // our or the network's id of the message of the chat that this one replies to; ErrReplyTo
	By          Author
	Lane        outbox.Lane
	NotBefore   int64         // unix ms; 0 is at once
	Typing      time.Duration // shown as typing before it
	// IfTurn, when not 0, is the Chat.TurnVersion that the author saw: ErrTurnMoved when it is another one by now.
	IfTurn int64
	// Quiet leaves the turn and what is unread as they are, also with a member's post: they are not there when it goes.
	Quiet bool
	// Batch is what the send is one of many of, see outbox.Batch.
	Batch outbox.Batch
	// ID is what the message and its send are called; "" makes one. Posted twice under one ID is an error of the database.
	ID string

	id string // that the message gets
}

// Post stores a message and its send in one transaction (the caller's when there is one) and returns both; they have
// the same ID. A chat that does not exist is made. A member's post takes the turn and marks the chat read; nobody
// else's moves it. Content that changes another message (reaction, edit, revoke) names it in Target. A device that is
// linked but not online keeps the send until it is; ErrNotLinked when it never was. Under a ctx that is id.Seeded, a
// post that was stored before is returned as it is by now.
func (s *Service) Post(ctx context.Context, p Post) (m Message, send outbox.Send, err error) {
	if err := checkContent(p.Content); err != nil {
		return Message{}, outbox.Send{}, err
	}
	var again bool
	p.id, again = id.For(ctx)
	if p.ID != "" {
		p.id, again = p.ID, false
	}
	if again {
		if m, send, err = s.posted(ctx, p); !errors.Is(err, ErrMessageNotFound) {
			return m, send, err
		}
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		d, item, err := s.addressee(ctx, p)
		if err != nil {
			return err
		}
		if p.IfTurn != 0 && p.IfTurn != item.TurnVersion {
			return ErrTurnMoved
		}
		if p.ReplyTo != "" {
			if p.Content.Quote, err = s.quote(ctx, d, item, p.ReplyTo); err != nil {
				return err
			}
		}
		if m, send, err = s.write(ctx, d, item, p); err != nil || p.By.Kind != ByMember || p.Quiet || p.Content.Kind.Modifies() {
			return err
		}
		if err := s.read(ctx, d, item); err != nil {
			return err
		}
		_, err = s.moveTurn(ctx, item.Chat, TurnHuman, m.CreatedAt)
		return err
	})
	return m, send, err
}

// posted is what an earlier attempt at p has stored; ErrMessageNotFound when there was none.
func (s *Service) posted(ctx context.Context, p Post) (m Message, send outbox.Send, err error) {
	if m, err = s.store.message(ctx, p.WorkspaceID, p.id); err != nil {
		return m, send, err
	}
	send, err = s.outbox.Get(ctx, p.WorkspaceID, m.SendID)
	return m, send, err
}

// addressee finds the device and the chat of a post.
func (s *Service) addressee(ctx context.Context, p Post) (d device.Device, item Item, err error) {
	p.DeviceID = cmp.Or(p.Device.ID, p.DeviceID)
	if p.ChatID != "" {
		if item, err = s.store.item(ctx, p.WorkspaceID, p.ChatID); err != nil {
			return d, item, err
		}
		if p.DeviceID != "" && p.DeviceID != item.DeviceID {
			return d, item, ErrNotFound
		}
		p.DeviceID = item.DeviceID
	}
	if d = p.Device; d.ID == "" {
		if d, err = s.conf.Devices.Get(ctx, p.WorkspaceID, p.DeviceID); err != nil {
			return d, item, err
		}
	}
	if d.LinkedAt == 0 && d.Account.Number == "" {
		return d, item, ErrNotLinked
	}
	if p.ChatID != "" {
		return d, item, nil
	}
	if len(p.To.Addresses) == 0 {
		return d, item, ErrRecipient
	}
	if item.Contact, err = s.contacts.Resolve(ctx, p.WorkspaceID, d.Channel, p.To); err != nil {
		return d, item, err
	}
	status := StatusOpen
	if p.By.Kind == ByBroadcast { // nobody has asked anything yet: ten thousand such chats would bury those who have
		status = StatusResolved
	}
	item.Chat, err = s.chatAs(ctx, d, item.Contact, status)
	return d, item, err
}

// write puts a message of ours into its chat and into the outbox.
func (s *Service) write(ctx context.Context, d device.Device, item Item, p Post) (Message, outbox.Send, error) {
	to, err := s.contacts.PeerOf(ctx, item.Contact, d.Channel)
	if err != nil {
		return Message{}, outbox.Send{}, fmt.Errorf("find the addresses: %w", err)
	}
	p.Content.Text = db.Text(p.Content.Text)
	if !p.Content.Kind.Modifies() && p.Content.Expires == 0 {
		p.Content.Expires = item.Expires
	}
	send, err := s.outbox.Enqueue(ctx, outbox.Draft{
		ID: cmp.Or(p.id, id.New()), Device: d, ChatID: item.Chat.ID, ContactID: item.Contact.ID, Lane: p.Lane, To: to, Content: p.Content,
		NotBefore: p.NotBefore, Typing: p.Typing, Cold: item.InboundAt == 0 && !item.Group, WroteAt: item.InboundAt,
		Batch: p.Batch,
	})
	if err != nil {
		return Message{}, send, fmt.Errorf("enqueue: %w", err)
	}
	m := Message{
		ID: send.ID, WorkspaceID: d.WorkspaceID, ChatID: item.Chat.ID, DeviceID: d.ID, FromMe: true, NetworkID: send.NetworkID,
		Content: p.Content, At: send.CreatedAt, Order: item.Chat.nextOrder(send.CreatedAt), CreatedAt: send.CreatedAt, By: p.By, State: send.State, SendID: send.ID,
	}
	if _, err := s.store.insertMessage(ctx, m); err != nil {
		return m, send, err
	}
	if err := s.follow(ctx, &item.Chat, m); err != nil {
		return m, send, err
	}
	if item.Chat, err = s.written(ctx, item.Chat, m); err != nil {
		return m, send, err
	}
	return m, send, s.Posted.Fire(ctx, Posted{Device: d, Chat: item.Chat, Message: m, Send: send})
}

// written does to a chat what a message of ours does to it.
func (s *Service) written(ctx context.Context, c Chat, m Message) (Chat, error) {
	if m.Content.Kind.Modifies() {
		return c, s.change(ctx, c, m)
	}
	if !m.news() && c.Last.At > 0 {
		return c, nil
	}
	c, err := s.store.touch(ctx, c, m, 0)
	if err != nil {
		return c, err
	}
	return s.reopen(ctx, c, m)
}

// news reports whether a message is news of its chat: what lists show of it, and what has it move in them. A broadcast
// is not: ten thousand chats at once would bury those in which somebody waits, whom it doesn't answer either.
func (m Message) news() bool { return m.By.Kind != ByBroadcast }

// nextOrder is where a message of ours of a time stands: below what was said before it, also when the clock was set back
// in between, or the network's is ahead of ours.
func (c Chat) nextOrder(at int64) int64 {
	if c.Last.At > at && c.Last.At < at+maxAhead.Milliseconds() {
		return c.Last.At + 1
	}
	return at
}

// maxAhead is how far a message may be ahead of our clock and still be one that ours come after.
const maxAhead = 24 * time.Hour

// checkContent refuses what no channel can send.
func checkContent(c device.Content) error {
	if len(c.Text) > maxText || !utf8.ValidString(c.Text) {
		return ErrContent.WithField("text")
	}
	var empty bool
	switch c.Kind {
	case device.KindText:
		empty = strings.TrimSpace(db.Text(c.Text)) == ""
	case device.KindImage, device.KindVideo, device.KindAudio, device.KindVoice, device.KindDocument, device.KindSticker:
		empty = c.Media == nil || c.Media.Blob == ""
	case device.KindLocation:
		empty = c.Location == nil
	case device.KindContact:
		empty = len(c.Contacts) == 0
	case device.KindPoll:
		empty = c.Poll == nil || len(c.Poll.Options) < 2
	case device.KindReaction, device.KindRevoke:
		empty = c.Target == ""
	case device.KindVote:
		empty = c.Target == "" || c.Vote == nil
	case device.KindTimer:
		empty = c.Expires < 0 || c.Expires > maxTimer
	case device.KindPin:
		empty = c.Target == "" || c.Expires < 0 || c.Expires > maxPin
	case device.KindEdit:
		empty = c.Target == "" || strings.TrimSpace(c.Text) == ""
	default:
		return ErrContent.WithField("kind")
	}
	if empty {
		return ErrContent.WithField(string(c.Kind))
	}
	return nil
}
