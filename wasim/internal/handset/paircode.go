package handset

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"go.mau.fi/whatsmeow/util/gcmutil"
	"go.mau.fi/whatsmeow/util/hkdfutil"
	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
)

const (
	// codeAlphabet is what linking codes are made of; I, O, U and 0 are left out because they are misread.
	codeAlphabet = "123456789ABCDEFGHJKLMNPQRSTVWXYZ"
	codeLength   = 8
	// codeRounds is how often PBKDF2 turns a code: clients do the same, any other number gives another key.
	codeRounds = 2 << 16
	// A wrapped key is a salt, an iv and the key under AES-CTR.
	wrapSalt, wrapIV, wrapLength = 32, 16, 80
	bundleSalt, bundleNonce      = 32, 12
)

// CodePairing is a linking by code that has been begun on this phone.
type CodePairing struct {
	h         *Handset
	ephemeral *keys.KeyPair
	companion []byte
	// WrappedEphemeral and Identity are what the companion gets with primary_hello.
	WrappedEphemeral []byte
	Identity         [32]byte
}

// StartCode takes the code that the owner typed (with or without dash, any case) and
// the companion's wrapped key from companion_hello. Whether the code was right shows only in Finish.
func (h *Handset) StartCode(code string, wrapped []byte) (*CodePairing, error) {
	code = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	if len(code) != codeLength || strings.Trim(code, codeAlphabet) != "" {
		return nil, fmt.Errorf("%w: got %d characters", ErrCodeShape, len(code))
	}
	if len(wrapped) != wrapLength {
		return nil, fmt.Errorf("%w: the companion's key has %d bytes, not %d", ErrNotPaired, len(wrapped), wrapLength)
	}
	companion, err := wrapKey(code, wrapped[:wrapSalt], wrapped[wrapSalt:wrapSalt+wrapIV], wrapped[wrapSalt+wrapIV:])
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	h.keys.nextID++
	ephemeral := keyPair(h.keys.derive("pairing key", h.keys.nextID))
	salt, iv := h.keys.derive("pairing salt", h.keys.nextID), h.keys.derive("pairing iv", h.keys.nextID)
	own := *h.keys.identity.Pub
	h.mu.Unlock()
	sealed, err := wrapKey(code, salt[:], iv[:wrapIV], ephemeral.Pub[:])
	if err != nil {
		return nil, err
	}
	return &CodePairing{
		h: h, ephemeral: ephemeral, companion: companion,
		WrappedEphemeral: slices.Concat(salt[:], iv[:wrapIV], sealed), Identity: own,
	}, nil
}

// wrapKey encrypts or decrypts a public key under a code; it is its own reverse.
func wrapKey(code string, salt, iv, key []byte) ([]byte, error) {
	secret, err := pbkdf2.Key(sha256.New, code, salt, codeRounds, 32)
	if err != nil {
		return nil, fmt.Errorf("deriving a key from the code: %w", err)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, fmt.Errorf("deriving a key from the code: %w", err)
	}
	out := make([]byte, len(key))
	cipher.NewCTR(block, iv).XORKeyStream(out, key)
	return out, nil
}

// Finish opens the key bundle of companion_finish and returns what Pair needs: the companion's
// identity and the secret that both now share. ErrWrongCode means that the owner
// mistyped: begin again with StartCode and the same wrapped key.
func (p *CodePairing) Finish(bundle, companionIdentity []byte) (identity, secret [32]byte, err error) {
	if len(bundle) < bundleSalt+bundleNonce || len(companionIdentity) != 32 {
		return identity, secret, fmt.Errorf("%w: bundle of %d bytes", ErrWrongCode, len(bundle))
	}
	shared, err := curve25519.X25519(p.ephemeral.Priv[:], p.companion)
	if err != nil {
		return identity, secret, fmt.Errorf("%w: %w", ErrWrongCode, err)
	}
	bundleKey := hkdfutil.SHA256(shared, bundle[:bundleSalt], []byte("link_code_pairing_key_bundle_encryption_key"), 32)
	plain, err := gcmutil.Decrypt(bundleKey, bundle[bundleSalt:bundleSalt+bundleNonce], bundle[bundleSalt+bundleNonce:], nil)
	if err != nil || len(plain) != 96 {
		return identity, secret, ErrWrongCode
	}
	if !slices.Equal(plain[:32], companionIdentity) || !slices.Equal(plain[32:64], p.Identity[:]) {
		return identity, secret, fmt.Errorf("%w: the bundle names other identities", ErrBadSignature)
	}
	p.h.mu.Lock()
	private := *p.h.keys.identity.Priv
	p.h.mu.Unlock()
	identityShared, err := curve25519.X25519(private[:], companionIdentity)
	if err != nil {
		return identity, secret, fmt.Errorf("%w: %w", ErrBadSignature, err)
	}
	input := slices.Concat(shared, identityShared, plain[64:])
	return [32]byte(companionIdentity), [32]byte(hkdfutil.SHA256(input, nil, []byte("adv_secret"), 32)), nil
}
