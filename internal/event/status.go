package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/status"
)

// The types of events about status updates.
const (
	StatusReceived Type = "status.received"
	StatusPosted   Type = "status.posted"
	StatusDeleted  Type = "status.deleted"
)

// Status is the data of status.received, status.posted and status.deleted.
type Status struct {
	StatusID  string         `json:"status_id" doc:"For GET /devices/{id}/status-updates/{update}/media"`
	NetworkID string         `json:"network_id" doc:"The channel's own id"`
	FromMe    bool           `json:"from_me" doc:"Posted by the device's own account"`
	Sender    *Person        `json:"sender,omitempty" doc:"Who posted it; missing for ours, without id when they are no contact"`
	Content   device.Content `json:"content"`
	At        int64          `json:"at" doc:"Unix milliseconds, the network's clock"`
	ExpiresAt int64          `json:"expires_at" doc:"When it is over, unix milliseconds"`
}

func statusKinds() []Kind {
	sari := exampleSari()
	s := Status{
		StatusID: "019aab10-0000-7000-8000-0000000000d1", NetworkID: "3EB0C127D8F1A2B3C4D5", Sender: &sari,
		Content: device.Content{Kind: device.KindText, Text: "Liburan dulu"}, At: exampleAt, ExpiresAt: exampleAt + 86_400_000,
	}
	own := s
	own.FromMe, own.Sender, own.Content.Text = true, nil, "Hari ini buka sampai jam 9"
	return []Kind{
		{StatusReceived, 1, "Somebody posted a status update, or the account's own phone did. Not where the device's settings have others' dropped.", s},
		{StatusPosted, 1, "A status update was posted from here.", own},
		{StatusDeleted, 1, "A status update was taken back by who posted it. One that is over after a day goes without a word.", own},
	}
}

// StatusSeen is for status.Service.Seen.
func (l Listener) StatusSeen(ctx context.Context, t status.Told) error {
	return l.status(ctx, StatusReceived, t)
}

// StatusPosted is for status.Service.Posted.
func (l Listener) StatusPosted(ctx context.Context, t status.Told) error {
	return l.status(ctx, StatusPosted, t)
}

// StatusDeleted is for status.Service.Deleted.
func (l Listener) StatusDeleted(ctx context.Context, t status.Told) error {
	return l.status(ctx, StatusDeleted, t)
}

func (l Listener) status(ctx context.Context, t Type, of status.Told) error {
	u := of.Update
	data := Status{
		StatusID: u.ID, NetworkID: u.NetworkID, FromMe: u.FromMe, Content: status.Shown(u), At: u.At, ExpiresAt: u.ExpiresAt(),
	}
	if !u.FromMe {
		who, _, err := l.peer(ctx, of.Device, u.Sender)
		if err != nil {
			return err
		}
		data.Sender = &who
	}
	return l.Log.Append(ctx, Draft{WorkspaceID: u.WorkspaceID, DeviceID: u.DeviceID, Subject: u.DeviceID, Type: t, Data: data})
}
