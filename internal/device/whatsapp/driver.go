// Package whatsapp owns the channel "whatsapp": ordinary WhatsApp numbers, linked as a companion device by QR or code.
package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCompanionReg"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/store/sqlstore/upgrades"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
)

// Channel is the driver's name in devices.channel.
const Channel = "whatsapp"

// Config is what the driver needs. DB is required.
type Config struct {
	DB  *db.DB
	Log *slog.Logger // nil discards
	// Network is a simulated network; nil is WhatsApp itself, which a test can't have.
	Network *Network
	// Open unseals what device.Settings.Proxy holds; nil opens none.
	Open func(sealed string) (seal.Secret, error)
	// Dial reaches a device's proxy; nil dials anywhere. On a simulated network a proxy must be on this machine anyhow.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Blobs holds the files that go out; nil sends none.
	Blobs device.Blobs
	// Resend gives the raw form (device.Sent.Raw) of a message that this device sent, when the other side could not
	// read it and asks again; false when there is none. nil knows only the last 256 messages since the start.
	Resend func(ctx context.Context, workspaceID, deviceID, networkID string) ([]byte, bool)
	// Now tells the time; nil is time.Now.
	Now func() time.Time
}

// Driver speaks to WhatsApp. It is safe for concurrent use.
type Driver struct {
	db        *db.DB
	log       *slog.Logger
	blobs     device.Blobs
	now       func() time.Time
	resend    func(ctx context.Context, workspaceID, deviceID, networkID string) ([]byte, bool)
	container *sqlstore.Container
	lids      *lidMap
	clients   clients
	proxies   proxies
	history   historyStore
	crowds    crowds
	// backlog lets few devices at a time unpack their history, which is large.
	backlog chan struct{}
}

// Times after which a silent network is given up. The library's own are variables of the whole process: with
// these, two pings in a row stay unanswered within 60 seconds of the last sign of life.
const (
	pingMin      = 14 * time.Second
	pingMax      = 20 * time.Second
	pingDeadline = 8 * time.Second
	lostAfter    = 2 // unanswered pings
	loginTimeout = 45 * time.Second
	sendTimeout  = 45 * time.Second
	postTimeout  = 12 * time.Second // of what somebody waits for, and which is sent again
)

// New makes the driver. With a simulated network, that one's root key is trusted in the whole process from then
// on; a second network with another key is an error. Modules must be migrated before the driver is used.
func New(ctx context.Context, c Config) (*Driver, error) {
	if c.DB == nil {
		return nil, errors.New("the WhatsApp driver needs a database")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if err := trust(ctx, c.Network); err != nil {
		return nil, err
	}
	if c.Network != nil {
		c.Log.Warn("every WhatsApp connection goes to a SIMULATED network", "addr", c.Network.Addr)
	}
	silence()
	tune()
	tables := c.DB.Child("whatsmeow_version", upgrades.Table, nil)
	return &Driver{
		db: c.DB, log: c.Log, blobs: c.Blobs, resend: c.Resend, now: c.Now,
		container: sqlstore.NewWithWrappedDB(tables, newClientLog(c.Log)), lids: newLIDMap(tables),
		clients: newClients(c.Network, straight(c.Network)), proxies: proxies{network: c.Network, open: c.Open, dial: c.Dial},
		history: historyStore{c.DB},
		crowds:  crowds{most: maxCrowd, least: minCrowd},
		backlog: make(chan struct{}, 2),
	}, nil
}

// Modules are the migrations of the driver's tables: the client library's, and its own.
func Modules() []module.Module {
	return []module.Module{{Name: "whatsmeow", Upgrades: upgrades.Table}, {Name: Channel, Upgrades: historyUpgrades()}}
}

// Channel is the driver's name in devices.channel.
func (*Driver) Channel() string { return Channel }

// Open prepares the session of a linked device. Nothing is sent before Run.
func (d *Driver) Open(ctx context.Context, dev device.Device, sink device.Sink) (device.Session, error) {
	keys, err := d.keysOf(ctx, dev)
	if err != nil {
		return nil, err
	}
	with, err := d.clientsOf(dev)
	if err != nil {
		return nil, err
	}
	return newSession(d, dev, sink, keys, with), nil
}

// keysOf finds the Signal keys of a device; device.ErrNotLinked when there are none.
func (d *Driver) keysOf(ctx context.Context, dev device.Device) (*store.Device, error) {
	jid, ok := accountJID(dev.Account)
	if !ok {
		return nil, device.ErrNotLinked
	}
	keys, err := d.container.GetDevice(ctx, jid)
	if err != nil {
		return nil, fmt.Errorf("read the keys of %s: %w", dev.ID, err)
	}
	if keys == nil {
		return nil, device.ErrNotLinked
	}
	keys.LIDs = d.lids
	return keys, nil
}

// Forget removes the device's keys and what it has not yet taken in of its history. Twice is fine.
func (d *Driver) Forget(ctx context.Context, dev device.Device) error {
	return d.db.Tx(ctx, func(ctx context.Context) error {
		if err := d.history.forget(ctx, dev.WorkspaceID, dev.ID); err != nil {
			return err
		}
		return d.forgetKeys(ctx, dev.Account)
	})
}

func (d *Driver) forgetKeys(ctx context.Context, a device.Account) error {
	jid, ok := accountJID(a)
	if !ok {
		return nil
	}
	if err := d.deleteKeys(ctx, d.container, &store.Device{ID: &jid}); err != nil {
		return fmt.Errorf("remove keys: %w", err)
	}
	return nil
}

// deleteKeys deletes a device's keys in a transaction of ours, which is tried again when it meets the library's
// last writes to the same keys in a deadlock.
func (d *Driver) deleteKeys(ctx context.Context, from store.DeviceContainer, keys *store.Device) error {
	return d.db.Tx(ctx, func(ctx context.Context) error { return from.DeleteDevice(ctx, keys) })
}

// client makes a client for keys. It never reconnects by itself: a connection's life is Session.Run's.
// All that it asks and fetches goes through with.
func (d *Driver) client(keys *store.Device, with clients) *whatsmeow.Client {
	c := whatsmeow.NewClient(keys, newClientLog(d.log))
	c.SetPreLoginHTTPClient(with.socket)
	c.SetWebsocketHTTPClient(with.socket)
	c.SetMediaHTTPClient(with.media)
	c.EnableAutoReconnect = false
	c.DisableLoginAutoReconnect = true
	c.SynchronousAck = true
	c.EnableDecryptedEventBuffer = true
	c.EmitAppStateEventsOnFullSync = true // what was archived, starred or labelled before we were linked
	c.ManualHistorySyncDownload = true
	c.DisableManualHistorySyncReceipt = true
	c.SetMaxParallelRetryReceiptHandling(4)
	return c
}

func accountJID(a device.Account) (types.JID, bool) {
	if a.Address == "" {
		return types.EmptyJID, false
	}
	jid, err := types.ParseJID(a.Address)
	return jid, err == nil && jid.User != ""
}

// account is what the device is linked to, as the keys say it.
func account(keys *store.Device) device.Account {
	return device.Account{
		Number: keys.GetJID().User, Address: keys.GetJID().String(), LID: keys.GetLID().User,
		Name: text(keys.PushName, maxName),
	}
}

// describe sets what the phone's list of linked devices shows.
func describe() {
	store.DeviceProps.Os = proto.String("Ping!")
	store.DeviceProps.PlatformType = waCompanionReg.DeviceProps_CHROME.Enum()
	store.DeviceProps.RequireFullSync = proto.Bool(false)
}

var _ device.Driver = (*Driver)(nil)
