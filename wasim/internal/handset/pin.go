package handset

import (
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

// TypePin is a message that puts another one at the top of its chat, or takes it from there.
const TypePin = "pin"

// Pin puts a message at the top of its chat for so many seconds; 0 takes it from there.
type Pin struct {
	ID      string `json:"id"`
	Seconds int    `json:"seconds,omitempty"`
}

func (h *Handset) pin(p *Pin) (*waE2E.Message, error) {
	target, err := h.keyOf(p.ID)
	if err != nil {
		return nil, err
	}
	kind := waE2E.PinInChatMessage_UNPIN_FOR_ALL
	if p.Seconds > 0 {
		kind = waE2E.PinInChatMessage_PIN_FOR_ALL
	}
	return &waE2E.Message{
		PinInChatMessage:   &waE2E.PinInChatMessage{Key: target, Type: kind.Enum(), SenderTimestampMS: proto.Int64(h.link.Now().UnixMilli())},
		MessageContextInfo: &waE2E.MessageContextInfo{MessageAddOnDurationInSecs: proto.Uint32(uint32(max(p.Seconds, 0)))},
	}, nil
}

// pinned lets a pin act on the message that it is about. Called with mu held.
func (h *Handset) pinned(e *entry) {
	for i, m := range h.state.messages {
		if m.ID == e.Target && m.chat == e.chat {
			m.Pinned = unwrap(e.Raw).GetPinInChatMessage().GetType() == waE2E.PinInChatMessage_PIN_FOR_ALL
			h.touch(i)
		}
	}
}
