package file

import (
	"context"
	"time"

	"go.mau.fi/util/dbutil"
)

// trashFor is how long bytes stay after their last file is gone: longer than it takes to add a file of the same bytes.
const trashFor = 10 * time.Minute

const (
	selectBytes = `SELECT sha256 FROM files WHERE workspace_id = $1 AND id = $2`
	deleteFile  = `DELETE FROM files WHERE workspace_id = $1 AND id = $2`
	insertTrash = `INSERT INTO file_trash (workspace_id, sha256, at) VALUES ($1, $2, $3) ON CONFLICT (workspace_id, sha256) DO UPDATE SET at = excluded.at`
	deleteTrash = `DELETE FROM file_trash WHERE workspace_id = $1 AND sha256 = $2`
	countBytes  = `SELECT COUNT(*) FROM files WHERE workspace_id = $1 AND sha256 = $2`
	// On both engines an update that changes nothing takes the row's lock.
	lockTrash = `UPDATE file_trash SET at = at WHERE workspace_id = $1 AND sha256 = $2`
)

// Erase forgets files for good; whoever still names one is told that it is not there. Their bytes go some minutes later,
// unless another file has the same. Ids that are not there are fine.
func (s *Service) Erase(ctx context.Context, workspaceID string, fileIDs ...string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		for _, fileID := range fileIDs {
			rows, err := s.db.Query(ctx, selectBytes, workspaceID, fileID)
			sums, err := dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
			if err != nil {
				return err
			}
			for _, sum := range sums {
				if _, err := s.db.Exec(ctx, deleteFile, workspaceID, fileID); err != nil {
					return err
				}
				if _, err := s.db.Exec(ctx, insertTrash, workspaceID, sum, s.now().UnixMilli()); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// EraseWorkspace removes the bytes of everything that is kept for a workspace.
func (s *Service) EraseWorkspace(ctx context.Context, workspaceID string) error {
	return s.blobs.DeleteAll(ctx, workspaceID)
}

//sql:global the bytes of all workspaces go after the same time
const selectTrash = `SELECT workspace_id, sha256 FROM file_trash WHERE at <= $1 ORDER BY at LIMIT 100`

type thrown struct{ workspaceID, sha256 string }

// Sweep throws away the bytes that have had no file for some minutes before now.
func (s *Service) Sweep(ctx context.Context, now time.Time) error {
	for {
		rows, err := s.db.Query(ctx, selectTrash, now.Add(-trashFor).UnixMilli())
		list, err := dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (t thrown, err error) {
			err = r.Scan(&t.workspaceID, &t.sha256)
			return t, err
		}, err).AsList()
		if err != nil || len(list) == 0 {
			return err
		}
		for _, t := range list {
			if err := s.throwAway(ctx, t); err != nil {
				return err
			}
		}
	}
}

// throwAway removes bytes unless a file has them. Whoever adds such a file meanwhile waits for the end of it, and then
// keeps its bytes again.
func (s *Service) throwAway(ctx context.Context, t thrown) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		res, err := s.db.Exec(ctx, lockTrash, t.workspaceID, t.sha256)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		var wanted int
		if err := s.db.QueryRow(ctx, countBytes, t.workspaceID, t.sha256).Scan(&wanted); err != nil {
			return err
		}
		if wanted == 0 {
			if err := s.blobs.Delete(ctx, File{WorkspaceID: t.workspaceID, SHA256: t.sha256}.key()); err != nil {
				return err
			}
		}
		_, err = s.db.Exec(ctx, deleteTrash, t.workspaceID, t.sha256)
		return err
	})
}

// run throws bytes away, every few minutes. What fails is tried the next time.
func (s *Service) run(ctx context.Context) error {
	t := time.NewTicker(trashFor / 2)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			_ = s.Sweep(ctx, s.now())
		}
	}
}
