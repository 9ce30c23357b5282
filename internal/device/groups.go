package device

import (
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of what is asked about groups.
var (
	ErrGroup = fault.New(fault.NotFound, "group_not_found", fault.Text{
		ID: "Grup tidak ditemukan. Periksa ID-nya.", EN: "There is no such group. Check its id.",
	})
	ErrNotInGroup = fault.New(fault.Conflict, "not_in_group", fault.Text{
		ID: "Perangkat ini bukan anggota grup tersebut.", EN: "This device is not a member of that group.",
	})
	ErrNotGroupAdmin = fault.New(fault.Conflict, "not_group_admin", fault.Text{
		ID: "Hanya admin grup yang boleh melakukan ini. Minta admin menjadikan nomor ini admin.",
		EN: "Only an admin of the group may do this. Ask one to make this number an admin.",
	})
	ErrInvite = fault.New(fault.Invalid, "invite_invalid", fault.Text{
		ID: "Tautan undangan ini salah atau sudah tidak berlaku. Minta tautan yang baru.",
		EN: "This invitation is wrong or no longer valid. Ask for a new one.",
	})
	ErrGroupSubject = fault.New(fault.Invalid, "group_text_refused", fault.Text{
		ID: "Jaringan menolak nama atau keterangan ini. Nama 1 sampai 100 karakter, keterangan paling banyak 2.048.",
		EN: "The network refused this name or description. A name has 1 to 100 characters, a description 2,048 at most.",
	})
)

// GroupRole is what somebody may do in a group.
type GroupRole string

// The roles. The owner made the group.
const (
	GroupMemberRole GroupRole = "member"
	GroupAdmin      GroupRole = "admin"
	GroupOwner      GroupRole = "owner"
)

// GroupMember is one person of a group.
type GroupMember struct {
	Peer Peer
	Role GroupRole
}

// Group is a group as a network shows it to a member, or as much of it as a link shows to others: then it has no
// Members.
type Group struct {
	Peer        Peer // its address and name
	Description string
	Owner       Peer  // who made it; may be unknown
	CreatedAt   int64 // unix ms, 0 is unknown
	Size        int   // how many members it has
	Members     []GroupMember
	Settings    GroupSettings
	Role        GroupRole // of the device's own account, "" when it is no member
}

// GroupSettings are who may do what in a group.
type GroupSettings struct {
	Announce     bool // only admins write
	Locked       bool // only admins change name, description, picture
	JoinApproval bool // who comes by the link waits for an admin
	AdminsAdd    bool // only admins add people
	Disappearing int  // messages disappear after so many seconds; 0 is never
}

// GroupDraft is a group to be made.
type GroupDraft struct {
	Name     string
	Members  []Peer
	Settings GroupSettings
}

// GroupChange is a change of a group's properties; nil leaves as it is. A network may take them one by one: after an
// error those before it, in the order of the fields, are changed.
type GroupChange struct {
	Name, Description                         *string
	Announce, Locked, JoinApproval, AdminsAdd *bool
	Disappearing                              *int // seconds
}

// MemberAction is what to do with people of a group.
type MemberAction string

// The actions. Approve and reject are for those who wait to be let in.
const (
	MemberAdd     MemberAction = "add"
	MemberRemove  MemberAction = "remove"
	MemberPromote MemberAction = "promote"
	MemberDemote  MemberAction = "demote"
	MemberApprove MemberAction = "approve"
	MemberReject  MemberAction = "reject"
)

// MemberResult is what became of one person, in the order of the question. Code is empty on success, else the
// network's own.
type MemberResult struct {
	Peer Peer
	Code string
}

// JoinRequest is somebody who waits to be let into a group.
type JoinRequest struct {
	Peer Peer
	At   int64 // unix ms
}

// The abilities of sessions whose network has groups. A group that is unknown is ErrGroup, one that the account is not
// in ErrNotInGroup, what only admins may do ErrNotGroupAdmin.

// GroupLister is a session that knows the groups which its account is in, with their members, in any order.
type GroupLister interface {
	Groups(ctx context.Context) ([]Group, error)
}

// GroupViewer is a session that can show one group.
type GroupViewer interface {
	Group(ctx context.Context, group Peer) (Group, error)
}

// GroupMaker is a session that can make a group; results tell who could not be added. Doing it twice makes two.
type GroupMaker interface {
	MakeGroup(ctx context.Context, draft GroupDraft) (Group, []MemberResult, error)
}

// GroupChanger is a session that can change a group's properties.
type GroupChanger interface {
	ChangeGroup(ctx context.Context, group Peer, change GroupChange) error
}

// GroupPainter is a session that can give a group a picture, a square JPEG; no bytes take it away.
type GroupPainter interface {
	PaintGroup(ctx context.Context, group Peer, jpeg []byte) error
}

// GroupRoster is a session that can add, remove, promote, demote, approve and reject people.
type GroupRoster interface {
	ChangeMembers(ctx context.Context, group Peer, action MemberAction, people []Peer) ([]MemberResult, error)
	JoinRequests(ctx context.Context, group Peer) ([]JoinRequest, error)
}

// GroupInviter is a session that knows the link to a group, and can replace it.
type GroupInviter interface {
	GroupLink(ctx context.Context, group Peer) (string, error)
	ResetGroupLink(ctx context.Context, group Peer) (string, error)
}

// GroupJoiner is a session that can use a link (or its code alone) to another's group; ErrInvite. Joining twice is fine;
// waits is true when an admin has to let the account in first.
type GroupJoiner interface {
	PreviewGroup(ctx context.Context, link string) (Group, error)
	JoinGroup(ctx context.Context, link string) (g Group, waits bool, err error)
}

// GroupLeaver is a session that can leave a group.
type GroupLeaver interface {
	LeaveGroup(ctx context.Context, group Peer) error
}

// GroupDeed is what happened to a group.
type GroupDeed string

// The deeds. Those of members name them, and By who did it: somebody who left by themselves is both.
const (
	GroupCame         GroupDeed = "created" // the account is in a group that it was not in
	GroupJoined       GroupDeed = "joined"
	GroupLeft         GroupDeed = "left"
	GroupPromoted     GroupDeed = "promoted"
	GroupDemoted      GroupDeed = "demoted"
	GroupName         GroupDeed = "name"        // Text
	GroupDescription  GroupDeed = "description" // Text
	GroupPicture      GroupDeed = "picture"     // Text is the picture's id, "" when it was taken away
	GroupAnnounce     GroupDeed = "announce"    // On
	GroupLocked       GroupDeed = "locked"      // On
	GroupApproval     GroupDeed = "join_approval"
	GroupAddMode      GroupDeed = "admins_add"   // On
	GroupDisappearing GroupDeed = "disappearing" // Seconds
	GroupLink         GroupDeed = "invite"       // Text is the new link
	GroupRequested    GroupDeed = "requested"    // Members ask to be let in
	GroupEnded        GroupDeed = "deleted"
)

// GroupEvent is one thing that happened to a group.
type GroupEvent struct {
	Group   Peer
	Deed    GroupDeed
	By      Peer // who did it; may be unknown
	Members []Peer
	Text    string
	On      *bool // nil when the network does not tell
	Seconds int
	At      int64 // unix ms, the network's clock
	// Mark tells it from the same at the same moment, where the network has a word for that.
	Mark   string
	Origin Origin // OriginLive, or OriginHistory for what nobody is to be told of
}

// GroupSink is a Sink that is told of what happens to groups, also of what this device did itself. Nil only when it is
// durable; the same may come again.
type GroupSink interface {
	GroupChanged(ctx context.Context, d Device, e GroupEvent) error
}

// GroupHeard is something that a device of ours heard of a group.
type GroupHeard struct {
	Device Device
	Event  GroupEvent
}

// GroupChanged commits what happened to a group; what can't be taken in is logged and dropped.
func (k sink) GroupChanged(ctx context.Context, d Device, e GroupEvent) error {
	err := k.s.persist(ctx, func(ctx context.Context) error {
		d, err := k.holder(ctx, d)
		if err != nil {
			return err
		}
		return k.s.Groups.Fire(ctx, GroupHeard{d, e})
	})
	if errors.Is(err, errPoison) {
		k.s.log.Error("drop what happened to a group", "device", d.ID, "deed", string(e.Deed), "error", err)
		return nil
	}
	return err
}

var _ GroupSink = sink{}
