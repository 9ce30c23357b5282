package handset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/session"
	"go.mau.fi/libsignal/signalerror"
	"go.mau.fi/libsignal/state/record"
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
	if err := h.signal.builder(device.SignalAddress()).ProcessBundle(ctx, bundle); err != nil {
		return fmt.Errorf("starting a session with %s: %w", device, err)
	}
	return nil
}

// encrypt pads and encrypts for one device with which there is a session. Called with mu held.
func (h *Handset) encrypt(ctx context.Context, device types.JID, plaintext []byte) (kind string, body []byte, err error) {
	defer recoverMalformed(&err)
	address := device.SignalAddress()
	ciphertext, err := session.NewCipher(h.signal.builder(address), address).Encrypt(ctx, pad(plaintext))
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
	switch kind {
	case encPreKey:
		plaintext, err = h.signal.openPreKey(ctx, device.SignalAddress(), body)
	case encSignal:
		plaintext, err = h.signal.open(ctx, device.SignalAddress(), body)
	default:
		return nil, fmt.Errorf("%w: type %q", errMalformed, kind)
	}
	if err != nil {
		return nil, fmt.Errorf("decrypting a %s of %s: %w", kind, device, err)
	}
	return unpad(plaintext)
}

// open decrypts a message of a session that exists.
func (s *signalStore) open(ctx context.Context, from *protocol.SignalAddress, body []byte) ([]byte, error) {
	m, err := protocol.NewSignalMessageFromBytes(body, s.wire.SignalMessage)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	stored := s.sessions[from.String()]
	if stored == nil {
		return nil, fmt.Errorf("%w %s", signalerror.ErrNoSessionForUser, from)
	}
	plain, after, err := s.tryStates(ctx, from, stored, m)
	if err != nil {
		return nil, err
	}
	s.sessions[from.String()] = after
	return plain, nil
}

// openPreKey decrypts a message that may begin a session.
func (s *signalStore) openPreKey(ctx context.Context, from *protocol.SignalAddress, body []byte) ([]byte, error) {
	m, err := protocol.NewPreKeySignalMessageFromBytes(body, s.wire.PreKeySignalMessage, s.wire.SignalMessage)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	session, err := s.LoadSession(ctx, from)
	if err != nil {
		return nil, err
	}
	used, err := s.builder(from).Process(ctx, session, m)
	if err != nil {
		return nil, err
	}
	plain, after, err := s.tryStates(ctx, from, session.Structure(), m.WhisperMessage())
	if err != nil {
		return nil, err
	}
	s.sessions[from.String()] = after
	if !used.IsEmpty {
		return plain, s.RemovePreKey(ctx, used.Value)
	}
	return plain, nil
}

// tryStates opens a message with the current state of a session or an archived one.
//
// libsignal's own loop works on the states themselves: a state that is tried in vain
// is left ratcheted forward, and everything that comes later in it is lost. That
// happens whenever two devices write to each other first at the same moment. So each
// state is tried on a copy.
//
// Nor does an archived state become current again, as it does in libsignal: a phone
// keeps to the session that the other device began last. The other device, whose
// library has that loop, would lose a state with each change of mind.
func (s *signalStore) tryStates(ctx context.Context, from *protocol.SignalAddress, stored *record.SessionStructure,
	m *protocol.SignalMessage,
) ([]byte, *record.SessionStructure, error) {
	cipher := session.NewCipher(s.builder(from), from)
	states := append([]*record.StateStructure{stored.SessionState}, stored.PreviousStates...)
	for _, i := range likelyFirst(states, m.SenderRatchetKey().Serialize()) {
		state, err := record.NewStateFromStructure(states[i], s.wire.State)
		if err != nil {
			return nil, nil, fmt.Errorf("reading the session with %s: %w", from, err)
		}
		plain, _, err := cipher.DecryptWithState(ctx, state, m)
		if errors.Is(err, signalerror.ErrOldCounter) {
			return nil, nil, err
		}
		if err != nil {
			continue
		}
		states[i] = record.NewSessionFromState(state, s.wire.Session).Structure().SessionState
		return plain, &record.SessionStructure{SessionState: states[0], PreviousStates: states[1:]}, nil
	}
	return nil, nil, signalerror.ErrNoValidSessions
}

// likelyFirst orders states so that those that know the sender's ratchet key come
// first: any other costs two key agreements to try.
func likelyFirst(states []*record.StateStructure, ratchetKey []byte) []int {
	var known, unknown []int
	for i, state := range states {
		if slices.ContainsFunc(state.ReceiverChains, func(c *record.ChainStructure) bool {
			return slices.Equal(c.SenderRatchetKeyPublic, ratchetKey)
		}) {
			known = append(known, i)
		} else {
			unknown = append(unknown, i)
		}
	}
	return append(known, unknown...)
}

func (s *signalStore) builder(with *protocol.SignalAddress) *session.Builder {
	return session.NewBuilder(s, s, s, s, with, s.wire)
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
	case errors.Is(err, signalerror.ErrNoSessionForUser), errors.Is(err, signalerror.ErrNoSenderKeyForUser):
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
