package wasim

import (
	"context"
	"slices"

	"go.mau.fi/whatsmeow/types"
)

// StatusChat is the chat in which a phone keeps status updates: its own and those of others.
const StatusChat = "status@broadcast"

// PostStatus posts a status update: everybody who ever wrote with the phone's owner sees it. With Content.Revoke the
// phone takes one of its own back.
func (p *Phone) PostStatus(ctx context.Context, c Content) (string, error) {
	return p.hand.Send(ctx, StatusChat, c)
}

// viewers are the accounts that see the phone's status updates, its own among them.
func (p *Phone) viewers() []types.JID {
	out := []types.JID{p.account.lidJID()}
	for _, lid := range p.account.peerLIDs() {
		jid := types.NewJID(lid, types.HiddenUserServer)
		if a := p.net.accounts.at(jid); a != nil && a != p.account && !a.hasBlocked(p.account) && !p.account.hasBlocked(a) {
			out = append(out, jid)
		}
	}
	slices.SortFunc(out[1:], func(a, b types.JID) int { return slices.Compare([]byte(a.User), []byte(b.User)) })
	return out
}

// acceptStatus takes a status update of a phone: all devices of its viewers get what was encrypted for everybody, behind
// the key to it where they were given one. A stanza that names a participant was encrypted again for that device.
func (n *Network) acceptStatus(p *Phone, stanza *node) {
	u := update{from: p.account, stanza: stanza, at: unixString(n.now())}
	p.inbox.put(u.ack())
	if target := address(stanza, "participant"); !target.IsEmpty() {
		n.showStatus(u, target, encs(stanza))
		return
	}
	if !p.seen.add(text(stanza, "id")) {
		return
	}
	n.count.accepted.Add(1)
	own, list := map[types.JID][]node{}, child(stanza, "participants")
	for i := range list.GetChildren() {
		to := &list.GetChildren()[i]
		own[address(to, "jid")] = encs(to)
	}
	for _, viewer := range p.viewers() {
		for _, d := range n.accounts.at(viewer).deviceJIDs(AddressLID) {
			n.showStatus(u, d, slices.Concat(own[d], encs(stanza)))
		}
	}
}

// handleStatus takes a status update of a companion: the devices that it was encrypted for get it, and nobody else.
func (n *Network) handleStatus(c *conn, d *device, stanza *node) {
	u := update{from: d.account, device: d.id, stanza: stanza, at: unixString(n.now())}
	s := subject{device: d}
	if n.refused(c, s, u.ack(), 0) {
		return
	}
	if !d.seen.add(text(stanza, "id")) {
		n.count.repeated.Add(1)
		n.acknowledge(c, u.ack())
		return
	}
	n.count.accepted.Add(1)
	n.confirmAccepted(c, s, u.ack())
	shared, list := encs(stanza), child(stanza, "participants")
	for i := range list.GetChildren() {
		to := &list.GetChildren()[i]
		n.showStatus(u, address(to, "jid"), slices.Concat(encs(to), shared, stanza.GetChildrenByTag("device-identity")))
	}
}

// update is a status update on its way.
type update struct {
	from   *account
	device int
	stanza *node
	at     string
}

func (u update) ack() node {
	return node{Tag: "ack", Attrs: attrs{"class": "message", "id": text(u.stanza, "id"), "from": types.StatusBroadcastJID, "t": u.at}}
}

// showStatus gives a status update to one device.
func (n *Network) showStatus(u update, to types.JID, children []node) {
	a := n.accounts.at(to)
	if a == nil || a.hasBlocked(u.from) || u.from.hasBlocked(a) || (a == u.from && int(to.Device) == u.device) {
		return
	}
	if to.Device == 0 {
		a.phone.inbox.put(u.seenBy(AddressLID, children))
		return
	}
	if d := a.device(int(to.Device)); d != nil {
		out := u.seenBy(n.opts.Addressing, children)
		d.out.put(n.memberKey("message", text(u.stanza, "id"), types.StatusBroadcastJID, address(&out, "participant"), ""), out)
	}
}

// seenBy is a status update as one device sees it.
func (u update) seenBy(form Addressing, children []node) node {
	out := node{Tag: "message", Content: children, Attrs: attrs{
		"from": types.StatusBroadcastJID, "participant": u.from.jid(form, u.device), "id": text(u.stanza, "id"), "t": u.at,
		"type": text(u.stanza, "type"), "notify": u.from.pushName(),
	}}
	if edit := text(u.stanza, "edit"); edit != "" {
		out.Attrs["edit"] = edit
	}
	if form == AddressLID {
		out.Attrs["addressing_mode"], out.Attrs["participant_pn"] = "lid", u.from.pnJID()
	} else {
		out.Attrs["participant_lid"] = u.from.lidJID()
	}
	return out
}

// passStatusReceipt asks a sending device for a status update that could not be read. Who has seen one is told to nobody.
func (n *Network) passStatusReceipt(from *account, dev int, stanza *node) {
	sender := address(stanza, "participant")
	a := n.accounts.at(sender)
	if a == nil || text(stanza, "type") != "retry" {
		return
	}
	n.count.retries.Add(1)
	out := node{Tag: "receipt", Content: stanza.Content, Attrs: attrs{
		"from": types.StatusBroadcastJID, "participant": from.jid(formOf(sender), dev), "id": text(stanza, "id"),
		"t": unixString(n.now()), "type": "retry",
	}}
	if sender.Device == 0 {
		a.phone.inbox.put(out)
		return
	}
	if d := a.device(int(sender.Device)); d != nil {
		d.out.put(n.memberKey("receipt", text(stanza, "id"), types.StatusBroadcastJID, from.jid(AddressLID, dev), "retry"), out)
	}
}
