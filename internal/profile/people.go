package profile

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// Person is what a contact shows on the network of a device.
type Person struct {
	device.Shown
	PictureFile string // the file of the picture; empty when there is none
	Blocked     bool   // the device's account has blocked them, as far as we were told
}

// Of asks what a contact shows, and fetches the picture if it has changed. ErrGroup, contact.ErrNotFound, and the faults
// of device.Ask.
func (s *Service) Of(ctx context.Context, workspaceID, contactID, deviceID string) (p Person, err error) {
	c, err := s.person(ctx, workspaceID, contactID)
	if err != nil {
		return p, err
	}
	if deviceID, err = s.choose(ctx, workspaceID, deviceID); err != nil {
		return p, err
	}
	asked, cancel := bounded(ctx)
	defer cancel()
	err = device.Ask(asked, s.Devices, workspaceID, deviceID, func(ctx context.Context, d device.Device, from device.Profiler) error {
		who, err := s.Contacts.PeerOf(ctx, c, d.Channel)
		if err != nil {
			return err
		}
		p.Shown, err = from.ShownBy(ctx, who)
		return err
	})
	if err != nil {
		return p, err
	}
	if p.Blocked, err = s.store.blocked(ctx, workspaceID, deviceID, c.ID); err != nil {
		return p, err
	}
	p.PictureFile, err = s.Picture(ctx, workspaceID, deviceID, c)
	if errors.Is(err, device.ErrNoPicture) {
		err = nil
	}
	return p, err
}

// person is a contact that is not a group.
func (s *Service) person(ctx context.Context, workspaceID, contactID string) (contact.Contact, error) {
	c, err := s.Contacts.Get(ctx, workspaceID, contactID)
	if err == nil && c.Group {
		err = ErrGroup
	}
	return c, err
}

// choose names a device of the workspace when the caller did not: one that is connected, if there is one.
func (s *Service) choose(ctx context.Context, workspaceID, deviceID string) (string, error) {
	if deviceID != "" {
		return deviceID, nil
	}
	list, err := s.Devices.List(ctx, workspaceID)
	if err != nil {
		return "", err
	}
	for _, d := range list {
		if d.State.Connected() {
			return d.ID, nil
		}
	}
	if len(list) == 0 {
		return "", device.ErrNotFound
	}
	return list[0].ID, nil
}

// Block keeps a contact from writing to a device's account, or lets it again. Twice changes nothing.
func (s *Service) Block(ctx context.Context, workspaceID, contactID, deviceID string, action device.BlockAction) error {
	c, err := s.person(ctx, workspaceID, contactID)
	if err != nil {
		return err
	}
	if deviceID, err = s.choose(ctx, workspaceID, deviceID); err != nil {
		return err
	}
	asked, cancel := bounded(ctx)
	defer cancel()
	var by device.Device
	err = device.Ask(asked, s.Devices, workspaceID, deviceID, func(ctx context.Context, d device.Device, b device.Blocker) error {
		who, err := s.Contacts.PeerOf(ctx, c, d.Channel)
		if err != nil {
			return err
		}
		by = d
		return b.Block(ctx, who, action)
	})
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // the network has done it, whoever waits for the answer
	return s.DB.Tx(ctx, func(ctx context.Context) error { return s.noteBlock(ctx, BlockChange{by, c, action, false}) })
}

// Blocked is somebody who may not write to an account, with the contact it is, if it is one.
type Blocked struct {
	Peer      device.Peer
	ContactID string
}

// BlockedBy asks who is blocked by a device's account.
func (s *Service) BlockedBy(ctx context.Context, workspaceID, deviceID string) (out []Blocked, err error) {
	asked, cancel := bounded(ctx)
	defer cancel()
	var channel string
	err = device.Ask(asked, s.Devices, workspaceID, deviceID, func(ctx context.Context, d device.Device, l device.BlockLister) error {
		list, err := l.Blocked(ctx)
		for _, p := range list {
			out = append(out, Blocked{Peer: p})
		}
		channel = d.Channel
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		for _, a := range out[i].Peer.Addresses {
			c, err := s.Contacts.Find(ctx, workspaceID, channel, a)
			if err == nil {
				out[i].ContactID = c.ID
				break
			}
			if !errors.Is(err, contact.ErrNotFound) {
				return nil, err
			}
		}
	}
	return out, nil
}

// Own asks what a device's account shows of itself.
func (s *Service) Own(ctx context.Context, workspaceID, deviceID string) (p device.OwnProfile, err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	err = device.Ask(ctx, s.Devices, workspaceID, deviceID, func(ctx context.Context, _ device.Device, from device.OwnProfiler) error {
		p, err = from.OwnProfile(ctx)
		return err
	})
	return p, err
}

// The limits of what an account shows, in characters: those of the app's own fields.
const (
	maxName  = 25
	maxAbout = 139
)

// EditOwn changes what a device's account shows. ErrOwnName, ErrAbout.
func (s *Service) EditOwn(ctx context.Context, workspaceID, deviceID string, c device.OwnChange) error {
	if c.Name != nil {
		name := strings.TrimSpace(db.Text(*c.Name))
		if n := utf8.RuneCountInString(name); n < 1 || n > maxName {
			return ErrOwnName
		}
		c.Name = &name
	}
	if c.About != nil {
		about := db.Text(*c.About)
		if utf8.RuneCountInString(about) > maxAbout {
			return ErrAbout
		}
		c.About = &about
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	return device.Ask(ctx, s.Devices, workspaceID, deviceID, func(ctx context.Context, _ device.Device, e device.OwnEditor) error {
		return e.EditOwn(ctx, c)
	})
}

// PaintOwn gives a device's account a picture: the middle of a file of the workspace, as a square. An empty fileID removes it.
func (s *Service) PaintOwn(ctx context.Context, workspaceID, deviceID, fileID string) error {
	var jpeg []byte
	if fileID != "" {
		if _, err := s.Devices.Get(ctx, workspaceID, deviceID); err != nil {
			return err
		}
		data, err := s.Files.Get(ctx, workspaceID, fileID)
		if err != nil {
			return err
		}
		if jpeg, err = s.Portrait(ctx, data, pictureSide); err != nil {
			return err
		}
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	return device.Ask(ctx, s.Devices, workspaceID, deviceID, func(ctx context.Context, _ device.Device, p device.OwnPainter) error {
		return p.PaintOwn(ctx, jpeg)
	})
}

// Present shows a device's account as online or not, until its connection ends.
func (s *Service) Present(ctx context.Context, workspaceID, deviceID string, p device.Presence) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return device.Ask(ctx, s.Devices, workspaceID, deviceID, func(ctx context.Context, _ device.Device, shows device.Presenter) error {
		return shows.Present(ctx, p)
	})
}

// Act shows typing, recording or nothing of a device's account to somebody.
func (s *Service) Act(ctx context.Context, d device.Device, to device.Peer, a device.Activity) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return device.Ask(ctx, s.Devices, d.WorkspaceID, d.ID, func(ctx context.Context, _ device.Device, shows device.Actor) error {
		return shows.Act(ctx, to, a)
	})
}
