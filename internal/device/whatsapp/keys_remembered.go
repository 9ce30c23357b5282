package whatsapp

import (
	"context"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// remembered keeps in memory what the library reads for every message that it sends and hardly ever writes. Only the
// session that has the device writes it, and through these stores.
type remembered struct {
	mu     sync.Mutex
	salt   []byte
	salted bool
	tokens map[types.JID]store.PrivacyToken
	writes int // what was read before one of them may be old
}

// maxTokens bounds the tokens of a device; conversations that are going on are few.
const maxTokens = 64

// forget is called before and after a write: what is read in between may be either.
func (r *remembered) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes++
	r.salt, r.salted, r.tokens = nil, false, nil
}

// saltStore is the account's salt of new chats' tokens.
type saltStore struct {
	store.NCTSaltStore
	*remembered
}

func (s *saltStore) GetNCTSalt(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	salt, known, at := s.salt, s.salted, s.writes
	s.mu.Unlock()
	if known {
		return salt, nil
	}
	salt, err := s.NCTSaltStore.GetNCTSalt(ctx)
	if err == nil && !db.InTx(ctx) {
		s.mu.Lock()
		if s.writes == at {
			s.salt, s.salted = salt, true
		}
		s.mu.Unlock()
	}
	return salt, err
}

func (s *saltStore) PutNCTSalt(ctx context.Context, salt []byte) error {
	s.forget()
	defer s.afterwards(ctx)
	return s.NCTSaltStore.PutNCTSalt(ctx, salt)
}

func (s *saltStore) DeleteNCTSalt(ctx context.Context) error {
	s.forget()
	defer s.afterwards(ctx)
	return s.NCTSaltStore.DeleteNCTSalt(ctx)
}

// afterwards forgets what was read until the write was to be seen.
func (r *remembered) afterwards(ctx context.Context) { db.AfterCommit(ctx, r.forget) }

// tokenStore is the tokens that people have given the account. That there is none is not remembered: an address that is
// learnt may bring one to light.
type tokenStore struct {
	store.PrivacyTokenStore
	*remembered
}

func (s *tokenStore) GetPrivacyToken(ctx context.Context, user types.JID) (*store.PrivacyToken, error) {
	user = user.ToNonAD()
	s.mu.Lock()
	known, ok := s.tokens[user]
	at := s.writes
	s.mu.Unlock()
	if ok {
		return &known, nil
	}
	token, err := s.PrivacyTokenStore.GetPrivacyToken(ctx, user)
	if err == nil && token != nil && !db.InTx(ctx) {
		s.mu.Lock()
		if s.writes == at {
			if s.tokens == nil || len(s.tokens) >= maxTokens {
				s.tokens = map[types.JID]store.PrivacyToken{}
			}
			s.tokens[user] = *token
		}
		s.mu.Unlock()
	}
	return token, err
}

func (s *tokenStore) PutPrivacyTokens(ctx context.Context, tokens ...store.PrivacyToken) error {
	s.forget()
	defer s.afterwards(ctx)
	return s.PrivacyTokenStore.PutPrivacyTokens(ctx, tokens...)
}

func (s *tokenStore) DeleteExpiredPrivacyTokens(ctx context.Context, cutoff time.Time) (int64, error) {
	s.forget()
	defer s.afterwards(ctx)
	return s.PrivacyTokenStore.DeleteExpiredPrivacyTokens(ctx, cutoff)
}
