package app

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/feature/webhook"
	"github.com/pingcrm/pingcrm/internal/governor"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// record has the audit log hear of the deeds whose nouns don't write them down themselves, and the event log of members.
func (a *App) record(l event.Listener) {
	a.Workspaces.Changed.Add("audit", func(ctx context.Context, c workspace.Changed) error {
		w := c.After
		return a.Audit.Write(ctx, w.ID, "workspace.changed", audit.Subject{Kind: "workspace", ID: w.ID, Name: w.Name}, map[string]string{"what": differing(c)})
	})
	a.Workspaces.Changed.Add("event", l.WorkspaceChanged)
	a.Devices.Edited.Add("audit", func(ctx context.Context, e device.Edited) error {
		if e.Change.PaceOnly() { // the governor writes it down, with what is meant by it
			return nil
		}
		return a.recordDevice(ctx, e.Device, "device.changed")
	})
	a.Devices.Deleted.Add("audit", func(ctx context.Context, d device.Device) error { return a.recordDevice(ctx, d, "device.deleted") })
	a.Devices.StateChanged.Add("audit", a.recordState)
	a.Governor.Paced.Add("audit", func(ctx context.Context, p governor.Paced) error {
		detail := map[string]string{"preset": string(p.Preset), "what": strings.Join(p.Changed, ", ")}
		return a.Audit.Write(ctx, p.Device.WorkspaceID, "device.paced", audit.Subject{Kind: "device", ID: p.Device.ID, Name: p.Device.Name}, detail)
	})
	a.Governor.Resumed.Add("audit", func(ctx context.Context, d device.Device) error { return a.recordDevice(ctx, d, "device.resumed") })
	a.Webhooks.Edited.Add("audit", func(ctx context.Context, e webhook.Edited) error {
		w := e.Webhook
		return a.Audit.Write(ctx, w.WorkspaceID, audit.Deed("webhook."+string(e.Edit)), audit.Subject{Kind: "webhook", ID: w.ID, Name: hostOf(w.URL)}, nil)
	})
	a.Contacts.ConsentChanged.Add("audit", a.recordConsent)
	a.Contacts.Deleted.Add("audit", func(ctx context.Context, c contact.Contact) error {
		return a.Audit.Write(ctx, c.WorkspaceID, "contact.deleted", audit.Subject{Kind: "contact", ID: c.ID}, nil) // the name is gone with it
	})
	a.Members.Joined.Add("event", func(ctx context.Context, m member.Member) error { return l.Member(ctx, event.MemberJoined, m) })
	a.Members.Changed.Add("event", func(ctx context.Context, m member.Member) error { return l.Member(ctx, event.MemberChanged, m) })
	a.Members.Removed.Add("event", func(ctx context.Context, m member.Member) error { return l.Member(ctx, event.MemberRemoved, m) })
}

func (a *App) recordDevice(ctx context.Context, d device.Device, deed audit.Deed) error {
	return a.Audit.Write(ctx, d.WorkspaceID, deed, audit.Subject{Kind: "device", ID: d.ID, Name: d.Name}, nil)
}

// recordState writes down that a device came to an account, or off it; who scanned the code is on the phone.
func (a *App) recordState(ctx context.Context, e device.StateChange) error {
	now, before := e.Device.State.Code, e.Before.Code
	switch {
	case now == device.StateConnecting && before == device.StateLinking && e.Device.Linked:
		return a.recordDevice(ctx, e.Device, "device.linked")
	case now == device.StateLoggedOut && before != device.StateLoggedOut && before != device.StateLinking:
		return a.recordDevice(ctx, e.Device, "device.unlinked")
	}
	return nil
}

// recordConsent writes down who changed what somebody wants; what they wrote themselves is in their history.
func (a *App) recordConsent(ctx context.Context, c contact.ConsentChange) error {
	if c.Entry.Source != contact.ConsentByMember && c.Entry.Source != contact.ConsentByKey {
		return nil
	}
	detail := map[string]string{"before": string(c.Before), "after": string(c.Entry.State), "why": c.Entry.Why}
	return a.Audit.Write(ctx, c.Contact.WorkspaceID, "contact.consent", audit.Subject{Kind: "contact", ID: c.Contact.ID, Name: c.Contact.Name}, detail)
}

// differing names the fields that a change of a workspace was about.
func differing(c workspace.Changed) string {
	b, a := c.Before, c.After
	was, is := b.Settings, a.Settings
	var names []string
	for name, same := range map[string]bool{
		"name": b.Name == a.Name, "timezone": b.Timezone == a.Timezone, "locale": b.Locale == a.Locale,
		"device_key_required": was.DeviceKeyRequired == is.DeviceKeyRequired, "callback_key_required": was.CallbackKeyRequired == is.CallbackKeyRequired,
		"turn_idle_minutes": was.TurnIdleMinutes == is.TurnIdleMinutes, "autoread_default": was.AutoreadDefault == is.AutoreadDefault,
		"office_hours": was.OfficeHours.Equal(is.OfficeHours), "opt_out": was.OptOut.Equal(is.OptOut),
	} {
		if !same {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// hostOf is the part of an address that tells no secret.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
