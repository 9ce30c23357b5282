package whatsapp

import (
	"context"

	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waSyncAction"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
)

const (
	// maxLabelName bounds a label's name in bytes, maxLabelID its id.
	maxLabelName = 200
	maxLabelID   = 64
)

// marked keeps what the account's other devices, or the echo of our own write, say about chats, messages and labels.
// The connection ends when it can't be kept.
func (c *conn) marked(ctx context.Context, evt any) bool {
	sink, ok := c.sink.(device.MarkSink)
	if !ok {
		return true
	}
	m, who, ok := markOf(evt)
	if !ok {
		return true
	}
	if m.Kind != device.MarkLabel {
		if m.Chat, ok = c.peer(ctx, who.chat); !ok {
			return true
		}
	}
	m.Sender, _ = c.peer(ctx, who.sender)
	return c.keep("mark", sink.Marked(ctx, c.device, m))
}

// peer is everything that is known of an address; ok is false for what is no person and no group.
func (s *session) peer(ctx context.Context, jid types.JID) (device.Peer, bool) {
	jid = jid.ToNonAD()
	if _, ok := addressOf(jid); !ok {
		return device.Peer{}, false
	}
	return peerOf("", jid, other(ctx, s.people.lids, jid)), true
}

// whose is the chat that a mark is about, and who wrote the message in a group.
type whose struct{ chat, sender types.JID }

// markOf turns an app-state event into a mark, without its peers; ok is false for every other event.
func markOf(evt any) (m device.Mark, who whose, ok bool) {
	switch e := evt.(type) {
	case *events.Archive:
		m = device.Mark{Kind: device.MarkArchive, At: e.Timestamp.UnixMilli(), On: e.Action.GetArchived(), Last: lastIn(e.Action.GetMessageRange())}
		who.chat = e.JID
	case *events.Pin:
		m = device.Mark{Kind: device.MarkPin, At: e.Timestamp.UnixMilli(), On: e.Action.GetPinned()}
		who.chat = e.JID
	case *events.Mute:
		m = device.Mark{Kind: device.MarkMute, At: e.Timestamp.UnixMilli(), Until: mutedUntil(e.Action)}
		who.chat = e.JID
	case *events.MarkChatAsRead:
		m = device.Mark{Kind: device.MarkUnread, At: e.Timestamp.UnixMilli(), On: !e.Action.GetRead(), Last: lastIn(e.Action.GetMessageRange())}
		who.chat = e.JID
	case *events.DeleteChat:
		m = device.Mark{Kind: device.MarkDeleteChat, At: e.Timestamp.UnixMilli(), Last: lastIn(e.Action.GetMessageRange())}
		who.chat = e.JID
	case *events.AppState:
		return clearOf(e)
	default:
		return messageMarkOf(evt)
	}
	return m, who, true
}

// messageMarkOf is markOf for what is about messages and labels.
func messageMarkOf(evt any) (m device.Mark, who whose, ok bool) {
	switch e := evt.(type) {
	case *events.Star:
		m = device.Mark{Kind: device.MarkStar, At: e.Timestamp.UnixMilli(), NetworkID: e.MessageID, FromMe: e.IsFromMe, On: e.Action.GetStarred()}
		who = whose{e.ChatJID, e.SenderJID}
	case *events.DeleteForMe:
		m = device.Mark{
			Kind: device.MarkDeleteMessage, At: e.Timestamp.UnixMilli(), NetworkID: e.MessageID, FromMe: e.IsFromMe,
			MessageAt: e.Action.GetMessageTimestamp() * 1000,
		}
		who = whose{e.ChatJID, e.SenderJID}
	case *events.LabelEdit:
		m = device.Mark{Kind: device.MarkLabel, At: e.Timestamp.UnixMilli(), Label: device.Label{
			ID: text(e.LabelID, maxLabelID), Name: text(e.Action.GetName(), maxLabelName), Color: int(e.Action.GetColor()), Deleted: e.Action.GetDeleted(),
		}}
	case *events.LabelAssociationChat:
		m = device.Mark{Kind: device.MarkLabelChat, At: e.Timestamp.UnixMilli(), On: e.Action.GetLabeled(), Label: device.Label{ID: text(e.LabelID, maxLabelID)}}
		who.chat = e.JID
	case *events.LabelAssociationMessage:
		m = device.Mark{
			Kind: device.MarkLabelMessage, At: e.Timestamp.UnixMilli(), NetworkID: e.MessageID, On: e.Action.GetLabeled(),
			Label: device.Label{ID: text(e.LabelID, maxLabelID)},
		}
		who.chat = e.JID
	default:
		return m, who, false
	}
	m.NetworkID = text(m.NetworkID, maxName)
	return m, who, true
}

// clearOf reads a cleared chat from the raw form: the library's own event for it does not say what becomes of the
// starred messages. Every other raw form has an event of its own.
func clearOf(e *events.AppState) (m device.Mark, who whose, ok bool) {
	if len(e.Index) < 2 || e.Index[0] != appstate.IndexClearChat {
		return m, who, false
	}
	jid, err := types.ParseJID(e.Index[1])
	if err != nil {
		return m, who, false
	}
	return device.Mark{
		Kind: device.MarkClearChat, At: e.GetTimestamp(), On: len(e.Index) > 2 && e.Index[2] == "1",
		Last: lastIn(e.GetClearChatAction().GetMessageRange()),
	}, whose{chat: jid}, true
}

func mutedUntil(a *waSyncAction.MuteAction) int64 {
	switch {
	case !a.GetMuted():
		return 0
	case a.GetMuteEndTimestamp() <= 0:
		return device.MuteForever
	default:
		return a.GetMuteEndTimestamp()
	}
}

// lastIn is how far a mark of a chat reaches. The network counts in seconds, so the whole second belongs to it.
func lastIn(r *waSyncAction.SyncActionMessageRange) device.LastMessage {
	at := r.GetLastMessageTimestamp()
	if at <= 0 || at > 1<<40 {
		return device.LastMessage{}
	}
	return device.LastMessage{At: at*1000 + 999}
}
