package app

import (
	"context"
	"strings"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/kit/live"
)

// hint has the workspace's browsers hear of what only they care about and is in no log: by it a second tab reads anew
// what the first has changed. On another node nobody hears it.
func (a *App) hint() {
	push := func(kind string) func(context.Context, string) {
		return func(ctx context.Context, workspaceID string) { a.push(ctx, workspaceID, live.Event{Type: kind}) }
	}
	a.Rules.Changed.Add(push("rules.changed"))
	a.Templates.Changed.Add(push("templates.changed"))
	a.Contacts.Arranged.Add(push("contacts.arranged"))
	a.Audit.Written.Add(func(ctx context.Context, l audit.Line) {
		switch noun, _, _ := strings.Cut(string(l.Deed), "."); noun {
		case "api_key":
			push("api_keys.changed")(ctx, l.WorkspaceID)
		case "invitation":
			push("invitations.changed")(ctx, l.WorkspaceID)
		case "webhook":
			push("webhooks.changed")(ctx, l.WorkspaceID)
		}
	})
}
