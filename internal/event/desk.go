package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/team"
)

// The types of events about who works on what.
const (
	ChatAssigned Type = "chat.assigned"
	ChatStatus   Type = "chat.status"
	TeamChanged  Type = "team.changed"
)

// By is who did something: missing for what happened by itself.
type By struct {
	Kind chat.AuthorKind `json:"kind" doc:"member, api, phone, rule …"`
	ID   string          `json:"id,omitempty"`
}

func byOf(a chat.Author) *By {
	if a.Kind == chat.ByContact {
		return nil
	}
	return &By{a.Kind, a.ID}
}

// Assigned is the data of chat.assigned.
type Assigned struct {
	Chat       Thread `json:"chat" doc:"With assignee_id and team_id as they are now"`
	Contact    Person `json:"contact"`
	FromMember string `json:"from_member,omitempty" doc:"Who had it before"`
	FromTeam   string `json:"from_team,omitempty"`
	By         *By    `json:"by,omitempty" doc:"Missing when a member or a team was removed"`
}

// StatusMoved is the data of chat.status.
type StatusMoved struct {
	Chat    Thread      `json:"chat" doc:"With its status as it is now"`
	Contact Person      `json:"contact"`
	From    chat.Status `json:"from" enum:"open,snoozed,resolved" doc:"The status before"`
	Until   int64       `json:"until,omitempty" doc:"With snoozed: until when, unix milliseconds"`
	By      *By         `json:"by,omitempty" doc:"Missing when they wrote, or the time had come"`
}

// TeamData is the data of team.changed.
type TeamData struct {
	Team    team.Team `json:"team"`
	Deleted bool      `json:"deleted,omitempty"`
}

const (
	exampleMember = "019aab10-0000-7000-8000-0000000000e1"
	exampleTeam   = "019aab10-0000-7000-8000-0000000000d1"
)

func deskKinds() []Kind {
	sari := exampleSari()
	thread := Thread{
		ID: exampleChat, Turn: chat.TurnHuman, TurnVersion: 2, AssigneeID: exampleMember, TeamID: exampleTeam, AssignVersion: 2, Status: chat.StatusOpen,
	}
	snoozed := thread
	snoozed.Status = chat.StatusSnoozed
	by := &By{chat.ByMember, exampleMember}
	return []Kind{
		{ChatAssigned, 1, "A chat was given to a member, a team or nobody.", Assigned{Chat: thread, Contact: sari, By: by}},
		{ChatStatus, 1, "A chat was opened, snoozed or resolved.", StatusMoved{
			Chat: snoozed, Contact: sari, From: chat.StatusOpen, Until: exampleAt, By: by,
		}},
		{TeamChanged, 1, "A team was made, changed or deleted.", TeamData{Team: team.Team{
			ID: exampleTeam, Name: "Gudang", MemberIDs: []string{exampleMember}, CreatedAt: exampleAt, UpdatedAt: exampleAt,
		}}},
	}
}

// Assigned is for chat.Service.Assigned.
func (l Listener) Assigned(ctx context.Context, a chat.Assigned) error {
	who, err := l.personByID(ctx, a.Chat.WorkspaceID, a.Chat.ContactID)
	if err != nil || who == nil {
		return err
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: a.Chat.WorkspaceID, DeviceID: a.Chat.DeviceID, Subject: a.Chat.ID, Type: ChatAssigned,
		Data: Assigned{threadOf(a.Chat), *who, a.FromMember, a.FromTeam, byOf(a.By)},
	})
}

// StatusMoved is for chat.Service.StatusMoved.
func (l Listener) StatusMoved(ctx context.Context, m chat.StatusMoved) error {
	who, err := l.personByID(ctx, m.Chat.WorkspaceID, m.Chat.ContactID)
	if err != nil || who == nil {
		return err
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: m.Chat.WorkspaceID, DeviceID: m.Chat.DeviceID, Subject: m.Chat.ID, Type: ChatStatus,
		Data: StatusMoved{threadOf(m.Chat), *who, m.From, m.Chat.WakeAt, byOf(m.By)},
	})
}

// TeamChanged is for team.Service.Changed.
func (l Listener) TeamChanged(ctx context.Context, c team.Change) error {
	return l.Log.Append(ctx, Draft{WorkspaceID: c.Team.WorkspaceID, Subject: c.Team.ID, Type: TeamChanged, Data: TeamData{c.Team, c.Deleted}})
}
