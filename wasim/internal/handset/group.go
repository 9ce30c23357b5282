package handset

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"go.mau.fi/libsignal/groups"
	senderkey "go.mau.fi/libsignal/groups/state/record"
	senderstore "go.mau.fi/libsignal/groups/state/store"
	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/protocol"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// encGroup is the kind of a ciphertext that all members of a group read alike.
const encGroup = "skmsg"

// isGroup says whether an address is a group's.
// Status updates come like the messages of a group.
func isGroup(jid types.JID) bool {
	return jid.Server == types.GroupServer || jid == types.StatusBroadcastJID
}

// asGroup reads the address of a group or of the status updates; ok is false for any other text.
func asGroup(address string) (account, bool) {
	jid, err := types.ParseJID(address)
	if err != nil || !isGroup(jid) || jid.User == "" {
		return account{}, false
	}
	return account{PN: jid, LID: jid}, true
}

// sendGroup encrypts c once for everybody in a group, and the key to it for each device that doesn't have it yet.
func (h *Handset) sendGroup(ctx context.Context, chat account, c Content) (string, error) {
	members, err := h.link.Members(chat.LID)
	if err != nil {
		return "", fmt.Errorf("listing the members of %s: %w", chat.LID, err)
	}
	msg, err := h.compose(c)
	if err != nil {
		return "", err
	}
	found, err := h.link.Devices(ctx, members)
	if err != nil {
		return "", fmt.Errorf("listing the devices of %s: %w", chat.LID, err)
	}
	var devices []types.JID
	for _, member := range members {
		for _, d := range found[member] {
			if d != h.cfg.LID {
				devices = append(devices, d)
			}
		}
	}
	bundles, err := h.missingBundles(ctx, devices)
	if err != nil {
		return "", err
	}
	id, err := h.transmitGroup(ctx, chat, c.ID, msg, devices, bundles)
	if err != nil {
		return "", err
	}
	h.drain()
	return id, nil
}

// transmitGroup encrypts, shows and queues a message to a group in one step, as transmit does for a person.
func (h *Handset) transmitGroup(ctx context.Context, chat account, id string, msg *waE2E.Message,
	devices []types.JID, bundles map[types.JID]*prekey.Bundle,
) (string, error) {
	plain, err := proto.Marshal(msg)
	if err != nil {
		return "", fmt.Errorf("serialising a message: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if id == "" {
		id = h.keys.messageID()
	}
	lacking := h.signal.lacking(chat.LID, devices)
	key, err := h.senderKey(ctx, chat.LID)
	if err != nil {
		return "", err
	}
	to, err := h.distribute(ctx, chat.LID, key, lacking, bundles)
	if err != nil {
		return "", err
	}
	shared, err := h.encryptShared(ctx, chat.LID, plain)
	if err != nil {
		return "", err
	}
	enc := waBinary.Node{Tag: "enc", Attrs: waBinary.Attrs{"v": "2", "type": encGroup}, Content: shared}
	if t := mediaType(msg); t != "" {
		enc.Attrs["mediatype"] = t
	}
	if editAttribute(msg) != "" || stanzaType(msg) == "reaction" {
		enc.Attrs["decrypt-fail"] = string(events.DecryptFailHide)
	}
	content := []waBinary.Node{enc}
	if len(to) > 0 {
		content = append([]waBinary.Node{{Tag: "participants", Content: to}}, enc)
	}
	h.post(messageNode(id, chat.LID, msg, content...))
	e := newEntry(id, chat, h.self(), h.link.Now(), msg)
	e.FromMe, e.Status = true, StatusSent
	if h.add(e) {
		h.apply(&e)
	}
	return id, nil
}

// distribute encrypts the own key of a group for devices one by one. Called with mu held.
func (h *Handset) distribute(ctx context.Context, group types.JID, key *waE2E.SenderKeyDistributionMessage,
	devices []types.JID, bundles map[types.JID]*prekey.Bundle,
) ([]waBinary.Node, error) {
	msg := &waE2E.Message{SenderKeyDistributionMessage: key}
	plain, err := proto.Marshal(msg)
	if err != nil {
		return nil, fmt.Errorf("serialising the key of a group: %w", err)
	}
	to := make([]waBinary.Node, 0, len(devices))
	for _, d := range devices {
		if enc, ok := h.encNode(ctx, d, plain, msg, bundles[d]); ok {
			to = append(to, waBinary.Node{Tag: "to", Attrs: waBinary.Attrs{"jid": d}, Content: []waBinary.Node{enc}})
			h.signal.gave(group, d)
		}
	}
	return to, nil
}

// senderKeyOf names the key of one device in one group.
func senderKeyOf(group, device types.JID) *protocol.SenderKeyName {
	return protocol.NewSenderKeyName(group.String(), device.SignalAddress())
}

// senderKey is the own key of a group, as it is handed out; it is made when there is none. Called with mu held.
func (h *Handset) senderKey(ctx context.Context, group types.JID) (*waE2E.SenderKeyDistributionMessage, error) {
	key, err := groups.NewGroupSessionBuilder(h.signal, h.signal.wire).Create(ctx, senderKeyOf(group, h.cfg.LID))
	if err != nil {
		return nil, fmt.Errorf("making a key for %s: %w", group, err)
	}
	return &waE2E.SenderKeyDistributionMessage{
		GroupID: proto.String(group.String()), AxolotlSenderKeyDistributionMessage: key.Serialize(),
	}, nil
}

// encryptShared encrypts for everybody who has the own key. Called with mu held.
func (h *Handset) encryptShared(ctx context.Context, group types.JID, plain []byte) ([]byte, error) {
	builder := groups.NewGroupSessionBuilder(h.signal, h.signal.wire)
	out, err := groups.NewGroupCipher(builder, senderKeyOf(group, h.cfg.LID), h.signal).Encrypt(ctx, pad(plain))
	if err != nil {
		return nil, fmt.Errorf("encrypting for %s: %w", group, err)
	}
	return out.SignedSerialize(), nil
}

// decryptShared opens what a member's device encrypted for everybody. Called with mu held.
func (h *Handset) decryptShared(ctx context.Context, group, device types.JID, body []byte) (plain []byte, err error) {
	defer recoverMalformed(&err)
	msg, err := protocol.NewSenderKeyMessageFromBytes(body, h.signal.wire.SenderKeyMessage)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	builder := groups.NewGroupSessionBuilder(h.signal, h.signal.wire)
	plain, err = groups.NewGroupCipher(builder, senderKeyOf(group, device), h.signal).Decrypt(ctx, msg)
	if err != nil {
		return nil, fmt.Errorf("decrypting a message of %s in %s: %w", device, group, err)
	}
	return unpad(plain)
}

// learnSenderKey keeps the key that came with a member's message. Called with mu held.
func (h *Handset) learnSenderKey(ctx context.Context, e envelope, msg *waE2E.Message) {
	given := msg.GetSenderKeyDistributionMessage()
	if given == nil || !isGroup(e.chat.LID) {
		return
	}
	if err := h.signal.learn(ctx, senderKeyOf(e.chat.LID, e.device), given.GetAxolotlSenderKeyDistributionMessage()); err != nil {
		h.log.Warn("key of a group not understood", "phone", h.cfg.PN.User, "device", e.device.String(), "error", err)
	}
}

func (s *signalStore) learn(ctx context.Context, name *protocol.SenderKeyName, body []byte) (err error) {
	defer recoverMalformed(&err)
	key, err := protocol.NewSenderKeyDistributionMessageFromBytes(body, s.wire.SenderKeyDistributionMessage)
	if err != nil {
		return err
	}
	return groups.NewGroupSessionBuilder(s, s.wire).Process(ctx, name, key)
}

// lacking lists which of a group's devices don't have the own key. When a device that has it is no longer among
// them, the key is thrown away, so that nobody reads on who has left.
func (s *signalStore) lacking(group types.JID, devices []types.JID) (out []types.JID) {
	holders, now := s.holders[group.User], make(map[string]bool, len(devices))
	for _, d := range devices {
		now[d.SignalAddress().String()] = true
	}
	for name := range holders {
		if !now[name] {
			s.dropGroup(group.User)
			return devices
		}
	}
	for _, d := range devices {
		if !holders[d.SignalAddress().String()] {
			out = append(out, d)
		}
	}
	return out
}

// dropGroup forgets the own key of a group.
func (s *signalStore) dropGroup(group string) {
	delete(s.holders, group)
	for name, of := range s.senderKeys {
		if of.Own && strings.HasPrefix(name, group+"@") {
			delete(s.senderKeys, name)
		}
	}
}

// gave notes that a device has the own key of a group.
func (s *signalStore) gave(group, device types.JID) {
	if s.holders[group.User] == nil {
		s.holders[group.User] = map[string]bool{}
	}
	s.holders[group.User][device.SignalAddress().String()] = true
}

// senderKeyState is the key of one device in one group.
type senderKeyState struct {
	// Own says that it is this phone's.
	Own bool
	Key *senderkey.SenderKeyStructure
}

func senderKeyName(name *protocol.SenderKeyName) string {
	return name.GroupID() + "|" + name.Sender().String()
}

// StoreSenderKey is libsignal's. A key with the private half of its signature is the phone's own.
func (s *signalStore) StoreSenderKey(_ context.Context, name *protocol.SenderKeyName, key *senderkey.SenderKey) error {
	structure := key.Structure()
	own := len(structure.SenderKeyStates) > 0 &&
		len(bytes.Trim(structure.SenderKeyStates[0].SigningKeyPrivate, "\x00")) > 0
	s.senderKeys[senderKeyName(name)] = senderKeyState{Own: own, Key: structure}
	return nil
}

// LoadSenderKey is libsignal's; a key that isn't known is empty.
func (s *signalStore) LoadSenderKey(_ context.Context, name *protocol.SenderKeyName) (*senderkey.SenderKey, error) {
	stored, ok := s.senderKeys[senderKeyName(name)]
	if !ok {
		return senderkey.NewSenderKey(s.wire.SenderKeyRecord, s.wire.SenderKeyState), nil
	}
	key, err := senderkey.NewSenderKeyFromStruct(stored.Key, s.wire.SenderKeyRecord, s.wire.SenderKeyState)
	if err != nil {
		return nil, fmt.Errorf("reading the key %s: %w", senderKeyName(name), err)
	}
	return key, nil
}

var _ senderstore.SenderKey = (*signalStore)(nil)
