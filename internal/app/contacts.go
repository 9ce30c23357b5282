package app

import (
	"context"
	"fmt"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/feature/importer"
	"github.com/pingcrm/pingcrm/internal/profile"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// keepContacts has the contacts hear of what lists and filters of them show: when they last wrote, on which device, and
// whether they want to be written to.
func (a *App) keepContacts() {
	a.Chats.Arrived.Add("contact", func(ctx context.Context, e chat.Arrived) error {
		if e.Message.Content.Kind.Modifies() {
			return nil
		}
		way := contact.Theirs
		if e.Message.FromMe {
			way = contact.Ours
		}
		return a.Contacts.Messaged(ctx, e.Contact, e.Device.ID, e.Message.At, way)
	})
	a.Chats.Posted.Add("contact", func(ctx context.Context, e chat.Posted) error {
		who := contact.Contact{WorkspaceID: e.Chat.WorkspaceID, ID: e.Chat.ContactID}
		return a.Contacts.Messaged(ctx, who, e.Device.ID, e.Message.At, contact.Ours)
	})
	a.Contacts.Deleted.Add("erasure", a.forgetContact) // while it is still known what there is
	a.Contacts.Deleted.Add("chat", a.Chats.EraseContact)
	a.Contacts.Deleted.Add("profile", a.Profiles.EraseContact)
	a.Contacts.Deleted.Add("call", a.Calls.EraseContact)
	a.Contacts.Deleted.Add("search", func(ctx context.Context, c contact.Contact) error {
		return a.Search.Forget(ctx, device.Device{WorkspaceID: c.WorkspaceID})
	})
	a.Contacts.Deleted.Add("event", event.Listener{Log: a.Events, People: a.Contacts}.ContactDeleted)
	a.Profiles.BlockChanged.Add("contact", func(ctx context.Context, b profile.BlockChange) error {
		state := contact.Unblocked
		if b.Action == device.BlockPerson {
			state = contact.Blocked
		}
		return a.Contacts.SetBlocked(ctx, b.Contact.WorkspaceID, b.Contact.ID, state)
	})
	a.Devices.Deleted.Add("contact", func(ctx context.Context, d device.Device) error {
		return a.Contacts.ForgetDevice(ctx, d.WorkspaceID, d.ID)
	})
}

// heedOptOuts has what customers write about being written to heard, once it is written down, and obeyed.
func (a *App) heedOptOuts() {
	a.Chats.Arrived.Add("optout", a.OptOuts.Arrived)
	a.Contacts.ConsentChanged.Add("outbox", func(ctx context.Context, c contact.ConsentChange) error {
		if c.Entry.State != contact.ConsentOut {
			return nil
		}
		return a.Outbox.OptOut(ctx, c.Contact.WorkspaceID, c.Contact.ID)
	})
}

// optOutWords are a workspace's words of opting out.
func (a *App) optOutWords(ctx context.Context, workspaceID string) (workspace.OptOut, error) {
	w, err := a.Workspaces.Get(ctx, workspaceID)
	return w.Settings.OptOut, err
}

// importer brings contacts in from files.
func (a *App) importer() *importer.Service {
	return importer.New(importer.Config{
		DB: a.db, Log: a.log, Contacts: a.Contacts, Files: a.Files, Chats: a.Chats, Events: a.Events, Zone: a.zone, Node: a.Devices.Node(), Now: a.clock.Now, Steady: a.clock.Steady,
		Own: func(ctx context.Context, workspaceID string) (own []string, err error) {
			list, err := a.Devices.List(ctx, workspaceID)
			for _, d := range list {
				if d.Account.Number != "" {
					own = append(own, d.Account.Number)
				}
			}
			return own, err
		},
	})
}

// zone is where a workspace's days begin.
func (a *App) zone(ctx context.Context, workspaceID string) (*time.Location, error) {
	w, err := a.Workspaces.Get(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(w.Timezone)
	if err != nil {
		return nil, fmt.Errorf("load the time zone %q: %w", w.Timezone, err)
	}
	return zone, nil
}
