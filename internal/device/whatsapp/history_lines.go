package whatsapp

import (
	"context"
	"strconv"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/device"
)

// maxLinePeople bounds whom one line of history names; the largest groups have 1,024 members.
const maxLinePeople = 1024

// memberStubs are what history says of a group's members.
var memberStubs = map[waWeb.WebMessageInfo_StubType]device.GroupDeed{ //arch:global a table, never written
	waWeb.WebMessageInfo_GROUP_PARTICIPANT_ADD:     device.GroupJoined,
	waWeb.WebMessageInfo_GROUP_PARTICIPANT_INVITE:  device.GroupJoined,
	waWeb.WebMessageInfo_GROUP_PARTICIPANT_LEAVE:   device.GroupLeft,
	waWeb.WebMessageInfo_GROUP_PARTICIPANT_REMOVE:  device.GroupLeft,
	waWeb.WebMessageInfo_GROUP_PARTICIPANT_PROMOTE: device.GroupPromoted,
	waWeb.WebMessageInfo_GROUP_PARTICIPANT_DEMOTE:  device.GroupDemoted,
}

// pastLine reads what history says of something that happened to a group; false for what is a message, and for what chats
// don't show.
func (s *session) pastLine(ctx context.Context, group types.JID, m *waWeb.WebMessageInfo) (device.GroupEvent, bool) {
	e := device.GroupEvent{Group: peerOf("", group), At: int64(m.GetMessageTimestamp()) * 1000, Origin: device.OriginHistory}
	stub, params := m.GetMessageStubType(), m.GetMessageStubParameters()
	if group.Server != types.GroupServer || stub == waWeb.WebMessageInfo_UNKNOWN || e.At <= 0 {
		return e, false
	}
	if by, err := types.ParseJID(m.GetParticipant()); err == nil && by.User != "" {
		e.By = s.someone(ctx, by, nil)
	}
	first := ""
	if len(params) > 0 {
		first = params[0]
	}
	on := first == "on"
	if deed, ok := memberStubs[stub]; ok {
		e.Deed = deed
		for _, p := range params[:min(len(params), maxLinePeople)] {
			if jid, err := types.ParseJID(p); err == nil && jid.User != "" {
				e.Members = append(e.Members, s.someone(ctx, jid, nil))
			}
		}
		return e, len(e.Members) > 0
	}
	switch stub {
	case waWeb.WebMessageInfo_GROUP_CREATE:
		e.Deed, e.Text = device.GroupCame, text(first, maxName)
	case waWeb.WebMessageInfo_GROUP_CHANGE_SUBJECT:
		e.Deed, e.Text = device.GroupName, text(first, maxName)
	case waWeb.WebMessageInfo_GROUP_CHANGE_ANNOUNCE:
		e.Deed, e.On = device.GroupAnnounce, &on
	case waWeb.WebMessageInfo_GROUP_CHANGE_RESTRICT:
		e.Deed, e.On = device.GroupLocked, &on
	case waWeb.WebMessageInfo_GROUP_CHANGE_DESCRIPTION: // without words it was taken away
		e.Deed, e.Text = device.GroupDescription, text(first, maxTopic)
	case waWeb.WebMessageInfo_GROUP_CHANGE_ICON: // as is a picture without an id
		e.Deed, e.Text = device.GroupPicture, text(first, maxName)
	case waWeb.WebMessageInfo_GROUP_CHANGE_INVITE_LINK: // a notice has the whole link
		e.Deed, e.Text = device.GroupLink, text(whatsmeow.InviteLinkPrefix+first, maxName)
	case waWeb.WebMessageInfo_GROUP_MEMBER_ADD_MODE:
		on = first == string(types.GroupMemberAddModeAdmin)
		e.Deed, e.On = device.GroupAddMode, &on
	case waWeb.WebMessageInfo_CHANGE_EPHEMERAL_SETTING:
		e.Deed = device.GroupDisappearing
		e.Seconds, _ = strconv.Atoi(first)
	default:
		return e, false
	}
	return e, true
}
