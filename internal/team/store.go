package team

import (
	"context"
	"strings"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "teams", dbutil.TxnModeOn, createTables).
		Finish()
}

func createTables(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`CREATE TABLE teams (
			workspace_id TEXT   NOT NULL,
			id           TEXT   NOT NULL,
			name         TEXT   NOT NULL,
			name_key     TEXT   NOT NULL,
			created_at   BIGINT NOT NULL,
			updated_at   BIGINT NOT NULL,
			PRIMARY KEY (workspace_id, id)
		)`,
		`CREATE UNIQUE INDEX teams_name ON teams (workspace_id, name_key)`,
		`CREATE TABLE team_members (
			workspace_id TEXT NOT NULL,
			team_id      TEXT NOT NULL,
			member_id    TEXT NOT NULL,
			PRIMARY KEY (workspace_id, team_id, member_id)
		)`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

const selectTeams = `SELECT t.id, t.name, t.created_at, t.updated_at, COALESCE(m.member_id, '') FROM teams t
	LEFT JOIN team_members m ON m.workspace_id = t.workspace_id AND m.team_id = t.id
	WHERE t.workspace_id = $1 AND ($2 = '' OR t.id = $2) ORDER BY t.name_key, t.id, m.member_id`

// List returns the teams of a workspace by name.
func (s *Service) List(ctx context.Context, workspaceID string) ([]Team, error) {
	return s.read(ctx, workspaceID, "")
}

// Get returns one team. ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID, teamID string) (Team, error) {
	if teamID == "" {
		return Team{}, ErrNotFound
	}
	list, err := s.read(ctx, workspaceID, teamID)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Team{}, err
	}
	return list[0], nil
}

func (s *Service) read(ctx context.Context, workspaceID, teamID string) (out []Team, err error) {
	rows, err := s.db.Query(ctx, selectTeams, workspaceID, teamID)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		t := Team{WorkspaceID: workspaceID, MemberIDs: []string{}}
		var memberID string
		if err := rows.Scan(&t.ID, &t.Name, &t.CreatedAt, &t.UpdatedAt, &memberID); err != nil {
			return nil, err
		}
		if len(out) == 0 || out[len(out)-1].ID != t.ID {
			out = append(out, t)
		}
		if last := &out[len(out)-1]; memberID != "" {
			last.MemberIDs = append(last.MemberIDs, memberID)
		}
	}
	return out, rows.Err()
}

const putTeam = `INSERT INTO teams (workspace_id, id, name, name_key, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, updated_at = excluded.updated_at`

const deleteTeamMembers = `DELETE FROM team_members WHERE workspace_id = $1 AND team_id = $2`

const addTeamMember = `INSERT INTO team_members (workspace_id, team_id, member_id) VALUES ($1, $2, $3)`

// put writes a team as it is now. ErrTaken.
func (s *Service) put(ctx context.Context, t Team) error {
	_, err := s.db.Exec(ctx, putTeam, t.WorkspaceID, t.ID, t.Name, strings.ToLower(t.Name), t.CreatedAt, t.UpdatedAt)
	if db.IsUnique(err) {
		return ErrTaken
	}
	if err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, deleteTeamMembers, t.WorkspaceID, t.ID); err != nil {
		return err
	}
	for _, m := range t.MemberIDs {
		if _, err := s.db.Exec(ctx, addTeamMember, t.WorkspaceID, t.ID, m); err != nil {
			return err
		}
	}
	return nil
}

const deleteTeam = `DELETE FROM teams WHERE workspace_id = $1 AND id = $2`

func (s *Service) remove(ctx context.Context, workspaceID, teamID string) error {
	if _, err := s.db.Exec(ctx, deleteTeamMembers, workspaceID, teamID); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, deleteTeam, workspaceID, teamID)
	return err
}
