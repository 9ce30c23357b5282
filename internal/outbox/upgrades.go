package outbox

import (
	"context"
	"strings"
	"time"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the table sends.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "sends", dbutil.TxnModeOn, createTables).
		WithRaw(1, 2, 1, "sends to strangers by chat", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `CREATE INDEX sends_cold ON sends (workspace_id, chat_id) WHERE cold = 1`)
			return err
		}).
		WithRaw(2, 3, 1, "sends of a batch", dbutil.TxnModeOn, addBatches).
		WithRaw(3, 4, 1, "what sends are paced by", dbutil.TxnModeOn, addPace).
		WithRaw(4, 5, 1, "sends that nobody asked for, by contact", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `CREATE INDEX sends_unasked ON sends (workspace_id, contact_id) WHERE lane >= 2 AND state IN ('queued', 'held')`)
			return err
		}).
		Finish()
}

// addBatches lets the sends of one broadcast that are not gone yet be found together.
func addBatches(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`ALTER TABLE sends ADD COLUMN batch TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE sends ADD COLUMN batch_n BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE sends ADD COLUMN pace TEXT NOT NULL DEFAULT ''`,
		`CREATE INDEX sends_batch ON sends (workspace_id, batch, device_id) WHERE batch <> '' AND state IN ('queued', 'claimed', 'held')`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// ready is 0 while a send waits for due_at (a retry, a planned or a held one) and 1 otherwise: a million planned
// sends don't slow down the search for the next one that may go.
func createTables(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`CREATE TABLE sends (
			workspace_id  TEXT     NOT NULL,
			id            TEXT     NOT NULL,
			device_id     TEXT     NOT NULL,
			chat_id       TEXT     NOT NULL,
			contact_id    TEXT     NOT NULL,
			lane          SMALLINT NOT NULL,
			state         TEXT     NOT NULL,
			ready         SMALLINT NOT NULL,
			due_at        BIGINT   NOT NULL,
			deadline      BIGINT   NOT NULL,
			code          TEXT     NOT NULL DEFAULT '',
			why           TEXT     NOT NULL DEFAULT '',
			attempt       INTEGER  NOT NULL DEFAULT 0,
			network_id    TEXT     NOT NULL,
			target        TEXT     NOT NULL,
			content       TEXT     NOT NULL,
			typing_ms     BIGINT   NOT NULL DEFAULT 0,
			cold          SMALLINT NOT NULL DEFAULT 0,
			claimed_epoch BIGINT   NOT NULL DEFAULT 0,
			created_at    BIGINT   NOT NULL,
			claimed_at    BIGINT   NOT NULL DEFAULT 0,
			sent_at       BIGINT   NOT NULL DEFAULT 0,
			delivered_at  BIGINT   NOT NULL DEFAULT 0,
			read_at       BIGINT   NOT NULL DEFAULT 0,
			raw           %BYTES%,
			PRIMARY KEY (workspace_id, id)
		)`,
		`CREATE UNIQUE INDEX sends_network ON sends (workspace_id, device_id, network_id)`,
		`CREATE INDEX sends_queue ON sends (workspace_id, device_id, lane, id) WHERE state = 'queued' AND ready = 1`,
		`CREATE INDEX sends_waiting ON sends (workspace_id, device_id, due_at) WHERE ready = 0`,
		`CREATE INDEX sends_retrying ON sends (workspace_id, device_id, chat_id, lane, id) WHERE ready = 0 AND state = 'queued' AND attempt > 0`,
		`CREATE INDEX sends_claimed ON sends (workspace_id, device_id) WHERE state = 'claimed'`,
	} {
		if _, err := d.Exec(ctx, bytesType(d, text)); err != nil {
			return err
		}
	}
	return nil
}

// addPace has strangers queue apart, so that while they wait nobody who doesn't wait is looked for among them, and keeps
// what counts against the budgets. What went before counts as it would have.
func addPace(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`ALTER TABLE sends ADD COLUMN wrote_at BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE sends ADD COLUMN budget SMALLINT NOT NULL DEFAULT 0`,
		`ALTER TABLE sends ADD COLUMN spent_at BIGINT NOT NULL DEFAULT 0`,
		`DROP INDEX sends_queue`,
		`CREATE INDEX sends_queue ON sends (workspace_id, device_id, cold, lane, id) WHERE state = 'queued' AND ready = 1`,
		`CREATE INDEX sends_spent ON sends (workspace_id, device_id, spent_at) WHERE budget > 0`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	_, err := d.Exec(ctx, `UPDATE sends SET budget = 1 + cold, spent_at = claimed_at WHERE claimed_at > $1 AND sent_at > 0 AND lane > 0`,
		time.Now().Add(-24*time.Hour).UnixMilli())
	return err
}

// bytesType fills in the engine's name for raw bytes.
func bytesType(d *dbutil.Database, text string) string {
	name := "BLOB"
	if d.Dialect == dbutil.Postgres {
		name = "BYTEA"
	}
	return strings.ReplaceAll(text, "%BYTES%", name)
}
