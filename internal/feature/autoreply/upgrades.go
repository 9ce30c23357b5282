package autoreply

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the tables rules, rule_sets, rule_fires and rule_guards.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "rules", dbutil.TxnModeOn, createTables).
		Finish()
}

var tables = []string{
	`CREATE TABLE rules (
		workspace_id  TEXT    NOT NULL,
		id            TEXT    NOT NULL,
		name          TEXT    NOT NULL,
		position      BIGINT  NOT NULL,
		enabled       INTEGER NOT NULL,
		trigger_json  TEXT    NOT NULL,
		steps         TEXT    NOT NULL,
		devices       TEXT    NOT NULL,
		audience      TEXT    NOT NULL,
		every_minutes BIGINT  NOT NULL,
		created_at    BIGINT  NOT NULL,
		updated_at    BIGINT  NOT NULL,
		PRIMARY KEY (workspace_id, id)
	)`,
	// One row a workspace: grows with every change of its rules, so that every node knows when its copy is old.
	`CREATE TABLE rule_sets (
		workspace_id TEXT   NOT NULL PRIMARY KEY,
		version      BIGINT NOT NULL
	)`,
	`CREATE TABLE rule_fires (
		workspace_id TEXT   NOT NULL,
		rule_id      TEXT   NOT NULL,
		chat_id      TEXT   NOT NULL,
		fired_at     BIGINT NOT NULL,
		fires        BIGINT NOT NULL,
		PRIMARY KEY (workspace_id, rule_id, chat_id)
	)`,
	`CREATE TABLE rule_guards (
		workspace_id TEXT NOT NULL,
		chat_id      TEXT NOT NULL,
		memory       TEXT NOT NULL,
		PRIMARY KEY (workspace_id, chat_id)
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
