package member

import (
	"context"
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/internal/audit"
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
	ManageContacts httpx.Need = "contacts.manage" // many at once: import, export, fields, erasing
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
	ReadStats      httpx.Need = "stats.read"
	// Broadcasts are read by all, as their messages are in the chats; only who may speak for the business makes them.
	ReadBroadcasts  httpx.Need = "broadcasts.read"
	WriteBroadcasts httpx.Need = "broadcasts.write"
	Live            httpx.Need = "live"
	OwnWorkspace    httpx.Need = "workspace.own" // what only an owner decides: to take everything out, to close the workspace
)

// grants is the permission matrix: the roles that have each need. Owners have all.
func grants(need httpx.Need) []Role {
	switch need {
	case Self, workspace.Read, ReadMembers, ReadDevices, ReadContacts, WriteContacts, ReadChats, WriteChats, SendMessages,
		ReadTemplates, ReadRules, ReadFiles, WriteFiles, ReadEvents, ReadBroadcasts, Live:
		return []Role{Owner, Admin, Agent}
	case workspace.Write, audit.Read, ManageContacts, WriteMembers, ReadKeys, WriteKeys, WriteDevices, WriteTemplates, WriteRules,
		ReadWebhooks, WriteWebhooks, ReadStats, WriteBroadcasts:
		return []Role{Owner, Admin}
	case OwnWorkspace:
		return []Role{Owner}
	}
	return nil
}

// Needs lists every need there is, but httpx.Public.
func Needs() []httpx.Need {
	return []httpx.Need{
		Self, workspace.Read, workspace.Write, audit.Read, ReadMembers, WriteMembers, ReadKeys, WriteKeys, ReadDevices, WriteDevices,
		ReadContacts, WriteContacts, ManageContacts, ReadChats, WriteChats, SendMessages, ReadTemplates, WriteTemplates, ReadRules, WriteRules,
		ReadFiles, WriteFiles, ReadWebhooks, WriteWebhooks, ReadEvents, ReadStats, ReadBroadcasts, WriteBroadcasts, Live, OwnWorkspace,
	}
}

// Principal is who a request comes from: a member who signed in (MemberID) or a script with an API key (KeyID).
type Principal struct {
	WorkspaceID string
	MemberID    string
	PersonID    string // of a member
	SessionID   string // of a member who signed in
	KeyID       string
	Name        string // of the member or the key
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
	return slices.Contains(grants(need), p.Role) && (len(p.Scopes) == 0 || need == Self || within(p.Scopes, need))
}

// The scopes that stand for several needs. Their names are in keys that exist, and what a key may do grows with the
// program: a need that is new is in read if it ends so, and in manage in any case.
const (
	ScopeRead   httpx.Need = "read"   // look at everything that an admin may look at
	ScopeSend   httpx.Need = "send"   // the daily work: look at chats and contacts, and write to them
	ScopeManage httpx.Need = "manage" // everything that an admin may
)

// covers lists the needs that a scope stands for; nil for one that is not known.
func covers(scope httpx.Need) []httpx.Need {
	switch scope {
	case ScopeManage:
		return slices.DeleteFunc(Needs(), func(n httpx.Need) bool { return !slices.Contains(grants(n), Admin) })
	case ScopeRead:
		return slices.DeleteFunc(Needs(), func(n httpx.Need) bool { return n != Live && !strings.HasSuffix(string(n), ".read") })
	case ScopeSend:
		return []httpx.Need{
			workspace.Read, ReadDevices, ReadContacts, WriteContacts, ReadChats, WriteChats, SendMessages, ReadTemplates, ReadFiles,
			WriteFiles, ReadEvents, Live,
		}
	}
	if slices.Contains(Needs(), scope) {
		return []httpx.Need{scope}
	}
	return nil
}

// within reports whether one of the scopes stands for a need.
func within(scopes []httpx.Need, need httpx.Need) bool {
	return slices.ContainsFunc(scopes, func(s httpx.Need) bool { return slices.Contains(covers(s), need) })
}

type principalKey struct{}

// With returns a ctx of a request that comes from p.
func With(ctx context.Context, p Principal) context.Context {
	actor := audit.Actor{Kind: audit.Member, ID: p.MemberID, Name: p.Name}
	if p.MemberID == "" {
		actor = audit.Actor{Kind: audit.Key, ID: p.KeyID, Name: p.Name}
	}
	return audit.As(workspace.With(context.WithValue(ctx, principalKey{}, p), p.WorkspaceID), actor)
}

// Caller is who the request in ctx comes from. Behind the guard there always is one; elsewhere it is the zero
// Principal, which belongs to no workspace and may do nothing.
func Caller(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}
