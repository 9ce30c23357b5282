package broadcast

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the tables broadcasts, broadcast_recipients and broadcast_tallies.
//
// A recipient's n has its device's slot in the upper bits, so that the recipients of a device lie together and a look for
// the next ones reads no others. person is the contact's id, or the phone number while there is no contact.
//
// A tally is how many recipients of a slot and variant are in each state, kept in the transaction that moves them: a
// million rows can't be counted for each look at a broadcast. There is one row per device, so that devices don't wait
// for each other.
//
// A place in a series is taken once: whoever makes the next broadcast of one twice is refused by the database.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "broadcasts", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{
				`CREATE TABLE broadcasts (
					workspace_id  TEXT     NOT NULL,
					id            TEXT     NOT NULL,
					name          TEXT     NOT NULL,
					state         TEXT     NOT NULL,
					why           TEXT     NOT NULL DEFAULT '',
					devices       TEXT     NOT NULL,
					content       TEXT     NOT NULL,
					audience      TEXT     NOT NULL,
					options       TEXT     NOT NULL,
					start_at      BIGINT   NOT NULL DEFAULT 0,
					wanted        SMALLINT NOT NULL DEFAULT 0,
					reasons       TEXT     NOT NULL DEFAULT '{}',
					planned       BIGINT   NOT NULL DEFAULT 0,
					plan_cursor   TEXT     NOT NULL DEFAULT '',
					by_kind       TEXT     NOT NULL DEFAULT '',
					by_id         TEXT     NOT NULL DEFAULT '',
					created_at    BIGINT   NOT NULL,
					updated_at    BIGINT   NOT NULL,
					started_at    BIGINT   NOT NULL DEFAULT 0,
					ended_at      BIGINT   NOT NULL DEFAULT 0,
					settled       SMALLINT NOT NULL DEFAULT 0,
					claimed_by    TEXT     NOT NULL DEFAULT '',
					claimed_until BIGINT   NOT NULL DEFAULT 0,
					PRIMARY KEY (workspace_id, id)
				)`,
				`CREATE INDEX broadcasts_active ON broadcasts (workspace_id, id) WHERE settled = 0`,
				`CREATE TABLE broadcast_sources (
					workspace_id TEXT NOT NULL,
					broadcast_id TEXT NOT NULL,
					body         TEXT NOT NULL,
					PRIMARY KEY (workspace_id, broadcast_id)
				)`,
				`CREATE TABLE broadcast_recipients (
					workspace_id TEXT     NOT NULL,
					broadcast_id TEXT     NOT NULL,
					n            BIGINT   NOT NULL,
					person       TEXT     NOT NULL,
					phone        TEXT     NOT NULL,
					variant      SMALLINT NOT NULL,
					state        TEXT     NOT NULL,
					code         TEXT     NOT NULL,
					vars         TEXT     NOT NULL,
					at           BIGINT   NOT NULL,
					fed_at       BIGINT   NOT NULL DEFAULT 0,
					sent_at      BIGINT   NOT NULL DEFAULT 0,
					delivered_at BIGINT   NOT NULL DEFAULT 0,
					read_at      BIGINT   NOT NULL DEFAULT 0,
					replied_at   BIGINT   NOT NULL DEFAULT 0,
					opted_out_at BIGINT   NOT NULL DEFAULT 0,
					PRIMARY KEY (workspace_id, broadcast_id, n)
				)`,
				`CREATE UNIQUE INDEX broadcast_recipients_person ON broadcast_recipients (workspace_id, person, broadcast_id)`,
				`CREATE INDEX broadcast_recipients_ended ON broadcast_recipients (workspace_id, broadcast_id, state, code, n)
					WHERE state IN ('failed', 'skipped', 'opted_out', 'replied')`,
				`CREATE TABLE broadcast_tallies (
					workspace_id TEXT     NOT NULL,
					broadcast_id TEXT     NOT NULL,
					slot         INTEGER  NOT NULL,
					variant      SMALLINT NOT NULL,
					planned      BIGINT   NOT NULL DEFAULT 0,
					queued       BIGINT   NOT NULL DEFAULT 0,
					claimed      BIGINT   NOT NULL DEFAULT 0,
					sent         BIGINT   NOT NULL DEFAULT 0,
					delivered    BIGINT   NOT NULL DEFAULT 0,
					seen         BIGINT   NOT NULL DEFAULT 0,
					replied      BIGINT   NOT NULL DEFAULT 0,
					failed       BIGINT   NOT NULL DEFAULT 0,
					skipped      BIGINT   NOT NULL DEFAULT 0,
					opted_out    BIGINT   NOT NULL DEFAULT 0,
					cancelled    BIGINT   NOT NULL DEFAULT 0,
					PRIMARY KEY (workspace_id, broadcast_id, slot, variant)
				)`,
			} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).
		WithRaw(1, 2, 2, "series of broadcasts", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			for _, text := range []string{
				`ALTER TABLE broadcasts ADD COLUMN series_id TEXT NOT NULL DEFAULT ''`,
				`ALTER TABLE broadcasts ADD COLUMN series_n BIGINT NOT NULL DEFAULT 0`,
				`CREATE UNIQUE INDEX broadcasts_series ON broadcasts (workspace_id, series_id, series_n) WHERE series_id <> ''`,
			} {
				if _, err := d.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		}).
		Finish()
}
