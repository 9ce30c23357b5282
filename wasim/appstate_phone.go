package wasim

import (
	"context"
	"fmt"

	"github.com/pingcrm/pingcrm/wasim/internal/handset"
)

type (
	// Chat is what a phone's list of chats shows of one of them: archived, pinned, muted, unread, labelled.
	Chat = handset.Chat
	// Label is one of an owner's coloured labels.
	Label = handset.Label
	// Mark is something that an owner does to a chat, a message or a label, of which the companions are told and
	// nobody else.
	Mark = handset.Mark
)

// The kinds of Mark; each says what it is of and which fields it needs.
const (
	MarkArchive       = handset.MarkArchive
	MarkPin           = handset.MarkPin
	MarkMute          = handset.MarkMute
	MarkUnread        = handset.MarkUnread
	MarkStar          = handset.MarkStar
	MarkDeleteMessage = handset.MarkDeleteMessage
	MarkDeleteChat    = handset.MarkDeleteChat
	MarkClearChat     = handset.MarkClearChat
	MarkLabel         = handset.MarkLabel
	MarkLabelChat     = handset.MarkLabelChat
	MarkLabelMessage  = handset.MarkLabelMessage
)

// Faults of marks.
var (
	// ErrMark says that a mark is of no kind that there is, or lacks what its kind needs.
	ErrMark = handset.ErrMark
	// ErrNoMessage says that the phone has no such message.
	ErrNoMessage = handset.ErrNoMessage
)

// Mark archives, pins, mutes, stars, labels or deletes as the owner does it on the phone, and tells the companions.
// When it returns, the phone shows it.
func (p *Phone) Mark(ctx context.Context, m Mark) error { return p.hand.Mark(ctx, m) }

// Chat shows one chat (a number in any form or a JID); one that nothing is known of is empty.
func (p *Phone) Chat(chat string) (Chat, error) { return p.hand.ChatOf(chat) }

// Chats lists the chats that have messages, by the order of their first one.
func (p *Phone) Chats() []Chat { return p.hand.Chats() }

// AwaitChat waits until a chat fits match. When ctx ends first, the error carries the last stanzas of the network.
func (p *Phone) AwaitChat(ctx context.Context, chat string, match func(Chat) bool) (Chat, error) {
	c, err := p.hand.AwaitChat(ctx, chat, match)
	if err != nil {
		return c, fmt.Errorf("%w; the last stanzas:\n%s", err, p.net.log.Tail(awaitTail))
	}
	return c, nil
}

// Labels lists the owner's labels.
func (p *Phone) Labels() []Label { return p.hand.Labels() }

// AddressBook is whom the owner has saved on the phone, or a companion for them: names by number.
func (p *Phone) AddressBook() map[string]string { return p.hand.AddressBook() }

// RotateAppKey gives the account a new key for its settings, and the companions that key.
func (p *Phone) RotateAppKey(ctx context.Context) error { return p.hand.RotateAppKey(ctx) }
