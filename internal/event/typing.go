package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/chat"
)

// Typing is the data of chat.typing.
type Typing struct {
	ChatID  string `json:"chat_id"`
	Contact Person `json:"contact" doc:"Whose chat it is"`
	State   string `json:"state" enum:"typing,stopped"`
	At      int64  `json:"at" doc:"Unix milliseconds"`
	Until   int64  `json:"until,omitempty" doc:"With typing: it is over by then, also when no stopped comes"`
}

// Typed is for chat.Service.Typed.
func (l Listener) Typed(ctx context.Context, t chat.Typed) error {
	who, err := l.person(ctx, t.Item.Contact)
	if err != nil {
		return err
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: t.Item.WorkspaceID, DeviceID: t.Device.ID, Subject: t.Item.Chat.ID, Type: ChatTyping,
		Data: Typing{t.Item.Chat.ID, who, t.State, t.At, t.Until()},
	})
}
