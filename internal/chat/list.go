package chat

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// Filter narrows a list of chats; the zero value is all, newest first.
type Filter struct {
	DeviceID  string
	ContactID string
	Kind      contact.FilterKind // people, groups or both
	Turn      Turn               // "" is both
	Unread    Unread
	Archived  With
	Pinned    With
	LabelID   string // only chats with this label
	Assignee  string // a member's id, or Nobody; "" is any
	TeamID    string // a team's id, or Nobody; "" is any
	Status    Status // "" is any
	Waiting   Waiting
	Sort      Sort
	Since     int64  // only chats whose last message is newer than this, unix ms
	Search    string // part of the contact's name or number
	After     string // cursor of the page before (Page.Next)
	Limit     int    // 1..200; 0 is 50
}

// Unread picks chats by their unread count.
type Unread string

// The picks.
const (
	UnreadAll  Unread = ""
	UnreadOnly Unread = "only"
)

// With picks chats by something that they are or are not.
type With string

// The picks.
const (
	WithBoth With = ""
	WithOnly With = "only"
	WithNone With = "none"
)

// flag is the pick as its statement wants it: -1 is both.
func (w With) flag() int {
	switch w {
	case WithOnly:
		return 1
	case WithNone:
		return 0
	default:
		return -1
	}
}

// Item is a chat in a list, with its contact.
type Item struct {
	Chat
	Contact contact.Contact
}

// Page is a part of a list of chats; Next is "" at the end.
type Page struct {
	Items []Item
	Next  string
}

// Span picks messages of a chat. Before and After are cursors (MessagePage.Older and .Newer); both empty is the newest.
type Span struct {
	Before string
	After  string
	// Around is a message of the chat: the span has it with what stands before and after it. ErrMessageNotFound.
	Around string
	Since  int64 // only messages newer than this (Order), unix ms
	Limit  int   // 1..200; 0 is 50
	// Only picks some of them, from Before back; it goes with neither After nor Around.
	Only Only
	// Raw fills Message.Raw; only for spans that go back (without After).
	Raw bool
}

// MessagePage is a stretch of a chat in time order. Older and Newer are cursors to what lies beyond its ends; Older is
// "" when nothing is older.
type MessagePage struct {
	Messages []Message
	Older    string
	Newer    string
}

// errCursor is for cursors that we did not make.
var errCursor = fault.New(fault.Invalid, "cursor_invalid", fault.Text{
	ID: "Penanda halaman tidak benar. Mulai dari halaman pertama.", EN: "The page cursor is not valid. Start at the first page.",
})

// key is a place in a list by time.
type key struct {
	At int64  `json:"a"`
	ID string `json:"i"`
}

// newest is beyond every place.
func newest() key { return key{At: math.MaxInt64, ID: "~"} }

func (k key) cursor() string {
	b, _ := json.Marshal(k) // a number and a string can't fail
	return base64.RawURLEncoding.EncodeToString(b)
}

func readCursor(s, field string) (k key, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(b, &k) != nil || k.ID == "" {
		return key{}, errCursor.WithField(field)
	}
	return k, nil
}

func limitOf(n int) int {
	if n <= 0 || n > 200 {
		return 50
	}
	return n
}

// List returns chats by their last message, newest first, or as f.Sort says. Chats without a message are not listed.
func (s *Service) List(ctx context.Context, workspaceID string, f Filter) (p Page, err error) {
	from, limit := f.Sort.start(), limitOf(f.Limit)
	if f.After != "" {
		if from, err = readCursor(f.After, "after"); err != nil {
			return Page{}, err
		}
	}
	only, err := s.fewOf(ctx, workspaceID, &f)
	if err != nil {
		return Page{}, err
	}
	p.Items, err = s.store.items(ctx, workspaceID, f, only, from, limit+1)
	if err != nil || len(p.Items) <= limit {
		return p, err
	}
	p.Items = p.Items[:limit]
	last := p.Items[limit-1]
	p.Next = f.Sort.keyOf(last).cursor()
	return p, nil
}

// Get returns one chat with its contact; one that became part of another is answered with that. ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID, id string) (Item, error) {
	return s.store.item(ctx, workspaceID, id)
}

// Find returns the chat of a contact on a device. ErrNotFound.
func (s *Service) Find(ctx context.Context, workspaceID, deviceID, contactID string) (Item, error) {
	c, err := s.store.chatOf(ctx, workspaceID, contactID, deviceID)
	if err != nil {
		return Item{}, err
	}
	return s.store.item(ctx, workspaceID, c.ID)
}

// Messages returns a stretch of a chat. Messages that only change others (reactions, edits, revokes) are not in it:
// their effect is on the ones they change. ErrNotFound.
func (s *Service) Messages(ctx context.Context, workspaceID, chatID string, sp Span) (p MessagePage, err error) {
	c, err := s.store.chat(ctx, workspaceID, chatID)
	if err != nil {
		return MessagePage{}, err
	}
	limit := limitOf(sp.Limit)
	if sp.Around != "" {
		return s.around(ctx, c, sp.Around, limit)
	}
	if sp.After != "" {
		from, err := readCursor(sp.After, "after")
		if err != nil {
			return MessagePage{}, err
		}
		list, err := s.store.after(ctx, workspaceID, c.ID, from, sp.Since, limit)
		return pageOf(list, sp.After, sp.After), err
	}
	from := newest()
	if sp.Before != "" {
		if from, err = readCursor(sp.Before, "before"); err != nil {
			return MessagePage{}, err
		}
	}
	list, err := s.back(ctx, c, sp, from, limit+1)
	if err != nil {
		return MessagePage{}, err
	}
	if len(list) <= limit {
		return pageOf(list, "", ""), nil
	}
	list = list[1:]
	return pageOf(list, keyOf(list[0]).cursor(), ""), nil
}

// back returns the messages of a span that end before from, in time order.
func (s *Service) back(ctx context.Context, c Chat, sp Span, from key, limit int) ([]Message, error) {
	switch {
	case sp.Only != OnlyAll:
		list, err := s.store.kept(ctx, c, sp.Only, from, limit)
		slices.Reverse(list)
		return list, err
	case sp.Raw:
		return s.store.beforeRaw(ctx, c.WorkspaceID, c.ID, from, sp.Since, limit)
	default:
		return s.store.before(ctx, c.WorkspaceID, c.ID, from, sp.Since, limit)
	}
}

// CursorOf is the Span.Before of what stands before m in its chat.
func CursorOf(m Message) string { return keyOf(m).cursor() }

func keyOf(m Message) key { return key{m.Order, m.ID} }

// pageOf is a page that begins at older; an empty one leaves the reader where it was, at newer.
func pageOf(list []Message, older, newer string) MessagePage {
	p := MessagePage{Messages: list, Older: older, Newer: newer}
	if len(list) > 0 {
		p.Newer = keyOf(list[len(list)-1]).cursor()
	}
	return p
}

// GetMessage returns one message with its raw form. ErrMessageNotFound.
func (s *Service) GetMessage(ctx context.Context, workspaceID, id string) (Message, error) {
	return s.store.message(ctx, workspaceID, id)
}

// GetByNetworkID returns the message that a network knows by that id, with its raw form, for networks that ask for it
// again and for replies. Where several have the id, ours comes first. ErrMessageNotFound.
func (s *Service) GetByNetworkID(ctx context.Context, workspaceID, deviceID, networkID string) (Message, error) {
	list, err := s.store.byNetworkID(ctx, workspaceID, deviceID, networkID)
	if err == nil && len(list) == 0 {
		err = ErrMessageNotFound
	}
	if err != nil {
		return Message{}, err
	}
	return list[0], nil
}
