package takeout

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// upgrades are the migrations of the table takeouts. takeouts_one allows a workspace one that is under way.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "takeouts", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{
				`CREATE TABLE takeouts (
					workspace_id  TEXT   NOT NULL,
					id            TEXT   NOT NULL,
					state         TEXT   NOT NULL,
					place         TEXT   NOT NULL,
					parts         BIGINT NOT NULL DEFAULT 0,
					done          BIGINT NOT NULL DEFAULT 0,
					total         BIGINT NOT NULL DEFAULT 0,
					size          BIGINT NOT NULL DEFAULT 0,
					problem       TEXT   NOT NULL DEFAULT '',
					by_id         TEXT   NOT NULL,
					created_at    BIGINT NOT NULL,
					updated_at    BIGINT NOT NULL,
					expires_at    BIGINT NOT NULL DEFAULT 0,
					claimed_by    TEXT   NOT NULL DEFAULT '',
					claimed_until BIGINT NOT NULL DEFAULT 0,
					PRIMARY KEY (workspace_id, id)
				)`,
				`CREATE UNIQUE INDEX takeouts_one ON takeouts (workspace_id) WHERE state IN ('queued', 'running')`,
			} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).Finish()
}

// store is the SQL of the table takeouts.
type store struct{ db *db.DB }

const columns = `workspace_id, id, state, place, parts, done, total, size, problem, by_id, created_at, updated_at, expires_at`

func scan(r dbutil.Scannable) (t Takeout, err error) {
	var at string
	err = r.Scan(&t.WorkspaceID, &t.ID, &t.State, &at, &t.Parts, &t.Done, &t.Total, &t.Size, &t.Problem, &t.ByID, &t.CreatedAt, &t.UpdatedAt, &t.ExpiresAt)
	if err != nil {
		return t, err
	}
	t.Place, err = readPlace(at)
	return t, err
}

// readPlace reads a place whose numbers are whole.
func readPlace(text string) (p place, err error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&p); err != nil {
		return p, fmt.Errorf("read the place of a takeout: %w", err)
	}
	for i, v := range p.After {
		if n, ok := v.(json.Number); ok {
			if p.After[i], err = n.Int64(); err != nil {
				return p, fmt.Errorf("read the place of a takeout: %w", err)
			}
		}
	}
	return p, nil
}

func (p place) text() string {
	b, _ := json.Marshal(p) // plain values can't fail
	return string(b)
}

const insertTakeout = `INSERT INTO takeouts (workspace_id, id, state, place, by_id, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)`

func (s store) insert(ctx context.Context, t Takeout) error {
	_, err := s.db.Exec(ctx, insertTakeout, t.WorkspaceID, t.ID, t.State, t.Place.text(), t.ByID, t.CreatedAt)
	return err
}

const selectTakeout = `SELECT ` + columns + ` FROM takeouts WHERE workspace_id = $1 AND id = $2`

func (s store) get(ctx context.Context, workspaceID, takeoutID string) (Takeout, error) {
	t, err := scan(s.db.QueryRow(ctx, selectTakeout, workspaceID, takeoutID))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return t, err
}

const selectTakeouts = `SELECT ` + columns + ` FROM takeouts WHERE workspace_id = $1 ORDER BY id DESC LIMIT 50`

func (s store) list(ctx context.Context, workspaceID string) ([]Takeout, error) {
	rows, err := s.db.Query(ctx, selectTakeouts, workspaceID)
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

const deleteTakeout = `DELETE FROM takeouts WHERE workspace_id = $1 AND id = $2`

func (s store) delete(ctx context.Context, t Takeout) (bool, error) {
	return changed(s.db.Exec(ctx, deleteTakeout, t.WorkspaceID, t.ID))
}

func changed(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

//sql:global a node writes the takeouts of all workspaces
const selectWaiting = `SELECT ` + columns + ` FROM takeouts WHERE state = 'queued' OR (state = 'running' AND claimed_until < $1) ORDER BY id LIMIT 5`

func (s store) waiting(ctx context.Context, now int64) ([]Takeout, error) {
	rows, err := s.db.Query(ctx, selectWaiting, now)
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

const claimTakeout = `UPDATE takeouts SET state = 'running', claimed_by = $3, claimed_until = $4, updated_at = $5
	WHERE workspace_id = $1 AND id = $2 AND (state = 'queued' OR (state = 'running' AND claimed_until < $5))`

func (s store) claim(ctx context.Context, t Takeout, node string, until, now int64) (bool, error) {
	return changed(s.db.Exec(ctx, claimTakeout, t.WorkspaceID, t.ID, node, until, now))
}

const holdTakeout = `UPDATE takeouts SET claimed_until = $4 WHERE workspace_id = $1 AND id = $2 AND state = 'running' AND claimed_by = $3`

// hold says that this node still writes it; false when it is gone, or another node's.
func (s store) hold(ctx context.Context, t Takeout, node string, until int64) (bool, error) {
	return changed(s.db.Exec(ctx, holdTakeout, t.WorkspaceID, t.ID, node, until))
}

//sql:global what this node was writing when it ended is anybody's
const releaseTakeouts = `UPDATE takeouts SET claimed_until = 0 WHERE state = 'running' AND claimed_by = $1`

func (s store) release(ctx context.Context, node string) error {
	_, err := s.db.Exec(ctx, releaseTakeouts, node)
	return err
}

const saveTakeout = `UPDATE takeouts SET state = $4, place = $5, parts = $6, done = $7, total = $8, size = $9, problem = $10, expires_at = $11, updated_at = $12
	WHERE workspace_id = $1 AND id = $2 AND state = 'running' AND claimed_by = $3`

// save notes how far a takeout is; false when it is gone, or another node's.
func (s store) save(ctx context.Context, t Takeout, node string, now int64) (bool, error) {
	return changed(s.db.Exec(ctx, saveTakeout, t.WorkspaceID, t.ID, node, t.State, t.Place.text(), t.Parts, t.Done, t.Total, t.Size, t.Problem, t.ExpiresAt, now))
}

//sql:global the takeouts of all workspaces can be downloaded for the same time
const selectOver = `SELECT ` + columns + ` FROM takeouts WHERE expires_at > 0 AND expires_at <= $1 ORDER BY expires_at LIMIT 20`

func (s store) over(ctx context.Context, now int64) ([]Takeout, error) {
	rows, err := s.db.Query(ctx, selectOver, now)
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}
