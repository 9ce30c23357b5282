package contact

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// addCRM makes what a business keeps about its contacts. contacts.tags and contacts.fields are what lists show, without
// joins; contact_tags and contact_fields are the same again, to find contacts by.
func addCRM(ctx context.Context, d *dbutil.Database) error {
	for _, text := range crmTables {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	index := searchSQLite
	if d.Dialect == dbutil.Postgres {
		index = searchPostgres
	}
	for _, text := range index {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return fillFromChats(ctx, d)
}

//arch:global a table, never written
var crmTables = []string{
	`ALTER TABLE contacts ADD COLUMN note TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE contacts ADD COLUMN tags TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE contacts ADD COLUMN fields TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE contacts ADD COLUMN consent TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE contacts ADD COLUMN consent_at BIGINT NOT NULL DEFAULT 0`,
	`ALTER TABLE contacts ADD COLUMN blocked SMALLINT NOT NULL DEFAULT 0`,
	`ALTER TABLE contacts ADD COLUMN last_message_at BIGINT NOT NULL DEFAULT 0`,
	`ALTER TABLE contacts ADD COLUMN last_seen_at BIGINT NOT NULL DEFAULT 0`,
	`CREATE INDEX contacts_by_created ON contacts (workspace_id, created_at, id) WHERE merged_into = ''`,
	`CREATE INDEX contacts_by_message ON contacts (workspace_id, last_message_at, id) WHERE merged_into = ''`,
	`CREATE INDEX contacts_by_phone ON contacts (workspace_id, phone) WHERE phone <> ''`,
	`CREATE INDEX contacts_by_consent ON contacts (workspace_id, consent) WHERE consent <> ''`,
	`CREATE TABLE tags (
		workspace_id TEXT   NOT NULL,
		id           TEXT   NOT NULL,
		name         TEXT   NOT NULL,
		folded       TEXT   NOT NULL,
		color        TEXT   NOT NULL,
		created_at   BIGINT NOT NULL,
		PRIMARY KEY (workspace_id, id)
	)`,
	`CREATE UNIQUE INDEX tags_by_name ON tags (workspace_id, folded)`,
	`CREATE TABLE contact_tags (
		workspace_id TEXT NOT NULL,
		tag_id       TEXT NOT NULL,
		contact_id   TEXT NOT NULL,
		PRIMARY KEY (workspace_id, tag_id, contact_id)
	)`,
	`CREATE INDEX contact_tags_by_contact ON contact_tags (workspace_id, contact_id, tag_id)`,
	`CREATE TABLE contact_field_kinds (
		workspace_id TEXT   NOT NULL,
		id           TEXT   NOT NULL,
		field_key    TEXT   NOT NULL,
		name         TEXT   NOT NULL,
		kind         TEXT   NOT NULL,
		choices      TEXT   NOT NULL,
		created_at   BIGINT NOT NULL,
		PRIMARY KEY (workspace_id, id)
	)`,
	`CREATE UNIQUE INDEX contact_field_kinds_by_key ON contact_field_kinds (workspace_id, field_key)`,
	`CREATE TABLE contact_fields (
		workspace_id TEXT             NOT NULL,
		field_id     TEXT             NOT NULL,
		contact_id   TEXT             NOT NULL,
		folded       TEXT             NOT NULL,
		num          DOUBLE PRECISION NOT NULL,
		PRIMARY KEY (workspace_id, field_id, contact_id)
	)`,
	`CREATE INDEX contact_fields_by_contact ON contact_fields (workspace_id, contact_id)`,
	`CREATE INDEX contact_fields_by_text ON contact_fields (workspace_id, field_id, folded, contact_id)`,
	`CREATE INDEX contact_fields_by_number ON contact_fields (workspace_id, field_id, num, contact_id)`,
	`CREATE TABLE contact_devices (
		workspace_id TEXT NOT NULL,
		device_id    TEXT NOT NULL,
		contact_id   TEXT NOT NULL,
		PRIMARY KEY (workspace_id, device_id, contact_id)
	)`,
	`CREATE INDEX contact_devices_by_contact ON contact_devices (workspace_id, contact_id)`,
	`CREATE TABLE contact_consents (
		workspace_id TEXT   NOT NULL,
		id           TEXT   NOT NULL,
		contact_id   TEXT   NOT NULL,
		state        TEXT   NOT NULL,
		source       TEXT   NOT NULL,
		by_id        TEXT   NOT NULL,
		why          TEXT   NOT NULL,
		at           BIGINT NOT NULL,
		PRIMARY KEY (workspace_id, id)
	)`,
	`CREATE INDEX contact_consents_by_contact ON contact_consents (workspace_id, contact_id, id)`,
	`CREATE TABLE segments (
		workspace_id TEXT   NOT NULL,
		id           TEXT   NOT NULL,
		name         TEXT   NOT NULL,
		folded       TEXT   NOT NULL,
		tree         TEXT   NOT NULL,
		created_at   BIGINT NOT NULL,
		updated_at   BIGINT NOT NULL,
		PRIMARY KEY (workspace_id, id)
	)`,
	`CREATE UNIQUE INDEX segments_by_name ON segments (workspace_id, folded)`,
}

// SQLite finds parts of names and numbers by an index of all their pieces of three characters. Its rows need numbers that
// stay, which those of contacts do not have.
//
//arch:global a table, never written
var searchSQLite = []string{
	`CREATE TABLE contact_texts (
		n            INTEGER PRIMARY KEY,
		workspace_id TEXT NOT NULL,
		contact_id   TEXT NOT NULL,
		body         TEXT NOT NULL,
		UNIQUE (workspace_id, contact_id)
	)`,
	`CREATE VIRTUAL TABLE contact_search USING fts5(body, content='contact_texts', content_rowid='n', tokenize='trigram')`,
	`CREATE TRIGGER contact_texts_new AFTER INSERT ON contact_texts BEGIN
		INSERT INTO contact_search (rowid, body) VALUES (new.n, new.body);
	END`,
	`CREATE TRIGGER contact_texts_gone AFTER DELETE ON contact_texts BEGIN
		INSERT INTO contact_search (contact_search, rowid, body) VALUES ('delete', old.n, old.body);
	END`,
	`CREATE TRIGGER contact_texts_changed AFTER UPDATE OF body ON contact_texts BEGIN
		INSERT INTO contact_search (contact_search, rowid, body) VALUES ('delete', old.n, old.body);
		INSERT INTO contact_search (rowid, body) VALUES (new.n, new.body);
	END`,
	`INSERT INTO contact_texts (workspace_id, contact_id, body) SELECT workspace_id, id, search FROM contacts`,
	`CREATE TRIGGER contacts_text_new AFTER INSERT ON contacts BEGIN
		INSERT INTO contact_texts (workspace_id, contact_id, body) VALUES (new.workspace_id, new.id, new.search);
	END`,
	`CREATE TRIGGER contacts_text_changed AFTER UPDATE OF search ON contacts WHEN old.search <> new.search BEGIN
		UPDATE contact_texts SET body = new.search WHERE workspace_id = new.workspace_id AND contact_id = new.id;
	END`,
	`CREATE TRIGGER contacts_text_gone AFTER DELETE ON contacts BEGIN
		DELETE FROM contact_texts WHERE workspace_id = old.workspace_id AND contact_id = old.id;
	END`,
}

// PostgreSQL has the same as an extension that an ordinary owner of the database may add. Where it is not installed,
// searches read all names of the workspace.
//
//arch:global a table, never written
var searchPostgres = []string{
	`DO $$ BEGIN
		CREATE EXTENSION IF NOT EXISTS pg_trgm;
		CREATE INDEX contacts_by_text ON contacts USING gin (search gin_trgm_ops);
	EXCEPTION WHEN OTHERS THEN
		RAISE NOTICE 'no index for parts of names: %', SQLERRM;
	END $$`,
}

// fillFromChats brings in what older versions knew only in their chats.
func fillFromChats(ctx context.Context, d *dbutil.Database) error {
	there, err := d.TableExists(ctx, "chats")
	if err != nil || !there {
		return err
	}
	for _, text := range []string{
		`INSERT INTO contact_devices (workspace_id, device_id, contact_id) SELECT DISTINCT workspace_id, device_id, contact_id FROM chats WHERE merged_into = ''`,
		`UPDATE contacts SET
			last_message_at = COALESCE((SELECT MAX(h.last_at) FROM chats h WHERE h.workspace_id = contacts.workspace_id AND h.contact_id = contacts.id), 0),
			last_seen_at = COALESCE((SELECT MAX(h.inbound_at) FROM chats h WHERE h.workspace_id = contacts.workspace_id AND h.contact_id = contacts.id), 0)`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
