package desk

import (
	"context"

	"go.mau.fi/util/dbutil"
)

func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "notes, drafts, scheduled messages and views", dbutil.TxnModeOn, createTables).
		WithRaw(1, 2, 2, "the order of views", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `CREATE TABLE view_orders (
				workspace_id TEXT NOT NULL,
				member_id    TEXT NOT NULL,
				ids          TEXT NOT NULL,
				PRIMARY KEY (workspace_id, member_id)
			)`)
			return err
		}).
		Finish()
}

func createTables(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`CREATE TABLE notes (
			workspace_id TEXT   NOT NULL,
			id           TEXT   NOT NULL,
			chat_id      TEXT   NOT NULL,
			device_id    TEXT   NOT NULL,
			by_kind      TEXT   NOT NULL,
			by_id        TEXT   NOT NULL,
			body         TEXT   NOT NULL,
			mentions     TEXT   NOT NULL,
			created_at   BIGINT NOT NULL,
			edited_at    BIGINT NOT NULL DEFAULT 0,
			PRIMARY KEY (workspace_id, id)
		)`,
		`CREATE INDEX notes_chat ON notes (workspace_id, chat_id, created_at, id)`,
		`CREATE TABLE mentions (
			workspace_id TEXT   NOT NULL,
			member_id    TEXT   NOT NULL,
			note_id      TEXT   NOT NULL,
			chat_id      TEXT   NOT NULL,
			at           BIGINT NOT NULL,
			read_at      BIGINT NOT NULL DEFAULT 0,
			PRIMARY KEY (workspace_id, member_id, note_id)
		)`,
		`CREATE INDEX mentions_note ON mentions (workspace_id, note_id)`,
		`CREATE INDEX mentions_unread ON mentions (workspace_id, member_id) WHERE read_at = 0`,
		`CREATE INDEX mentions_chat ON mentions (workspace_id, chat_id)`,
		`CREATE TABLE drafts (
			workspace_id TEXT   NOT NULL,
			member_id    TEXT   NOT NULL,
			chat_id      TEXT   NOT NULL,
			device_id    TEXT   NOT NULL,
			body         TEXT   NOT NULL,
			reply_to     TEXT   NOT NULL DEFAULT '',
			updated_at   BIGINT NOT NULL,
			PRIMARY KEY (workspace_id, member_id, chat_id)
		)`,
		`CREATE TABLE scheduled (
			workspace_id    TEXT     NOT NULL,
			id              TEXT     NOT NULL,
			chat_id         TEXT     NOT NULL,
			device_id       TEXT     NOT NULL,
			by_kind         TEXT     NOT NULL,
			by_id           TEXT     NOT NULL,
			content         TEXT     NOT NULL,
			reply_to        TEXT     NOT NULL DEFAULT '',
			send_at         BIGINT   NOT NULL,
			cancel_on_reply SMALLINT NOT NULL,
			state           TEXT     NOT NULL,
			code            TEXT     NOT NULL DEFAULT '',
			message_id      TEXT     NOT NULL DEFAULT '',
			created_at      BIGINT   NOT NULL,
			updated_at      BIGINT   NOT NULL,
			PRIMARY KEY (workspace_id, id)
		)`,
		`CREATE INDEX scheduled_due ON scheduled (send_at) WHERE state = 'waiting'`,
		`CREATE INDEX scheduled_chat ON scheduled (workspace_id, chat_id, send_at, id)`,
		`CREATE TABLE views (
			workspace_id TEXT     NOT NULL,
			id           TEXT     NOT NULL,
			name         TEXT     NOT NULL,
			filter       TEXT     NOT NULL,
			shared       SMALLINT NOT NULL,
			by_kind      TEXT     NOT NULL,
			by_id        TEXT     NOT NULL,
			created_at   BIGINT   NOT NULL,
			updated_at   BIGINT   NOT NULL,
			PRIMARY KEY (workspace_id, id)
		)`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
