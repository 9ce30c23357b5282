// Package contact owns the people and groups that a workspace talks to, and the addresses by which channels know them.
package contact

import (
	"context"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
)

// The faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "contact_not_found", fault.Text{
		ID: "Kontak tidak ditemukan.", EN: "There is no such contact.",
	})
	ErrPhone = fault.New(fault.Invalid, "phone_invalid", fault.Text{
		ID: "Nomor telepon tidak benar. Tulis dengan kode negara, misalnya 6281234567890.",
		EN: "The phone number is not valid. Write it with the country code, for example 6281234567890.",
	})
	ErrNoAddress = fault.New(fault.Invalid, "address_missing", fault.Text{
		ID: "Alamat penerima kosong.", EN: "The address is empty.",
	})
	ErrName = fault.New(fault.Invalid, "name_invalid", fault.Text{
		ID: "Nama harus 1 sampai 200 huruf.", EN: "The name must have 1 to 200 characters.",
	})
	ErrTaken = fault.New(fault.Conflict, "contact_exists", fault.Text{
		ID: "Sudah ada kontak dengan nomor ini.", EN: "There is a contact with this number already.",
	})
	errUnsettled = fault.New(fault.Unavailable, "contact_busy", fault.Text{
		ID: "Kontak sedang diubah, coba lagi.", EN: "The contact is being changed, try again.",
	})
)

// NameSource says where a contact's name comes from.
type NameSource string

// The sources of names. A given name is never replaced by one that a network tells.
const (
	NameNone  NameSource = ""
	NamePush  NameSource = "push"  // what the person calls itself
	NameGiven NameSource = "given" // what a member or an import wrote
)

// Contact is one person or group of a workspace. Its addresses are Identities; Phone is an attribute, not the key.
type Contact struct {
	ID          string
	WorkspaceID string
	Name        string
	NameSource  NameSource
	Phone       string // digits with country code; empty while unknown and for groups
	Group       bool
	MergedInto  string // the contact that this one became part of, or ""
	CreatedAt   int64  // unix ms
	UpdatedAt   int64  // unix ms
}

// Display is what lists show: the name, else the phone number with a plus, else "".
func (c Contact) Display() string {
	if c.Name != "" || c.Phone == "" {
		return c.Name
	}
	return "+" + c.Phone
}

// Identity is one address of a contact on a channel.
type Identity struct {
	Channel   string
	Kind      string // a device.AddressKind
	Value     string
	ContactID string
	CreatedAt int64 // unix ms
}

// Merge is the record of two contacts that turned out to be one: Gone became part of Kept.
type Merge struct {
	ID          string
	WorkspaceID string
	Kept        Contact
	Gone        Contact
	Moved       []Identity // the identities that were Gone's
	Before      Aside      // what was kept about Kept before
	At          int64      // unix ms
}

// Config is what a Service works with.
type Config struct {
	// Now tells the time; nil is time.Now.
	Now func() time.Time
	// Zone is where a workspace's days begin, for filters; nil is UTC.
	Zone func(ctx context.Context, workspaceID string) (*time.Location, error)
}

// Service is the contacts of all workspaces.
type Service struct {
	// Merged fires inside the transaction that merges two contacts, after their identities were moved. Whoever
	// keeps rows by contact id moves them from Gone to Kept here.
	Merged hook.Tx[Merge]
	// Unmerged fires inside the transaction that takes a merge back, after the identities that were Gone's are its
	// own again. Both contacts are as they are then.
	Unmerged hook.Tx[Merge]
	// Created fires inside the transaction that makes a contact, Changed inside one that gives it another name, its phone
	// number, or changes its card. Neither fires for what a merge makes of the one that is kept.
	Created hook.Tx[Contact]
	Changed hook.Tx[Contact]
	// ConsentChanged fires inside the transaction in which somebody has opted in or out.
	ConsentChanged hook.Tx[ConsentChange]
	// Deleted fires inside the transaction that deletes a contact for good, before its own rows go. Whoever keeps rows by
	// contact id deletes them here.
	Deleted hook.Tx[Contact]
	// Arranged tells, after the commit, that the workspace of that id has other tags, fields or segments.
	Arranged hook.Note[string]

	conf  Config
	db    *db.DB
	store store
	now   func() time.Time
}

// New makes the service.
func New(d *db.DB, c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{conf: c, db: d, store: store{d}, now: c.Now}
}

// arranged passes on err, and tells Arranged after the commit when it is nil.
func (s *Service) arranged(ctx context.Context, workspaceID string, err error) error {
	if err == nil {
		db.AfterCommit(ctx, func() { s.Arranged.Fire(context.WithoutCancel(ctx), workspaceID) })
	}
	return err
}

// Filter narrows a list of contacts. The zero value is everybody, groups too.
type Filter struct {
	Search string // part of the name or of the number; "" is all
	Kind   FilterKind
	// After is the cursor of the page before (Page.Next), "" for the first page.
	After string
	Limit int // 1..200; 0 is 50
}

// FilterKind picks people or groups.
type FilterKind string

// The kinds of contacts to list.
const (
	FilterAll    FilterKind = ""
	FilterPeople FilterKind = "people"
	FilterGroups FilterKind = "groups"
)

// Page is a part of a list, by name and then id. Next is "" at the end.
type Page struct {
	Contacts []Contact
	Next     string
}

// Change is what a member may change; nil leaves as it is.
type Change struct {
	Name *string // 1 to 200 characters; becomes a given name
}
