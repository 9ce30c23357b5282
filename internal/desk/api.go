package desk

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// api is the desk's part of the HTTP API.
type api struct{ s *Service }

type (
	idIn struct {
		ID string `path:"id" maxLength:"64"`
	}
	jotBody struct {
		Text     string   `json:"text" maxLength:"40000" example:"@Rina, tolong cek stok dulu"`
		Mentions []string `json:"mentions,omitempty" maxItems:"50" doc:"The ids of the members who are asked to read it"`
	}
	jotIn struct {
		ID   string `path:"id" maxLength:"64"`
		Body jotBody
	}
	noteOut struct{ Body Note }
	notesIn struct {
		ID    string `path:"id" maxLength:"64" doc:"The chat's id"`
		Since int64  `query:"since" minimum:"0" doc:"Newer than this, unix milliseconds"`
		Until int64  `query:"until" minimum:"0" doc:"Older than this, unix milliseconds; 0 is open"`
		Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most: the newest ones"`
	}
	notesOut   struct{ Body httpx.List[Note] }
	mentionsIn struct {
		httpx.Page
		Unread string `query:"unread" enum:"only" doc:"only: those that are not read"`
	}
	mentionsOut struct{ Body httpx.List[Mention] }
	unreadOut   struct {
		Body struct {
			Unread int `json:"unread"`
		}
	}
	readIn struct {
		Body struct {
			ChatID string `json:"chat_id,omitempty" maxLength:"64" doc:"Only those of this chat"`
		}
	}
	draftIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The chat's id"`
		Body struct {
			Text    string `json:"text" maxLength:"65536" doc:"Empty deletes the draft"`
			ReplyTo string `json:"reply_to,omitempty" maxLength:"256"`
		}
	}
	draftOut  struct{ Body Draft }
	draftsOut struct{ Body httpx.List[Draft] }
)

type (
	scheduleIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The chat's id"`
		Body struct {
			chat.Said
			SendAt        int64 `json:"send_at" minimum:"1" doc:"Unix milliseconds; a year ahead at most"`
			CancelOnReply bool  `json:"cancel_on_reply,omitempty" doc:"It does not go when they write first"`
		}
	}
	rescheduleIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The scheduled message's id"`
		Body struct {
			Message       *chat.Said `json:"message,omitempty" doc:"In place of what was to be sent"`
			SendAt        *int64     `json:"send_at,omitempty" minimum:"1"`
			CancelOnReply *bool      `json:"cancel_on_reply,omitempty"`
		}
	}
	scheduledOut  struct{ Body Scheduled }
	scheduledsOut struct{ Body httpx.List[Scheduled] }
	viewBody      struct {
		Name   *string `json:"name,omitempty" maxLength:"400"`
		Filter *Filter `json:"filter,omitempty" doc:"As a whole"`
		Shared *bool   `json:"shared,omitempty" doc:"Everybody of the workspace sees it"`
	}
	viewIn     struct{ Body viewBody }
	viewEditIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The view's id"`
		Body viewBody
	}
	orderIn struct {
		Body struct {
			IDs []string `json:"ids" maxItems:"100" doc:"The ids of the views in the order in which the caller wants to see them"`
		}
	}
	viewOut  struct{ Body View }
	viewsOut struct{ Body httpx.List[View] }
)

func (a api) register(h huma.API) {
	gone, made := httpx.Answers(http.StatusNoContent), httpx.Answers(http.StatusCreated)
	httpx.Handle(h, "GET /chats/{id}/notes", member.ReadChats, "List the notes of a chat, in time order", a.notes)
	httpx.Handle(h, "POST /chats/{id}/notes", member.WriteChats, "Write a note about a chat; it is never sent", a.addNote, made)
	httpx.Handle(h, "PATCH /notes/{id}", member.WriteChats, "Change a note of one's own", a.editNote)
	httpx.Handle(h, "DELETE /notes/{id}", member.WriteChats, "Delete a note of one's own", a.deleteNote, gone)
	httpx.Handle(h, "GET /mentions", member.ReadChats, "List the notes that mention the caller, newest first", a.mentions)
	httpx.Handle(h, "GET /mentions/unread", member.ReadChats, "Count the mentions that the caller has not read", a.unread)
	httpx.Handle(h, "POST /mentions/read", member.ReadChats, "Note that the caller has read what mentions them", a.readMentions, gone)
	httpx.Handle(h, "GET /drafts", member.ReadChats, "List the caller's drafts, newest first, 200 at most", a.drafts)
	httpx.Handle(h, "GET /chats/{id}/draft", member.ReadChats, "Show what the caller has begun to write in a chat", a.draft)
	httpx.Handle(h, "PUT /chats/{id}/draft", member.SendMessages, "Keep what the caller has begun to write in a chat", a.putDraft)
	httpx.Handle(h, "GET /chats/{id}/scheduled", member.ReadChats, "List what is to be sent later in a chat, the next one first", a.scheduled)
	httpx.Handle(h, "POST /chats/{id}/scheduled", member.SendMessages, "Have a message sent later", a.schedule, made)
	httpx.Handle(h, "PATCH /scheduled/{id}", member.SendMessages, "Change a message that is to be sent later", a.reschedule)
	httpx.Handle(h, "DELETE /scheduled/{id}", member.SendMessages, "Take back a message that is to be sent later", a.unschedule, gone)
	httpx.Handle(h, "GET /views", member.ReadChats, "List the saved views: the caller's and the shared ones", a.views)
	httpx.Handle(h, "POST /views", member.WriteChats, "Save a view of the inbox", a.addView, made)
	httpx.Handle(h, "PUT /views/order", member.ReadChats, "Put the saved views in the caller's own order", a.orderViews, gone)
	httpx.Handle(h, "PATCH /views/{id}", member.WriteChats, "Change a saved view", a.editView)
	httpx.Handle(h, "DELETE /views/{id}", member.WriteChats, "Delete a saved view", a.deleteView, gone)
}

func who(ctx context.Context) member.Principal { return member.Caller(ctx) }

// person is the caller, who must be a member, and sees the chat ("" is for none in particular).
func (a api) person(ctx context.Context, chatID string) (member.Principal, error) {
	p := who(ctx)
	if chatID != "" {
		if _, err := a.s.conf.Chats.Get(ctx, p.WorkspaceID, chatID); err != nil {
			return p, err
		}
	}
	if p.MemberID == "" {
		return p, chat.ErrMembersOnly
	}
	return p, nil
}

func listOf[T any](list []T) httpx.List[T] {
	if list == nil {
		list = []T{}
	}
	return httpx.List[T]{Items: list}
}

func (a api) notes(ctx context.Context, in *notesIn) (*notesOut, error) {
	list, err := a.s.Notes(ctx, who(ctx).WorkspaceID, in.ID, Stretch{in.Since, in.Until, in.Limit})
	return &notesOut{Body: listOf(list)}, err
}

func (a api) addNote(ctx context.Context, in *jotIn) (*noteOut, error) {
	n, err := a.s.AddNote(ctx, who(ctx), in.ID, Jot(in.Body))
	return &noteOut{Body: n}, err
}

func (a api) editNote(ctx context.Context, in *jotIn) (*noteOut, error) {
	n, err := a.s.EditNote(ctx, who(ctx), in.ID, Jot(in.Body))
	return &noteOut{Body: n}, err
}

func (a api) deleteNote(ctx context.Context, in *idIn) (*struct{}, error) {
	return nil, a.s.DeleteNote(ctx, who(ctx), in.ID)
}

// mentions are nobody's for an API key.
func (a api) mentions(ctx context.Context, in *mentionsIn) (*mentionsOut, error) {
	p, err := a.s.Mentions(ctx, who(ctx).WorkspaceID, who(ctx).MemberID, MentionQuery{in.Page, in.Unread == "only"})
	return &mentionsOut{Body: httpx.List[Mention]{Items: p.Items, Next: p.Next}}, err
}

func (a api) unread(ctx context.Context, _ *struct{}) (*unreadOut, error) {
	n, err := a.s.Unread(ctx, who(ctx).WorkspaceID, who(ctx).MemberID)
	out := &unreadOut{}
	out.Body.Unread = n
	return out, err
}

func (a api) readMentions(ctx context.Context, in *readIn) (*struct{}, error) {
	p, err := a.person(ctx, in.Body.ChatID)
	if err != nil {
		return nil, err
	}
	return nil, a.s.ReadMentions(ctx, p.WorkspaceID, p.MemberID, in.Body.ChatID)
}

func (a api) drafts(ctx context.Context, _ *struct{}) (*draftsOut, error) {
	list, err := a.s.Drafts(ctx, who(ctx).WorkspaceID, who(ctx).MemberID, "")
	return &draftsOut{Body: listOf(list)}, err
}

func (a api) draft(ctx context.Context, in *idIn) (*draftOut, error) {
	p := who(ctx)
	c, err := a.s.conf.Chats.Get(ctx, p.WorkspaceID, in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.s.Drafts(ctx, p.WorkspaceID, p.MemberID, c.Chat.ID)
	if err != nil || len(list) == 0 {
		return &draftOut{Body: Draft{ChatID: c.Chat.ID}}, err
	}
	return &draftOut{Body: list[0]}, nil
}

func (a api) putDraft(ctx context.Context, in *draftIn) (*draftOut, error) {
	p, err := a.person(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	d, err := a.s.PutDraft(ctx, Draft{
		WorkspaceID: p.WorkspaceID, MemberID: p.MemberID, ChatID: in.ID, Text: in.Body.Text, ReplyTo: in.Body.ReplyTo,
	})
	return &draftOut{Body: d}, err
}

// shown is a scheduled message without what is only the driver's.
func shown(m Scheduled) Scheduled {
	m.Content = chat.MessageViewOf(chat.Message{Content: m.Content}).Content
	return m
}

func (a api) scheduled(ctx context.Context, in *idIn) (*scheduledsOut, error) {
	list, err := a.s.Scheduled(ctx, who(ctx).WorkspaceID, in.ID)
	for i := range list {
		list[i] = shown(list[i])
	}
	return &scheduledsOut{Body: listOf(list)}, err
}

func (a api) schedule(ctx context.Context, in *scheduleIn) (*scheduledOut, error) {
	p := who(ctx)
	if _, err := a.s.conf.Chats.Get(ctx, p.WorkspaceID, in.ID); err != nil {
		return nil, err
	}
	content, err := a.compose(ctx, in.Body.Said)
	if err != nil {
		return nil, err
	}
	m, err := a.s.Schedule(ctx, p, in.ID, Plan{
		Content: content, ReplyTo: &in.Body.ReplyTo, SendAt: &in.Body.SendAt, CancelOnReply: &in.Body.CancelOnReply,
	})
	return &scheduledOut{Body: shown(m)}, err
}

func (a api) compose(ctx context.Context, what chat.Said) (*device.Content, error) {
	c, err := a.s.conf.Chats.Compose(ctx, what)
	return &c, err
}

func (a api) reschedule(ctx context.Context, in *rescheduleIn) (*scheduledOut, error) {
	p := Plan{SendAt: in.Body.SendAt, CancelOnReply: in.Body.CancelOnReply}
	if what := in.Body.Message; what != nil {
		var err error
		if p.Content, err = a.compose(ctx, *what); err != nil {
			return nil, err
		}
		p.ReplyTo = &what.ReplyTo
	}
	m, err := a.s.Reschedule(ctx, who(ctx).WorkspaceID, in.ID, p)
	return &scheduledOut{Body: shown(m)}, err
}

func (a api) unschedule(ctx context.Context, in *idIn) (*struct{}, error) {
	return nil, a.s.Unschedule(ctx, who(ctx).WorkspaceID, in.ID)
}

func (a api) views(ctx context.Context, _ *struct{}) (*viewsOut, error) {
	list, err := a.s.Views(ctx, who(ctx))
	return &viewsOut{Body: listOf(list)}, err
}

func (a api) addView(ctx context.Context, in *viewIn) (*viewOut, error) {
	v, err := a.s.AddView(ctx, who(ctx), ViewFields(in.Body))
	return &viewOut{Body: v}, err
}

func (a api) orderViews(ctx context.Context, in *orderIn) (*struct{}, error) {
	return nil, a.s.OrderViews(ctx, who(ctx), in.Body.IDs)
}

func (a api) editView(ctx context.Context, in *viewEditIn) (*viewOut, error) {
	v, err := a.s.UpdateView(ctx, who(ctx), in.ID, ViewFields(in.Body))
	return &viewOut{Body: v}, err
}

func (a api) deleteView(ctx context.Context, in *idIn) (*struct{}, error) {
	return nil, a.s.DeleteView(ctx, who(ctx), in.ID)
}
