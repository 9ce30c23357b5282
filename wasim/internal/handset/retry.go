package handset

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/util/optional"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// maxRetries is how often one message is asked for again; clients give up at the fifth too.
const maxRetries = 5

// askAgain tells the sending device that its message couldn't be read. It brings new
// keys along, so that the answer is a new session. Called with mu held.
func (h *Handset) askAgain(e envelope) {
	k := key(e.device, e.id) + "|" + strconv.Itoa(int(e.device.Device))
	if h.asked[k] >= maxRetries {
		return
	}
	h.asked[k]++
	h.state.Counters.RetriesAsked++
	b := h.keys.bundle()
	attrs := replyTo(e)
	attrs["type"], attrs["t"] = string(types.ReceiptTypeRetry), h.link.Now().Unix()
	if e.peer {
		attrs["category"] = "peer"
	}
	h.post(waBinary.Node{Tag: "receipt", Attrs: attrs, Content: []waBinary.Node{
		{Tag: "retry", Attrs: waBinary.Attrs{"count": h.asked[k], "id": e.id, "t": e.at.Unix(), "v": 1}},
		{Tag: "registration", Content: binary.BigEndian.AppendUint32(nil, b.RegistrationID)},
		{Tag: "keys", Content: []waBinary.Node{
			{Tag: "type", Content: []byte{ecc.DjbType}},
			{Tag: "identity", Content: b.Identity[:]},
			keyNode("key", b.PreKeyID, b.PreKey[:], nil),
			keyNode("skey", b.SignedID, b.Signed[:], b.Signature[:]),
		}},
	}})
}

// keyNode writes a key as stanzas have it: a three-byte id, the value, a signature if there is one.
func keyNode(tag string, id uint32, value, signature []byte) waBinary.Node {
	children := []waBinary.Node{
		{Tag: "id", Content: binary.BigEndian.AppendUint32(nil, id)[1:]},
		{Tag: "value", Content: value},
	}
	if signature != nil {
		children = append(children, waBinary.Node{Tag: "signature", Content: signature})
	}
	return waBinary.Node{Tag: tag, Content: children}
}

// answerRetry encrypts a message again for the one device that couldn't read it,
// in a new session made from the keys that came with the request or from fetched ones.
func (h *Handset) answerRetry(ctx context.Context, node waBinary.Node) {
	ag := node.AttrGetter()
	from := ag.OptionalJIDOrEmpty("from")
	if participant := ag.OptionalJIDOrEmpty("participant"); isGroup(from) {
		from = participant
	}
	who, err := h.resolve(from)
	if err != nil {
		return
	}
	device := who.LID
	device.Device = from.Device
	retryNode := node.GetChildByTag("retry")
	retry := retryNode.AttrGetter()
	id, count := retry.OptionalString("id"), retry.OptionalInt("count")
	if id == "" {
		id = ag.OptionalString("id")
	}
	bundle, err := bundleOf(node, uint32(device.Device))
	if err != nil {
		found, fetchErr := h.link.Bundles(ctx, []types.JID{device})
		if bundle = found[device]; fetchErr != nil || bundle == nil {
			h.log.Warn("retry without keys", "phone", h.cfg.PN.User, "device", device.String(), "keys", err, "error", fetchErr)
			return
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.resend(ctx, device, id, count, bundle); err != nil {
		h.log.Warn("retry not answered", "phone", h.cfg.PN.User, "device", device.String(), "id", id, "error", err)
	}
}

// resend queues one message again for one device. Called with mu held.
func (h *Handset) resend(ctx context.Context, device types.JID, id string, count int, bundle *prekey.Bundle) error {
	k := key(device, id) + "|" + strconv.Itoa(int(device.Device))
	if h.answered[k] >= 2*maxRetries {
		return fmt.Errorf("asked %d times already", h.answered[k])
	}
	h.answered[k]++
	msg, to, extra, err := h.sent(device, id)
	if err != nil {
		return err
	}
	plain, err := proto.Marshal(to)
	if err != nil {
		return fmt.Errorf("serialising %s: %w", id, err)
	}
	if err := h.startSession(ctx, device, bundle); err != nil {
		return err
	}
	enc, ok := h.encNode(ctx, device, plain, msg, nil)
	if !ok {
		return fmt.Errorf("message %s couldn't be encrypted", id)
	}
	enc.Attrs["count"] = max(count, 1)
	again := messageNode(id, device, msg, enc)
	again.Attrs["t"] = h.link.Now().Unix()
	for name, value := range extra {
		again.Attrs[name] = value
	}
	h.post(again)
	h.state.Counters.RetriesAnswered++
	h.state.Revision++
	return nil
}

// sent finds a message that this phone sent, in the form in which that device has
// to get it, and the stanza attributes that go with it. Called with mu held.
func (h *Handset) sent(device types.JID, id string) (msg, body *waE2E.Message, extra waBinary.Attrs, err error) {
	own := device.User == h.cfg.LID.User
	if p, ok := h.peers[id]; ok && own {
		return p.msg, p.msg, waBinary.Attrs{"category": "peer"}, nil
	}
	_, e := h.find(h.cfg.LID, id)
	if e == nil || e.Device != 0 {
		return nil, nil, nil, fmt.Errorf("message %s: %w", id, ErrNoMessage)
	}
	if isGroup(e.chat.LID) {
		return h.sentToGroup(device, e)
	}
	extra = waBinary.Attrs{"device_fanout": false}
	if !own {
		return e.Raw, e.Raw, extra, nil
	}
	extra["recipient"] = e.chat.LID
	return e.Raw, h.deviceSent(e.chat, e.Raw), extra, nil
}

// sentToGroup is a group's message for one device, with the key to those that follow. Called with mu held.
func (h *Handset) sentToGroup(device types.JID, e *entry) (msg, body *waE2E.Message, extra waBinary.Attrs, err error) {
	key, err := h.senderKey(context.Background(), e.chat.LID)
	if err != nil {
		return nil, nil, nil, err
	}
	body = proto.CloneOf(e.Raw)
	body.SenderKeyDistributionMessage = key
	h.signal.gave(e.chat.LID, device)
	return e.Raw, body, waBinary.Attrs{"to": e.chat.LID, "participant": device}, nil
}

// bundleOf reads the keys that come with a retry receipt.
func bundleOf(node waBinary.Node, device uint32) (*prekey.Bundle, error) {
	keysNode, ok := node.GetOptionalChildByTag("keys")
	registration, _ := node.GetChildByTag("registration").Content.([]byte)
	if !ok || len(registration) != 4 {
		return nil, fmt.Errorf("retry receipt: %w", errNoKeys)
	}
	identityKey, _ := keysNode.GetChildByTag("identity").Content.([]byte)
	signedID, signed, signature := readKey(keysNode.GetChildByTag("skey"))
	if len(identityKey) != 32 || signed == nil || len(signature) != 64 {
		return nil, fmt.Errorf("retry receipt: %w", errNoKeys)
	}
	oneTimeID, oneTime := optional.NewEmptyUint32(), ecc.ECPublicKeyable(nil)
	if id, value, _ := readKey(keysNode.GetChildByTag("key")); value != nil {
		oneTimeID, oneTime = optional.NewOptionalUint32(id), ecc.NewDjbECPublicKey([32]byte(value))
	}
	return prekey.NewBundle(binary.BigEndian.Uint32(registration), device, oneTimeID, signedID,
		oneTime, ecc.NewDjbECPublicKey([32]byte(signed)), [64]byte(signature),
		identity.NewKey(ecc.NewDjbECPublicKey([32]byte(identityKey)))), nil
}

// readKey is the reverse of keyNode; value is nil if the node isn't a key.
func readKey(node waBinary.Node) (id uint32, value, signature []byte) {
	rawID, _ := node.GetChildByTag("id").Content.([]byte)
	value, _ = node.GetChildByTag("value").Content.([]byte)
	signature, _ = node.GetChildByTag("signature").Content.([]byte)
	if len(rawID) != 3 || len(value) != 32 {
		return 0, nil, nil
	}
	return binary.BigEndian.Uint32(append([]byte{0}, rawID...)), value, signature
}
