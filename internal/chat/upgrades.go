package chat

import (
	"context"
	"strings"

	"go.mau.fi/util/dbutil"
)

// upgrades are the migrations of the tables chats and messages.
func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "chats and messages", dbutil.TxnModeOn, createTables).
		WithRaw(1, 2, 2, "messages that disappear", dbutil.TxnModeOn, addTimer).
		WithRaw(2, 3, 3, "marks and labels", dbutil.TxnModeOn, addMarks).
		WithRaw(3, 4, 4, "whose a chat was before", dbutil.TxnModeOn, func(ctx context.Context, d *dbutil.Database) error {
			_, err := d.Exec(ctx, `ALTER TABLE chats ADD COLUMN given_from TEXT NOT NULL DEFAULT ''`)
			return err
		}).
		WithRaw(4, 5, 5, "who works on a chat", dbutil.TxnModeOn, addDesk).
		WithRaw(5, 6, 6, "unread chats and a member's chats are found at once", dbutil.TxnModeOn, findDesk).
		WithRaw(6, 7, 7, "combined filters are answered by one index", dbutil.TxnModeOn, coverLists).
		WithRaw(7, 8, 8, "files, stars and pins of a chat are found at once", dbutil.TxnModeOn, findKept).
		WithRaw(8, 9, 9, "a message moves its chat in few indexes", dbutil.TxnModeOn, fewerLists).
		WithRaw(9, 10, 10, "who had the last word", dbutil.TxnModeOn, addLastBy).
		Finish()
}

// shown is 0 for messages that only change others. messages_network is the key of a message, led by what receipts,
// replies and edits name; moved_from remembers the chat that a message was in before two became one.
func createTables(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`CREATE TABLE chats (
			workspace_id    TEXT     NOT NULL,
			id              TEXT     NOT NULL,
			device_id       TEXT     NOT NULL,
			contact_id      TEXT     NOT NULL,
			is_group        SMALLINT NOT NULL,
			turn            TEXT     NOT NULL,
			turn_version    BIGINT   NOT NULL,
			turn_since      BIGINT   NOT NULL,
			unread          BIGINT   NOT NULL DEFAULT 0,
			last_message_id TEXT     NOT NULL DEFAULT '',
			last_kind       TEXT     NOT NULL DEFAULT '',
			last_preview    TEXT     NOT NULL DEFAULT '',
			last_from_me    SMALLINT NOT NULL DEFAULT 0,
			last_at         BIGINT   NOT NULL DEFAULT 0,
			inbound_at      BIGINT   NOT NULL DEFAULT 0,
			first_at        BIGINT   NOT NULL DEFAULT 0,
			merged_into     TEXT     NOT NULL DEFAULT '',
			created_at      BIGINT   NOT NULL,
			PRIMARY KEY (workspace_id, id)
		)`,
		`CREATE UNIQUE INDEX chats_contact ON chats (workspace_id, contact_id, device_id)`,
		`CREATE INDEX chats_recent ON chats (workspace_id, last_at, id) WHERE merged_into = ''`,
		`CREATE TABLE messages (
			workspace_id TEXT     NOT NULL,
			id           TEXT     NOT NULL,
			chat_id      TEXT     NOT NULL,
			device_id    TEXT     NOT NULL,
			sender_id    TEXT     NOT NULL,
			from_me      SMALLINT NOT NULL,
			network_id   TEXT     NOT NULL,
			shown        SMALLINT NOT NULL,
			content      TEXT     NOT NULL,
			target       TEXT     NOT NULL DEFAULT '',
			at           BIGINT   NOT NULL,
			ordered_at   BIGINT   NOT NULL,
			created_at   BIGINT   NOT NULL,
			origin       TEXT     NOT NULL DEFAULT '',
			by_kind      TEXT     NOT NULL DEFAULT '',
			by_id        TEXT     NOT NULL DEFAULT '',
			state        TEXT     NOT NULL DEFAULT '',
			send_id      TEXT     NOT NULL DEFAULT '',
			edited_at    BIGINT   NOT NULL DEFAULT 0,
			revoked_at   BIGINT   NOT NULL DEFAULT 0,
			reactions    TEXT     NOT NULL DEFAULT '',
			moved_from   TEXT     NOT NULL DEFAULT '',
			raw          %BYTES%,
			PRIMARY KEY (workspace_id, id)
		)`,
		`CREATE UNIQUE INDEX messages_network ON messages (workspace_id, device_id, network_id, chat_id, sender_id)`,
		`CREATE INDEX messages_in_chat ON messages (workspace_id, chat_id, ordered_at, id) WHERE shown = 1`,
		`CREATE INDEX messages_changing ON messages (workspace_id, chat_id, target) WHERE shown = 0`,
	} {
		name := "BLOB"
		if d.Dialect == dbutil.Postgres {
			name = "BYTEA"
		}
		if _, err := d.Exec(ctx, strings.ReplaceAll(text, "%BYTES%", name)); err != nil {
			return err
		}
	}
	return nil
}

// addLastBy has lists say who of ours wrote last.
func addLastBy(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`ALTER TABLE chats ADD COLUMN last_by TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE chats ADD COLUMN last_by_id TEXT NOT NULL DEFAULT ''`,
		`UPDATE chats SET last_by = m.by_kind, last_by_id = m.by_id FROM messages m
			WHERE m.workspace_id = chats.workspace_id AND m.id = chats.last_message_id AND chats.last_from_me = 1`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
