package profile

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the tables profile_numbers, profile_pictures and profile_blocks.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "numbers and pictures", dbutil.TxnModeOn, createTables).
		WithRaw(1, 2, 2, "whom accounts have blocked", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, createBlocks)
			return err
		}).
		WithRaw(2, 3, 3, "small pictures", dbutil.TxnModeOn, addSmall).
		Finish()
}

// addSmall has pictures of before looked at again, so that they get a small one.
func addSmall(ctx context.Context, d *dbutil.Database) error {
	if _, err := d.Exec(ctx, `ALTER TABLE profile_pictures ADD COLUMN small_id TEXT NOT NULL DEFAULT ''`); err != nil {
		return err
	}
	_, err := d.Exec(ctx, `UPDATE profile_pictures SET checked_at = 0`)
	return err
}

const createBlocks = `CREATE TABLE profile_blocks (
	workspace_id TEXT   NOT NULL,
	device_id    TEXT   NOT NULL,
	contact_id   TEXT   NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (workspace_id, device_id, contact_id)
)`

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
