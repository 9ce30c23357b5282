package app

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/desk"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/live"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/team"
)

// connectDesk adds who listens to whom about who works on what.
func (a *App) connectDesk() {
	a.Members.Removed.Add("chat", func(ctx context.Context, m member.Member) error {
		return a.Chats.ForgetMember(ctx, m.WorkspaceID, m.ID)
	})
	a.Members.Removed.Add("team", func(ctx context.Context, m member.Member) error {
		return a.Teams.ForgetMember(ctx, m.WorkspaceID, m.ID)
	})
	a.Teams.Changed.Add("chat", func(ctx context.Context, c team.Change) error {
		if !c.Deleted {
			return nil
		}
		return a.Chats.ForgetTeam(ctx, c.Team.WorkspaceID, c.Team.ID)
	})
	a.Members.Removed.Add("desk", a.Desk.ForgetMember)
	a.Chats.Arrived.Add("desk", a.Desk.Arrived)
	a.Chats.Unreadable.Add("desk", a.Desk.Arrived) // who writes has answered, whatever it says
	a.Chats.Called.Add("desk", a.Desk.Arrived)
	a.Chats.Erasing.Add("desk", a.Desk.Erasing)
	a.Chats.Erasing.Add("search", a.Search.Erasing)
	a.Chats.Joined.Add("desk", a.Desk.Joined)
	a.Devices.Deleted.Add("desk", a.Desk.ForgetDevice)
	a.Chats.Arrived.Add("search", a.Search.Arrived)
	a.Chats.Posted.Add("search", a.Search.Posted)
	a.Chats.Altered.Add("search", a.Search.Altered)
	a.Chats.MarkMade.Add("search", a.Search.MarkMade)
	a.Devices.Deleted.Add("search", a.Search.Forget)
}

// writeDownDesk is writeDown for who works on what.
func (a *App) writeDownDesk(l event.Listener) {
	a.Chats.Assigned.Add("event", l.Assigned)
	a.Chats.StatusMoved.Add("event", l.StatusMoved)
	a.Teams.Changed.Add("event", l.TeamChanged)
	a.Desk.NoteChanged.Add("event", l.NoteChanged)
	a.Desk.ScheduledChanged.Add("event", l.ScheduledChanged)
	a.Desk.ViewChanged.Add("event", l.ViewChanged)
}

// isMember returns a fault when a workspace has no such member.
func (a *App) isMember(ctx context.Context, workspaceID, memberID string) error {
	_, err := a.Members.Get(ctx, workspaceID, memberID)
	return err
}

// assignable returns a fault when a workspace has no such member or team.
func (a *App) assignable(ctx context.Context, workspaceID, memberID, teamID string) error {
	if memberID != "" {
		return a.isMember(ctx, workspaceID, memberID)
	}
	_, err := a.Teams.Get(ctx, workspaceID, teamID)
	return err
}

// tellDraft pushes a member's draft to that member's other screens, and to nobody else.
func (a *App) tellDraft(d desk.Draft) {
	to := live.Caller{WorkspaceID: d.WorkspaceID, UserID: d.MemberID}
	if err := a.Live.PublishTo(to, live.Event{Type: "draft.changed", Data: d}); err != nil {
		a.log.Warn("a draft was not pushed", "error", err)
	}
}
