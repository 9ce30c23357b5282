// Package group owns the groups of the simulated network: who is in them, what they are called, and who may
// change what. It knows no stanza and no address: people are named by one string that never changes.
package group

import (
	"slices"
	"strconv"
	"time"
)

// Limits of the service, as its help pages and clients tell them.
const (
	// MaxMembers is how many people a group may have, its owner included.
	MaxMembers = 1024
	// MaxSubject is the longest name, in characters.
	MaxSubject = 100
	// MaxDescription is the longest description, in characters.
	MaxDescription = 2048
)

// Role is what somebody may do in a group.
type Role string

// The roles, as stanzas name them. Who made the group stays its owner and can't be removed by others.
const (
	RoleMember Role = ""
	RoleAdmin  Role = "admin"
	RoleOwner  Role = "superadmin"
)

// Member is one person of a group.
type Member struct {
	ID   string
	Role Role
	At   time.Time
}

// Request is somebody who asked to be let in.
type Request struct {
	ID string
	At time.Time
}

// Picture is a group's picture. The zero value is none.
type Picture struct {
	// ID changes with every picture; Path is where its file is.
	ID, Path string
}

// Note is a text of a group with who wrote it last.
type Note struct {
	// ID is the client's name for this edition; empty with subjects.
	ID, Text, By string
	At           time.Time
}

// Group is one group at a moment: a copy, that changing changes nothing.
type Group struct {
	ID      string
	Creator string
	Created time.Time
	// Phone says that members are addressed by their numbers rather than by their hidden ids.
	Phone       bool
	Subject     Note
	Description Note
	Picture     Picture
	// Announce lets only admins write, Locked only admins change the group, AdminsAdd only admins add people.
	Announce, Locked, AdminsAdd bool
	// Approval makes people who come by the link wait until an admin lets them in.
	Approval bool
	// Ephemeral is after how many seconds messages disappear; 0 is never.
	Ephemeral uint32
	// Invite is the code of the link that is valid now.
	Invite string
	// Version grows with every change of the members.
	Version int64
	Members []Member
	// Requests are those who wait to be let in, oldest first.
	Requests []Request
	// Revoked are codes of links that were valid once.
	Revoked []string
}

// Member returns somebody of the group; false when they aren't in it.
func (g *Group) Member(id string) (Member, bool) {
	if i := g.index(id); i >= 0 {
		return g.Members[i], true
	}
	return Member{}, false
}

// IsAdmin says whether somebody is in the group and may run it.
func (g *Group) IsAdmin(id string) bool {
	m, ok := g.Member(id)
	return ok && m.Role != RoleMember
}

// VersionID is Version as stanzas have it.
func (g *Group) VersionID() string { return strconv.FormatInt(g.Version, 10) }

func (g *Group) index(id string) int {
	return slices.IndexFunc(g.Members, func(m Member) bool { return m.ID == id })
}

// clone is a copy that shares nothing.
func (g *Group) clone() *Group {
	c := *g
	c.Members, c.Requests, c.Revoked = slices.Clone(g.Members), slices.Clone(g.Requests), slices.Clone(g.Revoked)
	return &c
}

// join puts somebody in; they no longer wait.
func (g *Group) join(id string, at time.Time) {
	g.Members = append(g.Members, Member{ID: id, At: at})
	g.Requests = slices.DeleteFunc(g.Requests, func(r Request) bool { return r.ID == id })
	g.Version++
}

// part takes somebody out. When the last admin goes, whoever is longest there runs the group.
func (g *Group) part(id string) {
	i := g.index(id)
	if i < 0 {
		return
	}
	g.Members = slices.Delete(g.Members, i, i+1)
	g.Version++
	if len(g.Members) > 0 && g.admins() == 0 {
		g.Members[0].Role = RoleAdmin
	}
}

// admins counts who may run the group.
func (g *Group) admins() (n int) {
	for _, m := range g.Members {
		if m.Role != RoleMember {
			n++
		}
	}
	return n
}
