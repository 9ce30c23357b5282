package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/profile"
)

// The types of events about what the devices of an account agree on, and of what else is known of contacts.
const (
	ChatMarked      Type = "chat.marked"
	MessageMarked   Type = "message.marked"
	LabelChanged    Type = "label.changed"
	ContactUnmerged Type = "contact.unmerged"
	ContactPicture  Type = "contact.picture"
)

// Mark is the data of chat.marked and message.marked.
type Mark struct {
	Mark      device.MarkKind `json:"mark" enum:"archive,pin,mute,unread,delete_chat,clear_chat,label_chat,star,delete_message,label_message"`
	On        bool            `json:"on" doc:"Whether it is so now; a mute is told by until"`
	Until     int64           `json:"until,omitempty" doc:"With mute: until when, unix milliseconds; -1 is without end, missing is not muted"`
	Chat      Thread          `json:"chat"`
	Contact   Person          `json:"contact" doc:"Whose chat it is"`
	MessageID string          `json:"message_id,omitempty"`
	NetworkID string          `json:"network_id,omitempty"`
	Label     *LabelData      `json:"label,omitempty" doc:"With label_chat and label_message"`
	Elsewhere bool            `json:"elsewhere" doc:"It was done on the phone or another device of the account"`
	At        int64           `json:"at" doc:"Unix milliseconds"`
}

// LabelData is the data of label.changed.
type LabelData struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Color   int    `json:"color" doc:"Of the channel's palette"`
	Deleted bool   `json:"deleted,omitempty"`
}

// Picture is the data of contact.picture.
type Picture struct {
	Contact Person `json:"contact"`
	FileID  string `json:"file_id,omitempty" doc:"Of the picture, for GET /files/{id}/content; missing when there is none any more"`
}

func labelOf(l chat.Label) LabelData {
	return LabelData{ID: l.ID, Name: l.Name, Color: l.Color, Deleted: l.Deleted}
}

func markKinds() []Kind {
	sari := exampleSari()
	label := LabelData{ID: "019aab10-0000-7000-8000-0000000000b1", Name: "Lunas", Color: 3}
	thread := Thread{ID: exampleChat, Turn: chat.TurnBot, TurnVersion: 1}
	return []Kind{
		{ChatMarked, 1, "A chat was archived, pinned, muted, labelled, marked unread, cleared or deleted, or that was taken back: here or on the phone.", Mark{
			Mark: device.MarkLabelChat, On: true, Chat: thread, Contact: sari, Label: &label, Elsewhere: true, At: exampleAt,
		}},
		{MessageMarked, 1, "A message was starred, labelled or deleted for this account alone: here or on the phone.", Mark{
			Mark: device.MarkStar, On: true, Chat: thread, Contact: sari, MessageID: "019aab10-0000-7000-8000-0000000000a1",
			NetworkID: "3EB0C127D8F1A2B3C4D5", At: exampleAt,
		}},
		{LabelChanged, 1, "A label was made, changed or deleted.", label},
		{ContactUnmerged, 1, "A merge of two contacts was taken back: they are two again.", Merged{Contact: sari, GoneID: "019aab10-0000-7000-8000-000000000009"}},
		{ContactPicture, 1, "A contact has another picture, or none any more.", Picture{Contact: sari, FileID: "019aab10-0000-7000-8000-0000000000f1"}},
	}
}

// MarkMade is for chat.Service.MarkMade.
func (l Listener) MarkMade(ctx context.Context, m chat.MarkMade) error {
	d := Draft{WorkspaceID: m.Device.WorkspaceID, DeviceID: m.Device.ID}
	if m.Kind == device.MarkLabel {
		d.Type, d.Subject, d.Data = LabelChanged, m.Label.ID, labelOf(m.Label)
		return l.Log.Append(ctx, d)
	}
	who, err := l.personByID(ctx, m.Device.WorkspaceID, m.Chat.ContactID)
	if err != nil || who == nil {
		return err
	}
	data := Mark{
		Mark: m.Kind, On: m.On, Until: m.Until, Chat: threadOf(m.Chat), Contact: *who, MessageID: m.MessageID, NetworkID: m.NetworkID,
		Elsewhere: m.Elsewhere, At: m.At,
	}
	if m.Kind == device.MarkLabelChat || m.Kind == device.MarkLabelMessage {
		label := labelOf(m.Label)
		data.Label = &label
	}
	if d.Type = ChatMarked; m.Kind.OfMessage() {
		d.Type = MessageMarked
	}
	d.Subject, d.Data = m.Chat.ID, data
	return l.Log.Append(ctx, d)
}

// Unmerged is for contact.Service.Unmerged.
func (l Listener) Unmerged(ctx context.Context, m contact.Merge) error {
	who, err := l.person(ctx, m.Kept)
	if err != nil {
		return err
	}
	return l.Log.Append(ctx, Draft{WorkspaceID: m.WorkspaceID, Subject: m.Kept.ID, Type: ContactUnmerged, Data: Merged{who, m.Gone.ID}})
}

// PictureChanged is for profile.Service.PictureChanged.
func (l Listener) PictureChanged(ctx context.Context, p profile.PictureChange) error {
	who, err := l.personByID(ctx, p.WorkspaceID, p.ContactID)
	if err != nil || who == nil {
		return err
	}
	return l.Log.Append(ctx, Draft{WorkspaceID: p.WorkspaceID, Subject: p.ContactID, Type: ContactPicture, Data: Picture{*who, p.FileID}})
}
