package apiapp

import (
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

// profile is endpoint 11: the picture of somebody, as an address that opens for a while.
func (s *Service) profile(ctx context.Context, c caller) (object, error) {
	d, err := s.deviceOf(ctx, c)
	if err != nil {
		return nil, err
	}
	a, err := addressField(c.in, "phone", false)
	if err != nil {
		return nil, err
	}
	if !d.Linked {
		return nil, errNotConnected
	}
	fileID, err := s.pictureOf(ctx, d, a)
	if err != nil {
		return nil, err
	}
	link, err := s.pictureLink(ctx, c, fileID)
	if err != nil {
		return nil, err
	}
	return object{
		"success": true, "message": "Berhasil mengambil photo profile",
		"data": object{"url": link, "phone": uid(device.Peer{Addresses: []device.Address{a}})},
	}, nil
}

// pictureOf fetches the picture of a contact, or of somebody who is none.
func (s *Service) pictureOf(ctx context.Context, d device.Device, a device.Address) (fileID string, err error) {
	who, err := s.Contacts.Find(ctx, d.WorkspaceID, d.Channel, a)
	if err == nil {
		return s.Profiles.Picture(ctx, d.WorkspaceID, d.ID, who)
	}
	if !errors.Is(err, contact.ErrNotFound) {
		return "", err
	}
	return s.Profiles.PictureOfStranger(ctx, d.WorkspaceID, d.ID, a)
}

// pictureLink is the link of a stored picture; its name says nothing but what type it is.
func (s *Service) pictureLink(ctx context.Context, c caller, fileID string) (string, error) {
	f, err := s.Stored.Find(ctx, c.workspace.ID, fileID)
	if err != nil {
		return "", err
	}
	return s.link(c, "profile."+ending(f.MIME), fileID), nil
}

// album shows contacts with their pictures as they were last fetched.
type album struct {
	s     *Service
	c     caller
	files map[string]string // contact id → file id
}

func (s *Service) album(ctx context.Context, c caller) (album, error) {
	files, err := s.Profiles.StoredAll(ctx, c.workspace.ID)
	return album{s, c, files}, err
}

// photo is the address of a contact's picture, and whether it is theirs; who has none has the icon.
func (a album) photo(contactID string) (address string, fetched bool) {
	id, ok := a.files[contactID]
	if !ok {
		return origin(a.c.r) + iconPath, false
	}
	return a.s.link(a.c, "profile.jpg", id), true
}
