package handset

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/util/optional"
	"go.mau.fi/whatsmeow/util/keys"
)

// maxPreKeyID is the largest id that fits the three bytes it has on the wire.
const maxPreKeyID = 1<<24 - 1

// ownKeys is what makes a phone itself. Everything that is needed later is derived
// from seed and a running number, so that the order of concurrent calls doesn't
// change which key has which number.
type ownKeys struct {
	seed           [32]byte
	identity       *keys.KeyPair
	signed         *keys.PreKey
	registrationID uint32
	rawID          uint32
	nextPreKey     uint32
	nextID         uint64
	preKeys        map[uint32]*keys.KeyPair
}

func (k *ownKeys) generate(from io.Reader) error {
	var raw [32*3 + 8]byte
	if _, err := io.ReadFull(from, raw[:]); err != nil {
		return fmt.Errorf("reading %d random bytes: %w", len(raw), err)
	}
	k.identity = keyPair([32]byte(raw[0:32]))
	k.signed = &keys.PreKey{KeyPair: *keyPair([32]byte(raw[32:64])), KeyID: 1}
	k.signed.Signature = k.identity.Sign(&k.signed.KeyPair)
	k.seed = [32]byte(raw[64:96])
	// Registration ids have 14 bits and aren't 0.
	k.registrationID = binary.BigEndian.Uint32(raw[96:100])%16380 + 1
	k.rawID = binary.BigEndian.Uint32(raw[100:104])
	k.nextPreKey, k.nextID = 1, 0
	k.preKeys = map[uint32]*keys.KeyPair{}
	return nil
}

func keyPair(private [32]byte) *keys.KeyPair {
	private[0] &= 248
	private[31] &= 127
	private[31] |= 64
	return keys.NewKeyPairFromPrivateKey(private)
}

func (k *ownKeys) derive(label string, n uint64) [32]byte {
	mac := hmac.New(sha256.New, k.seed[:])
	mac.Write([]byte(label))
	mac.Write(binary.BigEndian.AppendUint64(nil, n))
	return [32]byte(mac.Sum(nil))
}

// reseed leaves the deterministic stream: after a restore the numbers used since
// the snapshot are unknown, and a key or message id must never be used twice.
func (k *ownKeys) reseed() error {
	if _, err := io.ReadFull(rand.Reader, k.seed[:]); err != nil {
		return fmt.Errorf("reading a new seed: %w", err)
	}
	k.nextPreKey = (k.nextPreKey+1<<16)%maxPreKeyID + 1
	return nil
}

// messageID makes an id as phones do: 32 upper-case hex digits.
func (k *ownKeys) messageID() string {
	k.nextID++
	d := k.derive("message id", k.nextID)
	return strings.ToUpper(hex.EncodeToString(d[:16]))
}

// Bundle is what the network hands out to whoever wants to write to this phone.
type Bundle struct {
	RegistrationID uint32
	Identity       [32]byte
	// PreKeyID and PreKey are a one-time key that no other bundle has.
	PreKeyID uint32
	PreKey   [32]byte
	// SignedID, Signed and Signature are the signed prekey: XEdDSA over 05 and the key.
	SignedID  uint32
	Signed    [32]byte
	Signature [64]byte
}

// Signal is the bundle as libsignal wants it, for that device number.
func (b Bundle) Signal(device uint32) *prekey.Bundle {
	return prekey.NewBundle(b.RegistrationID, device, optional.NewOptionalUint32(b.PreKeyID), b.SignedID,
		ecc.NewDjbECPublicKey(b.PreKey), ecc.NewDjbECPublicKey(b.Signed), b.Signature,
		identity.NewKey(ecc.NewDjbECPublicKey(b.Identity)))
}

// Bundle hands out keys for one new session. Each call has a new one-time key;
// the phone never runs out of them.
func (h *Handset) Bundle() Bundle {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.Revision++
	return h.keys.bundle()
}

func (k *ownKeys) bundle() Bundle {
	id := k.nextPreKey
	k.nextPreKey = k.nextPreKey%maxPreKeyID + 1
	pair := keyPair(k.derive("prekey", uint64(id)))
	k.preKeys[id] = pair
	return Bundle{
		RegistrationID: k.registrationID, Identity: *k.identity.Pub,
		PreKeyID: id, PreKey: *pair.Pub,
		SignedID: k.signed.KeyID, Signed: *k.signed.Pub, Signature: *k.signed.Signature,
	}
}

// Identity is the public identity key and the registration id.
func (h *Handset) Identity() (key [32]byte, registrationID uint32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return *h.keys.identity.Pub, h.keys.registrationID
}

// Reinstall gives the phone new keys and forgets its sessions and companions, as
// after WhatsApp was installed anew. Its messages stay. The network has to tell the
// others and to log the companions out.
func (h *Handset) Reinstall() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.keys.generate(rand.Reader); err != nil {
		return fmt.Errorf("making new keys for %s: %w", h.cfg.PN.User, err)
	}
	h.signal.forget()
	h.state.Companions = map[uint16]companion{}
	h.state.Revision++
	return nil
}
