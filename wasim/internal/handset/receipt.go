package handset

import (
	"context"
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// receiptBatch is how many messages one read receipt names at most; clients send such lists too.
const receiptBatch = 256

// postReceipt confirms a message that was read. Called with mu held.
func (h *Handset) postReceipt(e envelope) {
	attrs := replyTo(e)
	switch {
	case e.peer:
		attrs["type"] = string(types.ReceiptTypePeerMsg)
	case e.fromMe:
		attrs["type"] = string(types.ReceiptTypeSender)
	}
	h.post(waBinary.Node{Tag: "receipt", Attrs: attrs})
}

// replyTo copies the addresses of a message into the stanza that answers it.
func replyTo(e envelope) waBinary.Attrs {
	attrs := waBinary.Attrs{"id": e.id, "to": e.node.Attrs["from"]}
	for _, name := range []string{"participant", "recipient"} {
		if v, ok := e.node.Attrs[name]; ok {
			attrs[name] = v
		}
	}
	return attrs
}

// receipt takes what another device says about messages: own ones of this account,
// or, from an own companion, others' that were read there.
func (h *Handset) receipt(ctx context.Context, node waBinary.Node) {
	ag := node.AttrGetter()
	kind := types.ReceiptType(ag.OptionalString("type"))
	if kind == types.ReceiptTypeRetry {
		h.answerRetry(ctx, node)
		return
	}
	if kind == receiptServerError {
		h.reupload(node)
		return
	}
	sender := ag.OptionalJIDOrEmpty("from")
	if isGroup(sender) {
		sender = ag.OptionalJIDOrEmpty("participant")
	}
	from, err := h.resolve(sender)
	if err != nil {
		return
	}
	ids := []string{ag.OptionalString("id")}
	list := node.GetChildByTag("list")
	for _, item := range list.GetChildrenByTag("item") {
		ids = append(ids, item.AttrGetter().OptionalString("id"))
	}
	if from.LID == h.cfg.LID {
		h.readElsewhere(kind, ids)
		return
	}
	status := statusOf(kind)
	if status == "" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		if i, e := h.find(h.cfg.LID, id); e != nil && rank(e.Status) < rank(status) {
			e.Status = status
			h.touch(i)
		}
	}
}

// statusOf is what a receipt means for an own message; empty is nothing. A
// companion whose owner isn't looking says "inactive": the message is there all the same.
func statusOf(kind types.ReceiptType) string {
	switch kind {
	case types.ReceiptTypeDelivered, types.ReceiptTypeInactive:
		return StatusDelivered
	case types.ReceiptTypeRead:
		return StatusRead
	case types.ReceiptTypePlayed:
		return StatusPlayed
	default:
		return ""
	}
}

// readElsewhere marks others' messages that the owner read on a companion.
func (h *Handset) readElsewhere(kind types.ReceiptType, ids []string) {
	if kind != types.ReceiptTypeRead && kind != types.ReceiptTypeReadSelf {
		return
	}
	wanted := map[string]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, e := range h.state.messages {
		if wanted[e.ID] && !e.FromMe && e.Status == StatusReceived {
			e.Status = StatusRead
			h.touch(i)
		}
	}
}

// Read marks everything received in the chat (a number in any form or a JID) as
// read and tells the senders. A chat without unread messages is no error.
func (h *Handset) Read(chat string) error {
	who, err := h.lookUp(chat)
	if err != nil {
		return fmt.Errorf("reading a chat: %w", err)
	}
	h.mu.Lock()
	bySender := map[account][]string{}
	for i, e := range h.state.messages {
		if e.chat != who || e.FromMe || e.Status != StatusReceived {
			continue
		}
		e.Status = StatusRead
		h.touch(i)
		bySender[e.from] = append(bySender[e.from], e.ID)
	}
	for sender, ids := range bySender {
		h.postRead(who, sender, types.ReceiptTypeRead, ids)
	}
	h.mu.Unlock()
	h.drain()
	return nil
}

// Play marks a voice or video message of somebody else as played and tells its sender.
func (h *Handset) Play(id string) error {
	h.mu.Lock()
	e := h.findAny(id)
	if e == nil || e.FromMe {
		h.mu.Unlock()
		return fmt.Errorf("playing %s: %w", id, ErrNoMessage)
	}
	i, _ := h.find(e.from.LID, id)
	if e.Status == StatusReceived {
		e.Status = StatusRead
		h.touch(i)
	}
	h.postRead(e.chat, e.from, types.ReceiptTypePlayed, []string{id})
	h.mu.Unlock()
	h.drain()
	return nil
}

// postRead queues receipts for messages of one sender. Called with mu held.
func (h *Handset) postRead(chat, sender account, kind types.ReceiptType, ids []string) {
	for len(ids) > 0 {
		batch := ids[:min(len(ids), receiptBatch)]
		ids = ids[len(batch):]
		attrs := waBinary.Attrs{"id": batch[0], "to": chat.LID, "type": string(kind), "t": h.link.Now().Unix()}
		if isGroup(chat.LID) {
			attrs["participant"] = sender.LID
		}
		node := waBinary.Node{Tag: "receipt", Attrs: attrs}
		if len(batch) > 1 {
			var items []waBinary.Node
			for _, id := range batch[1:] {
				items = append(items, waBinary.Node{Tag: "item", Attrs: waBinary.Attrs{"id": id}})
			}
			node.Content = []waBinary.Node{{Tag: "list", Content: items}}
		}
		h.post(node)
	}
}

// StartTyping shows "typing" in the chat (a number in any form or a JID); StopTyping takes it away.
func (h *Handset) StartTyping(chat string) error { return h.chatState(chat, "composing") }

// StopTyping takes back what StartTyping showed.
func (h *Handset) StopTyping(chat string) error { return h.chatState(chat, "paused") }

func (h *Handset) chatState(chat, what string) error {
	who, err := h.lookUp(chat)
	if err != nil {
		return fmt.Errorf("typing: %w", err)
	}
	h.mu.Lock()
	h.post(waBinary.Node{
		Tag: "chatstate", Attrs: waBinary.Attrs{"to": who.LID}, Content: []waBinary.Node{{Tag: what}},
	})
	h.mu.Unlock()
	h.drain()
	return nil
}

// Online says that the owner is looking at the phone; Offline that the owner has put it away.
func (h *Handset) Online() { h.presence(types.PresenceAvailable) }

// Offline takes back what Online said.
func (h *Handset) Offline() { h.presence(types.PresenceUnavailable) }

func (h *Handset) presence(p types.Presence) {
	h.mu.Lock()
	h.post(waBinary.Node{Tag: "presence", Attrs: waBinary.Attrs{"type": string(p), "name": h.cfg.Name}})
	h.mu.Unlock()
	h.drain()
}

// Watch asks to be shown whether somebody is online.
func (h *Handset) Watch(who string) error {
	a, err := h.lookUp(who)
	if err != nil {
		return err
	}
	h.mu.Lock()
	h.post(waBinary.Node{Tag: "presence", Attrs: waBinary.Attrs{"type": "subscribe", "to": a.LID}})
	h.mu.Unlock()
	h.drain()
	return nil
}

// observed keeps what others show of themselves: typing and presence.
func (h *Handset) observed(node waBinary.Node) {
	ag := node.AttrGetter()
	who, err := h.resolve(ag.OptionalJIDOrEmpty("from"))
	if err != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if node.Tag == "presence" {
		online := types.Presence(ag.OptionalString("type")) != types.PresenceUnavailable
		h.show(who, func(s *Sight) { s.Online = online })
	} else if children := node.GetChildren(); len(children) > 0 {
		now := h.link.Now().UnixMilli()
		h.show(who, func(s *Sight) { s.Typing, s.TypingMS = children[0].Tag, now })
	}
}
