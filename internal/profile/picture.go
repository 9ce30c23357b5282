package profile

import (
	"context"
	"errors"
	"strings"

	"golang.org/x/sync/singleflight"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

// singleflights lets who asks for the same picture at the same time wait for one answer.
type singleflights = singleflight.Group

// Picture asks a device's network for the picture of a contact and keeps it as a file of the workspace; one that has not
// changed is not fetched again. device.ErrNoPicture, and the faults of device.Ask.
func (s *Service) Picture(ctx context.Context, workspaceID, deviceID string, c contact.Contact) (fileID string, err error) {
	id, err, _ := s.refresh.Do(workspaceID+"/"+deviceID+"/"+c.ID, func() (any, error) {
		return s.fetchPicture(context.WithoutCancel(ctx), workspaceID, deviceID, c)
	})
	if err != nil {
		return "", err
	}
	return id.(string), nil
}

func (s *Service) fetchPicture(ctx context.Context, workspaceID, deviceID string, c contact.Contact) (string, error) {
	before, err := s.store.picture(ctx, workspaceID, c.ID)
	if err != nil {
		return "", err
	}
	known := before.PictureID
	if before.FileID == "" || before.SmallID == "" {
		known = ""
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	got, err := s.pictureOf(ctx, workspaceID, deviceID, c, known)
	if errors.Is(err, device.ErrNoPicture) {
		return "", errors.Join(s.keep(ctx, workspaceID, c.ID, before, kept{CheckedAt: s.now()}), err)
	}
	if err != nil {
		return "", err
	}
	now := kept{PictureID: got.ID, FileID: before.FileID, SmallID: before.SmallID, CheckedAt: s.now()}
	if got.Data != nil {
		f, err := s.Files.Add(ctx, workspaceID, "", got.Data)
		if err != nil {
			return "", err
		}
		if !strings.HasPrefix(f.MIME, "image/") { // whoever put it there wanted to harm
			return "", device.ErrNoPicture
		}
		now.FileID = f.ID
		if now.SmallID, err = s.shrink(ctx, workspaceID, got.Data); err != nil {
			return "", err
		}
	}
	return now.FileID, s.keep(ctx, workspaceID, c.ID, before, now)
}

// undrawn stands for the small picture of one that can't be drawn.
const undrawn = "-"

// shrink keeps a picture small, as a file.
func (s *Service) shrink(ctx context.Context, workspaceID string, data []byte) (fileID string, err error) {
	jpeg, err := s.Portrait(ctx, data, smallSide)
	if err != nil {
		return undrawn, ctx.Err() // whoever put it there gets their initials
	}
	f, err := s.Files.Add(ctx, workspaceID, "", jpeg)
	return f.ID, err
}

func (s *Service) pictureOf(ctx context.Context, workspaceID, deviceID string, c contact.Contact, known string) (p device.Picture, err error) {
	err = device.Ask(ctx, s.Devices, workspaceID, deviceID, func(ctx context.Context, d device.Device, from device.Portraitist) error {
		who, err := s.Contacts.PeerOf(ctx, c, d.Channel)
		if err != nil {
			return err
		}
		p, err = from.PictureOf(ctx, who, known)
		return err
	})
	return p, err
}

// keep writes down what was seen, and tells of it when it is another picture.
func (s *Service) keep(ctx context.Context, workspaceID, contactID string, before, now kept) error {
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.keepPicture(ctx, workspaceID, contactID, now); err != nil {
			return err
		}
		if before.FileID == now.FileID && before.SmallID == now.SmallID {
			return nil
		}
		return s.PictureChanged.Fire(ctx, PictureChange{workspaceID, contactID, now.FileID})
	})
}

// Stored is the file of a contact's picture as it was last fetched; empty when it never was, or there is none.
func (s *Service) Stored(ctx context.Context, workspaceID, contactID string) (fileID string, err error) {
	k, err := s.store.picture(ctx, workspaceID, contactID)
	return k.FileID, err
}

// StoredAll maps the contacts of a workspace whose pictures were fetched to the pictures' files.
func (s *Service) StoredAll(ctx context.Context, workspaceID string) (map[string]string, error) {
	return s.store.pictures(ctx, workspaceID)
}

// Outdate forgets the picture of somebody whose network says that it has changed; it is fetched when somebody asks.
func (s *Service) Outdate(ctx context.Context, d device.Device, who device.Peer) error {
	for _, a := range who.Addresses {
		c, err := s.Contacts.Find(ctx, d.WorkspaceID, d.Channel, a)
		if errors.Is(err, contact.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		before, err := s.store.picture(ctx, d.WorkspaceID, c.ID)
		if err != nil || before.FileID == "" {
			return err
		}
		return s.keep(ctx, d.WorkspaceID, c.ID, before, kept{})
	}
	return nil
}

// Merged gives the kept contact the picture of the one that became part of it, unless it has its own.
func (s *Service) Merged(ctx context.Context, m contact.Merge) error {
	gone, err := s.store.picture(ctx, m.WorkspaceID, m.Gone.ID)
	if err != nil {
		return err
	}
	own, err := s.store.picture(ctx, m.WorkspaceID, m.Kept.ID)
	if err != nil {
		return err
	}
	if own.FileID == "" && gone.FileID != "" {
		if err := s.store.keepPicture(ctx, m.WorkspaceID, m.Kept.ID, gone); err != nil {
			return err
		}
	}
	if err := s.store.moveBlocks(ctx, m.WorkspaceID, m.Gone.ID, m.Kept.ID); err != nil {
		return err
	}
	return s.store.dropPicture(ctx, m.WorkspaceID, m.Gone.ID)
}

// PictureOfStranger fetches the picture of somebody who is no contact, and keeps nothing but the file. A phone number is
// looked up first, within the device's budget: who asks for pictures of many numbers asks which of them exist.
func (s *Service) PictureOfStranger(ctx context.Context, workspaceID, deviceID string, a device.Address) (fileID string, err error) {
	who := device.Peer{Group: a.Kind == device.AddressGroup, Addresses: []device.Address{a}}
	if a.Kind == device.AddressPhone {
		found, err := s.Lookup(ctx, workspaceID, deviceID, []string{"+" + a.Value})
		if err != nil {
			return "", err
		}
		if !found[0].Registered {
			return "", device.ErrUnregistered
		}
		who.Addresses = found[0].Addresses
	}
	asked, cancel := bounded(ctx)
	defer cancel()
	var p device.Picture
	err = device.Ask(asked, s.Devices, workspaceID, deviceID, func(ctx context.Context, _ device.Device, from device.Portraitist) error {
		p, err = from.PictureOf(ctx, who, "")
		return err
	})
	if err != nil {
		return "", err
	}
	f, err := s.Files.Add(ctx, workspaceID, "", p.Data)
	if err == nil && !strings.HasPrefix(f.MIME, "image/") {
		err = device.ErrNoPicture
	}
	return f.ID, err
}
