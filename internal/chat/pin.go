package chat

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/device"
)

// maxPin bounds for how long a message is pinned: WhatsApp offers a day, a week and thirty days; in seconds.
const maxPin = 30 * 24 * 3600

// pin notes until when a message stays at the top of its chat; what was said later counts. The network counts in seconds.
func pin(t *Message, by Message) bool {
	if t.RevokedAt > 0 || t.Content.Pin != nil && t.Content.Pin.At/1000 > by.At/1000 {
		return false
	}
	p := &device.Pin{At: by.At}
	if by.Content.Expires > 0 {
		p.Until = by.At + int64(by.Content.Expires)*1000
	}
	was := t.Content.Pin
	t.Content.Pin = p
	return p.Until != 0 || was != nil && was.Until != 0
}

type pinIn struct {
	ID   string `path:"id" maxLength:"64" doc:"The message's id"`
	Body struct {
		Seconds int `json:"seconds,omitempty" enum:"86400,604800,2592000" default:"604800" doc:"For how long: a day, a week or thirty days"`
	}
}

func (a api) pin(ctx context.Context, in *pinIn) (*messageOut, error) {
	return a.about(ctx, in.ID, func(m Message) (device.Content, error) {
		return device.Content{Kind: device.KindPin, Expires: in.Body.Seconds}, nil
	})
}

func (a api) unpin(ctx context.Context, in *messageIn) (*messageOut, error) {
	return a.about(ctx, in.ID, func(m Message) (device.Content, error) {
		return device.Content{Kind: device.KindPin}, nil
	})
}
