package wasim

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pingcrm/pingcrm/wasim/internal/group"
)

// hall is the groups of a network and whoever waits for a change of one.
type hall struct {
	*group.Book
	// serial numbers what is drawn for groups: ids and codes.
	serial atomic.Int64

	mu      sync.Mutex
	changed chan struct{}
}

func newHall() hall { return hall{Book: group.NewBook(), changed: make(chan struct{})} }

// groupsChanged gives a channel that is closed at the next change of any group.
func (n *Network) groupsChanged() <-chan struct{} {
	n.groups.mu.Lock()
	defer n.groups.mu.Unlock()
	return n.groups.changed
}

func (n *Network) wakeGroups() {
	n.groups.mu.Lock()
	defer n.groups.mu.Unlock()
	close(n.groups.changed)
	n.groups.changed = make(chan struct{})
}

// createGroup makes a group and tells everybody in it. Those who don't let themselves be added are left out and
// returned. key is the client's own id of the request, told back to it.
func (n *Network) createGroup(by *account, d group.Draft, key string) (*group.Group, []group.Outcome, error) {
	var refused []group.Outcome
	d.People, refused = n.addable(by, d.People)
	d.Creator, d.ID, d.Invite = by.lid, n.groupID(), n.inviteCode()
	g, err := d.New(n.now())
	if err != nil {
		return nil, nil, err
	}
	n.groups.Add(g)
	n.tellCreated(&g, by, everybody(&g), attrs{"type": "new", "key": key})
	return &g, refused, nil
}

// addable sorts out who doesn't let themselves be added to groups by somebody.
func (n *Network) addable(by *account, people []string) (ids []string, refused []group.Outcome) {
	for _, id := range people {
		a := n.member(id)
		switch {
		case a == nil:
			refused = append(refused, group.Outcome{ID: id, Code: group.NotFound})
		case !a.letsAdd(by):
			refused = append(refused, group.Outcome{ID: id, Code: group.NotAllowed})
		default:
			ids = append(ids, id)
		}
	}
	return ids, refused
}

// letsAdd says whether the account's privacy lets somebody put it into a group.
func (a *account) letsAdd(by *account) bool {
	known := a.knows(by)
	a.mu.Lock()
	defer a.mu.Unlock()
	switch a.privacy["groupadd"] {
	case "none":
		return false
	case "contacts":
		return known
	default:
		return true
	}
}

// actOnGroup adds, removes, promotes or demotes people and tells the group.
func (n *Network) actOnGroup(id string, by *account, action group.Action, people []string) (*group.Group, []group.Outcome, error) {
	var refused []group.Outcome
	if action == group.ActionAdd {
		people, refused = n.addable(by, people)
	}
	before, err := n.groups.Get(id)
	if err != nil {
		return nil, nil, err
	}
	g, list, err := n.groups.Act(id, by.lid, action, people, n.now())
	if err != nil {
		return nil, nil, err
	}
	if done := group.Done(list); len(done) > 0 {
		n.tellMembers(before, g, by, action, done, "")
	}
	return g, slices.Concat(list, refused), nil
}

// leaveGroup takes an account out of a group and tells the others.
func (n *Network) leaveGroup(id string, who *account) (*group.Group, error) {
	before, err := n.groups.Get(id)
	if err != nil {
		return nil, err
	}
	g, err := n.groups.Leave(id, who.lid)
	if err != nil {
		return nil, err
	}
	n.tellMembers(before, g, who, group.ActionRemove, []string{who.lid}, "")
	return g, nil
}

// enterGroup lets an account use the code of a link.
func (n *Network) enterGroup(who *account, code string) (*group.Group, bool, error) {
	g, waits, err := n.groups.Enter(code, who.lid, n.now())
	if err != nil {
		return nil, false, err
	}
	if waits {
		n.tellRequest(g, who)
		return g, true, nil
	}
	before := *g
	before.Members = slices.DeleteFunc(slices.Clone(g.Members), func(m group.Member) bool { return m.ID == who.lid })
	before.Version--
	n.tellMembers(&before, g, who, group.ActionAdd, []string{who.lid}, "invite")
	return g, false, nil
}

// answerRequests lets people in who wait, or sends them away.
func (n *Network) answerRequests(id string, by *account, yes bool, people []string) (*group.Group, []group.Outcome, error) {
	before, err := n.groups.Get(id)
	if err != nil {
		return nil, nil, err
	}
	answer := n.groups.Reject
	if yes {
		answer = n.groups.Approve
	}
	g, list, err := answer(id, by.lid, people, n.now())
	if err != nil {
		return nil, nil, err
	}
	switch done := group.Done(list); {
	case len(done) == 0:
	case yes:
		n.tellMembers(before, g, by, group.ActionAdd, done, "invite")
	default:
		n.tellRejected(g, by, done)
	}
	return g, list, nil
}

// setGroup changes one property of a group and tells everybody in it.
func (n *Network) setGroup(id string, by *account, s group.Setting) (*group.Group, error) {
	g, err := n.groups.Set(id, by.lid, s)
	if err != nil {
		return nil, err
	}
	n.tellSetting(g, by, s)
	return g, nil
}

// setGroupPicture gives a group a picture; no bytes take it away.
func (n *Network) setGroupPicture(id string, by *account, jpeg []byte) (*group.Group, error) {
	if len(jpeg) > maxPicture {
		return nil, group.NotAcceptable
	}
	var picture group.Picture
	if len(jpeg) > 0 {
		path, err := n.media.PutPicture(jpeg)
		if err != nil {
			return nil, fmt.Errorf("keep a group's picture: %w", err)
		}
		picture = group.Picture{ID: unixString(n.now()) + n.nextID()[1:], Path: path}
	}
	return n.setGroup(id, by, group.Setting{Picture: &picture})
}

// resetInvite replaces a group's link and tells the admins the new one.
func (n *Network) resetInvite(id string, by *account) (*group.Group, error) {
	g, err := n.groups.ResetInvite(id, by.lid, n.inviteCode())
	if err != nil {
		return nil, err
	}
	n.tellGroup(g, by, admins(g), func(Addressing) node {
		return node{Tag: "invite", Attrs: attrs{"code": g.Invite}}
	})
	return g, nil
}

func admins(g *group.Group) (ids []string) {
	for _, m := range g.Members {
		if m.Role != group.RoleMember {
			ids = append(ids, m.ID)
		}
	}
	return ids
}
