package member

import (
	"context"
	"slices"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// Role is how much a member may do.
type Role string

// The roles.
const (
	Owner Role = "owner" // everything
	Admin Role = "admin" // everything but owners
	Agent Role = "agent" // the daily work: chats and contacts
)

func (r Role) valid() bool { return r == Owner || r == Admin || r == Agent }

// What operations need. Every operation of the API names one.
const (
	Self           httpx.Need = "self" // any caller, for what is the caller's own
	ReadMembers    httpx.Need = "members.read"
	WriteMembers   httpx.Need = "members.write"
	ReadKeys       httpx.Need = "keys.read"
	WriteKeys      httpx.Need = "keys.write"
	ReadDevices    httpx.Need = "devices.read"
	WriteDevices   httpx.Need = "devices.write"
	ReadContacts   httpx.Need = "contacts.read"
	WriteContacts  httpx.Need = "contacts.write"
	ReadChats      httpx.Need = "chats.read"
	WriteChats     httpx.Need = "chats.write"
	SendMessages   httpx.Need = "messages.send"
	ReadTemplates  httpx.Need = "templates.read"
	WriteTemplates httpx.Need = "templates.write"
	ReadRules      httpx.Need = "rules.read"
	WriteRules     httpx.Need = "rules.write"
	ReadFiles      httpx.Need = "files.read"
	WriteFiles     httpx.Need = "files.write"
	ReadWebhooks   httpx.Need = "webhooks.read"
	WriteWebhooks  httpx.Need = "webhooks.write"
	ReadEvents     httpx.Need = "events.read"
	Live           httpx.Need = "live"
)

// grants is the permission matrix: the roles that have each need. Owners have all.
func grants(need httpx.Need) []Role {
	switch need {
	case Self, workspace.Read, ReadMembers, ReadDevices, ReadContacts, WriteContacts, ReadChats, WriteChats, SendMessages,
		ReadTemplates, ReadRules, ReadFiles, WriteFiles, ReadEvents, Live:
		return []Role{Owner, Admin, Agent}
	case workspace.Write, WriteMembers, ReadKeys, WriteKeys, WriteDevices, WriteTemplates, WriteRules,
		ReadWebhooks, WriteWebhooks:
		return []Role{Owner, Admin}
	}
	return nil
}

// Needs lists every need there is, but httpx.Public.
func Needs() []httpx.Need {
	return []httpx.Need{
		Self, workspace.Read, workspace.Write, ReadMembers, WriteMembers, ReadKeys, WriteKeys, ReadDevices, WriteDevices,
		ReadContacts, WriteContacts, ReadChats, WriteChats, SendMessages, ReadTemplates, WriteTemplates, ReadRules, WriteRules,
		ReadFiles, WriteFiles, ReadWebhooks, WriteWebhooks, ReadEvents, Live,
	}
}

// Principal is who a request comes from: a member who signed in (MemberID) or a script with an API key (KeyID).
type Principal struct {
	WorkspaceID string
	MemberID    string
	KeyID       string
	Role        Role
	Scopes      []httpx.Need // of a key; empty is everything that the role may
}

// Can reports whether p may do what need names. A need that the matrix does not know is nobody's.
func Can(p Principal, need httpx.Need) bool {
	if p.WorkspaceID == "" {
		return false
	}
	if need == httpx.Public {
		return true
	}
	return slices.Contains(grants(need), p.Role) && (len(p.Scopes) == 0 || need == Self || slices.Contains(p.Scopes, need))
}

type principalKey struct{}

// With returns a ctx of a request that comes from p.
func With(ctx context.Context, p Principal) context.Context {
	return workspace.With(context.WithValue(ctx, principalKey{}, p), p.WorkspaceID)
}

// Caller is who the request in ctx comes from. Behind the guard there always is one; elsewhere it is the zero
// Principal, which belongs to no workspace and may do nothing.
func Caller(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}
