package handset

import (
	"cmp"
	"slices"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// groupLine is what a phone shows in a group's chat of something that happened to it.
type groupLine struct {
	Group, ID, By string
	At            int64 // unix seconds
	Stub          waWeb.WebMessageInfo_StubType
	Params        []string
}

// noteGroup keeps what a notification says of a group, for the history of companions to come.
func (h *Handset) noteGroup(node waBinary.Node) {
	ag := node.AttrGetter()
	l := groupLine{
		Group: ag.OptionalJIDOrEmpty("from").String(), ID: "LINE" + ag.OptionalString("id"),
		By: ag.OptionalJIDOrEmpty("participant").String(), At: int64(ag.OptionalInt("t")),
	}
	for _, what := range node.GetChildren() {
		if l.Stub, l.Params = stubOf(what, l.By); l.Stub == waWeb.WebMessageInfo_UNKNOWN {
			continue
		}
		if l.Stub == waWeb.WebMessageInfo_GROUP_CREATE {
			group := what.GetChildByTag("group")
			l.At = int64(group.AttrGetter().OptionalInt("creation"))
		}
		if author := what.AttrGetter().OptionalJIDOrEmpty("author"); !author.IsEmpty() { // of a picture
			l.By = author.String()
		}
		h.mu.Lock()
		h.state.Lines = append(h.state.Lines, l)
		h.state.Revision++
		h.mu.Unlock()
	}
}

// stubOf is how history says what a notification said; UNKNOWN for what it does not say.
func stubOf(what waBinary.Node, by string) (waWeb.WebMessageInfo_StubType, []string) {
	var people []string
	for _, p := range what.GetChildrenByTag("participant") {
		people = append(people, p.AttrGetter().OptionalJIDOrEmpty("jid").String())
	}
	switch what.Tag {
	case "create":
		group := what.GetChildByTag("group")
		if what.AttrGetter().OptionalString("type") != "new" { // somebody came into one that was there
			return waWeb.WebMessageInfo_UNKNOWN, nil
		}
		return waWeb.WebMessageInfo_GROUP_CREATE, []string{group.AttrGetter().OptionalString("subject")}
	case "add":
		return waWeb.WebMessageInfo_GROUP_PARTICIPANT_ADD, people
	case "remove":
		if slices.Equal(people, []string{by}) {
			return waWeb.WebMessageInfo_GROUP_PARTICIPANT_LEAVE, people
		}
		return waWeb.WebMessageInfo_GROUP_PARTICIPANT_REMOVE, people
	case "promote":
		return waWeb.WebMessageInfo_GROUP_PARTICIPANT_PROMOTE, people
	case "demote":
		return waWeb.WebMessageInfo_GROUP_PARTICIPANT_DEMOTE, people
	case "subject":
		return waWeb.WebMessageInfo_GROUP_CHANGE_SUBJECT, []string{what.AttrGetter().OptionalString("subject")}
	case "description":
		if body, ok := what.GetOptionalChildByTag("body"); ok {
			words, _ := body.Content.([]byte)
			return waWeb.WebMessageInfo_GROUP_CHANGE_DESCRIPTION, []string{string(words)}
		}
		return waWeb.WebMessageInfo_GROUP_CHANGE_DESCRIPTION, nil
	case "set":
		return waWeb.WebMessageInfo_GROUP_CHANGE_ICON, []string{what.AttrGetter().OptionalString("id")}
	case "delete":
		if what.AttrGetter().OptionalString("author") == "" { // the group's, not its picture's
			return waWeb.WebMessageInfo_UNKNOWN, nil
		}
		return waWeb.WebMessageInfo_GROUP_CHANGE_ICON, nil
	case "invite":
		return waWeb.WebMessageInfo_GROUP_CHANGE_INVITE_LINK, []string{what.AttrGetter().OptionalString("code")}
	case "member_add_mode":
		mode, _ := what.Content.([]byte)
		return waWeb.WebMessageInfo_GROUP_MEMBER_ADD_MODE, []string{string(mode)}
	case "locked":
		return waWeb.WebMessageInfo_GROUP_CHANGE_RESTRICT, []string{"on"}
	case "unlocked":
		return waWeb.WebMessageInfo_GROUP_CHANGE_RESTRICT, []string{"off"}
	case "announcement":
		return waWeb.WebMessageInfo_GROUP_CHANGE_ANNOUNCE, []string{"on"}
	case "not_announcement":
		return waWeb.WebMessageInfo_GROUP_CHANGE_ANNOUNCE, []string{"off"}
	case "ephemeral":
		return waWeb.WebMessageInfo_CHANGE_EPHEMERAL_SETTING, []string{what.AttrGetter().OptionalString("expiration")}
	case "not_ephemeral":
		return waWeb.WebMessageInfo_CHANGE_EPHEMERAL_SETTING, []string{"0"}
	default:
		return waWeb.WebMessageInfo_UNKNOWN, nil
	}
}

// withLines puts what happened to a group between its messages, newest first. Called with mu held.
func (h *Handset) withLines(group types.JID, messages []*waHistorySync.HistorySyncMsg) []*waHistorySync.HistorySyncMsg {
	if group.Server != types.GroupServer {
		return messages
	}
	for _, l := range slices.Backward(h.state.Lines) {
		if l.Group != group.String() {
			continue
		}
		messages = append(messages, &waHistorySync.HistorySyncMsg{Message: &waWeb.WebMessageInfo{
			Key:              &waCommon.MessageKey{RemoteJID: proto.String(l.Group), FromMe: proto.Bool(false), ID: proto.String(l.ID), Participant: proto.String(l.By)},
			MessageTimestamp: proto.Uint64(uint64(l.At)), Participant: proto.String(l.By),
			MessageStubType: l.Stub.Enum(), MessageStubParameters: l.Params,
		}})
	}
	slices.SortStableFunc(messages, func(a, b *waHistorySync.HistorySyncMsg) int {
		return cmp.Compare(b.GetMessage().GetMessageTimestamp(), a.GetMessage().GetMessageTimestamp())
	})
	return messages
}
