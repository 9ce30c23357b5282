package member

import (
	"context"

	"go.mau.fi/util/dbutil"
)

func upgrades() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().
		WithRaw(0, 1, 1, "members, sessions, API keys", dbutil.TxnModeOn, createTables).
		WithRaw(1, 2, 2, "a person may be a member of several workspaces", dbutil.TxnModeOn, all(people())).
		WithRaw(2, 3, 3, "invitations", dbutil.TxnModeOn, all(invitations())).
		WithRaw(3, 4, 4, "half sessions, between the password and the second factor", dbutil.TxnModeOn, all(halves())).
		WithRaw(4, 5, 5, "password resets", dbutil.TxnModeOn, all(resets())).
		Finish()
}

// all runs texts one after the other.
func all(texts []string) func(context.Context, *dbutil.Database) error {
	return func(ctx context.Context, d *dbutil.Database) error {
		for _, text := range texts {
			if _, err := d.Exec(ctx, text); err != nil {
				return err
			}
		}
		return nil
	}
}

func createTables(ctx context.Context, d *dbutil.Database) error {
	return all([]string{
		`CREATE TABLE installation (one INTEGER PRIMARY KEY, set_up_at BIGINT NOT NULL)`,
		// An e-mail is unique over the installation, because people sign in without naming a workspace.
		`CREATE TABLE members (
			workspace_id  TEXT   NOT NULL,
			id            TEXT   NOT NULL,
			email         TEXT   NOT NULL,
			email_key     TEXT   NOT NULL UNIQUE,
			name          TEXT   NOT NULL,
			role          TEXT   NOT NULL,
			password_hash TEXT   NOT NULL,
			created_at    BIGINT NOT NULL,
			updated_at    BIGINT NOT NULL,
			PRIMARY KEY (workspace_id, id)
		)`,
		`CREATE TABLE sessions (
			token_hash   TEXT   PRIMARY KEY,
			workspace_id TEXT   NOT NULL,
			member_id    TEXT   NOT NULL,
			created_at   BIGINT NOT NULL,
			expires_at   BIGINT NOT NULL
		)`,
		`CREATE INDEX sessions_by_member ON sessions (workspace_id, member_id)`,
		`CREATE TABLE api_keys (
			workspace_id TEXT   NOT NULL,
			id           TEXT   NOT NULL,
			key_hash     TEXT   NOT NULL UNIQUE,
			name         TEXT   NOT NULL,
			hint         TEXT   NOT NULL,
			scopes       TEXT   NOT NULL,
			created_by   TEXT   NOT NULL,
			created_at   BIGINT NOT NULL,
			last_used_at BIGINT NOT NULL DEFAULT 0,
			expires_at   BIGINT NOT NULL DEFAULT 0,
			revoked_at   BIGINT NOT NULL DEFAULT 0,
			PRIMARY KEY (workspace_id, id)
		)`,
	})(ctx, d)
}

// people makes each member a person of the same id, with the member's e-mail and password.
func people() []string {
	return []string{
		`CREATE TABLE people (
			id             TEXT   PRIMARY KEY,
			email          TEXT   NOT NULL,
			email_key      TEXT   NOT NULL UNIQUE,
			password_hash  TEXT   NOT NULL,
			language       TEXT   NOT NULL,
			last_workspace TEXT   NOT NULL,
			created_at     BIGINT NOT NULL,
			updated_at     BIGINT NOT NULL
		)`,
		`INSERT INTO people (id, email, email_key, password_hash, language, last_workspace, created_at, updated_at)
			SELECT id, email, email_key, password_hash, '', workspace_id, created_at, updated_at FROM members`,
		`CREATE TABLE members_of (
			workspace_id TEXT   NOT NULL,
			id           TEXT   NOT NULL,
			person_id    TEXT   NOT NULL,
			name         TEXT   NOT NULL,
			role         TEXT   NOT NULL,
			created_at   BIGINT NOT NULL,
			updated_at   BIGINT NOT NULL,
			PRIMARY KEY (workspace_id, id)
		)`,
		`INSERT INTO members_of (workspace_id, id, person_id, name, role, created_at, updated_at)
			SELECT workspace_id, id, id, name, role, created_at, updated_at FROM members`,
		`DROP TABLE members`,
		`ALTER TABLE members_of RENAME TO members`,
		`CREATE UNIQUE INDEX members_by_person ON members (workspace_id, person_id)`,
		`CREATE INDEX members_of_person ON members (person_id)`,
		`ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE sessions ADD COLUMN person_id TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE sessions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT ''`,
		`UPDATE sessions SET id = substr(token_hash, 1, 32), person_id = member_id, seen_at = created_at`,
		`CREATE INDEX sessions_of_person ON sessions (person_id)`,
		// What ended lately, for the other nodes, which may hold its WebSockets.
		`CREATE TABLE ended_sessions (id TEXT PRIMARY KEY, ended_at BIGINT NOT NULL)`,
		`CREATE INDEX ended_sessions_by_time ON ended_sessions (ended_at)`,
	}
}

func invitations() []string {
	return []string{
		`CREATE TABLE invitations (
			workspace_id TEXT   NOT NULL,
			id           TEXT   NOT NULL,
			token_hash   TEXT   NOT NULL UNIQUE,
			role         TEXT   NOT NULL,
			email        TEXT   NOT NULL,
			invited_by   TEXT   NOT NULL,
			inviter_name TEXT   NOT NULL,
			created_at   BIGINT NOT NULL,
			expires_at   BIGINT NOT NULL,
			accepted_at  BIGINT NOT NULL DEFAULT 0,
			accepted_by  TEXT   NOT NULL DEFAULT '',
			revoked_at   BIGINT NOT NULL DEFAULT 0,
			PRIMARY KEY (workspace_id, id)
		)`,
	}
}

func halves() []string {
	return []string{
		`CREATE TABLE half_sessions (
			token_hash TEXT    PRIMARY KEY,
			person_id  TEXT    NOT NULL,
			tries      INTEGER NOT NULL DEFAULT 0,
			created_at BIGINT  NOT NULL,
			expires_at BIGINT  NOT NULL
		)`,
		`CREATE INDEX half_sessions_of_person ON half_sessions (person_id)`,
	}
}

func resets() []string {
	return []string{
		`CREATE TABLE password_resets (
			token_hash TEXT   PRIMARY KEY,
			person_id  TEXT   NOT NULL,
			created_at BIGINT NOT NULL,
			expires_at BIGINT NOT NULL,
			used_at    BIGINT NOT NULL DEFAULT 0
		)`,
		`CREATE INDEX password_resets_of_person ON password_resets (person_id)`,
	}
}
