package app

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/live"
	"github.com/pingcrm/pingcrm/internal/member"
)

// connect adds who listens to whom. Every line is one meeting of two packages that don't know each other.
func (a *App) connect() {
	a.Devices.Received.Add("outbox", func(_ context.Context, e device.Arrival) error {
		if e.Inbound.Origin != device.OriginHistory {
			a.Outbox.Spoke()
		}
		return nil
	})
	a.Devices.Received.Add("chat", func(ctx context.Context, e device.Arrival) error {
		return a.Chats.Receive(ctx, e.Device, e.Inbound)
	})
	a.Devices.Receipts.Add("chat", func(ctx context.Context, e device.Acknowledged) error {
		return a.Chats.Receipts(ctx, e.Device, e.Receipt)
	})
	a.Devices.Same.Add("chat", func(ctx context.Context, e device.Identified) error {
		return a.Chats.Same(ctx, e.Device, e.Peer)
	})
	a.Devices.Groups.Add("group", a.Groups.Heard)
	a.Groups.Changed.Add("chat", a.Chats.GroupChanged)
	a.Contacts.Merged.Add("profile", a.Profiles.Merged)
	a.Contacts.Merged.Add("call", a.Calls.Merged)
	a.Devices.Calls.Add("call", a.Calls.Heard)
	a.Devices.Deleted.Add("call", a.Calls.Forget)
	a.Devices.Statuses.Add("status", a.Statuses.Heard)
	a.Devices.Deleted.Add("status", a.Statuses.Forget)
	a.Devices.Posts.Add("newsletter", a.Letters.Heard)
	a.Devices.Deleted.Add("newsletter", a.Letters.Forget)
	a.Devices.Blocks.Add("profile", a.Profiles.BlockHeard)
	a.Devices.Deleted.Add("profile", a.Profiles.Forget)
	a.Devices.Pictured.Add("profile", func(ctx context.Context, e device.Identified) error {
		return a.Profiles.Outdate(ctx, e.Device, e.Peer)
	})
	a.Devices.Marked.Add("chat", func(ctx context.Context, e device.Marking) error {
		return a.Chats.Marked(ctx, e.Device, e.Mark)
	})
	a.Devices.Online.Add(func(_ context.Context, l device.Live) { a.Chats.Online(l) })
	a.Devices.Gone.Add(func(_ context.Context, l device.Live) { a.Chats.Gone(l) })
	a.Devices.Deleted.Add("chat", a.Chats.Forget)
	a.Devices.Deleted.Add("webhook", a.Webhooks.Forget)
	a.Devices.Online.Add(func(_ context.Context, l device.Live) { a.Outbox.Start(l.Device, l.Session, l.Epoch) })
	a.Devices.Reopening.Add(func(_ context.Context, l device.Live) { a.Governor.Reopening(l.Device.ID) })
	a.Devices.Gone.Add(func(_ context.Context, l device.Live) { a.Outbox.Stop(l.Device.ID) })
	a.Devices.Typing.Add(func(ctx context.Context, e device.TypingSeen) {
		if err := a.Chats.Typing(ctx, e.Device, e.Typing); err != nil {
			a.log.WarnContext(ctx, "somebody's typing was not passed on", "device", e.Device.ID, "error", err)
		}
	})
	a.Devices.Changed.Add("outbox", func(ctx context.Context, d device.Device) error {
		db.AfterCommit(ctx, func() { a.Outbox.Update(d) })
		return nil
	})
	a.Devices.Elsewhere.Add(func(_ context.Context, d device.Device) { a.Outbox.Update(d) })
	a.Devices.StateChanged.Add("outbox", func(ctx context.Context, e device.StateChange) error {
		db.AfterCommit(ctx, func() { a.Outbox.Update(e.Device) })
		return nil
	})
	a.Chats.Arrived.Add("webhook", a.Webhooks.Arrived)
	a.Chats.Arrived.Add("outbox", func(ctx context.Context, e chat.Arrived) error {
		if e.Message.FromMe || e.Chat.FirstAt < e.Message.At { // only the first that they write changes what they are
			return nil
		}
		return a.Outbox.Warm(ctx, e.Chat.WorkspaceID, e.Device.ID, e.Chat.ID)
	})
	a.Members.Ended.Add(func(_ context.Context, session string) { a.Live.End(session) })
	a.Members.Over.Add("notify", a.Notices.Over)
	a.connectDesk()
	a.connectBroadcasts()
	a.keepContacts()
	a.keepPace()
	a.writeDown()
	a.heedOptOuts()
	a.hint()
}

// writeDown has the event log hear of everything that it tells. Whoever adds a hook adds its line here and its type to
// the table in event/types.go.
func (a *App) writeDown() {
	a.Devices.Changed.Add("webhook", a.Webhooks.DeviceChanged)
	a.Events.Grown.Add(a.Webhooks.Grown)
	a.Events.Grown.Add(a.Stats.Grown)
	a.Events.Grown.Add(a.Notices.Grown)
	a.Events.Told.Add(a.tellEvent)
	l := event.Listener{Log: a.Events, People: a.Contacts}
	a.Chats.Arrived.Add("event", l.Arrived)
	a.Chats.Unreadable.Add("event", l.Unreadable)
	a.Chats.Posted.Add("event", l.Posted)
	a.Chats.Altered.Add("event", l.Altered)
	a.Chats.PhoneState.Add("event", l.PhoneState)
	a.Chats.TurnMoved.Add("event", l.ChatChanged)
	a.Chats.Cleared.Add("event", l.ChatChanged)
	a.Chats.Typed.Add("event", l.Typed)
	a.Outbox.Changed.Add("chat", a.Chats.SendChanged)
	a.Outbox.Changed.Add("event", l.SendChanged)
	a.Contacts.Created.Add("event", l.Created)
	a.Contacts.Changed.Add("event", l.Changed)
	a.Chats.MarkMade.Add("event", l.MarkMade)
	a.Contacts.Merged.Add("event", l.Merged)
	a.Contacts.Unmerged.Add("event", l.Unmerged)
	a.Contacts.ConsentChanged.Add("event", l.ConsentChanged)
	a.Profiles.PictureChanged.Add("event", l.PictureChanged)
	a.Devices.StateChanged.Add("event", l.StateChanged)
	a.Devices.Receipts.Add("event", l.Receipts)
	a.Calls.Received.Add("event", l.CallReceived)
	a.Calls.Rejected.Add("event", l.CallRejected)
	a.Devices.Presences.Add("event", l.PresenceSeen)
	a.Profiles.BlockChanged.Add("event", l.BlockChanged)
	a.Chats.Played.Add("event", l.Played)
	a.Chats.MarkRefused.Add("event", l.MarkRefused)
	a.Letters.Posted.Add("event", l.NewsletterPosted)
	a.Statuses.Seen.Add("event", l.StatusSeen)
	a.Statuses.Posted.Add("event", l.StatusPosted)
	a.Statuses.Deleted.Add("event", l.StatusDeleted)
	a.Devices.Deleted.Add("event", l.Deleted)
	a.Chats.Happened.Add("event", l.GroupChanged)
	a.writeDownDesk(l)
	a.record(l)
}

// resend gives the network's form of a message of ours that the other side could not read.
func (a *App) resend(ctx context.Context, workspaceID, deviceID, networkID string) ([]byte, bool) {
	m, err := a.Chats.GetByNetworkID(ctx, workspaceID, deviceID, networkID)
	if err != nil {
		if !errors.Is(err, chat.ErrMessageNotFound) {
			a.log.ErrorContext(ctx, "a message asked for again can't be read", "device", deviceID, "error", err)
		}
		return nil, false
	}
	return m.Raw, m.FromMe && len(m.Raw) > 0
}

// liveRoutes is the WebSocket of the browsers.
func (a *App) liveRoutes(mux *http.ServeMux) { mux.Handle(live.Path, a.Live.Handler()) }

// listener is who may listen to live events.
func (a *App) listener(r *http.Request) (live.Caller, error) {
	ctx, err := a.Members.Guard(r, member.Live)
	if err != nil {
		return live.Caller{}, err
	}
	p := member.Caller(ctx)
	return live.Caller{
		WorkspaceID: p.WorkspaceID, UserID: cmp.Or(p.MemberID, p.KeyID), Session: cmp.Or(p.SessionID, p.KeyID),
	}, nil
}
