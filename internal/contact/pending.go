package contact

import (
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/module"
)

var errPending = errors.New("contact: not written yet")

func (s *Service) create(ctx context.Context, workspaceID, channel, name, phone string) (Contact, error) {
	return Contact{}, errPending
}

// Resolve returns the contact of a peer, making it when none of its addresses is known, in the caller's transaction or
// one of its own. Addresses that were unknown are added; when they belong to two contacts these are merged, the elder
// is kept and Merged fires. A name fills an empty or a push name, never a given one. ErrNoAddress without an address.
func (s *Service) Resolve(ctx context.Context, workspaceID, channel string, p device.Peer) (Contact, error) {
	return Contact{}, errPending
}

// Get returns one contact; one that was merged away is answered with the one it became part of. ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID, id string) (Contact, error) {
	return Contact{}, errPending
}

// Peer returns every address of a contact on a channel, as a driver wants it. ErrNotFound.
func (s *Service) Peer(ctx context.Context, workspaceID, channel, id string) (device.Peer, error) {
	return device.Peer{}, errPending
}

// Find returns the contact that has an address, without making one. ErrNotFound.
func (s *Service) Find(ctx context.Context, workspaceID, channel string, a device.Address) (Contact, error) {
	return Contact{}, errPending
}

// List returns contacts by name, page by page. Merged ones are not listed.
func (s *Service) List(ctx context.Context, workspaceID string, f Filter) (Page, error) {
	return Page{}, errPending
}

// Update changes a contact. ErrNotFound, ErrName.
func (s *Service) Update(ctx context.Context, workspaceID, id string, c Change) (Contact, error) {
	return Contact{}, errPending
}

// ParsePhone reads a phone number as people write it (0812…, 62812…, +62 812-…, 8.12E+10 from a spreadsheet) and
// returns digits with the country code. region is a two-letter country, used for numbers without a country code; ""
// is ID. ErrPhone.
func ParsePhone(raw, region string) (string, error) { return "", errPending }

// Module lists the package in the program.
func Module(s *Service) module.Module { return module.Module{Name: "contact"} }
