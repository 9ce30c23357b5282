package group

import (
	"cmp"
	"context"
	"slices"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// List asks a device's network for the groups that its account is in, and returns those whose id comes after, in the
// order of ids, at most limit; more says that there are others behind them. Their members are left out.
func (s *Service) List(ctx context.Context, workspaceID, deviceID, after string, limit int) (list []Listed, more bool, err error) {
	var groups []device.Group
	var where device.Device
	err = ask(ctx, s, workspaceID, deviceID, func(ctx context.Context, d device.Device, g device.GroupLister) (err error) {
		where = d
		groups, err = g.Groups(ctx)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	key := func(g device.Group) string { return g.Peer.Address(device.AddressGroup) }
	groups = slices.DeleteFunc(groups, func(g device.Group) bool { return key(g) <= after })
	slices.SortFunc(groups, func(a, b device.Group) int { return cmp.Compare(key(a), key(b)) })
	if more = len(groups) > limit; more {
		groups = groups[:limit]
	}
	list, err = s.listed(ctx, where, groups)
	return list, more, err
}

// on does something with one group of a device, found by what a caller calls it.
func on[T any](ctx context.Context, s *Service, workspaceID, deviceID, group string, do func(context.Context, device.Device, device.Peer, T) error) error {
	d, err := s.c.Devices.Get(ctx, workspaceID, deviceID)
	if err != nil {
		return err
	}
	p, err := s.find(ctx, d, group)
	if err != nil {
		return err
	}
	return ask(ctx, s, workspaceID, deviceID, func(ctx context.Context, d device.Device, able T) error { return do(ctx, d, p, able) })
}

// Get asks for one group with its members.
func (s *Service) Get(ctx context.Context, workspaceID, deviceID, group string) (out Listed, err error) {
	var found device.Group
	var where device.Device
	err = on(ctx, s, workspaceID, deviceID, group, func(ctx context.Context, d device.Device, p device.Peer, v device.GroupViewer) (err error) {
		where = d
		found, err = v.Group(ctx, p)
		return err
	})
	if err != nil {
		return out, err
	}
	return s.one(ctx, where, found)
}

// Draft is a group to be made. Members are named as in people.
type Draft struct {
	Name     string
	Members  []string
	Settings device.GroupSettings
}

// Create makes a group; results tell in the order of Members who could not be added. Doing it twice makes two.
func (s *Service) Create(ctx context.Context, workspaceID, deviceID string, draft Draft) (out Listed, results []device.MemberResult, err error) {
	d, err := s.c.Devices.Get(ctx, workspaceID, deviceID)
	if err != nil {
		return out, nil, err
	}
	if err := checkName(draft.Name); err != nil {
		return out, nil, err
	}
	people, err := s.people(ctx, d, draft.Members)
	if err != nil {
		return out, nil, err
	}
	if err := s.meet(ctx, d, people); err != nil {
		return out, nil, err
	}
	var made device.Group
	err = ask(ctx, s, workspaceID, deviceID, func(ctx context.Context, _ device.Device, m device.GroupMaker) (err error) {
		made, results, err = m.MakeGroup(ctx, device.GroupDraft{Name: db.Text(draft.Name), Members: people, Settings: draft.Settings})
		return err
	})
	if err != nil {
		return out, nil, err
	}
	out, err = s.one(ctx, d, made)
	return out, results, err
}

// Change changes a group's properties one after the other, in the order of the fields; after an error those before it
// are changed. It returns the group as it is then.
func (s *Service) Change(ctx context.Context, workspaceID, deviceID, group string, change device.GroupChange) (Listed, error) {
	if change == (device.GroupChange{}) {
		return Listed{}, ErrNothing
	}
	if change.Name != nil {
		if err := checkName(*change.Name); err != nil {
			return Listed{}, err
		}
	}
	if change.Description != nil {
		if err := checkDescription(*change.Description); err != nil {
			return Listed{}, err
		}
	}
	err := on(ctx, s, workspaceID, deviceID, group, func(ctx context.Context, _ device.Device, p device.Peer, c device.GroupChanger) error {
		return c.ChangeGroup(ctx, p, change)
	})
	if err != nil {
		return Listed{}, err
	}
	return s.Get(ctx, workspaceID, deviceID, group)
}

// Paint gives a group the picture in a file; an empty fileID takes it away.
func (s *Service) Paint(ctx context.Context, workspaceID, deviceID, group, fileID string) error {
	if _, err := s.c.Devices.Get(ctx, workspaceID, deviceID); err != nil {
		return err
	}
	var jpeg []byte
	if fileID != "" {
		data, err := s.c.Files.Get(ctx, workspaceID, fileID)
		if err != nil {
			return err
		}
		if jpeg, err = s.c.Portrait(ctx, data, pictureSide); err != nil {
			return err
		}
	}
	return on(ctx, s, workspaceID, deviceID, group, func(ctx context.Context, _ device.Device, p device.Peer, painter device.GroupPainter) error {
		return painter.PaintGroup(ctx, p, jpeg)
	})
}

// Act adds, removes, promotes, demotes, approves or rejects people, named as in people. The results are in their order.
func (s *Service) Act(ctx context.Context, workspaceID, deviceID, group string, action device.MemberAction, names []string) (results []device.MemberResult, err error) {
	err = on(ctx, s, workspaceID, deviceID, group, func(ctx context.Context, d device.Device, p device.Peer, r device.GroupRoster) error {
		people, err := s.people(ctx, d, names)
		if err != nil {
			return err
		}
		if action == device.MemberAdd {
			if err := s.meet(ctx, d, people); err != nil {
				return err
			}
		}
		results, err = r.ChangeMembers(ctx, p, action, people)
		return err
	})
	return results, err
}

// Requests asks who waits to be let into a group.
func (s *Service) Requests(ctx context.Context, workspaceID, deviceID, group string) (list []device.JoinRequest, err error) {
	err = on(ctx, s, workspaceID, deviceID, group, func(ctx context.Context, _ device.Device, p device.Peer, r device.GroupRoster) (err error) {
		list, err = r.JoinRequests(ctx, p)
		return err
	})
	return list, err
}

// Link asks for the link to a group.
func (s *Service) Link(ctx context.Context, workspaceID, deviceID, group string) (link string, err error) {
	err = on(ctx, s, workspaceID, deviceID, group, func(ctx context.Context, _ device.Device, p device.Peer, i device.GroupInviter) (err error) {
		link, err = i.GroupLink(ctx, p)
		return err
	})
	return link, err
}

// ResetLink replaces the link to a group; the old one no longer leads anywhere.
func (s *Service) ResetLink(ctx context.Context, workspaceID, deviceID, group string) (link string, err error) {
	err = on(ctx, s, workspaceID, deviceID, group, func(ctx context.Context, _ device.Device, p device.Peer, i device.GroupInviter) (err error) {
		link, err = i.ResetGroupLink(ctx, p)
		return err
	})
	return link, err
}

// Preview shows where a link leads, without its members. Nobody is told.
func (s *Service) Preview(ctx context.Context, workspaceID, deviceID, link string) (g device.Group, err error) {
	err = ask(ctx, s, workspaceID, deviceID, func(ctx context.Context, _ device.Device, j device.GroupJoiner) (err error) {
		g, err = j.PreviewGroup(ctx, link)
		return err
	})
	return g, err
}

// Join goes where a link leads. waits is true when an admin has to let the account in first. Twice is fine.
func (s *Service) Join(ctx context.Context, workspaceID, deviceID, link string) (out Listed, waits bool, err error) {
	var joined device.Group
	var where device.Device
	err = ask(ctx, s, workspaceID, deviceID, func(ctx context.Context, d device.Device, j device.GroupJoiner) (err error) {
		where = d
		joined, waits, err = j.JoinGroup(ctx, link)
		return err
	})
	if err != nil {
		return out, false, err
	}
	out, err = s.one(ctx, where, joined)
	return out, waits, err
}

// Leave takes the device's account out of a group. Its chat stays.
func (s *Service) Leave(ctx context.Context, workspaceID, deviceID, group string) error {
	return on(ctx, s, workspaceID, deviceID, group, func(ctx context.Context, _ device.Device, p device.Peer, l device.GroupLeaver) error {
		return l.LeaveGroup(ctx, p)
	})
}
