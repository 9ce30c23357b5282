package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/util/keys"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// keyring stands between the client library and its tables. It adds what the library leaves to its user: that a
// message is decrypted and remembered in one transaction of ours, that decryption and encryption take turns, that
// a node without the lease changes nothing, and that a database in trouble never looks like a broken message.
type keyring struct {
	db    *db.DB
	turn  turn
	loan  loan
	fence func(context.Context) error
	// trouble is told when the database failed in the middle of a message, which the network must bring again.
	trouble func(error)

	identities identityCache
	crowd      crowd
	tidy       tidyList
}

// errWithheld wraps the errors after which the library must neither acknowledge a message nor ask for it anew.
// It does that for a cancelled context only, so the wrapper says it is one.
type errWithheld struct{ err error }

func (e *errWithheld) Error() string   { return "message left at the network: " + e.err.Error() }
func (e *errWithheld) Unwrap() []error { return []error{e.err, context.Canceled} }

// errNoRecipient means that nothing was encrypted for the person that a message is meant for.
var errNoRecipient = errors.New("no session with the recipient could be made")

// install puts the keyring between dev and its stores.
func (k *keyring) install(dev *store.Device) {
	dev.Sessions = &sessionKeys{SessionStore: dev.Sessions, keyring: k}
	dev.Identities = &identityKeys{IdentityStore: dev.Identities, keyring: k}
	dev.PreKeys = &preKeys{PreKeyStore: dev.PreKeys}
	dev.SenderKeys = &senderKeys{SenderKeyStore: dev.SenderKeys}
	dev.EventBuffer = &eventBuffer{EventBuffer: dev.EventBuffer, keyring: k}
	known := &remembered{}
	dev.NCTSalt = &saltStore{dev.NCTSalt, known}
	dev.PrivacyTokens = &tokenStore{dev.PrivacyTokens, known}
}

func (k *keyring) withheld(err error) error {
	k.trouble(err)
	return &errWithheld{err}
}

type troubleKey struct{}

// ownAccord reports whether ctx belongs neither to a decryption nor to a send of ours.
func ownAccord(ctx context.Context) bool {
	return ctx.Value(troubleKey{}) == nil && sendingOf(ctx) == nil
}

// noted remembers a database error for the decryption that it happens in: libsignal's own errors and those of the
// database come out of it alike.
func noted(ctx context.Context, err error) error {
	if err != nil {
		if at, ok := ctx.Value(troubleKey{}).(*error); ok && *at == nil {
			*at = err
		}
	}
	return err
}

// sessionKeys are the Signal sessions.
type sessionKeys struct {
	store.SessionStore
	*keyring
}

// GetManySessions begins the encryption of a send: it takes the turn.
func (s *sessionKeys) GetManySessions(ctx context.Context, addresses []string) (map[string][]byte, error) {
	if send := sendingOf(ctx); send != nil {
		if err := send.take(ctx); err != nil {
			return nil, fmt.Errorf("wait for a decryption to end: %w", err)
		}
		s.crowd.add(addresses)
	}
	return s.SessionStore.GetManySessions(ctx, addresses)
}

// PutManySessions ends the encryption of a send: the turn is given back once it is durable. A message goes on the
// wire after that, so a crash in between can't use a message key twice.
func (s *sessionKeys) PutManySessions(ctx context.Context, sessions map[string][]byte) error {
	send := sendingOf(ctx)
	if send == nil {
		return s.SessionStore.PutManySessions(ctx, sessions)
	}
	defer send.release()
	if err := send.covers(sessions); err != nil {
		return err
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		may := s.fence
		if send.claim != nil {
			may = send.claim // of who has the device, as the fence
		}
		if err := may(ctx); err != nil {
			return err
		}
		return s.SessionStore.PutManySessions(ctx, sessions)
	})
	if err == nil {
		send.claim = nil
	}
	return err
}

// covers refuses a message that would go out without a part for the person it is meant for: the library leaves
// out whoever it has no keys of.
func (s *sending) covers(sessions map[string][]byte) error {
	if s.recipient == "" {
		return nil
	}
	for address := range sessions {
		if user, _, _ := strings.Cut(address, ":"); user == s.recipient {
			return nil
		}
	}
	return errNoRecipient
}

// GetSession reads a session for a decryption, which has the turn, or for something that the library encrypts of
// its own accord, which borrows it.
func (s *sessionKeys) GetSession(ctx context.Context, address string) ([]byte, error) {
	if ownAccord(ctx) {
		if err := s.loan.take(ctx, address); err != nil {
			return nil, fmt.Errorf("wait for a decryption to end: %w", err)
		}
	}
	b, err := s.SessionStore.GetSession(ctx, address)
	return b, noted(ctx, err)
}

func (s *sessionKeys) HasSession(ctx context.Context, address string) (bool, error) {
	has, err := s.SessionStore.HasSession(ctx, address)
	return has, noted(ctx, err)
}

// PutSession writes a session, and ends the loan that GetSession began.
func (s *sessionKeys) PutSession(ctx context.Context, address string, session []byte) error {
	if ownAccord(ctx) {
		defer s.loan.give(address)
		return s.db.Tx(ctx, func(ctx context.Context) error {
			if err := s.fence(ctx); err != nil {
				return err
			}
			return s.SessionStore.PutSession(ctx, address, session)
		})
	}
	return noted(ctx, s.SessionStore.PutSession(ctx, address, session))
}

func (s *sessionKeys) DeleteSession(ctx context.Context, address string) error {
	return noted(ctx, s.SessionStore.DeleteSession(ctx, address))
}

// identityKeys are the identities of other devices. The library writes them anew with every message that it
// encrypts; those that have not changed are not written.
type identityKeys struct {
	store.IdentityStore
	*keyring
}

func (i *identityKeys) PutIdentity(ctx context.Context, address string, key [32]byte) error {
	if known, ok := i.identities.get(address); ok && known == key {
		return nil
	}
	if err := i.IdentityStore.PutIdentity(ctx, address, key); err != nil {
		return noted(ctx, err)
	}
	db.AfterCommit(ctx, func() { i.identities.put(address, key) })
	return nil
}

func (i *identityKeys) IsTrustedIdentity(ctx context.Context, address string, key [32]byte) (bool, error) {
	if known, ok := i.identities.get(address); ok && known == key {
		return true, nil
	}
	trusted, err := i.IdentityStore.IsTrustedIdentity(ctx, address, key)
	return trusted, noted(ctx, err)
}

func (i *identityKeys) DeleteIdentity(ctx context.Context, address string) error {
	i.identities.clear()
	return noted(ctx, i.IdentityStore.DeleteIdentity(ctx, address))
}

func (i *identityKeys) DeleteAllIdentities(ctx context.Context, phone string) error {
	i.identities.clear()
	return noted(ctx, i.IdentityStore.DeleteAllIdentities(ctx, phone))
}

// maxIdentities bounds the cache; a device that writes to more people than this starts it over.
const maxIdentities = 4096

type identityCache struct {
	mu    sync.Mutex
	known map[string][32]byte
}

func (c *identityCache) get(address string) ([32]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key, ok := c.known[address]
	return key, ok
}

func (c *identityCache) put(address string, key [32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxIdentities {
		c.known = map[string][32]byte{}
	}
	c.known[address] = key
}

func (c *identityCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = nil
}

type preKeys struct{ store.PreKeyStore }

func (p *preKeys) GetPreKey(ctx context.Context, id uint32) (*keys.PreKey, error) {
	k, err := p.PreKeyStore.GetPreKey(ctx, id)
	return k, noted(ctx, err)
}

func (p *preKeys) RemovePreKey(ctx context.Context, id uint32) error {
	return noted(ctx, p.PreKeyStore.RemovePreKey(ctx, id))
}

type senderKeys struct{ store.SenderKeyStore }

func (s *senderKeys) PutSenderKey(ctx context.Context, group, user string, session []byte) error {
	return noted(ctx, s.SenderKeyStore.PutSenderKey(ctx, group, user, session))
}

func (s *senderKeys) GetSenderKey(ctx context.Context, group, user string) ([]byte, error) {
	b, err := s.SenderKeyStore.GetSenderKey(ctx, group, user)
	return b, noted(ctx, err)
}

// eventBuffer keeps what was decrypted until it is processed. A message that the network brings again after a
// crash comes out of it, because the keys it was encrypted with are used up.
type eventBuffer struct {
	store.EventBuffer
	*keyring
}

func (b *eventBuffer) GetBufferedEvent(ctx context.Context, hash [32]byte) (*store.BufferedEvent, error) {
	e, err := b.EventBuffer.GetBufferedEvent(ctx, hash)
	if err != nil {
		return nil, b.withheld(err)
	}
	return e, nil
}

func (b *eventBuffer) PutBufferedEvent(ctx context.Context, hash [32]byte, plaintext []byte, at time.Time) error {
	return noted(ctx, b.EventBuffer.PutBufferedEvent(ctx, hash, plaintext, at))
}

// DoDecryptionTxn decrypts in one transaction and in turn. An error of libsignal comes out as it is; any other
// leaves the message at the network. It doesn't wait for the disk: the message is acknowledged after the transaction
// that stores it, and what is encrypted with the new keys goes out after one of its own, so a power cut before those
// leaves both sides where they were.
func (b *eventBuffer) DoDecryptionTxn(ctx context.Context, decrypt func(context.Context) error) error {
	if err := b.turn.take(ctx); err != nil {
		return b.withheld(err)
	}
	defer b.turn.release()
	var failed, trouble error
	err := b.db.TxRelaxed(ctx, func(ctx context.Context) error {
		failed, trouble = nil, nil
		if trouble = b.fence(ctx); trouble != nil {
			return trouble
		}
		failed = decrypt(context.WithValue(ctx, troubleKey{}, &trouble))
		return failed
	})
	if err == nil {
		return nil
	}
	if failed == nil || trouble != nil {
		return b.withheld(err)
	}
	return err
}

// ClearBufferedEventPlaintext only tidies, so it is done later and for many at once. What a crash leaves behind
// is handed out again, and storing it a second time changes nothing.
func (b *eventBuffer) ClearBufferedEventPlaintext(ctx context.Context, hash [32]byte) error {
	if !b.tidy.add(hash) {
		return nil
	}
	return b.flush(ctx)
}

// flush clears what has been processed.
func (b *eventBuffer) flush(ctx context.Context) error {
	hashes := b.tidy.take()
	if len(hashes) == 0 {
		return nil
	}
	return b.db.TxRelaxed(ctx, func(ctx context.Context) error {
		for _, h := range hashes {
			if err := b.EventBuffer.ClearBufferedEventPlaintext(ctx, h); err != nil {
				return fmt.Errorf("clear a processed message: %w", err)
			}
		}
		return nil
	})
}

// Processed messages are cleared when so many wait, or this long after the first of them.
const (
	maxTidy   = 256
	tidyAfter = 2 * time.Second
)

type tidyList struct {
	wake   chan struct{} // told when the list stops being empty
	mu     sync.Mutex
	hashes [][32]byte
}

// add reports whether the list is full.
func (l *tidyList) add(h [32]byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hashes = append(l.hashes, h)
	if len(l.hashes) == 1 {
		signal(l.wake)
	}
	return len(l.hashes) >= maxTidy
}

func (l *tidyList) take() [][32]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.hashes
	l.hashes = nil
	return h
}
