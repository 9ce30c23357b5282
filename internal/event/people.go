package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/profile"
)

// The types of events about what contacts are seen to do, and whom an account blocks.
const (
	ContactPresence Type = "contact.presence"
	ContactBlocked  Type = "contact.blocked"
)

// Presence is the data of contact.presence.
type Presence struct {
	Contact  Person `json:"contact"`
	Online   bool   `json:"online"`
	LastSeen int64  `json:"last_seen,omitempty" doc:"When they were last there, unix milliseconds; missing where it is hidden or not known"`
}

// Block is the data of contact.blocked.
type Block struct {
	Contact   Person `json:"contact"`
	Blocked   bool   `json:"blocked" doc:"false: they may write again"`
	Elsewhere bool   `json:"elsewhere" doc:"It was done on the phone or another device of the account"`
}

func peopleKinds() []Kind {
	return []Kind{
		{ContactPresence, 1, "A contact whose presence is followed came online, or went.", Presence{Contact: exampleSari(), Online: false, LastSeen: exampleAt}},
		{ContactBlocked, 1, "A device's account has blocked a contact, or lets them write again: here or on the phone.", Block{Contact: exampleSari(), Blocked: true, Elsewhere: true}},
	}
}

// PresenceSeen is for device.Service.Presences. Who is no contact is not told of.
func (l Listener) PresenceSeen(ctx context.Context, h device.PresenceHeard) error {
	who, known, err := l.peer(ctx, h.Device, h.Presence.Who)
	if err != nil || !known {
		return err
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: h.Device.WorkspaceID, DeviceID: h.Device.ID, Subject: who.ID, Type: ContactPresence,
		Data: Presence{who, h.Presence.Online, h.Presence.LastSeen},
	})
}

// BlockChanged is for profile.Service.BlockChanged.
func (l Listener) BlockChanged(ctx context.Context, b profile.BlockChange) error {
	who, err := l.person(ctx, b.Contact)
	if err != nil {
		return err
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: b.Device.WorkspaceID, DeviceID: b.Device.ID, Subject: who.ID, Type: ContactBlocked,
		Data: Block{who, b.Action == device.BlockPerson, b.Elsewhere},
	})
}
