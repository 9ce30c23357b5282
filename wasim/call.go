package wasim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/types"
)

// ErrUnknownCall says that no call has the id, or that it is over.
var ErrUnknownCall = errors.New("wasim: no such call is ringing")

// CallState is how far a call got. Nobody answers calls here.
type CallState string

// The states of a call.
const (
	CallRinging  CallState = "ringing"
	CallRejected CallState = "rejected" // by a companion of the account that was called
	CallEnded    CallState = "ended"    // the caller gave up
)

// Call is one call of a phone to an account.
type Call struct {
	ID    string    `json:"id"`
	From  string    `json:"from"`
	To    string    `json:"to"`
	Video bool      `json:"video"`
	State CallState `json:"state"`
	At    time.Time `json:"at"`
}

// CallOptions say what kind of call it is.
type CallOptions struct{ Video bool }

// calls are those of the whole network since it started; they are not written down.
type calls struct {
	mu      sync.Mutex
	list    []Call
	changed chan struct{}
}

// update changes the calls and wakes who waits for a change.
func (c *calls) update(fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fn()
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// end sets the state of a ringing call of one of two accounts; the zero Call says that there is none.
func (c *calls) end(id string, state CallState, party func(Call) bool) (ended Call, ok bool) {
	c.update(func() {
		i := slices.IndexFunc(c.list, func(call Call) bool { return call.ID == id && call.State == CallRinging && party(call) })
		if ok = i >= 0; ok {
			c.list[i].State = state
			ended = c.list[i]
		}
	})
	return ended, ok
}

// Call lets the phone ring an account (a number in any form, a JID) and returns the call's id. Companions are told at once, or
// when they come back.
func (p *Phone) Call(_ context.Context, to string, o CallOptions) (string, error) {
	n, callee := p.net, p.net.accounts.find(to)
	if callee == nil {
		return "", fmt.Errorf("%w: %q", ErrUnknownNumber, to)
	}
	call := Call{ID: "CALL" + n.nextID(), From: p.account.pn, To: callee.pn, Video: o.Video, State: CallRinging, At: n.now()}
	n.calls.update(func() { n.calls.list = append(n.calls.list, call) })
	media := node{Tag: "audio", Attrs: attrs{"enc": "opus", "rate": "16000"}}
	if o.Video {
		media = node{Tag: "video", Attrs: attrs{"enc": "vp8"}}
	}
	if !callee.hasBlocked(p.account) {
		n.tellCall(p.account, callee, nil, node{Tag: "offer", Attrs: attrs{"call-id": call.ID}, Content: []node{media}})
	}
	return call.ID, nil
}

// HangUp ends a call that the phone began.
func (p *Phone) HangUp(id string) error {
	call, ok := p.net.calls.end(id, CallEnded, func(c Call) bool { return c.From == p.account.pn })
	if !ok {
		return fmt.Errorf("%w: %q", ErrUnknownCall, id)
	}
	if callee := p.net.accounts.find(call.To); !callee.hasBlocked(p.account) {
		p.net.tellCall(p.account, callee, nil, node{Tag: "terminate", Attrs: attrs{"call-id": id, "reason": "timeout"}})
	}
	return nil
}

// Calls lists the calls that the phone made or got, oldest first.
func (p *Phone) Calls() []Call {
	c := &p.net.calls
	c.mu.Lock()
	defer c.mu.Unlock()
	out := []Call{}
	for _, call := range c.list {
		if call.From == p.account.pn || call.To == p.account.pn {
			out = append(out, call)
		}
	}
	return out
}

// AwaitCall waits until one of the phone's calls fits match, which is called outside all locks.
func (p *Phone) AwaitCall(ctx context.Context, match func(Call) bool) (Call, error) {
	c := &p.net.calls
	for {
		c.mu.Lock()
		if c.changed == nil {
			c.changed = make(chan struct{})
		}
		changed := c.changed
		c.mu.Unlock()
		for _, call := range p.Calls() {
			if match(call) {
				return call, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Call{}, fmt.Errorf("waiting for a call: %w; the last stanzas:\n%s", ctx.Err(), p.net.log.Tail(awaitTail))
		}
	}
}

// tellCall gives a deed of a call to the companions of an account but one.
func (n *Network) tellCall(from, to *account, but *device, deed node) {
	form := n.opts.Addressing
	creator := from.jid(form, 0)
	deed = with(deed, "call-creator", creator)
	if form == AddressLID {
		deed = with(deed, "caller_pn", from.pnJID())
	} else {
		deed = with(deed, "caller_lid", from.lidJID())
	}
	for _, d := range to.companions() {
		if d == but {
			continue
		}
		id := n.nextID()
		out := node{Tag: "call", Content: []node{deed}, Attrs: attrs{
			"from": creator, "id": id, "t": unixString(n.now()), "platform": "android", "version": "2.26.1", "notify": from.pushName(),
		}}
		d.out.put(n.key("call", id, creator, ""), out)
	}
}

// handleCall takes what a companion does about a call: it can reject it.
func (n *Network) handleCall(c *conn, d *device, stanza *node) {
	n.acknowledge(c, node{Tag: "ack", Attrs: attrs{
		"class": "call", "type": firstTag(stanza), "id": text(stanza, "id"), "from": stanza.Attrs["to"], "t": unixString(n.now()),
	}})
	if !hasChild(stanza, "reject") {
		return
	}
	reject := child(stanza, "reject")
	call, ok := n.calls.end(text(&reject, "call-id"), CallRejected, func(call Call) bool { return call.To == d.account.pn })
	if !ok {
		return
	}
	caller := n.accounts.at(types.NewJID(call.From, types.DefaultUserServer))
	n.tellCall(caller, d.account, d, node{Tag: "terminate", Attrs: attrs{"call-id": call.ID, "reason": "rejected_elsewhere"}})
}
