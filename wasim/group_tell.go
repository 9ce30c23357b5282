package wasim

import (
	"slices"
	"strconv"

	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim/internal/group"
)

// groupNotice is the type of notifications about groups.
const groupNotice = "w:gp2"

func groupJID(g *group.Group) types.JID { return types.NewJID(g.ID, types.GroupServer) }

// tellGroup tells people what somebody did to a group: every companion, and the phones.
func (n *Network) tellGroup(g *group.Group, by *account, to []string, what func(Addressing) node) {
	n.tellOfGroup(g, by, to, groupNotice, what(formOfGroup(g)))
}

func (n *Network) tellOfGroup(g *group.Group, by *account, to []string, kind string, what node) {
	form := formOfGroup(g)
	out := node{Tag: "notification", Content: []node{what}, Attrs: attrs{
		"from": groupJID(g), "type": kind, "id": n.nextID(), "t": unixString(n.now()), "participant": by.jid(form, 0),
	}}
	if name := by.pushName(); name != "" {
		out.Attrs["notify"] = name
	}
	n.addAlternative(&out, "participant", by, form)
	for _, id := range to {
		a := n.member(id)
		if a == nil {
			continue
		}
		for _, d := range a.companions() {
			d.out.put(n.key("notification", text(&out, "id"), groupJID(g), kind), out)
		}
		a.phone.inbox.put(out)
	}
	n.wakeGroups()
}

// addAlternative names somebody in the other form of address, beside an attribute that names them in the group's own.
func (n *Network) addAlternative(to *node, name string, a *account, form Addressing) {
	if form == AddressLID {
		to.Attrs["addressing_mode"] = "lid"
		to.Attrs[name+"_pn"] = a.pnJID()
		return
	}
	to.Attrs["addressing_mode"] = "pn"
	to.Attrs[name+"_lid"] = a.lidJID()
}

// tellCreated shows people a group that is new to them.
func (n *Network) tellCreated(g *group.Group, by *account, to []string, how attrs) {
	for name, value := range how {
		if value == "" {
			delete(how, name)
		}
	}
	n.tellGroup(g, by, to, func(Addressing) node {
		return node{Tag: "create", Attrs: how, Content: []node{n.groupNode(g)}}
	})
}

// tellMembers tells of a change of the members: who came in sees the whole group, the others what changed.
func (n *Network) tellMembers(before, g *group.Group, by *account, action group.Action, people []string, reason string) {
	to := everybody(before)
	if action == group.ActionAdd {
		n.tellCreated(g, by, people, attrs{"reason": reason})
	}
	n.tellGroup(g, by, to, func(form Addressing) node {
		change := node{Tag: string(action), Attrs: attrs{"prev_v_id": before.VersionID(), "v_id": g.VersionID()}}
		if reason != "" {
			change.Attrs["reason"] = reason
		}
		var list []node
		for _, id := range people {
			if a := n.member(id); a != nil {
				list = append(list, participantNode(a, form, ""))
			}
		}
		change.Content = list
		return change
	})
}

// tellRequest tells the admins that somebody wants to come in.
func (n *Network) tellRequest(g *group.Group, who *account) {
	n.tellGroup(g, who, admins(g), func(form Addressing) node {
		return node{Tag: "created_membership_requests", Attrs: attrs{"request_method": "invite_link"}, Content: []node{
			{Tag: "requested_user", Attrs: participantNode(who, form, "").Attrs},
		}}
	})
}

// tellRejected tells people that they were not let in, and the admins.
func (n *Network) tellRejected(g *group.Group, by *account, people []string) {
	n.tellGroup(g, by, slices.Concat(admins(g), people), func(form Addressing) node {
		out := node{Tag: "revoked_membership_requests", Attrs: attrs{}}
		var list []node
		for _, id := range people {
			if a := n.member(id); a != nil {
				list = append(list, participantNode(a, form, ""))
			}
		}
		out.Content = list
		return out
	})
}

// tellSetting tells everybody what a property is now.
func (n *Network) tellSetting(g *group.Group, by *account, s group.Setting) {
	if s.Picture != nil {
		what := node{Tag: "set", Attrs: attrs{"jid": groupJID(g), "author": by.jid(formOfGroup(g), 0), "id": s.Picture.ID}}
		if s.Picture.ID == "" {
			what.Tag = "delete"
			delete(what.Attrs, "id")
		}
		n.tellOfGroup(g, by, everybody(g), "picture", what)
		return
	}
	n.tellGroup(g, by, everybody(g), func(form Addressing) node { return n.settingNode(g, s, form) })
}

// settingNode is a property as notifications have it.
func (n *Network) settingNode(g *group.Group, s group.Setting, form Addressing) node {
	flag := func(on bool, yes, no string) node {
		if !on {
			yes = no
		}
		return node{Tag: yes, Attrs: attrs{"v_id": n.nextID()[1:]}}
	}
	switch {
	case s.Subject != nil:
		return node{Tag: "subject", Attrs: n.subjectAttrs(g, form)}
	case s.Description != nil:
		return n.descriptionNode(g, form)
	case s.Announce != nil:
		return flag(g.Announce, "announcement", "not_announcement")
	case s.Locked != nil:
		return flag(g.Locked, "locked", "unlocked")
	case s.AdminsAdd != nil:
		return addModeNode(g)
	case s.Approval != nil:
		return node{Tag: "membership_approval_mode", Content: []node{
			{Tag: "group_join", Attrs: attrs{"state": map[bool]string{true: "on", false: "off"}[g.Approval]}},
		}}
	case g.Ephemeral > 0:
		return node{Tag: "ephemeral", Attrs: attrs{"expiration": strconv.Itoa(int(g.Ephemeral))}}
	default:
		return node{Tag: "not_ephemeral", Attrs: attrs{}}
	}
}

func addModeNode(g *group.Group) node {
	mode := types.GroupMemberAddModeAllMember
	if g.AdminsAdd {
		mode = types.GroupMemberAddModeAdmin
	}
	return node{Tag: "member_add_mode", Content: []byte(mode)}
}

func (n *Network) subjectAttrs(g *group.Group, form Addressing) attrs {
	out := attrs{"subject": g.Subject.Text, "s_t": unixTime(g.Subject.At)}
	if a := n.member(g.Subject.By); a != nil {
		out["s_o"] = a.jid(form, 0)
		if form == AddressLID {
			out["s_o_pn"] = a.pnJID()
		}
	}
	return out
}

func (n *Network) descriptionNode(g *group.Group, form Addressing) node {
	out := node{Tag: "description", Attrs: attrs{"id": g.Description.ID, "t": unixTime(g.Description.At)}}
	if a := n.member(g.Description.By); a != nil {
		out.Attrs["participant"] = a.jid(form, 0)
	}
	if g.Description.Text == "" {
		out.Content = []node{{Tag: "delete"}}
		return out
	}
	out.Content = []node{{Tag: "body", Content: []byte(g.Description.Text)}}
	return out
}

// participantNode names a member in the form of a group, with the other form beside it.
func participantNode(a *account, form Addressing, role group.Role) node {
	out := node{Tag: "participant", Attrs: attrs{"jid": a.jid(form, 0)}}
	if form == AddressLID {
		out.Attrs["phone_number"] = a.pnJID()
	} else {
		out.Attrs["lid"] = a.lidJID()
	}
	if role != group.RoleMember {
		out.Attrs["type"] = string(role)
	}
	return out
}

// groupAbout is a group without its members.
func (n *Network) groupAbout(g *group.Group) node {
	form := formOfGroup(g)
	out := node{Tag: "group", Attrs: n.subjectAttrs(g, form)}
	out.Attrs["id"], out.Attrs["creation"], out.Attrs["size"] = g.ID, unixTime(g.Created), strconv.Itoa(len(g.Members))
	out.Attrs["addressing_mode"] = map[Addressing]string{AddressLID: "lid", AddressPhone: "pn"}[form]
	out.Attrs["a_v_id"], out.Attrs["p_v_id"] = "0", g.VersionID()
	if a := n.member(g.Creator); a != nil {
		out.Attrs["creator"] = a.jid(form, 0)
		if form == AddressLID {
			out.Attrs["creator_pn"] = a.pnJID()
		}
	}
	children := []node{addModeNode(g)}
	if g.Description.Text != "" {
		children = append(children, n.descriptionNode(g, form))
	}
	for _, flag := range []struct {
		on  bool
		tag string
	}{{g.Announce, "announcement"}, {g.Locked, "locked"}, {g.Approval, "membership_approval_mode"}} {
		if flag.on {
			children = append(children, node{Tag: flag.tag})
		}
	}
	if g.Ephemeral > 0 {
		children = append(children, node{Tag: "ephemeral", Attrs: attrs{"expiration": strconv.Itoa(int(g.Ephemeral))}})
	}
	out.Content = children
	return out
}

// groupNode is a group with its members.
func (n *Network) groupNode(g *group.Group) node {
	out, form := n.groupAbout(g), formOfGroup(g)
	children := out.GetChildren()
	for _, m := range g.Members {
		if a := n.member(m.ID); a != nil {
			children = append(children, participantNode(a, form, m.Role))
		}
	}
	out.Content = children
	return out
}
