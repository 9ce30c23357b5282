package notify

import (
	"context"

	"go.mau.fi/util/dbutil"
)

func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "bells and notices", dbutil.TxnModeOn, createTables).
		Finish()
}

func createTables(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`CREATE TABLE notice_keys (
			one         INTEGER PRIMARY KEY,
			public_key  TEXT   NOT NULL,
			private_key TEXT   NOT NULL,
			created_at  BIGINT NOT NULL
		)`,
		// A session has one bell, and a browser, which endpoint_hash stands for, is one session's.
		`CREATE TABLE bells (
			session_id    TEXT     NOT NULL PRIMARY KEY,
			workspace_id  TEXT     NOT NULL,
			member_id     TEXT     NOT NULL,
			language      TEXT     NOT NULL,
			kinds         TEXT     NOT NULL,
			preview       SMALLINT NOT NULL,
			code          TEXT     NOT NULL,
			told_at       BIGINT   NOT NULL,
			tested_at     BIGINT   NOT NULL,
			since         BIGINT   NOT NULL,
			endpoint_hash TEXT     NOT NULL UNIQUE,
			address       TEXT     NOT NULL
		)`,
		`CREATE INDEX bells_workspace ON bells (workspace_id, session_id)`,
		`CREATE TABLE notice_places (
			workspace_id TEXT   NOT NULL PRIMARY KEY,
			seq          BIGINT NOT NULL
		)`,
		`CREATE TABLE notices (
			workspace_id  TEXT     NOT NULL,
			session_id    TEXT     NOT NULL,
			tag           TEXT     NOT NULL,
			kind          TEXT     NOT NULL,
			subject       TEXT     NOT NULL,
			seq           BIGINT   NOT NULL,
			said          TEXT     NOT NULL,
			at            BIGINT   NOT NULL,
			next_at       BIGINT   NOT NULL,
			attempts      INTEGER  NOT NULL,
			claimed_until BIGINT   NOT NULL,
			PRIMARY KEY (workspace_id, session_id, tag)
		)`,
		`CREATE INDEX notices_due ON notices (next_at)`,
		`CREATE INDEX notices_session ON notices (session_id)`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
