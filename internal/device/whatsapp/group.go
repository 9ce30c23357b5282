package whatsapp

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/device"
)

// The numbers with which WhatsApp answers for one person of a group, as far as we give them ourselves.
const (
	codeNoAccount = "404"
	codeForbidden = 403
	codeNotAdmin  = 401
	codeTaken     = 409
)

// inGroup says what was being asked about a group when the network did not do it.
func inGroup(what string, err error) error {
	var iq *whatsmeow.IQError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, whatsmeow.ErrInviteLinkInvalid), errors.Is(err, whatsmeow.ErrInviteLinkRevoked):
		return device.ErrInvite.WithCause(err)
	case errors.Is(err, whatsmeow.ErrGroupNotFound), errors.Is(err, whatsmeow.ErrIQNotFound):
		return device.ErrGroup.WithCause(err)
	case errors.Is(err, whatsmeow.ErrNotInGroup), errors.As(err, &iq) && iq.Code == codeForbidden:
		return device.ErrNotInGroup.WithCause(err)
	case errors.As(err, &iq) && iq.Code == codeNotAdmin:
		return device.ErrNotGroupAdmin.WithCause(err)
	default:
		return failed(what, err)
	}
}

// groupJID is a group's address; a peer that is no group is ErrGroup.
func groupJID(p device.Peer) (types.JID, error) {
	v := p.Address(device.AddressGroup)
	if v == "" {
		return types.EmptyJID, device.ErrGroup
	}
	return types.NewJID(v, types.GroupServer), nil
}

// Groups asks for all groups that the account is in.
func (s *session) Groups(ctx context.Context) ([]device.Group, error) {
	list, err := s.client.GetJoinedGroups(ctx)
	if err != nil {
		return nil, inGroup("list the groups", err)
	}
	out := make([]device.Group, 0, len(list))
	for _, g := range list {
		out = append(out, s.groupOf(g))
	}
	return out, nil
}

// Group asks for one group.
func (s *session) Group(ctx context.Context, group device.Peer) (device.Group, error) {
	jid, err := groupJID(group)
	if err != nil {
		return device.Group{}, err
	}
	g, err := s.client.GetGroupInfo(ctx, jid)
	if err != nil {
		return device.Group{}, inGroup("show a group", err)
	}
	return s.groupOf(g), nil
}

// MakeGroup makes a group. Who has no account is told apart from who does not let themselves be added.
func (s *session) MakeGroup(ctx context.Context, d device.GroupDraft) (device.Group, []device.MemberResult, error) {
	people, err := s.findPeople(ctx, d.Members)
	if err != nil {
		return device.Group{}, nil, err
	}
	req := whatsmeow.ReqCreateGroup{Name: d.Name, Participants: known(people), MemberAddMode: types.GroupMemberAddModeAllMember}
	req.IsAnnounce, req.IsLocked, req.IsJoinApprovalRequired = d.Settings.Announce, d.Settings.Locked, d.Settings.JoinApproval
	req.IsEphemeral, req.DisappearingTimer = d.Settings.Disappearing > 0, uint32(max(d.Settings.Disappearing, 0))
	if d.Settings.AdminsAdd {
		req.MemberAddMode = types.GroupMemberAddModeAdmin
	}
	g, err := s.client.CreateGroup(ctx, req)
	if errors.Is(err, whatsmeow.ErrIQNotAcceptable) {
		return device.Group{}, nil, device.ErrGroupSubject.WithCause(err)
	}
	if err != nil {
		return device.Group{}, nil, inGroup("make a group", err)
	}
	results := outcomes(people, g.Participants)
	g.Participants = slices.DeleteFunc(g.Participants, func(p types.GroupParticipant) bool { return p.Error != 0 })
	return s.groupOf(g), results, nil
}

// ChangeGroup changes what is given, one question after the other.
func (s *session) ChangeGroup(ctx context.Context, group device.Peer, c device.GroupChange) error {
	jid, err := groupJID(group)
	if err != nil {
		return err
	}
	for _, step := range s.groupSteps(ctx, jid, c) {
		if err := step(); errors.Is(err, whatsmeow.ErrIQNotAcceptable) {
			return device.ErrGroupSubject.WithCause(err)
		} else if err != nil {
			return inGroup("change a group", err)
		}
	}
	return nil
}

func (s *session) groupSteps(ctx context.Context, jid types.JID, c device.GroupChange) (steps []func() error) {
	if c.Name != nil {
		steps = append(steps, func() error { return s.client.SetGroupName(ctx, jid, *c.Name) })
	}
	if c.Description != nil {
		steps = append(steps, func() error { return s.describe(ctx, jid, *c.Description) })
	}
	for _, flag := range []struct {
		value *bool
		set   func(context.Context, types.JID, bool) error
	}{
		{c.Announce, s.client.SetGroupAnnounce},
		{c.Locked, s.client.SetGroupLocked},
		{c.JoinApproval, s.client.SetGroupJoinApprovalMode},
		{c.AdminsAdd, s.setAdminsAdd},
	} {
		if flag.value != nil {
			steps = append(steps, func() error { return flag.set(ctx, jid, *flag.value) })
		}
	}
	if c.Disappearing != nil {
		after := time.Duration(*c.Disappearing) * time.Second
		steps = append(steps, func() error { return s.client.SetDisappearingTimer(ctx, jid, after, time.Now()) })
	}
	return steps
}

// describe gives a group a description in the place of the one that it has. The library would ask for that by itself, but
// hides why the network does not answer.
func (s *session) describe(ctx context.Context, jid types.JID, description string) error {
	old, err := s.client.GetGroupInfo(ctx, jid)
	if err != nil {
		return err
	}
	return s.client.SetGroupTopic(ctx, jid, old.TopicID, "", description)
}

func (s *session) setAdminsAdd(ctx context.Context, jid types.JID, on bool) error {
	mode := types.GroupMemberAddModeAllMember
	if on {
		mode = types.GroupMemberAddModeAdmin
	}
	return s.client.SetGroupMemberAddMode(ctx, jid, mode)
}

// PaintGroup gives a group a picture.
func (s *session) PaintGroup(ctx context.Context, group device.Peer, jpeg []byte) error {
	jid, err := groupJID(group)
	if err != nil {
		return err
	}
	_, err = s.client.SetGroupPhoto(ctx, jid, jpeg)
	if errors.Is(err, whatsmeow.ErrInvalidImageFormat) {
		return device.ErrPictureFormat.WithCause(err)
	}
	return inGroup("change a group's picture", err)
}

// GroupLink asks for the link to a group.
func (s *session) GroupLink(ctx context.Context, group device.Peer) (string, error) {
	return s.groupLink(ctx, group, false)
}

// ResetGroupLink replaces the link to a group.
func (s *session) ResetGroupLink(ctx context.Context, group device.Peer) (string, error) {
	return s.groupLink(ctx, group, true)
}

func (s *session) groupLink(ctx context.Context, group device.Peer, reset bool) (string, error) {
	jid, err := groupJID(group)
	if err != nil {
		return "", err
	}
	link, err := s.client.GetGroupInviteLink(ctx, jid, reset)
	return link, inGroup("ask for a group's link", err)
}

// codeOf is the code in a link, which may also be given alone.
func codeOf(link string) (string, error) {
	link = strings.TrimSpace(link)
	for _, prefix := range []string{whatsmeow.InviteLinkPrefix, "http://chat.whatsapp.com/", "chat.whatsapp.com/"} {
		link = strings.TrimPrefix(link, prefix)
	}
	link, _, _ = strings.Cut(strings.TrimPrefix(link, "invite/"), "?")
	for _, r := range link {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_' && r != '-' {
			return "", device.ErrInvite
		}
	}
	if link == "" || len(link) > 64 {
		return "", device.ErrInvite
	}
	return link, nil
}

// PreviewGroup shows where a link leads.
func (s *session) PreviewGroup(ctx context.Context, link string) (device.Group, error) {
	code, err := codeOf(link)
	if err != nil {
		return device.Group{}, err
	}
	g, err := s.client.GetGroupInfoFromLink(ctx, code)
	if err != nil {
		return device.Group{}, inGroup("look behind a link", err)
	}
	return s.groupOf(g), nil
}

// JoinGroup goes where a link leads. The network answers alike whether one is in or waits, so it is asked again.
func (s *session) JoinGroup(ctx context.Context, link string) (device.Group, bool, error) {
	code, err := codeOf(link)
	if err != nil {
		return device.Group{}, false, err
	}
	jid, err := s.client.JoinGroupWithLink(ctx, code)
	var iq *whatsmeow.IQError
	if errors.As(err, &iq) && iq.Code == codeTaken { // in it already
		g, err := s.PreviewGroup(ctx, code)
		return g, false, err
	}
	if err != nil {
		return device.Group{}, false, inGroup("join a group", err)
	}
	g, err := s.client.GetGroupInfo(ctx, jid)
	if errors.Is(err, whatsmeow.ErrNotInGroup) {
		return device.Group{Peer: peerOf("", jid)}, true, nil
	}
	if err != nil {
		return device.Group{}, false, inGroup("show a joined group", err)
	}
	return s.groupOf(g), false, nil
}

// LeaveGroup takes the account out of a group.
func (s *session) LeaveGroup(ctx context.Context, group device.Peer) error {
	jid, err := groupJID(group)
	if err != nil {
		return err
	}
	return inGroup("leave a group", s.client.LeaveGroup(ctx, jid))
}

// groupOf is a group in the words of all channels.
func (s *session) groupOf(g *types.GroupInfo) device.Group {
	out := device.Group{
		Peer: peerOf(g.Name, g.JID), Description: text(g.Topic, maxTopic), Owner: peerOf("", g.OwnerJID, g.OwnerPN),
		Size: max(g.ParticipantCount, len(g.Participants)), Members: make([]device.GroupMember, 0, len(g.Participants)),
		Settings: device.GroupSettings{
			Announce: g.IsAnnounce, Locked: g.IsLocked, JoinApproval: g.IsJoinApprovalRequired,
			AdminsAdd: g.MemberAddMode == types.GroupMemberAddModeAdmin, Disappearing: int(g.DisappearingTimer),
		},
	}
	if !g.GroupCreated.IsZero() {
		out.CreatedAt = g.GroupCreated.UnixMilli()
	}
	own, ownLID := s.client.Store.GetJID().User, s.client.Store.GetLID().User
	for _, p := range g.Participants {
		m := device.GroupMember{Peer: peerOf("", p.JID, p.LID, p.PhoneNumber), Role: roleOf(p)}
		out.Members = append(out.Members, m)
		if p.JID.User == own || p.JID.User == ownLID {
			out.Role = m.Role
		}
	}
	return out
}

// maxTopic bounds a group's description in bytes: the network's limit is 2,048 characters.
const maxTopic = 4 * 2048

func roleOf(p types.GroupParticipant) device.GroupRole {
	switch {
	case p.IsSuperAdmin:
		return device.GroupOwner
	case p.IsAdmin:
		return device.GroupAdmin
	default:
		return device.GroupMemberRole
	}
}

func resultCode(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

var (
	_ device.GroupLister  = (*session)(nil)
	_ device.GroupViewer  = (*session)(nil)
	_ device.GroupMaker   = (*session)(nil)
	_ device.GroupChanger = (*session)(nil)
	_ device.GroupPainter = (*session)(nil)
	_ device.GroupRoster  = (*session)(nil)
	_ device.GroupInviter = (*session)(nil)
	_ device.GroupJoiner  = (*session)(nil)
	_ device.GroupLeaver  = (*session)(nil)
)
