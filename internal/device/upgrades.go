package device

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the tables devices, device_leases and device_quarantine.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "devices, leases and quarantine", dbutil.TxnModeOn, createTables).
		Finish()
}

var tables = []string{
	`CREATE TABLE devices (
		workspace_id     TEXT   NOT NULL,
		id               TEXT   NOT NULL,
		channel          TEXT   NOT NULL,
		name             TEXT   NOT NULL,
		linked           BIGINT NOT NULL DEFAULT 0,
		number           TEXT   NOT NULL DEFAULT '',
		address          TEXT   NOT NULL DEFAULT '',
		lid              TEXT   NOT NULL DEFAULT '',
		account_name     TEXT   NOT NULL DEFAULT '',
		state            TEXT   NOT NULL,
		state_why        TEXT   NOT NULL DEFAULT '',
		state_until      BIGINT NOT NULL DEFAULT 0,
		state_since      BIGINT NOT NULL,
		restricted_until BIGINT NOT NULL DEFAULT 0,
		restricted_why   TEXT   NOT NULL DEFAULT '',
		settings         TEXT   NOT NULL DEFAULT '{}',
		created_at       BIGINT NOT NULL,
		linked_at        BIGINT NOT NULL DEFAULT 0,
		PRIMARY KEY (workspace_id, id)
	)`,
	`CREATE UNIQUE INDEX devices_id ON devices (id)`,
	`CREATE UNIQUE INDEX devices_number ON devices (workspace_id, channel, number) WHERE linked = 1`,
	`CREATE TABLE device_leases (
		workspace_id TEXT   NOT NULL,
		device_id    TEXT   NOT NULL,
		node_id      TEXT   NOT NULL,
		epoch        BIGINT NOT NULL,
		expires_at   BIGINT NOT NULL,
		PRIMARY KEY (workspace_id, device_id)
	)`,
	`CREATE INDEX device_leases_node ON device_leases (node_id)`,
	`CREATE TABLE device_quarantine (
		workspace_id TEXT   NOT NULL,
		device_id    TEXT   NOT NULL,
		chat         TEXT   NOT NULL,
		network_id   TEXT   NOT NULL,
		reason       TEXT   NOT NULL,
		inbound      TEXT   NOT NULL,
		at           BIGINT NOT NULL,
		PRIMARY KEY (workspace_id, device_id, chat, network_id)
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
