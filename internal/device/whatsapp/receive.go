package whatsapp

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
)

// message keeps a message; the library acknowledges it to the network after that. When it can't be kept, the
// connection ends: the network brings again what was not acknowledged at the next one, and not before.
func (c *conn) message(ctx context.Context, e *events.Message) bool {
	if n := e.RawMessage.GetProtocolMessage().GetHistorySyncNotification(); n != nil && e.Info.IsFromMe {
		return c.keep("history", c.announceHistory(ctx, e.Info.ID, n))
	}
	if kept, ok := c.elsewhere(ctx, e); ok {
		return kept
	}
	in, ok := c.inbound(ctx, e)
	if !ok {
		return c.saysNothing(ctx, e)
	}
	in.Origin = c.origin()
	return c.keep("message", c.sink.Received(ctx, c.device, in))
}

// origin is how what comes now reached us.
func (c *conn) origin() device.Origin {
	if c.waiting.Load() {
		return device.OriginOffline
	}
	return device.OriginLive
}

// keep ends the connection when what could not be kept.
func (c *conn) keep(what string, err error) bool {
	if err != nil {
		c.end(fmt.Errorf("keep a %s: %w", what, err))
	}
	return err == nil
}

// inbound turns a message into the form that all channels share; ok is false when there is nothing to keep.
func (s *session) inbound(ctx context.Context, e *events.Message) (device.Inbound, bool) {
	chat, ok := s.people.chat(ctx, e.Info.MessageSource, e.Info.PushName)
	if !ok {
		return device.Inbound{}, false
	}
	raw := e.RawMessage
	if m := raw.GetDeviceSentMessage().GetMessage(); m != nil {
		raw = m
	}
	content, ok := contentOf(s.revealed(ctx, e, raw))
	if !ok {
		return device.Inbound{}, false
	}
	s.voted(ctx, e, &content)
	locate(content.Media, e.Info)
	b, err := proto.Marshal(raw)
	if err != nil { // only invalid UTF-8 in a field that must be valid; the content has been mended
		s.driver.log.Warn("raw message can't be kept", "device", s.device.ID, "message", e.Info.ID, "error", err)
	}
	return device.Inbound{
		NetworkID: text(idOf(e), maxName),
		Chat:      chat,
		Sender:    s.people.sender(ctx, e.Info.MessageSource, e.Info.PushName),
		FromMe:    e.Info.IsFromMe,
		At:        e.Info.Timestamp.UnixMilli(),
		Again:     e.RetryCount > 0 || e.UnavailableRequestID != "",
		ByPhone:   e.UnavailableRequestID != "",
		Content:   content,
		Raw:       b,
	}, true
}

// idOf is a message's own id. To what the own phone sends again the library gives that of the message it edits.
func idOf(e *events.Message) types.MessageID {
	if id := e.SourceWebMsg.GetKey().GetID(); id != "" && e.UnavailableRequestID != "" {
		return id
	}
	return e.Info.ID
}

// revealed decrypts edits and reactions that are encrypted with the secret of the message they change.
func (s *session) revealed(ctx context.Context, e *events.Message, raw *waE2E.Message) *waE2E.Message {
	var m *waE2E.Message
	var err error
	switch {
	case raw.GetSecretEncryptedMessage() != nil:
		m, err = s.client.DecryptSecretEncryptedMessage(ctx, e)
	case raw.GetEncReactionMessage() != nil: // in communities
		m = &waE2E.Message{}
		if m.ReactionMessage, err = s.client.DecryptReaction(ctx, e); err == nil {
			m.ReactionMessage.Key = raw.GetEncReactionMessage().GetTargetMessageKey()
		}
	default:
		return raw
	}
	if err != nil {
		s.driver.log.Warn("change of a message can't be read", "device", s.device.ID, "message", e.Info.ID, "error", err)
		return raw
	}
	return m
}

func (c *conn) receipt(ctx context.Context, e *events.Receipt) bool {
	kind, ok := receiptKind(e.Type, e.IsFromMe)
	if !ok {
		return true
	}
	chat, ok := c.people.chat(ctx, e.MessageSource, "")
	if !ok {
		return true
	}
	ids := make([]string, 0, len(e.MessageIDs))
	for _, id := range e.MessageIDs {
		if id = text(id, maxName); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return c.keep("receipt", c.sink.Receipts(ctx, c.device, device.Receipt{
		Kind: kind, Chat: chat, Sender: c.people.sender(ctx, e.MessageSource, ""), NetworkIDs: ids, At: e.Timestamp.UnixMilli(),
	}))
}

// receiptKind says what a receipt tells us; ok is false for those that are the library's own business.
func receiptKind(t types.ReceiptType, fromMe bool) (device.ReceiptKind, bool) {
	switch t {
	case types.ReceiptTypeReadSelf, types.ReceiptTypePlayedSelf:
		return device.ReceiptReadSelf, true
	case types.ReceiptTypeRead, types.ReceiptTypePlayed:
		if fromMe {
			return device.ReceiptReadSelf, true
		}
		if t == types.ReceiptTypePlayed {
			return device.ReceiptPlayed, true
		}
		return device.ReceiptRead, true
	case types.ReceiptTypeDelivered, types.ReceiptTypeInactive:
		return device.ReceiptDelivered, !fromMe
	default:
		return "", false
	}
}

func (c *conn) typing(ctx context.Context, e *events.ChatPresence) {
	if chat, ok := c.people.chat(ctx, e.MessageSource, ""); ok {
		c.sink.Typing(ctx, c.device, device.Typing{Chat: chat, FromMe: e.IsFromMe, On: e.State == types.ChatPresenceComposing})
	}
}

// MarkRead tells the sender that messages were read, and the account's other devices that the chat was.
func (s *session) MarkRead(ctx context.Context, chat, sender device.Peer, networkIDs []string) error {
	to, ok := jidOf(chat)
	if !ok || len(networkIDs) == 0 {
		return errNoAddress
	}
	from, _ := jidOf(sender)
	if err := s.client.MarkRead(ctx, networkIDs, time.Now(), to, from); err != nil {
		return fmt.Errorf("mark as read: %w", err)
	}
	return nil
}

var _ device.Reader = (*session)(nil)
