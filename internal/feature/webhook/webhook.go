// Package webhook owns the calls to addresses that a workspace gave: written down with what they tell, tried until they arrive, logged.
package webhook

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "webhook_delivery_not_found", fault.Text{
		ID: "Pengiriman webhook tidak ditemukan.", EN: "There is no such webhook delivery.",
	})
	ErrWebhook = fault.New(fault.NotFound, "webhook_not_found", fault.Text{
		ID: "Webhook tidak ditemukan.", EN: "There is no such webhook.",
	})
	ErrURL = fault.New(fault.Invalid, "webhook_url_invalid", fault.Text{
		ID: "Alamat webhook tidak dapat dipakai. Gunakan alamat http(s) publik.", EN: "The webhook address can't be used. Give a public http(s) address.",
	}).WithField("url")
	ErrMany = fault.New(fault.Conflict, "webhooks_full", fault.Text{
		ID: "Sudah ada 50 webhook. Hapus satu dulu.", EN: "There are 50 webhooks already. Delete one first.",
	})
	ErrOff = fault.New(fault.Conflict, "webhook_off", fault.Text{
		ID: "Webhook ini sedang mati. Nyalakan dulu dengan enabled.", EN: "This webhook is switched off. Switch it on with enabled first.",
	})
	ErrReplaying = fault.New(fault.Conflict, "webhook_replaying", fault.Text{
		ID: "Pemutaran ulang sebelumnya belum selesai. Coba lagi sebentar lagi.", EN: "The replay before is not done yet. Try again in a moment.",
	})
	ErrNoURL = fault.New(fault.Conflict, "webhook_url_missing", fault.Text{
		ID: "Perangkat ini belum punya alamat webhook. Isi webhook_url dulu.",
		EN: "This device has no webhook address yet. Set webhook_url first.",
	})
)

// State is how far a delivery got.
type State string

// The states of a delivery.
const (
	Pending   State = "pending"   // will be tried (again) at NextAt
	Delivered State = "delivered" // answered with 2xx
	Failed    State = "failed"    // given up: a day has passed, or the receiver said 410
)

// Delivery is one event on its way to one address.
type Delivery struct {
	ID          string
	WorkspaceID string
	DeviceID    string // whose own webhook it is for; "" with WebhookID
	WebhookID   string // the workspace's webhook that it is for
	EventID     string // the event of the log that it tells; "" for a device's own webhook and for tests
	Seq         int64  // of that event
	Event       string
	Body        []byte // the JSON that is posted, the same bytes at every attempt
	State       State
	Attempts    int
	NextAt      int64 // unix ms
	Status      int   // of the last answer; 0: there was none
	Answer      string
	CreatedAt   int64 // unix ms
	EndedAt     int64 // unix ms; 0 while pending

	until int64 // unix ms: the claim under which this copy may be tried
}

// Config is what the service works with.
type Config struct {
	DB      *db.DB
	Log     *slog.Logger
	Client  *http.Client // for addresses that users gave
	Devices Devices
	Seal    Sealer
	NodeID  string
	Events  Log
	// CheckURL refuses addresses that a webhook may not have.
	CheckURL func(string) error
	// Timeout bounds one attempt; 0 is 15 s.
	Timeout time.Duration
	Now     func() time.Time // nil: time.Now
	// Steady is a time that does not jump, for pauses and claims; all nodes share it. nil: Now.
	Steady func() time.Time
}

// Log is the events that workspaces' webhooks are told of.
type Log interface {
	Read(ctx context.Context, workspaceID string, w event.Stretch) (event.Page, error)
	Bounds(ctx context.Context, workspaceID string) (oldest, last int64, err error)
	Before(ctx context.Context, workspaceID string, at int64) (seq int64, err error)
}

// Devices finds the device whose webhook address is meant.
type Devices interface {
	Get(ctx context.Context, workspaceID, deviceID string) (device.Device, error)
}

// Sealer keeps signing secrets unreadable at rest.
type Sealer interface {
	Seal(plain []byte) ([]byte, error)
	Open(sealed []byte) ([]byte, error)
}

// Service writes deliveries and brings them to their receivers.
type Service struct {
	// Edited fires in the transaction in which a webhook was made, changed or deleted.
	Edited hook.Tx[Edited]

	store   store
	log     *slog.Logger
	client  *http.Client
	devices Devices
	events  Log
	check   func(string) error
	seal    Sealer
	timeout time.Duration
	now     func() time.Time
	steady  func() time.Time

	mu        sync.Mutex
	endpoints map[key]*endpoint
	running   context.Context //nolint:containedctx // of Run, not of a call; set while Run runs; nil otherwise: nothing is handed over in memory
	work      sync.WaitGroup
	wake      chan struct{}
	grown     map[string]bool // workspaces whose log has grown
	fan       chan struct{}
	seen      map[string]int64 // by webhook: up to which event nothing more is for it, beyond what is stored
}

// key names an endpoint: each device has one of its own, and each of a workspace's webhooks is one.
type key struct{ workspaceID, deviceID, webhookID string }

func (k key) id() string { return cmp.Or(k.webhookID, k.deviceID) }

// key is the endpoint that the delivery is for.
func (d Delivery) key() key { return key{d.WorkspaceID, d.DeviceID, d.WebhookID} }

// header is the webhook-id, the same at every attempt: by it a receiver tells doubles apart. An event of the log has
// the same one however often a log is replayed.
func (d Delivery) header() string { return cmp.Or(d.EventID, d.ID) }

// New makes the service; Run does the delivering.
func New(c Config) *Service {
	now := c.Now
	if now == nil {
		now = time.Now
	}
	steady := c.Steady
	if steady == nil {
		steady = now
	}
	return &Service{
		store: store{db: c.DB, node: c.NodeID}, log: c.Log, client: c.Client, devices: c.Devices, seal: c.Seal,
		timeout: cmp.Or(c.Timeout, 15*time.Second), now: now, steady: steady,
		events: c.Events, check: c.CheckURL, endpoints: map[key]*endpoint{}, wake: make(chan struct{}, 1),
		grown: map[string]bool{}, fan: make(chan struct{}, 1), seen: map[string]int64{},
	}
}

// payload is the body of the contract: device_key, name, message and type, to which we add and never take away.
type payload struct {
	DeviceKey string `json:"device_key"`
	Name      string `json:"name"`
	Message   string `json:"message"`
	Type      string `json:"type"` // single or group

	Event     string         `json:"event"`
	MessageID string         `json:"message_id"`           // ours
	NetworkID string         `json:"network_id"`           // the network's
	ChatID    string         `json:"chat_id"`              // ours
	ContactID string         `json:"contact_id"`           // who wrote, ours
	From      string         `json:"from,omitempty"`       // who wrote: the number, digits
	FromLID   string         `json:"from_lid,omitempty"`   // who wrote: the network's own number for them
	GroupName string         `json:"group_name,omitempty"` // with type group
	Timestamp int64          `json:"timestamp"`            // unix ms, the network's clock
	Late      bool           `json:"late"`                 // it waited at the network while we were away
	Content   device.Content `json:"content"`
}

// Arrived writes a delivery for a message that came in, in the transaction that stores the message. A device without
// an address, our own messages and history have none.
func (s *Service) Arrived(ctx context.Context, a chat.Arrived) error {
	if a.Device.Settings.WebhookURL == "" || a.Message.FromMe || a.Origin == device.OriginHistory {
		return nil
	}
	return s.Write(ctx, a.Device, "message.received", body(a))
}

func body(a chat.Arrived) payload {
	p := payload{
		DeviceKey: a.Device.ID, Name: a.Sender.Name, Message: text(a.Message.Content), Type: "single",
		Event: "message.received", MessageID: a.Message.ID, NetworkID: a.Message.NetworkID, ChatID: a.Chat.ID,
		ContactID: a.Sender.ID, From: a.Sender.Phone, Timestamp: a.Message.At,
		Late: a.Origin == device.OriginOffline, Content: a.Message.Content,
	}
	if a.Chat.Group {
		p.Type, p.GroupName = "group", a.Contact.Name
	}
	if m := p.Content.Media; m != nil { // keys and thumbnails are not for outside
		public := *m
		public.Remote, public.Thumbnail = nil, nil
		p.Content.Media = &public
	}
	return p
}

func text(c device.Content) string {
	if c.Text != "" {
		return c.Text
	}
	return chat.Words(c.Kind, c.Preview())
}

// Write stores a delivery of an event of a device; it must run in the transaction of what it tells. It goes out
// after the commit.
func (s *Service) Write(ctx context.Context, d device.Device, event string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode a webhook: %w", err)
	}
	now := s.steady().UnixMilli()
	del := Delivery{
		ID: id.New(), WorkspaceID: d.WorkspaceID, DeviceID: d.ID, Event: event, Body: data, State: Pending, NextAt: now, CreatedAt: s.now().UnixMilli(),
	}
	return s.write(ctx, del, now)
}

// write stores a delivery and hands it over after the commit.
func (s *Service) write(ctx context.Context, del Delivery, now int64) error {
	ep, mine := s.reserve(del.key())
	if mine {
		del.until = now + claim.Milliseconds()
	}
	if err := s.store.insert(ctx, del, now); err != nil {
		return err
	}
	if mine {
		db.AfterCommit(ctx, func() { s.push(ep, []Delivery{del}) })
	}
	return nil
}

// Forget removes what is kept of a device that is being deleted, in the transaction that deletes it.
func (s *Service) Forget(ctx context.Context, d device.Device) error {
	k := key{workspaceID: d.WorkspaceID, deviceID: d.ID}
	s.drop(ctx, k)
	return s.store.forget(ctx, k)
}

// DeviceChanged is for device.Service.Changed: a device with another address has another receiver.
func (s *Service) DeviceChanged(ctx context.Context, d device.Device) error {
	k := key{workspaceID: d.WorkspaceID, deviceID: d.ID}
	db.AfterCommit(ctx, func() { s.moved(context.WithoutCancel(ctx), k, d.Settings.WebhookURL) })
	return nil
}

// drop forgets an endpoint after the commit.
func (s *Service) drop(ctx context.Context, k key) {
	db.AfterCommit(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.endpoints, k)
		delete(s.seen, k.webhookID)
	})
}

// Redeliver tries a delivery again now, whatever became of it, for another day.
func (s *Service) Redeliver(ctx context.Context, workspaceID, deliveryID string) (Delivery, error) {
	d, err := s.store.revive(ctx, workspaceID, deliveryID, s.steady().UnixMilli())
	if err == nil {
		s.nudge()
	}
	return d, err
}

// Test sends a made-up message event to the device's address, logged like any other.
func (s *Service) Test(ctx context.Context, d device.Device) error {
	if d.Settings.WebhookURL == "" {
		return ErrNoURL
	}
	p := payload{
		DeviceKey: d.ID, Name: "Ping!", Message: "Tes webhook dari Ping! — a test from Ping!", Type: "single", Event: "test",
		Timestamp: s.now().UnixMilli(), Content: device.Content{Kind: device.KindText, Text: "test"},
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error { return s.Write(ctx, d, "test", p) })
}

// List returns a device's deliveries, the newest first, those before the id before ("" is from the newest).
func (s *Service) List(ctx context.Context, workspaceID, deviceID string, state State, before string, limit int) ([]Delivery, error) {
	return s.store.list(ctx, key{workspaceID: workspaceID, deviceID: deviceID}, state, before, limit)
}
