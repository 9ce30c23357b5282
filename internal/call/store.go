package call

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// upgrades are the migrations of the table calls.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "calls", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{createCalls, createByTime} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).
		WithRaw(1, 2, 2, "how to reject a call", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `ALTER TABLE calls ADD COLUMN ref TEXT NOT NULL DEFAULT ''`)
			return err
		}).
		Finish()
}

const (
	createCalls = `CREATE TABLE calls (
		workspace_id TEXT     NOT NULL,
		device_id    TEXT     NOT NULL,
		network_id   TEXT     NOT NULL,
		id           TEXT     NOT NULL,
		contact_id   TEXT     NOT NULL,
		video        SMALLINT NOT NULL,
		rejected     SMALLINT NOT NULL,
		answered     SMALLINT NOT NULL,
		at           BIGINT   NOT NULL,
		PRIMARY KEY (workspace_id, device_id, network_id)
	)`
	createByTime = `CREATE INDEX calls_by_time ON calls (workspace_id, device_id, at, id)`
)

// store holds the statements of the table calls.
type store struct{ db *db.DB }

const insertCall = `INSERT INTO calls (workspace_id, device_id, network_id, id, contact_id, video, rejected, answered, at, ref)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (workspace_id, device_id, network_id) DO NOTHING`

// insert reports false when the call is there already.
func (s store) insert(ctx context.Context, c Call) (bool, error) {
	res, err := s.db.Exec(ctx, insertCall, c.WorkspaceID, c.DeviceID, c.NetworkID, c.ID, c.ContactID, flag(c.Video), flag(c.Rejected), flag(c.Answered), c.At, c.Ref)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

const countAnswered = `SELECT COUNT(*) FROM calls WHERE workspace_id = $1 AND device_id = $2 AND contact_id = $3 AND answered = 1 AND at > $4`

// answeredSince reports whether the caller was written to since a time.
func (s store) answeredSince(ctx context.Context, c Call, since int64) (bool, error) {
	var n int
	err := s.db.QueryRow(ctx, countAnswered, c.WorkspaceID, c.DeviceID, c.ContactID, since).Scan(&n)
	return n > 0, err
}

// Key is a place in a list of calls.
type Key struct {
	At int64
	ID string
}

const selectCalls = `SELECT id, workspace_id, device_id, contact_id, network_id, video, rejected, answered, at FROM calls
	WHERE workspace_id = $1 AND device_id = $2 AND (at, id) < ($3, $4) ORDER BY at DESC, id DESC LIMIT $5`

func (s store) page(ctx context.Context, workspaceID, deviceID string, before Key, n int) ([]Call, error) {
	if before.ID == "" {
		before.At = math.MaxInt64
	}
	rows, err := s.db.Query(ctx, selectCalls, workspaceID, deviceID, before.At, before.ID, n)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (c Call, err error) {
		var video, rejected, answered int
		err = r.Scan(&c.ID, &c.WorkspaceID, &c.DeviceID, &c.ContactID, &c.NetworkID, &video, &rejected, &answered, &c.At)
		c.Video, c.Rejected, c.Answered = video == 1, rejected == 1, answered == 1
		return c, err
	}, err).AsList()
}

const selectCall = `SELECT id, workspace_id, device_id, contact_id, network_id, video, rejected, answered, at, ref FROM calls
	WHERE workspace_id = $1 AND device_id = $2 AND id = $3`

func (s store) get(ctx context.Context, workspaceID, deviceID, id string) (c Call, err error) {
	var video, rejected, answered int
	err = s.db.QueryRow(ctx, selectCall, workspaceID, deviceID, id).
		Scan(&c.ID, &c.WorkspaceID, &c.DeviceID, &c.ContactID, &c.NetworkID, &video, &rejected, &answered, &c.At, &c.Ref)
	if errors.Is(err, sql.ErrNoRows) {
		return c, ErrNotFound
	}
	c.Video, c.Rejected, c.Answered = video == 1, rejected == 1, answered == 1
	return c, err
}

const setRejected = `UPDATE calls SET rejected = 1 WHERE workspace_id = $1 AND id = $2 AND rejected = 0`

// reject reports false when the call was rejected already.
func (s store) reject(ctx context.Context, c Call) (bool, error) {
	res, err := s.db.Exec(ctx, setRejected, c.WorkspaceID, c.ID)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

const moveCalls = `UPDATE calls SET contact_id = $3 WHERE workspace_id = $1 AND contact_id = $2`

func (s store) move(ctx context.Context, workspaceID, from, to string) error {
	_, err := s.db.Exec(ctx, moveCalls, workspaceID, from, to)
	return err
}

const deleteCalls = `DELETE FROM calls WHERE workspace_id = $1 AND device_id = $2`

func (s store) forget(ctx context.Context, workspaceID, deviceID string) error {
	_, err := s.db.Exec(ctx, deleteCalls, workspaceID, deviceID)
	return err
}
