// Package profile owns what networks know and show of people: which numbers exist, pictures, about texts, who is blocked, and what an account shows of itself.
package profile

import (
	"context"
	"time"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
)

// The faults of this package.
var (
	ErrTooMany = fault.New(fault.Invalid, "phones_too_many", fault.Text{
		ID: "Paling banyak 100 nomor sekali tanya.", EN: "Ask for at most 100 numbers at once.",
	}).WithField("phones")
	ErrPhone = fault.New(fault.Invalid, "phone_invalid", fault.Text{
		ID: "Nomor ke-%d tidak benar. Tulis dengan kode negara, misalnya 6281234567890.",
		EN: "Number %d is not valid. Write it with the country code, for example 6281234567890.",
	}).WithField("phones")
	ErrBudget = fault.New(fault.Limited, "lookups_used_up", fault.Text{
		ID: "Perangkat ini sudah terlalu banyak menanyakan nomor; menanyakan lebih banyak bisa membuatnya diblokir. Coba lagi nanti.",
		EN: "This device has asked for too many numbers; asking for more can get it banned. Try again later.",
	})
	ErrOwnName = fault.New(fault.Invalid, "profile_name_invalid", fault.Text{
		ID: "Nama profil harus 1 sampai 25 karakter.", EN: "The profile's name must have 1 to 25 characters.",
	}).WithField("name")
	ErrAbout = fault.New(fault.Invalid, "about_invalid", fault.Text{
		ID: "Teks info paling banyak 139 karakter.", EN: "The about text has at most 139 characters.",
	}).WithField("about")
	ErrGroup = fault.New(fault.Invalid, "contact_is_group", fault.Text{
		ID: "Kontak ini grup, bukan orang.", EN: "This contact is a group, not a person.",
	})
)

const (
	// MaxPhones bounds one lookup.
	MaxPhones = 100
	// budget is how many numbers one device asks its network for in an hour: few enough for a shop that writes to its
	// customers, far below what gets numbers banned.
	budget = 250
	// A number that exists is taken to exist for a week; one that doesn't may be registered tomorrow.
	freshHit  = 7 * 24 * time.Hour
	freshMiss = 24 * time.Hour
	// forgetAfter is when an answer that nobody asked for again is deleted.
	forgetAfter = 90 * 24 * time.Hour
	// patience bounds one question to a network.
	patience = 20 * time.Second
	// pictureSide is how wide the networks show profile pictures at most, in pixels.
	pictureSide = 640
)

// Devices are the running devices and their abilities.
type Devices = device.Service

// Config is what a Service works with. All but Now are needed.
type Config struct {
	DB       *db.DB
	Devices  *Devices
	Contacts *contact.Service
	Files    *file.Service
	// Portrait makes a square JPEG, at most side pixels wide, of a picture from outside, or a fault.
	Portrait func(ctx context.Context, data []byte, side int) ([]byte, error)
	Now      func() time.Time // nil is time.Now
}

// Service asks networks about people and remembers their answers.
type Service struct {
	// PictureChanged fires in the transaction that stores or forgets a contact's picture.
	PictureChanged hook.Tx[PictureChange]

	// BlockChanged fires in the transaction in which an account has blocked a contact, or lets it write again: here, or on
	// another of its devices.
	BlockChanged hook.Tx[BlockChange]

	Config
	store   store
	asking  asking
	refresh singleflights
	looks   *looks
}

// PictureChange says that a contact has another picture, or none: FileID is empty then.
type PictureChange struct {
	WorkspaceID string
	ContactID   string
	FileID      string
}

// New makes the service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{Config: c, store: store{c.DB}, looks: newLooks()}
}

func (s *Service) now() int64 { return s.Now().UnixMilli() }

// bounded is ctx with the time that a network has for its answer. It must not be inside a transaction.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, patience)
}
