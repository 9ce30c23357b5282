// Package member owns the people and the API keys of a workspace: who they are, how they sign in, what they may do.
package member

import (
	"context"
	"log/slog"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// The faults of this package.
var (
	ErrSignIn = fault.New(fault.Unauthenticated, "not_signed_in", fault.Text{
		ID: "Masuk dulu, atau kirim kunci API sebagai Authorization: Bearer.",
		EN: "Sign in first, or send an API key as Authorization: Bearer.",
	})
	ErrKey = fault.New(fault.Unauthenticated, "api_key_invalid", fault.Text{
		ID: "Kunci API ini tidak berlaku. Periksa, atau buat yang baru.",
		EN: "This API key is not valid. Check it, or make a new one.",
	})
	ErrLogin = fault.New(fault.Unauthenticated, "login_failed", fault.Text{
		ID: "E-mail atau kata sandi salah.", EN: "The e-mail or the password is wrong.",
	})
	ErrNotAllowed = fault.New(fault.Forbidden, "not_allowed", fault.Text{
		ID: "Peran Anda tidak boleh melakukan ini. Minta bantuan pemilik atau admin.",
		EN: "Your role may not do this. Ask an owner or an admin.",
	})
	ErrOwnerOnly = fault.New(fault.Forbidden, "owner_only", fault.Text{
		ID: "Hanya pemilik yang boleh mengangkat, mengubah atau menghapus pemilik.",
		EN: "Only an owner may appoint, change or remove an owner.",
	})
	ErrNotFound = fault.New(fault.NotFound, "member_not_found", fault.Text{
		ID: "Anggota ini tidak ada.", EN: "There is no such member.",
	})
	ErrKeyNotFound = fault.New(fault.NotFound, "api_key_not_found", fault.Text{
		ID: "Kunci API ini tidak ada.", EN: "There is no such API key.",
	})
	ErrEmailTaken = fault.New(fault.Conflict, "email_taken", fault.Text{
		ID: "E-mail ini sudah dipakai anggota lain.", EN: "Another member has this e-mail already.",
	}).WithField("email")
	ErrLastOwner = fault.New(fault.Conflict, "last_owner", fault.Text{
		ID: "Ini pemilik terakhir. Angkat pemilik lain dulu.", EN: "This is the last owner. Appoint another one first.",
	})
	ErrSetUp = fault.New(fault.Conflict, "set_up_already", fault.Text{
		ID: "Pemasangan ini sudah disiapkan. Silakan masuk.", EN: "This installation is set up already. Please sign in.",
	})
	errEmail = fault.New(fault.Invalid, "email_invalid", fault.Text{
		ID: "E-mail ini tidak benar. Contoh: ani@toko.example.", EN: "This e-mail is not right. For example: ani@shop.example.",
	}).WithField("email")
	errName = fault.New(fault.Invalid, "name_invalid", fault.Text{
		ID: "Nama harus 1 sampai 100 huruf.", EN: "A name needs 1 to 100 characters.",
	}).WithField("name")
	errPassword = fault.New(fault.Invalid, "password_weak", fault.Text{
		ID: "Kata sandi harus 8 sampai 200 huruf dan bukan e-mail Anda.", EN: "A password needs 8 to 200 characters and can't be your e-mail.",
	}).WithField("password")
	errOldPassword = fault.New(fault.Invalid, "password_wrong", fault.Text{
		ID: "Kata sandi lama salah.", EN: "The old password is wrong.",
	}).WithField("old_password")
	errRole = fault.New(fault.Invalid, "role_unknown", fault.Text{
		ID: "Peran harus owner, admin atau agent.", EN: "A role is owner, admin or agent.",
	}).WithField("role")
	errScope = fault.New(fault.Invalid, "scope_unknown", fault.Text{
		ID: "Lingkup ini tidak dikenal, atau lebih luas daripada milik Anda sendiri.",
		EN: "This scope is not known, or wider than your own.",
	}).WithField("scopes")
	errExpiry = fault.New(fault.Invalid, "expiry_past", fault.Text{
		ID: "Waktu berakhir harus di masa depan.", EN: "The expiry must be in the future.",
	}).WithField("expires_at")
)

// Member is a person who works in a workspace.
type Member struct {
	ID          string `json:"id"`
	WorkspaceID string `json:"workspace_id"`
	Email       string `json:"email" doc:"Unique over the installation, whatever the case"`
	Name        string `json:"name"`
	Role        Role   `json:"role" enum:"owner,admin,agent"`
	CreatedAt   int64  `json:"created_at" doc:"Unix milliseconds"`
	UpdatedAt   int64  `json:"updated_at" doc:"Unix milliseconds"`

	passwordHash string
}

// Config is what the service needs. Every field but Password and SecureCookies must be set.
type Config struct {
	DB         *db.DB
	Log        *slog.Logger
	Workspaces *workspace.Service
	Now        func() time.Time
	// Password is the price of a password hash; nil is 64 MiB and one pass.
	Password *argon2id.Params
	// SecureCookies marks session cookies Secure even when a request came without TLS, for a proxy that has it.
	SecureCookies bool
}

// Service is the one way to members, sessions and keys.
type Service struct {
	db         *db.DB
	log        *slog.Logger
	workspaces *workspace.Service
	now        func() time.Time
	passwords  *passwords
	keys       *keyCache
	attempts   attempts
	secure     bool
}

// New makes the service.
func New(c Config) *Service {
	return &Service{
		db: c.DB, log: c.Log, workspaces: c.Workspaces, now: c.Now, passwords: newPasswords(c.Password), keys: newKeyCache(c.Now),
		attempts: newAttempts(), secure: c.SecureCookies,
	}
}

// Fields are what a member is made of.
type Fields struct {
	Email    string `json:"email" maxLength:"320"`
	Name     string `json:"name" maxLength:"400"`
	Role     Role   `json:"role" enum:"owner,admin,agent"`
	Password string `json:"password" maxLength:"1000"`
}

// Create adds a member to a workspace and joins a transaction in ctx. A fault names the field that is wrong;
// ErrEmailTaken. Who may do it is not its business: see Can.
func (s *Service) Create(ctx context.Context, workspaceID string, f Fields) (Member, error) {
	m := Member{ID: id.New(), WorkspaceID: workspaceID, Email: strings.TrimSpace(f.Email), Name: strings.TrimSpace(f.Name), Role: f.Role}
	if err := m.check(); err != nil {
		return Member{}, err
	}
	hash, err := s.passwords.hash(ctx, m.Email, f.Password)
	if err != nil {
		return Member{}, err
	}
	m.passwordHash = hash
	m.CreatedAt = s.now().UnixMilli()
	m.UpdatedAt = m.CreatedAt
	return m, s.insert(ctx, m)
}

func (m *Member) check() error {
	if n := utf8.RuneCountInString(m.Name); n < 1 || n > 100 || hasControl(m.Name) {
		return errName
	}
	a, err := mail.ParseAddress(m.Email)
	if err != nil || a.Address != m.Email || len(m.Email) > 254 || hasControl(m.Email) {
		return errEmail
	}
	if !m.Role.valid() {
		return errRole
	}
	return nil
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// Change is what Update replaces; nil leaves a field as it is.
type Change struct {
	Email    *string `json:"email,omitempty" maxLength:"320"`
	Name     *string `json:"name,omitempty" maxLength:"400"`
	Role     *Role   `json:"role,omitempty" enum:"owner,admin,agent"`
	Password *string `json:"password,omitempty" maxLength:"1000"`
}

// Update changes a member for by. A new password ends the member's sessions. ErrNotFound, ErrOwnerOnly,
// ErrLastOwner, ErrEmailTaken, or a fault that names the field; then nothing has changed.
func (s *Service) Update(ctx context.Context, by Principal, memberID string, c Change) (m Member, err error) {
	hash := ""
	if c.Password != nil { // outside of the transaction, which holds the only writer
		if m, err = s.get(ctx, by.WorkspaceID, memberID); err != nil {
			return Member{}, err
		}
		if hash, err = s.passwords.hash(ctx, m.Email, *c.Password); err != nil {
			return Member{}, err
		}
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if m, err = s.forChange(ctx, by, memberID); err != nil {
			return err
		}
		if err := s.apply(ctx, by, &m, c); err != nil {
			return err
		}
		if hash != "" {
			m.passwordHash = hash
			if err := s.endSessions(ctx, m.WorkspaceID, m.ID, ""); err != nil {
				return err
			}
		}
		m.UpdatedAt = s.now().UnixMilli()
		return s.update(ctx, m)
	})
	return m, err
}

// forChange reads a member that by wants to change or remove, with the workspace locked.
func (s *Service) forChange(ctx context.Context, by Principal, memberID string) (Member, error) {
	if err := s.workspaces.Lock(ctx, by.WorkspaceID); err != nil {
		return Member{}, err
	}
	m, err := s.get(ctx, by.WorkspaceID, memberID)
	if err == nil && m.Role == Owner && by.Role != Owner {
		err = ErrOwnerOnly
	}
	return m, err
}

func (s *Service) apply(ctx context.Context, by Principal, m *Member, c Change) error {
	if c.Email != nil {
		m.Email = strings.TrimSpace(*c.Email)
	}
	if c.Name != nil {
		m.Name = strings.TrimSpace(*c.Name)
	}
	if c.Role == nil || *c.Role == m.Role {
		return m.check()
	}
	if *c.Role == Owner && by.Role != Owner {
		return ErrOwnerOnly
	}
	if m.Role == Owner {
		if err := s.notLast(ctx, *m); err != nil {
			return err
		}
	}
	m.Role = *c.Role
	return m.check()
}

// notLast refuses when m is the only owner. The workspace is locked.
func (s *Service) notLast(ctx context.Context, m Member) error {
	n, err := s.countOwners(ctx, m.WorkspaceID)
	if err != nil {
		return err
	}
	if n <= 1 {
		return ErrLastOwner
	}
	return nil
}

// Remove takes a member out of the workspace for by and ends the member's sessions. API keys stay: they are the
// workspace's. ErrNotFound, ErrOwnerOnly, ErrLastOwner.
func (s *Service) Remove(ctx context.Context, by Principal, memberID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		m, err := s.forChange(ctx, by, memberID)
		if err != nil {
			return err
		}
		if m.Role == Owner {
			if err := s.notLast(ctx, m); err != nil {
				return err
			}
		}
		if err := s.endSessions(ctx, m.WorkspaceID, m.ID, ""); err != nil {
			return err
		}
		return s.remove(ctx, m.WorkspaceID, m.ID)
	})
}

// FirstRun is what the first member of an installation says.
type FirstRun struct {
	WorkspaceName string `json:"workspace_name" maxLength:"400"`
	Name          string `json:"name" maxLength:"400"`
	Email         string `json:"email" maxLength:"320"`
	Password      string `json:"password" maxLength:"1000"`
}

// SetUp makes the first workspace and its owner. It works once, while there is no member at all: ErrSetUp after
// that, also for the slower of two that come at the same moment.
func (s *Service) SetUp(ctx context.Context, f FirstRun) (m Member, err error) {
	needed, err := s.NeedsSetUp(ctx)
	if err != nil {
		return Member{}, err
	}
	if !needed {
		return Member{}, ErrSetUp
	}
	// Hashing takes long and must not hold the writer; Create would do it inside.
	hash, err := s.passwords.hash(ctx, f.Email, f.Password)
	if err != nil {
		return Member{}, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		first, err := s.claimSetUp(ctx)
		if err != nil {
			return err
		}
		if !first {
			return ErrSetUp
		}
		w, err := s.workspaces.Create(ctx, f.WorkspaceName)
		if err != nil {
			return inField(err, "workspace_name")
		}
		now := s.now().UnixMilli()
		m = Member{
			ID: id.New(), WorkspaceID: w.ID, Email: strings.TrimSpace(f.Email), Name: strings.TrimSpace(f.Name), Role: Owner,
			CreatedAt: now, UpdatedAt: now, passwordHash: hash,
		}
		if err := m.check(); err != nil {
			return err
		}
		return s.insert(ctx, m)
	})
	return m, err
}

// inField names the field of a request that a fault of another noun is about.
func inField(err error, field string) error {
	if f, ok := fault.From(err); ok && f.Field != "" {
		return f.WithField(field)
	}
	return err
}
