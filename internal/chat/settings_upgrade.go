package chat

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// addMarks adds what the account's devices agree on. chat_marks has one row for each thing that was ever marked: when
// it last was, and whether the network knows it (pending: 0 it does, 1 it will be told, 2 it would not take it).
// The labels columns repeat chat_labelled, comma by comma, so that a list of chats reads nothing else.
func addMarks(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`ALTER TABLE chats ADD COLUMN archived SMALLINT NOT NULL DEFAULT 0`,
		`ALTER TABLE chats ADD COLUMN pinned SMALLINT NOT NULL DEFAULT 0`,
		`ALTER TABLE chats ADD COLUMN marked_unread SMALLINT NOT NULL DEFAULT 0`,
		`ALTER TABLE chats ADD COLUMN muted_until BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE chats ADD COLUMN cleared_at BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE chats ADD COLUMN labels TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE messages ADD COLUMN starred SMALLINT NOT NULL DEFAULT 0`,
		`ALTER TABLE messages ADD COLUMN deleted_at BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE messages ADD COLUMN labels TEXT NOT NULL DEFAULT ''`,
		`CREATE TABLE chat_marks (
			workspace_id TEXT     NOT NULL,
			device_id    TEXT     NOT NULL,
			chat_id      TEXT     NOT NULL,
			kind         TEXT     NOT NULL,
			subject      TEXT     NOT NULL,
			at           BIGINT   NOT NULL,
			pending      SMALLINT NOT NULL,
			tries        INTEGER  NOT NULL DEFAULT 0,
			due_at       BIGINT   NOT NULL DEFAULT 0,
			code         TEXT     NOT NULL DEFAULT '',
			body         TEXT     NOT NULL,
			PRIMARY KEY (workspace_id, device_id, chat_id, kind, subject)
		)`,
		`CREATE INDEX chat_marks_pending ON chat_marks (workspace_id, device_id, at) WHERE pending = 1`,
		`CREATE INDEX chat_marks_chat ON chat_marks (workspace_id, chat_id)`,
		`CREATE TABLE labels (
			workspace_id TEXT     NOT NULL,
			id           TEXT     NOT NULL,
			device_id    TEXT     NOT NULL,
			network_id   TEXT     NOT NULL,
			name         TEXT     NOT NULL,
			color        INTEGER  NOT NULL DEFAULT 0,
			deleted      SMALLINT NOT NULL DEFAULT 0,
			created_at   BIGINT   NOT NULL,
			PRIMARY KEY (workspace_id, id)
		)`,
		`CREATE UNIQUE INDEX labels_network ON labels (workspace_id, device_id, network_id)`,
		`CREATE TABLE chat_labelled (
			workspace_id TEXT   NOT NULL,
			chat_id      TEXT   NOT NULL,
			message_id   TEXT   NOT NULL,
			label_id     TEXT   NOT NULL,
			device_id    TEXT   NOT NULL,
			at           BIGINT NOT NULL,
			PRIMARY KEY (workspace_id, chat_id, message_id, label_id)
		)`,
		`CREATE INDEX chat_labelled_label ON chat_labelled (workspace_id, label_id, chat_id)`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
