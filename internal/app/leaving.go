package app

import (
	"context"
	"errors"
	"io"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/feature/erasure"
	"github.com/pingcrm/pingcrm/internal/feature/importer"
	"github.com/pingcrm/pingcrm/internal/feature/takeout"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/live"
)

// buildLeaving makes what takes everything out, and what deletes it for good.
func (a *App) buildLeaving() {
	a.Imports = a.importer()
	told := func(kind string) func(string) {
		return func(workspaceID string) { a.push(context.Background(), workspaceID, live.Event{Type: kind}) }
	}
	a.Takeouts = takeout.New(takeout.Config{
		DB: a.db, Log: a.log, Audit: a.Audit, Members: a.Members, Blobs: a.blobs, Files: a.Files, Tables: takenOut(), Node: a.Devices.Node(),
		Told: told("takeouts.changed"), Now: a.clock.Now,
		Sheets: []takeout.Sheet{{Name: "contacts.csv", Write: func(ctx context.Context, workspaceID string, to io.Writer) error {
			return a.Imports.WriteExport(ctx, workspaceID, filter.Node{}, importer.CSV, to)
		}}},
	})
	a.Erasures = erasure.New(erasure.Config{
		DB: a.db, Log: a.log, Audit: a.Audit, Members: a.Members, Workspaces: a.Workspaces, Files: a.Files, Told: told("closing.changed"), Now: a.clock.Now,
		Trails: []erasure.Trail{{Name: "event", Erase: a.Events.Erase}, {Name: "webhook", Erase: a.Webhooks.Erase}},
		Silent: []string{"files", "events", "webhook_deliveries", "erasures", "audit_log", "message_index", "once_answers"},
		Steps: []erasure.Step{
			{Name: "device", Do: a.unlinkAll},
			{Name: "member", Do: func(ctx context.Context, c erasure.Closing) error { return a.Members.Disband(ctx, c.WorkspaceID) }},
			{Name: "search", Do: func(ctx context.Context, c erasure.Closing) error { return a.Search.EraseWorkspace(ctx, c.WorkspaceID) }},
		},
	})
}

// unlinkAll deletes every device of a workspace that is being closed, so that its account's phone lists it no more. For
// one that can't reach its network just now it waits a day.
func (a *App) unlinkAll(ctx context.Context, c erasure.Closing) error {
	list, err := a.Devices.List(ctx, c.WorkspaceID)
	for _, d := range list {
		away := d.State.Code == device.StateConnecting || d.State.Code == device.StateOffline
		if d.Linked && away && !c.Late(a.clock.Now()) {
			return erasure.ErrLater
		}
		if err := a.Devices.Delete(ctx, c.WorkspaceID, d.ID); err != nil {
			if f, ok := fault.From(err); !ok || f.Kind != fault.NotFound {
				return err
			}
		}
	}
	return err
}

// forgetContact has what a deleted contact has left behind erased, soon after.
func (a *App) forgetContact(ctx context.Context, c contact.Contact) error {
	chats, files, err := a.Chats.Leavings(ctx, c)
	pictures, err2 := a.Profiles.PictureFiles(ctx, c)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	return a.Erasures.Forget(ctx, c.WorkspaceID, append(chats, c.ID), append(files, pictures...))
}

// takenOut says of every table that a workspace has what its owner gets of it; a test compares it with the database. Who
// adds a table adds its line.
func takenOut() []takeout.Table {
	by := func(name string, key ...string) takeout.Table { return takeout.Table{Name: name, Key: key} }
	const (
		machine = "it is the program's own bookkeeping"
		secret  = "it is nothing but secrets"
		twice   = "another table has the same"
	)
	without := func(why string, names ...string) (all []takeout.Table) {
		for _, name := range names {
			all = append(all, takeout.Table{Name: name, Why: why})
		}
		return all
	}
	with := func(t takeout.Table, json []string, omit ...string) takeout.Table {
		t.JSON, t.Omit = json, omit
		return t
	}
	is := func(names ...string) []string { return names }
	all := []takeout.Table{
		with(by("api_keys", "id"), is("scopes"), "key_hash"),
		with(by("audit_log", "id"), is("detail")),
		by("broadcast_recipients", "broadcast_id", "n"),
		by("broadcast_tallies", "broadcast_id", "slot", "variant"),
		with(by("broadcasts", "id"), is("devices", "content", "audience", "options", "reasons"), "plan_cursor", "claimed_by", "claimed_until"),
		with(by("calls", "device_id", "network_id"), nil, "ref"),
		by("chat_labelled", "chat_id", "message_id", "label_id"),
		with(by("chat_marks", "device_id", "chat_id", "kind", "subject"), is("body"), "pending", "tries", "due_at", "code"),
		with(by("chats", "id"), is("labels")),
		by("contact_consents", "id"),
		with(by("contact_field_kinds", "id"), is("choices")),
		with(by("contact_merges", "id"), is("before")),
		with(by("contacts", "id"), is("tags", "fields"), "sort_name", "search"),
		by("device_health_log", "device_id", "id"),
		with(by("device_quarantine", "device_id", "chat", "network_id"), is("inbound")),
		with(by("devices", "id"), is("settings")),
		with(by("drafts", "member_id", "chat_id"), nil),
		with(by("files", "id"), nil, "thumbnail"),
		by("identities", "channel", "kind", "value"),
		with(by("import_lines", "import_id", "first_done"), is("lines")),
		with(by("imports", "id"), is("header", "samples", "options", "counts"), "claimed_by", "claimed_until"),
		with(by("invitations", "id"), nil, "token_hash"),
		by("labels", "id"), by("members", "id"),
		with(by("messages", "id"), is("content", "reactions"), "raw"),
		with(by("notes", "id"), is("mentions")),
		by("profile_blocks", "device_id", "contact_id"),
		with(by("profile_numbers", "channel", "phone"), is("addresses")),
		by("profile_pictures", "contact_id"),
		by("rule_fires", "rule_id", "chat_id"),
		with(by("rules", "id"), is("trigger_json", "steps", "devices", "audience")),
		with(by("scheduled", "id"), is("content")),
		with(by("segments", "id"), is("tree")),
		with(by("sends", "id"), is("content", "target"), "raw", "claimed_epoch"),
		by("stats_messages", "slot", "device_id", "by_kind", "by_id"),
		by("stats_replies", "slot", "device_id", "by_kind", "by_id", "bucket"),
		with(by("status_updates", "device_id", "network_id", "sender_key"), is("content", "sender")),
		by("tags", "id"), by("team_members", "team_id", "member_id"), by("teams", "id"), by("templates", "id"),
		with(by("view_orders", "member_id"), is("ids")),
		with(by("views", "id"), is("filter")),
		with(by("webhooks", "id"), is("events", "device_ids"), "secret"),
	}
	for _, more := range [][]takeout.Table{
		without(secret, "bells", "sessions", "webhook_secrets", "once_answers"),
		without(twice, "broadcast_sources", "contact_devices", "contact_fields", "contact_tags", "contact_texts", "events", "mentions", "notices", "webhook_deliveries"),
		without(machine, "closings", "device_health", "device_leases", "erasures", "event_logs", "file_trash", "message_index", "newsletter_marks", "notice_places", "rule_guards", "rule_sets",
			"search_fresh", "search_tasks", "stats_places", "stats_waits", "takeouts", "whatsapp_history", "whatsapp_history_taken", "whatsapp_unheard"),
	} {
		all = append(all, more...)
	}
	return all
}
