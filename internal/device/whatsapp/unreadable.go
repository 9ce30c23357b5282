package whatsapp

import (
	"context"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
)

// undecryptable keeps a place for a message that could not be read. The library has asked for it anew and acknowledged
// it, so that it does not come again by itself: what can't be kept now is not tried again, and needs no new connection.
// It comes as an ordinary message later.
func (c *conn) undecryptable(ctx context.Context, e *events.UndecryptableMessage) {
	n := c.undecrypted.Add(1)
	c.driver.log.Warn("message can't be read yet", "device", c.device.ID, "message", e.Info.ID,
		"unavailable", e.IsUnavailable, "hidden", e.DecryptFailMode == events.DecryptFailHide, "count", n)
	if !hasPlace(e) {
		return
	}
	in, ok := c.envelope(ctx, e.Info, device.Content{Kind: device.KindUnreadable, Why: whyUnreadable(e)})
	if !ok {
		return
	}
	if err := c.sink.Received(ctx, c.device, in); err != nil {
		c.driver.log.Error("keep a place for a message", "device", c.device.ID, "message", e.Info.ID, "error", err)
	}
}

// hasPlace reports whether what could not be read is a message of a chat, as far as its envelope says: those that only
// change another one are sent so that nobody is shown that they failed, and those between the account's devices are
// nobody's.
func hasPlace(e *events.UndecryptableMessage) bool {
	i := e.Info
	switch {
	case e.DecryptFailMode == events.DecryptFailHide, i.Category == "peer", i.Edit != types.EditAttributeEmpty, i.Type == "reaction":
		return false
	default:
		return i.Chat != types.StatusBroadcastJID && i.Chat.Server != types.NewsletterServer
	}
}

func whyUnreadable(e *events.UndecryptableMessage) string {
	switch {
	case e.UnavailableType == events.UnavailableTypeViewOnce:
		return device.WhyViewOnce
	case e.IsUnavailable:
		return device.WhyUnavailable
	default:
		return device.WhyUndecrypted
	}
}

// saysNothing has a message that shows nothing leave no place, when one was kept for it.
func (c *conn) saysNothing(ctx context.Context, e *events.Message) bool {
	if e.RetryCount == 0 && e.UnavailableRequestID == "" {
		return true
	}
	in, ok := c.envelope(ctx, e.Info, device.Content{Kind: device.KindNone})
	if !ok {
		return true
	}
	in.NetworkID, in.ByPhone = text(idOf(e), maxName), e.UnavailableRequestID != ""
	return c.keep("message", c.sink.Received(ctx, c.device, in))
}

// envelope is a message of which only the envelope is known.
func (c *conn) envelope(ctx context.Context, i types.MessageInfo, content device.Content) (device.Inbound, bool) {
	chat, ok := c.people.chat(ctx, i.MessageSource, i.PushName)
	return device.Inbound{
		NetworkID: text(i.ID, maxName), Chat: chat, Sender: c.people.sender(ctx, i.MessageSource, i.PushName),
		FromMe: i.IsFromMe, At: i.Timestamp.UnixMilli(), Origin: c.origin(), Again: true, Content: content,
	}, ok
}
