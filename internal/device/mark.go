package device

import (
	"context"
	"errors"
)

// MarkKind is what a Mark says.
type MarkKind string

// The kinds of marks. Of a chat: archived, pinned, muted, unread, deleted, cleared, labelled. Of a message: starred,
// deleted for this account alone, labelled. And the labels themselves.
const (
	MarkArchive       MarkKind = "archive"        // On
	MarkPin           MarkKind = "pin"            // On
	MarkMute          MarkKind = "mute"           // Until
	MarkUnread        MarkKind = "unread"         // On; without it the whole chat is read
	MarkDeleteChat    MarkKind = "delete_chat"    // what is not newer than Last
	MarkClearChat     MarkKind = "clear_chat"     // the same, but the chat stays; starred messages stay without On
	MarkStar          MarkKind = "star"           // On
	MarkDeleteMessage MarkKind = "delete_message" // for this account alone
	MarkLabel         MarkKind = "label"          // a label is made, changed or deleted
	MarkLabelChat     MarkKind = "label_chat"     // On, Label.ID
	MarkLabelMessage  MarkKind = "label_message"  // On, Label.ID
)

// OfMessage reports whether marks of this kind are about one message.
func (k MarkKind) OfMessage() bool {
	return k == MarkStar || k == MarkDeleteMessage || k == MarkLabelMessage
}

// MuteForever is Mark.Until of a chat that is muted without end.
const MuteForever = -1

// Mark is what the devices of an account agree on about a chat, a message or a label. Nobody else is told of it. It
// goes both ways: Marker tells the network, MarkSink hears of it. Of two marks of the same thing the one with the
// later At counts.
type Mark struct {
	Kind MarkKind
	At   int64 // when it was made, unix ms
	Chat Peer  // not with MarkLabel
	// The message, for the kinds that are about one. Sender is who wrote it, without addresses when it was the
	// account itself or when the network does not say.
	NetworkID string
	FromMe    bool
	Sender    Peer
	MessageAt int64 // unix ms; 0 is unknown

	On    bool
	Until int64 // unix ms; 0 is not muted, MuteForever without end
	Label Label
	// KeepMedia leaves the file of a message on the phone that deletes it; with MarkDeleteMessage only.
	KeepMedia bool
	// Last is how far a mark of a whole chat reaches: the chat's newest message that its maker knew. Its At alone may
	// be known.
	Last LastMessage
}

// LastMessage is the newest message of a chat.
type LastMessage struct {
	NetworkID string
	FromMe    bool
	Sender    Peer
	At        int64 // unix ms
}

// Label is a coloured label of an account, to be put on chats and messages. ID is the network's, at most 64 bytes;
// Color is the number of a colour in the channel's own palette.
type Label struct {
	ID      string
	Name    string
	Color   int
	Deleted bool
}

// Marker is a session that can tell the network of marks. It returns when the network has taken the mark; twice is
// fine. A *RefusedError has the network's own code.
type Marker interface {
	Mark(ctx context.Context, m Mark) error
}

// MarkSink is a Sink that is told of marks which the account's other devices have made, and of its own as they come
// back. Nil only when it is durable; the same mark may come again, and it may be older than what is known.
type MarkSink interface {
	Marked(ctx context.Context, d Device, m Mark) error
}

// Marking is a mark that a device of ours heard of.
type Marking struct {
	Device Device
	Mark   Mark
}

// Marked commits a mark; one that can't be taken in is logged and dropped.
func (k sink) Marked(ctx context.Context, d Device, m Mark) error {
	err := k.s.persist(ctx, func(ctx context.Context) error {
		d, err := k.holder(ctx, d)
		if err != nil {
			return err
		}
		return k.s.Marked.Fire(ctx, Marking{d, m})
	})
	if errors.Is(err, errPoison) {
		k.s.log.Error("drop a mark", "device", d.ID, "kind", string(m.Kind), "error", err)
		return nil
	}
	return err
}

var _ MarkSink = sink{}
