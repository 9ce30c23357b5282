package app

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/feature/broadcast"
	"github.com/pingcrm/pingcrm/internal/group"
	"github.com/pingcrm/pingcrm/internal/kit/live"
	"github.com/pingcrm/pingcrm/internal/profile"
)

// broadcasts makes the paced campaigns.
func (a *App) broadcasts() *broadcast.Service {
	return broadcast.New(broadcast.Config{
		DB: a.db, Log: a.log, Now: a.clock.Now, Contacts: a.Contacts, Templates: a.Templates, Devices: a.Devices, Outbox: a.Outbox, Chats: a.Chats, Files: a.Files,
		Groups: crowd{a.Groups}, Numbers: numbers{a.Profiles}, Zone: a.zone, Node: a.Devices.Node(), Simulated: a.conf.Network != nil, Outlook: a.Governor.Outlook,
		Progress: func(workspaceID string, v broadcast.View) {
			a.push(context.Background(), workspaceID, live.Event{Type: "broadcast.progress", Data: v})
		},
	})
}

// connectBroadcasts has the broadcasts hear of what becomes of what they send, and the logs of what becomes of them.
func (a *App) connectBroadcasts() {
	a.Outbox.Changed.Add("broadcast", a.Broadcasts.SendChanged)
	a.Chats.Arrived.Add("broadcast", a.Broadcasts.Arrived)
	a.Contacts.ConsentChanged.Add("broadcast", a.Broadcasts.ConsentChanged)
	a.Contacts.Merged.Add("broadcast", a.Broadcasts.Merged)
	a.Contacts.Deleted.Add("broadcast", a.Broadcasts.EraseContact)
	a.Devices.Deleted.Add("broadcast", a.Broadcasts.ForgetDevice)
	a.Devices.Online.Add(func(_ context.Context, l device.Live) { a.Broadcasts.Online(l) })
	a.Devices.Gone.Add(func(_ context.Context, l device.Live) { a.Broadcasts.Gone(l) })
	a.Broadcasts.Changed.Add("event", func(ctx context.Context, c broadcast.Changed) error {
		b := c.Broadcast
		return a.Events.Append(ctx, event.Draft{
			WorkspaceID: b.WorkspaceID, Subject: b.ID, Type: event.BroadcastState, Data: event.BroadcastData{
				BroadcastID: b.ID, Name: b.Name, State: string(b.State), Deed: string(c.Deed), Why: b.Why, Counts: c.Counts.Map(),
			},
		})
	})
	a.Broadcasts.Changed.Add("audit", func(ctx context.Context, c broadcast.Changed) error {
		b := c.Broadcast
		switch c.Deed {
		case broadcast.DeedPlanned, broadcast.DeedDone, broadcast.DeedFailed:
			return nil // nobody did that
		}
		return a.Audit.Write(ctx, b.WorkspaceID, audit.Deed("broadcast."+string(c.Deed)), audit.Subject{Kind: "broadcast", ID: b.ID, Name: b.Name}, nil)
	})
}

// crowd tells who is in a group.
type crowd struct{ groups *group.Service }

// Members asks the device's network.
func (c crowd) Members(ctx context.Context, workspaceID, deviceID, groupID string) ([]device.Peer, error) {
	g, err := c.groups.Get(ctx, workspaceID, deviceID, groupID)
	out := make([]device.Peer, 0, len(g.Members))
	for _, m := range g.Members {
		out = append(out, m.Peer)
	}
	return out, err
}

// numbers knows which numbers a network knows.
type numbers struct{ profiles *profile.Service }

// Known is what is remembered.
func (n numbers) Known(ctx context.Context, workspaceID, channel string, phones []string) (map[string]bool, error) {
	return n.profiles.Known(ctx, workspaceID, channel, phones)
}

// Ask asks the device's network within its budget.
func (n numbers) Ask(ctx context.Context, workspaceID, deviceID string, phones []string) (map[string]bool, error) {
	found, err := n.profiles.Lookup(ctx, workspaceID, deviceID, phones)
	out := map[string]bool{}
	for _, f := range found {
		out[f.Phone] = f.Registered
	}
	return out, err
}
