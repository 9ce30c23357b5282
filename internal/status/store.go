package status

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// upgrades are the migrations of the table status_updates.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "status updates", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{createUpdates, createByTime, createByAge} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).
		Finish()
}

const (
	createUpdates = `CREATE TABLE status_updates (
		workspace_id TEXT     NOT NULL,
		device_id    TEXT     NOT NULL,
		network_id   TEXT     NOT NULL,
		sender_key   TEXT     NOT NULL,
		id           TEXT     NOT NULL,
		from_me      SMALLINT NOT NULL,
		sender       TEXT     NOT NULL,
		content      TEXT     NOT NULL,
		at           BIGINT   NOT NULL,
		PRIMARY KEY (workspace_id, device_id, network_id, sender_key)
	)`
	createByTime = `CREATE INDEX status_updates_by_time ON status_updates (workspace_id, device_id, at, id)`
	createByAge  = `CREATE INDEX status_updates_by_age ON status_updates (at)`
)

// store holds the statements of the table status_updates.
type store struct{ db *db.DB }

const insertUpdate = `INSERT INTO status_updates (workspace_id, device_id, network_id, sender_key, id, from_me, sender, content, at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (workspace_id, device_id, network_id, sender_key) DO NOTHING`

// insert reports false when the update is there already. What is too much for the device goes, the oldest first.
func (s store) insert(ctx context.Context, u Update) (bool, error) {
	sender, err := json.Marshal(u.Sender)
	if err != nil {
		return false, err
	}
	content, err := json.Marshal(u.Content)
	if err != nil {
		return false, err
	}
	fromMe := 0
	if u.FromMe {
		fromMe = 1
	}
	res, err := s.db.Exec(ctx, insertUpdate, u.WorkspaceID, u.DeviceID, db.Text(u.NetworkID), db.Text(u.Sender.Key()), u.ID, fromMe,
		db.Text(string(sender)), db.Text(string(content)), u.At)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	_, err = s.db.Exec(ctx, trimUpdates, u.WorkspaceID, u.DeviceID, keptPerDevice)
	return true, err
}

const trimUpdates = `DELETE FROM status_updates WHERE workspace_id = $1 AND device_id = $2 AND id IN (
	SELECT id FROM status_updates WHERE workspace_id = $1 AND device_id = $2 ORDER BY at DESC, id DESC LIMIT 100 OFFSET $3)`

// Key is a place in a list of updates.
type Key struct {
	At int64
	ID string
}

const columns = `id, workspace_id, device_id, network_id, from_me, sender, content, at`

func scan(r dbutil.Scannable) (u Update, err error) {
	var fromMe int
	var sender, content string
	if err = r.Scan(&u.ID, &u.WorkspaceID, &u.DeviceID, &u.NetworkID, &fromMe, &sender, &content, &u.At); err != nil {
		return u, err
	}
	u.FromMe = fromMe == 1
	return u, errors.Join(json.Unmarshal([]byte(sender), &u.Sender), json.Unmarshal([]byte(content), &u.Content))
}

const selectPage = `SELECT ` + columns + ` FROM status_updates
	WHERE workspace_id = $1 AND device_id = $2 AND at > $3 AND (at, id) < ($4, $5) ORDER BY at DESC, id DESC LIMIT $6`

func (s store) page(ctx context.Context, workspaceID, deviceID string, before Key, since int64, n int) ([]Update, error) {
	if before.ID == "" {
		before.At = math.MaxInt64
	}
	rows, err := s.db.Query(ctx, selectPage, workspaceID, deviceID, since, before.At, before.ID, n)
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

const selectNamed = `SELECT ` + columns + ` FROM status_updates WHERE workspace_id = $1 AND device_id = $2 AND network_id = $3`

// named is every update of a device with a network id; senders choose these.
func (s store) named(ctx context.Context, workspaceID, deviceID, networkID string) ([]Update, error) {
	rows, err := s.db.Query(ctx, selectNamed, workspaceID, deviceID, networkID)
	return dbutil.NewRowIterWithError(rows, scan, err).AsList()
}

const selectUpdate = `SELECT ` + columns + ` FROM status_updates WHERE workspace_id = $1 AND device_id = $2 AND id = $3 AND at > $4`

func (s store) get(ctx context.Context, workspaceID, deviceID, id string, since int64) (Update, error) {
	u, err := scan(s.db.QueryRow(ctx, selectUpdate, workspaceID, deviceID, id, since))
	if errors.Is(err, sql.ErrNoRows) {
		return Update{}, ErrNotFound
	}
	return u, err
}

const deleteUpdate = `DELETE FROM status_updates WHERE workspace_id = $1 AND id = $2`

// remove reports whether it was there.
func (s store) remove(ctx context.Context, workspaceID, id string) (bool, error) {
	res, err := s.db.Exec(ctx, deleteUpdate, workspaceID, id)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

const deleteUpdates = `DELETE FROM status_updates WHERE workspace_id = $1 AND device_id = $2`

func (s store) forget(ctx context.Context, workspaceID, deviceID string) error {
	_, err := s.db.Exec(ctx, deleteUpdates, workspaceID, deviceID)
	return err
}

//sql:global what is over goes in every workspace
const sweepUpdates = `DELETE FROM status_updates WHERE at <= $1`

func (s store) sweep(ctx context.Context, since int64) error {
	_, err := s.db.Exec(ctx, sweepUpdates, since)
	return err
}
