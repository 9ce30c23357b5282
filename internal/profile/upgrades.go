package profile

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the tables profile_numbers and profile_pictures.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "numbers and pictures", dbutil.TxnModeOn, createTables).
		Finish()
}

func createTables(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`CREATE TABLE profile_numbers (
			workspace_id TEXT     NOT NULL,
			channel      TEXT     NOT NULL,
			phone        TEXT     NOT NULL,
			registered   SMALLINT NOT NULL,
			addresses    TEXT     NOT NULL,
			name         TEXT     NOT NULL,
			device_id    TEXT     NOT NULL,
			checked_at   BIGINT   NOT NULL,
			PRIMARY KEY (workspace_id, channel, phone)
		)`,
		`CREATE INDEX profile_numbers_asked ON profile_numbers (workspace_id, device_id, checked_at)`,
		`CREATE TABLE profile_pictures (
			workspace_id TEXT   NOT NULL,
			contact_id   TEXT   NOT NULL,
			picture_id   TEXT   NOT NULL,
			file_id      TEXT   NOT NULL,
			checked_at   BIGINT NOT NULL,
			PRIMARY KEY (workspace_id, contact_id)
		)`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
