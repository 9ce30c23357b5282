package search

import (
	"context"

	"go.mau.fi/util/dbutil"
)

func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "index of words", dbutil.TxnModeOn, createTables).
		WithRaw(1, 2, 1, "new messages wait to be indexed", dbutil.TxnModeOn, createFresh).
		Finish()
}

// createFresh makes the list of messages whose words are not in the index yet.
func createFresh(ctx context.Context, d *dbutil.Database) error {
	_, err := d.Exec(ctx, `CREATE TABLE search_fresh (
		workspace_id TEXT NOT NULL,
		message_id   TEXT NOT NULL,
		PRIMARY KEY (workspace_id, message_id)
	)`)
	return err
}

// On SQLite the index keeps neither the texts (they are in messages) nor places in them. search_tasks is what is to be
// done behind the back of whoever waits: messages that were there before the index are indexed in the background.
func createTables(ctx context.Context, d *dbutil.Database) error {
	texts := []string{
		`CREATE TABLE message_index (
			workspace_id TEXT   NOT NULL,
			message_id   TEXT   NOT NULL,
			num          BIGINT NOT NULL,
			PRIMARY KEY (workspace_id, message_id)
		)`,
		`CREATE UNIQUE INDEX message_index_num ON message_index (num)`,
		`CREATE VIRTUAL TABLE message_words USING fts5(words, content='', contentless_delete=1, detail=none, prefix='2 3 4', tokenize='ascii')`,
	}
	if d.Dialect == dbutil.Postgres {
		texts = []string{
			`CREATE TABLE message_index (
				workspace_id TEXT     NOT NULL,
				message_id   TEXT     NOT NULL,
				num          BIGINT   NOT NULL,
				words        TSVECTOR NOT NULL,
				PRIMARY KEY (workspace_id, message_id)
			)`,
			`CREATE UNIQUE INDEX message_index_num ON message_index (workspace_id, num)`,
			`CREATE INDEX message_index_words ON message_index USING gin (words)`,
		}
	}
	for _, text := range append(texts,
		`CREATE TABLE search_tasks (
			workspace_id TEXT NOT NULL,
			task         TEXT NOT NULL,
			done_to      TEXT NOT NULL DEFAULT '',
			PRIMARY KEY (workspace_id, task)
		)`,
		`INSERT INTO search_tasks (workspace_id, task) SELECT DISTINCT workspace_id, 'fill' FROM chats`,
	) {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
