package wasim

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim/internal/group"
)

// post is a message on its way: who sent it, from which device, to whom.
type post struct {
	from   *account
	device int
	to     *account
	// group is set for a message to a group; to is then set only if it was encrypted again for one member.
	group  *group.Group
	stanza *node
	at     time.Time
	// direct is a stanza for one device: a peer message, or one that was encrypted again.
	direct bool
	target int
	// fresh says that the two had never written to each other.
	fresh bool
}

// handleMessage takes a message from a companion: refuse, accept or drop it, acknowledge, deliver.
func (n *Network) handleMessage(c *conn, d *device, stanza *node) {
	p, code := n.readPost(d.account, d.id, stanza)
	s := subject{device: d, to: p.to, newChat: p.fresh}
	ack := n.messageAck(p)
	if n.refused(c, s, ack, code) {
		return
	}
	if !d.seen.add(p.identity()) {
		n.count.repeated.Add(1)
		n.acknowledge(c, ack)
		return
	}
	n.count.accepted.Add(1)
	n.confirmAccepted(c, s, ack)
	n.deliver(p)
}

// refused answers a message with a code that is not 0, or does what a fault has in store for it before it is accepted.
func (n *Network) refused(c *conn, s subject, ack node, code int) bool {
	if code == 0 {
		if f := n.faults.strike(s, FaultDropBefore, FaultAck); f != nil {
			if f.Kind == FaultDropBefore {
				c.drop()
				return true
			}
			code = f.Code
		}
	}
	if code == 0 {
		return false
	}
	n.count.refused.Add(1)
	ack.Attrs["error"] = strconv.Itoa(code)
	n.acknowledge(c, ack)
	return true
}

// confirmAccepted acknowledges a message, as well as a fault lets it.
func (n *Network) confirmAccepted(c *conn, s subject, ack node) {
	f := n.faults.strike(s, FaultDropBeforeAck, FaultDropAfterAck, FaultLoseAck, FaultDelayAck)
	switch {
	case f == nil:
		n.acknowledge(c, ack)
	case f.Kind == FaultDropBeforeAck:
		c.drop()
	case f.Kind == FaultDropAfterAck:
		n.acknowledge(c, ack)
		c.finish()
	case f.Kind == FaultDelayAck:
		n.after(f.delay(), func() { n.acknowledge(c, ack) })
	}
}

func (n *Network) acknowledge(c *conn, ack node) {
	n.count.acksSent.Add(1)
	c.send(ack)
}

// handset's own messages come this way: the phone is a device like others, only nearer.
func (n *Network) acceptFromPhone(p *Phone, stanza *node) {
	if address(stanza, "to") == types.StatusBroadcastJID {
		n.acceptStatus(p, stanza)
		return
	}
	m, code := n.readPost(p.account, 0, stanza)
	ack := n.messageAck(m)
	if code != 0 {
		ack.Attrs["error"] = strconv.Itoa(code)
	}
	if code == 0 && p.seen.add(m.identity()) {
		n.count.accepted.Add(1)
		n.deliver(m)
	}
	p.inbox.put(ack)
}

// readPost looks up a message's recipient; code is the ack error of one that can't be delivered.
func (n *Network) readPost(from *account, dev int, stanza *node) (p post, code int) {
	to := address(stanza, "to")
	p = post{from: from, device: dev, to: n.accounts.at(to), stanza: stanza, at: n.now()}
	if to.Server == types.GroupServer {
		return n.readGroupPost(p, to)
	}
	if p.to == nil {
		return p, 404
	}
	if !hasChild(stanza, "participants") {
		p.direct, p.target = true, int(to.Device)
	}
	if p.to != p.from {
		p.fresh = !p.from.knows(p.to)
	}
	return p, 0
}

// identity is what makes a message the same when it comes again. What was
// encrypted again for one device has the id of the first try, and is another stanza.
func (p post) identity() string {
	id := text(p.stanza, "id")
	if !p.direct {
		return id
	}
	enc := child(p.stanza, "enc")
	return strings.Join([]string{id, p.to.lid, strconv.Itoa(p.target), text(&enc, "count")}, "\x00")
}

// messageAck answers a message. Its phash lets the sender notice that it didn't know all devices.
func (n *Network) messageAck(p post) node {
	ack := node{Tag: "ack", Attrs: attrs{
		"class": "message", "id": text(p.stanza, "id"), "from": p.stanza.Attrs["to"], "t": unixString(p.at),
	}}
	if p.group != nil && !p.direct {
		ack.Attrs["phash"] = n.groupHash(p.group)
	}
	if p.to == nil || p.direct || p.to == p.from {
		return ack
	}
	form := formOf(address(p.stanza, "to"))
	ack.Attrs["phash"] = deviceHash(slices.Concat(p.to.deviceJIDs(form), p.from.deviceJIDs(form)))
	return ack
}

// deliver hands each device its own ciphertext.
func (n *Network) deliver(p post) {
	if p.group != nil && !p.direct {
		n.deliverGroup(p)
		return
	}
	if p.to != p.from && p.group == nil {
		meet(p.from, p.to)
	}
	if p.direct {
		enc := encs(p.stanza)
		n.deliverTo(p, p.to, p.target, enc)
		return
	}
	list := child(p.stanza, "participants")
	for i := range list.GetChildren() {
		to := &list.GetChildren()[i]
		jid := address(to, "jid")
		if a := n.accounts.at(jid); a != nil && (a == p.to || a == p.from) {
			n.deliverTo(p, a, int(jid.Device), encs(to))
		}
	}
}

func encs(n *node) []node { return n.GetChildrenByTag("enc") }

// deliverTo gives one device its stanza.
func (n *Network) deliverTo(p post, a *account, dev int, enc []node) {
	if len(enc) == 0 || (a == p.from && dev == p.device) || p.group == nil && a.hasBlocked(p.from) {
		return
	}
	if dev == 0 {
		a.phone.inbox.put(n.stanzaFor(p, a, AddressLID, enc))
		return
	}
	d := a.device(dev)
	if d == nil {
		return
	}
	s := subject{device: d, to: p.from, newChat: p.fresh}
	f := n.faults.strike(s, FaultDelayDelivery, FaultHoldDelivery, FaultDuplicate, FaultGarbage)
	if f != nil && f.Kind == FaultGarbage {
		enc = spoil(enc)
	}
	out := n.stanzaFor(p, a, n.opts.Addressing, enc)
	if one := n.faults.strike(s, FaultOneAddress); one != nil {
		out = n.stanzaFor(p, a, one.Form, enc)
		if p.group != nil {
			out.Attrs["participant"] = p.from.jid(one.Form, p.device)
			out.Attrs["addressing_mode"] = map[Addressing]string{AddressLID: "lid", AddressPhone: "pn"}[one.Form]
		}
		for _, name := range []string{"sender_pn", "sender_lid", "peer_recipient_pn", "peer_recipient_lid", "participant_pn", "participant_lid"} {
			delete(out.Attrs, name)
		}
	}
	if at := n.faults.strike(s, FaultTimestamp); at != nil {
		out.Attrs["t"] = strconv.FormatInt(at.At, 10)
	}
	key := n.memberKey("message", text(p.stanza, "id"), address(&out, "from"), address(&out, "participant"), "")
	switch {
	case f != nil && f.Kind == FaultDelayDelivery:
		n.after(f.delay(), func() { n.enqueue(d, key, out) })
	case f != nil && f.Kind == FaultHoldDelivery:
		n.faults.hold(f.ID, func() { n.enqueue(d, key, out) })
	case f != nil && f.Kind == FaultDuplicate:
		n.enqueue(d, key, out)
		d.out.pass(out)
	default:
		n.enqueue(d, key, out)
	}
}

func (n *Network) enqueue(d *device, key queueKey, out node) {
	if d.out.put(key, out) {
		n.count.delivered.Add(1)
	}
}

// spoil flips bits in the middle of every ciphertext.
func spoil(enc []node) []node {
	out := slices.Clone(enc)
	for i := range out {
		body := slices.Clone(content(&out[i]))
		for j := len(body) / 2; j < len(body); j++ {
			body[j] ^= 0x5a
		}
		out[i].Content = body
	}
	return out
}

// carried are the attributes that a message keeps on its way.
func carried() []string { return []string{"type", "category", "edit", "push_priority"} }

// stanzaFor is a message as one device sees it.
func (n *Network) stanzaFor(p post, a *account, form Addressing, enc []node) node {
	out := node{Tag: "message", Attrs: attrs{
		"id": text(p.stanza, "id"), "t": unixString(p.at), "from": p.from.jid(form, p.device),
	}}
	for _, name := range carried() {
		if v, ok := p.stanza.Attrs[name]; ok {
			out.Attrs[name] = v
		}
	}
	if out.Attrs["type"] == nil {
		out.Attrs["type"] = "text"
	}
	if name := p.from.pushName(); name != "" && a != p.from {
		out.Attrs["notify"] = name
	}
	if p.group != nil {
		n.addressInGroup(&out, p)
	} else {
		n.addressTo(&out, p, a, form)
	}
	children := slices.Clone(enc)
	if slices.ContainsFunc(enc, func(e node) bool { return text(&e, "type") == "pkmsg" }) {
		children = append(children, p.stanza.GetChildrenByTag("device-identity")...)
	}
	for _, tag := range []string{"meta", "biz", "reporting"} {
		children = append(children, p.stanza.GetChildrenByTag(tag)...)
	}
	out.Content = children
	return out
}

// addressTo adds the other form of the sender, or for an own device whom the message went to.
func (n *Network) addressTo(out *node, p post, a *account, form Addressing) {
	if form == AddressLID {
		out.Attrs["addressing_mode"] = "lid"
	}
	if a != p.from {
		other, name := p.from.jid(AddressPhone, 0), "sender_pn"
		if form == AddressPhone {
			other, name = p.from.jid(AddressLID, 0), "sender_lid"
		}
		out.Attrs[name] = other
		return
	}
	chat := p.to
	if r := n.accounts.at(address(p.stanza, "recipient")); r != nil {
		chat = r
	}
	if text(p.stanza, "category") == "peer" {
		return
	}
	out.Attrs["recipient"] = chat.jid(form, 0)
	other, name := chat.jid(AddressPhone, 0), "peer_recipient_pn"
	if form == AddressPhone {
		other, name = chat.jid(AddressLID, 0), "peer_recipient_lid"
	}
	out.Attrs[name] = other
}

func (a *account) pushName() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.name
}

// handleReceipt takes a companion's receipt: the message is off its queue, and its sender learns of it.
func (n *Network) handleReceipt(c *conn, d *device, stanza *node) {
	n.count.receipts.Add(1)
	ack := node{Tag: "ack", Attrs: attrs{
		"class": "receipt", "id": text(stanza, "id"), "from": stanza.Attrs["to"], "t": unixString(n.now()),
	}}
	for _, name := range []string{"type", "participant"} {
		if v, ok := stanza.Attrs[name]; ok {
			ack.Attrs[name] = v
		}
	}
	for _, id := range receiptIDs(stanza) {
		d.out.confirm(n.memberKey("message", id, address(stanza, "to"), address(stanza, "participant"), ""))
	}
	n.acknowledge(c, ack)
	n.passReceipt(d.account, d.id, stanza)
}

func receiptIDs(stanza *node) []string {
	ids := []string{text(stanza, "id")}
	list := child(stanza, "list")
	for i := range list.GetChildren() {
		ids = append(ids, text(&list.GetChildren()[i], "id"))
	}
	return ids
}

// passReceipt tells a message's sender what a device made of it, and the reader's
// own devices what was read.
func (n *Network) passReceipt(from *account, dev int, stanza *node) {
	to := address(stanza, "to")
	if to.Server == types.GroupServer {
		n.passGroupReceipt(from, dev, stanza)
		return
	}
	if to == types.StatusBroadcastJID {
		n.passStatusReceipt(from, dev, stanza)
		return
	}
	a := n.accounts.at(to)
	if a == nil {
		return
	}
	switch kind := text(stanza, "type"); kind {
	case "server-error": // a companion asks its own phone to upload a file again
		if a == from {
			n.receiptTo(a, 0, from, dev, stanza, kind)
		}
	case "retry":
		n.count.retries.Add(1)
		n.receiptTo(a, int(to.Device), from, dev, stanza, kind)
	case "", "inactive":
		n.receiptToAll(a, from, dev, stanza, "")
	case "read", "played":
		n.receiptToAll(a, from, dev, stanza, kind)
		n.receiptToOwn(from, dev, a, stanza, kind)
	case "read-self", "played-self":
		n.receiptToOwn(from, dev, a, stanza, kind)
	}
}

func (n *Network) receiptToAll(a, from *account, dev int, stanza *node, kind string) {
	if a == from {
		return
	}
	n.receiptTo(a, 0, from, dev, stanza, kind)
	for _, d := range a.companions() {
		n.receiptTo(a, d.id, from, dev, stanza, kind)
	}
}

// receiptToOwn syncs what was read to the reader's other devices.
func (n *Network) receiptToOwn(from *account, dev int, chat *account, stanza *node, kind string) {
	own := with(*stanza, "recipient", chat.jid(n.opts.Addressing, 0))
	for _, d := range from.companions() {
		if d.id != dev {
			n.receiptTo(from, d.id, from, dev, &own, kind)
		}
	}
	if dev != 0 {
		own = with(*stanza, "recipient", chat.jid(AddressLID, 0))
		n.receiptTo(from, 0, from, dev, &own, kind)
	}
}

func (n *Network) receiptTo(a *account, target int, from *account, dev int, stanza *node, kind string) {
	form := n.opts.Addressing
	if target == 0 {
		form = AddressLID
	}
	sender := from.jid(form, dev)
	out := node{Tag: "receipt", Content: stanza.Content, Attrs: attrs{
		"from": sender, "id": text(stanza, "id"), "t": unixString(n.now()),
	}}
	if kind != "" {
		out.Attrs["type"] = kind
	}
	if r := n.accounts.at(address(stanza, "recipient")); r != nil {
		out.Attrs["recipient"] = r.jid(form, 0)
	}
	if target == 0 {
		a.phone.inbox.put(out)
		return
	}
	if d := a.device(target); d != nil {
		d.out.put(n.key("receipt", text(stanza, "id"), types.JID{User: from.lid, Server: types.HiddenUserServer, Device: uint16(dev)}, kind), out)
	}
}
