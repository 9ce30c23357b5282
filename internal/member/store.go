package member

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

const countMembers = `SELECT COUNT(*) FROM members` //sql:global the first run is of the whole installation

// NeedsSetUp reports whether the installation has no member yet.
func (s *Service) NeedsSetUp(ctx context.Context) (bool, error) {
	var n int
	err := s.db.QueryRow(ctx, countMembers).Scan(&n)
	return n == 0, err
}

const claimSetUp = `INSERT INTO installation (one, set_up_at) VALUES (1, $1) ON CONFLICT (one) DO NOTHING`

// claimSetUp reports whether the caller is the first; on PostgreSQL the second waits here for the first's end.
func (s *Service) claimSetUp(ctx context.Context) (bool, error) {
	res, err := s.db.Exec(ctx, claimSetUp, s.now().UnixMilli())
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	return s.NeedsSetUp(ctx)
}

const insertMember = `INSERT INTO members (workspace_id, id, person_id, name, role, created_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7)`

func (s *Service) insert(ctx context.Context, m Member) error {
	_, err := s.db.Exec(ctx, insertMember, m.WorkspaceID, m.ID, m.person.ID, m.Name, m.Role, m.CreatedAt, m.UpdatedAt)
	if db.IsUnique(err) {
		return ErrMemberAlready.WithCause(err)
	}
	return err
}

const updateMember = `UPDATE members SET name = $3, role = $4, updated_at = $5 WHERE workspace_id = $1 AND id = $2`

func (s *Service) update(ctx context.Context, m Member) error {
	_, err := s.db.Exec(ctx, updateMember, m.WorkspaceID, m.ID, m.Name, m.Role, m.UpdatedAt)
	return err
}

// memberColumns are what scanMember reads, of members m and people p.
const memberColumns = `m.workspace_id, m.id, m.name, m.role, m.created_at, m.updated_at, p.id, p.email, p.password_hash, p.language,
	p.last_workspace, p.created_at, p.updated_at`

const getMember = `SELECT ` + memberColumns + ` FROM members m JOIN people p ON p.id = m.person_id
	WHERE m.workspace_id = $1 AND m.id = $2`

// Get returns one member of a workspace, or ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID, memberID string) (Member, error) {
	return s.get(ctx, workspaceID, memberID)
}

func (s *Service) get(ctx context.Context, workspaceID, memberID string) (Member, error) {
	return scanMember(s.db.QueryRow(ctx, getMember, workspaceID, memberID))
}

const memberOfPerson = `SELECT ` + memberColumns + ` FROM members m JOIN people p ON p.id = m.person_id
	WHERE m.workspace_id = $1 AND m.person_id = $2`

// ofPerson is a person as a member of a workspace, or ErrNotFound.
func (s *Service) ofPerson(ctx context.Context, workspaceID, personID string) (Member, error) {
	return scanMember(s.db.QueryRow(ctx, memberOfPerson, workspaceID, personID))
}

const listMembers = `SELECT ` + memberColumns + ` FROM members m JOIN people p ON p.id = m.person_id
	WHERE m.workspace_id = $1 ORDER BY m.id`

// List returns all members of a workspace, the oldest first.
func (s *Service) List(ctx context.Context, workspaceID string) ([]Member, error) {
	rows, err := s.db.Query(ctx, listMembers, workspaceID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []Member{}
	for rows.Next() {
		m, err := scanMember(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, rows.Err()
}

func scanMember(row dbutil.Scannable) (m Member, err error) {
	p := &m.person
	err = row.Scan(&m.WorkspaceID, &m.ID, &m.Name, &m.Role, &m.CreatedAt, &m.UpdatedAt, &p.ID, &p.Email, &p.passwordHash, &p.Language,
		&p.lastWorkspace, &p.createdAt, &p.updatedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return Member{}, ErrNotFound
	}
	if err != nil {
		return Member{}, fmt.Errorf("read member: %w", err)
	}
	m.Email = p.Email
	return m, nil
}

const countOwners = `SELECT COUNT(*) FROM members WHERE workspace_id = $1 AND role = 'owner'`

func (s *Service) countOwners(ctx context.Context, workspaceID string) (n int, err error) {
	err = s.db.QueryRow(ctx, countOwners, workspaceID).Scan(&n)
	return n, err
}

const removeMember = `DELETE FROM members WHERE workspace_id = $1 AND id = $2`

func (s *Service) remove(ctx context.Context, workspaceID, memberID string) error {
	_, err := s.db.Exec(ctx, removeMember, workspaceID, memberID)
	return err
}
