package chat

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/contact"
)

// Filter narrows a list of chats; the zero value is all, newest first.
type Filter struct {
	DeviceID  string
	ContactID string
	Kind      contact.FilterKind // people, groups or both
	Turn      Turn               // "" is both
	Unread    Unread
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
	Since  int64 // only messages newer than this (Order), unix ms
	Limit  int   // 1..200; 0 is 50
}

// MessagePage is a stretch of a chat in time order. Older and Newer are cursors to what lies beyond its ends; Older is
// "" when nothing is older.
type MessagePage struct {
	Messages []Message
	Older    string
	Newer    string
}

// List returns chats by their last message, newest first. Chats without a message are not listed.
func (s *Service) List(ctx context.Context, workspaceID string, f Filter) (Page, error) {
	return s.list(ctx, workspaceID, f)
}

// Get returns one chat with its contact. ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID, id string) (Item, error) {
	return s.getItem(ctx, workspaceID, id)
}

// Find returns the chat of a contact on a device. ErrNotFound.
func (s *Service) Find(ctx context.Context, workspaceID, deviceID, contactID string) (Item, error) {
	return s.find(ctx, workspaceID, deviceID, contactID)
}

// Messages returns a stretch of a chat. Messages that only change others (reactions, edits, revokes) are not in it:
// their effect is on the ones they change. ErrNotFound.
func (s *Service) Messages(ctx context.Context, workspaceID, chatID string, sp Span) (MessagePage, error) {
	return s.messages(ctx, workspaceID, chatID, sp)
}

// GetMessage returns one message with its raw form. ErrMessageNotFound.
func (s *Service) GetMessage(ctx context.Context, workspaceID, id string) (Message, error) {
	return s.getMessage(ctx, workspaceID, id)
}

// GetByNetworkID returns the message that a network knows by that id, with its raw form, for networks that ask for it
// again and for replies. Where several have the id, ours comes first. ErrMessageNotFound.
func (s *Service) GetByNetworkID(ctx context.Context, workspaceID, deviceID, networkID string) (Message, error) {
	return s.getByNetworkID(ctx, workspaceID, deviceID, networkID)
}

// MarkRead sets the unread count to 0 and sends read receipts for what was unread. Twice is fine.
func (s *Service) MarkRead(ctx context.Context, workspaceID, chatID string) (Chat, error) {
	return s.markRead(ctx, workspaceID, chatID)
}
