package handset

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"

	"go.mau.fi/whatsmeow/proto/waCompanionReg"
	"go.mau.fi/whatsmeow/util/gcmutil"
	"go.mau.fi/whatsmeow/util/hkdfutil"
	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/proto"
)

// PasskeyPairing is a linking that is gated by a passkey, on this phone: from the companion's prologue on.
type PasskeyPairing struct {
	ephemeral  *keys.KeyPair
	nonce      [32]byte
	companion  *waCompanionReg.CompanionEphemeralIdentity
	identity   []byte // companion as it was written, which the commitment is over
	commitment []byte
	// Identity is what the companion gets with crsc_continuation.
	Identity []byte
}

// StartPasskey takes the companion's prologue payload. ErrNotPaired when it is none.
func (h *Handset) StartPasskey(prologue []byte) (*PasskeyPairing, error) {
	var payload waCompanionReg.ProloguePayload
	if err := proto.Unmarshal(prologue, &payload); err != nil {
		return nil, fmt.Errorf("%w: prologue: %w", ErrNotPaired, err)
	}
	p := &PasskeyPairing{
		companion: &waCompanionReg.CompanionEphemeralIdentity{},
		identity:  payload.GetCompanionEphemeralIdentity(), commitment: payload.GetCommitment().GetHash(),
	}
	if err := proto.Unmarshal(p.identity, p.companion); err != nil {
		return nil, fmt.Errorf("%w: prologue: %w", ErrNotPaired, err)
	}
	if len(p.companion.GetPublicKey()) != 32 || len(p.commitment) != sha256.Size {
		return nil, fmt.Errorf("%w: the prologue has a key of %d bytes", ErrNotPaired, len(p.companion.GetPublicKey()))
	}
	h.mu.Lock()
	h.keys.nextID++
	p.ephemeral = keyPair(h.keys.derive("passkey key", h.keys.nextID))
	p.nonce = h.keys.derive("passkey nonce", h.keys.nextID)
	h.mu.Unlock()
	var err error
	p.Identity, err = proto.Marshal(&waCompanionReg.PrimaryEphemeralIdentity{PublicKey: p.ephemeral.Pub[:], Nonce: p.nonce[:]})
	return p, err
}

// Code is what both sides show, once the companion has told the nonce that it had committed itself to.
func (p *PasskeyPairing) Code(nonce []byte) (string, error) {
	promised := sha256.Sum256(slices.Concat(p.identity, nonce))
	if !slices.Equal(promised[:], p.commitment) {
		return "", fmt.Errorf("%w: the nonce is not the one that was promised", ErrBadSignature)
	}
	digest := sha256.Sum256(slices.Concat(nonce, p.ephemeral.Pub[:]))
	var b [5]byte
	for i := range b {
		b[i] = p.nonce[i] ^ digest[i]
	}
	code := base32.NewEncoding(codeAlphabet).EncodeToString(b[:])
	return code[:4] + "-" + code[4:], nil
}

// Finish opens the companion's pairing request: its noise key, its identity, and the secret that Pair needs.
func (p *PasskeyPairing) Finish(request []byte) (noise, identity, secret [32]byte, err error) {
	var sealed waCompanionReg.EncryptedPairingRequest
	if err := proto.Unmarshal(request, &sealed); err != nil {
		return noise, identity, secret, fmt.Errorf("%w: pairing request: %w", ErrNotPaired, err)
	}
	shared, err := curve25519.X25519(p.ephemeral.Priv[:], p.companion.GetPublicKey())
	if err != nil {
		return noise, identity, secret, fmt.Errorf("%w: %w", ErrNotPaired, err)
	}
	salt := fmt.Sprintf("Companion Pairing %d with ref %s", p.companion.GetDeviceType(), p.companion.GetRef())
	key := hkdfutil.SHA256(shared, []byte(salt), []byte("Pairing Information Encryption Key"), 32)
	if len(sealed.GetIV()) != bundleNonce {
		return noise, identity, secret, fmt.Errorf("%w: an iv of %d bytes", ErrNotPaired, len(sealed.GetIV()))
	}
	plain, err := gcmutil.Decrypt(key, sealed.GetIV(), sealed.GetEncryptedPayload(), nil)
	if err != nil {
		return noise, identity, secret, fmt.Errorf("%w: %w", ErrNotPaired, err)
	}
	var r waCompanionReg.PairingRequest
	if err := proto.Unmarshal(plain, &r); err != nil {
		return noise, identity, secret, fmt.Errorf("%w: pairing request: %w", ErrNotPaired, err)
	}
	for _, f := range []struct {
		to   *[32]byte
		from []byte
	}{{&noise, r.GetCompanionPublicKey()}, {&identity, r.GetCompanionIdentityKey()}, {&secret, r.GetAdvSecret()}} {
		if len(f.from) != 32 {
			return noise, identity, secret, fmt.Errorf("%w: a key of %d bytes", ErrNotPaired, len(f.from))
		}
		copy(f.to[:], f.from)
	}
	return noise, identity, secret, nil
}

// Handed reports whether the companion has proven that it shows the code that this phone has seen: the proof is over
// its prologue, with the secret of the code.
func Handed(secret [32]byte, prologue, proof []byte) bool {
	mac := hmac.New(sha256.New, hkdfutil.SHA256(secret[:], nil, []byte("shortcake-passkey-handoff-v1"), 32))
	mac.Write(prologue)
	return hmac.Equal(mac.Sum(nil), proof)
}
