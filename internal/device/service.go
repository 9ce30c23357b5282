package device

import (
	"cmp"
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/kit/module"
)

// Config says what a Service works with. DB is needed, the rest has defaults.
type Config struct {
	DB      *db.DB
	Log     *slog.Logger // nil discards
	Drivers []Driver
	// CheckURL says whether a webhook address may be stored; nil refuses all.
	CheckURL func(string) error
	// Seal makes proxies with their passwords unreadable where they are stored; nil refuses proxies.
	Seal Sealer
	// Told hears each step of linking as it happens, for live push; nil is fine. It must not wait.
	Told func(ctx context.Context, d Device, s Step)
	// Node names this process among those that share the database. Empty is "single" on SQLite, where there is
	// only one, and a random name on PostgreSQL. A node that comes back under its name has its devices at once;
	// under a new name it waits until the leases of the old one run out.
	Node string
	// LeaseTTL is how long a device stays with a node that is not heard of; 0 is 15 s.
	LeaseTTL time.Duration
	// ConnectsPerSecond bounds how many devices of this node go to their network in a second; 0 is 25.
	ConnectsPerSecond int
	// Now is the clock of rows; nil is the system's.
	Now func() time.Time
	// Steady is the clock of leases, which all nodes share and which does not jump; nil is Now. Settled is false while
	// it is not known how long ago others wrote something by it: then nothing is taken from another node. nil is true.
	Steady  func() time.Time
	Settled func() bool
}

// Service owns the devices: their rows, their states and who runs them. Its hook fields are filled while the
// program is put together, before Run.
type Service struct {
	// Received fires in the transaction that takes a message in; the network hears of success only after its commit.
	// The same message may come again: a second time must change nothing.
	Received hook.Tx[Arrival]
	// Receipts fires in a transaction of its own for each receipt, which may also come again.
	Receipts hook.Tx[Acknowledged]
	// StateChanged fires in the transaction that writes a device's new state.
	StateChanged hook.Tx[StateChange]
	// Changed fires in the transaction that changes a device's name or settings.
	Changed hook.Tx[Device]
	// Edited fires with Changed and says what was asked for.
	Edited hook.Tx[Edited]
	// Same fires when two addresses turn out to be one person.
	Same hook.Tx[Identified]
	// Marked fires in a transaction of its own for each mark that a device heard of; it may come again.
	Marked hook.Tx[Marking]
	// Groups fires in a transaction of its own for each thing that a device heard of a group; it may come again.
	Groups hook.Tx[GroupHeard]
	// Deleted fires in the transaction that deletes a device, before its row goes.
	Deleted hook.Tx[Device]
	// Typing passes on that somebody types.
	Typing hook.Note[TypingSeen]
	// Calls fires in the transaction that takes in that somebody called; the same call may come again.
	Calls hook.Tx[CallHeard]
	// Statuses fires in the transaction that takes in a status update; the same may come again.
	Statuses hook.Tx[StatusHeard]
	// Posts fires in the transaction that takes in a newsletter's post; the same may come again.
	Posts hook.Tx[PostHeard]
	// Presences fires in the transaction that takes in that somebody came online or went.
	Presences hook.Tx[PresenceHeard]
	// Blocks fires in the transaction that takes in whom an account has blocked elsewhere; it may come again.
	Blocks hook.Tx[BlockHeard]
	// Pictured fires in the transaction that takes in that somebody has another picture.
	Pictured hook.Tx[Identified]
	// Elsewhere tells that a device of this node was changed by another one.
	Elsewhere hook.Note[Device]
	// Online fires when sends can go out on a device of this node, Gone when they no longer can.
	Online hook.Note[Live]
	Gone   hook.Note[Live]
	// Reopening fires before Gone when it is the session's own wish: the same device is online again in a moment.
	Reopening hook.Note[Live]

	c       Config
	log     *slog.Logger
	store   store
	leases  leases
	drivers map[string]Driver
	pace    *pacer
	adopt   chan Device

	mu       sync.Mutex
	running  map[string]*runner
	links    map[string]*attempt
	draining bool
}

// Arrival is a message that a device saw.
type Arrival struct {
	Device  Device
	Inbound Inbound
}

// Acknowledged is a receipt that a device saw.
type Acknowledged struct {
	Device  Device
	Receipt Receipt
}

// StateChange is a device with its new state, and the one before.
type StateChange struct {
	Device Device
	Before State
}

// Identified is a peer whose addresses are one person's.
type Identified struct {
	Device Device
	Peer   Peer
}

// TypingSeen is a passing hint from a device.
type TypingSeen struct {
	Device Device
	Typing Typing
}

// Live is a device at work on this node. Epoch belongs into every statement that puts something on its wire.
type Live struct {
	Device  Device
	Session Session
	Epoch   int64
}

// New makes a Service. Nothing runs before Run.
func New(c Config) *Service {
	if c.Node == "" {
		c.Node = "single"
		if c.DB.Postgres() {
			c.Node = uuid.NewString()
		}
	}
	c.LeaseTTL = cmp.Or(c.LeaseTTL, 15*time.Second)
	c.ConnectsPerSecond = cmp.Or(c.ConnectsPerSecond, 25)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Steady == nil {
		c.Steady = c.Now
	}
	if c.Settled == nil {
		c.Settled = func() bool { return true }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		c: c, log: c.Log, store: store{c.DB}, leases: leases{c.DB},
		drivers: map[string]Driver{}, pace: newPacer(c.ConnectsPerSecond), adopt: make(chan Device, 64),
		running: map[string]*runner{}, links: map[string]*attempt{},
	}
	for _, d := range c.Drivers {
		s.drivers[d.Channel()] = d
	}
	return s
}

// Module lists the devices in the program.
func Module(s *Service) module.Module {
	return module.Module{Name: "device", Upgrades: upgrades(), API: api{s}.register, Run: s.Run}
}

func (s *Service) now() int64 { return s.c.Now().UnixMilli() }

// leaseNow is the time by which other nodes' leases are judged: while that says nothing, only what was let go is free.
func (s *Service) leaseNow() int64 {
	if !s.c.Settled() {
		return 1
	}
	return s.c.Steady().UnixMilli()
}

// leaseEnd is until when what is taken or renewed now is held.
func (s *Service) leaseEnd() int64 { return s.c.Steady().Add(s.c.LeaseTTL).UnixMilli() }

// Jumped says that Now has jumped: what ends at a time is looked at again.
func (s *Service) Jumped(context.Context, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.running {
		r.lift(r.known().State)
	}
}

// Create makes a device of a channel that is not linked yet.
func (s *Service) Create(ctx context.Context, workspaceID, channel, name string, settings Settings) (Device, error) {
	if s.drivers[channel] == nil {
		return Device{}, ErrChannel.WithField("channel")
	}
	name, err := s.checkFields(name, settings)
	if err != nil {
		return Device{}, err
	}
	now := s.now()
	d := Device{
		ID: id.New(), WorkspaceID: workspaceID, Channel: channel, Name: name, Settings: settings,
		State: State{Code: StateNew, Since: now}, CreatedAt: now,
	}
	return d, s.c.DB.Tx(ctx, func(ctx context.Context) error { return s.store.insert(ctx, d) })
}

func (s *Service) checkFields(name string, settings Settings) (string, error) {
	name = strings.TrimSpace(db.Text(name))
	if n := utf8.RuneCountInString(name); n < 1 || n > 100 {
		return "", ErrName.WithField("name")
	}
	if utf8.RuneCountInString(settings.RejectCallsMessage) > maxRejectMessage || settings.RejectCallsMessage != db.Text(settings.RejectCallsMessage) {
		return "", ErrRejectMessage
	}
	if settings.WebhookURL == "" {
		return name, nil
	}
	if s.c.CheckURL == nil || len(settings.WebhookURL) > 2048 {
		return "", ErrWebhook.WithField("webhook_url")
	}
	if err := s.c.CheckURL(settings.WebhookURL); err != nil {
		return "", ErrWebhook.WithField("webhook_url").WithCause(err)
	}
	return name, nil
}

// Get finds a device. A missing one and another workspace's are the same ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID, deviceID string) (Device, error) {
	r, err := s.store.get(ctx, workspaceID, deviceID)
	return r.Device, err
}

// List is every device of a workspace, oldest first.
func (s *Service) List(ctx context.Context, workspaceID string) ([]Device, error) {
	rows, err := s.store.list(ctx, workspaceID)
	return devicesOf(rows), err
}

// Page is up to n devices that come after the id after (empty: from the start), oldest first.
func (s *Service) Page(ctx context.Context, workspaceID, after string, n int) ([]Device, error) {
	rows, err := s.store.page(ctx, workspaceID, after, n)
	return devicesOf(rows), err
}

func devicesOf(rows []row) []Device {
	out := make([]Device, len(rows))
	for i, r := range rows {
		out[i] = r.Device
	}
	return out
}

// Change is what a member changes about a device; nil leaves a field as it is.
type Change struct {
	Name       *string
	WebhookURL *string
	Autoread   *bool
	Paused     *bool
	// RejectCalls and RejectCallsMessage are Settings'.
	RejectCalls        *bool
	RejectCallsMessage *string
	IgnoreStatuses     *bool
	TellTyping         *bool
	ShowOnline         *bool
	Proxy              *string // see ErrProxy; empty is none
	// The bounds of history, as in Settings; they count from the device's next connection on.
	HistoryPerChat *int
	HistoryTotal   *int
	Pace           *string // checked by who governs the sends
}

// PaceOnly reports whether the change is about the pace and nothing else: whoever governs the sends has made it.
func (c Change) PaceOnly() bool { return c == Change{Pace: c.Pace} }

// Edited is a device with what somebody has changed about it.
type Edited struct {
	Device Device // as it is now
	Change Change
}

// Update changes a device's name and settings and returns it as it is then.
func (s *Service) Update(ctx context.Context, workspaceID, deviceID string, c Change) (Device, error) {
	var d Device
	err := s.c.DB.Tx(ctx, func(ctx context.Context) error {
		r, err := s.store.get(ctx, workspaceID, deviceID)
		if err != nil {
			return err
		}
		d = r.Device
		set(&d.Name, c.Name)
		set(&d.Settings.WebhookURL, c.WebhookURL)
		set(&d.Settings.Autoread, c.Autoread)
		set(&d.Settings.Paused, c.Paused)
		set(&d.Settings.RejectCalls, c.RejectCalls)
		set(&d.Settings.RejectCallsMessage, c.RejectCallsMessage)
		set(&d.Settings.IgnoreStatuses, c.IgnoreStatuses)
		set(&d.Settings.TellTyping, c.TellTyping)
		set(&d.Settings.ShowOnline, c.ShowOnline)
		set(&d.Settings.HistoryPerChat, c.HistoryPerChat)
		set(&d.Settings.HistoryTotal, c.HistoryTotal)
		set(&d.Settings.Pace, c.Pace)
		if c.Proxy != nil {
			if err := s.setProxy(ctx, d, &d.Settings, *c.Proxy); err != nil {
				return err
			}
		}
		if strings.TrimSpace(d.Settings.RejectCallsMessage) == "" {
			d.Settings.RejectCallsMessage = ""
		}
		checked := d.Settings
		if c.WebhookURL == nil { // what was allowed once does not stop other changes
			checked.WebhookURL = ""
		}
		if d.Name, err = s.checkFields(d.Name, checked); err != nil {
			return err
		}
		if err := s.store.update(ctx, d); err != nil {
			return err
		}
		if err := s.Changed.Fire(ctx, d); err != nil {
			return err
		}
		return s.Edited.Fire(ctx, Edited{d, c})
	})
	if err != nil {
		return Device{}, err
	}
	s.mu.Lock()
	r := s.running[deviceID]
	s.mu.Unlock()
	switch {
	case r == nil:
	case r.refresh(d):
		s.restart(ctx, r)
	default:
		r.show(ctx)
	}
	return d, nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// Unlink takes the device off its account, as far as its network can be reached, and forgets its keys. Chats and
// messages stay. On a device that is not linked it changes nothing.
func (s *Service) Unlink(ctx context.Context, workspaceID, deviceID string) (Device, error) {
	r, err := s.store.get(ctx, workspaceID, deviceID)
	if err != nil {
		return Device{}, err
	}
	s.cancelLink(deviceID)
	if !r.Linked {
		return r.Device, nil
	}
	if err := s.change(ctx, r.Device, func(r *row) { r.Linked = false; r.State = State{Code: StateLoggedOut, Why: "unlinked"} }); err != nil {
		return Device{}, err
	}
	s.retire(context.WithoutCancel(ctx), r.Device)
	return s.Get(ctx, workspaceID, deviceID)
}

// retire ends a device that is no longer linked: its session tells the network, its driver forgets it.
// A device that runs on another node is retired there, when that node sees the row.
func (s *Service) retire(ctx context.Context, d Device) {
	s.mu.Lock()
	r := s.running[d.ID]
	s.mu.Unlock()
	if r != nil {
		r.retire(ctx)
		return
	}
	elsewhere, err := s.leases.elsewhere(ctx, d, s.c.Node, s.leaseNow())
	if err != nil {
		s.log.Error("look who runs a device", "device", d.ID, "error", err)
	}
	if elsewhere || err != nil {
		return
	}
	if err := s.drivers[d.Channel].Forget(ctx, d); err != nil {
		s.log.Error("forget a device's keys", "device", d.ID, "error", err)
	}
}

// Delete unlinks a device and deletes it with everything that hangs on it.
func (s *Service) Delete(ctx context.Context, workspaceID, deviceID string) error {
	if _, err := s.Unlink(ctx, workspaceID, deviceID); err != nil {
		return err
	}
	return s.c.DB.Tx(ctx, func(ctx context.Context) error {
		r, err := s.store.get(ctx, workspaceID, deviceID)
		if err != nil {
			return err
		}
		if err := s.Deleted.Fire(ctx, r.Device); err != nil {
			return err
		}
		if err := s.store.remove(ctx, workspaceID, deviceID); err != nil {
			return err
		}
		if elsewhere, err := s.leases.elsewhere(ctx, r.Device, s.c.Node, s.leaseNow()); err != nil || elsewhere {
			return err
		}
		return s.leases.drop(ctx, lease{workspaceID: workspaceID, deviceID: deviceID})
	})
}

// NewNetworkID makes a message id in the form of the device's channel.
func (s *Service) NewNetworkID(d Device) string {
	if n, ok := s.drivers[d.Channel].(NetworkIDer); ok {
		return n.NewNetworkID()
	}
	return uuid.NewString()
}

// Quarantined is up to 200 messages of a device that could not be taken in, oldest first.
func (s *Service) Quarantined(ctx context.Context, workspaceID, deviceID string) ([]Inbound, error) {
	return s.store.quarantined(ctx, workspaceID, deviceID)
}

// Live is the device at work on this node; false when it is not connected, or not here.
func (s *Service) Live(deviceID string) (Live, bool) {
	s.mu.Lock()
	r := s.running[deviceID]
	s.mu.Unlock()
	if r == nil {
		return Live{}, false
	}
	return r.live()
}

// Session is the session of a connected device of this node.
func (s *Service) Session(deviceID string) (Session, bool) {
	l, ok := s.Live(deviceID)
	return l.Session, ok
}

// Holds is nil when this node holds the device under epoch; for the transactions of those who send.
func (s *Service) Holds(ctx context.Context, workspaceID, deviceID string, epoch int64) error {
	return s.leases.check(ctx, workspaceID, deviceID, epoch)
}
