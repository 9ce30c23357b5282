package governor

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/governor/health"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// store holds the statements of the tables device_health and device_health_log.
type store struct{ db *db.DB }

// upgrades are the migrations of the tables device_health and device_health_log.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "the standing of numbers", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{
				`CREATE TABLE device_health (
					workspace_id TEXT   NOT NULL,
					device_id    TEXT   NOT NULL,
					standing     TEXT   NOT NULL,
					updated_at   BIGINT NOT NULL,
					PRIMARY KEY (workspace_id, device_id)
				)`,
				`CREATE TABLE device_health_log (
					workspace_id TEXT   NOT NULL,
					device_id    TEXT   NOT NULL,
					id           TEXT   NOT NULL,
					before       TEXT   NOT NULL,
					state        TEXT   NOT NULL,
					why          TEXT   NOT NULL,
					until_at     BIGINT NOT NULL,
					at           BIGINT NOT NULL,
					by_id        TEXT   NOT NULL,
					PRIMARY KEY (workspace_id, device_id, id)
				)`,
			} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).Finish()
}

// standing is a number's health, and what was last told of it.
type standing struct {
	health.Health
	Told health.Concern `json:"told"`
}

const selectStanding = `SELECT standing FROM device_health WHERE workspace_id = $1 AND device_id = $2`

// standing of a device of which nothing is known is healthy.
func (st store) standing(ctx context.Context, workspaceID, deviceID string) (out standing, err error) {
	out.Told.Level = health.Healthy
	var text []byte
	err = st.db.QueryRow(ctx, selectStanding, workspaceID, deviceID).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return out, fmt.Errorf("read the standing of %s: %w", deviceID, err)
	}
	return out, nil
}

const upsertStanding = `INSERT INTO device_health (workspace_id, device_id, standing, updated_at) VALUES ($1, $2, $3, $4)
	ON CONFLICT (workspace_id, device_id) DO UPDATE SET standing = excluded.standing, updated_at = excluded.updated_at`

func (st store) setStanding(ctx context.Context, workspaceID, deviceID string, s standing, now int64) error {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write the standing: %w", err)
	}
	_, err = st.db.Exec(ctx, upsertStanding, workspaceID, deviceID, string(text), now)
	return err
}

// Entry is one line of the history of a number's standing.
type Entry struct {
	health.Concern
	Before health.Level
	At     int64
	By     string // the member or key that did it; "" is nobody
}

const insertEntry = `INSERT INTO device_health_log (workspace_id, device_id, id, before, state, why, until_at, at, by_id)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

func (st store) log(ctx context.Context, workspaceID, deviceID string, e Entry) error {
	_, err := st.db.Exec(ctx, insertEntry, workspaceID, deviceID, id.New(), string(e.Before), string(e.Level), string(e.Why), e.Until, e.At, e.By)
	return err
}

const selectEntries = `SELECT before, state, why, until_at, at, by_id FROM device_health_log WHERE workspace_id = $1 AND device_id = $2
	ORDER BY id DESC LIMIT 50`

// entries are the last 50, the newest first.
func (st store) entries(ctx context.Context, workspaceID, deviceID string) ([]Entry, error) {
	rows, err := st.db.Query(ctx, selectEntries, workspaceID, deviceID)
	return dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (e Entry, err error) {
		err = r.Scan(&e.Before, &e.Level, &e.Why, &e.Until, &e.At, &e.By)
		return e, err
	}, err).AsList()
}

const (
	deleteStanding = `DELETE FROM device_health WHERE workspace_id = $1 AND device_id = $2`
	deleteEntries  = `DELETE FROM device_health_log WHERE workspace_id = $1 AND device_id = $2`
)

func (st store) forget(ctx context.Context, workspaceID, deviceID string) error {
	if _, err := st.db.Exec(ctx, deleteStanding, workspaceID, deviceID); err != nil {
		return err
	}
	_, err := st.db.Exec(ctx, deleteEntries, workspaceID, deviceID)
	return err
}
