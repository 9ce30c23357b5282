package group

import (
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

// SettingsView are who may do what in a group.
type SettingsView struct {
	Announce     bool   `json:"announce" doc:"Only admins write"`
	Locked       bool   `json:"locked" doc:"Only admins change name, description and picture"`
	JoinApproval bool   `json:"join_approval" doc:"Who comes by the link waits for an admin"`
	MemberAdd    string `json:"member_add_mode" enum:"all,admins" doc:"Who adds people"`
	Disappearing int    `json:"disappearing_seconds" doc:"Messages disappear after so many seconds; 0 is never"`
}

// MemberView is one person of a group.
type MemberView struct {
	ContactID string           `json:"contact_id,omitempty" doc:"Missing when they are nobody that the workspace knows"`
	Phone     string           `json:"phone,omitempty" doc:"Digits with country code; missing where the network hides it"`
	LID       string           `json:"lid,omitempty" doc:"WhatsApp's hidden id of the person"`
	Name      string           `json:"name,omitempty"`
	Role      device.GroupRole `json:"role" enum:"member,admin,owner"`
	Self      bool             `json:"self,omitempty" doc:"The device's own account"`
}

// View is a group as the API shows it. Times are unix milliseconds.
type View struct {
	ID          string           `json:"id" doc:"Of its contact in this workspace; the chat with it has this contact_id"`
	Address     string           `json:"address" doc:"On its network" example:"120363303315871698@g.us"`
	Name        string           `json:"name"`
	Description string           `json:"description,omitempty"`
	Role        device.GroupRole `json:"role,omitempty" enum:"member,admin,owner" doc:"Of the device's account; missing when it is no member"`
	Size        int              `json:"size" doc:"How many members it has"`
	CreatedAt   int64            `json:"created_at,omitempty"`
	Settings    SettingsView     `json:"settings"`
	Members     []MemberView     `json:"members,omitempty" doc:"Not in lists"`
}

// PreviewView is a group as a link shows it.
type PreviewView struct {
	Address     string       `json:"address" doc:"On its network" example:"120363303315871698@g.us"`
	Name        string       `json:"name"`
	Description string       `json:"description,omitempty"`
	Size        int          `json:"size" doc:"How many members it has"`
	CreatedAt   int64        `json:"created_at,omitempty"`
	Settings    SettingsView `json:"settings"`
}

// ResultView is what became of one person.
type ResultView struct {
	Member string `json:"member" doc:"As it was given"`
	Phone  string `json:"phone,omitempty"`
	LID    string `json:"lid,omitempty"`
	Done   bool   `json:"done"`
	Code   string `json:"code,omitempty" doc:"The network's own: 403 does not let itself be added, 404 has no account or is no member, 406 not possible, 408 left recently, 409 is a member already, 419 the group is full"`
}

// RequestView is somebody who waits to be let in.
type RequestView struct {
	ContactID string `json:"contact_id,omitempty" doc:"Missing when they are nobody that the workspace knows"`
	Phone     string `json:"phone,omitempty"`
	LID       string `json:"lid,omitempty"`
	Name      string `json:"name,omitempty"`
	At        int64  `json:"at,omitempty" doc:"When they asked, unix milliseconds"`
}

func addressOf(p device.Peer) string { return p.Address(device.AddressGroup) + "@g.us" }

func settingsOf(g device.GroupSettings) SettingsView {
	v := SettingsView{Announce: g.Announce, Locked: g.Locked, JoinApproval: g.JoinApproval, MemberAdd: "all", Disappearing: g.Disappearing}
	if g.AdminsAdd {
		v.MemberAdd = "admins"
	}
	return v
}

// viewOf shows a group without its members.
func viewOf(l Listed) View {
	return View{
		ID: l.Contact.ID, Address: addressOf(l.Peer), Name: l.Peer.Name, Description: l.Description, Role: l.Role, Size: l.Size,
		CreatedAt: l.CreatedAt, Settings: settingsOf(l.Settings),
	}
}

func previewOf(g device.Group) PreviewView {
	return PreviewView{
		Address: addressOf(g.Peer), Name: g.Peer.Name, Description: g.Description, Size: g.Size, CreatedAt: g.CreatedAt,
		Settings: settingsOf(g.Settings),
	}
}

// known finds the contact of somebody, without making one.
func (s *Service) known(ctx context.Context, d device.Device, p device.Peer) (c contact.Contact, err error) {
	for _, a := range p.Addresses {
		c, err = s.c.Contacts.Find(ctx, d.WorkspaceID, d.Channel, a)
		if err == nil || !errors.Is(err, contact.ErrNotFound) {
			return c, err
		}
	}
	return contact.Contact{}, nil
}

func (s *Service) members(ctx context.Context, d device.Device, list []device.GroupMember) ([]MemberView, error) {
	out := make([]MemberView, len(list))
	for i, m := range list {
		out[i] = MemberView{
			Phone: m.Peer.Address(device.AddressPhone), LID: m.Peer.Address(device.AddressLID), Role: m.Role, Self: IsSelf(d, m.Peer),
		}
		if out[i].Self {
			continue
		}
		c, err := s.known(ctx, d, m.Peer)
		if err != nil {
			return nil, err
		}
		out[i].ContactID, out[i].Name = c.ID, c.Name
	}
	return out, nil
}

func (s *Service) requests(ctx context.Context, d device.Device, list []device.JoinRequest) ([]RequestView, error) {
	out := make([]RequestView, len(list))
	for i, r := range list {
		c, err := s.known(ctx, d, r.Peer)
		if err != nil {
			return nil, err
		}
		out[i] = RequestView{
			ContactID: c.ID, Name: c.Name, Phone: r.Peer.Address(device.AddressPhone), LID: r.Peer.Address(device.AddressLID), At: r.At,
		}
	}
	return out, nil
}

func resultsOf(names []string, list []device.MemberResult) []ResultView {
	out := make([]ResultView, len(list))
	for i, r := range list {
		out[i] = ResultView{
			Member: names[i], Phone: r.Peer.Address(device.AddressPhone), LID: r.Peer.Address(device.AddressLID), Done: r.Code == "", Code: r.Code,
		}
	}
	return out
}
