package member

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// Person is somebody who signs in: one e-mail, one password, however many workspaces they are a member of.
type Person struct {
	ID       string `json:"id"`
	Email    string `json:"email"`
	Language string `json:"language" enum:"id,en," doc:"id or en; empty follows the browser"`

	passwordHash         string
	lastWorkspace        string // where the next sign-in leads
	createdAt, updatedAt int64
}

// Place is one workspace that a person works in.
type Place struct {
	WorkspaceID string `json:"workspace_id"`
	MemberID    string `json:"member_id"`
	Name        string `json:"name" doc:"The workspace's"`
	Role        Role   `json:"role" enum:"owner,admin,agent"`
}

const insertPerson = `INSERT INTO people (id, email, email_key, password_hash, language, last_workspace, created_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

func (s *Service) insertPerson(ctx context.Context, p Person) error {
	_, err := s.db.Exec(ctx, insertPerson, p.ID, p.Email, emailKey(p.Email), p.passwordHash, p.Language, p.lastWorkspace, p.createdAt, p.updatedAt)
	return emailError(err)
}

func emailError(err error) error {
	if db.IsUnique(err) {
		return ErrEmailTaken.WithCause(err)
	}
	return err
}

const updatePerson = `UPDATE people SET email = $2, email_key = $3, password_hash = $4, language = $5, updated_at = $6 WHERE id = $1`

func (s *Service) updatePerson(ctx context.Context, p Person) error {
	_, err := s.db.Exec(ctx, updatePerson, p.ID, p.Email, emailKey(p.Email), p.passwordHash, p.Language, s.now().UnixMilli())
	return emailError(err)
}

const leadTo = `UPDATE people SET last_workspace = $2 WHERE id = $1`

const removePerson = `DELETE FROM people WHERE id = $1`

// personColumns are what scanPerson reads.
const personColumns = `id, email, password_hash, language, last_workspace, created_at, updated_at`

const personByEmail = `SELECT ` + personColumns + ` FROM people WHERE email_key = $1`

// byEmail finds who has an e-mail, or ErrNotFound.
func (s *Service) byEmail(ctx context.Context, email string) (Person, error) {
	return scanPerson(s.db.QueryRow(ctx, personByEmail, emailKey(email)))
}

const personByID = `SELECT ` + personColumns + ` FROM people WHERE id = $1`

func (s *Service) person(ctx context.Context, personID string) (Person, error) {
	return scanPerson(s.db.QueryRow(ctx, personByID, personID))
}

func scanPerson(row dbutil.Scannable) (p Person, err error) {
	err = row.Scan(&p.ID, &p.Email, &p.passwordHash, &p.Language, &p.lastWorkspace, &p.createdAt, &p.updatedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return Person{}, ErrNotFound
	}
	if err != nil {
		return Person{}, fmt.Errorf("read person: %w", err)
	}
	return p, nil
}

//sql:global a person may work in several workspaces
const placesOf = `SELECT m.workspace_id, m.id, w.name, m.role FROM members m JOIN workspaces w ON w.id = m.workspace_id
	WHERE m.person_id = $1 ORDER BY w.name, w.id`

// places are all workspaces of a person, by name.
func (s *Service) places(ctx context.Context, personID string) ([]Place, error) {
	rows, err := s.db.Query(ctx, placesOf, personID)
	if err != nil {
		return nil, fmt.Errorf("read a person's workspaces: %w", err)
	}
	defer rows.Close()
	all := []Place{}
	for rows.Next() {
		var p Place
		if err := rows.Scan(&p.WorkspaceID, &p.MemberID, &p.Name, &p.Role); err != nil {
			return nil, fmt.Errorf("read a person's workspaces: %w", err)
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// changePerson stores what of a change is the person's own: the e-mail, and the password when hash is not empty, which
// ends the person's sessions.
func (s *Service) changePerson(ctx context.Context, by Principal, before Member, m *Member, hash string) error {
	if before.Email == m.Email && hash == "" {
		return nil
	}
	if err := s.mayActFor(ctx, by, before); err != nil {
		return err
	}
	if m.person.Email != m.Email {
		m.person.Email = m.Email
		if err := s.writeEverywhere(ctx, m.person.ID, "email.changed", map[string]string{"from": before.Email, "to": m.Email}); err != nil {
			return err
		}
	}
	if hash != "" {
		m.person.passwordHash = hash
		if err := s.endSessionsOf(ctx, m.person.ID, ""); err != nil {
			return err
		}
		if err := s.writeEverywhere(ctx, m.person.ID, "password.changed", nil); err != nil {
			return err
		}
	}
	return s.updatePerson(ctx, m.person)
}

// mayActFor refuses what would give by a hold on a person in a workspace where by is not an owner: whoever sets a
// person's password could sign in as them everywhere. ErrElsewhere.
func (s *Service) mayActFor(ctx context.Context, by Principal, m Member) error {
	if by.PersonID == m.person.ID {
		return nil
	}
	theirs, err := s.places(ctx, m.person.ID)
	if err != nil {
		return err
	}
	for _, p := range theirs {
		if p.WorkspaceID == by.WorkspaceID {
			continue
		}
		mine, err := s.ofPerson(ctx, p.WorkspaceID, by.PersonID)
		if errors.Is(err, ErrNotFound) || err == nil && mine.Role != Owner {
			return ErrElsewhere
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetIfNowhere removes a person who is a member of no workspace any more, with all that is theirs.
func (s *Service) forgetIfNowhere(ctx context.Context, personID string) error {
	left, err := s.places(ctx, personID)
	if err != nil || len(left) > 0 {
		return err
	}
	if err := s.endSessionsOf(ctx, personID, ""); err != nil {
		return err
	}
	if err := s.factors.Forget(ctx, personID); err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, removePerson, personID)
	return err
}

// writeEverywhere writes a deed that is about a person's sign-in into the log of each workspace that they work in.
func (s *Service) writeEverywhere(ctx context.Context, personID string, deed audit.Deed, detail map[string]string) error {
	all, err := s.places(ctx, personID)
	if err != nil {
		return err
	}
	for _, p := range all {
		m, err := s.get(ctx, p.WorkspaceID, p.MemberID)
		if err != nil {
			return err
		}
		if err := s.audit.Write(ctx, p.WorkspaceID, deed, m.subject(), detail); err != nil {
			return err
		}
	}
	return nil
}
