package handset

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/libsignal/signalerror"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// Deliver takes one stanza that the network delivers to this phone. Stanzas have
// to come one after the other, in order. What a phone has no use for is ignored.
// The phone answers messages with receipts; it needs and sends no acks.
func (h *Handset) Deliver(node waBinary.Node) {
	ctx := context.Background()
	switch node.Tag {
	case "message":
		h.receive(ctx, node)
	case "receipt":
		h.receipt(ctx, node)
	case "ack":
		h.acknowledged(node)
	case "notification":
		h.notified(node)
	case "chatstate", "presence":
		h.observed(node)
	}
	h.drain()
}

// envelope is what the outside of a message stanza says.
type envelope struct {
	node   waBinary.Node
	id     string
	sender account
	// device is the sending device in LID form, the address of its Signal session.
	device types.JID
	chat   account
	fromMe bool
	peer   bool
	at     time.Time
}

// open reads the outside of a message and looks its addresses up.
func (h *Handset) open(node waBinary.Node) (envelope, error) {
	ag := node.AttrGetter()
	e := envelope{node: node, id: ag.String("id"), at: ag.OptionalUnixTime("t")}
	from := ag.JID("from")
	if !ag.OK() {
		return envelope{}, fmt.Errorf("message stanza: %w", ag.Error())
	}
	sender := from
	if isGroup(from) {
		sender = ag.JID("participant")
	}
	var err error
	if e.sender, err = h.resolve(sender); err != nil {
		return envelope{}, err
	}
	e.device = e.sender.LID
	e.device.Device = sender.Device
	e.fromMe = e.sender.LID == h.cfg.LID
	e.peer = ag.OptionalString("category") == "peer"
	e.chat = e.sender
	if recipient := ag.OptionalJIDOrEmpty("recipient"); e.fromMe && !recipient.IsEmpty() {
		if e.chat, err = h.resolve(recipient); err != nil {
			return envelope{}, err
		}
	}
	if isGroup(from) {
		e.chat = account{PN: from, LID: from}
	}
	if e.at.IsZero() {
		e.at = h.link.Now()
	}
	return e, nil
}

// receive decrypts a message, shows it once and answers with a receipt; if it
// can't be read, the sending device is asked to encrypt it again.
func (h *Handset) receive(ctx context.Context, node waBinary.Node) {
	e, err := h.open(node)
	if err != nil {
		h.log.Warn("message stanza not understood", "phone", h.cfg.PN.User, "error", err)
		return
	}
	var msg *waE2E.Message
	h.mu.Lock()
	h.state.Counters.Frames++
	h.state.Revision++
	h.chatCount(e).Frames++
	for _, child := range node.GetChildrenByTag("enc") {
		plain, readErr := h.read(ctx, e, child)
		if errors.Is(readErr, errReplay) {
			continue
		}
		if readErr != nil {
			h.log.Warn("message not read", "phone", h.cfg.PN.User, "device", e.device.String(), "id", e.id, "error", readErr)
			h.askAgain(e)
			h.mu.Unlock()
			return
		}
		var m waE2E.Message
		if err := proto.Unmarshal(plain, &m); err != nil {
			h.countFailure(fmt.Errorf("%w: %w", errMalformed, err))
			continue
		}
		h.learnSenderKey(ctx, e, &m)
		msg = &m
	}
	h.postReceipt(e)
	question := h.arrived(e, msg)
	h.mu.Unlock()
	if question != nil {
		h.serve(ctx, e, question)
	}
}

// read decrypts one ciphertext and keeps count. Called with mu held.
func (h *Handset) read(ctx context.Context, e envelope, enc waBinary.Node) ([]byte, error) {
	body, _ := enc.Content.([]byte)
	sum := sha256.Sum256(body)
	hash, k := binary.BigEndian.Uint64(sum[:8]), key(e.device, e.id)
	kind := enc.AttrGetter().OptionalString("type")
	open := func() ([]byte, error) { return h.decrypt(ctx, e.device, kind, body) }
	if kind == encGroup && isGroup(e.chat.LID) {
		open = func() ([]byte, error) { return h.decryptShared(ctx, e.chat.LID, e.device, body) }
	}
	plain, err := open()
	if errors.Is(err, signalerror.ErrOldCounter) && slices.Contains(h.state.seen[k], hash) {
		h.state.Counters.Replays++
		return nil, errReplay
	}
	if err != nil {
		h.countFailure(err)
		return nil, err
	}
	if len(h.state.seen[k]) == 0 {
		h.state.Counters.IDs++
		h.chatCount(e).IDs++
	}
	h.state.seen[k] = append(h.state.seen[k], hash)
	if i, again := h.state.index[k]; again {
		h.state.messages[i].edition++
		h.state.messages[i].written = nil
	}
	return plain, nil
}

// chatCount is the tally of a message's chat. Called with mu held.
func (h *Handset) chatCount(e envelope) *ChatCount {
	name := shown(e.chat)
	c := h.state.Chats[name]
	if c == nil {
		c = &ChatCount{}
		h.state.Chats[name] = c
	}
	return c
}

// arrived unwraps a decrypted message and shows it, in the same moment in which it was
// decrypted: a snapshot has both or neither. What an own companion says to the phone
// alone is returned, to be served without the lock. Called with mu held; msg may be nil.
func (h *Handset) arrived(e envelope, msg *waE2E.Message) *waE2E.ProtocolMessage {
	if msg == nil {
		return nil
	}
	if wrapped := msg.GetDeviceSentMessage(); wrapped.GetMessage() != nil && e.fromMe {
		// The stanza names the chat too; whom the phone doesn't know yet, it knows only from there.
		if to, err := types.ParseJID(wrapped.GetDestinationJID()); err == nil {
			if chat, known := h.book.known.Load(to.ToNonAD()); known {
				e.chat, _ = chat.(account)
			}
		}
		msg = wrapped.GetMessage()
	}
	if silentMessage(msg) {
		if e.fromMe {
			return msg.GetProtocolMessage()
		}
		return nil
	}
	line := newEntry(e.id, e.chat, e.sender, e.at, msg)
	line.Device, line.FromMe, line.Status = int(e.device.Device), e.fromMe, StatusReceived
	if e.fromMe {
		line.Status = StatusSent
	}
	if h.add(line) {
		h.apply(&line)
	}
	return nil
}

// notified handles what the network announces: somebody's new identity key ends the sessions with all their devices.
func (h *Handset) notified(node waBinary.Node) {
	if node.AttrGetter().OptionalString("type") == "server_sync" {
		h.settingsChanged(node)
		return
	}
	from := node.AttrGetter().OptionalJIDOrEmpty("from")
	if isGroup(from) {
		h.noteGroup(node)
		return
	}
	_, identityChanged := node.GetOptionalChildByTag("identity")
	if node.AttrGetter().OptionalString("type") != "encrypt" || !identityChanged || from.IsEmpty() {
		return
	}
	who, err := h.resolve(from)
	if err != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.signal.forgetUser(who.LID.SignalAddressUser())
	h.state.Revision++
}

// settingsChanged follows the collections that somebody wrote to.
func (h *Handset) settingsChanged(node waBinary.Node) {
	for _, c := range node.GetChildrenByTag("collection") {
		name := c.AttrGetter().OptionalString("name")
		if err := h.Sync(context.Background(), name); err != nil {
			h.log.Warn("settings not followed", "phone", h.cfg.PN.User, "collection", name, "error", err)
		}
	}
}

// acknowledged keeps the code with which the network refused an own message.
func (h *Handset) acknowledged(node waBinary.Node) {
	ag := node.AttrGetter()
	id, code := ag.OptionalString("id"), ag.OptionalInt("error")
	if code == 0 || ag.OptionalString("class") != "message" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if i, e := h.find(h.cfg.LID, id); e != nil {
		e.Error = code
		h.touch(i)
	}
}
