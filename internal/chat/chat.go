// Package chat owns the threads with contacts and their messages, whose turn it is, and the order in which answers are sought.
package chat

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "chat_not_found", fault.Text{
		ID: "Percakapan tidak ditemukan.", EN: "There is no such chat.",
	})
	ErrMessageNotFound = fault.New(fault.NotFound, "message_not_found", fault.Text{
		ID: "Pesan tidak ditemukan.", EN: "There is no such message.",
	})
	ErrTurnMoved = fault.New(fault.Conflict, "turn_moved", fault.Text{
		ID: "Giliran percakapan sudah berpindah. Muat ulang lalu coba lagi.",
		EN: "The turn of this chat has moved. Load it again and retry.",
	})
	ErrRecipient = fault.New(fault.Invalid, "recipient_missing", fault.Text{
		ID: "Penerima belum ditentukan.", EN: "Say who the message is for.",
	})
	ErrContent = fault.New(fault.Invalid, "content_invalid", fault.Text{
		ID: "Isi pesan kosong, terlalu panjang (paling banyak 65.536 byte) atau tidak dikenal.",
		EN: "The message is empty, too long (65,536 bytes at most) or of an unknown kind.",
	})
	ErrNotLinked = fault.New(fault.Conflict, "device_not_linked", fault.Text{
		ID: "Perangkat belum tertaut. Tautkan dulu lalu coba lagi.",
		EN: "The device is not linked. Link it first, then try again.",
	})
)

// Turn says who answers.
type Turn string

// The turns.
const (
	TurnBot   Turn = "bot"
	TurnHuman Turn = "human"
)

// Chat is the thread with one contact on one device.
type Chat struct {
	ID          string
	WorkspaceID string
	DeviceID    string
	ContactID   string
	Group       bool
	Turn        Turn
	TurnVersion int64 // grows with every change of turn; see Service.SetTurn
	TurnSince   int64 // unix ms: when the turn moved, or when a person last answered
	Unread      int
	Last        Last  // what lists show
	InboundAt   int64 // newest message of theirs, unix ms; 0: they never wrote
	FirstAt     int64 // oldest message of theirs that we could read, unix ms; 0: none
	CreatedAt   int64 // unix ms
	Expires     int   // after how many seconds what is written disappears; 0 is never

	Archived     bool
	Pinned       bool
	MarkedUnread bool     // somebody wants to see it as unread, whatever Unread says
	MutedUntil   int64    // unix ms; 0 is not muted, device.MuteForever without end
	ClearedAt    int64    // unix ms: older messages were deleted and don't come back with history; 0 is never
	Labels       []string // ids of labels

	AssigneeID    string // member who answers; "" is nobody
	TeamID        string // team that answers; "" is none
	AssignVersion int64  // grows with every change of the two; see Service.Assign
	Status        Status
	StatusAt      int64 // unix ms: when the status moved; 0 is never
	WakeAt        int64 // with StatusSnoozed: when it opens by itself, unix ms
	WaitingSince  int64 // the oldest message of theirs that nothing of ours came after, unix ms; 0: ours is the last word

	mergedInto string // the chat that this one became part of, or ""
}

// Last is the newest message of a chat as lists show it: but for broadcasts, which are shown only where nothing else is.
type Last struct {
	MessageID string
	Kind      device.Kind
	Preview   string
	FromMe    bool
	At        int64  // unix ms
	By        Author // with FromMe; the zero Author is the account's own phone, long ago
}

// Author says who wrote a message of ours.
type Author struct {
	Kind AuthorKind
	ID   string // of the member, rule, key, broadcast …; "" where there is none
}

// AuthorKind is the kind of an Author.
type AuthorKind string

// The kinds of authors.
const (
	ByContact   AuthorKind = ""       // theirs
	ByMember    AuthorKind = "member" // typed in Ping!
	ByPhone     AuthorKind = "phone"  // typed on the account's own phone
	ByAPI       AuthorKind = "api"
	ByRule      AuthorKind = "rule"
	ByAssistant AuthorKind = "assistant"
	ByBroadcast AuthorKind = "broadcast"
	ByFollowUp  AuthorKind = "follow_up"
	ByPlugin    AuthorKind = "plugin"
	ByOptOut    AuthorKind = "opt_out" // what somebody who opts out or in is answered
)

// Message is one entry of a chat.
type Message struct {
	ID          string
	WorkspaceID string
	ChatID      string
	DeviceID    string
	SenderID    string // contact who wrote it, "" for ours
	FromMe      bool
	NetworkID   string
	Content     device.Content
	At          int64 // the network's time, unix ms
	Order       int64 // where it stands in the chat, unix ms; At made finer for networks that count in seconds
	CreatedAt   int64 // unix ms
	Origin      device.Origin
	By          Author
	// State is how far a message of ours got: its send's, or what receipts said of one typed on the phone; for
	// theirs "received".
	State  outbox.State
	Code   string // of its send
	Until  int64  // of its send while it is held: until when, unix ms
	SendID string // "" for theirs and for those typed on the phone
	// DeliveredAt and ReadAt are when a message of ours got there, unix ms; 0 is not yet, or not known.
	DeliveredAt int64
	ReadAt      int64
	EditedAt    int64 // unix ms, 0 is never
	RevokedAt   int64 // unix ms, 0 is never
	Reactions   []Reaction
	Starred     bool
	DeletedAt   int64    // unix ms: deleted for this account; nothing is left of it but that it was. 0 is not
	Labels      []string // ids of labels
	Raw         []byte   // the channel's own form; only Get… methods and Span.Raw fill it
}

// StateReceived is the state of messages of others.
const StateReceived outbox.State = "received"

// Reaction is somebody's emoji on a message.
type Reaction struct {
	SenderID string `json:"sender_id"` // contact, "" is the account itself
	Emoji    string `json:"emoji"`
	At       int64  `json:"at"` // unix ms
}

// Arrived is a message that came in, or that was typed on the account's own phone (Message.FromMe).
type Arrived struct {
	Device  device.Device
	Chat    Chat
	Contact contact.Contact // whose chat it is: the person or the group
	Sender  contact.Contact // who wrote it; empty with FromMe
	Peer    device.Peer     // what the network called the contact this time
	Message Message
	First   bool // nobody of this contact had ever written on any device before
	Origin  device.Origin
}

// Event passes by and is kept nowhere: that a contact types in a chat, or has stopped. What is new otherwise is told by the
// hooks, and read from the database.
type Event struct {
	WorkspaceID string    `json:"-"`
	Type        EventType `json:"type"`
	DeviceID    string    `json:"device_id"`
	ChatID      string    `json:"chat_id"`
	State       string    `json:"state"` // TypingOn or TypingOff
}

// EventType is the kind of an Event.
type EventType string

// EventTyping is the one type of events.
const EventTyping EventType = "chat.typing"

// The states of EventTyping.
const (
	TypingOn  = "typing"
	TypingOff = "stopped"
)

// Devices is what chat needs to know about devices.
type Devices interface {
	// Get returns a device of the workspace, or a fault of kind not_found.
	Get(ctx context.Context, workspaceID, deviceID string) (device.Device, error)
}

// Config is what a Service works with beside the nouns below it.
type Config struct {
	Devices Devices
	// Act shows an activity of a device's account to somebody; nil shows none.
	Act func(ctx context.Context, d device.Device, to device.Peer, a device.Activity) error
	// Assignable returns a fault when a workspace has no such member or team (one of the two ids is ""); nil: any
	// will do.
	Assignable func(ctx context.Context, workspaceID, memberID, teamID string) error
	// TurnIdle is how long after a person's last answer a chat goes back to the bot; nil or 0 is never.
	TurnIdle func(ctx context.Context, workspaceID string) (time.Duration, error)
	// Live is called with what passes by; it must not block. May be nil.
	Live func(Event)
	// Seen is called with who looks at a chat or types in it; it must not block. May be nil.
	Seen func(Presence)
	// Files makes a message's content of an uploaded file; nil: the API sends texts only.
	Files func(ctx context.Context, workspaceID, fileID string, kind device.Kind, text string) (device.Content, error)
	// Fetch keeps the file at an address that somebody gave and returns its id; nil: none is fetched.
	Fetch func(ctx context.Context, workspaceID, url string) (fileID string, err error)
	// Preview is what the page of the first address in a text says of itself, nil when it says nothing; may be nil.
	Preview func(ctx context.Context, text string) *device.Link
	// Download fetches the bytes of media that a device received into a file; nil: what is not in Store is gone.
	Download func(ctx context.Context, d device.Device, m device.Media, to *os.File) error
	// Store keeps what Download brings; nil: messages' files are not served.
	Store FileStore
	// Answerers are asked in this order, see Answerer.
	Answerers []Answerer
	// Now tells the time; nil is time.Now.
	Now func() time.Time
	Log *slog.Logger // nil discards
}

// Service is the chats of all workspaces.
type Service struct {
	// Arrived fires in the transaction that stores an arriving message, once per message, before an answer is
	// sought. It does not fire for a message that was stored before.
	Arrived hook.Tx[Arrived]
	// Unreadable fires in the transaction that keeps a place for a message that can't be read yet. When it can, Arrived
	// fires with the same Message.ID.
	Unreadable hook.Tx[Arrived]
	// Called fires in the transaction that notes a call in its chat.
	Called hook.Tx[Arrived]
	// Happened fires in the transaction that notes in a group's chat what happened to it, and again without the line when
	// the same is told again.
	Happened hook.Tx[Happened]
	// Posted fires in the transaction that stores a message of ours made by Post or by an answer.
	Posted hook.Tx[Posted]
	// TurnMoved fires in the transaction that moves a turn.
	TurnMoved hook.Tx[Chat]
	// Altered fires in the transaction in which a message is edited, revoked or reacted to.
	Altered hook.Tx[Altered]
	// Cleared fires in the transaction after which less of a chat is unread, mostly nothing.
	Cleared hook.Tx[Chat]
	// MarkMade fires in the transaction in which a chat is archived, pinned, muted, marked unread, read as a whole,
	// cleared, deleted or labelled, a message starred, deleted for this account or labelled, or a label made, changed or
	// deleted: here, on the phone or on another device of the account. What is so already is not told again.
	MarkMade hook.Tx[MarkMade]
	// Assigned fires in the transaction in which a chat gets another assignee or team.
	Assigned hook.Tx[Assigned]
	// Erasing fires in the transaction in which a chat is erased with its contact, before it is.
	Erasing hook.Tx[Erasing]
	// Joined fires in the transaction in which two chats become one, because their contacts did.
	Joined hook.Tx[Joined]
	// StatusMoved fires in the transaction in which a chat is opened, snoozed or resolved.
	StatusMoved hook.Tx[StatusMoved]
	// MarkRefused fires in the transaction in which a mark that was made here is given up: the network did not take it.
	MarkRefused hook.Tx[MarkRefused]
	// Played fires in the transaction in which a sound was listened to: theirs by us, or ours by the contact of a chat.
	Played hook.Tx[Played]
	// Typed fires in a transaction of its own when a contact begins or stops to type on a device that tells of it.
	Typed hook.Tx[Typed]
	// PhoneState fires in the transaction in which a message that was typed on the account's own phone gets further; for
	// what was sent from here, outbox.Service.Changed does.
	PhoneState hook.Tx[PhoneState]

	db       *db.DB
	store    store
	contacts *contact.Service
	outbox   *outbox.Service
	conf     Config
	log      *slog.Logger
	fetches  singleflight.Group
	courier  *courier
	sleepers *sleepers
	present  presences
	typing   typists
}

// Posted is a message of ours that was given to the outbox.
type Posted struct {
	Device  device.Device
	Chat    Chat
	Message Message
	Send    outbox.Send
}

// Altered is a message with what has just become of it.
type Altered struct {
	Chat   Chat
	Target Message // as it is now
	By     Message // the edit, revoke or reaction
}

// PhoneState is how far a message got that was typed on the account's own phone.
type PhoneState struct {
	Device    device.Device
	ChatID    string
	ContactID string // whose chat it is
	MessageID string
	NetworkID string
	State     outbox.State
	At        int64 // the network's time, unix ms; 0: not known
}

// New makes the service and lets it listen to contacts and outbox. Receive, Receipts, Same and Forget are for the device
// service's hooks of these names.
func New(d *db.DB, contacts *contact.Service, sends *outbox.Service, c Config) *Service {
	if c.TurnIdle == nil {
		c.TurnIdle = func(context.Context, string) (time.Duration, error) { return 0, nil }
	}
	if c.Live == nil {
		c.Live = func(Event) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{db: d, store: store{d}, contacts: contacts, outbox: sends, conf: c, log: c.Log}
	s.courier = &courier{s: s, rounds: map[string]*round{}}
	s.present.byChat = map[[2]string][]Presence{}
	s.sleepers = &sleepers{s: s, nudge: make(chan struct{}, 1)}
	contacts.Merged.Add("chat", s.join)
	contacts.Unmerged.Add("chat", s.part)
	sends.Taken.Add("chat", s.sendTaken)
	return s
}

// Module lists the package in the program.
func Module(s *Service) module.Module {
	return module.Module{Name: "chat", Upgrades: upgrades(), API: func(h huma.API) { api{s}.register(h); api{s}.registerHistory(h) }, Run: s.run}
}

// run does what the package does by itself until ctx ends.
func (s *Service) run(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return s.courier.serve(ctx) })
	all.Go(func() error { return s.sleepers.serve(ctx) })
	return all.Wait()
}

// Forget deletes the chats and messages of a device that is being deleted, and its sends.
func (s *Service) Forget(ctx context.Context, d device.Device) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := errors.Join(s.store.forget(ctx, d.WorkspaceID, d.ID), s.store.forgetMarks(ctx, d.WorkspaceID, d.ID)); err != nil {
			return err
		}
		return s.outbox.Forget(ctx, d)
	})
}

func (s *Service) now() int64 { return s.conf.Now().UnixMilli() }
