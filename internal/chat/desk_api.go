package chat

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

type (
	countsOut struct{ Body Counts }
	assignIn  struct {
		ID   string `path:"id" maxLength:"64" doc:"The chat's id"`
		Body struct {
			MemberID string `json:"member_id,omitempty" maxLength:"64" doc:"Empty is nobody"`
			TeamID   string `json:"team_id,omitempty" maxLength:"64" doc:"Empty is none"`
			Version  int64  `json:"version,omitempty" minimum:"0" doc:"The assign_version that was seen; refused when the chat has been assigned since. 0 does not ask"`
		}
	}
	statusIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The chat's id"`
		Body struct {
			Status Status `json:"status" enum:"open,snoozed,resolved" doc:"resolved gives the turn back to the bot"`
			Until  int64  `json:"until,omitempty" minimum:"0" doc:"With snoozed: when it opens by itself, unix milliseconds; it opens before when they write"`
		}
	}
)

func (a api) registerDesk(h huma.API) {
	httpx.Handle(h, "GET /chats/counts", member.ReadChats, "Count the chats of each view of the inbox, up to 1000 in each", a.counts)
	httpx.Handle(h, "PUT /chats/{id}/assignee", member.WriteChats, "Assign a chat to a member, a team, both or nobody", a.assign)
	httpx.Handle(h, "PUT /chats/{id}/presence", member.ReadChats, "Say that the caller looks at a chat or types in it; it ends by itself", a.presence,
		httpx.Answers(http.StatusNoContent))
	httpx.Handle(h, "POST /messages/{id}/retry", member.SendMessages, "Send a message again that failed, so that it can't arrive twice", a.again(a.s.Retry))
	httpx.Handle(h, "POST /messages/{id}/cancel", member.SendMessages, "Take back a message that waits; it stays in its chat as cancelled", a.again(a.s.Cancel))
	httpx.Handle(h, "PUT /chats/{id}/status", member.WriteChats, "Open, snooze or resolve a chat", a.status)
}

// author is who the request comes from, as an Author.
func author(ctx context.Context) Author {
	who := member.Caller(ctx)
	if who.MemberID == "" {
		return Author{ByAPI, who.KeyID}
	}
	return Author{ByMember, who.MemberID}
}

// nobody translates the API's word for it.
func nobody(id string) string {
	if id == "none" {
		return Nobody
	}
	return id
}

// whose translates the API's words for an assignee.
func whose(ctx context.Context, id string) (string, error) {
	if id != "me" {
		return nobody(id), nil
	}
	if me := member.Caller(ctx).MemberID; me != "" {
		return me, nil
	}
	return "", ErrMembersOnly
}

func (a api) counts(ctx context.Context, _ *struct{}) (*countsOut, error) {
	who := member.Caller(ctx)
	c, err := a.s.Counts(ctx, who.WorkspaceID, who.MemberID)
	return &countsOut{Body: c}, err
}

func (a api) assign(ctx context.Context, in *assignIn) (*chatOut, error) {
	_, err := a.s.Assign(ctx, caller(ctx), in.ID, Assignment{
		MemberID: in.Body.MemberID, TeamID: in.Body.TeamID, Version: in.Body.Version, By: author(ctx),
	})
	if err != nil {
		return nil, err
	}
	return a.get(ctx, &chatIn{in.ID})
}

func (a api) status(ctx context.Context, in *statusIn) (*chatOut, error) {
	_, err := a.s.SetStatus(ctx, caller(ctx), in.ID, Progress{Status: in.Body.Status, Until: in.Body.Until, By: author(ctx)})
	if err != nil {
		return nil, err
	}
	return a.get(ctx, &chatIn{in.ID})
}

func (a api) again(do func(ctx context.Context, workspaceID, messageID string) (Message, error)) func(context.Context, *chatIn) (*messageOut, error) {
	return func(ctx context.Context, in *chatIn) (*messageOut, error) {
		m, err := do(ctx, caller(ctx), in.ID)
		return &messageOut{Body: MessageViewOf(m)}, err
	}
}
