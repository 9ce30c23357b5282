package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
)

// MarkRefused is the type of events about marks that the network did not take.
const MarkRefused Type = "mark.refused"

// Refused is the data of mark.refused.
type Refused struct {
	Mark      device.MarkKind `json:"mark" doc:"archive, pin, mute, unread, delete_chat, clear_chat, star, delete_message, label, label_chat, label_message, receipt or played"`
	ChatID    string          `json:"chat_id,omitempty" doc:"Missing when it is about a label itself"`
	NetworkID string          `json:"network_id,omitempty" doc:"Of the message, when it is about one"`
	On        bool            `json:"on"`
	Code      string          `json:"code" doc:"Why; the network's own word where it has one"`
	At        int64           `json:"at" doc:"When it was made here, unix milliseconds"`
}

func refusedKinds() []Kind {
	return []Kind{{MarkRefused, 1, "What was done to a chat or message here was not taken by the network in two hours of trying: the phone does not show it.", Refused{
		Mark: device.MarkArchive, ChatID: exampleChat, On: true, Code: "app_state", At: exampleAt,
	}}}
}

// MarkRefused is for chat.Service.MarkRefused.
func (l Listener) MarkRefused(ctx context.Context, m chat.MarkRefused) error {
	return l.Log.Append(ctx, Draft{
		WorkspaceID: m.Device.WorkspaceID, DeviceID: m.Device.ID, Subject: m.ChatID, Type: MarkRefused,
		Data: Refused{m.Kind, m.ChatID, m.NetworkID, m.On, m.Code, m.At},
	})
}
