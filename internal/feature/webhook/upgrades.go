package webhook

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the tables webhook_deliveries and webhook_secrets.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "webhook deliveries", dbutil.TxnModeOn, createTables).
		Finish()
}

var tables = []string{
	`CREATE TABLE webhook_deliveries (
		workspace_id  TEXT   NOT NULL,
		id            TEXT   NOT NULL,
		device_id     TEXT   NOT NULL,
		event         TEXT   NOT NULL,
		body          TEXT   NOT NULL,
		state         TEXT   NOT NULL,
		attempts      BIGINT NOT NULL DEFAULT 0,
		next_at       BIGINT NOT NULL,
		expires_at    BIGINT NOT NULL,
		claimed_by    TEXT   NOT NULL DEFAULT '',
		claimed_until BIGINT NOT NULL DEFAULT 0,
		status        BIGINT NOT NULL DEFAULT 0,
		answer        TEXT   NOT NULL DEFAULT '',
		created_at    BIGINT NOT NULL,
		ended_at      BIGINT NOT NULL DEFAULT 0,
		PRIMARY KEY (workspace_id, id)
	)`,
	`CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE state = 'pending'`,
	`CREATE INDEX webhook_deliveries_device ON webhook_deliveries (workspace_id, device_id, id)`,
	`CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at) WHERE state <> 'pending'`,
	`CREATE TABLE webhook_secrets (
		workspace_id TEXT   NOT NULL,
		device_id    TEXT   NOT NULL,
		secret       TEXT   NOT NULL,
		created_at   BIGINT NOT NULL,
		PRIMARY KEY (workspace_id, device_id)
	)`,
}

func createTables(ctx context.Context, d *dbutil.Database) error {
	for _, text := range tables {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
