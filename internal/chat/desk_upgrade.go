package chat

import (
	"context"

	"go.mau.fi/util/dbutil"
)

// addDesk adds who works on a chat. Each index serves one way of looking at the inbox, in the order in which it is
// listed; a list never reads more rows than it shows, but for filters that are combined.
func addDesk(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`ALTER TABLE chats ADD COLUMN assignee_id TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE chats ADD COLUMN team_id TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE chats ADD COLUMN assign_version BIGINT NOT NULL DEFAULT 1`,
		`ALTER TABLE chats ADD COLUMN status TEXT NOT NULL DEFAULT 'open'`,
		`ALTER TABLE chats ADD COLUMN status_at BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE chats ADD COLUMN wake_at BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE chats ADD COLUMN waiting_since BIGINT NOT NULL DEFAULT 0`,
		`UPDATE chats SET waiting_since = last_at WHERE last_from_me = 0 AND last_at > 0`,
		`CREATE INDEX chats_status ON chats (workspace_id, status, last_at, id) WHERE merged_into = ''`,
		`CREATE INDEX chats_assignee ON chats (workspace_id, assignee_id, status, last_at, id) WHERE merged_into = ''`,
		`CREATE INDEX chats_team ON chats (workspace_id, team_id, status, last_at, id) WHERE merged_into = '' AND team_id <> ''`,
		`CREATE INDEX chats_device ON chats (workspace_id, device_id, status, last_at, id) WHERE merged_into = ''`,
		`CREATE INDEX chats_unread ON chats (workspace_id, last_at, id, device_id) WHERE merged_into = '' AND (unread > 0 OR marked_unread = 1)`,
		`CREATE INDEX chats_waiting ON chats (workspace_id, waiting_since, id, turn, status) WHERE merged_into = '' AND waiting_since > 0`,
		`CREATE INDEX chats_snoozed ON chats (wake_at) WHERE status = 'snoozed' AND merged_into = ''`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// findDesk replaces an index that SQLite never chose by one that leads with what is asked for, and adds one for a member's
// chats of all statuses.
func findDesk(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`DROP INDEX chats_unread`,
		`CREATE INDEX chats_unread ON chats (workspace_id, (CASE WHEN unread > 0 OR marked_unread = 1 THEN 1 ELSE 0 END), last_at, id, device_id)
			WHERE merged_into = ''`,
		`CREATE INDEX chats_member ON chats (workspace_id, assignee_id, last_at, id) WHERE merged_into = ''`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// findKept adds indexes of the few messages of a chat that are looked for by what they are.
func findKept(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`CREATE INDEX messages_files ON messages (workspace_id, chat_id, ordered_at, id) WHERE shown = 1 AND content LIKE '%"media":{%'`,
		`CREATE INDEX messages_starred ON messages (workspace_id, chat_id, ordered_at, id) WHERE shown = 1 AND starred = 1`,
		`CREATE INDEX messages_pinned ON messages (workspace_id, chat_id, ordered_at, id) WHERE shown = 1 AND content LIKE '%"pin":{%'`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// listed is what every index of a list carries, so that a list is narrowed in it.
const listed = `status, assignee_id, device_id, turn, team_id, is_group, archived, pinned, unread, marked_unread`

// coverLists makes each index of a list carry everything that a list is narrowed by. Whatever is combined, one index is
// walked in the list's order, and only the chats that are shown are read: a hundred thousand entries take some tens of
// milliseconds where as many rows took most of a second. It replaces the indexes that had the status in their middle.
func coverLists(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`DROP INDEX chats_recent`, `DROP INDEX chats_status`, `DROP INDEX chats_assignee`, `DROP INDEX chats_member`, `DROP INDEX chats_team`,
		`DROP INDEX chats_device`, `DROP INDEX chats_unread`, `DROP INDEX chats_waiting`,
		`CREATE INDEX chats_recent ON chats (workspace_id, last_at, id, ` + listed + `) WHERE merged_into = ''`,
		`CREATE INDEX chats_status ON chats (workspace_id, status, last_at, id, ` + listed + `) WHERE merged_into = ''`,
		`CREATE INDEX chats_member ON chats (workspace_id, assignee_id, last_at, id, ` + listed + `) WHERE merged_into = ''`,
		`CREATE INDEX chats_team ON chats (workspace_id, team_id, last_at, id, ` + listed + `) WHERE merged_into = '' AND team_id <> ''`,
		`CREATE INDEX chats_device ON chats (workspace_id, device_id, last_at, id, ` + listed + `) WHERE merged_into = ''`,
		`CREATE INDEX chats_unread ON chats (workspace_id, (CASE WHEN unread > 0 OR marked_unread = 1 THEN 1 ELSE 0 END), last_at, id, ` + listed + `)
			WHERE merged_into = ''`,
		`CREATE INDEX chats_waiting ON chats (workspace_id, waiting_since, id, ` + listed + `) WHERE merged_into = '' AND waiting_since > 0`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// fewerLists keeps one index of all chats and, beside it, indexes of the chats that are something: open, asleep, a member's,
// unread. Each message moves its chat in every index that the chat is in, and in most of those of before it was for the sake
// of lists that walking all chats answers, too.
func fewerLists(ctx context.Context, d *dbutil.Database) error {
	for _, text := range []string{
		`DROP INDEX chats_status`, `DROP INDEX chats_device`, `DROP INDEX chats_member`, `DROP INDEX chats_unread`,
		`CREATE INDEX chats_open ON chats (workspace_id, last_at, id, ` + listed + `) WHERE merged_into = '' AND status = 'open'`,
		`CREATE INDEX chats_asleep ON chats (workspace_id, last_at, id, ` + listed + `) WHERE merged_into = '' AND status = 'snoozed'`,
		`CREATE INDEX chats_member ON chats (workspace_id, assignee_id, last_at, id, ` + listed + `) WHERE merged_into = '' AND assignee_id <> ''`,
		`CREATE INDEX chats_unread ON chats (workspace_id, last_at, id, ` + listed + `) WHERE merged_into = '' AND (unread > 0 OR marked_unread = 1)`,
	} {
		if _, err := d.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
