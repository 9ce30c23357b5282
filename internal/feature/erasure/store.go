package erasure

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// upgrades are the migrations of the tables erasures and closings.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "erasures and closings", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{
				`CREATE TABLE erasures (
					workspace_id TEXT   NOT NULL,
					id           TEXT   NOT NULL,
					names        TEXT   NOT NULL,
					files        TEXT   NOT NULL,
					place        TEXT   NOT NULL,
					created_at   BIGINT NOT NULL,
					due_at       BIGINT NOT NULL,
					PRIMARY KEY (workspace_id, id)
				)`,
				`CREATE TABLE closings (
					workspace_id TEXT   NOT NULL,
					state        TEXT   NOT NULL,
					by_id        TEXT   NOT NULL,
					by_name      TEXT   NOT NULL,
					asked_at     BIGINT NOT NULL,
					due_at       BIGINT NOT NULL,
					next_at      BIGINT NOT NULL,
					PRIMARY KEY (workspace_id)
				)`,
			} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).Finish()
}

// store is the SQL of the tables erasures and closings, and of the rows of every table that a workspace has.
type store struct{ db *db.DB }

func text(v any) string {
	b, _ := json.Marshal(v) // plain values can't fail
	return string(b)
}

const insertTrace = `INSERT INTO erasures (workspace_id, id, names, files, place, created_at, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

func (s store) insertTrace(ctx context.Context, t trace) error {
	_, err := s.db.Exec(ctx, insertTrace, t.workspaceID, t.id, text(t.names), text(t.files), text(t.place), t.createdAt, t.dueAt)
	return err
}

//sql:global a node erases for all workspaces
const dueTraces = `SELECT workspace_id, id, names, files, place, created_at, due_at FROM erasures WHERE due_at <= $1 ORDER BY id LIMIT 20`

func (s store) dueTraces(ctx context.Context, now int64) ([]trace, error) {
	rows, err := s.db.Query(ctx, dueTraces, now)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (t trace, err error) {
		var names, files, at string
		if err := r.Scan(&t.workspaceID, &t.id, &names, &files, &at, &t.createdAt, &t.dueAt); err != nil {
			return t, err
		}
		for text, to := range map[*string]any{&names: &t.names, &files: &t.files, &at: &t.place} {
			if err := json.Unmarshal([]byte(*text), to); err != nil {
				return t, fmt.Errorf("read an erasure: %w", err)
			}
		}
		return t, nil
	}, err).AsList()
}

const saveTrace = `UPDATE erasures SET files = $3, place = $4, due_at = $5 WHERE workspace_id = $1 AND id = $2`

func (s store) saveTrace(ctx context.Context, t trace) error {
	_, err := s.db.Exec(ctx, saveTrace, t.workspaceID, t.id, text(t.files), text(t.place), t.dueAt)
	return err
}

const deleteTrace = `DELETE FROM erasures WHERE workspace_id = $1 AND id = $2`

func (s store) deleteTrace(ctx context.Context, t trace) error {
	_, err := s.db.Exec(ctx, deleteTrace, t.workspaceID, t.id)
	return err
}

// eachText passes every text of a workspace's rows in a table to fn.
func (s store) eachText(ctx context.Context, t db.Table, workspaceID string, fn func(string)) error {
	var names []string
	for _, c := range t.Columns {
		if c.Text && c.Name != "workspace_id" {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	//sql:built the names are the database's own
	rows, err := s.db.Query(ctx, `SELECT `+strings.Join(names, ", ")+` FROM `+t.Name+` WHERE workspace_id = $1`, workspaceID)
	if err != nil {
		return fmt.Errorf("look through %s: %w", t.Name, err)
	}
	defer func() { _ = rows.Close() }()
	values, into := make([]sql.NullString, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("look through %s: %w", t.Name, err)
		}
		for _, v := range values {
			fn(v.String)
		}
	}
	return rows.Err()
}

// deleteSome deletes up to n rows of a workspace from a table. How many those were.
func (s store) deleteSome(ctx context.Context, t db.Table, workspaceID string, n int) (int64, error) {
	row := "rowid"
	if s.db.Postgres() {
		row = "ctid"
	}
	//sql:built the names are the database's own
	res, err := s.db.Exec(ctx, `DELETE FROM `+t.Name+` WHERE workspace_id = $1 AND `+row+` IN (SELECT `+row+` FROM `+t.Name+` WHERE workspace_id = $1 LIMIT $2)`, workspaceID, n)
	if err != nil {
		return 0, fmt.Errorf("delete from %s: %w", t.Name, err)
	}
	return res.RowsAffected()
}

const closingColumns = `workspace_id, state, by_id, by_name, asked_at, due_at, next_at`

func scanClosing(r dbutil.Scannable) (c Closing, err error) {
	err = r.Scan(&c.WorkspaceID, &c.State, &c.ByID, &c.ByName, &c.AskedAt, &c.DueAt, &c.nextAt)
	return c, err
}

const insertClosing = `INSERT INTO closings (workspace_id, state, by_id, by_name, asked_at, due_at, next_at) VALUES ($1, $2, $3, $4, $5, $6, $6)`

func (s store) insertClosing(ctx context.Context, c Closing) error {
	_, err := s.db.Exec(ctx, insertClosing, c.WorkspaceID, c.State, c.ByID, c.ByName, c.AskedAt, c.DueAt)
	return err
}

const selectClosing = `SELECT ` + closingColumns + ` FROM closings WHERE workspace_id = $1`

func (s store) closing(ctx context.Context, workspaceID string) (Closing, error) {
	c, err := scanClosing(s.db.QueryRow(ctx, selectClosing, workspaceID))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotClosing
	}
	return c, err
}

const undoClosing = `DELETE FROM closings WHERE workspace_id = $1 AND state = 'waiting'`

// undo forgets a closing that has not begun; false when there is none.
func (s store) undo(ctx context.Context, workspaceID string) (bool, error) {
	res, err := s.db.Exec(ctx, undoClosing, workspaceID)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

//sql:global a node closes all workspaces whose time has come
const dueClosings = `SELECT ` + closingColumns + ` FROM closings WHERE next_at <= $1 ORDER BY next_at LIMIT 5`

func (s store) dueClosings(ctx context.Context, now int64) ([]Closing, error) {
	rows, err := s.db.Query(ctx, dueClosings, now)
	return dbutil.NewRowIterWithError(rows, scanClosing, err).AsList()
}

const moveClosing = `UPDATE closings SET state = $3, next_at = $4 WHERE workspace_id = $1 AND state = $2`

// move takes a closing from one state to another, due again at a time; false when it is in none such.
func (s store) move(ctx context.Context, c Closing, to ClosingState, nextAt int64) (bool, error) {
	res, err := s.db.Exec(ctx, moveClosing, c.WorkspaceID, c.State, to, nextAt)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

const deleteClosing = `DELETE FROM closings WHERE workspace_id = $1`

func (s store) deleteClosing(ctx context.Context, workspaceID string) error {
	_, err := s.db.Exec(ctx, deleteClosing, workspaceID)
	return err
}
