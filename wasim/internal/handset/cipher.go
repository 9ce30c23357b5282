package handset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/session"
	"go.mau.fi/libsignal/signalerror"
	"go.mau.fi/whatsmeow/types"
)

// Ciphertext kinds on the wire.
const (
	encPreKey = "pkmsg"
	encSignal = "msg"
)

var (
	errMalformed = errors.New("malformed ciphertext")
	// errReplay says that a ciphertext was read before, byte for byte.
	errReplay  = errors.New("read before")
	errPadding = errors.New("plaintext isn't padded as it should be")
)

// hasSession says whether a message to the device can be encrypted without fetching keys. Called with mu held.
func (h *Handset) hasSession(device types.JID) bool {
	return h.signal.sessions[device.SignalAddress().String()] != nil
}

// startSession makes a new session from a bundle; an older one is archived. Called with mu held.
func (h *Handset) startSession(ctx context.Context, device types.JID, bundle *prekey.Bundle) (err error) {
	defer recoverMalformed(&err)
	builder := session.NewBuilderFromSignal(h.signal, device.SignalAddress(), h.signal.wire)
	if err := builder.ProcessBundle(ctx, bundle); err != nil {
		return fmt.Errorf("starting a session with %s: %w", device, err)
	}
	return nil
}

// encrypt pads and encrypts for one device with which there is a session. Called with mu held.
func (h *Handset) encrypt(ctx context.Context, device types.JID, plaintext []byte) (kind string, body []byte, err error) {
	defer recoverMalformed(&err)
	builder := session.NewBuilderFromSignal(h.signal, device.SignalAddress(), h.signal.wire)
	ciphertext, err := session.NewCipher(builder, device.SignalAddress()).Encrypt(ctx, pad(plaintext))
	if err != nil {
		return "", nil, fmt.Errorf("encrypting for %s: %w", device, err)
	}
	if ciphertext.Type() == protocol.PREKEY_TYPE {
		return encPreKey, ciphertext.Serialize(), nil
	}
	return encSignal, ciphertext.Serialize(), nil
}

// decrypt opens one ciphertext of a device and takes the padding off. An error
// leaves the session as it was. Called with mu held.
func (h *Handset) decrypt(ctx context.Context, device types.JID, kind string, body []byte) (plaintext []byte, err error) {
	defer recoverMalformed(&err)
	address, wire := device.SignalAddress(), h.signal.wire
	cipher := session.NewCipher(session.NewBuilderFromSignal(h.signal, address, wire), address)
	switch kind {
	case encPreKey:
		m, parseErr := protocol.NewPreKeySignalMessageFromBytes(body, wire.PreKeySignalMessage, wire.SignalMessage)
		if parseErr != nil {
			return nil, fmt.Errorf("%w: %w", errMalformed, parseErr)
		}
		plaintext, err = cipher.DecryptMessage(ctx, m)
	case encSignal:
		m, parseErr := protocol.NewSignalMessageFromBytes(body, wire.SignalMessage)
		if parseErr != nil {
			return nil, fmt.Errorf("%w: %w", errMalformed, parseErr)
		}
		plaintext, err = cipher.Decrypt(ctx, m)
	default:
		return nil, fmt.Errorf("%w: type %q", errMalformed, kind)
	}
	if err != nil {
		return nil, fmt.Errorf("decrypting a %s of %s: %w", kind, device, err)
	}
	return unpad(plaintext)
}

// recoverMalformed turns libsignal's index panics on short fields, which any
// stranger can provoke, into an error.
func recoverMalformed(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", errMalformed, p)
	}
}

// countFailure files a decryption error under its kind. Called with mu held.
func (h *Handset) countFailure(err error) {
	c := &h.state.Counters
	c.DecryptErrors++
	switch {
	case errors.Is(err, signalerror.ErrOldCounter):
		c.DuplicateCounters++
	case errors.Is(err, signalerror.ErrNoSessionForUser):
		c.NoSessions++
	case errors.Is(err, signalerror.ErrNoOneTimeKeyFound), errors.Is(err, signalerror.ErrNoSignedPreKey):
		c.UnknownPreKeys++
	default:
		// libsignal hides a wrong MAC behind "no valid sessions", and damage shows in many ways.
		c.BadMACs++
	}
}

// pad appends n bytes of value n, 1 to 15.
func pad(plaintext []byte) []byte {
	n := 1 + rand.IntN(15)
	return append(bytes.Clone(plaintext), bytes.Repeat([]byte{byte(n)}, n)...)
}

func unpad(padded []byte) ([]byte, error) {
	if len(padded) == 0 {
		return nil, errPadding
	}
	n := int(padded[len(padded)-1])
	if n == 0 || n > len(padded) || !bytes.HasSuffix(padded, bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, errPadding
	}
	return padded[:len(padded)-n], nil
}
