package search

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// api is the search's part of the HTTP API.
type api struct{ s *Service }

type (
	findIn struct {
		Text   string `query:"q" maxLength:"20000" doc:"All of its words are looked for, the last one as the beginning of a word; nothing else in it has a meaning"`
		ChatID string `query:"chat_id" maxLength:"64" doc:"Messages of this chat only"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20" doc:"How many messages at most"`
		After  string `query:"after" maxLength:"512" doc:"The next value of the page before; empty for the first page"`
	}
	findOut struct{ Body foundView }
	// foundView is what was found.
	foundView struct {
		Contacts []personView `json:"contacts" doc:"At most 8, on the first page only"`
		Messages []hitView    `json:"messages" doc:"Newest first"`
		Next     string       `json:"next,omitempty" doc:"After of the next page; missing on the last. A page may have few messages, or none, and a next all the same: a question is answered with what was found in a moment"`
	}
	personView struct {
		Contact contact.View `json:"contact"`
		Name    []Part       `json:"name" doc:"The name in parts"`
		Chats   []chat.View  `json:"chats" doc:"With this contact, newest first"`
	}
	hitView struct {
		MessageID string       `json:"message_id" doc:"For around of GET /chats/{id}/messages"`
		ChatID    string       `json:"chat_id"`
		DeviceID  string       `json:"device_id"`
		Contact   contact.View `json:"contact" doc:"Whose chat it is"`
		SenderID  string       `json:"sender_id,omitempty" doc:"The contact who wrote it; missing for ours"`
		FromMe    bool         `json:"from_me"`
		By        string       `json:"by,omitempty" doc:"Who wrote it for us: member, phone, api, rule, broadcast …"`
		ByID      string       `json:"by_id,omitempty" doc:"Of the member, rule, key, broadcast …"`
		Kind      device.Kind  `json:"kind"`
		At        int64        `json:"at" doc:"Unix milliseconds"`
		Parts     []Part       `json:"parts" doc:"What stands around the first hit"`
	}
)

func (a api) register(h huma.API) {
	httpx.Handle(h, "GET /search", member.ReadChats, "Find contacts by name or number, and messages by their words", a.find)
}

func (a api) find(ctx context.Context, in *findIn) (*findOut, error) {
	f, err := a.s.Find(ctx, member.Caller(ctx).WorkspaceID, Query{Text: in.Text, ChatID: in.ChatID, After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &findOut{Body: foundView{Contacts: []personView{}, Messages: []hitView{}}}
	for _, p := range f.People {
		v := personView{Contact: contact.ViewOf(p.Contact), Name: p.Name, Chats: []chat.View{}}
		for _, c := range p.Chats {
			v.Chats = append(v.Chats, chat.ViewOf(c))
		}
		if v.Name == nil {
			v.Name = []Part{}
		}
		out.Body.Contacts = append(out.Body.Contacts, v)
	}
	for _, h := range f.Messages {
		out.Body.Messages = append(out.Body.Messages, hitView{
			MessageID: h.MessageID, ChatID: h.Chat, DeviceID: h.DeviceID, Contact: contact.ViewOf(h.Contact), SenderID: h.SenderID,
			FromMe: h.FromMe, By: string(h.By.Kind), ByID: h.By.ID, Kind: h.Kind, At: h.At, Parts: h.Parts,
		})
	}
	out.Body.Next = f.Next
	return out, nil
}
