package group

import (
	"slices"
	"time"
	"unicode/utf8"
)

// Action is something done to the members of a group.
type Action string

// The actions, as stanzas name them.
const (
	ActionAdd     Action = "add"
	ActionRemove  Action = "remove"
	ActionPromote Action = "promote"
	ActionDemote  Action = "demote"
)

// Outcome is what an action did for one person; Code 0 is success.
type Outcome struct {
	ID   string
	Code Refusal
}

// Done lists whom an action succeeded for.
func Done(list []Outcome) (ids []string) {
	for _, o := range list {
		if o.Code == 0 {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// Act does something to people of a group. It is refused as a whole when by may not do it, and for one person when
// that one can't be helped.
func (b *Book) Act(id, by string, action Action, people []string, at time.Time) (g *Group, list []Outcome, err error) {
	g, err = b.change(id, func(g *Group) error {
		if err := g.mayAct(by, action); err != nil {
			return err
		}
		for _, who := range people {
			list = append(list, Outcome{who, g.act(by, action, who, at)})
		}
		return nil
	})
	return g, list, err
}

func (g *Group) mayAct(by string, action Action) error {
	_, in := g.Member(by)
	switch {
	case !in:
		return NotAllowed
	case !g.IsAdmin(by) && (action != ActionAdd || g.AdminsAdd):
		return NotAdmin
	}
	return nil
}

func (g *Group) act(by string, action Action, who string, at time.Time) Refusal {
	i := g.index(who)
	switch {
	case action == ActionAdd && i >= 0:
		return Already
	case action == ActionAdd && len(g.Members) >= MaxMembers:
		return Full
	case action == ActionAdd:
		g.join(who, at)
		return 0
	case i < 0:
		return NotFound
	case g.Members[i].Role == RoleOwner && who != by:
		return NotAcceptable
	case action == ActionRemove:
		g.part(who)
		return 0
	case action == ActionPromote:
		if g.Members[i].Role == RoleMember {
			g.Members[i].Role = RoleAdmin
		}
	case g.admins() == 1 && g.Members[i].Role != RoleMember:
		return NotAcceptable
	default:
		g.Members[i].Role = RoleMember
	}
	g.Version++
	return 0
}

// Leave takes somebody out of their own accord. The last one closes the group behind them.
func (b *Book) Leave(id, who string) (*Group, error) {
	return b.change(id, func(g *Group) error {
		if g.index(who) < 0 {
			return NotFound
		}
		g.part(who)
		return nil
	})
}

// Setting is a change of a group's properties; nil leaves as it is.
type Setting struct {
	Subject, Description                  *Note
	Picture                               *Picture
	Announce, Locked, Approval, AdminsAdd *bool
	Ephemeral                             *uint32
}

// adminsOnly says whether a setting is an admin's whatever the group allows.
func (s Setting) adminsOnly() bool {
	return s.Announce != nil || s.Locked != nil || s.Approval != nil || s.AdminsAdd != nil
}

// Set changes a group's properties.
func (b *Book) Set(id, by string, s Setting) (*Group, error) {
	return b.change(id, func(g *Group) error {
		_, in := g.Member(by)
		switch {
		case !in:
			return NotAllowed
		case !g.IsAdmin(by) && (g.Locked || s.adminsOnly()):
			return NotAdmin
		}
		return g.set(s)
	})
}

func (g *Group) set(s Setting) error {
	if s.Subject != nil {
		if err := CheckSubject(s.Subject.Text); err != nil {
			return err
		}
		g.Subject = *s.Subject
	}
	if s.Description != nil {
		if utf8.RuneCountInString(s.Description.Text) > MaxDescription || !utf8.ValidString(s.Description.Text) {
			return NotAcceptable
		}
		g.Description = *s.Description
	}
	take(&g.Picture, s.Picture)
	take(&g.Announce, s.Announce)
	take(&g.Locked, s.Locked)
	take(&g.AdminsAdd, s.AdminsAdd)
	take(&g.Ephemeral, s.Ephemeral)
	take(&g.Approval, s.Approval)
	if !g.Approval {
		g.Requests = nil
	}
	return nil
}

func take[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Invite returns the group with its link, for somebody who may see it: an admin, or anybody while everybody may add.
func (b *Book) Invite(id, by string) (*Group, error) {
	g, err := b.Get(id)
	if err != nil {
		return nil, err
	}
	if err := g.mayAct(by, ActionAdd); err != nil {
		return nil, err
	}
	return g, nil
}

// ResetInvite replaces a group's link by one with another code; the old one is gone for good.
func (b *Book) ResetInvite(id, by, code string) (*Group, error) {
	return b.change(id, func(g *Group) error {
		if !g.IsAdmin(by) {
			return NotAdmin
		}
		g.Revoked = append(g.Revoked, g.Invite)
		g.Invite = code
		return nil
	})
}

// Enter lets somebody in who has a link. waits is true when an admin has to say yes first; asking again is fine.
func (b *Book) Enter(code, who string, at time.Time) (g *Group, waits bool, err error) {
	found, err := b.ByCode(code)
	if err != nil {
		return nil, false, err
	}
	g, err = b.change(found.ID, func(g *Group) error {
		if g.index(who) >= 0 {
			return Already
		}
		if g.Approval {
			waits = true
			if !slices.ContainsFunc(g.Requests, func(r Request) bool { return r.ID == who }) {
				g.Requests = append(g.Requests, Request{who, at})
			}
			return nil
		}
		if len(g.Members) >= MaxMembers {
			return Full
		}
		g.join(who, at)
		return nil
	})
	return g, waits, err
}

// Approve lets people in who wait.
func (b *Book) Approve(id, by string, people []string, at time.Time) (g *Group, list []Outcome, err error) {
	return b.answer(id, by, true, people, at)
}

// Reject sends people away who wait.
func (b *Book) Reject(id, by string, people []string, at time.Time) (g *Group, list []Outcome, err error) {
	return b.answer(id, by, false, people, at)
}

func (b *Book) answer(id, by string, yes bool, people []string, at time.Time) (g *Group, list []Outcome, err error) {
	g, err = b.change(id, func(g *Group) error {
		if !g.IsAdmin(by) {
			return NotAdmin
		}
		for _, who := range people {
			list = append(list, Outcome{who, g.answer(yes, who, at)})
		}
		return nil
	})
	return g, list, err
}

func (g *Group) answer(yes bool, who string, at time.Time) Refusal {
	waits := func(r Request) bool { return r.ID == who }
	switch {
	case !slices.ContainsFunc(g.Requests, waits):
		return NotFound
	case yes && len(g.Members) >= MaxMembers:
		return Full
	case yes:
		g.join(who, at)
	default:
		g.Requests = slices.DeleteFunc(g.Requests, waits)
	}
	return 0
}
