package event

import (
	"context"
	"strings"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the tables events and event_logs.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "the event log", dbutil.TxnModeOn, createTables).
		Finish()
}

// seq is missing until the row has its number; placed is the order of inserts, by which PostgreSQL gives the numbers.
// event_logs is where those who give numbers wait for each other; SQLite has no need of it.
func createTables(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`CREATE TABLE events (
			workspace_id TEXT   NOT NULL,
			id           TEXT   NOT NULL,
			seq          BIGINT,
			type         TEXT   NOT NULL,
			version      BIGINT NOT NULL,
			device_id    TEXT   NOT NULL,
			subject      TEXT   NOT NULL,
			at           BIGINT NOT NULL,
			data         TEXT   NOT NULL,
			placed       %PLACED%
		)`,
		`CREATE UNIQUE INDEX events_seq ON events (workspace_id, seq)`,
		`CREATE INDEX events_unnumbered ON events (workspace_id, placed) WHERE seq IS NULL`,
		`CREATE TABLE event_logs (
			workspace_id TEXT   NOT NULL,
			last_seq     BIGINT NOT NULL,
			PRIMARY KEY (workspace_id)
		)`,
	} {
		placed := "BIGINT NOT NULL DEFAULT 0"
		if d.Dialect == dbutil.Postgres {
			placed = "BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY"
		}
		if _, err := d.Exec(ctx, strings.ReplaceAll(text, "%PLACED%", placed)); err != nil {
			return err
		}
	}
	return nil
}
