package member

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/factor"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

const (
	halfLifetime = 5 * time.Minute
	halfTries    = 8
	// A person's wrong codes per time, over all half sessions. Three of a million codes are good at any moment, so that who
	// has the password already and keeps trying guesses one in about four years, and is seen in the audit log until then.
	codeTries  = 10
	codeWindow = time.Hour
)

// half begins half a session for a person whose password was right and who has a second factor. Its token can finish
// the sign-in, and nothing else.
func (s *Service) half(ctx context.Context, p Person, state factor.State) (Entrance, error) {
	token, now := newToken(), s.now()
	_, err := s.db.Exec(ctx, insertHalf, hashOf(token), p.ID, now.UnixMilli(), now.Add(halfLifetime).UnixMilli())
	return Entrance{Half: token, Methods: state.Methods()}, err
}

// tryHalf finds whose half session a token is and counts a try. ErrHalf for one that is over, or after eight tries.
func (s *Service) tryHalf(ctx context.Context, token string) (p Person, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		var personID string
		err := s.db.QueryRow(ctx, countTry, hashOf(token), s.now().UnixMilli(), halfTries).Scan(&personID)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrHalf
		}
		if err != nil {
			return fmt.Errorf("count a try: %w", err)
		}
		p, err = s.person(ctx, personID)
		return err
	})
	return p, err
}

// FinishLogin ends a sign-in that waits for a one-time or recovery code. ErrHalf, factor.ErrCode, or a Limited fault
// after too many wrong ones.
func (s *Service) FinishLogin(ctx context.Context, half, code string) (Entrance, error) {
	return s.finish(ctx, half, func(ctx context.Context, p Person) (factor.Method, error) {
		return s.factors.Check(ctx, p.ID, code)
	})
}

// AskPasskey returns what the browser of a sign-in that waits asks a passkey with. ErrHalf.
func (s *Service) AskPasskey(ctx context.Context, half string) (any, error) {
	p, err := s.tryHalf(ctx, half)
	if err != nil {
		return nil, err
	}
	return s.factors.BeginCheck(ctx, p.ID, p.Email)
}

// FinishLoginByPasskey ends a sign-in that waits, by what a passkey answered. ErrHalf, factor.ErrPasskey.
func (s *Service) FinishLoginByPasskey(ctx context.Context, half string, credential []byte) (Entrance, error) {
	return s.finish(ctx, half, func(ctx context.Context, p Person) (factor.Method, error) {
		return factor.Key, s.factors.CheckPasskey(ctx, p.ID, p.Email, credential)
	})
}

func (s *Service) finish(ctx context.Context, half string, check func(context.Context, Person) (factor.Method, error)) (e Entrance, err error) {
	p, err := s.tryHalf(ctx, half)
	if err != nil {
		return Entrance{}, err
	}
	if err := s.attempts.codes.Check(p.ID); err != nil {
		return Entrance{}, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		by, err := check(ctx, p)
		if err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, deleteHalf, hashOf(half)); err != nil {
			return err
		}
		if by == factor.Recovery {
			if err := s.writeEverywhere(ctx, p.ID, "recovery_code.used", nil); err != nil {
				return err
			}
		}
		e, err = s.enter(ctx, p)
		return err
	})
	if errors.Is(err, factor.ErrCode) || errors.Is(err, factor.ErrPasskey) {
		return Entrance{}, s.refusedSecond(ctx, p, err)
	}
	return e, err
}

// refusedSecond counts a wrong second factor and writes it down.
func (s *Service) refusedSecond(ctx context.Context, p Person, why error) error {
	if err := s.attempts.codes.Take(p.ID); err != nil {
		return err
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error { return s.writeEverywhere(ctx, p.ID, "second_factor.refused", nil) })
	if err != nil {
		return err
	}
	return why
}

const insertHalf = `INSERT INTO half_sessions (token_hash, person_id, created_at, expires_at) VALUES ($1, $2, $3, $4)`

const countTry = `UPDATE half_sessions SET tries = tries + 1 WHERE token_hash = $1 AND expires_at > $2 AND tries < $3 RETURNING person_id`

const deleteHalf = `DELETE FROM half_sessions WHERE token_hash = $1`

const deleteHalvesOf = `DELETE FROM half_sessions WHERE person_id = $1`

const sweepHalves = `DELETE FROM half_sessions WHERE expires_at <= $1`

// SecondFactor tells what by has. ErrPeopleOnly.
func (s *Service) SecondFactor(ctx context.Context, by Principal) (factor.State, error) {
	if by.PersonID == "" {
		return factor.State{}, ErrPeopleOnly
	}
	return s.factors.State(ctx, by.PersonID)
}

// BeginTOTP makes by's code app ready, which counts after ConfirmTOTP.
func (s *Service) BeginTOTP(ctx context.Context, by Principal, password string) (factor.Setup, error) {
	p, err := s.confirm(ctx, by, password, "password")
	if err != nil {
		return factor.Setup{}, err
	}
	return s.factors.BeginTOTP(ctx, p.ID, p.Email)
}

// ConfirmTOTP turns by's code app on. The answer is by's recovery codes, if there were none.
func (s *Service) ConfirmTOTP(ctx context.Context, by Principal, code string) (codes []string, err error) {
	if by.PersonID == "" {
		return nil, ErrPeopleOnly
	}
	if err := s.attempts.codes.Take(by.PersonID); err != nil {
		return nil, err
	}
	return codes, s.changeFactors(ctx, by, "second_factor.added", factor.TOTP, func(ctx context.Context) error {
		codes, err = s.factors.ConfirmTOTP(ctx, by.PersonID, code)
		return err
	})
}

// RemoveTOTP takes by's code app away.
func (s *Service) RemoveTOTP(ctx context.Context, by Principal, password string) error {
	if _, err := s.confirm(ctx, by, password, "password"); err != nil {
		return err
	}
	return s.changeFactors(ctx, by, "second_factor.removed", factor.TOTP, func(ctx context.Context) error {
		return s.factors.RemoveTOTP(ctx, by.PersonID)
	})
}

// NewRecoveryCodes replaces by's recovery codes. factor.ErrNone.
func (s *Service) NewRecoveryCodes(ctx context.Context, by Principal, password string) (codes []string, err error) {
	if _, err := s.confirm(ctx, by, password, "password"); err != nil {
		return nil, err
	}
	return codes, s.changeFactors(ctx, by, "recovery_codes.made", factor.Recovery, func(ctx context.Context) error {
		codes, err = s.factors.NewCodes(ctx, by.PersonID)
		return err
	})
}

// BeginPasskey returns what by's browser makes a new passkey with.
func (s *Service) BeginPasskey(ctx context.Context, by Principal, password string) (any, error) {
	p, err := s.confirm(ctx, by, password, "password")
	if err != nil {
		return nil, err
	}
	return s.factors.BeginPasskey(ctx, p.ID, p.Email)
}

// AddPasskey stores what by's browser made after BeginPasskey. The codes are by's recovery codes, if there were none.
func (s *Service) AddPasskey(ctx context.Context, by Principal, name string, credential []byte) (k factor.Passkey, codes []string, err error) {
	if by.PersonID == "" {
		return k, nil, ErrPeopleOnly
	}
	p, err := s.person(ctx, by.PersonID)
	if err != nil {
		return k, nil, err
	}
	err = s.changeFactors(ctx, by, "second_factor.added", factor.Key, func(ctx context.Context) error {
		k, codes, err = s.factors.AddPasskey(ctx, p.ID, p.Email, name, credential)
		return err
	})
	return k, codes, err
}

// RenamePasskey gives a passkey of by's another name. factor.ErrPasskeyNotFound.
func (s *Service) RenamePasskey(ctx context.Context, by Principal, passkeyID, name string) error {
	if by.PersonID == "" {
		return factor.ErrPasskeyNotFound // an API key has none
	}
	return s.factors.RenamePasskey(ctx, by.PersonID, passkeyID, name)
}

// RemovePasskey takes a passkey of by's away. factor.ErrPasskeyNotFound.
func (s *Service) RemovePasskey(ctx context.Context, by Principal, passkeyID, password string) error {
	if by.PersonID == "" {
		return factor.ErrPasskeyNotFound // an API key has none
	}
	if _, err := s.confirm(ctx, by, password, "password"); err != nil {
		return err
	}
	return s.changeFactors(ctx, by, "second_factor.removed", factor.Key, func(ctx context.Context) error {
		return s.factors.RemovePasskey(ctx, by.PersonID, passkeyID)
	})
}

// changeFactors runs change and writes it down wherever the person works.
func (s *Service) changeFactors(ctx context.Context, by Principal, deed audit.Deed, what factor.Method, change func(context.Context) error) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := change(ctx); err != nil {
			return err
		}
		return s.writeEverywhere(ctx, by.PersonID, deed, map[string]string{"what": string(what)})
	})
}

// ResetSecondFactor takes all second factors of a member away, who lost them; their password alone signs in then.
// ErrNotFound, ErrOwnerNeeded, ErrElsewhere.
func (s *Service) ResetSecondFactor(ctx context.Context, by Principal, memberID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		m, err := s.byOwner(ctx, by, memberID)
		if err != nil {
			return err
		}
		if err := s.factors.Forget(ctx, m.person.ID); err != nil {
			return err
		}
		return s.writeEverywhere(ctx, m.person.ID, "second_factor.reset", nil)
	})
}

// byOwner reads a member on whose sign-in by wants to act, which takes an owner of everywhere that the person works.
func (s *Service) byOwner(ctx context.Context, by Principal, memberID string) (Member, error) {
	m, err := s.get(ctx, by.WorkspaceID, memberID)
	if err != nil {
		return Member{}, err
	}
	if by.Role != Owner {
		return Member{}, ErrOwnerNeeded
	}
	return m, s.mayActFor(ctx, by, m)
}

// halfCookie carries the token of half a session; an empty one makes the browser forget it.
func halfCookie(ctx context.Context, token string) http.Cookie {
	c := cookie(ctx, token)
	c.Name, c.Path, c.SameSite = halfCookieName, httpx.Prefix+"/login", http.SameSiteStrictMode
	if token != "" {
		c.MaxAge = int(halfLifetime.Seconds())
	}
	return c
}
