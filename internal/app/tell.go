package app

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/live"
)

// InTx runs fn in one transaction of the app's database.
func (a *App) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return a.db.Tx(ctx, fn)
}

// Channel is the channel of the numbers that are linked by QR or code.
func (a *App) Channel() string { return a.driver.Channel() }

// tellStep pushes a step of linking to the workspace's browsers.
func (a *App) tellStep(ctx context.Context, d device.Device, s device.Step) {
	a.push(ctx, d.WorkspaceID, live.Event{Type: "device.link", Data: map[string]any{"device_id": d.ID, "link": s}})
}

// tellChat pushes what passes and is in no log: that somebody types.
func (a *App) tellChat(e chat.Event) {
	a.push(context.Background(), e.WorkspaceID, live.Event{Type: string(e.Type), Data: e})
}

// tellSeen pushes that a member looks at a chat or types in it, which is in no log either.
func (a *App) tellSeen(p chat.Presence) {
	a.push(context.Background(), p.WorkspaceID, live.Event{Type: "chat.presence", Data: p})
}

// tellEvent pushes an event of the log with its number, by which a browser that was away asks for what it missed.
func (a *App) tellEvent(ctx context.Context, e event.Event) {
	if e.Type == event.ChatTyping { // browsers have heard of it from tellChat, of every device
		return
	}
	a.push(ctx, e.WorkspaceID, live.Event{Type: string(e.Type), Seq: e.Seq, Data: event.ViewOf(e).Data})
}

// push tells browsers that something is new; what they miss they read from the API.
func (a *App) push(ctx context.Context, workspaceID string, e live.Event) {
	if err := a.Live.Publish(workspaceID, e); err != nil {
		a.log.WarnContext(ctx, "a live event was not pushed", "type", e.Type, "error", err)
	}
}
