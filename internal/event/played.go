package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
)

// The types of events about messages that were pinned and sounds that were listened to.
const (
	MessagePinned Type = "message.pinned"
	MessagePlayed Type = "message.played"
)

// Played is the data of message.played.
type Played struct {
	Message chat.MessageView `json:"message" doc:"As it is now; content.media.played_at says when"`
	Contact Person           `json:"contact" doc:"Whose chat it is"`
}

func playedKinds() []Kind {
	sari := exampleSari()
	voice := device.Content{Kind: device.KindVoice, Media: &device.Media{MIME: "audio/ogg; codecs=opus", Size: 4711, Seconds: 7, PlayedAt: exampleAt}}
	pinned := device.Content{Kind: device.KindText, Text: "Rekening BCA 1234567890", Pin: &device.Pin{Until: exampleAt + 604_800_000, At: exampleAt}}
	return []Kind{
		{MessagePinned, 1, "A message was put at the top of its chat, or taken from there (content.pin.until is 0).", Altered{
			Message: exampleMessage(chat.Message{SenderID: sari.ID, Content: pinned, State: chat.StateReceived}), Contact: sari, By: &sari, At: exampleAt,
		}},
		{MessagePlayed, 1, "A voice note or sound was listened to: one of theirs by us, or one of ours by the contact of the chat.", Played{
			Message: exampleMessage(chat.Message{SenderID: sari.ID, Content: voice, State: chat.StateReceived}), Contact: sari,
		}},
	}
}

// Played is for chat.Service.Played.
func (l Listener) Played(ctx context.Context, p chat.Played) error {
	who, err := l.person(ctx, p.Contact)
	if err != nil {
		return err
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: p.Chat.WorkspaceID, DeviceID: p.Chat.DeviceID, Subject: p.Chat.ID, Type: MessagePlayed,
		Data: Played{Message: shown(p.Message), Contact: who},
	})
}
