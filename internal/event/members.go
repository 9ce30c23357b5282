package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// The types of events about who works in a workspace, and how it is set up.
const (
	MemberJoined    Type = "member.joined"
	MemberChanged   Type = "member.changed"
	MemberRemoved   Type = "member.removed"
	WorkspaceChange Type = "workspace.changed"
)

// MemberData is the data of member.*. It has no e-mail: that is for those who may list the members.
type MemberData struct {
	ID   string      `json:"id"`
	Name string      `json:"name"`
	Role member.Role `json:"role" enum:"owner,admin,agent"`
}

// WorkspaceData is the data of workspace.changed. The settings are at GET /workspace.
type WorkspaceData struct {
	Name     string `json:"name"`
	Timezone string `json:"timezone"`
	Locale   string `json:"locale" enum:"id,en"`
}

func memberKinds() []Kind {
	m := MemberData{ID: "019aab10-0000-7000-8000-0000000000e5", Name: "Ani", Role: member.Agent}
	return []Kind{
		{MemberJoined, 1, "Somebody became a member: added, or by an invitation.", m},
		{MemberChanged, 1, "A member's name or role is new.", m},
		{MemberRemoved, 1, "Somebody is a member no more.", m},
		{WorkspaceChange, 1, "The workspace's name, language, time zone or settings are new.", WorkspaceData{Name: "Toko Ani", Timezone: "Asia/Jakarta", Locale: "id"}},
	}
}

// Member is for the hooks of member.Service: t says which.
func (l Listener) Member(ctx context.Context, t Type, m member.Member) error {
	return l.Log.Append(ctx, Draft{WorkspaceID: m.WorkspaceID, Subject: m.ID, Type: t, Data: MemberData{m.ID, m.Name, m.Role}})
}

// WorkspaceChanged is for workspace.Service.Changed.
func (l Listener) WorkspaceChanged(ctx context.Context, c workspace.Changed) error {
	w := c.After
	return l.Log.Append(ctx, Draft{WorkspaceID: w.ID, Subject: w.ID, Type: WorkspaceChange, Data: WorkspaceData{w.Name, w.Timezone, w.Locale}})
}
