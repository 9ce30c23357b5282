package handset

import (
	"context"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waSyncAction"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// The kinds of Mark.
const (
	MarkArchive       = "archive"        // of a chat: On
	MarkPin           = "pin"            // of a chat: On
	MarkMute          = "mute"           // of a chat: Until
	MarkUnread        = "unread"         // of a chat: On; without it the chat is read
	MarkStar          = "star"           // of a message: On
	MarkDeleteMessage = "delete_message" // a message, for this account alone
	MarkDeleteChat    = "delete_chat"
	MarkClearChat     = "clear_chat"    // deletes the messages, except starred ones without On
	MarkLabel         = "label"         // makes or changes the label Label: Name, Color; with Deleted it goes
	MarkLabelChat     = "label_chat"    // puts the label Label on a chat: On, or takes it off
	MarkLabelMessage  = "label_message" // the same for a message
)

// Mark is something that an owner does to a chat, a message or a label on the phone, of which companions are told
// and nobody else.
type Mark struct {
	// Kind is one of the Mark constants; it says which of the other fields count.
	Kind string `json:"kind"`
	// Chat is a number in any form or a JID. For messages it may be left out.
	Chat string `json:"chat,omitempty"`
	// ID is the message's.
	ID string `json:"id,omitempty"`
	On bool   `json:"on,omitempty"`
	// Until is unix milliseconds; 0 is not muted, -1 for ever.
	Until   int64  `json:"until,omitempty"`
	Label   string `json:"label,omitempty"`
	Name    string `json:"name,omitempty"`
	Color   int32  `json:"color,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
}

// Mark does it: the companions are told, and the screen shows it when it returns. ErrMark for a kind that is none,
// ErrNoMessage for a message that isn't there.
func (h *Handset) Mark(ctx context.Context, m Mark) error {
	info, err := h.patchOf(m)
	if err != nil {
		return fmt.Errorf("marking (%s): %w", m.Kind, err)
	}
	h.appMu.Lock()
	defer h.appMu.Unlock()
	return h.patch(ctx, info)
}

// patchOf writes a mark as a change of settings.
func (h *Handset) patchOf(m Mark) (appstate.PatchInfo, error) {
	switch m.Kind {
	case MarkStar, MarkDeleteMessage, MarkLabelMessage:
		return h.messagePatch(m)
	case MarkLabel:
		if m.Label == "" {
			return appstate.PatchInfo{}, fmt.Errorf("a label needs an id: %w", ErrMark)
		}
		return appstate.BuildLabelEdit(m.Label, m.Name, m.Color, m.Deleted), nil
	}
	who, err := h.chatCalled(m.Chat)
	if err != nil {
		return appstate.PatchInfo{}, err
	}
	return h.chatPatch(m, who)
}

func (h *Handset) chatPatch(m Mark, who account) (appstate.PatchInfo, error) {
	chat, err := types.ParseJID(h.inMessage(who))
	if err != nil {
		return appstate.PatchInfo{}, err
	}
	at, key := h.lastOf(who)
	switch m.Kind {
	case MarkArchive:
		return appstate.BuildArchive(chat, m.On, at, key), nil
	case MarkPin:
		return appstate.BuildPin(chat, m.On), nil
	case MarkMute:
		if m.Until == 0 {
			return appstate.BuildMute(chat, false, 0), nil
		}
		return appstate.BuildMuteAbs(chat, true, &m.Until), nil
	case MarkUnread:
		return appstate.BuildMarkChatAsRead(chat, !m.On, at, key), nil
	case MarkDeleteChat:
		return appstate.BuildDeleteChat(chat, at, key, true), nil
	case MarkClearChat:
		return clearPatch(chat, m.On, at, key), nil
	case MarkLabelChat:
		return appstate.BuildLabelChat(chat, m.Label, m.On), nil
	default:
		return appstate.PatchInfo{}, ErrMark
	}
}

// clearPatch is BuildDeleteChat's sibling, which the library has not got.
func clearPatch(chat types.JID, starredToo bool, at time.Time, key *waCommon.MessageKey) appstate.PatchInfo {
	p := appstate.BuildDeleteChat(chat, at, key, true)
	p.Mutations[0].Index = []string{appstate.IndexClearChat, chat.String(), flag(starredToo), "1"}
	p.Mutations[0].Value = &waSyncAction.SyncActionValue{
		ClearChatAction: &waSyncAction.ClearChatAction{MessageRange: p.Mutations[0].Value.GetDeleteChatAction().GetMessageRange()},
	}
	return p
}

func (h *Handset) messagePatch(m Mark) (appstate.PatchInfo, error) {
	h.mu.Lock()
	e := h.findAny(m.ID)
	h.mu.Unlock()
	if e == nil {
		return appstate.PatchInfo{}, fmt.Errorf("message %s: %w", m.ID, ErrNoMessage)
	}
	chat, participant := h.inMessage(e.chat), "0"
	if e.chat.LID.Server == types.GroupServer && !e.FromMe {
		participant = h.inMessage(e.from)
	}
	jid, err := types.ParseJID(chat)
	if err != nil {
		return appstate.PatchInfo{}, err
	}
	switch m.Kind {
	case MarkLabelMessage:
		return appstate.BuildLabelMessage(jid, m.Label, m.ID, m.On), nil
	case MarkStar:
		p := appstate.BuildStar(jid, jid, m.ID, e.FromMe, m.On)
		p.Mutations[0].Index[4] = participant
		return p, nil
	default:
		return deletePatch([]string{appstate.IndexDeleteMessageForMe, chat, m.ID, flag(e.FromMe), participant}, e.TimestampMS), nil
	}
}

// deletePatch deletes a message for this account alone; the library has no builder for it.
func deletePatch(index []string, at int64) appstate.PatchInfo {
	return appstate.PatchInfo{Type: appstate.WAPatchRegularHigh, Mutations: []appstate.MutationInfo{{
		Index: index, Version: 3,
		Value: &waSyncAction.SyncActionValue{DeleteMessageForMeAction: &waSyncAction.DeleteMessageForMeAction{
			DeleteMedia: proto.Bool(true), MessageTimestamp: proto.Int64(at / 1000),
		}},
	}}}
}

// lastOf is the newest message of a chat, up to which a change of the chat counts; now where there is none.
func (h *Handset) lastOf(who account) (time.Time, *waCommon.MessageKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.state.messages) - 1; i >= 0; i-- {
		if e := h.state.messages[i]; e.chat == who && !e.Deleted {
			return time.UnixMilli(e.TimestampMS), h.messageKey(e)
		}
	}
	return h.link.Now(), nil
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}
