package file

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the tables files and file_trash.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "files", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, createFiles)
			return err
		}).
		WithRaw(1, 2, 2, "what pictures look like", dbutil.TxnModeOn, addViews).
		WithRaw(2, 3, 2, "bytes that go", dbutil.TxnModeOn, addTrash).
		Finish()
}

// addViews gives files the size and a small view of the picture that they may be.
func addViews(ctx context.Context, d *dbutil.Database) error {
	bytes := "BLOB"
	if d.Dialect == dbutil.Postgres {
		bytes = "BYTEA"
	}
	for _, column := range []string{"width BIGINT NOT NULL DEFAULT 0", "height BIGINT NOT NULL DEFAULT 0", "thumbnail " + bytes} {
		if _, err := d.Exec(ctx, "ALTER TABLE files ADD COLUMN "+column); err != nil {
			return err
		}
	}
	return nil
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

// addTrash makes room for the bytes that no file may have any more, and finds the files that share some.
func addTrash(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`CREATE TABLE file_trash (
			workspace_id TEXT   NOT NULL,
			sha256       TEXT   NOT NULL,
			at           BIGINT NOT NULL,
			PRIMARY KEY (workspace_id, sha256)
		)`,
		`CREATE INDEX files_bytes ON files (workspace_id, sha256)`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
