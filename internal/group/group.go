// Package group owns what a workspace does with the groups of its devices' networks, and hears of what happens to them.
package group

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
)

// The faults of this package; those of the networks are device's.
var (
	ErrName = fault.New(fault.Invalid, "group_name_invalid", fault.Text{
		ID: "Nama grup harus 1 sampai 100 karakter.", EN: "A group's name must have 1 to 100 characters.",
	}).WithField("name")
	ErrDescription = fault.New(fault.Invalid, "group_description_invalid", fault.Text{
		ID: "Keterangan grup paling banyak 2.048 karakter.", EN: "A group's description has at most 2,048 characters.",
	}).WithField("description")
	ErrMember = fault.New(fault.Invalid, "member_invalid", fault.Text{
		ID: "Anggota ke-%d tidak benar. Beri nomor telepon, LID, atau ID kontak yang bukan grup.",
		EN: "Member %d is not valid. Give a phone number, a LID, or the id of a contact that is no group.",
	}).WithField("members")
	ErrNothing = fault.New(fault.Invalid, "nothing_to_change", fault.Text{
		ID: "Sebutkan apa yang diubah.", EN: "Say what to change.",
	})
)

const (
	maxName        = 100
	maxDescription = 2048
	// MaxPeople bounds the people of one request: networks ban accounts that add more strangers at once.
	MaxPeople = 100
	// patience bounds one question to a network; one that is asked of a large group takes its time.
	patience = 30 * time.Second
	// pictureSide is how wide a group's picture is at most, in pixels.
	pictureSide = 640
)

// Files are where pictures come from.
type Files interface {
	// Get returns a file's bytes, or a fault of kind not_found.
	Get(ctx context.Context, workspaceID, fileID string) ([]byte, error)
}

// Config is what a Service works with. All but Lookup are needed.
type Config struct {
	DB       *db.DB
	Devices  *device.Service
	Contacts *contact.Service
	Files    Files
	// Lookup asks which phone numbers the network knows, within what the device may ask for in an hour; nil asks nobody.
	Lookup func(ctx context.Context, workspaceID, deviceID string, phones []string) ([]device.Number, error)
	// Portrait makes a square JPEG, at most side pixels wide, of a picture from outside, or a fault.
	Portrait func(ctx context.Context, data []byte, side int) ([]byte, error)
}

// Service is the groups of all workspaces. It stores nothing of its own: networks know their groups, and a group that
// was seen is a contact.
type Service struct {
	// Changed fires in a transaction of its own for each thing that a device heard of a group, its own deeds too. It may
	// fire again for the same after a crash.
	Changed hook.Tx[Change]

	c Config
}

// Person is somebody of a group: a contact, or (Self) the device's own account, which is none.
type Person struct {
	Self    bool
	Contact contact.Contact
}

// Change is something that happened to a group, in our words.
type Change struct {
	Device  device.Device
	Group   contact.Contact
	Deed    device.GroupDeed
	By      *Person  // who did it; nil is unknown
	Members []Person // whom it happened to; not told of a group that is new to the account
	Text    string   // the new name, description, link, or picture's id
	On      *bool    // whether the setting is on now; nil when the network does not tell
	Seconds int      // of disappearing messages
	At      int64    // unix ms, the network's clock
	Mark    string   // tells it from the same at the same moment; may be ""
	Origin  device.Origin
}

// New makes the service.
func New(c Config) *Service { return &Service{c: c} }

// Listed is a group with its contact.
type Listed struct {
	device.Group
	Contact contact.Contact
}

// ask does something with a device's session, in the time that a network has for its answer. It must not be inside a
// transaction. Faults as device.Ask.
func ask[T any](ctx context.Context, s *Service, workspaceID, deviceID string, do func(context.Context, device.Device, T) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return device.Ask(ctx, s.c.Devices, workspaceID, deviceID, do)
}

// listed gives groups their contacts, which are made for those that have none; names follow.
func (s *Service) listed(ctx context.Context, d device.Device, groups []device.Group) ([]Listed, error) {
	out := make([]Listed, len(groups))
	err := s.c.DB.Tx(ctx, func(ctx context.Context) error {
		for i, g := range groups {
			c, err := s.c.Contacts.Resolve(ctx, d.WorkspaceID, d.Channel, g.Peer)
			if err != nil {
				return err
			}
			out[i] = Listed{g, c}
		}
		return nil
	})
	return out, err
}

func (s *Service) one(ctx context.Context, d device.Device, g device.Group) (Listed, error) {
	list, err := s.listed(ctx, d, []device.Group{g})
	if err != nil {
		return Listed{}, err
	}
	return list[0], nil
}

// find reads what a caller calls a group: the id of its contact, or its address on the network with or without
// @g.us. device.ErrGroup for anything else.
func (s *Service) find(ctx context.Context, d device.Device, id string) (device.Peer, error) {
	if uuid.Validate(id) == nil {
		p, err := s.c.Contacts.Peer(ctx, d.WorkspaceID, d.Channel, id)
		if errors.Is(err, contact.ErrNotFound) || err == nil && !p.Group {
			return device.Peer{}, device.ErrGroup
		}
		return p, err
	}
	value := strings.TrimSuffix(strings.TrimSpace(id), "@g.us")
	creator, created, old := strings.Cut(value, "-")
	if !digits(creator) || old && !digits(created) {
		return device.Peer{}, device.ErrGroup
	}
	return device.Peer{Group: true, Addresses: []device.Address{{Kind: device.AddressGroup, Value: value}}}, nil
}

func digits(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	return strings.Trim(s, "0123456789") == ""
}

// people reads whom a caller means: phone numbers in every form, LIDs, addresses of the network, ids of contacts.
func (s *Service) people(ctx context.Context, d device.Device, list []string) ([]device.Peer, error) {
	out := make([]device.Peer, len(list))
	for i, text := range list {
		p, err := s.person(ctx, d, strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		if len(p.Addresses) == 0 || p.Group {
			return nil, ErrMember.Withf(i + 1)
		}
		out[i] = p
	}
	return out, nil
}

// meet looks up those who are to be added and were never met: who adds many numbers asks which of them exist, and that
// has the same limit as asking. What the network does not know is left to its own refusal.
func (s *Service) meet(ctx context.Context, d device.Device, people []device.Peer) error {
	var phones []string
	for _, p := range people {
		if phone := p.Address(device.AddressPhone); phone != "" && p.Address(device.AddressLID) == "" && !slices.Contains(phones, phone) {
			phones = append(phones, phone)
		}
	}
	if s.c.Lookup == nil || len(phones) == 0 {
		return nil
	}
	found, err := s.c.Lookup(ctx, d.WorkspaceID, d.ID, phones)
	if err != nil {
		return err
	}
	for i := range people {
		for _, n := range found {
			if n.Registered && n.Phone == people[i].Address(device.AddressPhone) && len(n.Addresses) > 0 {
				people[i].Addresses = n.Addresses
			}
		}
	}
	return nil
}

// person returns an empty peer for what names nobody.
func (s *Service) person(ctx context.Context, d device.Device, text string) (device.Peer, error) {
	if uuid.Validate(text) == nil {
		p, err := s.c.Contacts.Peer(ctx, d.WorkspaceID, d.Channel, text)
		if errors.Is(err, contact.ErrNotFound) {
			return device.Peer{}, nil
		}
		return p, err
	}
	address := device.Address{Kind: device.AddressPhone}
	if lid, ok := strings.CutSuffix(text, "@lid"); ok {
		if !digits(lid) {
			return device.Peer{}, nil
		}
		address = device.Address{Kind: device.AddressLID, Value: lid}
	} else {
		number, _, _ := strings.Cut(text, "@s.whatsapp.net")
		phone, err := contact.ParsePhone(number, "")
		if err != nil || strings.Contains(number, "@") {
			return device.Peer{}, nil //nolint:nilerr // the caller says which one it is
		}
		address.Value = phone
	}
	// What is known of them saves a question to the network.
	c, err := s.c.Contacts.Find(ctx, d.WorkspaceID, d.Channel, address)
	if err == nil {
		return s.c.Contacts.PeerOf(ctx, c, d.Channel)
	}
	if errors.Is(err, contact.ErrNotFound) {
		err = nil
	}
	return device.Peer{Addresses: []device.Address{address}}, err
}

// checkName and checkDescription refuse what no network takes.
func checkName(s string) error {
	if n := utf8.RuneCountInString(strings.TrimSpace(db.Text(s))); n < 1 || n > maxName || !utf8.ValidString(s) {
		return ErrName
	}
	return nil
}

func checkDescription(s string) error {
	if utf8.RuneCountInString(s) > maxDescription || !utf8.ValidString(s) {
		return ErrDescription
	}
	return nil
}
