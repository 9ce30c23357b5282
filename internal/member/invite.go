package member

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

const invitationLifetime = 7 * 24 * time.Hour

// Invitation lets one person join a workspace, by a link. Its token is known to whoever was given the link only.
type Invitation struct {
	ID          string `json:"id"`
	Role        Role   `json:"role" enum:"owner,admin,agent"`
	Email       string `json:"email,omitempty" doc:"Only a person with this e-mail can accept; missing when anybody with the link can"`
	InvitedBy   string `json:"invited_by,omitempty" doc:"Id of the member who made it; missing for an API key"`
	InviterName string `json:"inviter_name,omitempty"`
	CreatedAt   int64  `json:"created_at" doc:"Unix milliseconds"`
	ExpiresAt   int64  `json:"expires_at" doc:"Unix milliseconds"`
	AcceptedAt  int64  `json:"accepted_at,omitempty" doc:"Unix milliseconds; missing while nobody has"`
	AcceptedBy  string `json:"accepted_by,omitempty" doc:"Id of the member that it made"`
	RevokedAt   int64  `json:"revoked_at,omitempty" doc:"Unix milliseconds; missing while it is good"`

	workspaceID string
}

func (i Invitation) good(now int64) bool {
	return i.AcceptedAt == 0 && i.RevokedAt == 0 && now < i.ExpiresAt
}

// InvitationFields are what an invitation is made of.
type InvitationFields struct {
	Role  Role   `json:"role" enum:"owner,admin,agent"`
	Email string `json:"email,omitempty" maxLength:"320" doc:"Only a person with this e-mail can accept; empty is anybody with the link"`
}

// Invite makes an invitation, good once and for seven days, and returns it with its token, which can't be read again.
// ErrOwnerOnly for an owner's role from somebody else, or a fault that names the field.
func (s *Service) Invite(ctx context.Context, by Principal, f InvitationFields) (Invitation, string, error) {
	now := s.now()
	i := Invitation{
		ID: id.New(), Role: f.Role, Email: strings.TrimSpace(f.Email), InvitedBy: by.MemberID, InviterName: by.Name,
		CreatedAt: now.UnixMilli(), ExpiresAt: now.Add(invitationLifetime).UnixMilli(), workspaceID: by.WorkspaceID,
	}
	if i.Email != "" && !goodEmail(i.Email) {
		return Invitation{}, "", errEmail
	}
	if !i.Role.valid() {
		return Invitation{}, "", errRole
	}
	if i.Role == Owner && by.Role != Owner {
		return Invitation{}, "", ErrOwnerOnly
	}
	token := newToken()
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.insertInvitation(ctx, i, hashOf(token)); err != nil {
			return err
		}
		if err := s.mailInvitation(ctx, i, token); err != nil {
			return err
		}
		return s.audit.Write(ctx, by.WorkspaceID, "invitation.made", i.subject(), map[string]string{"role": string(i.Role)})
	})
	return i, token, err
}

// mailInvitation sends the link to whom it is for, if that is known and mail can be sent.
func (s *Service) mailInvitation(ctx context.Context, i Invitation, token string) error {
	if i.Email == "" || !s.mails() {
		return nil
	}
	w, err := s.workspaces.Get(ctx, i.workspaceID)
	if err != nil {
		return err
	}
	return s.mailer.Send(ctx, invitationLetter(w.Locale, w.Name, i.InviterName, s.link("/invitations/"+token), i))
}

func (i Invitation) subject() audit.Subject {
	return audit.Subject{Kind: "invitation", ID: i.ID, Name: i.Email}
}

// RevokeInvitation makes an invitation void; twice is fine, and so is one that was accepted: the member stays.
// ErrInvitation; ErrOwnerOnly for one that makes an owner.
func (s *Service) RevokeInvitation(ctx context.Context, by Principal, invitationID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		i, err := s.invitation(ctx, by.WorkspaceID, invitationID)
		if err != nil {
			return err
		}
		if i.Role == Owner && by.Role != Owner {
			return ErrOwnerOnly
		}
		if i.RevokedAt != 0 {
			return nil
		}
		if _, err := s.db.Exec(ctx, revokeInvitation, by.WorkspaceID, i.ID, s.now().UnixMilli()); err != nil {
			return err
		}
		return s.audit.Write(ctx, by.WorkspaceID, "invitation.revoked", i.subject(), nil)
	})
}

// Offer is what a guest learns from an invitation's link.
type Offer struct {
	WorkspaceName string `json:"workspace_name"`
	InviterName   string `json:"inviter_name,omitempty"`
	Role          Role   `json:"role" enum:"owner,admin,agent"`
	Email         string `json:"email,omitempty" doc:"Only a person with this e-mail can accept; missing when anybody can"`
	Known         bool   `json:"known" doc:"Whether somebody with this e-mail has a password here already: then sign in and accept"`
	ExpiresAt     int64  `json:"expires_at" doc:"Unix milliseconds"`
}

// Offered says what a token invites to. ErrInvitation, ErrInvitationOver.
func (s *Service) Offered(ctx context.Context, token string) (Offer, error) {
	i, err := s.invitationFor(ctx, token)
	if err != nil {
		return Offer{}, err
	}
	w, err := s.workspaces.Get(ctx, i.workspaceID)
	if err != nil {
		return Offer{}, err
	}
	o := Offer{WorkspaceName: w.Name, InviterName: i.InviterName, Role: i.Role, Email: i.Email, ExpiresAt: i.ExpiresAt}
	if i.Email != "" {
		_, err = s.byEmail(ctx, i.Email)
		o.Known = err == nil
	}
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return o, err
}

// invitationFor finds the good invitation of a token.
func (s *Service) invitationFor(ctx context.Context, token string) (Invitation, error) {
	i, err := scanInvitation(s.db.QueryRow(ctx, invitationByToken, hashOf(token)))
	if err == nil && !i.good(s.now().UnixMilli()) {
		err = ErrInvitationOver
	}
	return i, err
}

// Newcomer is what somebody new says of themselves.
type Newcomer struct {
	Name     string `json:"name,omitempty" maxLength:"400"`
	Email    string `json:"email,omitempty" maxLength:"320" doc:"Needed when the invitation names none"`
	Password string `json:"password,omitempty" maxLength:"1000"`
}

// Accept makes somebody new a member, who has the invitation's e-mail if it names one, and begins their session.
// ErrInvitation, ErrInvitationOver; ErrSignInToJoin for an e-mail that is known; or a fault that names the field.
func (s *Service) Accept(ctx context.Context, token string, n Newcomer) (e Entrance, err error) {
	i, err := s.invitationFor(ctx, token)
	if err != nil {
		return Entrance{}, err
	}
	email := strings.TrimSpace(n.Email)
	if i.Email != "" && email != "" && emailKey(email) != emailKey(i.Email) {
		return Entrance{}, ErrInvitationOther
	}
	if i.Email != "" {
		email = i.Email
	}
	m := s.newMember(i.workspaceID, Fields{Email: email, Name: n.Name, Role: i.Role})
	if err := m.check(); err != nil {
		return Entrance{}, err
	}
	if m.person.passwordHash, err = s.passwords.hash(ctx, email, n.Password); err != nil {
		return Entrance{}, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.use(ctx, i, m.ID); err != nil {
			return err
		}
		if err := s.add(ctx, m); errors.Is(err, ErrEmailTaken) {
			return ErrSignInToJoin
		} else if err != nil {
			return err
		}
		if err := s.joined(ctx, i, m); err != nil {
			return err
		}
		e.Member = m
		e.Token, err = s.begin(ctx, m)
		return err
	})
	return e, err
}

// AcceptAs makes by, who is signed in, a member of one more workspace, which by's session then shows. ErrInvitation,
// ErrInvitationOver, ErrInvitationOther, ErrMemberAlready, ErrPeopleOnly.
func (s *Service) AcceptAs(ctx context.Context, by Principal, token string) (m Member, err error) {
	if by.PersonID == "" {
		return Member{}, ErrPeopleOnly
	}
	i, err := s.invitationFor(ctx, token)
	if err != nil {
		return Member{}, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		p, err := s.person(ctx, by.PersonID)
		if err != nil {
			return err
		}
		if i.Email != "" && emailKey(i.Email) != emailKey(p.Email) {
			return ErrInvitationOther
		}
		if _, err := s.ofPerson(ctx, i.workspaceID, p.ID); !errors.Is(err, ErrNotFound) {
			return errors.Join(err, ErrMemberAlready)
		}
		m = s.newMember(i.workspaceID, Fields{Email: p.Email, Name: by.Name, Role: i.Role})
		m.person = p
		if err := s.use(ctx, i, m.ID); err != nil {
			return err
		}
		if err := s.join(ctx, m); err != nil {
			return err
		}
		if err := s.joined(ctx, i, m); err != nil {
			return err
		}
		m, err = s.Move(ctx, by, m.WorkspaceID)
		return err
	})
	return m, err
}

// use makes an invitation void for everybody else. ErrInvitationOver for the slower of two.
func (s *Service) use(ctx context.Context, i Invitation, memberID string) error {
	now := s.now().UnixMilli()
	res, err := s.db.Exec(ctx, useInvitation, i.workspaceID, i.ID, now, memberID)
	if err != nil {
		return fmt.Errorf("use an invitation: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrInvitationOver)
	}
	return nil
}

// joined writes down that m came by an invitation.
func (s *Service) joined(ctx context.Context, i Invitation, m Member) error {
	ctx = audit.As(ctx, audit.Actor{Kind: audit.Member, ID: m.ID, Name: m.Name})
	return s.audit.Write(ctx, m.WorkspaceID, "member.joined", m.subject(), map[string]string{"role": string(m.Role), "invited_by": i.InviterName, "email": m.Email})
}

const insertInvitation = `INSERT INTO invitations (workspace_id, id, token_hash, role, email, invited_by, inviter_name, created_at, expires_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

func (s *Service) insertInvitation(ctx context.Context, i Invitation, hash string) error {
	_, err := s.db.Exec(ctx, insertInvitation, i.workspaceID, i.ID, hash, i.Role, i.Email, i.InvitedBy, i.InviterName, i.CreatedAt, i.ExpiresAt)
	return err
}

const invitationColumns = `workspace_id, id, role, email, invited_by, inviter_name, created_at, expires_at, accepted_at, accepted_by, revoked_at`

const listInvitations = `SELECT ` + invitationColumns + ` FROM invitations WHERE workspace_id = $1 ORDER BY id DESC LIMIT 500`

// Invitations lists a workspace's latest 500 invitations, the newest first, the used and revoked ones too.
func (s *Service) Invitations(ctx context.Context, workspaceID string) ([]Invitation, error) {
	rows, err := s.db.Query(ctx, listInvitations, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("read invitations: %w", err)
	}
	defer rows.Close()
	all := []Invitation{}
	for rows.Next() {
		i, err := scanInvitation(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	return all, rows.Err()
}

const getInvitation = `SELECT ` + invitationColumns + ` FROM invitations WHERE workspace_id = $1 AND id = $2`

func (s *Service) invitation(ctx context.Context, workspaceID, invitationID string) (Invitation, error) {
	return scanInvitation(s.db.QueryRow(ctx, getInvitation, workspaceID, invitationID))
}

//sql:global the token is all that a guest shows; it says which workspace
const invitationByToken = `SELECT ` + invitationColumns + ` FROM invitations WHERE token_hash = $1`

const useInvitation = `UPDATE invitations SET accepted_at = $3, accepted_by = $4
	WHERE workspace_id = $1 AND id = $2 AND accepted_at = 0 AND revoked_at = 0 AND expires_at > $3`

const revokeInvitation = `UPDATE invitations SET revoked_at = $3 WHERE workspace_id = $1 AND id = $2`

func scanInvitation(row dbutil.Scannable) (i Invitation, err error) {
	err = row.Scan(&i.workspaceID, &i.ID, &i.Role, &i.Email, &i.InvitedBy, &i.InviterName, &i.CreatedAt, &i.ExpiresAt, &i.AcceptedAt,
		&i.AcceptedBy, &i.RevokedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return Invitation{}, ErrInvitation
	}
	if err != nil {
		return Invitation{}, fmt.Errorf("read invitation: %w", err)
	}
	return i, nil
}
