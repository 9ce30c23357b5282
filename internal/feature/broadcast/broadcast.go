// Package broadcast owns paced campaigns: one message to many contacts, with a ledger that says of each what became of it.
package broadcast

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/governor"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/outbox"
	"github.com/pingcrm/pingcrm/internal/template"
)

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "broadcast_not_found", fault.Text{
		ID: "Siaran tidak ditemukan.", EN: "There is no such broadcast.",
	})
	ErrState = fault.New(fault.Conflict, "broadcast_state", fault.Text{
		ID: "Siaran berstatus %s, jadi ini tidak bisa dilakukan.", EN: "The broadcast is %s, so this can't be done.",
	})
	ErrName = fault.New(fault.Invalid, "broadcast_name", fault.Text{
		ID: "Nama siaran harus 1 sampai 200 karakter.", EN: "A broadcast's name must have 1 to 200 characters.",
	}).WithField("name")
	ErrDevices = fault.New(fault.Invalid, "broadcast_devices", fault.Text{
		ID: "Pilih 1 sampai 500 perangkat yang berbeda, semuanya dari kanal yang sama.",
		EN: "Choose 1 to 500 different devices, all of one channel.",
	}).WithField("device_ids")
	ErrContent = fault.New(fault.Invalid, "broadcast_content", fault.Text{
		ID: "Isi pesan kosong: tulis teks, pilih template, atau sertakan berkas.", EN: "The message is empty: write a text, choose a template, or add a file.",
	}).WithField("text")
	ErrVariants = fault.New(fault.Invalid, "broadcast_variants", fault.Text{
		ID: "Paling banyak lima varian, dan tidak bersama text, template_id atau media.", EN: "At most five variants, and not together with text, template_id or media.",
	}).WithField("variants")
	ErrAudience = fault.New(fault.Invalid, "broadcast_audience", fault.Text{
		ID: "Pilih penerima: semua kontak, segmen, tag, kontak, nomor, berkas atau anggota grup.",
		EN: "Choose who gets it: all contacts, a segment, tags, contacts, numbers, a file or a group's members.",
	}).WithField("audience")
	ErrSegment = fault.New(fault.NotFound, "segment_not_found", fault.Text{
		ID: "Segmen %s tidak ditemukan.", EN: "There is no segment %s.",
	}).WithField("audience.segment")
	ErrTag = fault.New(fault.NotFound, "tag_not_found", fault.Text{
		ID: "Tag %s tidak ditemukan.", EN: "There is no tag %s.",
	}).WithField("audience.tag")
	ErrPace = fault.New(fault.Invalid, "pacing_none", fault.Text{
		ID: "Tanpa jeda hanya boleh di jaringan simulasi. Di jaringan asli nomor kamu bisa diblokir.",
		EN: "No pacing is allowed on a simulated network only. On the real one it would get the number banned.",
	}).WithField("pacing.preset")
	ErrStartAt = fault.New(fault.Invalid, "start_at_far", fault.Text{
		ID: "Waktu mulai paling lama satu tahun lagi.", EN: "The start can be at most a year ahead.",
	}).WithField("start_at")
	ErrEmpty = fault.New(fault.Conflict, "broadcast_empty", fault.Text{
		ID: "Tidak ada penerima yang bisa dikirimi. Lihat alasannya di counts.", EN: "There is nobody to send to. The counts say why.",
	})
)

// State is how far a broadcast is.
type State string

// The states.
const (
	Draft     State = "draft"     // nothing was counted yet
	Planning  State = "planning"  // recipients are being found and counted
	Ready     State = "ready"     // counted; it waits for a start
	Scheduled State = "scheduled" // it starts by itself at StartAt
	Running   State = "running"
	Paused    State = "paused"
	Done      State = "done" // everybody got it, or never will
	Cancelled State = "cancelled"
	Failed    State = "failed" // Why says what for
)

// Broadcast is one message to many contacts.
type Broadcast struct {
	ID          string
	WorkspaceID string
	Name        string
	State       State
	Why         string // a stable word, with Failed and Paused
	Devices     []Sender
	Content     Content
	Audience    Audience
	Pacing      Pacing
	StartAt     int64  // unix ms; 0 is when it is started
	Repeat      string // an RRULE, of the one of a series that is to come
	Clock       int    // with Repeat: the time of the day, in seconds
	SeriesID    string // the first one of its series; "" for what stands alone
	SeriesN     int    // its place in the series, from 1
	Window      *Window
	TakeOver    bool // what a device can't send any more goes through the others
	Wanted      bool // it starts as soon as it is planned
	Reasons     map[string]int
	Planned     int    // how many of the audience were looked at
	Cursor      string // where planning goes on
	By          chat.Author
	CreatedAt   int64 // unix ms, like all below; 0 is not yet
	UpdatedAt   int64
	StartedAt   int64
	EndedAt     int64
}

// Sender is a device of a broadcast. Its place in the list is its slot, which stays.
type Sender struct {
	DeviceID string `json:"device_id"`
	Weight   int    `json:"weight"` // of those who have no device yet, it gets this share
}

// Pacing is how fast a broadcast may go. The governor of the device may be slower.
type Pacing struct {
	Preset    Preset `json:"preset,omitempty"`
	PerMinute int    `json:"per_minute,omitempty"` // of each device; 0 is the preset's
	PerHour   int    `json:"per_hour,omitempty"`
	PerDay    int    `json:"per_day,omitempty"`
}

// Preset is a pace under a name.
type Preset string

// The presets. Without one, a broadcast goes at the device's own pace.
const (
	Cautious Preset = "cautious"
	Normal   Preset = "normal"
	Bold     Preset = "bold"
	None     Preset = "none" // on a simulated network only
)

// Devices knows a workspace's devices.
type Devices interface {
	// Get returns one; device.ErrNotFound.
	Get(ctx context.Context, workspaceID, deviceID string) (device.Device, error)
	List(ctx context.Context, workspaceID string) ([]device.Device, error)
}

// Files makes messages of uploaded files.
type Files interface {
	Content(ctx context.Context, workspaceID, fileID string, kind device.Kind, text string) (device.Content, error)
	Open(ctx context.Context, workspaceID, fileID string) (io.ReadSeekCloser, error)
	// Fetch keeps what is at an address and returns the file's id.
	Fetch(ctx context.Context, workspaceID, address string) (fileID string, err error)
}

// Poster puts messages into chats and the outbox.
type Poster interface {
	Post(ctx context.Context, p chat.Post) (chat.Message, outbox.Send, error)
	Retry(ctx context.Context, workspaceID, messageID string) (chat.Message, error)
}

// Groups tells who is in a group.
type Groups interface {
	Members(ctx context.Context, workspaceID, deviceID, group string) ([]device.Peer, error)
}

// Numbers knows which numbers a network knows.
type Numbers interface {
	// Known is what is remembered of numbers, without asking.
	Known(ctx context.Context, workspaceID, channel string, phones []string) (map[string]bool, error)
	// Ask asks the device's network within its budget; a fault with RetryAfter when that is spent.
	Ask(ctx context.Context, workspaceID, deviceID string, phones []string) (map[string]bool, error)
}

// Config is what New needs; Log and Now have defaults.
type Config struct {
	DB        *db.DB
	Log       *slog.Logger
	Now       func() time.Time
	Contacts  *contact.Service
	Templates *template.Service
	Devices   Devices
	Outbox    *outbox.Service
	Chats     Poster
	Files     Files
	Groups    Groups
	Numbers   Numbers
	// Zone is where a workspace's days begin.
	Zone func(ctx context.Context, workspaceID string) (*time.Location, error)
	// Node names this process among those that share the database.
	Node string
	// Simulated says that no message leaves this machine, so that a pace of none is allowed.
	Simulated bool
	// Outlook is how a device may send a broadcast of a preset; nil looks at the preset alone.
	Outlook func(ctx context.Context, d device.Device, preset pace.Preset) (governor.Outlook, error)
	// Progress is told how far a broadcast is, at most once a second; nil tells nobody. It must not wait.
	Progress func(workspaceID string, v View)
}

// Changed is told of each deed and each step of a broadcast by itself.
type Changed struct {
	Broadcast Broadcast
	Deed      Deed
	Counts    Counts
}

// Deed is what was done to a broadcast, or what it did by itself.
type Deed string

// The deeds.
const (
	DeedMade      Deed = "made"
	DeedEdited    Deed = "changed"
	DeedPlanned   Deed = "planned"
	DeedStarted   Deed = "started"
	DeedPaused    Deed = "paused"
	DeedResumed   Deed = "resumed"
	DeedCancelled Deed = "cancelled"
	DeedDone      Deed = "done"
	DeedFailed    Deed = "failed"
	DeedRetried   Deed = "retried"
	DeedDeleted   Deed = "deleted"
)

// Service is the broadcasts of all workspaces.
type Service struct {
	// Changed fires in the transaction of each deed and each step.
	Changed hook.Tx[Changed]

	Config
	store store
	feed  *feeder
}

// New makes the service. Nothing is planned or sent without Run.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{Config: c, store: store{c.DB}}
	s.feed = newFeeder(s)
	return s
}

func (s *Service) now() int64 { return s.Now().UnixMilli() }
