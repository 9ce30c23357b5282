package noise

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"go.mau.fi/whatsmeow/util/gcmutil"
	"golang.org/x/crypto/curve25519"
)

// pattern is exactly as long as a hash and is used unhashed as the first hash, salt and key.
const pattern = "Noise_XX_25519_AESGCM_SHA256\x00\x00\x00\x00"

const keySize = 32

// state is the symmetric half of a Noise handshake.
type state struct {
	hash, salt []byte
	aead       cipher.AEAD
	counter    uint32
}

func newState(prologue []byte) (*state, error) {
	aead, err := gcmutil.Prepare([]byte(pattern))
	if err != nil {
		return nil, fmt.Errorf("prepare the first cipher: %w", err)
	}
	s := &state{hash: []byte(pattern), salt: []byte(pattern), aead: aead}
	s.mixHash(prologue)
	return s, nil
}

func (s *state) mixHash(data []byte) {
	h := sha256.New()
	h.Write(s.hash)
	h.Write(data)
	s.hash = h.Sum(nil)
}

func (s *state) mixKey(private, public [32]byte) error {
	secret, err := curve25519.X25519(private[:], public[:])
	if err != nil {
		return fmt.Errorf("agree on a key: %w", err)
	}
	salt, key, err := s.expand(secret)
	if err != nil {
		return err
	}
	aead, err := gcmutil.Prepare(key)
	if err != nil {
		return fmt.Errorf("prepare the next cipher: %w", err)
	}
	s.salt, s.aead, s.counter = salt, aead, 0
	return nil
}

func (s *state) expand(secret []byte) (first, second []byte, err error) {
	out, err := hkdf.Key(sha256.New, secret, s.salt, "", 2*keySize)
	if err != nil {
		return nil, nil, fmt.Errorf("expand the shared key: %w", err)
	}
	return out[:keySize], out[keySize:], nil
}

func (s *state) encrypt(plaintext []byte) []byte {
	ciphertext := s.aead.Seal(nil, nonce(s.counter), plaintext, s.hash)
	s.counter++
	s.mixHash(ciphertext)
	return ciphertext
}

func (s *state) decrypt(ciphertext []byte) ([]byte, error) {
	plaintext, err := s.aead.Open(nil, nonce(s.counter), ciphertext, s.hash)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	s.counter++
	s.mixHash(ciphertext)
	return plaintext, nil
}

// split gives the keys of the transport: what the client writes with, what the server writes with.
func (s *state) split() (fromClient, toClient cipher.AEAD, err error) {
	first, second, err := s.expand(nil)
	if err != nil {
		return nil, nil, err
	}
	if fromClient, err = gcmutil.Prepare(first); err != nil {
		return nil, nil, fmt.Errorf("prepare the reading cipher: %w", err)
	}
	if toClient, err = gcmutil.Prepare(second); err != nil {
		return nil, nil, fmt.Errorf("prepare the writing cipher: %w", err)
	}
	return fromClient, toClient, nil
}

// nonce is eight zero bytes and the counter, big endian.
func nonce(counter uint32) []byte {
	var iv [12]byte
	binary.BigEndian.PutUint32(iv[8:], counter)
	return iv[:]
}
