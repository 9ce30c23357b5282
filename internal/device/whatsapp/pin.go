package whatsapp

import (
	"context"
	"fmt"
	"math"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
)

// defaultPin is how long a message stays pinned when its pin does not say: WhatsApp's own default, seven days in seconds.
const defaultPin = 7 * 24 * 3600

// pinOf reads that a message was put at the top of the chat, or taken from there.
func pinOf(p *waE2E.PinInChatMessage, info *waE2E.MessageContextInfo) (device.Content, bool) {
	c := device.Content{Kind: device.KindPin, Target: text(p.GetKey().GetID(), maxName)}
	if p.GetType() == waE2E.PinInChatMessage_PIN_FOR_ALL {
		if c.Expires = whole(info.GetMessageAddOnDurationInSecs()); c.Expires == 0 {
			c.Expires = defaultPin
		}
	}
	return c, c.Target != ""
}

// pinMessage is the way back. The key names the message as reactions do.
func pinMessage(c device.Content, to addressee) (*waE2E.Message, error) {
	if c.Target == "" {
		return nil, fmt.Errorf("%w: target", errIncomplete)
	}
	kind := waE2E.PinInChatMessage_UNPIN_FOR_ALL
	if c.Expires > 0 {
		kind = waE2E.PinInChatMessage_PIN_FOR_ALL
	}
	return &waE2E.Message{
		PinInChatMessage: &waE2E.PinInChatMessage{
			Key: keyOf(c.Target, c.TargetSender, to), Type: kind.Enum(), SenderTimestampMS: proto.Int64(time.Now().UnixMilli()),
		},
		MessageContextInfo: &waE2E.MessageContextInfo{MessageAddOnDurationInSecs: proto.Uint32(uint32(max(0, min(c.Expires, math.MaxInt32))))},
	}, nil
}

// MarkPlayed tells the sender of sounds that they were listened to.
func (s *session) MarkPlayed(ctx context.Context, chat, sender device.Peer, networkIDs []string) error {
	to, ok := jidOf(chat)
	if !ok || len(networkIDs) == 0 {
		return errNoAddress
	}
	from, _ := jidOf(sender)
	if err := s.client.MarkRead(ctx, networkIDs, time.Now(), to, from, types.ReceiptTypePlayed); err != nil {
		return fmt.Errorf("mark as played: %w", err)
	}
	return nil
}

var _ device.Player = (*session)(nil)
