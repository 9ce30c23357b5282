package chat

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/device"
)

type typingIn struct {
	ID   string `path:"id" maxLength:"64" doc:"The chat's id"`
	Body struct {
		Activity device.Activity `json:"activity" enum:"typing,recording,none" doc:"What the contact sees; networks let it end by itself after some seconds"`
	}
}

// typing shows an activity of ours in a chat. It moves no turn: a script may do it before it sends.
func (a api) typing(ctx context.Context, in *typingIn) (*struct{}, error) {
	it, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	d, err := a.s.conf.Devices.Get(ctx, it.WorkspaceID, it.DeviceID)
	if err != nil {
		return nil, err
	}
	to, err := a.s.contacts.PeerOf(ctx, it.Contact, d.Channel)
	if err != nil {
		return nil, err
	}
	return nil, a.s.conf.Act(ctx, d, to, in.Body.Activity)
}
