package wasim

import (
	"fmt"
	"slices"
	"strconv"

	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim/internal/group"
)

// readGroupPost looks up a message's group. A stanza that names a participant was encrypted again for one device.
func (n *Network) readGroupPost(p post, to types.JID) (post, int) {
	g, err := n.groups.Get(to.User)
	if err != nil {
		return p, int(group.NotFound)
	}
	p.group = g
	if target := address(p.stanza, "participant"); !target.IsEmpty() {
		p.direct, p.to, p.target = true, n.accounts.at(target), int(target.Device)
		if p.to == nil {
			return p, int(group.NotFound)
		}
		return p, 0
	}
	if _, in := g.Member(p.from.lid); !in || g.Announce && !g.IsAdmin(p.from.lid) {
		return p, int(group.NotAllowed)
	}
	return p, 0
}

// deliverGroup hands every device of every member the shared ciphertext, behind the device's own one if there is any.
// A device that was not given the sender's key by now asks for it.
func (n *Network) deliverGroup(p post) {
	shared := encs(p.stanza)
	own := map[*account]map[int][]node{}
	list := child(p.stanza, "participants")
	for i := range list.GetChildren() {
		to := &list.GetChildren()[i]
		jid := address(to, "jid")
		if a := n.accounts.at(jid); a != nil {
			if own[a] == nil {
				own[a] = map[int][]node{}
			}
			own[a][int(jid.Device)] = encs(to)
		}
	}
	for _, m := range p.group.Members {
		a := n.member(m.ID)
		if a == nil {
			continue
		}
		n.deliverTo(p, a, 0, slices.Concat(own[a][0], shared))
		for _, d := range a.companions() {
			n.deliverTo(p, a, d.id, slices.Concat(own[a][d.id], shared))
		}
	}
}

// groupHash is how clients compare the devices of a group's members.
func (n *Network) groupHash(g *group.Group) string {
	var devices []types.JID
	for _, m := range g.Members {
		if a := n.member(m.ID); a != nil {
			devices = append(devices, a.deviceJIDs(formOfGroup(g))...)
		}
	}
	return deviceHash(devices)
}

// addressInGroup makes a message's sender a member of the group that it comes from.
func (n *Network) addressInGroup(out *node, p post) {
	form := formOfGroup(p.group)
	out.Attrs["from"], out.Attrs["participant"] = groupJID(p.group), p.from.jid(form, p.device)
	n.addAlternative(out, "participant", p.from, form)
}

// passGroupReceipt tells the sender of a group's message, or for a retry the one sending device, what a member made of
// it, and the reader's own devices what was read.
func (n *Network) passGroupReceipt(from *account, dev int, stanza *node) {
	g, err := n.groups.Get(address(stanza, "to").User)
	sender := address(stanza, "participant")
	a := n.accounts.at(sender)
	if err != nil || a == nil {
		return
	}
	switch kind := text(stanza, "type"); kind {
	case "retry":
		n.count.retries.Add(1)
		n.groupReceipt(g, a, int(sender.Device), from, dev, stanza, kind)
	case "", "inactive", "read", "played":
		if kind == "inactive" {
			kind = ""
		}
		if a != from {
			n.groupReceiptToAll(g, a, -1, from, dev, stanza, kind)
		}
		if kind != "" {
			n.groupReceiptToAll(g, from, dev, from, dev, stanza, kind)
		}
	case "read-self", "played-self":
		n.groupReceiptToAll(g, from, dev, from, dev, stanza, kind)
	}
}

// groupReceiptToAll gives a receipt to all devices of an account but one; -1 leaves none out.
func (n *Network) groupReceiptToAll(g *group.Group, a *account, but int, from *account, dev int, stanza *node, kind string) {
	for _, target := range append([]int{0}, deviceIDs(a)...) {
		if target != but {
			n.groupReceipt(g, a, target, from, dev, stanza, kind)
		}
	}
}

func deviceIDs(a *account) (ids []int) {
	for _, d := range a.companions() {
		ids = append(ids, d.id)
	}
	return ids
}

func (n *Network) groupReceipt(g *group.Group, a *account, target int, from *account, dev int, stanza *node, kind string) {
	form := formOfGroup(g)
	out := node{Tag: "receipt", Content: stanza.Content, Attrs: attrs{
		"from": groupJID(g), "participant": from.jid(form, dev), "id": text(stanza, "id"), "t": unixString(n.now()),
	}}
	n.addAlternative(&out, "participant", from, form)
	if kind != "" {
		out.Attrs["type"] = kind
	}
	if target == 0 {
		a.phone.inbox.put(out)
		return
	}
	if d := a.device(target); d != nil {
		d.out.put(n.memberKey("receipt", text(stanza, "id"), groupJID(g), from.jid(AddressLID, dev), kind), out)
	}
}

// memberKey is key for a stanza that comes from a group's member. Everybody's receipts for one message have the same id.
func (n *Network) memberKey(class, id string, from, participant types.JID, kind string) queueKey {
	key := n.key(class, id, from, kind)
	if from.Server != types.GroupServer || participant.IsEmpty() || class == "notification" {
		return key
	}
	name := participant.User
	if a := n.accounts.at(participant); a != nil {
		name = a.lid
	}
	if class == "receipt" {
		name += ":" + strconv.Itoa(int(participant.Device))
	}
	key.from += "/" + name
	return key
}

// groupChatState shows typing to everybody in a group.
func (n *Network) groupChatState(from *account, dev int, stanza *node) {
	g, err := n.groups.Get(address(stanza, "to").User)
	if err != nil {
		return
	}
	form := formOfGroup(g)
	shown := node{Tag: "chatstate", Content: stanza.Content, Attrs: attrs{"from": groupJID(g), "participant": from.jid(form, dev)}}
	for _, m := range g.Members {
		a := n.member(m.ID)
		if a == nil || a == from {
			continue
		}
		for _, d := range a.companions() {
			d.out.pass(shown)
		}
	}
}

// Members lists who is in a group, or who sees the status updates of the phone.
func (l link) Members(of types.JID) ([]types.JID, error) {
	if of == types.StatusBroadcastJID {
		return l.p.viewers(), nil
	}
	g, err := l.p.net.groups.Get(of.User)
	if err != nil {
		return nil, fmt.Errorf("%w: %q", ErrUnknownGroup, of.String())
	}
	out := make([]types.JID, len(g.Members))
	for i, m := range g.Members {
		out[i] = types.NewJID(m.ID, types.HiddenUserServer)
	}
	return out, nil
}
