package wasim

import (
	"maps"
	"slices"

	"go.mau.fi/whatsmeow/types"
)

// handle answers one stanza of a device that is logged in.
func (n *Network) handle(c *conn, d *device, stanza *node) {
	switch stanza.Tag {
	case "iq":
		n.handleIQ(c, d, stanza)
	case "message":
		if address(stanza, "to").Server == types.NewsletterServer {
			n.handleNewsletter(c, d, stanza)
			return
		}
		if address(stanza, "to") == types.StatusBroadcastJID {
			n.handleStatus(c, d, stanza)
			return
		}
		n.handleMessage(c, d, stanza)
	case "receipt":
		n.handleReceipt(c, d, stanza)
	case "ack":
		n.handleAck(d, stanza)
	case "presence":
		n.handlePresence(d, stanza)
	case "call":
		n.handleCall(c, d, stanza)
	case "chatstate":
		n.handleChatState(d.account, d.id, stanza)
	case "ib":
		// Session ids and batch sizes: nothing depends on them here.
	default:
		n.opts.Logger.Debug("wasim: stanza ignored", "device", c.name, "tag", stanza.Tag)
	}
}

// handleAck takes receipts and notifications off the queue, and messages that the
// client has refused for good. A plain ack of a message only says that it came:
// the message stays until the client has sent a receipt for it.
func (n *Network) handleAck(d *device, stanza *node) {
	n.count.acksIn.Add(1)
	code := text(stanza, "error")
	if code != "" {
		n.count.nack(code)
		n.opts.Logger.Warn("wasim: a client refused a stanza", "device", d.String(), "class", text(stanza, "class"),
			"id", text(stanza, "id"), "error", code)
	}
	class := text(stanza, "class")
	// What comes from a newsletter is confirmed by its ack alone.
	if class == "message" && code == "" && address(stanza, "to").Server != types.NewsletterServer {
		return
	}
	kind := ""
	if class != "message" {
		kind = text(stanza, "type")
	}
	d.out.confirm(n.memberKey(class, text(stanza, "id"), address(stanza, "to"), address(stanza, "participant"), kind))
}

// key is what a confirmation and the stanza that it confirms have in common.
// Addresses are brought to one form, because a client may answer in the other one.
func (n *Network) key(class, id string, from types.JID, kind string) queueKey {
	name := from.String()
	if a := n.accounts.at(from); a != nil {
		name = a.lid
	}
	return queueKey{class: class, id: id, from: name, kind: kind}
}

// notify queues a notification for a device.
func (n *Network) notify(d *device, kind string, from types.JID, children ...node) {
	id := n.nextID()
	d.out.put(n.key("notification", id, from, kind), node{
		Tag:     "notification",
		Attrs:   attrs{"from": from, "type": kind, "id": id, "t": unixString(n.now())},
		Content: children,
	})
}

// handlePresence takes availability and subscriptions.
func (n *Network) handlePresence(d *device, stanza *node) {
	switch text(stanza, "type") {
	case "subscribe":
		if a := n.accounts.at(address(stanza, "to")); a != nil {
			a.mu.Lock()
			a.watchers[d] = true
			a.mu.Unlock()
			d.out.pass(n.presenceOf(a, formOf(address(stanza, "to"))))
		}
	case "unavailable":
		d.account.rename(text(stanza, "name"))
		n.setOnline(d.account, d.id, false)
	default:
		d.account.rename(text(stanza, "name"))
		n.setOnline(d.account, d.id, true)
	}
}

// setOnline notes whether a device is in front of its owner, and tells those who
// watch the account when that changes anything for them.
func (n *Network) setOnline(a *account, dev int, online bool) {
	a.mu.Lock()
	before := len(a.online) > 0
	if online {
		a.online[dev] = true
	} else {
		delete(a.online, dev)
	}
	now := len(a.online) > 0
	if before && !now {
		a.lastSeen = n.now()
	}
	var watchers []*device
	var onlookers []*Phone
	if before != now {
		watchers, onlookers = slices.Collect(maps.Keys(a.watchers)), slices.Collect(maps.Keys(a.onlookers))
	}
	a.mu.Unlock()
	for _, d := range watchers {
		d.out.pass(n.presenceOf(a, n.opts.Addressing))
	}
	for _, p := range onlookers {
		p.inbox.put(n.presenceOf(a, AddressLID))
	}
}

// watch shows a phone whether an account is online, now and whenever that changes.
func (n *Network) watch(p *Phone, a *account) {
	a.mu.Lock()
	a.onlookers[p] = true
	a.mu.Unlock()
	p.inbox.put(n.presenceOf(a, AddressLID))
}

func (n *Network) presenceOf(a *account, form Addressing) node {
	a.mu.Lock()
	online, last, hides := len(a.online) > 0, a.lastSeen, a.privacy["last"] == "none"
	if hides && a.privacy["online"] == "match_last_seen" {
		online = false
	}
	a.mu.Unlock()
	out := node{Tag: "presence", Attrs: attrs{"from": a.jid(form, 0)}}
	switch {
	case online:
		return out
	case hides:
		out.Attrs["last"] = "deny"
	case !last.IsZero():
		out.Attrs["last"] = unixString(last)
	}
	out.Attrs["type"] = "unavailable"
	return out
}

// handleChatState shows typing to the other side, and to the account's own other devices.
func (n *Network) handleChatState(from *account, dev int, stanza *node) {
	if address(stanza, "to").Server == types.GroupServer {
		n.groupChatState(from, dev, stanza)
		return
	}
	to := n.accounts.at(address(stanza, "to"))
	if to == nil {
		return
	}
	form := n.opts.Addressing
	shown := node{Tag: "chatstate", Attrs: attrs{"from": from.jid(form, 0)}, Content: stanza.Content}
	for _, d := range to.companions() {
		d.out.pass(shown)
	}
	to.phone.inbox.put(node{Tag: "chatstate", Attrs: attrs{"from": from.jid(AddressLID, 0)}, Content: stanza.Content})
	own := node{Tag: "chatstate", Attrs: attrs{"from": from.jid(form, dev), "recipient": to.jid(form, 0)}, Content: stanza.Content}
	for _, d := range from.companions() {
		if d.id != dev {
			d.out.pass(own)
		}
	}
}

// remove takes a companion off its account and tells it, if it is there.
func (n *Network) remove(d *device) {
	n.forget(d)
	if c := d.socket(); c != nil {
		c.dismiss(streamError(failLoggedOut, conflict("device_removed")), partingGrace)
	}
}

// forget takes a companion off its account.
func (n *Network) forget(d *device) {
	d.account.unlink(d)
	if c := d.socket(); c != nil {
		d.out.close(c)
	}
	d.account.phone.hand.RemoveCompanion(uint16(d.id))
	n.tellDevices(d.account, nil)
}

// tellDevices makes everybody who knows an account forget its list of devices.
// fresh, the device that was just linked, needs no telling.
func (n *Network) tellDevices(a *account, fresh *device) {
	n.pulse.beat(a.pn)
	lids := a.deviceJIDs(AddressLID)
	children := make([]node, len(lids))
	for i, jid := range lids {
		children[i] = node{Tag: "device", Attrs: attrs{"jid": jid}}
	}
	hash := deviceHash(lids)
	for _, d := range a.companions() {
		if d != fresh {
			n.notify(d, "account_sync", a.lidJID(), node{Tag: "devices", Attrs: attrs{"dhash": hash}, Content: children})
		}
	}
	for _, lid := range a.peerLIDs() {
		peer := n.accounts.at(types.NewJID(lid, types.HiddenUserServer))
		if peer == nil || peer == a {
			continue
		}
		// Clients keep device lists by the hidden id: the same from the number would not reach them.
		for _, d := range peer.companions() {
			n.notify(d, "devices", a.lidJID(), node{
				Tag: "update", Attrs: attrs{"device_hash": hash}, Content: children[len(children)-1:],
			})
		}
	}
}
