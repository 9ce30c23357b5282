package chat

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// api is the chats' part of the HTTP API.
type api struct{ s *Service }

type (
	chatOut  struct{ Body View }
	chatsOut struct{ Body httpx.List[View] }
	chatIn   struct {
		ID string `path:"id" maxLength:"64" doc:"The chat's id"`
	}
	listIn struct {
		httpx.Page
		DeviceID  string             `query:"device_id" maxLength:"64" doc:"Of this device only"`
		ContactID string             `query:"contact_id" maxLength:"64" doc:"With this contact only"`
		Kind      contact.FilterKind `query:"kind" enum:"people,groups" doc:"People or groups; both when left out"`
		Turn      Turn               `query:"turn" enum:"bot,human"`
		Unread    Unread             `query:"unread" enum:"only" doc:"only: with unread messages"`
		Archived  With               `query:"archived" enum:"only,none" doc:"only: archived ones; none: without them; all when left out"`
		Pinned    With               `query:"pinned" enum:"only,none"`
		LabelID   string             `query:"label_id" maxLength:"64" doc:"With this label only"`
		Since     int64              `query:"since" minimum:"0" doc:"With a message newer than this, a broadcast's aside, unix milliseconds"`
		Search    string             `query:"search" maxLength:"200" doc:"Part of the contact's name or number"`
		Assignee  string             `query:"assignee" maxLength:"64" doc:"A member's id, me, or none for chats that nobody has"`
		TeamID    string             `query:"team_id" maxLength:"64" doc:"A team's id, or none"`
		Status    Status             `query:"status" enum:"open,snoozed,resolved" doc:"All when left out"`
		Waiting   Waiting            `query:"waiting" enum:"only" doc:"only: open, the last word is theirs, and nobody has answered: it is a person's turn, or nothing that answers by itself did; in groups a person's turn only"`
		Sort      Sort               `query:"sort" enum:"newest,waiting" doc:"waiting: only those whose last word is theirs, who waits longest first"`
	}
	changeIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The chat's id"`
		Body struct {
			Turn        *Turn `json:"turn,omitempty" enum:"bot,human" doc:"human: a person answers; bot: rules and the assistant do"`
			TurnVersion int64 `json:"turn_version,omitempty" minimum:"0" doc:"The version that was seen; refused when the turn has moved since"`
			Read        *bool `json:"read,omitempty" doc:"true: nothing is unread, and the contact's phone is told so"`

			Archived   *bool  `json:"archived,omitempty" doc:"On the account's phone, too; archiving unpins"`
			Pinned     *bool  `json:"pinned,omitempty"`
			MutedUntil *int64 `json:"muted_until,omitempty" minimum:"-1" doc:"Unix milliseconds; 0 is not muted, -1 for ever"`
			Unread     *bool  `json:"unread,omitempty" doc:"true: shown as unread; false: all of it is read, here, on the phone and for the contact"`
		}
	}
	messagesIn struct {
		ID     string `path:"id" maxLength:"64" doc:"The chat's id"`
		Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most"`
		Before string `query:"before" maxLength:"512" doc:"older of the page before, to go back"`
		After  string `query:"after" maxLength:"512" doc:"newer of the page before, to go on"`
		Around string `query:"around" maxLength:"64" doc:"A message's id: the stretch has it, with what stands before and after it"`
		Only   Only   `query:"only" enum:"files,starred,pinned" doc:"Only messages with a file, that are starred, or that were pinned (content.pin says until when); from before back, without after and around"`
	}
	messagesOut struct {
		Body struct {
			Items []MessageView `json:"items" doc:"In time order"`
			Older string        `json:"older,omitempty" doc:"before of the next page back; missing when nothing is older"`
			Newer string        `json:"newer,omitempty" doc:"after of the next page on"`
		}
	}
	messageOut struct{ Body MessageView }
	sayIn      struct {
		ID   string `path:"id" maxLength:"64" doc:"The chat's id"`
		Body Said
	}
	writeIn struct {
		Body struct {
			Said
			DeviceID  string `json:"device_id" maxLength:"64"`
			Phone     string `json:"phone,omitempty" maxLength:"64" doc:"Of the recipient; or contact_id" example:"0812 9064 1111"`
			ContactID string `json:"contact_id,omitempty" maxLength:"64"`
		}
	}
)

func (a api) register(h huma.API) {
	a.registerMarks(h)
	a.registerDesk(h)
	httpx.Handle(h, "GET /chats", member.ReadChats, "List chats, newest first", a.list)
	httpx.Handle(h, "GET /chats/{id}", member.ReadChats, "Show a chat", a.get)
	if a.s.conf.Act != nil {
		httpx.Handle(h, "POST /chats/{id}/typing", member.SendMessages, "Show the contact that somebody types or records", a.typing)
	}
	httpx.Handle(h, "PATCH /chats/{id}", member.WriteChats, "Give the turn to a person or the bot; archive, pin, mute, mark as read or unread", a.change)
	httpx.Handle(h, "GET /chats/{id}/messages", member.ReadChats, "Show a stretch of a chat, the newest without a cursor", a.messages)
	httpx.Handle(h, "POST /chats/{id}/messages", member.SendMessages, "Write into a chat", a.say, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "POST /messages", member.SendMessages, "Write to a number or a contact", a.write, httpx.Answers(http.StatusCreated))
	a.registerMessages(h)
	httpx.Handle(h, "GET /messages/{id}", member.ReadChats, "Show a message and how far it got", a.message)
	if a.s.conf.Store != nil {
		httpx.Handle(h, "GET /messages/{id}/media", member.ReadChats, "The bytes of a message's file, fetched from the network the first time", a.media)
	}
}

func caller(ctx context.Context) string { return member.Caller(ctx).WorkspaceID }

func (a api) list(ctx context.Context, in *listIn) (*chatsOut, error) {
	assignee, err := whose(ctx, in.Assignee)
	if err != nil {
		return nil, err
	}
	p, err := a.s.List(ctx, caller(ctx), Filter{
		DeviceID: in.DeviceID, ContactID: in.ContactID, Kind: in.Kind, Turn: in.Turn, Unread: in.Unread, Since: in.Since,
		Archived: in.Archived, Pinned: in.Pinned, LabelID: in.LabelID, Search: in.Search, After: in.After, Limit: in.Limit,
		Assignee: assignee, TeamID: nobody(in.TeamID), Status: in.Status, Waiting: in.Waiting, Sort: in.Sort,
	})
	if err != nil {
		return nil, err
	}
	views, err := a.views(ctx, p.Items)
	return &chatsOut{Body: httpx.List[View]{Items: views, Next: p.Next}}, err
}

func (a api) get(ctx context.Context, in *chatIn) (*chatOut, error) {
	i, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	views, err := a.views(ctx, []Item{i})
	if err != nil {
		return nil, err
	}
	views[0].Present = a.s.Present(i.WorkspaceID, i.Chat.ID)
	return &chatOut{Body: views[0]}, nil
}

// views shows chats with the names of their labels.
func (a api) views(ctx context.Context, items []Item) ([]View, error) {
	labels, err := a.s.LabelsOn(ctx, caller(ctx), items)
	if err != nil {
		return nil, err
	}
	out := make([]View, 0, len(items))
	for _, i := range items {
		v := ViewOf(i)
		for _, id := range i.Labels {
			if l, ok := labels[id]; ok {
				v.Labelled = append(v.Labelled, LabelShown{ID: l.ID, Name: l.Name, Color: l.Color})
			}
		}
		out = append(out, v)
	}
	return out, nil
}

func (a api) change(ctx context.Context, in *changeIn) (*chatOut, error) {
	err := a.s.db.Tx(ctx, func(ctx context.Context) error {
		if in.Body.Turn != nil {
			if _, err := a.s.SetTurn(ctx, caller(ctx), in.ID, *in.Body.Turn, in.Body.TurnVersion); err != nil {
				return err
			}
		}
		if in.Body.Read != nil && *in.Body.Read {
			if _, err := a.s.MarkRead(ctx, caller(ctx), in.ID); err != nil {
				return err
			}
		}
		b := in.Body
		return a.s.Set(ctx, caller(ctx), in.ID, Settings{Archived: b.Archived, Pinned: b.Pinned, MutedUntil: b.MutedUntil, Unread: b.Unread})
	})
	if err != nil {
		return nil, err
	}
	return a.get(ctx, &chatIn{in.ID})
}

func (a api) messages(ctx context.Context, in *messagesIn) (*messagesOut, error) {
	p, err := a.s.Messages(ctx, caller(ctx), in.ID, Span{Before: in.Before, After: in.After, Around: in.Around, Limit: in.Limit, Only: in.Only})
	if err != nil {
		return nil, err
	}
	out := &messagesOut{}
	out.Body.Items = make([]MessageView, 0, len(p.Messages))
	for _, m := range p.Messages {
		out.Body.Items = append(out.Body.Items, MessageViewOf(m))
	}
	out.Body.Older, out.Body.Newer = p.Older, p.Newer
	return out, nil
}

func (a api) say(ctx context.Context, in *sayIn) (*messageOut, error) {
	return a.post(ctx, in.Body, Post{ChatID: in.ID})
}

func (a api) write(ctx context.Context, in *writeIn) (*messageOut, error) {
	p := Post{DeviceID: in.Body.DeviceID}
	switch {
	case in.Body.ContactID != "":
		d, err := a.s.conf.Devices.Get(ctx, caller(ctx), in.Body.DeviceID)
		if err != nil {
			return nil, err
		}
		if p.To, err = a.s.contacts.Peer(ctx, caller(ctx), d.Channel, in.Body.ContactID); err != nil {
			return nil, err
		}
		p.To.Name = "" // what we call them is not what they call themselves
	case in.Body.Phone != "":
		digits, err := contact.ParsePhone(in.Body.Phone, "")
		if err != nil {
			return nil, contact.ErrPhone.WithField("phone")
		}
		p.To.Addresses = []device.Address{{Kind: device.AddressPhone, Value: digits}}
	default:
		return nil, ErrRecipient.WithField("phone")
	}
	return a.post(ctx, in.Body.Said, p)
}

// post sends what somebody says.
func (a api) post(ctx context.Context, what Said, p Post) (*messageOut, error) {
	var err error
	if p.Content, err = a.content(ctx, what); err != nil {
		return nil, err
	}
	p.ReplyTo = what.ReplyTo
	return a.send(ctx, p)
}

func (a api) message(ctx context.Context, in *chatIn) (*messageOut, error) {
	m, err := a.s.GetMessage(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &messageOut{Body: MessageViewOf(m)}, nil
}
