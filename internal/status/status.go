// Package status owns the status updates that a workspace's devices see and post: they are kept for a day, beside the inbox.
package status

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

const (
	// life is how long a status update is shown, on phones too.
	life = 24 * time.Hour
	// keptPerDevice bounds what is kept of one device; the oldest go first.
	keptPerDevice = 1000
	// maxText bounds what is posted, in characters.
	maxText = 4096
	// sweepEvery is how often what is over is deleted; it is not shown before that either.
	sweepEvery = 10 * time.Minute
	// postPatience bounds one post, which may have a file to bring.
	postPatience = 2 * time.Minute
	// askPatience bounds one short question to a network.
	askPatience = 20 * time.Second
)

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "status_not_found", fault.Text{
		ID: "Status tidak ditemukan. Status hanya ada selama satu hari.", EN: "There is no such status update. They are there for a day.",
	})
	ErrNotOwn = fault.New(fault.Conflict, "status_not_own", fault.Text{
		ID: "Hanya status sendiri yang bisa dihapus.", EN: "Only one's own status updates can be deleted.",
	})
	ErrNoMedia = fault.New(fault.NotFound, "status_without_media", fault.Text{
		ID: "Status ini tidak punya berkas.", EN: "This status update has no file.",
	})
	ErrText = fault.New(fault.Invalid, "text_invalid", fault.Text{
		ID: "Isi teks (paling banyak 4.096 karakter) atau berkas.", EN: "Give a text (at most 4,096 characters) or a file.",
	}).WithField("text")
)

// Update is one status update.
type Update struct {
	ID          string
	WorkspaceID string
	DeviceID    string
	NetworkID   string
	FromMe      bool
	Sender      device.Peer // who posted it; empty with FromMe
	Content     device.Content
	At          int64 // unix ms, the network's clock
}

// ExpiresAt is when it is over, unix ms.
func (u Update) ExpiresAt() int64 { return u.At + life.Milliseconds() }

// Told is an update with the device that it is of.
type Told struct {
	Device device.Device
	Update Update
}

// Files keeps the workspace's files.
type Files interface {
	Content(ctx context.Context, workspaceID, fileID string, kind device.Kind, text string) (device.Content, error)
	Serve(ctx context.Context, workspaceID, fileID string) (*file.Served, error)
	Show(ctx context.Context, workspaceID, fileID string) (*file.Served, error)
}

// Purpose is what the file of an update is asked for.
type Purpose string

// The purposes. To be drawn is only what a page can draw without harm, see file.Service.Show.
const (
	ToKeep Purpose = ""
	ToDraw Purpose = "draw"
)

// Config is what a Service works with. All but Log and Now are needed.
type Config struct {
	DB       *db.DB
	Log      *slog.Logger // nil discards
	Devices  *device.Service
	Contacts *contact.Service
	Files    Files
	Now      func() time.Time // nil is time.Now
}

// Service keeps status updates for a day.
type Service struct {
	// Seen fires once for each update of somebody else, or of the account's own phone, in the transaction that keeps it.
	Seen hook.Tx[Told]
	// Posted fires in the transaction that keeps an update which was posted from here.
	Posted hook.Tx[Told]
	// Deleted fires in the transaction in which an update is taken back by who posted it; not for those that are over.
	Deleted hook.Tx[Told]

	c     Config
	store store
}

// New makes the service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{c: c, store: store{c.DB}}
}

// now is the time, and since is that from which on updates are still shown; unix ms.
func (s *Service) now() int64   { return s.c.Now().UnixMilli() }
func (s *Service) since() int64 { return s.now() - life.Milliseconds() }

// Heard keeps a status update, once however often it is told, or deletes the one that it takes back; it is for
// device.Service.Statuses and runs in its transaction. A device's settings may have others' dropped. Nobody becomes a
// contact by posting one.
func (s *Service) Heard(ctx context.Context, h device.StatusHeard) error {
	d, u := h.Device, h.Update
	if u.Content.Kind == device.KindRevoke {
		return s.takenBack(ctx, d, u)
	}
	if u.At <= s.since() || !u.FromMe && (d.Settings.IgnoreStatuses || len(u.Sender.Addresses) == 0) {
		return nil
	}
	kept := Update{
		ID: id.New(), WorkspaceID: d.WorkspaceID, DeviceID: d.ID, NetworkID: u.NetworkID, FromMe: u.FromMe, Sender: u.Sender,
		Content: u.Content, At: min(u.At, s.now()), // the network's clock may be ahead; nothing stays longer for that
	}
	if added, err := s.store.insert(ctx, kept); err != nil || !added {
		return err
	}
	return s.Seen.Fire(ctx, Told{d, kept})
}

// takenBack deletes the update that u takes back, if it is of the same person.
func (s *Service) takenBack(ctx context.Context, d device.Device, u device.StatusUpdate) error {
	list, err := s.store.named(ctx, d.WorkspaceID, d.ID, u.Content.Target)
	if err != nil {
		return err
	}
	for _, known := range list {
		if known.FromMe != u.FromMe || !u.FromMe && !same(known.Sender, u.Sender) {
			continue
		}
		if err := s.remove(ctx, Told{d, known}); err != nil {
			return err
		}
	}
	return nil
}

// same reports whether two peers have an address in common.
func same(a, b device.Peer) bool {
	return slices.ContainsFunc(a.Addresses, func(x device.Address) bool { return slices.Contains(b.Addresses, x) })
}

func (s *Service) remove(ctx context.Context, t Told) error {
	if was, err := s.store.remove(ctx, t.Update.WorkspaceID, t.Update.ID); err != nil || !was {
		return err
	}
	return s.Deleted.Fire(ctx, t)
}

// Post posts a status update to the account's contacts: a text, or a file with the text as its caption. ErrText, the
// faults of the file, and those of device.Ask.
func (s *Service) Post(ctx context.Context, workspaceID, deviceID string, said Said) (Update, error) {
	c, err := s.content(ctx, workspaceID, said)
	if err != nil {
		return Update{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, postPatience)
	defer cancel()
	u, of := Update{ID: id.New(), WorkspaceID: workspaceID, FromMe: true, Content: c}, device.Device{}
	err = device.AskUntilKnown(ctx, s.c.Devices, workspaceID, deviceID, func(ctx context.Context, d device.Device, p device.StatusPoster) error {
		if of, u.DeviceID = d, d.ID; u.NetworkID == "" { // under one id it is one update, however often it is posted
			u.NetworkID = s.c.Devices.NewNetworkID(d)
		}
		sent, err := p.PostStatus(ctx, u.NetworkID, c)
		u.At = sent.At
		return err
	})
	if err != nil {
		return Update{}, err
	}
	ctx = context.WithoutCancel(ctx) // it is posted, whoever waits for the answer
	return u, s.c.DB.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.store.insert(ctx, u); err != nil {
			return err
		}
		return s.Posted.Fire(ctx, Told{of, u})
	})
}

// content is what somebody wants to post.
func (s *Service) content(ctx context.Context, workspaceID string, said Said) (device.Content, error) {
	text := db.Text(said.Text)
	if utf8.RuneCountInString(text) > maxText || said.FileID == "" && strings.TrimSpace(text) == "" {
		return device.Content{}, ErrText
	}
	if said.FileID != "" {
		return s.c.Files.Content(ctx, workspaceID, said.FileID, said.Kind, text)
	}
	return device.Content{Kind: device.KindText, Text: text}, nil
}

// Delete takes an update of the device's account back, for everybody. ErrNotFound, ErrNotOwn, and the faults of device.Ask.
func (s *Service) Delete(ctx context.Context, workspaceID, deviceID, updateID string) error {
	u, err := s.Get(ctx, workspaceID, deviceID, updateID)
	if err != nil {
		return err
	}
	if !u.FromMe {
		return ErrNotOwn
	}
	asked, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	var of device.Device
	err = device.Ask(asked, s.c.Devices, workspaceID, deviceID, func(ctx context.Context, d device.Device, p device.StatusDeleter) error {
		of = d
		return p.DeleteStatus(ctx, u.NetworkID)
	})
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	return s.c.DB.Tx(ctx, func(ctx context.Context) error { return s.remove(ctx, Told{of, u}) })
}

// Get finds an update of a device. ErrNotFound, also when it is over.
func (s *Service) Get(ctx context.Context, workspaceID, deviceID, updateID string) (Update, error) {
	if _, err := s.c.Devices.Get(ctx, workspaceID, deviceID); err != nil {
		return Update{}, err
	}
	return s.store.get(ctx, workspaceID, deviceID, updateID, s.since())
}

// List is a page of what a device can show now, the newest first; before is the place of the last of the page before,
// zero for the first.
func (s *Service) List(ctx context.Context, workspaceID, deviceID string, before Key, n int) ([]Update, error) {
	if _, err := s.c.Devices.Get(ctx, workspaceID, deviceID); err != nil {
		return nil, err
	}
	return s.store.page(ctx, workspaceID, deviceID, before, s.since(), n)
}

// Media gives the file of an update. Others' are fetched from the network each time and never kept. ErrNotFound,
// ErrNoMedia, file.ErrNotShown, and the faults of device.DownloadTo.
func (s *Service) Media(ctx context.Context, workspaceID, deviceID, updateID string, to Purpose) (*file.Served, error) {
	u, err := s.Get(ctx, workspaceID, deviceID, updateID)
	if err != nil {
		return nil, err
	}
	m := u.Content.Media
	switch {
	case m == nil:
		return nil, ErrNoMedia
	case m.Blob != "" && to == ToDraw:
		return s.c.Files.Show(ctx, workspaceID, m.Blob)
	case m.Blob != "":
		return s.c.Files.Serve(ctx, workspaceID, m.Blob)
	case len(m.Remote) == 0:
		return nil, device.ErrMediaGone
	}
	d, err := s.c.Devices.Get(ctx, workspaceID, deviceID)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, postPatience)
	defer cancel()
	pass := file.Passing
	if to == ToDraw {
		pass = file.PassingShown
	}
	return pass(m.MIME, m.Filename, func(to *os.File) error { return s.c.Devices.DownloadTo(ctx, d, *m, to) })
}

// Contact finds the contact of who posted an update; false when it is nobody whom the workspace knows.
func (s *Service) Contact(ctx context.Context, u Update, channel string) (contact.Contact, bool, error) {
	for _, a := range u.Sender.Addresses {
		c, err := s.c.Contacts.Find(ctx, u.WorkspaceID, channel, a)
		if !errors.Is(err, contact.ErrNotFound) {
			return c, err == nil, err
		}
	}
	return contact.Contact{}, false, nil
}

// Forget deletes what a device has seen and posted.
func (s *Service) Forget(ctx context.Context, d device.Device) error {
	return s.store.forget(ctx, d.WorkspaceID, d.ID)
}

// run deletes what is over until ctx ends.
func (s *Service) run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.store.sweep(ctx, s.since()); err != nil && ctx.Err() == nil {
			s.c.Log.WarnContext(ctx, "status updates that are over were not deleted", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
