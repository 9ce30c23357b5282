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

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/factor"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/hook"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// Member is a person who works in a workspace.
type Member struct {
	ID          string `json:"id"`
	WorkspaceID string `json:"workspace_id"`
	Email       string `json:"email" doc:"The person's; unique over the installation, whatever the case"`
	Name        string `json:"name" doc:"How this workspace calls the person"`
	Role        Role   `json:"role" enum:"owner,admin,agent"`
	CreatedAt   int64  `json:"created_at" doc:"Unix milliseconds"`
	UpdatedAt   int64  `json:"updated_at" doc:"Unix milliseconds"`

	person Person
}

// Config is what the service needs. Every field but Password, SecureCookies, Demo, Mail and PublicURL must be set.
type Config struct {
	DB         *db.DB
	Log        *slog.Logger
	Workspaces *workspace.Service
	Audit      *audit.Service
	Factors    *factor.Service
	Mail       Mailer // nil: no mail can be sent
	Now        func() time.Time
	// Password is the price of a password hash; nil is 64 MiB and one pass.
	Password *argon2id.Params
	// SecureCookies marks session cookies Secure even when a request came without TLS, for a proxy that has it.
	SecureCookies bool
	// Simulated says that messages go to a simulated network.
	Simulated bool
	// Demo is the account that is offered to whoever may see it in a demo; nil, as in every real installation: none.
	Demo func(context.Context) *Account
	// PublicURL is where browsers find this server, for links that are sent; empty when nobody said. Never taken from a
	// request, whose Host anybody can write.
	PublicURL string
}

// Account is how somebody signs in.
type Account struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// Service is the one way to members, sessions and keys.
type Service struct {
	// Joined, Changed and Removed fire in the transaction in which a member came, was changed or went.
	Joined, Changed, Removed hook.Tx[Member]
	// Ended tells, after the commit, that a session or an API key is over, by its id. Other nodes hear of it within a
	// second, and some id may be told twice.
	Ended hook.Note[string]
	// Over fires with such an id in the transaction in which it ends. A session that shows another workspace from then on
	// is over in this sense too.
	Over hook.Tx[string]

	db         *db.DB
	log        *slog.Logger
	workspaces *workspace.Service
	audit      *audit.Service
	factors    *factor.Service
	mailer     Mailer
	now        func() time.Time
	passwords  *passwords
	keys       *keyCache
	attempts   attempts
	secure     bool
	demo       func(context.Context) *Account
	simulated  bool
	publicURL  string
}

// New makes the service.
func New(c Config) *Service {
	return &Service{
		db: c.DB, log: c.Log, workspaces: c.Workspaces, audit: c.Audit, factors: c.Factors, mailer: c.Mail, now: c.Now, passwords: newPasswords(c.Password), keys: newKeyCache(c.Now),
		attempts: newAttempts(), secure: c.SecureCookies, demo: c.Demo, simulated: c.Simulated,
		publicURL: strings.TrimRight(c.PublicURL, "/"),
	}
}

// Fields are what a member is made of.
type Fields struct {
	Email    string `json:"email" maxLength:"320"`
	Name     string `json:"name" maxLength:"400"`
	Role     Role   `json:"role" enum:"owner,admin,agent"`
	Password string `json:"password" maxLength:"1000"`
}

// Create adds a member who is new to the installation and joins a transaction in ctx. A fault names the field that is
// wrong; ErrEmailTaken for a person who is known already and has to be invited. Who may do it is not its business: see
// Can.
func (s *Service) Create(ctx context.Context, workspaceID string, f Fields) (Member, error) {
	m := s.newMember(workspaceID, f)
	if err := m.check(); err != nil {
		return Member{}, err
	}
	hash, err := s.passwords.hash(ctx, m.Email, f.Password)
	if err != nil {
		return Member{}, err
	}
	m.person.passwordHash = hash
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.add(ctx, m); err != nil {
			return err
		}
		return s.audit.Write(ctx, workspaceID, "member.added", m.subject(), map[string]string{"role": string(m.Role), "email": m.Email})
	})
	return m, err
}

// newMember is a member of a new person; both are yet to be checked and stored.
func (s *Service) newMember(workspaceID string, f Fields) Member {
	now := s.now().UnixMilli()
	m := Member{
		ID: id.New(), WorkspaceID: workspaceID, Email: strings.TrimSpace(f.Email), Name: strings.TrimSpace(f.Name), Role: f.Role,
		CreatedAt: now, UpdatedAt: now,
	}
	m.person = Person{ID: id.New(), Email: m.Email, lastWorkspace: workspaceID, createdAt: now, updatedAt: now}
	return m
}

// add stores a new person as a member.
func (s *Service) add(ctx context.Context, m Member) error {
	if err := s.insertPerson(ctx, m.person); err != nil {
		return err
	}
	return s.join(ctx, m)
}

// join stores a member whose person is there.
func (s *Service) join(ctx context.Context, m Member) error {
	if err := s.insert(ctx, m); err != nil {
		return err
	}
	return s.Joined.Fire(ctx, m)
}

func (m Member) subject() audit.Subject { return audit.Subject{Kind: "member", ID: m.ID, Name: m.Name} }

func (m *Member) check() error {
	if n := utf8.RuneCountInString(m.Name); n < 1 || n > 100 || hasControl(m.Name) {
		return errName
	}
	if !goodEmail(m.Email) {
		return errEmail
	}
	if !m.Role.valid() {
		return errRole
	}
	return nil
}

func goodEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254 && !hasControl(s)
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

// Update changes a member for by. A new password ends the person's sessions. ErrNotFound, ErrOwnerOnly, ErrLastOwner,
// ErrEmailTaken, ErrElsewhere, or a fault that names the field; then nothing has changed.
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
		before, err := s.forChange(ctx, by, memberID)
		if err != nil {
			return err
		}
		m = before
		if err := s.apply(ctx, by, &m, c); err != nil {
			return err
		}
		if err := s.changePerson(ctx, by, before, &m, hash); err != nil {
			return err
		}
		m.UpdatedAt = s.now().UnixMilli()
		if err := s.update(ctx, m); err != nil {
			return err
		}
		if err := s.noteChange(ctx, before, m); err != nil {
			return err
		}
		return s.Changed.Fire(ctx, m)
	})
	return m, err
}

// noteChange writes down what is new of a member.
func (s *Service) noteChange(ctx context.Context, before, m Member) error {
	if before.Role != m.Role {
		detail := map[string]string{"from": string(before.Role), "to": string(m.Role)}
		if err := s.audit.Write(ctx, m.WorkspaceID, "member.role", m.subject(), detail); err != nil {
			return err
		}
	}
	if before.Name == m.Name {
		return nil
	}
	return s.audit.Write(ctx, m.WorkspaceID, "member.changed", m.subject(), map[string]string{"name_before": before.Name})
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

// Remove takes a member out of the workspace for by and ends the sessions that the member has there. A person who works
// nowhere else is forgotten. API keys stay: they are the workspace's. ErrNotFound, ErrOwnerOnly, ErrLastOwner.
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
		if err := s.endSessionsIn(ctx, m.WorkspaceID, m.ID); err != nil {
			return err
		}
		if err := s.remove(ctx, m.WorkspaceID, m.ID); err != nil {
			return err
		}
		if err := s.forgetIfNowhere(ctx, m.person.ID); err != nil {
			return err
		}
		detail := map[string]string{"role": string(m.Role), "email": m.Email}
		if err := s.audit.Write(ctx, m.WorkspaceID, "member.removed", m.subject(), detail); err != nil {
			return err
		}
		return s.Removed.Fire(ctx, m)
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
		m = s.newMember(w.ID, Fields{Email: f.Email, Name: f.Name, Role: Owner})
		m.person.passwordHash = hash
		if err := m.check(); err != nil {
			return err
		}
		if err := s.add(ctx, m); err != nil {
			return err
		}
		return s.audit.Write(ctx, w.ID, "member.added", m.subject(), map[string]string{"role": string(Owner), "email": m.Email})
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
