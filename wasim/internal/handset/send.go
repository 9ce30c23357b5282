package handset

import (
	"context"
	"fmt"
	"sync"

	"go.mau.fi/libsignal/keys/prekey"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// book remembers which number belongs to which hidden id. It has its own lock
// because it is read on every stanza, before the phone's.
type book struct{ known sync.Map }

// resolve finds the account behind an address. Not called with mu held.
func (h *Handset) resolve(address types.JID) (account, error) {
	address = address.ToNonAD()
	if a, ok := h.book.known.Load(address); ok {
		return a.(account), nil
	}
	if isGroup(address) {
		return account{PN: address, LID: address}, nil
	}
	return h.lookUp(address.String())
}

func (h *Handset) lookUp(address string) (account, error) {
	if group, ok := asGroup(address); ok {
		if _, err := h.link.Members(group.LID); err != nil {
			return account{}, fmt.Errorf("looking up %s: %w", address, err)
		}
		return group, nil
	}
	pn, lid, err := h.link.Resolve(address)
	if err != nil {
		return account{}, fmt.Errorf("looking up %s: %w", address, err)
	}
	a := account{PN: pn, LID: lid}
	h.book.known.Store(pn, a)
	h.book.known.Store(lid, a)
	return a, nil
}

// self is this phone's own account.
func (h *Handset) self() account { return account{PN: h.cfg.PN, LID: h.cfg.LID} }

// Send encrypts c for every device of the recipient (a number in any form or a JID)
// and for this account's companions, and hands one stanza to the link. It returns
// the message's id once the stanza is queued; nothing was sent when there is an error.
func (h *Handset) Send(ctx context.Context, to string, c Content) (string, error) {
	chat, err := h.lookUp(to)
	if err != nil {
		return "", err
	}
	if isGroup(chat.LID) {
		return h.sendGroup(ctx, chat, c)
	}
	msg, err := h.compose(c)
	if err != nil {
		return "", err
	}
	devices, err := h.audience(ctx, chat)
	if err != nil {
		return "", err
	}
	bundles, err := h.missingBundles(ctx, devices)
	if err != nil {
		return "", err
	}
	id, err := h.transmit(ctx, chat, c.ID, msg, devices, bundles)
	if err != nil {
		return "", err
	}
	h.drain()
	return id, nil
}

// audience lists all devices that shall get a message to the chat, without this phone itself.
func (h *Handset) audience(ctx context.Context, chat account) ([]types.JID, error) {
	users := []types.JID{chat.LID}
	if chat.LID != h.cfg.LID {
		users = append(users, h.cfg.LID)
	}
	found, err := h.link.Devices(ctx, users)
	if err != nil {
		return nil, fmt.Errorf("listing the devices of %s: %w", chat.PN, err)
	}
	if len(found[chat.LID]) == 0 {
		return nil, fmt.Errorf("sending to %s: %w", chat.PN, ErrUnknownDevices)
	}
	var devices []types.JID
	for _, user := range users {
		for _, d := range found[user] {
			if d != h.cfg.LID {
				devices = append(devices, d)
			}
		}
	}
	return devices, nil
}

// missingBundles fetches keys of the devices with which there is no session yet.
func (h *Handset) missingBundles(ctx context.Context, devices []types.JID) (map[types.JID]*prekey.Bundle, error) {
	var missing []types.JID
	h.mu.Lock()
	for _, d := range devices {
		if !h.hasSession(d) {
			missing = append(missing, d)
		}
	}
	h.mu.Unlock()
	if len(missing) == 0 {
		return nil, nil
	}
	bundles, err := h.link.Bundles(ctx, missing)
	if err != nil {
		return nil, fmt.Errorf("fetching keys of %d devices: %w", len(missing), err)
	}
	return bundles, nil
}

// transmit encrypts, shows and queues a message in one step, so that the list, the
// ratchets and the wire have the same order.
func (h *Handset) transmit(ctx context.Context, chat account, id string, msg *waE2E.Message,
	devices []types.JID, bundles map[types.JID]*prekey.Bundle,
) (string, error) {
	plain, err := proto.Marshal(msg)
	if err != nil {
		return "", fmt.Errorf("serialising a message: %w", err)
	}
	forOwn, err := proto.Marshal(h.deviceSent(chat, msg))
	if err != nil {
		return "", fmt.Errorf("serialising a message for own devices: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if id == "" {
		id = h.keys.messageID()
	}
	to := make([]waBinary.Node, 0, len(devices))
	for _, d := range devices {
		body := plain
		if d.User == h.cfg.LID.User {
			body = forOwn
		}
		enc, ok := h.encNode(ctx, d, body, msg, bundles[d])
		if ok {
			to = append(to, waBinary.Node{Tag: "to", Attrs: waBinary.Attrs{"jid": d}, Content: []waBinary.Node{enc}})
		}
	}
	h.post(messageNode(id, chat.LID, msg, waBinary.Node{Tag: "participants", Content: to}))
	e := newEntry(id, chat, h.self(), h.link.Now(), msg)
	e.FromMe, e.Status = true, StatusSent
	if h.add(e) {
		h.apply(&e)
	}
	return id, nil
}

// deviceSent wraps a message for the sender's own other devices, which must know the chat.
func (h *Handset) deviceSent(chat account, msg *waE2E.Message) *waE2E.Message {
	return &waE2E.Message{
		DeviceSentMessage:  &waE2E.DeviceSentMessage{DestinationJID: proto.String(h.inMessage(chat)), Message: msg},
		MessageContextInfo: msg.GetMessageContextInfo(),
	}
}

// encNode encrypts for one device; a device that has no keys is left out and counted. Called with mu held.
func (h *Handset) encNode(ctx context.Context, device types.JID, plain []byte, msg *waE2E.Message,
	bundle *prekey.Bundle,
) (waBinary.Node, bool) {
	var err error
	if !h.hasSession(device) {
		if bundle == nil {
			err = fmt.Errorf("no keys of %s", device)
		} else {
			err = h.startSession(ctx, device, bundle)
		}
	}
	var kind string
	var body []byte
	if err == nil {
		kind, body, err = h.encrypt(ctx, device, plain)
	}
	if err != nil {
		h.state.Counters.SendErrors++
		h.log.Warn("message not encrypted for a device", "phone", h.cfg.PN.User, "device", device.String(), "error", err)
		return waBinary.Node{}, false
	}
	attrs := waBinary.Attrs{"v": "2", "type": kind}
	if t := mediaType(msg); t != "" {
		attrs["mediatype"] = t
	}
	if editAttribute(msg) != "" || stanzaType(msg) == "reaction" {
		attrs["decrypt-fail"] = string(events.DecryptFailHide)
	}
	return waBinary.Node{Tag: "enc", Attrs: attrs, Content: body}, true
}

// messageNode is the stanza around ciphertexts. A phone is its account's first
// device and needs no device-identity: that proves a companion to belong to it.
func messageNode(id string, to types.JID, msg *waE2E.Message, content ...waBinary.Node) waBinary.Node {
	attrs := waBinary.Attrs{"id": id, "to": to, "type": stanzaType(msg)}
	if edit := editAttribute(msg); edit != "" {
		attrs["edit"] = edit
	}
	if attrs["type"] == "poll" {
		kind := "creation"
		if unwrap(msg).GetPollUpdateMessage() != nil {
			kind = "vote"
		}
		content = append(content, waBinary.Node{Tag: "meta", Attrs: waBinary.Attrs{"polltype": kind}})
	}
	return waBinary.Node{Tag: "message", Attrs: attrs, Content: content}
}
