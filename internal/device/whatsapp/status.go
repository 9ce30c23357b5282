package whatsapp

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
)

// statusSeen tells the sink of a status update, or that one was taken back. Reactions and the like have no place.
func (c *conn) statusSeen(ctx context.Context, e *events.Message) bool {
	sink, ok := c.sink.(device.StatusSink)
	if !ok {
		return true
	}
	raw := e.RawMessage
	if m := raw.GetDeviceSentMessage().GetMessage(); m != nil {
		raw = m
	}
	content, ok := contentOf(raw)
	if !ok || content.Kind.Modifies() && content.Kind != device.KindRevoke {
		return true
	}
	locate(content.Media, e.Info)
	return c.keep("status update", sink.StatusSeen(ctx, c.device, device.StatusUpdate{
		NetworkID: text(e.Info.ID, maxName), Sender: c.people.sender(ctx, e.Info.MessageSource, e.Info.PushName), FromMe: e.Info.IsFromMe,
		At: e.Info.Timestamp.UnixMilli(), Content: content,
	}))
}

// PostStatus posts a status update to the account's contacts.
func (s *session) PostStatus(ctx context.Context, networkID string, c device.Content) (device.Sent, error) {
	up, err := s.upload(ctx, c)
	if err != nil {
		return device.Sent{}, failed("upload a status update's file", err)
	}
	msg, err := messageOf(c, up, addressee{chat: types.StatusBroadcastJID, own: s.ownAddress(types.StatusBroadcastJID)})
	if err != nil {
		return device.Sent{}, fmt.Errorf("make a status update: %w", err)
	}
	res, err := s.dispatchWithin(ctx, postTimeout, types.StatusBroadcastJID, networkID, msg)
	if code, ok := refusal(err); ok {
		return device.Sent{}, &device.RefusedError{Code: strconv.Itoa(code), Err: err}
	}
	if err != nil {
		return device.Sent{}, failed("post a status update", err)
	}
	at := res.Timestamp
	if at.Unix() <= 0 {
		at = time.Now()
	}
	return device.Sent{At: at.UnixMilli()}, nil
}

// DeleteStatus takes one of the account's status updates back.
func (s *session) DeleteStatus(ctx context.Context, networkID string) error {
	own := s.ownAddress(types.StatusBroadcastJID)
	msg := s.client.BuildRevoke(types.StatusBroadcastJID, own, networkID)
	_, err := s.dispatchWithin(ctx, postTimeout, types.StatusBroadcastJID, s.NewNetworkID(), msg)
	if code, ok := refusal(err); ok {
		return &device.RefusedError{Code: strconv.Itoa(code), Err: err}
	}
	return failed("take a status update back", err)
}

var (
	_ device.StatusPoster  = (*session)(nil)
	_ device.StatusDeleter = (*session)(nil)
)
