package profile

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// maxSaved is how long a name in an address book may be, in characters.
const maxSaved = 100

// Save keeps a contact in the address book of an account's phone: under name, or the contact's own when it is blank.
// ErrNotFound, contact.ErrName, device.ErrNoPhone.
func (s *Service) Save(ctx context.Context, workspaceID, contactID, deviceID, name string) error {
	if name != db.Text(name) || utf8.RuneCountInString(name) > maxSaved {
		return contact.ErrName.WithField("name")
	}
	c, err := s.person(ctx, workspaceID, contactID)
	if err != nil {
		return err
	}
	if name = strings.TrimSpace(name); name == "" {
		name = c.Name
	}
	if name == "" {
		return contact.ErrName.WithField("name")
	}
	return s.keepInBook(ctx, c, deviceID, name)
}

// Unsave takes a contact out of the address book of an account's phone.
func (s *Service) Unsave(ctx context.Context, workspaceID, contactID, deviceID string) error {
	c, err := s.person(ctx, workspaceID, contactID)
	if err != nil {
		return err
	}
	return s.keepInBook(ctx, c, deviceID, "")
}

func (s *Service) keepInBook(ctx context.Context, c contact.Contact, deviceID, name string) error {
	deviceID, err := s.choose(ctx, c.WorkspaceID, deviceID)
	if err != nil {
		return err
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	return device.Ask(ctx, s.Devices, c.WorkspaceID, deviceID, func(ctx context.Context, d device.Device, b device.AddressBook) error {
		who, err := s.Contacts.PeerOf(ctx, c, d.Channel)
		if err != nil {
			return err
		}
		return b.Save(ctx, who, name)
	})
}

type saveIn struct {
	ID   string `path:"id" maxLength:"64" doc:"The contact's id"`
	Body struct {
		DeviceID string `json:"device_id,omitempty" maxLength:"64" doc:"The device on whose phone it is saved; left out, a connected one"`
		Name     string `json:"name,omitempty" maxLength:"400" doc:"At most 100 characters; left out, the contact's name"`
	}
}

func (a api) registerBook(h huma.API) {
	httpx.Handle(h, "PUT /contacts/{id}/address-book", member.WriteContacts, "Save a contact in the address book of a device's phone", a.save)
	httpx.Handle(h, "DELETE /contacts/{id}/address-book", member.WriteContacts, "Take a contact out of the address book of a device's phone", a.unsave)
}

func (a api) save(ctx context.Context, in *saveIn) (*struct{}, error) {
	return nil, a.s.Save(ctx, caller(ctx), in.ID, in.Body.DeviceID, in.Body.Name)
}

func (a api) unsave(ctx context.Context, in *personIn) (*struct{}, error) {
	return nil, a.s.Unsave(ctx, caller(ctx), in.ID, in.DeviceID)
}
