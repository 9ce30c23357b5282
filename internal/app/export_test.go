package app

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/kit/db"
)

// DB is the database, for tests that look into it.
func (a *App) DB() *db.DB { return a.db }

// WebhookPlace is up to which event a webhook has its deliveries.
func (a *App) WebhookPlace(ctx context.Context, workspaceID, webhookID string) (seq int64, err error) {
	err = a.db.QueryRow(ctx, `SELECT seq FROM webhooks WHERE workspace_id = $1 AND id = $2`, workspaceID, webhookID).Scan(&seq)
	return seq, err
}

// Unnumbered is how many events wait for their number.
func (a *App) Unnumbered(ctx context.Context, workspaceID string) (n int, err error) {
	err = a.db.QueryRow(ctx, `SELECT COUNT(*) FROM events WHERE workspace_id = $1 AND seq IS NULL`, workspaceID).Scan(&n)
	return n, err
}
