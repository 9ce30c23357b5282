package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/desk"
)

// The types of events about what members keep beside the chats.
const (
	NoteCreated      Type = "note.created"
	NoteChanged      Type = "note.changed"
	NoteDeleted      Type = "note.deleted"
	ScheduledChanged Type = "scheduled.changed"
	ViewChanged      Type = "view.changed"
)

// NoteData is the data of note.created, note.changed and note.deleted.
type NoteData struct {
	Note      desk.Note `json:"note"`
	Mentioned []string  `json:"mentioned,omitempty" doc:"The ids of the members who are mentioned and were not before"`
}

// ScheduledData is the data of scheduled.changed.
type ScheduledData struct {
	ID        string              `json:"id"`
	ChatID    string              `json:"chat_id"`
	State     desk.ScheduledState `json:"state" enum:"waiting,sent,cancelled,failed"`
	Code      string              `json:"code,omitempty" doc:"Why it was cancelled or failed"`
	SendAt    int64               `json:"send_at" doc:"Unix milliseconds"`
	MessageID string              `json:"message_id,omitempty" doc:"With sent: the message"`
	By        *By                 `json:"by,omitempty" doc:"Whose message it is"`
}

// ViewData is the data of view.changed.
type ViewData struct {
	View    desk.View `json:"view"`
	Deleted bool      `json:"deleted,omitempty"`
}

func noteKinds() []Kind {
	note := desk.Note{
		ID: "019aab10-0000-7000-8000-0000000000c1", ChatID: exampleChat, DeviceID: exampleDevice, By: chat.ByMember, ByID: exampleMember,
		Text: "@Rina, tolong cek stok dulu", Mentions: []string{exampleMember}, CreatedAt: exampleAt,
	}
	return []Kind{
		{NoteCreated, 1, "A member wrote a note about a chat. It is for the workspace, and never sent.", NoteData{note, note.Mentions}},
		{NoteChanged, 1, "A note was changed.", NoteData{Note: note}},
		{NoteDeleted, 1, "A note was deleted.", NoteData{Note: note}},
		{ScheduledChanged, 1, "A message was scheduled for later, changed, cancelled, sent, or could not be sent.", ScheduledData{
			ID: "019aab10-0000-7000-8000-0000000000c2", ChatID: exampleChat, State: desk.ScheduledWaiting, SendAt: exampleAt, By: &By{chat.ByMember, exampleMember},
		}},
		{ViewChanged, 1, "A shared view of the inbox was made, changed or deleted.", ViewData{View: desk.View{
			ID: "019aab10-0000-7000-8000-0000000000c3", Name: "Belum dibalas", Filter: desk.Filter{Waiting: "only"}, Shared: true, By: chat.ByMember,
			ByID: exampleMember, CreatedAt: exampleAt, UpdatedAt: exampleAt,
		}}},
	}
}

// NoteChanged is for desk.Service.NoteChanged.
func (l Listener) NoteChanged(ctx context.Context, c desk.NoteChange) error {
	d := Draft{WorkspaceID: c.Note.WorkspaceID, DeviceID: c.Note.DeviceID, Subject: c.Note.ChatID, Type: NoteChanged, Data: NoteData{c.Note, c.Mentioned}}
	switch {
	case c.New:
		d.Type = NoteCreated
	case c.Deleted:
		d.Type = NoteDeleted
	}
	return l.Log.Append(ctx, d)
}

// ScheduledChanged is for desk.Service.ScheduledChanged.
func (l Listener) ScheduledChanged(ctx context.Context, m desk.Scheduled) error {
	return l.Log.Append(ctx, Draft{
		WorkspaceID: m.WorkspaceID, DeviceID: m.DeviceID, Subject: m.ChatID, Type: ScheduledChanged,
		Data: ScheduledData{m.ID, m.ChatID, m.State, m.Code, m.SendAt, m.MessageID, byOf(chat.Author{Kind: m.By, ID: m.ByID})},
	})
}

// ViewChanged is for desk.Service.ViewChanged. What only its maker sees is nobody else's business.
func (l Listener) ViewChanged(ctx context.Context, c desk.ViewChange) error {
	if !c.View.Shared {
		return nil
	}
	return l.Log.Append(ctx, Draft{WorkspaceID: c.View.WorkspaceID, Subject: c.View.ID, Type: ViewChanged, Data: ViewData{c.View, c.Deleted}})
}
