package handset

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/logger"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/serialize"
	"go.mau.fi/libsignal/state/record"
	signalstore "go.mau.fi/libsignal/state/store"
)

// signalStore keeps a phone's sessions in memory as structures, not as bytes:
// libsignal's serialiser is JSON, and that would be the largest part of a message's cost.
// A load gives a copy, so a ciphertext that fails to decrypt leaves no trace.
type signalStore struct {
	keys       *ownKeys
	wire       *serialize.Serializer
	sessions   map[string]*record.SessionStructure
	identities map[string][32]byte
	// senderKeys are those of groups, holders the devices that have this phone's own, by group.
	senderKeys      map[string]senderKeyState
	holders         map[string]map[string]bool
	identityChanges int64
}

var (
	_ signalstore.Session      = (*signalStore)(nil)
	_ signalstore.PreKey       = (*signalStore)(nil)
	_ signalstore.SignedPreKey = (*signalStore)(nil)
	_ signalstore.IdentityKey  = (*signalStore)(nil)
)

func newSignalStore(own *ownKeys) *signalStore {
	s := &signalStore{keys: own, wire: serialize.NewProtoBufSerializer()}
	s.forget()
	return s
}

// forget drops every session and identity.
func (s *signalStore) forget() {
	s.sessions = map[string]*record.SessionStructure{}
	s.identities = map[string][32]byte{}
	s.senderKeys = map[string]senderKeyState{}
	s.holders = map[string]map[string]bool{}
}

// forgetUser drops the sessions with all devices of one account.
func (s *signalStore) forgetUser(name string) {
	for address := range s.sessions {
		if strings.HasPrefix(address, name+protocol.ADDRESS_SEPARATOR) {
			delete(s.sessions, address)
		}
	}
	for _, holders := range s.holders {
		for address := range holders {
			if strings.HasPrefix(address, name+protocol.ADDRESS_SEPARATOR) {
				delete(holders, address)
			}
		}
	}
}

func (s *signalStore) GetIdentityKeyPair() *identity.KeyPair {
	return identity.NewKeyPair(identity.NewKey(ecc.NewDjbECPublicKey(*s.keys.identity.Pub)),
		ecc.NewDjbECPrivateKey(*s.keys.identity.Priv))
}

func (s *signalStore) GetLocalRegistrationID() uint32 { return s.keys.registrationID }

// SaveIdentity trusts whoever comes and counts who came with another key than before, as phones do by default.
func (s *signalStore) SaveIdentity(_ context.Context, a *protocol.SignalAddress, key *identity.Key) error {
	now := key.PublicKey().PublicKey()
	before, known := s.identities[a.String()]
	if known && before != now {
		s.identityChanges++
	}
	s.identities[a.String()] = now
	return nil
}

func (s *signalStore) IsTrustedIdentity(context.Context, *protocol.SignalAddress, *identity.Key) (bool, error) {
	return true, nil
}

func (s *signalStore) LoadPreKey(_ context.Context, id uint32) (*record.PreKey, error) {
	pair := s.keys.preKeys[id]
	if pair == nil {
		return nil, nil
	}
	return record.NewPreKey(id, ecc.NewECKeyPair(ecc.NewDjbECPublicKey(*pair.Pub),
		ecc.NewDjbECPrivateKey(*pair.Priv)), nil), nil
}

func (s *signalStore) RemovePreKey(_ context.Context, id uint32) error {
	delete(s.keys.preKeys, id)
	return nil
}

func (s *signalStore) LoadSession(_ context.Context, a *protocol.SignalAddress) (*record.Session, error) {
	stored := s.sessions[a.String()]
	if stored == nil {
		return record.NewSession(s.wire.Session, s.wire.State), nil
	}
	session, err := record.NewSessionFromStructure(stored, s.wire.Session, s.wire.State)
	if err != nil {
		return nil, fmt.Errorf("reading the session with %s: %w", a, err)
	}
	return session, nil
}

func (s *signalStore) StoreSession(_ context.Context, a *protocol.SignalAddress, r *record.Session) error {
	s.sessions[a.String()] = r.Structure()
	return nil
}

func (s *signalStore) ContainsSession(_ context.Context, a *protocol.SignalAddress) (bool, error) {
	return s.sessions[a.String()] != nil, nil
}

func (s *signalStore) LoadSignedPreKey(_ context.Context, id uint32) (*record.SignedPreKey, error) {
	own := s.keys.signed
	if id != own.KeyID {
		return nil, nil
	}
	return record.NewSignedPreKey(id, 0, ecc.NewECKeyPair(ecc.NewDjbECPublicKey(*own.Pub),
		ecc.NewDjbECPrivateKey(*own.Priv)), *own.Signature, nil), nil
}

// The rest of libsignal's interface is never reached: a phone makes its prekeys
// itself, has one signed prekey and addresses devices singly.

func (s *signalStore) StorePreKey(context.Context, uint32, *record.PreKey) error {
	return fmt.Errorf("storing a prekey: %w", errNeverCalled)
}

func (s *signalStore) ContainsPreKey(context.Context, uint32) (bool, error) {
	return false, fmt.Errorf("looking for a prekey: %w", errNeverCalled)
}

func (s *signalStore) DeleteSession(context.Context, *protocol.SignalAddress) error {
	return fmt.Errorf("deleting a session: %w", errNeverCalled)
}

func (s *signalStore) DeleteAllSessions(context.Context) error {
	return fmt.Errorf("deleting all sessions: %w", errNeverCalled)
}

func (s *signalStore) ContainsSignedPreKey(context.Context, uint32) (bool, error) {
	return false, fmt.Errorf("looking for a signed prekey: %w", errNeverCalled)
}

func (s *signalStore) GetSubDeviceSessions(context.Context, string) ([]uint32, error) {
	return nil, fmt.Errorf("listing sub-devices: %w", errNeverCalled)
}

func (s *signalStore) LoadSignedPreKeys(context.Context) ([]*record.SignedPreKey, error) {
	return nil, fmt.Errorf("listing signed prekeys: %w", errNeverCalled)
}

func (s *signalStore) StoreSignedPreKey(context.Context, uint32, *record.SignedPreKey) error {
	return fmt.Errorf("storing a signed prekey: %w", errNeverCalled)
}

func (s *signalStore) RemoveSignedPreKey(context.Context, uint32) error {
	return fmt.Errorf("removing a signed prekey: %w", errNeverCalled)
}

// silent is a logger for libsignal, which otherwise prints to standard output
// every older session state that it tries in vain.
type silent struct{}

func (silent) Debug(string, string)   {}
func (silent) Info(string, string)    {}
func (silent) Warning(string, string) {}
func (silent) Error(string, string)   {}
func (silent) Configure(string)       {}

// quietSignal is once per process because libsignal's logger is a variable of the
// process that is read without a lock.
//
//arch:global the library keeps it for the process
var quietSignal = sync.OnceFunc(func() {
	var l logger.Loggable = silent{}
	logger.Setup(&l)
})

// Quiet silences libsignal for the whole process. Whoever signs or encrypts before a
// phone is made calls it first: the library reads its logger without a lock.
func Quiet() { quietSignal() }
