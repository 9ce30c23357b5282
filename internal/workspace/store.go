package workspace

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"
)

func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "workspaces", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `CREATE TABLE workspaces (
				id         TEXT   PRIMARY KEY,
				name       TEXT   NOT NULL,
				timezone   TEXT   NOT NULL,
				locale     TEXT   NOT NULL,
				settings   TEXT   NOT NULL,
				created_at BIGINT NOT NULL,
				updated_at BIGINT NOT NULL
			)`)
			return err
		}).Finish()
}

// keep is the settings as they are stored.
func (w Workspace) keep() (string, error) {
	settings, err := json.Marshal(struct {
		Settings
		OptOut keptOptOut `json:"opt_out"` // in the place of the whole
	}{w.Settings, w.Settings.OptOut.kept(w.Locale)})
	if err != nil {
		return "", fmt.Errorf("write settings: %w", err)
	}
	return string(settings), nil
}

const insertWorkspace = `INSERT INTO workspaces (id, name, timezone, locale, settings, created_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7)`

func (s *Service) insert(ctx context.Context, w Workspace) error {
	settings, err := w.keep()
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, insertWorkspace, w.ID, w.Name, w.Timezone, w.Locale, settings, w.CreatedAt, w.UpdatedAt)
	return err
}

const getWorkspace = `SELECT id, name, timezone, locale, settings, created_at, updated_at FROM workspaces WHERE id = $1`

// Get returns one workspace, or ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID string) (Workspace, error) {
	return scan(s.db.QueryRow(ctx, getWorkspace, workspaceID))
}

const listWorkspaces = `SELECT id, name, timezone, locale, settings, created_at, updated_at FROM workspaces ORDER BY id`

// All returns every workspace of the installation, the oldest first; for the operator and for background work.
func (s *Service) All(ctx context.Context) ([]Workspace, error) {
	rows, err := s.db.Query(ctx, listWorkspaces)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Workspace
	for rows.Next() {
		w, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, rows.Err()
}

func scan(row dbutil.Scannable) (w Workspace, err error) {
	var settings string
	err = row.Scan(&w.ID, &w.Name, &w.Timezone, &w.Locale, &settings, &w.CreatedAt, &w.UpdatedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return Workspace{}, ErrNotFound
	}
	if err != nil {
		return Workspace{}, fmt.Errorf("read workspace: %w", err)
	}
	w.Settings = Defaults()
	w.Settings.OptOut = DefaultOptOut(w.Locale)
	if err := json.Unmarshal([]byte(settings), &w.Settings); err != nil {
		return Workspace{}, fmt.Errorf("read the settings of workspace %s: %w", w.ID, err)
	}
	return w, nil
}

const updateWorkspace = `UPDATE workspaces SET name = $2, timezone = $3, locale = $4, settings = $5, updated_at = $6 WHERE id = $1`

func (s *Service) update(ctx context.Context, w Workspace) error {
	settings, err := w.keep()
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, updateWorkspace, w.ID, w.Name, w.Timezone, w.Locale, settings, w.UpdatedAt)
	return err
}

// An update that changes nothing takes the row's lock on both engines.
const lockWorkspace = `UPDATE workspaces SET updated_at = updated_at WHERE id = $1`

// Lock makes other transactions that lock the same workspace wait until the one in ctx ends. ErrNotFound.
func (s *Service) Lock(ctx context.Context, workspaceID string) error {
	res, err := s.db.Exec(ctx, lockWorkspace, workspaceID)
	if err != nil {
		return fmt.Errorf("lock workspace: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNotFound)
	}
	return nil
}

const deleteWorkspace = `DELETE FROM workspaces WHERE id = $1`

// Delete removes the row of a workspace of which nothing else is left. Twice is fine.
func (s *Service) Delete(ctx context.Context, workspaceID string) error {
	_, err := s.db.Exec(ctx, deleteWorkspace, workspaceID)
	return err
}
