package group

import (
	"cmp"
	"context"
	"fmt"

	"github.com/pingcrm/pingcrm/internal/device"
)

// Heard takes in what a device heard of a group: the group's contact is found or made, its name follows, and Changed
// fires with the contacts of those who have to do with it. The same again changes nothing but fires again.
func (s *Service) Heard(ctx context.Context, h device.GroupHeard) error {
	d, e := h.Device, h.Event
	if len(e.Group.Addresses) == 0 {
		return nil
	}
	if e.Origin != device.OriginHistory && (e.Deed == device.GroupCame || e.Deed == device.GroupName) {
		e.Group.Name = e.Text
	}
	return s.c.DB.Tx(ctx, func(ctx context.Context) error {
		c := Change{Device: d, Deed: e.Deed, Text: e.Text, On: e.On, Seconds: e.Seconds, At: e.At, Mark: e.Mark, Origin: cmp.Or(e.Origin, device.OriginLive)}
		var err error
		if c.Group, err = s.c.Contacts.Resolve(ctx, d.WorkspaceID, d.Channel, e.Group); err != nil {
			return fmt.Errorf("find the group's contact: %w", err)
		}
		if len(e.By.Addresses) > 0 {
			by, err := s.somebody(ctx, d, e.By)
			if err != nil {
				return err
			}
			c.By = &by
		}
		if e.Deed != device.GroupCame { // a large group's members become contacts when they do something
			for _, m := range e.Members {
				who, err := s.somebody(ctx, d, m)
				if err != nil {
					return err
				}
				c.Members = append(c.Members, who)
			}
		}
		return s.Changed.Fire(ctx, c)
	})
}

// somebody finds or makes the contact of a member; the device's own account is none.
func (s *Service) somebody(ctx context.Context, d device.Device, p device.Peer) (Person, error) {
	if IsSelf(d, p) {
		return Person{Self: true}, nil
	}
	c, err := s.c.Contacts.Resolve(ctx, d.WorkspaceID, d.Channel, p)
	if err != nil {
		return Person{}, fmt.Errorf("find a member's contact: %w", err)
	}
	return Person{Contact: c}, nil
}

// IsSelf says whether a peer is the account of the device itself.
func IsSelf(d device.Device, p device.Peer) bool {
	for _, a := range p.Addresses {
		if a.Kind == device.AddressPhone && a.Value == d.Account.Number || a.Kind == device.AddressLID && a.Value == d.Account.LID && a.Value != "" {
			return true
		}
	}
	return false
}
