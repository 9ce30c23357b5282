package member

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

const (
	cookieName      = "ping_session"
	sessionLifetime = 30 * 24 * time.Hour
)

// Login checks a member's e-mail and password and begins a session, whose token it returns. ErrLogin, which takes
// as long and says the same for an unknown e-mail; a Limited fault after too many attempts.
func (s *Service) Login(ctx context.Context, email, password string) (Member, string, error) {
	m, err := s.byEmail(ctx, emailKey(email))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Member{}, "", err
	}
	ok, err := s.attempts.check(ctx, email, func() (bool, error) { return s.passwords.matches(ctx, password, m.passwordHash) })
	if err != nil {
		return Member{}, "", err
	}
	if !ok {
		return Member{}, "", ErrLogin
	}
	token, err := s.begin(ctx, m)
	return m, token, err
}

// begin starts a session. Only the hash of its token is stored, so that who reads the database can't sign in.
func (s *Service) begin(ctx context.Context, m Member) (string, error) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	token := base64.RawURLEncoding.EncodeToString(b[:])
	now := s.now()
	return token, s.insertSession(ctx, hashOf(token), m, now.UnixMilli(), now.Add(sessionLifetime).UnixMilli())
}

// Logout ends the session of a token; one that is not there is fine.
func (s *Service) Logout(ctx context.Context, workspaceID, token string) error {
	return s.removeSession(ctx, workspaceID, hashOf(token))
}

// ChangePassword replaces a member's own password and ends the member's other sessions; keep is the token of the
// one that stays.
func (s *Service) ChangePassword(ctx context.Context, by Principal, old, password, keep string) error {
	m, err := s.get(ctx, by.WorkspaceID, by.MemberID)
	if err != nil {
		return err
	}
	ok, err := s.attempts.check(ctx, m.Email, func() (bool, error) { return s.passwords.matches(ctx, old, m.passwordHash) })
	if err != nil {
		return err
	}
	if !ok {
		return errOldPassword
	}
	hash, err := s.passwords.hash(ctx, m.Email, password)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.setPassword(ctx, m.WorkspaceID, m.ID, hash, s.now().UnixMilli()); err != nil {
			return err
		}
		return s.endSessions(ctx, m.WorkspaceID, m.ID, hashOf(keep))
	})
}

// Sweep forgets sessions that are over; background work calls it now and then.
func (s *Service) Sweep(ctx context.Context) error { return s.sweepSessions(ctx, s.now().UnixMilli()) }

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Authenticate says who sent r: the API key in Authorization: Bearer or X-API-Key, or else the session cookie, with
// which a request that changes something must come from our own pages. ErrSignIn without any of them, ErrKey.
func (s *Service) Authenticate(r *http.Request) (Principal, error) {
	if key, given := keyIn(r); given {
		return s.ByAPIKey(r.Context(), key)
	}
	token := tokenIn(r)
	if token == "" {
		return Principal{}, ErrSignIn
	}
	if err := httpx.SameOrigin(r); err != nil {
		return Principal{}, err
	}
	return s.bySession(r.Context(), hashOf(token), s.now().UnixMilli())
}

func tokenIn(r *http.Request) string {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return ""
	}
	return c.Value
}

type tokenKey struct{}

type carried struct {
	token  string
	secure bool
}

// Guard is the API's guard: it finds out who calls and asks the matrix.
func (s *Service) Guard(r *http.Request, need httpx.Need) (context.Context, error) {
	ctx := context.WithValue(r.Context(), tokenKey{}, carried{tokenIn(r), s.secure || r.TLS != nil})
	if need == httpx.Public {
		return ctx, httpx.SameOrigin(r) // also signing in must not be done for somebody by another site
	}
	p, err := s.Authenticate(r)
	if err != nil {
		return nil, err
	}
	if !Can(p, need) {
		return nil, ErrNotAllowed
	}
	return With(ctx, p), nil
}

// cookie carries a session's token; an empty one makes the browser forget it.
func cookie(ctx context.Context, token string) http.Cookie {
	c, _ := ctx.Value(tokenKey{}).(carried)
	out := http.Cookie{
		Name: cookieName, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.secure,
		MaxAge: int(sessionLifetime.Seconds()),
	}
	if token == "" {
		out.MaxAge = -1
	}
	return out
}
