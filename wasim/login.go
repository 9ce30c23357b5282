package wasim

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/types"
)

const (
	failLoggedOut = 401
	failBanned    = 402
	streamRestart = 515
)

// replaceGrace is how long a login waits for the device's previous socket, whose
// end may not have been noticed yet, before it is thrown out.
const replaceGrace = 50 * time.Millisecond

// greet decides what a fresh socket is: a device to be linked, or one that logs
// in. It returns what handles its stanzas; after a refusal they are not heard.
func (n *Network) greet(c *conn) func(*node) {
	if c.hello.Payload.GetDevicePairingData() != nil {
		return n.greetUnlinked(c)
	}
	d, code := n.identify(c.hello.Static, c.hello.Payload)
	if d != nil {
		c.name = d.String()
	}
	if code == 0 {
		if f := n.faults.strike(subject{device: d, now: n.now()}, FaultConnect, FaultBan); f != nil {
			n.refuseLogin(c, n.failureOf(*f))
			return nil
		}
	}
	if code != 0 {
		n.refuseLogin(c, attrs{"reason": strconv.Itoa(code)})
		return nil
	}
	n.login(c, d)
	return func(stanza *node) { n.handle(c, d, stanza) }
}

// identify finds the device of a login; code is the reason of the failure when there is none.
func (n *Network) identify(static [32]byte, p *waWa6.ClientPayload) (d *device, code int) {
	a := n.accounts.at(types.NewJID(strconv.FormatUint(p.GetUsername(), 10), types.DefaultUserServer))
	if a == nil {
		return nil, failLoggedOut
	}
	d = a.device(int(p.GetDevice()))
	if d == nil || d.noise != static || !d.confirmed.Load() {
		return nil, failLoggedOut
	}
	return d, 0
}

func (n *Network) refuseLogin(c *conn, why attrs) {
	n.count.loginFailures.Add(1)
	c.dismiss(node{Tag: "failure", Attrs: why}, partingGrace)
}

func (n *Network) failureOf(f Fault) attrs {
	why := attrs{"reason": strconv.Itoa(f.Code)}
	if f.Kind == FaultBan {
		why = attrs{"reason": strconv.Itoa(failBanned), "code": strconv.Itoa(f.Code)}
	}
	if f.ExpiresS > 0 {
		left := f.ExpiresS
		if f.Kind == FaultBan {
			left = int64((f.ends.Sub(n.now()) + time.Second - 1) / time.Second) // nobody is banned for 0 s
		}
		why["expire"] = strconv.FormatInt(left, 10)
		if why["code"] == nil {
			why["code"] = "101"
		}
	}
	return why
}

// login makes c the device's only socket.
func (n *Network) login(c *conn, d *device) {
	c.device = d
	c.linked.Store(d)
	n.evict(d)
	n.count.sockets(d.live.Add(1))
	n.count.logins.Add(1)
	d.mu.Lock()
	d.conn = c
	d.mu.Unlock()
	c.send(node{Tag: "success", Attrs: attrs{
		"t": unixString(n.now()), "lid": d.jid(AddressLID), "creation": unixString(n.now()),
		"display_name": d.account.name, "props": "27",
	}})
}

// evict ends the device's previous socket. One whose client has already gone is
// given a moment to be noticed: it isn't a second one.
func (n *Network) evict(d *device) {
	d.mu.Lock()
	old := d.conn
	d.mu.Unlock()
	if old == nil {
		return
	}
	timer := time.NewTimer(replaceGrace)
	defer timer.Stop()
	select {
	case <-old.done:
		return
	case <-n.ctx.Done():
		return
	case <-timer.C:
	}
	d.out.close(old)
	old.dismiss(streamError(0, conflict("replaced")), partingGrace)
}

// leave forgets a socket that has ended.
func (n *Network) leave(c *conn) {
	if c.pending != nil {
		n.pairing.remove(c.pending)
	}
	d := c.device
	if d == nil {
		return
	}
	d.out.close(c)
	d.mu.Lock()
	if d.conn == c {
		d.conn = nil
	}
	d.mu.Unlock()
	d.live.Add(-1)
	n.setOnline(d.account, d.id, false)
}

// activate starts delivery: clients lose what comes before they ask for it.
func (n *Network) activate(c *conn, d *device) {
	sent, again := d.out.open(c,
		func(waiting []node) node { return preview(waiting) },
		func(waiting []node) node {
			return ib(node{Tag: "offline", Attrs: attrs{"count": strconv.Itoa(len(waiting))}})
		})
	n.count.delivered.Add(int64(sent))
	n.count.redelivered.Add(int64(again))
	n.pairing.arrived(d)
	n.strikeSocket(c, d)
	d.mu.Lock()
	first := !d.greeted
	d.greeted = true
	d.mu.Unlock()
	if first {
		n.spawn(func() { d.account.phone.welcome(d) })
	}
}

func ib(children ...node) node {
	return node{Tag: "ib", Attrs: attrs{"from": types.ServerJID}, Content: children}
}

// preview announces what has waited, by kind.
func preview(waiting []node) node {
	count := map[string]int{}
	for _, n := range waiting {
		count[n.Tag]++
	}
	return ib(node{Tag: "offline_preview", Attrs: attrs{
		"count": strconv.Itoa(len(waiting)), "message": strconv.Itoa(count["message"]),
		"receipt": strconv.Itoa(count["receipt"]), "notification": strconv.Itoa(count["notification"]), "appdata": "0",
	}})
}

// registration is what an unlinked client says of its keys.
func registration(p *waWa6.ClientPayload) (*keyRing, error) {
	data := p.GetDevicePairingData()
	id, signedID := data.GetERegid(), data.GetESkeyID()
	if len(id) != 4 || len(signedID) != 3 || len(data.GetEIdent()) != 32 || len(data.GetESkeyVal()) != 32 || len(data.GetESkeySig()) != 64 {
		return nil, fmt.Errorf("%w: registration", ErrKeys)
	}
	return &keyRing{
		registrationID: binary.BigEndian.Uint32(id),
		identity:       [32]byte(data.GetEIdent()),
		signed: publicKey{
			ID:    uint32(signedID[0])<<16 | uint32(signedID[1])<<8 | uint32(signedID[2]),
			Value: [32]byte(data.GetESkeyVal()), Signature: data.GetESkeySig(),
		},
	}, nil
}
