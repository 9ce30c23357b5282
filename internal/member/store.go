package member

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "members, sessions, API keys", dbutil.TxnModeOn, createTables).
		Finish()
}

func createTables(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`CREATE TABLE installation (one INTEGER PRIMARY KEY, set_up_at BIGINT NOT NULL)`,
		// An e-mail is unique over the installation, because people sign in without naming a workspace.
		`CREATE TABLE members (
			workspace_id  TEXT   NOT NULL,
			id            TEXT   NOT NULL,
			email         TEXT   NOT NULL,
			email_key     TEXT   NOT NULL UNIQUE,
			name          TEXT   NOT NULL,
			role          TEXT   NOT NULL,
			password_hash TEXT   NOT NULL,
			created_at    BIGINT NOT NULL,
			updated_at    BIGINT NOT NULL,
			PRIMARY KEY (workspace_id, id)
		)`,
		`CREATE TABLE sessions (
			token_hash   TEXT   PRIMARY KEY,
			workspace_id TEXT   NOT NULL,
			member_id    TEXT   NOT NULL,
			created_at   BIGINT NOT NULL,
			expires_at   BIGINT NOT NULL
		)`,
		`CREATE INDEX sessions_by_member ON sessions (workspace_id, member_id)`,
		`CREATE TABLE api_keys (
			workspace_id TEXT   NOT NULL,
			id           TEXT   NOT NULL,
			key_hash     TEXT   NOT NULL UNIQUE,
			name         TEXT   NOT NULL,
			hint         TEXT   NOT NULL,
			scopes       TEXT   NOT NULL,
			created_by   TEXT   NOT NULL,
			created_at   BIGINT NOT NULL,
			last_used_at BIGINT NOT NULL DEFAULT 0,
			expires_at   BIGINT NOT NULL DEFAULT 0,
			revoked_at   BIGINT NOT NULL DEFAULT 0,
			PRIMARY KEY (workspace_id, id)
		)`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

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

const insertMember = `INSERT INTO members (workspace_id, id, email, email_key, name, role, password_hash, created_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

func (s *Service) insert(ctx context.Context, m Member) error {
	_, err := s.db.Exec(ctx, insertMember, m.WorkspaceID, m.ID, m.Email, emailKey(m.Email), m.Name, m.Role, m.passwordHash,
		m.CreatedAt, m.UpdatedAt)
	return emailError(err)
}

func emailError(err error) error {
	if db.IsUnique(err) {
		return ErrEmailTaken.WithCause(err)
	}
	return err
}

const updateMember = `UPDATE members SET email = $3, email_key = $4, name = $5, role = $6, password_hash = $7, updated_at = $8
	WHERE workspace_id = $1 AND id = $2`

func (s *Service) update(ctx context.Context, m Member) error {
	_, err := s.db.Exec(ctx, updateMember, m.WorkspaceID, m.ID, m.Email, emailKey(m.Email), m.Name, m.Role, m.passwordHash, m.UpdatedAt)
	return emailError(err)
}

const setPassword = `UPDATE members SET password_hash = $3, updated_at = $4 WHERE workspace_id = $1 AND id = $2`

func (s *Service) setPassword(ctx context.Context, workspaceID, memberID, hash string, at int64) error {
	_, err := s.db.Exec(ctx, setPassword, workspaceID, memberID, hash, at)
	return err
}

const getMember = `SELECT workspace_id, id, email, name, role, password_hash, created_at, updated_at
	FROM members WHERE workspace_id = $1 AND id = $2`

// Get returns one member of a workspace, or ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID, memberID string) (Member, error) {
	return s.get(ctx, workspaceID, memberID)
}

func (s *Service) get(ctx context.Context, workspaceID, memberID string) (Member, error) {
	return scanMember(s.db.QueryRow(ctx, getMember, workspaceID, memberID))
}

//sql:global people sign in without naming a workspace
const memberByEmail = `SELECT workspace_id, id, email, name, role, password_hash, created_at, updated_at
	FROM members WHERE email_key = $1`

func (s *Service) byEmail(ctx context.Context, key string) (Member, error) {
	return scanMember(s.db.QueryRow(ctx, memberByEmail, key))
}

const listMembers = `SELECT workspace_id, id, email, name, role, password_hash, created_at, updated_at
	FROM members WHERE workspace_id = $1 ORDER BY id`

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
	err = row.Scan(&m.WorkspaceID, &m.ID, &m.Email, &m.Name, &m.Role, &m.passwordHash, &m.CreatedAt, &m.UpdatedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return Member{}, ErrNotFound
	}
	if err != nil {
		return Member{}, fmt.Errorf("read member: %w", err)
	}
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

const insertSession = `INSERT INTO sessions (token_hash, workspace_id, member_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`

func (s *Service) insertSession(ctx context.Context, hash string, m Member, now, expires int64) error {
	_, err := s.db.Exec(ctx, insertSession, hash, m.WorkspaceID, m.ID, now, expires)
	return err
}

//sql:global the token is all that a browser shows; it says which workspace
const sessionMember = `SELECT m.workspace_id, m.id, m.role FROM sessions s
	JOIN members m ON m.workspace_id = s.workspace_id AND m.id = s.member_id
	WHERE s.token_hash = $1 AND s.expires_at > $2`

func (s *Service) bySession(ctx context.Context, hash string, now int64) (p Principal, err error) {
	err = s.db.QueryRow(ctx, sessionMember, hash, now).Scan(&p.WorkspaceID, &p.MemberID, &p.Role)
	if errors.Is(err, sql.ErrNoRows) {
		return Principal{}, ErrSignIn
	}
	return p, err
}

const removeSession = `DELETE FROM sessions WHERE workspace_id = $1 AND token_hash = $2`

func (s *Service) removeSession(ctx context.Context, workspaceID, hash string) error {
	_, err := s.db.Exec(ctx, removeSession, workspaceID, hash)
	return err
}

const endSessions = `DELETE FROM sessions WHERE workspace_id = $1 AND member_id = $2 AND token_hash <> $3`

// endSessions ends all sessions of a member but the one with the hash keep.
func (s *Service) endSessions(ctx context.Context, workspaceID, memberID, keep string) error {
	_, err := s.db.Exec(ctx, endSessions, workspaceID, memberID, keep)
	return err
}

const sweepSessions = `DELETE FROM sessions WHERE expires_at <= $1` //sql:global what is over is over in all workspaces

func (s *Service) sweepSessions(ctx context.Context, now int64) error {
	_, err := s.db.Exec(ctx, sweepSessions, now)
	return err
}

const insertKey = `INSERT INTO api_keys (workspace_id, id, key_hash, name, hint, scopes, created_by, created_at, expires_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

func (s *Service) insertKey(ctx context.Context, workspaceID string, k Key, hash string) error {
	scopes, err := json.Marshal(k.Scopes)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, insertKey, workspaceID, k.ID, hash, k.Name, k.Hint, string(scopes), k.CreatedBy, k.CreatedAt, k.ExpiresAt)
	return err
}

//sql:global the key is all that a script shows; it says which workspace
const keyByHash = `SELECT workspace_id, id, scopes, expires_at, revoked_at FROM api_keys WHERE key_hash = $1`

func (s *Service) keyByHash(ctx context.Context, hash string) (k storedKey, err error) {
	var scopes string
	err = s.db.QueryRow(ctx, keyByHash, hash).Scan(&k.principal.WorkspaceID, &k.principal.KeyID, &scopes, &k.expiresAt, &k.revokedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return storedKey{}, ErrKey
	}
	if err != nil {
		return storedKey{}, fmt.Errorf("read API key: %w", err)
	}
	k.principal.Role = Admin
	if err := json.Unmarshal([]byte(scopes), &k.principal.Scopes); err != nil {
		return storedKey{}, fmt.Errorf("read the scopes of API key %s: %w", k.principal.KeyID, err)
	}
	return k, nil
}

const listKeys = `SELECT id, name, hint, scopes, created_by, created_at, last_used_at, expires_at, revoked_at
	FROM api_keys WHERE workspace_id = $1 ORDER BY id`

// ListKeys returns all API keys of a workspace, revoked ones too, the oldest first.
func (s *Service) ListKeys(ctx context.Context, workspaceID string) ([]Key, error) {
	rows, err := s.db.Query(ctx, listKeys, workspaceID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []Key{}
	for rows.Next() {
		var k Key
		var scopes string
		err := rows.Scan(&k.ID, &k.Name, &k.Hint, &scopes, &k.CreatedBy, &k.CreatedAt, &k.LastUsedAt, &k.ExpiresAt, &k.RevokedAt)
		if err == nil {
			err = json.Unmarshal([]byte(scopes), &k.Scopes)
		}
		if err != nil {
			return nil, fmt.Errorf("read API key: %w", err)
		}
		all = append(all, k)
	}
	return all, rows.Err()
}

const revokeKey = `UPDATE api_keys SET revoked_at = CASE WHEN revoked_at = 0 THEN $3 ELSE revoked_at END
	WHERE workspace_id = $1 AND id = $2`

func (s *Service) revokeKey(ctx context.Context, workspaceID, keyID string, at int64) error {
	res, err := s.db.Exec(ctx, revokeKey, workspaceID, keyID, at)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrKeyNotFound)
	}
	return nil
}

const touchKey = `UPDATE api_keys SET last_used_at = $3 WHERE workspace_id = $1 AND id = $2`

func (s *Service) touchKey(ctx context.Context, workspaceID, keyID string, at int64) error {
	_, err := s.db.Exec(ctx, touchKey, workspaceID, keyID, at)
	return err
}
