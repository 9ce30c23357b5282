package contact

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the tables contacts, identities and contact_merges.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "contacts, identities and merges", dbutil.TxnModeOn, createTables).
		WithRaw(1, 2, 1, "merges that were taken back", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `ALTER TABLE contact_merges ADD COLUMN undone_at BIGINT NOT NULL DEFAULT 0`)
			return err
		}).
		WithRaw(2, 3, 1, "tags, fields, consent, segments", dbutil.TxnModeOn, addCRM).
		WithRaw(3, 4, 1, "where somebody opted out", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{
				`ALTER TABLE contact_consents ADD COLUMN channel TEXT NOT NULL DEFAULT ''`,
				`ALTER TABLE contact_consents ADD COLUMN device_id TEXT NOT NULL DEFAULT ''`,
			} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).
		Finish()
}

func createTables(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`CREATE TABLE contacts (
			workspace_id TEXT     NOT NULL,
			id           TEXT     NOT NULL,
			name         TEXT     NOT NULL DEFAULT '',
			name_source  TEXT     NOT NULL DEFAULT '',
			phone        TEXT     NOT NULL DEFAULT '',
			is_group     SMALLINT NOT NULL DEFAULT 0,
			merged_into  TEXT     NOT NULL DEFAULT '',
			sort_name    TEXT     NOT NULL DEFAULT '',
			search       TEXT     NOT NULL DEFAULT '',
			created_at   BIGINT   NOT NULL,
			updated_at   BIGINT   NOT NULL,
			PRIMARY KEY (workspace_id, id)
		)`,
		`CREATE INDEX contacts_by_name ON contacts (workspace_id, sort_name, id) WHERE merged_into = ''`,
		`CREATE TABLE identities (
			workspace_id TEXT   NOT NULL,
			channel      TEXT   NOT NULL,
			kind         TEXT   NOT NULL,
			value        TEXT   NOT NULL,
			contact_id   TEXT   NOT NULL,
			created_at   BIGINT NOT NULL,
			PRIMARY KEY (workspace_id, channel, kind, value)
		)`,
		`CREATE INDEX identities_by_contact ON identities (workspace_id, contact_id)`,
		`CREATE TABLE contact_merges (
			workspace_id TEXT   NOT NULL,
			id           TEXT   NOT NULL,
			kept_id      TEXT   NOT NULL,
			gone_id      TEXT   NOT NULL,
			before       TEXT   NOT NULL,
			at           BIGINT NOT NULL,
			PRIMARY KEY (workspace_id, id)
		)`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
