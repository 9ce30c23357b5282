package wasim

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/util/optional"
)

// ErrKeys says that a client uploaded keys that are none.
var ErrKeys = errors.New("wasim: malformed keys")

// lowKeys is when a device is told to upload more one-time keys.
const lowKeys = 5

// keyRing is what the network keeps of a companion's public keys.
type keyRing struct {
	mu             sync.Mutex
	registrationID uint32
	identity       [32]byte
	signed         publicKey
	oneTime        []publicKey
	known          map[uint32]bool
	// counted is set when the device has asked how many of its keys are left.
	counted bool
}

// publicKey is a prekey; only a signed one has a signature.
type publicKey struct {
	ID        uint32
	Value     [32]byte
	Signature []byte
}

// bundle is what another device needs to start a session. oneTime is nil when none was left.
type bundle struct {
	registrationID uint32
	identity       [32]byte
	signed         publicKey
	oneTime        *publicKey
}

func (k *keyRing) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.oneTime)
}

// firstCount reports whether this is the first time that the device asks.
func (k *keyRing) firstCount() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	first := !k.counted
	k.counted = true
	return first
}

// take hands out a bundle with the oldest one-time key, which is then gone.
func (k *keyRing) take() (b bundle, left int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	b = bundle{registrationID: k.registrationID, identity: k.identity, signed: k.signed}
	if len(k.oneTime) > 0 {
		key := k.oneTime[0]
		b.oneTime = &key
		k.oneTime = k.oneTime[1:]
	}
	return b, len(k.oneTime)
}

// upload takes the keys of an <iq xmlns="encrypt" type="set">.
func (k *keyRing) upload(iq *node) error {
	identityKey := child(iq, "identity")
	signedNode := child(iq, "skey")
	signed, err := parseKey(&signedNode)
	if err != nil {
		return fmt.Errorf("signed key: %w", err)
	}
	list := child(iq, "list")
	fresh := make([]publicKey, 0, len(list.GetChildren()))
	for i := range list.GetChildren() {
		key, err := parseKey(&list.GetChildren()[i])
		if err != nil {
			return fmt.Errorf("one-time key %d: %w", i, err)
		}
		fresh = append(fresh, key)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if string(content(&identityKey)) != string(k.identity[:]) {
		return fmt.Errorf("%w: identity key isn't the one that was linked", ErrKeys)
	}
	k.signed = signed
	k.add(fresh)
	return nil
}

// add appends keys that were never uploaded before. Called with mu held.
func (k *keyRing) add(fresh []publicKey) {
	if k.known == nil {
		k.known = make(map[uint32]bool, len(fresh))
	}
	for _, key := range fresh {
		if !k.known[key.ID] {
			k.known[key.ID] = true
			k.oneTime = append(k.oneTime, key)
		}
	}
}

func parseKey(n *node) (publicKey, error) {
	idNode, valueNode, signature := child(n, "id"), child(n, "value"), child(n, "signature")
	id, value := content(&idNode), content(&valueNode)
	if len(id) != 3 || len(value) != 32 {
		return publicKey{}, fmt.Errorf("%w: id of %d bytes, value of %d, want 3 and 32", ErrKeys, len(id), len(value))
	}
	return publicKey{
		ID:        uint32(id[0])<<16 | uint32(id[1])<<8 | uint32(id[2]),
		Value:     [32]byte(value),
		Signature: content(&signature),
	}, nil
}

func (p publicKey) node(tag string) node {
	children := []node{
		{Tag: "id", Content: []byte{byte(p.ID >> 16), byte(p.ID >> 8), byte(p.ID)}},
		{Tag: "value", Content: p.Value[:]},
	}
	if len(p.Signature) > 0 {
		children = append(children, node{Tag: "signature", Content: p.Signature})
	}
	return node{Tag: tag, Content: children}
}

// nodes are the children of a <user> in the answer to a key query.
func (b bundle) nodes() []node {
	out := []node{
		{Tag: "registration", Content: binary.BigEndian.AppendUint32(nil, b.registrationID)},
		{Tag: "type", Content: []byte{ecc.DjbType}},
		{Tag: "identity", Content: b.identity[:]},
	}
	if b.oneTime != nil {
		out = append(out, b.oneTime.node("key"))
	}
	return append(out, b.signed.node("skey"))
}

// signal is the bundle as libsignal wants it.
func (b bundle) signal(dev uint32) *prekey.Bundle {
	id := optional.NewEmptyUint32()
	var key ecc.ECPublicKeyable
	if b.oneTime != nil {
		id = optional.NewOptionalUint32(b.oneTime.ID)
		key = ecc.NewDjbECPublicKey(b.oneTime.Value)
	}
	var signature [64]byte
	copy(signature[:], b.signed.Signature)
	return prekey.NewBundle(b.registrationID, dev, id, b.signed.ID, key,
		ecc.NewDjbECPublicKey(b.signed.Value), signature, identity.NewKey(ecc.NewDjbECPublicKey(b.identity)))
}

// peek is the bundle without a one-time key, and how many of those are left.
func (k *keyRing) peek() (b bundle, left int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return bundle{registrationID: k.registrationID, identity: k.identity, signed: k.signed}, len(k.oneTime)
}
