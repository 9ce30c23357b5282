package factor

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// The faults of passkeys.
var (
	ErrNoAddress = fault.New(fault.Conflict, "public_url_missing", fault.Text{
		ID: "Server belum tahu alamatnya sendiri, jadi kunci sandi belum bisa dipakai. Minta operator mengisi PING_PUBLIC_URL.",
		EN: "The server does not know its own address, so passkeys can't be used. Ask the operator to set PING_PUBLIC_URL.",
	})
	ErrPasskey = fault.New(fault.Unauthenticated, "passkey_refused", fault.Text{
		ID: "Kunci sandi ini tidak cocok. Coba lagi, atau pakai cara lain.", EN: "This passkey does not fit. Try again, or use another way.",
	})
	ErrPasskeyNotFound = fault.New(fault.NotFound, "passkey_not_found", fault.Text{
		ID: "Kunci sandi ini tidak ada.", EN: "There is no such passkey.",
	})
	errCredential = fault.New(fault.Invalid, "passkey_invalid", fault.Text{
		ID: "Jawaban kunci sandi tidak benar. Mulai lagi dari awal.", EN: "The passkey's answer is not right. Begin again.",
	}).WithField("credential")
	errTooMany = fault.New(fault.Conflict, "passkeys_too_many", fault.Text{
		ID: "Paling banyak 20 kunci sandi. Hapus satu dulu.", EN: "There can be 20 passkeys. Remove one first.",
	})
	errName = fault.New(fault.Invalid, "name_invalid", fault.Text{
		ID: "Nama harus 1 sampai 100 huruf.", EN: "A name needs 1 to 100 characters.",
	}).WithField("name")
)

// Passkey is a key in a phone, a computer or a stick, by which a person shows who they are.
type Passkey struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	CreatedAt  int64  `json:"created_at" doc:"Unix milliseconds"`
	LastUsedAt int64  `json:"last_used_at,omitempty" doc:"Unix milliseconds; missing when never used"`
}

type storedPasskey struct {
	Passkey
	credential webauthn.Credential
}

const (
	passkeyLimit    = 20
	ceremonyMinutes = 5
	adding          = "add"
	entering        = "enter"
)

// holder is a person as the protocol wants them.
type holder struct {
	id, account string
	keys        []storedPasskey
}

func (h holder) WebAuthnID() []byte          { return []byte(h.id) }
func (h holder) WebAuthnName() string        { return h.account }
func (h holder) WebAuthnDisplayName() string { return h.account }
func (h holder) WebAuthnCredentials() (all []webauthn.Credential) {
	for _, k := range h.keys {
		all = append(all, k.credential)
	}
	return all
}

var _ webauthn.User = holder{}

// party is this server as the protocol sees it. Keys are bound to the host of the public address: under another one they
// don't work any more.
func (s *Service) party() (*webauthn.WebAuthn, error) {
	u, err := url.Parse(s.publicURL)
	if err != nil || u.Hostname() == "" {
		return nil, ErrNoAddress
	}
	t := webauthn.TimeoutConfig{Enforce: true, Timeout: ceremonyMinutes * time.Minute, TimeoutUVD: ceremonyMinutes * time.Minute}
	w, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "Ping!", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: t, Registration: t},
	})
	if err != nil {
		return nil, ErrNoAddress.WithCause(err)
	}
	return w, nil
}

// BeginPasskey returns what a browser makes a new key with: the argument of navigator.credentials.create, as JSON.
// ErrNoAddress, errTooMany.
func (s *Service) BeginPasskey(ctx context.Context, personID, account string) (any, error) {
	w, err := s.party()
	if err != nil {
		return nil, err
	}
	h, err := s.holder(ctx, personID, account)
	if err != nil {
		return nil, err
	}
	if len(h.keys) >= passkeyLimit {
		return nil, errTooMany
	}
	options, session, err := w.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return nil, fmt.Errorf("begin a passkey: %w", err)
	}
	return options, s.keep(ctx, personID, adding, session)
}

// AddPasskey stores the key that a browser made, under a name. It joins a transaction in ctx. The codes are the person's
// recovery codes, if they had none: they can't be read again. ErrNoAddress, or a fault that names the field.
func (s *Service) AddPasskey(ctx context.Context, personID, account, name string, credential []byte) (k Passkey, codes []string, err error) {
	if name = strings.TrimSpace(name); !goodName(name) {
		return Passkey{}, nil, errName
	}
	w, err := s.party()
	if err != nil {
		return Passkey{}, nil, err
	}
	answer, err := protocol.ParseCredentialCreationResponseBytes(credential)
	if err != nil {
		return Passkey{}, nil, errCredential.WithCause(err)
	}
	k = Passkey{ID: id.New(), Name: name, CreatedAt: s.now().UnixMilli()}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		session, err := s.take(ctx, personID, adding)
		if err != nil {
			return errCredential.WithCause(err)
		}
		h, err := s.holder(ctx, personID, account)
		if err != nil {
			return err
		}
		if len(h.keys) >= passkeyLimit {
			return errTooMany
		}
		made, err := w.CreateCredential(h, session, answer)
		if err != nil {
			return errCredential.WithCause(err)
		}
		if err := s.insertPasskey(ctx, personID, storedPasskey{k, *made}); err != nil {
			return err
		}
		codes, err = s.firstCodes(ctx, personID)
		return err
	})
	return k, codes, err
}

func goodName(name string) bool {
	n := utf8.RuneCountInString(name)
	return n >= 1 && n <= 100 && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// RenamePasskey gives a key another name. ErrPasskeyNotFound, or a fault of the name.
func (s *Service) RenamePasskey(ctx context.Context, personID, passkeyID, name string) error {
	if name = strings.TrimSpace(name); !goodName(name) {
		return errName
	}
	return s.hit(ctx, renamePasskey, personID, passkeyID, name)
}

// RemovePasskey takes a key away, and the recovery codes with the last factor. It joins a transaction in ctx.
// ErrPasskeyNotFound.
func (s *Service) RemovePasskey(ctx context.Context, personID, passkeyID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.hit(ctx, deletePasskey, personID, passkeyID); err != nil {
			return err
		}
		return s.tidyCodes(ctx, personID)
	})
}

// hit runs a text that must touch one passkey.
func (s *Service) hit(ctx context.Context, text string, args ...any) error {
	ok, err := s.changed(ctx, text, args...)
	if err == nil && !ok {
		err = ErrPasskeyNotFound
	}
	return err
}

// BeginCheck returns what a browser asks a person's keys with: the argument of navigator.credentials.get, as JSON.
// ErrNoAddress; ErrPasskey for a person without keys.
func (s *Service) BeginCheck(ctx context.Context, personID, account string) (any, error) {
	w, err := s.party()
	if err != nil {
		return nil, err
	}
	h, err := s.holder(ctx, personID, account)
	if err != nil {
		return nil, err
	}
	if len(h.keys) == 0 {
		return nil, ErrPasskey
	}
	options, session, err := w.BeginLogin(h)
	if err != nil {
		return nil, fmt.Errorf("ask for a passkey: %w", err)
	}
	return options, s.keep(ctx, personID, entering, session)
}

// CheckPasskey finds out whether a key of the person's answered what BeginCheck asked; each question counts once. It
// joins a transaction in ctx. ErrPasskey, also for a key that seems to have been copied; ErrNoAddress.
func (s *Service) CheckPasskey(ctx context.Context, personID, account string, credential []byte) error {
	w, err := s.party()
	if err != nil {
		return err
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes(credential)
	if err != nil {
		return errCredential.WithCause(err)
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		session, err := s.take(ctx, personID, entering)
		if err != nil {
			return ErrPasskey.WithCause(err)
		}
		h, err := s.holder(ctx, personID, account)
		if err != nil {
			return err
		}
		used, err := w.ValidateLogin(h, session, answer)
		if err != nil {
			return ErrPasskey.WithCause(err)
		}
		if used.Authenticator.CloneWarning {
			return ErrPasskey.WithCause(errors.New("its counter went back: there are two of it"))
		}
		return s.usedPasskey(ctx, personID, *used)
	})
}

func (s *Service) holder(ctx context.Context, personID, account string) (holder, error) {
	keys, err := s.passkeys(ctx, personID)
	return holder{personID, account, keys}, err
}

const listPasskeys = `SELECT id, name, credential, created_at, last_used_at FROM passkeys WHERE person_id = $1 ORDER BY id`

func (s *Service) passkeys(ctx context.Context, personID string) ([]storedPasskey, error) {
	rows, err := s.db.Query(ctx, listPasskeys, personID)
	if err != nil {
		return nil, fmt.Errorf("read passkeys: %w", err)
	}
	defer rows.Close()
	var all []storedPasskey
	for rows.Next() {
		var k storedPasskey
		var text string
		err := rows.Scan(&k.ID, &k.Name, &text, &k.CreatedAt, &k.LastUsedAt)
		if err == nil {
			err = json.Unmarshal([]byte(text), &k.credential)
		}
		if err != nil {
			return nil, fmt.Errorf("read passkeys: %w", err)
		}
		all = append(all, k)
	}
	return all, rows.Err()
}

const insertPasskey = `INSERT INTO passkeys (person_id, id, credential_id, name, credential, created_at) VALUES ($1, $2, $3, $4, $5, $6)`

func (s *Service) insertPasskey(ctx context.Context, personID string, k storedPasskey) error {
	text, err := json.Marshal(k.credential)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, insertPasskey, personID, k.ID, credentialID(k.credential), k.Name, string(text), k.CreatedAt)
	if db.IsUnique(err) {
		return errCredential.WithCause(err)
	}
	return err
}

func credentialID(c webauthn.Credential) string { return base64.RawURLEncoding.EncodeToString(c.ID) }

const renamePasskey = `UPDATE passkeys SET name = $3 WHERE person_id = $1 AND id = $2`

const deletePasskey = `DELETE FROM passkeys WHERE person_id = $1 AND id = $2`

const deletePasskeys = `DELETE FROM passkeys WHERE person_id = $1`

func (s *Service) deletePasskeys(ctx context.Context, personID string) error {
	_, err := s.db.Exec(ctx, deletePasskeys, personID)
	return err
}

const usedPasskey = `UPDATE passkeys SET credential = $3, last_used_at = $4 WHERE person_id = $1 AND credential_id = $2`

// usedPasskey keeps the key's new counter.
func (s *Service) usedPasskey(ctx context.Context, personID string, c webauthn.Credential) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return s.hit(ctx, usedPasskey, personID, credentialID(c), string(text), s.now().UnixMilli())
}

const keepCeremony = `INSERT INTO passkey_ceremonies (person_id, kind, data, created_at) VALUES ($1, $2, $3, $4)
	ON CONFLICT (person_id, kind) DO UPDATE SET data = excluded.data, created_at = excluded.created_at`

// keep remembers what a browser was asked, until it answers.
func (s *Service) keep(ctx context.Context, personID, kind string, session *webauthn.SessionData) error {
	text, err := json.Marshal(session)
	if err == nil {
		_, err = s.db.Exec(ctx, keepCeremony, personID, kind, string(text), s.now().UnixMilli())
	}
	return err
}

const takeCeremony = `DELETE FROM passkey_ceremonies WHERE person_id = $1 AND kind = $2 RETURNING data, created_at`

// take returns what a browser was asked, once.
func (s *Service) take(ctx context.Context, personID, kind string) (session webauthn.SessionData, err error) {
	var text string
	var at int64
	err = s.db.QueryRow(ctx, takeCeremony, personID, kind).Scan(&text, &at)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && s.now().UnixMilli()-at > ceremonyMinutes*60_000:
		return session, errors.New("nobody was asked in the last minutes")
	case err != nil:
		return session, err
	}
	return session, json.Unmarshal([]byte(text), &session)
}
