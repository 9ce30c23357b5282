// Package outbox owns the sends: durable intentions to put one message on the wire, and the runners that do it.
package outbox

import (
	"context"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "send_not_found", fault.Text{
		ID: "Pengiriman tidak ditemukan.", EN: "There is no such send.",
	})
	ErrUnderway = fault.New(fault.Conflict, "send_underway", fault.Text{
		ID: "Pesan sudah dikirim atau sedang dikirim, tidak bisa dibatalkan.",
		EN: "The message is on its way or already sent and can't be cancelled.",
	})
	ErrContent = fault.New(fault.Invalid, "content_invalid", fault.Text{
		ID: "Isi pesan kosong atau terlalu panjang (paling banyak 65.536 byte).",
		EN: "The message is empty or too long (65,536 bytes at most).",
	})
)

// Lane says how urgent a send is; a lower lane always goes first.
type Lane int

// The lanes.
const (
	LaneReply     Lane = 0 // to somebody who waits: members, rules, the assistant
	LaneNotify    Lane = 1 // asked for by a system, one by one: the REST API
	LaneFollowUp  Lane = 2
	LaneBroadcast Lane = 3
)

// String is the lane's word in the API and the logs.
func (l Lane) String() string {
	switch l {
	case LaneReply:
		return "reply"
	case LaneNotify:
		return "notify"
	case LaneFollowUp:
		return "follow_up"
	default:
		return "broadcast"
	}
}

// State is how far a send got.
type State string

// The states. queued → claimed → sent → delivered → read, never back along this line; a send that has to be tried
// again goes from claimed to queued. The last four are ends, except that a receipt proves a failed one delivered.
const (
	StateQueued    State = "queued"
	StateClaimed   State = "claimed" // a runner has it; it may be on the wire
	StateHeld      State = "held"    // waits until Until because of Why; becomes queued by itself
	StateSent      State = "sent"    // the network has taken it
	StateDelivered State = "delivered"
	StateRead      State = "read"
	StateFailed    State = "failed" // Code says why
	StateSkipped   State = "skipped"
	StateCancelled State = "cancelled"
)

// Send is one message on its way out.
type Send struct {
	ID          string
	WorkspaceID string
	DeviceID    string
	ChatID      string
	ContactID   string
	Lane        Lane
	State       State
	Code        string // of the last failure, or why it is held or skipped; stable, the network's own where it has one
	Why         string // the same for logs and details, in plain words
	Until       int64  // with StateHeld: when it becomes queued again, unix ms
	NotBefore   int64  // unix ms; 0 is at once
	Deadline    int64  // no new attempt after this, unix ms
	Attempt     int    // how often it was claimed
	NetworkID   string // given when it was enqueued, the same at every attempt
	To          device.Peer
	Content     device.Content
	Typing      time.Duration // shown as typing before it; whole milliseconds
	Cold        bool          // the person has never written to us
	Batch       Batch         // what it is one of many of
	WroteAt     int64         // when the person last wrote, as it was known when the send was made, unix ms; 0 is unknown
	Budget      Budget        // which of the governor's budgets it was taken from when it went
	SpentAt     int64         // when it went or failed, by our clock; 0 without Budget
	Epoch       int64         // of the lease under which it was claimed
	Raw         []byte        // the channel's own form, once sent; only Get… methods fill it

	CreatedAt   int64 // unix ms, like all below; 0 is not yet
	ClaimedAt   int64
	SentAt      int64
	DeliveredAt int64
	ReadAt      int64
}

// Draft is what Enqueue needs to know.
type Draft struct {
	ID        string // of the send; "" makes one
	Device    device.Device
	ChatID    string
	ContactID string
	Lane      Lane
	To        device.Peer
	Content   device.Content
	NotBefore int64 // unix ms; 0 is at once
	Typing    time.Duration
	Cold      bool
	WroteAt   int64 // when the person last wrote to this device, unix ms; 0 is unknown
	Batch     Batch
}

// Batch says what a send is one of many of, so that all of them can be held or taken back at once. The zero value is of
// none.
type Batch struct {
	ID   string // of the broadcast
	N    int64  // which of it; the batch's own business
	Pace string // how fast these may go, as a word of the governor's; "" is the device's own pace
}

// Change is one step of a send. Send is as it is after the step; Raw is not filled.
type Change struct {
	Send Send
	From State
}

// Taken is what a network said when it took a send.
type Taken struct {
	Device device.Device
	Send   Send
	Sent   device.Sent
}

// Verdict is a governor's answer about one candidate.
type Verdict struct {
	Action Action
	Until  int64  // unix ms: when to ask again; 0 is when something changes, or after a minute
	Code   string // stable, shown with a held send
	Why    string
	Budget Budget        // with Go
	Typing time.Duration // with Go: how long typing is shown first, where the send says nothing of it
}

// Budget is what a send counts against; the governor says which.
type Budget int

// The budgets.
const (
	BudgetNone Budget = 0 // it counts against none
	BudgetWarm Budget = 1
	BudgetCold Budget = 2
)

// Action is what becomes of a candidate.
type Action int

// The actions.
const (
	Go         Action = iota // send it now
	Wait                     // it stays queued; of its lane everything that is as cold as it waits until Until
	PutOff                   // it alone becomes held until Until
	Hold                     // it and every other cold send of the device become held until Until
	HoldDevice               // nothing goes out on this device until Until
)

// Governor decides whether and when the next send of a device may go. It is asked about each candidate, again when that
// was not claimed, and must answer from memory: the runner waits for it. What became of a send it hears by Changed.
type Governor interface {
	// Begin comes before the first Next of a runner and after each change of its device; past is what has gone so far.
	Begin(ctx context.Context, d device.Device, past Past) error
	Next(ctx context.Context, d device.Device, candidate Send) Verdict
	// End says that this node's runner has stopped: what is remembered of the device may be old when it begins again.
	End(deviceID string)
}

// Past reads what went (or failed) on a device and counted against a budget since then, the newest first, at most limit.
type Past func(ctx context.Context, since int64, limit int) ([]Went, error)

// Went is a send of the past.
type Went struct {
	At        int64 // unix ms, our clock
	Budget    Budget
	State     State
	Code      string
	Lane      Lane
	ChatID    string
	ContactID string
}
