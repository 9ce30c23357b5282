package importer

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// store is the SQL of the tables imports and import_lines.
type store struct{ db *db.DB }

const columns = `workspace_id, id, file_id, filename, state, header, samples, options, total, done, counts, problem, by_id, created_at, updated_at`

func scan(r dbutil.Scannable) (i Import, err error) {
	var header, samples, options, counts string
	if err = r.Scan(&i.WorkspaceID, &i.ID, &i.FileID, &i.Filename, &i.State, &header, &samples, &options, &i.Total, &i.Done, &counts,
		&i.Problem, &i.ByID, &i.CreatedAt, &i.UpdatedAt); err != nil {
		return i, err
	}
	for text, to := range map[string]any{header: &i.Header, samples: &i.Samples, options: &i.Options, counts: &i.Counts} {
		if err := json.Unmarshal([]byte(text), to); err != nil {
			return i, fmt.Errorf("read an import: %w", err)
		}
	}
	return i, nil
}

func text(v any) string {
	b, _ := json.Marshal(v) // plain values can't fail
	return string(b)
}

const insertImport = `INSERT INTO imports (workspace_id, id, file_id, filename, state, header, samples, options, total, by_id, created_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)`

func (s store) insert(ctx context.Context, i Import) error {
	_, err := s.db.Exec(ctx, insertImport, i.WorkspaceID, i.ID, i.FileID, i.Filename, i.State, text(i.Header), text(i.Samples), text(i.Options), i.Total, i.ByID, i.CreatedAt)
	return err
}

const selectImport = `SELECT ` + columns + ` FROM imports WHERE workspace_id = $1 AND id = $2`

func (s store) get(ctx context.Context, workspaceID, id string) (Import, error) {
	i, err := scan(s.db.QueryRow(ctx, selectImport, workspaceID, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return i, err
}

const selectImports = `SELECT ` + columns + ` FROM imports WHERE workspace_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`

// list returns imports, the newest first, that are older than one.
func (s store) list(ctx context.Context, workspaceID, before string, n int) ([]Import, error) {
	rows, err := s.db.Query(ctx, selectImports, workspaceID, before, n)
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

const setState = `UPDATE imports SET state = $4, options = $5, updated_at = $6, claimed_until = 0 WHERE workspace_id = $1 AND id = $2 AND state = $3`

// move takes an import from one state to another; false when it is in none such.
func (s store) move(ctx context.Context, i Import, from State, now int64) (bool, error) {
	return changed(s.db.Exec(ctx, setState, i.WorkspaceID, i.ID, from, i.State, text(i.Options), now))
}

func changed(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

//sql:global a node runs the imports of all workspaces
const selectWaiting = `SELECT ` + columns + ` FROM imports WHERE state = 'queued' OR (state = 'running' AND claimed_until < $1) ORDER BY id LIMIT 5`

func (s store) waiting(ctx context.Context, now int64) ([]Import, error) {
	rows, err := s.db.Query(ctx, selectWaiting, now)
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

const claimImport = `UPDATE imports SET state = 'running', claimed_by = $3, claimed_until = $4, updated_at = $5
	WHERE workspace_id = $1 AND id = $2 AND (state = 'queued' OR (state = 'running' AND claimed_until < $5))`

func (s store) claim(ctx context.Context, i Import, node string, until, now int64) (bool, error) {
	return changed(s.db.Exec(ctx, claimImport, i.WorkspaceID, i.ID, node, until, now))
}

//sql:global what this node was running when it ended is anybody's
const releaseImports = `UPDATE imports SET claimed_until = 0 WHERE state = 'running' AND claimed_by = $1`

func (s store) release(ctx context.Context, node string) error {
	_, err := s.db.Exec(ctx, releaseImports, node)
	return err
}

const advanceImport = `UPDATE imports SET done = $5, counts = $6, claimed_until = $7, updated_at = $8
	WHERE workspace_id = $1 AND id = $2 AND state = 'running' AND claimed_by = $3 AND done = $4`

// advance notes a chunk; false when the import was cancelled or is another node's.
func (s store) advance(ctx context.Context, i Import, node string, from int, until, now int64) (bool, error) {
	return changed(s.db.Exec(ctx, advanceImport, i.WorkspaceID, i.ID, node, from, i.Done, text(i.Counts), until, now))
}

const finishImport = `UPDATE imports SET state = $4, problem = $5, updated_at = $6 WHERE workspace_id = $1 AND id = $2 AND state = 'running' AND claimed_by = $3`

func (s store) finish(ctx context.Context, i Import, node string, now int64) (bool, error) {
	return changed(s.db.Exec(ctx, finishImport, i.WorkspaceID, i.ID, node, i.State, i.Problem, now))
}

const insertLines = `INSERT INTO import_lines (workspace_id, import_id, first_done, lines) VALUES ($1, $2, $3, $4)`

func (s store) addLines(ctx context.Context, i Import, first int, lines []Line) error {
	_, err := s.db.Exec(ctx, insertLines, i.WorkspaceID, i.ID, first, text(lines))
	return err
}

const selectLines = `SELECT first_done, lines FROM import_lines WHERE workspace_id = $1 AND import_id = $2 AND first_done > $3 ORDER BY first_done LIMIT 20`

// lines returns some chunks behind one; -1 begins. next is what to ask for then.
func (s store) lines(ctx context.Context, i Import, after int) (all []Line, next int, err error) {
	next = after
	rows, err := s.db.Query(ctx, selectLines, i.WorkspaceID, i.ID, after)
	err = dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (chunk []Line, err error) {
		var body string
		if err = r.Scan(&next, &body); err != nil {
			return nil, err
		}
		return chunk, json.Unmarshal([]byte(body), &chunk)
	}, err).Iter(func(chunk []Line) (bool, error) {
		all = append(all, chunk...)
		return true, nil
	})
	return all, next, err
}

const deleteLines = `DELETE FROM import_lines WHERE workspace_id = $1 AND import_id = $2`

const deleteImport = `DELETE FROM imports WHERE workspace_id = $1 AND id = $2 AND state NOT IN ('queued', 'running')`

func (s store) delete(ctx context.Context, i Import) (bool, error) {
	if _, err := s.db.Exec(ctx, deleteLines, i.WorkspaceID, i.ID); err != nil {
		return false, err
	}
	return changed(s.db.Exec(ctx, deleteImport, i.WorkspaceID, i.ID))
}
