package importer

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the tables imports and import_lines. A row of import_lines is one written chunk of an
// import: its lines as JSON.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "imports", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{
				`CREATE TABLE imports (
					workspace_id  TEXT   NOT NULL,
					id            TEXT   NOT NULL,
					file_id       TEXT   NOT NULL,
					filename      TEXT   NOT NULL,
					state         TEXT   NOT NULL,
					header        TEXT   NOT NULL,
					samples       TEXT   NOT NULL,
					options       TEXT   NOT NULL,
					total         BIGINT NOT NULL,
					done          BIGINT NOT NULL DEFAULT 0,
					counts        TEXT   NOT NULL DEFAULT '{}',
					problem       TEXT   NOT NULL DEFAULT '',
					by_id         TEXT   NOT NULL DEFAULT '',
					created_at    BIGINT NOT NULL,
					updated_at    BIGINT NOT NULL,
					claimed_by    TEXT   NOT NULL DEFAULT '',
					claimed_until BIGINT NOT NULL DEFAULT 0,
					PRIMARY KEY (workspace_id, id)
				)`,
				`CREATE INDEX imports_waiting ON imports (workspace_id, id) WHERE state IN ('queued', 'running')`,
				`CREATE TABLE import_lines (
					workspace_id TEXT   NOT NULL,
					import_id    TEXT   NOT NULL,
					first_done   BIGINT NOT NULL,
					lines        TEXT   NOT NULL,
					PRIMARY KEY (workspace_id, import_id, first_done)
				)`,
			} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).
		Finish()
}
