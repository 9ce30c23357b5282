package device

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// AddressKind says what an address is.
type AddressKind string

// The kinds of addresses. A phone number is digits with the country code and no plus (6281290641111).
const (
	AddressPhone AddressKind = "phone"
	AddressLID   AddressKind = "lid"   // WhatsApp's own number for a person, without the server part
	AddressGroup AddressKind = "group" // a group's id, without the server part
)

// Address is one way in which a channel names a person or a group.
type Address struct {
	Kind  AddressKind `json:"kind"`
	Value string      `json:"value"`
}

// Peer is a person or a group as a channel sees it: every address that is known to be the same one, and the name
// that it calls itself by.
type Peer struct {
	Group     bool      `json:"group,omitempty"`
	Addresses []Address `json:"addresses"`
	Name      string    `json:"name,omitempty"`
}

// Address returns the peer's address of a kind, or "".
func (p Peer) Address(kind AddressKind) string {
	for _, a := range p.Addresses {
		if a.Kind == kind {
			return a.Value
		}
	}
	return ""
}

// Key names the peer for keys of tables: its group, LID or phone, the first that is known.
func (p Peer) Key() string {
	for _, kind := range []AddressKind{AddressGroup, AddressLID, AddressPhone} {
		if v := p.Address(kind); v != "" {
			return string(kind) + ":" + v
		}
	}
	if len(p.Addresses) > 0 {
		return string(p.Addresses[0].Kind) + ":" + p.Addresses[0].Value
	}
	return ""
}

// Origin says how a message reached us.
type Origin string

// The origins. Rules answer live messages and offline ones that are young enough; history is only shown.
const (
	OriginLive    Origin = "live"
	OriginOffline Origin = "offline" // waited at the network while we were away
	OriginHistory Origin = "history"
)

// Inbound is a message that a device saw: from a person, or from the account's own phone (FromMe).
type Inbound struct {
	NetworkID string
	Chat      Peer // the person or group whose chat it belongs to
	Sender    Peer // who wrote it; empty Addresses with FromMe
	FromMe    bool
	At        int64 // unix ms, the network's clock
	Origin    Origin
	Asked     bool // with OriginHistory: somebody asked for it, so that it is no news however young it is
	Again     bool // it could not be read at first: each of those asked for it sends a copy, under the address that they know
	ByPhone   bool // with Again: the copy is of the account's own phone, whose word is good for what a member of a group wrote
	Content   Content
	Raw       []byte // the channel's own form of the message, for details and later conversion; may be nil
}

// ReceiptKind is how far a message of ours got, or that we read theirs on another device.
type ReceiptKind string

// The kinds of receipts.
const (
	ReceiptDelivered ReceiptKind = "delivered"
	ReceiptRead      ReceiptKind = "read"
	ReceiptPlayed    ReceiptKind = "played"
	ReceiptReadSelf  ReceiptKind = "read_self" // the account's own phone read the chat
)

// Receipt tells what happened to messages of one chat.
type Receipt struct {
	Kind       ReceiptKind
	Chat       Peer
	Sender     Peer // whose receipt it is; a member with groups
	NetworkIDs []string
	At         int64
}

// Outgoing is one message to put on the wire.
type Outgoing struct {
	NetworkID string // given in advance; sending it again sends the same message
	To        Peer
	Content   Content
	Typing    time.Duration // how long the other side sees typing before it; 0 is not at all
	// Claim makes the message the caller's to send; nil: it is. See Claimer. An error is ErrNotOurs or one of the database.
	Claim func(ctx context.Context) error
}

// Sent is the network's word that it has taken a message.
type Sent struct {
	At  int64  // the network's time, unix ms
	Raw []byte // the channel's own form, as with Inbound.Raw
	// Learned carries addresses of the recipient that became known by sending (a LID for a phone number).
	Learned []Address
}

// Blobs fetches and stores the bytes that Content.Media.Blob names.
type Blobs interface {
	Get(ctx context.Context, workspaceID, key string) ([]byte, error)
	// Open is Get of what need not fit into memory. The caller closes it.
	Open(ctx context.Context, workspaceID, key string) (io.ReadSeekCloser, error)
	Put(ctx context.Context, workspaceID string, data []byte) (key string, err error)
}

// SendClass says what a failed send means for what comes next.
type SendClass string

// The classes of failed sends.
const (
	SendRetry    SendClass = "retry"     // try this one again later; nobody else is affected
	SendGiveUp   SendClass = "give_up"   // this one will never go (no such number, too large)
	SendHoldCold SendClass = "hold_cold" // no first messages to strangers until Until; chats that exist go on
	SendHold     SendClass = "hold"      // nothing goes on this device until Until, or until it is connected again
)

// SendError is what a Session's Send fails with. Code is stable and shown (the network's own number or word).
type SendError struct {
	Class SendClass
	Code  string
	Until int64 // unix ms; 0 is unknown
	// Unsent says that nothing of it can have reached anybody: it may go another way without coming twice.
	Unsent bool
	Err    error
}

// Error says the class, the code and the cause.
func (e *SendError) Error() string {
	s := "send: " + string(e.Class) + " " + e.Code
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// AsSendError finds the SendError in err; an error that is none is a retry with code "unknown".
func AsSendError(err error) *SendError {
	var se *SendError
	if errors.As(err, &se) {
		return se
	}
	return &SendError{Class: SendRetry, Code: "unknown", Err: err}
}

// Sink is what a session tells us. Received and Receipts return nil only when what they were given is durable; the
// session acknowledges to its network after that and never before, and may tell the same thing again after a crash:
// a second time changes nothing.
type Sink interface {
	Received(ctx context.Context, d Device, m Inbound) error
	Receipts(ctx context.Context, d Device, r Receipt) error
	// State reports what the session is; the last word counts. StateRestricted lasts until its end, over
	// reconnects too; StateOnline with WhyLifted ends it earlier.
	State(ctx context.Context, d Device, s State)
	// Linked reports the account that a device was linked to, before the network is told that it succeeded;
	// an error refuses the link (another device of the workspace has the number already).
	Linked(ctx context.Context, d Device, a Account) error
	// Typing reports that somebody types: the contact, or (fromMe) the account's own phone.
	Typing(ctx context.Context, d Device, t Typing)
	// Same reports that two addresses are one person, learnt outside a message.
	Same(ctx context.Context, d Device, p Peer) error
}

// Fencer is a Sink that knows who may act for a device. A driver that keeps state of its own calls Fence inside the
// transactions that move that state on, so that a node that was asleep while another took over changes nothing.
type Fencer interface {
	// Fence is nil as long as this node may act for d.
	Fence(ctx context.Context, d Device) error
}

// Typing is a hint that passes; it is never stored.
type Typing struct {
	Chat   Peer
	FromMe bool
	On     bool
}

// Account is what a device is linked to.
type Account struct {
	Number  string // digits with country code
	Address string // the channel's own name of this very device, with which the driver finds its keys again
	LID     string
	Name    string // push name
}

// Driver speaks to one channel. It holds no state that is not in its own tables or its sessions.
type Driver interface {
	// Channel is the driver's name in devices.channel.
	Channel() string
	// Open prepares the session of a linked device; it must not block on the network. ErrNotLinked when the
	// driver has no keys for it (any more).
	Open(ctx context.Context, d Device, sink Sink) (Session, error)
	// Link runs one attempt to link d until it is done or fails, telling each step in order. The last step is
	// StepDone or StepFailed, and the error is nil in both cases; an error is a fault of ours. When ctx ends the
	// attempt ends without a trace. After StepDone the device can be opened.
	Link(ctx context.Context, d Device, req LinkRequest, sink Sink, tell func(Step)) error
	// Forget removes everything the driver keeps of d. Twice is fine.
	Forget(ctx context.Context, d Device) error
}

// Session is one linked device at work.
type Session interface {
	// Run connects and stays until ctx ends (nil) or the connection is over; it may be called again after that.
	// It reports states to the sink. The error says why it ended: an *EndError, ErrReopen, or any other to be tried again.
	Run(ctx context.Context) error
	// Send puts one message on the wire and returns when the network has taken it; a failure is a *SendError.
	// Sending the same NetworkID again is the same message to the receiver. Only called while Run runs, one at a time.
	Send(ctx context.Context, m Outgoing) (Sent, error)
	// Unlink tells the network that this device is no more, as far as it can be reached.
	Unlink(ctx context.Context) error
}

// Typer is a session that can show typing to a chat.
type Typer interface {
	Typing(ctx context.Context, to Peer, on bool) error
}

// Reader is a session that can send read receipts.
type Reader interface {
	MarkRead(ctx context.Context, chat, sender Peer, networkIDs []string) error
}

// Claimer is a session that moves its own keys on in a transaction before anything of a message can reach anybody, and
// calls Outgoing.Claim in it, which spares the caller a transaction before Send. Claim may be called again when that
// transaction is run again; when it fails, so does the transaction, nothing is sent, and Send's error wraps Claim's.
type Claimer interface {
	// Claims reports whether Send will do so for what goes to a peer.
	Claims(to Peer) bool
}

// ErrNotOurs means that a message is no longer the caller's to send: it was taken back, or another node has the device.
var ErrNotOurs = errors.New("the message is no longer this session's to send")

// Keeper is a session that has to be able to send a message again to who could not read it, and keeps it in memory until
// somebody else does. Kept says that Sent.Raw of a message that Send sent is stored where the driver finds it; an unknown
// one changes nothing.
type Keeper interface {
	Kept(networkID string)
}

// Downloader is a session that can fetch the bytes of media it received. Size-bounded, hashes checked.
type Downloader interface {
	Download(ctx context.Context, m Media) ([]byte, error)
}

// FileDownloader is a Downloader that need not have the bytes in memory. to is empty before and holds the file after; on
// an error its content is of no use.
type FileDownloader interface {
	DownloadTo(ctx context.Context, m Media, to *os.File) error
}

// NetworkIDer makes message ids in the channel's own form; a driver without it gets UUIDs.
type NetworkIDer interface {
	NewNetworkID() string
}

// EndError ends a session for a reason that trying again at once does not mend.
type EndError struct {
	State StateCode // StateLoggedOut, StateBanned, StateOffline
	Why   string
	Until time.Time // zero is unknown
}

// Error says the state and why.
func (e *EndError) Error() string { return "session ended: " + string(e.State) + ": " + e.Why }

// ErrReopen ends a session that wants to be opened anew at once: nothing failed.
var ErrReopen = errors.New("session begins anew")

// ErrNotLinked means that the driver has no keys for the device.
var ErrNotLinked = errors.New("device is not linked")
