package wasim

// mediaRetried takes a phone's word on a file that a companion has asked for to that companion. The stanza keeps the
// message's id, by which the companion knows what it is about.
func (n *Network) mediaRetried(a *account, stanza *node) {
	d := a.device(int(address(stanza, "to").Device))
	if d == nil {
		return
	}
	id, kind, from := text(stanza, "id"), text(stanza, "type"), a.jid(n.opts.Addressing, 0)
	d.out.put(n.key("notification", id, from, kind), node{
		Tag: "notification", Attrs: attrs{"from": from, "id": id, "type": kind, "t": unixString(n.now())}, Content: stanza.Content,
	})
}
