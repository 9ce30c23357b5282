package member

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/factor"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

const (
	cookieName      = "ping_session"
	sessionLifetime = 30 * 24 * time.Hour
	seenMark        = time.Minute // how exact Session.SeenAt is
	endedKept       = time.Minute // how long other nodes have to hear of an end
)

// Entrance is what a sign-in led to.
type Entrance struct {
	Member  Member
	Token   string          // of the session
	Half    string          // of half a session, when a second factor is wanted: then there is neither Member nor Token
	Methods []factor.Method // that the half one can be finished with
}

// Login checks a person's e-mail and password and begins a session in the workspace where they were last, or half a
// session for who has a second factor. ErrLogin, which takes as long and says the same for an unknown e-mail; a Limited fault after too many attempts.
func (s *Service) Login(ctx context.Context, email, password string) (Entrance, error) {
	p, err := s.byEmail(ctx, email)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Entrance{}, err
	}
	ok, err := s.attempts.check(ctx, email, func() (bool, error) { return s.passwords.matches(ctx, password, p.passwordHash) })
	if err != nil {
		return Entrance{}, err
	}
	if !ok {
		return Entrance{}, s.refused(ctx, p, "password")
	}
	state, err := s.factors.State(ctx, p.ID)
	if err != nil {
		return Entrance{}, err
	}
	if state.Any() {
		return s.half(ctx, p, state)
	}
	return s.enter(ctx, p)
}

// refused writes down that somebody could not sign in as p, who may be nobody.
func (s *Service) refused(ctx context.Context, p Person, what string) error {
	if p.ID == "" {
		return ErrLogin
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		return s.writeEverywhere(ctx, p.ID, "session.refused", map[string]string{"wrong": what})
	})
	return errors.Join(err, ErrLogin)
}

// enter begins a session of p in the workspace where p was last, or else in the first.
func (s *Service) enter(ctx context.Context, p Person) (e Entrance, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		all, err := s.places(ctx, p.ID)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return ErrLogin
		}
		at := max(0, slices.IndexFunc(all, func(v Place) bool { return v.WorkspaceID == p.lastWorkspace }))
		if e.Member, err = s.get(ctx, all[at].WorkspaceID, all[at].MemberID); err != nil {
			return err
		}
		e.Token, err = s.begin(ctx, e.Member)
		return err
	})
	return e, err
}

// begin starts a session. Only the hash of its token is stored, so that who reads the database can't sign in.
func (s *Service) begin(ctx context.Context, m Member) (token string, err error) {
	token, now := newToken(), s.now()
	v := Session{
		ID: id.New(), CreatedAt: now.UnixMilli(), SeenAt: now.UnixMilli(), ExpiresAt: now.Add(sessionLifetime).UnixMilli(),
		Address: audit.Network(httpx.RemoteAddr(ctx)), agent: httpx.UserAgent(ctx),
	}
	ctx = audit.As(ctx, audit.Actor{Kind: audit.Member, ID: m.ID, Name: m.Name})
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.insertSession(ctx, hashOf(token), m, v); err != nil {
			return err
		}
		return s.audit.Write(ctx, m.WorkspaceID, "session.started", audit.Subject{Kind: "session", ID: v.ID}, nil)
	})
	return token, err
}

// newToken is 256 random bits as text.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Logout ends the session of a signed-in person; one that is not there any more is fine.
func (s *Service) Logout(ctx context.Context, by Principal) error {
	if err := s.EndSession(ctx, by, by.SessionID); !errors.Is(err, ErrSessionNotFound) {
		return err
	}
	return nil
}

// ChangePassword replaces a person's own password and ends their other sessions.
func (s *Service) ChangePassword(ctx context.Context, by Principal, old, password string) error {
	if by.PersonID == "" {
		return ErrPeopleOnly
	}
	p, err := s.confirm(ctx, by, old, "old_password")
	if err != nil {
		return err
	}
	if p.passwordHash, err = s.passwords.hash(ctx, p.Email, password); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.updatePerson(ctx, p); err != nil {
			return err
		}
		if err := s.writeEverywhere(ctx, p.ID, "password.changed", nil); err != nil {
			return err
		}
		return s.endSessionsOf(ctx, p.ID, by.SessionID)
	})
}

// confirm has by say their password again, in a field of that name, and returns the person.
func (s *Service) confirm(ctx context.Context, by Principal, password, field string) (Person, error) {
	if by.PersonID == "" {
		return Person{}, ErrPeopleOnly
	}
	p, err := s.person(ctx, by.PersonID)
	if err != nil {
		return Person{}, err
	}
	ok, err := s.attempts.check(ctx, p.Email, func() (bool, error) { return s.passwords.matches(ctx, password, p.passwordHash) })
	if err == nil && !ok {
		err = ErrPassword.WithField(field)
	}
	return p, err
}

// Confirm has by say their password again before something that can't be taken back. ErrPassword in the field password,
// ErrPeopleOnly for an API key, and too many tries are refused.
func (s *Service) Confirm(ctx context.Context, by Principal, password string) error {
	_, err := s.confirm(ctx, by, password, "password")
	return err
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
	token := tokenIn(r, cookieName)
	if token == "" {
		return Principal{}, ErrSignIn
	}
	if err := httpx.SameOrigin(r); err != nil {
		return Principal{}, err
	}
	return s.seen(r.Context(), token)
}

// seen says whose session a token opens, and writes down to the minute that it was used.
func (s *Service) seen(ctx context.Context, token string) (Principal, error) {
	now := s.now()
	p, at, err := s.bySession(ctx, hashOf(token), now.UnixMilli())
	if err != nil || now.UnixMilli()-at < seenMark.Milliseconds() {
		return p, err
	}
	err = briefly(func() error {
		_, err := s.db.Exec(context.WithoutCancel(ctx), touchSession, p.SessionID, now.UnixMilli(), httpx.UserAgent(ctx), audit.Network(httpx.RemoteAddr(ctx)))
		return err
	})
	if err != nil && ctx.Err() == nil { // on a full disk reading goes on; only when it was seen stays unknown
		s.log.WarnContext(ctx, "the use of a session was not written down", "session", p.SessionID, "error", err)
	}
	return p, nil
}

func tokenIn(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

type tokenKey struct{}

type carried struct {
	token  string
	half   string
	secure bool
}

// Guard is the API's guard: it finds out who calls and asks the matrix.
func (s *Service) Guard(r *http.Request, need httpx.Need) (context.Context, error) {
	ctx := context.WithValue(r.Context(), tokenKey{}, carried{tokenIn(r, cookieName), tokenIn(r, halfCookieName), s.secure || r.TLS != nil})
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
