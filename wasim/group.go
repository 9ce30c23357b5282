package wasim

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim/internal/group"
)

// Faults of groups.
var (
	// ErrUnknownGroup says that no group has the id.
	ErrUnknownGroup = errors.New("wasim: no group has this id")
	// ErrGroupRefused says that the network doesn't allow it: who asked isn't an admin, the link is old, the name too
	// long. The error's text says which.
	ErrGroupRefused = errors.New("wasim: the group refused")
)

// inviteLength is how many letters a link's code has.
const inviteLength = 22

// GroupOptions describes a group to be made.
type GroupOptions struct {
	Name        string
	Description string
	// Addressing is the form in which members are addressed; empty is the network's.
	Addressing Addressing
	// Announce lets only admins write, Locked only admins change the group, AdminsAdd only admins add people,
	// Approval makes those who come by the link wait.
	Announce, Locked, AdminsAdd, Approval bool
	// Ephemeral is after how many seconds messages disappear; 0 is never.
	Ephemeral uint32
}

// Group is a group of the network as one of its members' phones handles it, or (Network.Group) as it is.
type Group struct {
	net *Network
	id  string
}

// GroupInfo is a group at a moment.
type GroupInfo struct {
	// JID is the group's address, with @g.us.
	JID         string        `json:"jid"`
	Name        string        `json:"name"`
	Description string        `json:"description,omitempty"`
	Addressing  Addressing    `json:"addressing"`
	Announce    bool          `json:"announce"`
	Locked      bool          `json:"locked"`
	AdminsAdd   bool          `json:"admins_add"`
	Approval    bool          `json:"approval"`
	Ephemeral   uint32        `json:"ephemeral"`
	Invite      string        `json:"invite"`
	PictureID   string        `json:"picture_id,omitempty"`
	Members     []GroupMember `json:"members"`
	// Requests are the numbers of those who wait to be let in.
	Requests []string `json:"requests"`
}

// GroupMember is one person of a group.
type GroupMember struct {
	Number string `json:"number"`
	// Role is "superadmin" for who made the group, "admin", or empty.
	Role string `json:"role"`
}

// Group finds a group by its id, with or without @g.us.
func (n *Network) Group(id string) (*Group, bool) {
	id = strings.TrimSuffix(id, "@"+types.GroupServer)
	if _, err := n.groups.Get(id); err != nil {
		return nil, false
	}
	return &Group{net: n, id: id}, true
}

// CreateGroup makes a group with this phone as its owner. Members are phones of the network; who isn't on it is an error.
func (p *Phone) CreateGroup(opts GroupOptions, members ...string) (*Group, error) {
	people := make([]string, 0, len(members))
	for _, m := range members {
		a := p.net.accounts.find(m)
		if a == nil {
			return nil, fmt.Errorf("%w: %q", ErrUnknownNumber, m)
		}
		people = append(people, a.lid)
	}
	d := group.Draft{People: people}
	d.Phone = opts.Addressing == AddressPhone || opts.Addressing == "" && p.net.opts.Addressing == AddressPhone
	d.Subject.Text, d.Description.Text, d.Description.ID = opts.Name, opts.Description, "0"
	d.Announce, d.Locked, d.AdminsAdd, d.Approval, d.Ephemeral = opts.Announce, opts.Locked, opts.AdminsAdd, opts.Approval, opts.Ephemeral
	g, refused, err := p.net.createGroup(p.account, d, "")
	if err = firstRefusal(refused, err); err != nil {
		return nil, err
	}
	return &Group{net: p.net, id: g.ID}, nil
}

// Groups lists the groups that the phone's owner is in.
func (p *Phone) Groups() []*Group {
	found := p.net.groups.Of(p.account.lid)
	out := make([]*Group, len(found))
	for i, g := range found {
		out[i] = &Group{net: p.net, id: g.ID}
	}
	return out
}

// JoinGroup uses a link or its code. waits is true when an admin has to let the owner in first.
func (p *Phone) JoinGroup(link string) (g *Group, waits bool, err error) {
	found, waits, err := p.net.enterGroup(p.account, strings.TrimPrefix(link, inviteLink))
	if err != nil {
		return nil, false, groupError(err)
	}
	return &Group{net: p.net, id: found.ID}, waits, nil
}

// inviteLink is what stands before the code of an invitation.
const inviteLink = "https://chat.whatsapp.com/"

// groupError makes a refusal what callers of this package look for.
func groupError(err error) error {
	var refusal group.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		return fmt.Errorf("%w (%d): %w", ErrGroupRefused, int(refusal), err)
	default:
		return err
	}
}

// JID is the group's address.
func (g *Group) JID() types.JID { return types.NewJID(g.id, types.GroupServer) }

// String is the group's address as Phone.Send takes it.
func (g *Group) String() string { return g.JID().String() }

// Info tells what the group is now; ErrUnknownGroup once everybody has left.
func (g *Group) Info() (GroupInfo, error) {
	found, err := g.net.groups.Get(g.id)
	if err != nil {
		return GroupInfo{}, fmt.Errorf("%w: %s", ErrUnknownGroup, g.id)
	}
	out := GroupInfo{
		JID: g.String(), Name: found.Subject.Text, Description: found.Description.Text, Addressing: formOfGroup(found),
		Announce: found.Announce, Locked: found.Locked, AdminsAdd: found.AdminsAdd, Approval: found.Approval,
		Ephemeral: found.Ephemeral, Invite: inviteLink + found.Invite, PictureID: found.Picture.ID,
		Members: []GroupMember{}, Requests: []string{},
	}
	for _, m := range found.Members {
		if a := g.net.member(m.ID); a != nil {
			out.Members = append(out.Members, GroupMember{Number: a.pn, Role: string(m.Role)})
		}
	}
	for _, r := range found.Requests {
		if a := g.net.member(r.ID); a != nil {
			out.Requests = append(out.Requests, a.pn)
		}
	}
	return out, nil
}

// Add puts people in, on behalf of the phone by. As with Remove, Promote and Demote, the first who can't be helped is
// an error, and the others are done.
func (g *Group) Add(by *Phone, people ...string) error { return g.act(by, group.ActionAdd, people) }

// Remove takes people out.
func (g *Group) Remove(by *Phone, people ...string) error {
	return g.act(by, group.ActionRemove, people)
}

// Promote makes people admins.
func (g *Group) Promote(by *Phone, people ...string) error {
	return g.act(by, group.ActionPromote, people)
}

// Demote takes that back.
func (g *Group) Demote(by *Phone, people ...string) error {
	return g.act(by, group.ActionDemote, people)
}

func (g *Group) act(by *Phone, action group.Action, people []string) error {
	ids, err := g.net.memberIDs(people)
	if err != nil {
		return err
	}
	_, list, err := g.net.actOnGroup(g.id, by.account, action, ids)
	return firstRefusal(list, err)
}

func firstRefusal(list []group.Outcome, err error) error {
	for _, o := range list {
		if err == nil && o.Code != 0 {
			err = o.Code
		}
	}
	return groupError(err)
}

// Leave takes the owner of a phone out.
func (g *Group) Leave(who *Phone) error {
	_, err := g.net.leaveGroup(g.id, who.account)
	return groupError(err)
}

// Answer lets people in who wait, on behalf of an admin.
func (g *Group) Answer(by *Phone, yes Verdict, people ...string) error {
	ids, err := g.net.memberIDs(people)
	if err != nil {
		return err
	}
	_, list, err := g.net.answerRequests(g.id, by.account, yes == Approve, ids)
	return firstRefusal(list, err)
}

// Verdict is what becomes of somebody who waits to be let into a group.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve"
	Reject  Verdict = "reject"
)

// GroupChange is a change of a group's properties; nil leaves as it is.
type GroupChange struct {
	Name        *string `json:"name"`
	Description *string `json:"description"`
	Announce    *bool   `json:"announce"`
	Locked      *bool   `json:"locked"`
	AdminsAdd   *bool   `json:"admins_add"`
	Approval    *bool   `json:"approval"`
	Ephemeral   *uint32 `json:"ephemeral"`
}

// Change sets properties on behalf of a phone, each of which everybody in the group is told of.
func (g *Group) Change(by *Phone, c GroupChange) error {
	n, at := g.net, g.net.now()
	var list []group.Setting
	if c.Name != nil {
		list = append(list, group.Setting{Subject: &group.Note{Text: *c.Name, By: by.account.lid, At: at}})
	}
	if c.Description != nil {
		list = append(list, group.Setting{Description: &group.Note{
			ID: strconv.FormatInt(n.count.ids.Add(1), 16), Text: *c.Description, By: by.account.lid, At: at,
		}})
	}
	for _, s := range []group.Setting{
		{Announce: c.Announce}, {Locked: c.Locked}, {AdminsAdd: c.AdminsAdd}, {Approval: c.Approval}, {Ephemeral: c.Ephemeral},
	} {
		if s != (group.Setting{}) {
			list = append(list, s)
		}
	}
	for _, s := range list {
		if _, err := n.setGroup(g.id, by.account, s); err != nil {
			return groupError(err)
		}
	}
	return nil
}

// SetPicture gives the group a picture (a JPEG); nil takes it away.
func (g *Group) SetPicture(by *Phone, jpeg []byte) error {
	_, err := g.net.setGroupPicture(g.id, by.account, jpeg)
	return groupError(err)
}

// Picture is the group's picture; nil when it has none.
func (g *Group) Picture() []byte {
	found, err := g.net.groups.Get(g.id)
	if err != nil || found.Picture.Path == "" {
		return nil
	}
	data, err := g.net.media.Get(found.Picture.Path)
	if err != nil {
		return nil
	}
	return data
}

// ResetInvite replaces the group's link and returns the new one.
func (g *Group) ResetInvite(by *Phone) (string, error) {
	found, err := g.net.resetInvite(g.id, by.account)
	if err != nil {
		return "", groupError(err)
	}
	return inviteLink + found.Invite, nil
}

// Await waits until the group fits match; it looks whenever something was done to a group.
func (g *Group) Await(ctx context.Context, match func(GroupInfo) bool) (GroupInfo, error) {
	for {
		changed := g.net.groupsChanged()
		info, err := g.Info()
		if err == nil && match(info) {
			return info, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return info, fmt.Errorf("waiting for group %s: %w; the last stanzas:\n%s", g.id, ctx.Err(), g.net.log.Tail(awaitTail))
		}
	}
}

// groupID is the id of the next group: the same in every run of a seed that makes the same groups.
func (n *Network) groupID() string {
	random := n.random("group", n.groups.serial.Add(1))
	for {
		id := "120363" + strconv.FormatUint(100_000_000_000+draw(random)%900_000_000_000, 10)
		if _, err := n.groups.Get(id); err != nil {
			return id
		}
	}
}

// inviteCode makes the code of a new link.
func (n *Network) inviteCode() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	random := n.random("invite", n.groups.serial.Add(1))
	var b strings.Builder
	for range inviteLength {
		b.WriteByte(letters[draw(random)%uint64(len(letters))])
	}
	return b.String()
}

// member is the account of a group's member.
func (n *Network) member(id string) *account {
	return n.accounts.at(types.NewJID(id, types.HiddenUserServer))
}

// memberIDs finds people by what a person would write.
func (n *Network) memberIDs(people []string) ([]string, error) {
	ids := make([]string, 0, len(people))
	for _, who := range people {
		a := n.accounts.find(who)
		if a == nil {
			return nil, fmt.Errorf("%w: %q", ErrUnknownNumber, who)
		}
		ids = append(ids, a.lid)
	}
	return ids, nil
}

func everybody(g *group.Group) []string {
	out := make([]string, len(g.Members))
	for i, m := range g.Members {
		out[i] = m.ID
	}
	return out
}

func formOfGroup(g *group.Group) Addressing {
	if g.Phone {
		return AddressPhone
	}
	return AddressLID
}

// unixTime is a time as stanzas have it; the zero time is 0.
func unixTime(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return unixString(t)
}
