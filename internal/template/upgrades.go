package template

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the table templates.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "templates", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, createTemplates)
			return err
		}).
		WithRaw(1, 2, 2, "shortcuts", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			if _, err := d.Exec(ctx, `ALTER TABLE templates ADD COLUMN shortcut TEXT NOT NULL DEFAULT ''`); err != nil {
				return err
			}
			_, err := d.Exec(ctx, `CREATE UNIQUE INDEX templates_shortcut ON templates (workspace_id, shortcut) WHERE shortcut <> ''`)
			return err
		}).
		WithRaw(2, 3, 3, "categories", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `ALTER TABLE templates ADD COLUMN category TEXT NOT NULL DEFAULT ''`)
			return err
		}).
		Finish()
}

const createTemplates = `CREATE TABLE templates (
	workspace_id TEXT   NOT NULL,
	id           TEXT   NOT NULL,
	name         TEXT   NOT NULL,
	body         TEXT   NOT NULL,
	file_id      TEXT   NOT NULL DEFAULT '',
	created_at   BIGINT NOT NULL,
	updated_at   BIGINT NOT NULL,
	PRIMARY KEY (workspace_id, id),
	UNIQUE (workspace_id, name)
)`
