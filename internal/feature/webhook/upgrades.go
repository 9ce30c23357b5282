package webhook

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the tables webhook_deliveries, webhook_secrets and webhooks.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "webhook deliveries", dbutil.TxnModeOn, createTables).
		WithRaw(1, 2, 1, "webhooks of a workspace", dbutil.TxnModeOn, addWebhooks).
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

// events and device_ids are JSON. seq is up to which event of the log deliveries are written; the events above replay_seq
// up to replay_to are written again.
var webhookTables = []string{
	`CREATE TABLE webhooks (
		workspace_id TEXT     NOT NULL,
		id           TEXT     NOT NULL,
		url          TEXT     NOT NULL,
		events       TEXT     NOT NULL,
		device_ids   TEXT     NOT NULL,
		secret       TEXT     NOT NULL,
		enabled      SMALLINT NOT NULL,
		disabled_why TEXT     NOT NULL DEFAULT '',
		seq          BIGINT   NOT NULL,
		replay_seq   BIGINT   NOT NULL DEFAULT 0,
		replay_to    BIGINT   NOT NULL DEFAULT 0,
		created_at   BIGINT   NOT NULL,
		updated_at   BIGINT   NOT NULL,
		PRIMARY KEY (workspace_id, id)
	)`,
	`ALTER TABLE webhook_deliveries ADD COLUMN webhook_id TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE webhook_deliveries ADD COLUMN event_id TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE webhook_deliveries ADD COLUMN seq BIGINT NOT NULL DEFAULT 0`,
	`CREATE UNIQUE INDEX webhook_deliveries_event ON webhook_deliveries (workspace_id, webhook_id, event_id) WHERE event_id <> ''`,
	`CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (workspace_id, webhook_id, id) WHERE webhook_id <> ''`,
}

func createTables(ctx context.Context, d *dbutil.Database) error { return run(ctx, d, tables) }

func addWebhooks(ctx context.Context, d *dbutil.Database) error { return run(ctx, d, webhookTables) }

func run(ctx context.Context, d *dbutil.Database, texts []string) error {
	for _, text := range texts {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
