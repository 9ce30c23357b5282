package member

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

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
const keyByHash = `SELECT workspace_id, id, name, scopes, expires_at, revoked_at FROM api_keys WHERE key_hash = $1`

func (s *Service) keyByHash(ctx context.Context, hash string) (k storedKey, err error) {
	var scopes string
	err = s.db.QueryRow(ctx, keyByHash, hash).Scan(&k.principal.WorkspaceID, &k.principal.KeyID, &k.principal.Name, &scopes, &k.expiresAt, &k.revokedAt)
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
		if k.Scopes == nil { // written as null once
			k.Scopes = []httpx.Need{}
		}
		if err != nil {
			return nil, fmt.Errorf("read API key: %w", err)
		}
		all = append(all, k)
	}
	return all, rows.Err()
}

const revokeKey = `UPDATE api_keys SET revoked_at = CASE WHEN revoked_at = 0 THEN $3 ELSE revoked_at END
	WHERE workspace_id = $1 AND id = $2 RETURNING name`

// revokeKey returns the key's name. It runs in a transaction.
func (s *Service) revokeKey(ctx context.Context, workspaceID, keyID string, at int64) (name string, err error) {
	err = s.db.QueryRow(ctx, revokeKey, workspaceID, keyID, at).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrKeyNotFound
	}
	return name, err
}

const touchKey = `UPDATE api_keys SET last_used_at = $3 WHERE workspace_id = $1 AND id = $2`

func (s *Service) touchKey(ctx context.Context, workspaceID, keyID string, at int64) error {
	_, err := s.db.Exec(ctx, touchKey, workspaceID, keyID, at)
	return err
}
