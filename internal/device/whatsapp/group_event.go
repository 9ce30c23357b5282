package whatsapp

import (
	"context"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
)

// groupEvent tells what happened to a group. The connection ends when it can't be kept.
func (c *conn) groupEvent(ctx context.Context, evt any) bool {
	sink, ok := c.sink.(device.GroupSink)
	if !ok {
		return true
	}
	for _, e := range c.heard(ctx, evt) {
		if len(e.Group.Addresses) == 0 {
			continue
		}
		if !c.keep("group's change", sink.GroupChanged(ctx, c.device, e)) {
			return false
		}
	}
	return true
}

// newGroup is the type of an event of a group that was just made.
const newGroup = "new"

// heard turns an event of the library into what all channels share; one may carry several changes.
func (s *session) heard(ctx context.Context, evt any) []device.GroupEvent {
	switch e := evt.(type) {
	case *events.JoinedGroup:
		g := s.groupOf(&e.GroupInfo)
		out := device.GroupEvent{
			Group: g.Peer, Deed: device.GroupCame, Text: g.Peer.Name, At: moment(g.CreatedAt),
		}
		if e.Type != newGroup { // which is made once, and told by the phone's history as well
			out.Mark = text(e.ParticipantVersionID, maxName)
		}
		for _, m := range g.Members {
			out.Members = append(out.Members, m.Peer)
		}
		if e.Sender != nil {
			out.By = s.someone(ctx, *e.Sender, e.SenderPN)
		}
		return []device.GroupEvent{out}
	case *events.Picture:
		if e.JID.Server != types.GroupServer {
			return nil
		}
		return []device.GroupEvent{{
			Group: peerOf("", e.JID), Deed: device.GroupPicture, By: s.someone(ctx, e.Author, nil),
			Text: text(e.PictureID, maxName), At: e.Timestamp.UnixMilli(),
		}}
	case *events.GroupInfo:
		return s.changesOf(ctx, e)
	default:
		return nil
	}
}

// moment is a time of the network, or now when it doesn't tell.
func moment(at int64) int64 {
	if at > 0 {
		return at
	}
	return time.Now().UnixMilli()
}

// someone is a person with every address that is known.
func (s *session) someone(ctx context.Context, jid types.JID, pn *types.JID) device.Peer {
	alt := other(ctx, s.people.lids, jid)
	if pn != nil && !pn.IsEmpty() {
		alt = pn.ToNonAD()
	}
	return peerOf("", jid.ToNonAD(), alt)
}

func (s *session) changesOf(ctx context.Context, e *events.GroupInfo) (out []device.GroupEvent) {
	base := device.GroupEvent{Group: peerOf("", e.JID), At: e.Timestamp.UnixMilli()}
	if e.Sender != nil {
		base.By = s.someone(ctx, *e.Sender, e.SenderPN)
	}
	add := func(deed device.GroupDeed, fill func(*device.GroupEvent)) {
		g := base
		g.Deed = deed
		fill(&g)
		out = append(out, g)
	}
	for _, m := range []struct {
		deed device.GroupDeed
		who  []types.JID
	}{
		{device.GroupJoined, e.Join},
		{device.GroupLeft, e.Leave},
		{device.GroupPromoted, e.Promote},
		{device.GroupDemoted, e.Demote},
	} {
		if len(m.who) > 0 {
			add(m.deed, func(g *device.GroupEvent) { g.Members = s.everyone(ctx, m.who) })
		}
	}
	propertiesOf(e, add)
	for _, n := range e.UnknownChanges {
		s.unknownChange(ctx, n, add)
	}
	return out
}

func (s *session) everyone(ctx context.Context, jids []types.JID) []device.Peer {
	out := make([]device.Peer, 0, len(jids))
	for _, jid := range jids {
		if p := s.someone(ctx, jid, nil); len(p.Addresses) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// propertiesOf tells the changes of what is no member.
func propertiesOf(e *events.GroupInfo, add func(device.GroupDeed, func(*device.GroupEvent))) {
	says := func(s string, most int) func(*device.GroupEvent) {
		return func(g *device.GroupEvent) { g.Text = text(s, most) }
	}
	is := func(on bool) func(*device.GroupEvent) {
		return func(g *device.GroupEvent) { g.On = &on }
	}
	if e.Name != nil {
		add(device.GroupName, says(e.Name.Name, maxName))
	}
	if e.Topic != nil {
		add(device.GroupDescription, says(e.Topic.Topic, maxTopic))
	}
	if e.Announce != nil {
		add(device.GroupAnnounce, is(e.Announce.IsAnnounce))
	}
	if e.Locked != nil {
		add(device.GroupLocked, is(e.Locked.IsLocked))
	}
	if e.MembershipApprovalMode != nil { // the library says that it was changed, not into what
		add(device.GroupApproval, func(*device.GroupEvent) {})
	}
	if e.Ephemeral != nil {
		add(device.GroupDisappearing, func(g *device.GroupEvent) { g.Seconds = int(e.Ephemeral.DisappearingTimer) })
	}
	if e.NewInviteLink != nil {
		add(device.GroupLink, says(*e.NewInviteLink, maxName))
	}
	if e.Delete != nil {
		add(device.GroupEnded, says(e.Delete.DeleteReason, maxName))
	}
}

// unknownChange reads the changes that the library has no field for.
func (s *session) unknownChange(ctx context.Context, n *waBinary.Node, add func(device.GroupDeed, func(*device.GroupEvent))) {
	switch n.Tag {
	case "member_add_mode":
		mode, _ := n.Content.([]byte)
		on := string(mode) == string(types.GroupMemberAddModeAdmin)
		add(device.GroupAddMode, func(g *device.GroupEvent) { g.On = &on })
	case "created_membership_requests":
		var who []types.JID
		for _, child := range n.GetChildren() {
			ag := child.AttrGetter()
			jid := ag.OptionalJIDOrEmpty("jid")
			if jid.IsEmpty() {
				continue
			}
			who = append(who, jid)
			// The library would not remember it; whoever is answered later must be found by either address.
			switch pn, lid := ag.OptionalJIDOrEmpty("phone_number"), ag.OptionalJIDOrEmpty("lid"); {
			case !pn.IsEmpty():
				s.client.StoreLIDPNMapping(ctx, jid, pn)
			case !lid.IsEmpty():
				s.client.StoreLIDPNMapping(ctx, lid, jid)
			}
		}
		add(device.GroupRequested, func(g *device.GroupEvent) {
			if g.Members = s.everyone(ctx, who); len(g.Members) == 0 && len(g.By.Addresses) > 0 {
				g.Members = []device.Peer{g.By}
			}
		})
	}
}
