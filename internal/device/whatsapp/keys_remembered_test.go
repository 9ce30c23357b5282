package whatsapp

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// slowStore counts how often it is read.
type slowStore struct {
	salt   []byte
	tokens map[types.JID]store.PrivacyToken
	reads  int
}

func (s *slowStore) GetNCTSalt(context.Context) ([]byte, error) { s.reads++; return s.salt, nil }

func (s *slowStore) PutNCTSalt(_ context.Context, salt []byte) error { s.salt = salt; return nil }

func (s *slowStore) DeleteNCTSalt(context.Context) error { s.salt = nil; return nil }

func (s *slowStore) GetPrivacyToken(_ context.Context, user types.JID) (*store.PrivacyToken, error) {
	s.reads++
	if t, ok := s.tokens[user]; ok {
		return &t, nil
	}
	return nil, nil
}

func (s *slowStore) PutPrivacyTokens(_ context.Context, tokens ...store.PrivacyToken) error {
	for _, t := range tokens {
		s.tokens[t.User] = t
	}
	return nil
}

func (s *slowStore) DeleteExpiredPrivacyTokens(context.Context, time.Time) (int64, error) {
	clear(s.tokens)
	return 0, nil
}

func TestTheSaltIsReadOnce(t *testing.T) {
	t.Parallel()
	ctx, slow := t.Context(), &slowStore{}
	s := &saltStore{slow, &remembered{}}
	for _, step := range []struct {
		do    func() error
		want  string
		reads int
	}{
		{func() error { return nil }, "", 1},
		{func() error { return nil }, "", 1}, // that there is none is known, too
		{func() error { return s.PutNCTSalt(ctx, []byte("a")) }, "a", 2},
		{func() error { return nil }, "a", 2},
		{func() error { return s.DeleteNCTSalt(ctx) }, "", 3},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		got, err := s.GetNCTSalt(ctx)
		if err != nil || string(got) != step.want || slow.reads != step.reads {
			t.Errorf("got %q, %v after %d reads, want %q after %d", got, err, slow.reads, step.want, step.reads)
		}
	}
}

func TestATokenIsReadOnce(t *testing.T) {
	t.Parallel()
	ctx, slow := t.Context(), &slowStore{tokens: map[types.JID]store.PrivacyToken{}}
	s := &tokenStore{slow, &remembered{}}
	who := types.NewJID("111", types.HiddenUserServer)
	read := func() string {
		got, err := s.GetPrivacyToken(ctx, who)
		if err != nil || got == nil {
			return ""
		}
		token := string(got.Token)
		got.Token = []byte("changed by who has read it")
		return token
	}
	twice := func(want string, reads int) {
		t.Helper()
		for range 2 {
			if got := read(); got != want {
				t.Errorf("read %q, want %q", got, want)
			}
		}
		if slow.reads != reads {
			t.Errorf("%d reads in all, want %d", slow.reads, reads)
		}
	}
	put := func(token string) {
		if err := s.PutPrivacyTokens(ctx, store.PrivacyToken{User: who, Token: []byte(token)}); err != nil {
			t.Fatal(err)
		}
	}
	twice("", 2) // one may come to light
	put("a")
	twice("a", 3)
	put("b")
	if got := read(); got != "b" {
		t.Errorf("after it was replaced: %q, want b", got)
	}
	if _, err := s.DeleteExpiredPrivacyTokens(ctx, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if got := read(); got != "" {
		t.Errorf("after it was deleted: %q, want none", got)
	}
}

// What is written in a transaction counts from its commit on, and not at all when it is undone.
func TestWhatIsRememberedFollowsTheTransaction(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		slow := &slowStore{salt: []byte("old")}
		s := &saltStore{slow, &remembered{}}
		read := func(ctx context.Context) string {
			salt, err := s.GetNCTSalt(ctx)
			if err != nil {
				t.Error(err)
			}
			return string(salt)
		}
		undone := errors.New("undone")
		for _, end := range []error{nil, undone} {
			slow.salt = []byte("old")
			s.forget()
			err := d.Tx(t.Context(), func(ctx context.Context) error {
				if err := s.PutNCTSalt(ctx, []byte("new")); err != nil {
					return err
				}
				if got := read(ctx); got != "new" {
					t.Errorf("inside: %q, want new", got)
				}
				if end != nil {
					slow.salt = []byte("old") // as the database does
				}
				return end
			})
			if !errors.Is(err, end) {
				t.Fatal(err)
			}
			if got, want := read(t.Context()), string(slow.salt); got != want {
				t.Errorf("afterwards: %q, want %q", got, want)
			}
		}
	})
}
