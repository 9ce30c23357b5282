package wasim

import (
	"errors"
	"slices"
	"strconv"

	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim/internal/group"
)

// groups answers what clients ask about groups and let be done to them.
func (q asking) groups() node {
	answer, err := q.ofGroups()
	var refusal group.Refusal
	switch {
	case err == nil:
		return result(q.iq, answer...)
	case errors.As(err, &refusal):
		return q.refuseGroup(refusal)
	default:
		q.net.opts.Logger.Error("wasim: a group's change failed", "device", q.conn.name, "error", err)
		return refusalNode(q.iq, 500)
	}
}

func (q asking) refuseGroup(r group.Refusal) node { return refusalNode(q.iq, int(r)) }

func refusalNode(iq *node, code int) node {
	words := map[int]string{
		401: "not-authorized", 403: "forbidden", 404: "item-not-found", 406: "not-acceptable", 409: "conflict", 410: "gone", 419: "resource-limit",
		500: "internal-server-error", 501: "feature-not-implemented",
	}
	return refusal(iq, code, words[code])
}

// ofGroups does what the query's first child says; the nodes are the answer.
func (q asking) ofGroups() ([]node, error) {
	to, what := address(q.iq, "to"), q.iq.GetChildren()
	if len(what) == 0 {
		return nil, group.NotAcceptable
	}
	set := text(q.iq, "type") == "set"
	switch {
	case to.User == "" && set:
		return q.newGroup(&what[0])
	case to.User == "":
		return q.findGroups(&what[0])
	case set:
		return q.changeGroup(to.User, &what[0])
	default:
		return q.askGroup(to.User, &what[0])
	}
}

// newGroup makes, enters and leaves groups.
func (q asking) newGroup(what *node) ([]node, error) {
	by := q.device.account
	switch what.Tag {
	case "create":
		return q.createGroup(what)
	case "invite":
		g, waits, err := q.net.enterGroup(by, text(what, "code"))
		if err != nil {
			return nil, err
		}
		tag := "group"
		if waits {
			tag = "membership_approval_request"
		}
		return []node{{Tag: tag, Attrs: attrs{"jid": groupJID(g)}}}, nil
	case "leave":
		for _, child := range what.GetChildrenByTag("group") {
			id := address(&child, "id").User
			if _, err := q.net.leaveGroup(id, by); err != nil {
				return nil, err
			}
		}
		return nil, nil
	default:
		return nil, group.NotAcceptable
	}
}

func (q asking) createGroup(what *node) ([]node, error) {
	d := group.Draft{}
	d.Subject.Text = text(what, "subject")
	d.Phone = q.net.opts.Addressing == AddressPhone
	for _, child := range what.GetChildren() {
		switch child.Tag {
		case "announcement":
			d.Announce = true
		case "locked":
			d.Locked = true
		case "ephemeral":
			d.Ephemeral = uint32(number(&child, "expiration"))
		case "member_add_mode":
			d.AdminsAdd = string(content(&child)) == string(types.GroupMemberAddModeAdmin)
		case "membership_approval_mode":
			d.Approval = approvalOf(&child)
		}
	}
	people, unknown := q.people(what)
	d.People = people
	g, refused, err := q.net.createGroup(q.device.account, d, text(what, "key"))
	if err != nil {
		return nil, err
	}
	out := q.net.groupNode(g)
	out.Content = slices.Concat(out.GetChildren(), q.outcomes(refused, formOfGroup(g)), unknown)
	return []node{out}, nil
}

func approvalOf(n *node) bool {
	join := child(n, "group_join")
	return text(&join, "state") == "on"
}

// people reads the participants of a node. Those whom nobody knows come back as they are to be answered.
func (q asking) people(n *node) (ids []string, unknown []node) {
	for _, child := range n.GetChildrenByTag("participant") {
		jid := address(&child, "jid").ToNonAD()
		if a := q.net.accounts.at(jid); a != nil {
			ids = append(ids, a.lid)
		} else {
			unknown = append(unknown, node{Tag: "participant", Attrs: attrs{"jid": jid, "error": strconv.Itoa(int(group.NotFound))}})
		}
	}
	return ids, unknown
}

// outcomes says what became of people, in the form of address in which the group has them.
func (q asking) outcomes(list []group.Outcome, form Addressing) []node {
	out := make([]node, 0, len(list))
	for _, o := range list {
		a := q.net.member(o.ID)
		if a == nil {
			continue
		}
		n := participantNode(a, form, group.RoleMember)
		if o.Code != 0 {
			n.Attrs["error"] = strconv.Itoa(int(o.Code))
		}
		out = append(out, n)
	}
	return out
}

// findGroups lists the account's groups, or shows where a link leads.
func (q asking) findGroups(what *node) ([]node, error) {
	switch what.Tag {
	case "participating":
		list := []node{}
		for _, g := range q.net.groups.Of(q.device.account.lid) {
			list = append(list, q.net.groupNode(g))
		}
		return []node{{Tag: "groups", Content: list}}, nil
	case "invite":
		g, err := q.net.groups.ByCode(text(what, "code"))
		if err != nil {
			return nil, err
		}
		return []node{q.net.groupAbout(g)}, nil
	default:
		return nil, group.NotAcceptable
	}
}

// askGroup answers questions about one group.
func (q asking) askGroup(id string, what *node) ([]node, error) {
	by := q.device.account.lid
	g, err := q.net.groups.Get(id)
	if err != nil {
		return nil, err
	}
	if _, in := g.Member(by); !in {
		return nil, group.NotAllowed
	}
	switch what.Tag {
	case "query":
		return []node{q.net.groupNode(g)}, nil
	case "invite":
		if g, err = q.net.groups.Invite(id, by); err != nil {
			return nil, err
		}
		return []node{{Tag: "invite", Attrs: attrs{"code": g.Invite}}}, nil
	case "membership_approval_requests":
		if !g.IsAdmin(by) {
			return nil, group.NotAdmin
		}
		return []node{{Tag: what.Tag, Content: q.requests(g)}}, nil
	default:
		return nil, group.NotFound
	}
}

func (q asking) requests(g *group.Group) []node {
	list := []node{}
	for _, r := range g.Requests {
		if a := q.net.member(r.ID); a != nil {
			n := participantNode(a, formOfGroup(g), group.RoleMember)
			n.Tag = "membership_approval_request"
			n.Attrs["request_time"], n.Attrs["request_method"] = unixTime(r.At), "invite_link"
			list = append(list, n)
		}
	}
	return list
}

// changeGroup does something to one group.
func (q asking) changeGroup(id string, what *node) ([]node, error) {
	by := q.device.account
	switch what.Tag {
	case "add", "remove", "promote", "demote":
		people, unknown := q.people(what)
		g, list, err := q.net.actOnGroup(id, by, group.Action(what.Tag), people)
		if err != nil {
			return nil, err
		}
		return []node{{Tag: what.Tag, Content: slices.Concat(q.outcomes(list, formOfGroup(g)), unknown)}}, nil
	case "membership_requests_action":
		return q.answerRequests(id, what)
	case "invite":
		g, err := q.net.resetInvite(id, by)
		if err != nil {
			return nil, err
		}
		return []node{{Tag: "invite", Attrs: attrs{"code": g.Invite}}}, nil
	default:
		s, ok := q.setting(what)
		if !ok {
			return nil, group.NotAcceptable
		}
		_, err := q.net.setGroup(id, by, s)
		return nil, err
	}
}

func (q asking) answerRequests(id string, what *node) ([]node, error) {
	verdict := what.GetChildren()
	if len(verdict) == 0 || verdict[0].Tag != string(Approve) && verdict[0].Tag != string(Reject) {
		return nil, group.NotAcceptable
	}
	people, unknown := q.people(&verdict[0])
	g, list, err := q.net.answerRequests(id, q.device.account, verdict[0].Tag == string(Approve), people)
	if err != nil {
		return nil, err
	}
	done := slices.Concat(q.outcomes(list, formOfGroup(g)), unknown)
	return []node{{Tag: what.Tag, Content: []node{{Tag: verdict[0].Tag, Content: done}}}}, nil
}

// setting reads a change of one property.
func (q asking) setting(what *node) (s group.Setting, ok bool) {
	yes, no := true, false
	note := func(text string) *group.Note {
		return &group.Note{Text: text, By: q.device.account.lid, At: q.net.now()}
	}
	switch what.Tag {
	case "subject":
		s.Subject = note(string(content(what)))
	case "description":
		body := child(what, "body")
		s.Description = note(string(content(&body)))
		if s.Description.ID = text(what, "id"); s.Description.ID == "" {
			s.Description.ID = q.net.nextID()
		}
	case "announcement":
		s.Announce = &yes
	case "not_announcement":
		s.Announce = &no
	case "locked":
		s.Locked = &yes
	case "unlocked":
		s.Locked = &no
	case "ephemeral", "not_ephemeral":
		seconds := uint32(number(what, "expiration"))
		s.Ephemeral = &seconds
	case "member_add_mode":
		adminsAdd := string(content(what)) == string(types.GroupMemberAddModeAdmin)
		s.AdminsAdd = &adminsAdd
	case "membership_approval_mode":
		approval := approvalOf(what)
		s.Approval = &approval
	default:
		return s, false
	}
	return s, true
}

// aboutGroup says whether a picture that is asked for or set is a group's, and which one's.
func (q asking) aboutGroup() (id string, ok bool) {
	target := address(q.iq, "target")
	return target.User, target.Server == types.GroupServer
}

// groupPicture shows, sets or removes a group's picture.
func (q asking) groupPicture(id string) node {
	by, asked := q.device.account, child(q.iq, "picture")
	g, err := q.net.groups.Get(id)
	if err != nil {
		return refusalNode(q.iq, 404)
	}
	if text(q.iq, "type") == "set" {
		g, err = q.net.setGroupPicture(id, by, content(&asked))
		var refused group.Refusal
		switch {
		case errors.As(err, &refused):
			return q.refuseGroup(refused)
		case err != nil:
			return refusalNode(q.iq, 500)
		}
		return result(q.iq, node{Tag: "picture", Attrs: attrs{"id": g.Picture.ID}})
	}
	if _, in := g.Member(by.lid); !in || g.Picture.ID == "" {
		return refusalNode(q.iq, 404)
	}
	if text(&asked, "id") == g.Picture.ID {
		return result(q.iq, node{Tag: "picture", Attrs: attrs{"status": "304"}})
	}
	return result(q.iq, node{Tag: "picture", Attrs: attrs{
		"id": g.Picture.ID, "type": text(&asked, "type"), "url": pictureHost + g.Picture.Path, "direct_path": g.Picture.Path,
	}})
}
