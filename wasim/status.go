package wasim

import (
	"slices"

	"go.mau.fi/whatsmeow/types"
)

// handleStatus takes a status update of a companion: the devices that it was encrypted for get it, and nobody else.
func (n *Network) handleStatus(c *conn, d *device, stanza *node) {
	at := unixString(n.now())
	n.acknowledge(c, node{Tag: "ack", Attrs: attrs{"class": "message", "id": text(stanza, "id"), "from": types.StatusBroadcastJID, "t": at}})
	if !d.seen.add(text(stanza, "id")) {
		n.count.repeated.Add(1)
		return
	}
	n.count.accepted.Add(1)
	shared, list := encs(stanza), child(stanza, "participants")
	for i := range list.GetChildren() {
		to := &list.GetChildren()[i]
		jid := address(to, "jid")
		a := n.accounts.at(jid)
		if a == nil || a.hasBlocked(d.account) || d.account.hasBlocked(a) || (a == d.account && int(jid.Device) == d.id) {
			continue
		}
		children := slices.Concat(encs(to), shared, stanza.GetChildrenByTag("device-identity"))
		if jid.Device == 0 {
			a.phone.inbox.put(n.statusFor(d, stanza, AddressLID, at, children))
			continue
		}
		if own := a.device(int(jid.Device)); own != nil {
			out := n.statusFor(d, stanza, n.opts.Addressing, at, children)
			own.out.put(n.memberKey("message", text(stanza, "id"), types.StatusBroadcastJID, address(&out, "participant"), ""), out)
		}
	}
}

// statusFor is a status update as one device sees it.
func (n *Network) statusFor(d *device, stanza *node, form Addressing, at string, children []node) node {
	out := node{Tag: "message", Content: children, Attrs: attrs{
		"from": types.StatusBroadcastJID, "participant": d.jid(form), "id": text(stanza, "id"), "t": at, "type": text(stanza, "type"),
		"notify": d.account.pushName(),
	}}
	if form == AddressLID {
		out.Attrs["addressing_mode"], out.Attrs["participant_pn"] = "lid", d.account.pnJID()
	} else {
		out.Attrs["participant_lid"] = d.account.lidJID()
	}
	return out
}
