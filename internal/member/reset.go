package member

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/mail"
)

const (
	resetByMail  = time.Hour
	resetByOwner = 24 * time.Hour
)

// Mailer takes mail in the transaction of what causes it.
type Mailer interface {
	Send(ctx context.Context, m mail.Message) error
}

// mails reports whether links can be sent: somebody said how, and where they lead.
func (s *Service) mails() bool { return s.mailer != nil && s.publicURL != "" }

// ForgotPassword sends whoever has this e-mail a link to set another password, if mail can be sent. What it does and how
// long it takes is the same for an e-mail that nobody has. A Limited fault after too many asks.
func (s *Service) ForgotPassword(ctx context.Context, email string) error {
	if err := s.attempts.resets.Take(httpx.RemoteAddr(ctx).String()); err != nil {
		return err
	}
	if !s.mails() || s.attempts.resets.Take("to "+emailKey(email)) != nil {
		return nil //nolint:nilerr // enough letters for one person; who asks is told the same
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		p, err := s.byEmail(ctx, email)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		token, expires, err := s.insertReset(ctx, p.ID, resetByMail) // of nobody, too: it opens nothing
		if err != nil || p.ID == "" {
			return err
		}
		language, err := s.languageOf(ctx, p)
		if err != nil {
			return err
		}
		return s.mailer.Send(ctx, resetLetter(language, p.Email, s.link("/password-resets/"+token), expires))
	})
}

// languageOf is what a person reads.
func (s *Service) languageOf(ctx context.Context, p Person) (string, error) {
	if p.Language != "" {
		return p.Language, nil
	}
	w, err := s.workspaces.Get(ctx, p.lastWorkspace)
	return w.Locale, err
}

// ResetLink makes a link by which a member sets another password, for by to hand over. ErrNotFound, ErrOwnerNeeded,
// ErrElsewhere.
func (s *Service) ResetLink(ctx context.Context, by Principal, memberID string) (token string, expires int64, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		m, err := s.byOwner(ctx, by, memberID)
		if err != nil {
			return err
		}
		if token, expires, err = s.insertReset(ctx, m.person.ID, resetByOwner); err != nil {
			return err
		}
		return s.writeEverywhere(ctx, m.person.ID, "password.reset_link", nil)
	})
	return token, expires, err
}

// ResetPassword sets another password by a link's token, once, and ends all of the person's sessions. A second factor is
// still wanted when they sign in. ErrReset, ErrResetOver, or a fault of the password.
func (s *Service) ResetPassword(ctx context.Context, token, password string) error {
	p, err := s.resetting(ctx, token)
	if err != nil {
		return err
	}
	if p.passwordHash, err = s.passwords.hash(ctx, p.Email, password); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		res, err := s.db.Exec(ctx, useReset, hashOf(token), s.now().UnixMilli())
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrResetOver)
		}
		if _, err := s.db.Exec(ctx, voidResets, p.ID, s.now().UnixMilli()); err != nil {
			return err
		}
		if err := s.updatePerson(ctx, p); err != nil {
			return err
		}
		if err := s.endSessionsOf(ctx, p.ID, ""); err != nil {
			return err
		}
		return s.writeEverywhere(ctx, p.ID, "password.reset", nil)
	})
}

// insertReset stores a reset and returns its token and when it expires.
func (s *Service) insertReset(ctx context.Context, personID string, lifetime time.Duration) (string, int64, error) {
	token, now := newToken(), s.now()
	expires := now.Add(lifetime).UnixMilli()
	_, err := s.db.Exec(ctx, insertReset, hashOf(token), personID, now.UnixMilli(), expires)
	return token, expires, err
}

// resetting finds whose password a token sets.
func (s *Service) resetting(ctx context.Context, token string) (Person, error) {
	var personID string
	var expires, used int64
	err := s.db.QueryRow(ctx, getReset, hashOf(token)).Scan(&personID, &expires, &used)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Person{}, ErrReset
	case err != nil:
		return Person{}, fmt.Errorf("read a password reset: %w", err)
	case used != 0 || expires <= s.now().UnixMilli():
		return Person{}, ErrResetOver
	}
	p, err := s.person(ctx, personID)
	if errors.Is(err, ErrNotFound) {
		err = ErrReset
	}
	return p, err
}

const insertReset = `INSERT INTO password_resets (token_hash, person_id, created_at, expires_at) VALUES ($1, $2, $3, $4)`

const getReset = `SELECT person_id, expires_at, used_at FROM password_resets WHERE token_hash = $1`

const useReset = `UPDATE password_resets SET used_at = $2 WHERE token_hash = $1 AND used_at = 0 AND expires_at > $2`

// The other links of a person are void with the first that is used.
const voidResets = `UPDATE password_resets SET used_at = $2 WHERE person_id = $1 AND used_at = 0`

const sweepResets = `DELETE FROM password_resets WHERE expires_at <= $1`

// resetAPI is how people come by another password.
func (s *Service) resetAPI(api huma.API) {
	httpx.Handle(api, "POST /password-resets", httpx.Public, "Ask for a link to set another password, by mail", s.forgot,
		httpx.Describe("The answer is the same whether or not somebody has this e-mail. Where no mail can be sent, an owner makes the link: POST /members/{id}/password-reset."))
	httpx.Handle(api, "POST /password-resets/{id}", httpx.Public, "Set another password; the id is the link's token", s.reset)
	httpx.Handle(api, "POST /members/{id}/password-reset", WriteMembers, "Make a link by which a member sets another password; for owners", s.resetLink,
		httpx.Answers(http.StatusCreated))
}

// Asked is the answer to who forgot the password.
type Asked struct {
	Mail bool `json:"mail" doc:"Whether this server sends mail at all; if not, an owner makes the link"`
}

func (s *Service) forgot(ctx context.Context, in *struct {
	Body struct {
		Email string `json:"email" maxLength:"320"`
	}
},
) (*struct{ Body Asked }, error) {
	err := s.ForgotPassword(ctx, in.Body.Email)
	return &struct{ Body Asked }{Asked{s.mails()}}, err
}

func (s *Service) reset(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Password string `json:"password" maxLength:"1000"`
	}
},
) (*struct{}, error) {
	return nil, s.ResetPassword(ctx, in.ID, in.Body.Password)
}

// NewResetLink is a link at the only moment when it is known.
type NewResetLink struct {
	Token     string `json:"token" doc:"It is not shown again"`
	Path      string `json:"path" doc:"The link's path on this server"`
	URL       string `json:"url,omitempty" doc:"The whole link; missing when the server does not know its own address (PING_PUBLIC_URL)"`
	ExpiresAt int64  `json:"expires_at" doc:"Unix milliseconds"`
}

func (s *Service) resetLink(ctx context.Context, in *byID) (*struct{ Body NewResetLink }, error) {
	token, expires, err := s.ResetLink(ctx, Caller(ctx), in.ID)
	path := "/password-resets/" + token
	return &struct{ Body NewResetLink }{NewResetLink{token, path, s.link(path), expires}}, err
}
