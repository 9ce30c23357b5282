package whatsapp

import (
	"context"
	"fmt"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
)

// peopleEvent takes what is told of people outside chats: calls and new pictures. ok is false for other events.
func (c *conn) peopleEvent(ctx context.Context, evt any) (kept, ok bool) {
	switch e := evt.(type) {
	case *events.CallOffer:
		_, video := e.Data.GetOptionalChildByTag("video")
		return c.called(ctx, e.BasicCallMeta, video), true
	case *events.CallOfferNotice:
		return c.called(ctx, e.BasicCallMeta, e.Media == "video"), true
	case *events.Picture:
		if !personal(e.JID) {
			return true, false
		}
		return c.pictured(ctx, e), true
	default:
		return true, false
	}
}

// called tells the sink of a call of a person.
func (c *conn) called(ctx context.Context, m types.BasicCallMeta, video bool) bool {
	sink, ok := c.sink.(device.CallSink)
	from := m.CallCreator.ToNonAD()
	if from.IsEmpty() {
		from = m.From.ToNonAD()
	}
	if !ok || !personal(from) || m.CallID == "" {
		return true
	}
	alt := m.CallCreatorAlt.ToNonAD()
	if alt.IsEmpty() {
		alt = other(ctx, c.people.lids, from)
	}
	return c.keep("call", sink.Called(ctx, c.device, device.Call{
		ID: text(m.CallID, maxName), From: peerOf("", from, alt), Video: video, At: m.Timestamp.UnixMilli(), Ref: from.String(),
	}))
}

// pictured tells the sink that somebody has another picture, or none.
func (c *conn) pictured(ctx context.Context, e *events.Picture) bool {
	sink, ok := c.sink.(device.PictureSink)
	if !ok {
		return true
	}
	jid := e.JID.ToNonAD()
	return c.keep("picture's change", sink.Pictured(ctx, c.device, peerOf("", jid, other(ctx, c.people.lids, jid))))
}

// RejectCall rejects a call that rings.
func (s *session) RejectCall(ctx context.Context, c device.Call) error {
	jid, err := types.ParseJID(c.Ref)
	if err != nil || !personal(jid) {
		return device.ErrUnregistered.WithCause(fmt.Errorf("who called as %q: %w", c.Ref, errNoAddress))
	}
	return failed("reject a call", s.client.RejectCall(ctx, jid, c.ID))
}

var _ device.CallRejecter = (*session)(nil)
