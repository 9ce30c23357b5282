package file

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the table files.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "files", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, createFiles)
			return err
		}).
		Finish()
}

const createFiles = `CREATE TABLE files (
	workspace_id TEXT   NOT NULL,
	id           TEXT   NOT NULL,
	sha256       TEXT   NOT NULL,
	size         BIGINT NOT NULL,
	mime         TEXT   NOT NULL,
	filename     TEXT   NOT NULL,
	created_at   BIGINT NOT NULL,
	PRIMARY KEY (workspace_id, id)
)`
