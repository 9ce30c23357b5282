package wasim

import (
	"encoding/json"
	"strconv"
	"time"

	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/wasim/internal/mediastore"
)

// socketKinds are faults that act on live sockets.
func socketKinds() []FaultKind {
	return []FaultKind{FaultStream, FaultReplaced, FaultRemoved, FaultClose, FaultSilent}
}

// act lets a fault that has just been added do what it does at once.
func (n *Network) act(f *activeFault) {
	switch f.Kind {
	case FaultTimelock:
		n.sendTimelock(f)
	case FaultBan:
		n.after(time.Duration(f.ExpiresS)*time.Second, func() { n.RemoveFault(f.ID) })
		for _, d := range n.devicesOf(f) {
			if c := d.socket(); c != nil {
				c.drop()
			}
		}
	case FaultStream, FaultReplaced, FaultRemoved, FaultClose, FaultSilent:
		n.strikeAll(f)
	}
}

// devicesOf lists the companions that a fault is about.
func (n *Network) devicesOf(f *activeFault) []*device {
	var out []*device
	for _, a := range n.accounts.accounts() {
		for _, d := range a.companions() {
			if (f.device == nil || f.device == d) && (f.account == nil || f.account == a) {
				out = append(out, d)
			}
		}
	}
	return out
}

// strikeAll strikes every live socket that fits. That counts as one time, however
// many they were; without any the fault goes on waiting for the next login.
func (n *Network) strikeAll(f *activeFault) {
	var hit []*conn
	for _, d := range n.devicesOf(f) {
		if c := d.out.connection(); c != nil {
			hit = append(hit, c)
		}
	}
	if len(hit) == 0 {
		return
	}
	n.faults.mu.Lock()
	n.faults.count(f)
	fault := f.Fault
	n.faults.mu.Unlock()
	for _, c := range hit {
		n.strikeWith(c, c.device, fault)
	}
}

// strikeSocket lets a waiting fault strike a device that has just become active.
func (n *Network) strikeSocket(c *conn, d *device) {
	if f := n.faults.strike(subject{device: d}, socketKinds()...); f != nil {
		n.strikeWith(c, d, *f)
	}
}

func (n *Network) strikeWith(c *conn, d *device, f Fault) {
	switch f.Kind {
	case FaultStream:
		d.out.close(c)
		grace := partingGrace
		if f.Code == streamRestart {
			grace = lingerTimeout
		}
		c.dismiss(streamError(f.Code), grace)
	case FaultReplaced:
		d.out.close(c)
		c.dismiss(streamError(0, conflict("replaced")), partingGrace)
	case FaultRemoved:
		n.remove(d)
	case FaultClose:
		c.drop()
	case FaultSilent:
		c.silence()
	}
}

// sendTimelock tells devices that their account may not write to strangers for a while.
func (n *Network) sendTimelock(f *activeFault) {
	lock := map[string]any{"enforcement_type": "DEFAULT", "is_active": f.Until > 0}
	if f.Until > 0 {
		lock["time_enforcement_ends"] = strconv.FormatInt(f.Until, 10)
	}
	body, err := json.Marshal(map[string]any{"data": map[string]any{"xwa2_notify_account_reachout_timelock": lock}})
	if err != nil {
		n.opts.Logger.Error("wasim: time-lock not sent", "error", err)
		return
	}
	for _, d := range n.devicesOf(f) {
		n.notify(d, "mex", types.ServerJID, node{
			Tag: "update", Attrs: attrs{"op_name": "NotificationUserReachoutTimelockUpdate"}, Content: body,
		})
	}
	n.faults.mu.Lock()
	f.Times = 1
	n.faults.count(f)
	n.faults.mu.Unlock()
}

// spoilMedia lets a fault answer a request for a file.
func (n *Network) spoilMedia(r mediastore.Request) mediastore.Fault {
	if r.Method != "GET" {
		return mediastore.Fault{}
	}
	f := n.faults.strike(subject{}, FaultMedia)
	if f == nil {
		return mediastore.Fault{}
	}
	return mediastore.Fault{Status: f.Code, Delay: f.delay()}
}
