package event

import (
	"context"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// store is the SQL of this package.
type store struct{ db *db.DB }

const columns = `workspace_id, id, seq, type, version, device_id, subject, at, data`

func scan(r dbutil.Scannable) (e Event, err error) {
	var data string
	err = r.Scan(&e.WorkspaceID, &e.ID, &e.Seq, &e.Type, &e.Version, &e.DeviceID, &e.Subject, &e.At, &data)
	e.Data = []byte(data)
	return e, err
}

// On SQLite one transaction writes at a time, so the next number is the next in the order of commits. On PostgreSQL
// ($9 is 0) the row waits for its number until it is committed, see number.
const insertEvent = `INSERT INTO events (workspace_id, id, seq, type, version, device_id, subject, at, data)
	VALUES ($1, $2, CASE WHEN $9 = 1 THEN (SELECT COALESCE(MAX(seq), 0) + 1 FROM events WHERE workspace_id = $1) ELSE NULL END,
		$3, $4, $5, $6, $7, $8)`

func (s store) insert(ctx context.Context, e Event) error {
	numbered := 1
	if s.db.Postgres() {
		numbered = 0
	}
	_, err := s.db.Exec(ctx, insertEvent, e.WorkspaceID, e.ID, string(e.Type), e.Version, e.DeviceID, e.Subject, e.At,
		db.Text(string(e.Data)), numbered)
	if err != nil {
		return fmt.Errorf("store event %s: %w", e.Type, err)
	}
	return nil
}

const selectBounds = `SELECT COALESCE(MIN(f.seq), 0), COALESCE(MAX(l.seq), 0)
	FROM (SELECT seq FROM events WHERE workspace_id = $1 AND seq > 0 ORDER BY seq LIMIT 1) f,
	     (SELECT seq FROM events WHERE workspace_id = $1 AND seq > 0 ORDER BY seq DESC LIMIT 1) l`

func (s store) bounds(ctx context.Context, workspaceID string) (oldest, last int64, err error) {
	err = s.db.QueryRow(ctx, selectBounds, workspaceID).Scan(&oldest, &last)
	return oldest, last, err
}

const selectWritten = `SELECT at FROM events WHERE workspace_id = $1 AND seq >= $2 ORDER BY seq LIMIT 1`

// writtenAt is when an event was written (unix ms), or the next that there is.
func (s store) writtenAt(ctx context.Context, workspaceID string, seq int64) (at int64, err error) {
	err = s.db.QueryRow(ctx, selectWritten, workspaceID, seq).Scan(&at)
	return at, err
}

// span is a part of a log: after < seq <= to.
type span struct {
	after, to int64
	types     []Type // none: all
	deviceID  string
	limit     int
}

const selectEvents = `SELECT ` + columns + ` FROM events WHERE workspace_id = $1 AND seq > $2 AND seq <= $3
	AND ($4 = '' OR $4 LIKE '%,' || type || ',%') AND ($5 = '' OR device_id = $5) ORDER BY seq LIMIT $6`

func (s store) read(ctx context.Context, workspaceID string, w span) ([]Event, error) {
	types := ""
	for _, t := range w.types {
		types += "," + string(t)
	}
	if types != "" {
		types += ","
	}
	rows, err := s.db.Query(ctx, selectEvents, workspaceID, max(w.after, 0), w.to, types, w.deviceID, w.limit)
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

const (
	insertLog = `INSERT INTO event_logs (workspace_id, last_seq) VALUES ($1, 0) ON CONFLICT (workspace_id) DO NOTHING`
	//sql:postgres
	lockLog = `SELECT last_seq FROM event_logs WHERE workspace_id = $1 FOR UPDATE`
	//sql:postgres
	numberEvents = `UPDATE events e SET seq = $2 + n.place FROM (
			SELECT placed, row_number() OVER (ORDER BY placed) AS place FROM events WHERE workspace_id = $1 AND seq IS NULL ORDER BY placed LIMIT $3
		) n WHERE e.workspace_id = $1 AND e.placed = n.placed AND e.seq IS NULL`
	updateLog = `UPDATE event_logs SET last_seq = $2 WHERE workspace_id = $1`
)

// number gives the next numbers to up to n committed events that have none, and returns how many those were. Whoever
// does it waits for whoever else does, and looks only then: so numbers follow each other without gaps, none appears
// below one that was seen, and what was written after a commit has a larger number than what was committed.
func (s store) number(ctx context.Context, workspaceID string, n int) (count int64, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		var last int64
		if err := s.db.QueryRow(ctx, lockLog, workspaceID).Scan(&last); err != nil {
			return err
		}
		res, err := s.db.Exec(ctx, numberEvents, workspaceID, last, n)
		if err != nil {
			return err
		}
		if count, err = res.RowsAffected(); err != nil || count == 0 {
			return err
		}
		_, err = s.db.Exec(ctx, updateLog, workspaceID, last+count)
		return err
	})
	return count, err
}

// open makes the row that number locks.
func (s store) open(ctx context.Context, workspaceID string) error {
	_, err := s.db.Exec(ctx, insertLog, workspaceID)
	return err
}

//sql:global a node that died may have left events of any workspace without a number
const selectUnnumbered = `SELECT DISTINCT workspace_id FROM events WHERE seq IS NULL`

func (s store) unnumbered(ctx context.Context) ([]string, error) {
	rows, err := s.db.Query(ctx, selectUnnumbered)
	return dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
}

//sql:global a node looks whether others have written for any workspace
const selectLogs = `SELECT workspace_id, last_seq FROM event_logs`

func (s store) logs(ctx context.Context) (map[string]int64, error) {
	rows, err := s.db.Query(ctx, selectLogs)
	out := map[string]int64{}
	err = dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (struct{}, error) {
		var workspaceID string
		var last int64
		err := r.Scan(&workspaceID, &last)
		out[workspaceID] = last
		return struct{}{}, err
	}, err).Iter(func(struct{}) (bool, error) { return true, nil })
	return out, err
}

//sql:global the logs of every workspace are kept for the same time
const selectWorkspaces = `SELECT DISTINCT workspace_id FROM events`

func (s store) workspaces(ctx context.Context) ([]string, error) {
	rows, err := s.db.Query(ctx, selectWorkspaces)
	return dbutil.NewRowIterWithError(rows, dbutil.ScanSingleColumn[string], err).AsList()
}

const (
	selectOld = `SELECT COALESCE(MAX(o.seq), 0) FROM (
		SELECT seq, at FROM events WHERE workspace_id = $1 AND seq > 0 ORDER BY seq LIMIT $3) o WHERE o.at < $2`
	deleteEvents = `DELETE FROM events WHERE workspace_id = $1 AND seq <= $2`
)

// sweepSome deletes up to n of the oldest events that are from before a time or beyond the newest keep. The newest one
// always stays: it carries the number from which the log goes on. It returns how many numbers are gone.
func (s store) sweepSome(ctx context.Context, workspaceID string, before, keep int64, n int) (gone int64, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		oldest, last, err := s.bounds(ctx, workspaceID)
		if err != nil || last == 0 {
			return err
		}
		var old int64
		if err := s.db.QueryRow(ctx, selectOld, workspaceID, before, n).Scan(&old); err != nil {
			return err
		}
		upTo := min(max(old, min(last-keep, oldest+int64(n)-1)), last-1)
		if upTo < oldest {
			return nil
		}
		gone = upTo - oldest + 1
		_, err = s.db.Exec(ctx, deleteEvents, workspaceID, upTo)
		return err
	})
	return gone, err
}
