package whatsapp

import (
	"context"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/device"
)

// peerOf makes a peer of up to two addresses of one person or of a group.
func peerOf(name string, jids ...types.JID) device.Peer {
	p := device.Peer{Name: text(name, maxName)}
	for _, jid := range jids {
		a, ok := addressOf(jid)
		if !ok || p.Address(a.Kind) != "" {
			continue
		}
		p.Group = p.Group || a.Kind == device.AddressGroup
		p.Addresses = append(p.Addresses, a)
	}
	return p
}

func addressOf(jid types.JID) (device.Address, bool) {
	if jid.User == "" {
		return device.Address{}, false
	}
	switch jid.Server {
	case types.DefaultUserServer, types.LegacyUserServer, types.HostedServer:
		return device.Address{Kind: device.AddressPhone, Value: jid.User}, true
	case types.HiddenUserServer, types.HostedLIDServer:
		return device.Address{Kind: device.AddressLID, Value: jid.User}, true
	case types.GroupServer:
		return device.Address{Kind: device.AddressGroup, Value: jid.User}, true
	default:
		return device.Address{}, false
	}
}

// jidOf is the address to write to: the group, else the LID, else the phone number.
func jidOf(p device.Peer) (types.JID, bool) {
	for _, k := range []struct {
		kind   device.AddressKind
		server string
	}{
		{device.AddressGroup, types.GroupServer},
		{device.AddressLID, types.HiddenUserServer},
		{device.AddressPhone, types.DefaultUserServer},
	} {
		if v := p.Address(k.kind); v != "" {
			return types.NewJID(v, k.server), true
		}
	}
	return types.EmptyJID, false
}

// personal reports whether jid is a person's, in either form.
func personal(jid types.JID) bool {
	a, ok := addressOf(jid)
	return ok && a.Kind != device.AddressGroup
}

// other looks the other form of a person's address up; empty when it is not known.
func other(ctx context.Context, lids store.LIDStore, jid types.JID) types.JID {
	var alt types.JID
	var err error
	switch jid.Server {
	case types.DefaultUserServer:
		alt, err = lids.GetLIDForPN(ctx, jid.ToNonAD())
	case types.HiddenUserServer:
		alt, err = lids.GetPNForLID(ctx, jid.ToNonAD())
	}
	if err != nil {
		// Without it the person is known by one address for now; the next message may tell the other.
		return types.EmptyJID
	}
	return alt.ToNonAD()
}

// people resolves the two sides of a message or receipt.
type people struct{ lids store.LIDStore }

// chat is whose chat src belongs to; ok is false for what is no chat with people (status, newsletters, bots).
func (p people) chat(ctx context.Context, src types.MessageSource, name string) (device.Peer, bool) {
	jid := src.Chat.ToNonAD()
	if _, ok := addressOf(jid); !ok || jid.IsBot() || jid == types.PSAJID {
		return device.Peer{}, false
	}
	if !personal(jid) {
		return peerOf("", jid), true
	}
	alt := src.SenderAlt
	if src.IsFromMe {
		alt, name = src.RecipientAlt, ""
	}
	if alt.IsEmpty() {
		alt = other(ctx, p.lids, jid)
	}
	return peerOf(name, jid, alt.ToNonAD()), true
}

// sender is who wrote; nobody when it was the account itself.
func (p people) sender(ctx context.Context, src types.MessageSource, name string) device.Peer {
	if src.IsFromMe {
		return device.Peer{}
	}
	jid, alt := src.Sender.ToNonAD(), src.SenderAlt.ToNonAD()
	if alt.IsEmpty() {
		alt = other(ctx, p.lids, jid)
	}
	return peerOf(name, jid, alt)
}
