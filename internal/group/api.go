package group

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module is the noun as the program lists it. It has no tables.
func Module(s *Service) module.Module { return module.Module{Name: "group", API: api{s}.register} }

// OnDevice names a device in the path of an operation.
type OnDevice struct {
	ID string `path:"id" maxLength:"64" doc:"The device's id"`
}

// OnGroup names a group of a device in the path of an operation.
type OnGroup struct {
	ID    string `path:"id" maxLength:"64" doc:"The device's id"`
	Group string `path:"group" maxLength:"64" doc:"The group's id (of its contact), or its address with or without @g.us"`
}

type (
	listIn struct {
		OnDevice
		httpx.Page
	}
	listOut  struct{ Body httpx.List[View] }
	groupOut struct{ Body View }
	createIn struct {
		OnDevice
		Body struct {
			Name         string   `json:"name" maxLength:"400" doc:"1 to 100 characters"`
			Members      []string `json:"members,omitempty" maxItems:"100" doc:"Phone numbers in any form, LIDs (…@lid) or ids of contacts" example:"[\"0812 9064 1111\"]"`
			Announce     bool     `json:"announce,omitempty" doc:"Only admins write"`
			Locked       bool     `json:"locked,omitempty" doc:"Only admins change name, description and picture"`
			JoinApproval bool     `json:"join_approval,omitempty" doc:"Who comes by the link waits for an admin"`
			MemberAdd    string   `json:"member_add_mode,omitempty" enum:"all,admins" default:"all" doc:"Who adds people"`
			Disappearing int      `json:"disappearing_seconds,omitempty" enum:"0,86400,604800,7776000" doc:"Messages disappear after a day, a week or 90 days; 0 is never"`
		}
	}
	createOut struct {
		Body struct {
			Group   View         `json:"group"`
			Results []ResultView `json:"results" doc:"Of the members, in their order"`
		}
	}
	changeIn struct {
		OnGroup
		Body struct {
			Name         *string `json:"name,omitempty" maxLength:"400" doc:"1 to 100 characters"`
			Description  *string `json:"description,omitempty" maxLength:"8192" doc:"Up to 2,048 characters; empty removes it"`
			Announce     *bool   `json:"announce,omitempty" doc:"Only admins write"`
			Locked       *bool   `json:"locked,omitempty" doc:"Only admins change name, description and picture"`
			JoinApproval *bool   `json:"join_approval,omitempty" doc:"Who comes by the link waits for an admin"`
			MemberAdd    *string `json:"member_add_mode,omitempty" enum:"all,admins" doc:"Who adds people"`
			Disappearing *int    `json:"disappearing_seconds,omitempty" enum:"0,86400,604800,7776000" doc:"Messages disappear after a day, a week or 90 days; 0 is never"`
		}
	}
	pictureIn struct {
		OnGroup
		Body struct {
			FileID string `json:"file_id" minLength:"1" maxLength:"64" doc:"An uploaded picture; its middle becomes a square of at most 640 pixels"`
		}
	}
	membersIn struct {
		OnGroup
		Body struct {
			Action  device.MemberAction `json:"action" enum:"add,remove,promote,demote"`
			Members []string            `json:"members" minItems:"1" maxItems:"100" doc:"Phone numbers in any form, LIDs (…@lid) or ids of contacts"`
		}
	}
	answerIn struct {
		OnGroup
		Body struct {
			Action  device.MemberAction `json:"action" enum:"approve,reject"`
			Members []string            `json:"members" minItems:"1" maxItems:"100" doc:"Phone numbers in any form, LIDs (…@lid) or ids of contacts"`
		}
	}
	resultsOut struct {
		Body struct {
			Results []ResultView `json:"results" doc:"In the order of members"`
		}
	}
	requestsOut struct{ Body httpx.List[RequestView] }
	linkOut     struct {
		Body struct {
			Link string `json:"link" example:"https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv"`
		}
	}
	joinIn struct {
		OnDevice
		Body struct {
			Invite string `json:"invite" minLength:"1" maxLength:"256" doc:"The link, or its code alone"`
		}
	}
	joinOut struct {
		Body struct {
			Group View `json:"group"`
			Waits bool `json:"waits" doc:"An admin has to let the account in first"`
		}
	}
	previewIn struct {
		OnDevice
		Invite string `query:"invite" maxLength:"256" doc:"The link, or its code alone"`
	}
	previewOut struct{ Body PreviewView }
)

// api is the package's part of the HTTP API.
type api struct{ s *Service }

func (a api) register(h huma.API) {
	const one = "/devices/{id}/groups/{group}"
	httpx.Handle(h, "GET /devices/{id}/groups", member.ReadContacts, "Ask for the groups that a device's account is in", a.list)
	httpx.Handle(h, "POST /devices/{id}/groups", member.WriteDevices, "Make a group", a.create, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "POST /devices/{id}/groups/join", member.WriteDevices, "Join a group by its link", a.join)
	httpx.Handle(h, "GET /devices/{id}/groups/preview", member.ReadContacts, "Look where a link leads", a.preview)
	httpx.Handle(h, "GET "+one, member.ReadContacts, "Ask for a group with its members", a.get)
	httpx.Handle(h, "PATCH "+one, member.WriteDevices, "Change a group's name, description and settings", a.change, httpx.Describe(
		"The network takes them one by one, in this order; when it refuses one, those before it are changed."))
	httpx.Handle(h, "DELETE "+one, member.WriteDevices, "Leave a group; its chat stays", a.leave)
	httpx.Handle(h, "PUT "+one+"/picture", member.WriteDevices, "Give a group a picture", a.paint)
	httpx.Handle(h, "DELETE "+one+"/picture", member.WriteDevices, "Take a group's picture away", a.clear)
	httpx.Handle(h, "POST "+one+"/members", member.WriteDevices, "Add, remove, promote or demote members", a.act)
	httpx.Handle(h, "GET "+one+"/invite", member.ReadContacts, "Ask for the link to a group", a.link)
	httpx.Handle(h, "POST "+one+"/invite/reset", member.WriteDevices, "Replace the link to a group; the old one ends", a.reset)
	httpx.Handle(h, "GET "+one+"/requests", member.ReadContacts, "Ask who waits to be let into a group", a.requests)
	httpx.Handle(h, "POST "+one+"/requests", member.WriteDevices, "Let people in who wait, or send them away", a.answer)
}

func caller(ctx context.Context) string { return member.Caller(ctx).WorkspaceID }

func (a api) list(ctx context.Context, in *listIn) (*listOut, error) {
	var after string
	if _, err := in.Key(&after); err != nil {
		return nil, err
	}
	list, more, err := a.s.List(ctx, caller(ctx), in.ID, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &listOut{Body: httpx.List[View]{Items: make([]View, 0, len(list))}}
	for _, l := range list {
		out.Body.Items = append(out.Body.Items, viewOf(l))
	}
	if more {
		out.Body.Next = httpx.Cursor(list[len(list)-1].Peer.Address(device.AddressGroup))
	}
	return out, nil
}

// whole shows a group with its members.
func (a api) whole(ctx context.Context, deviceID string, l Listed) (View, error) {
	v := viewOf(l)
	d, err := a.s.c.Devices.Get(ctx, caller(ctx), deviceID)
	if err != nil {
		return v, err
	}
	v.Members, err = a.s.members(ctx, d, l.Members)
	return v, err
}

func (a api) shown(ctx context.Context, deviceID string, l Listed, err error) (*groupOut, error) {
	if err != nil {
		return nil, err
	}
	v, err := a.whole(ctx, deviceID, l)
	return &groupOut{v}, err
}

func (a api) get(ctx context.Context, in *OnGroup) (*groupOut, error) {
	l, err := a.s.Get(ctx, caller(ctx), in.ID, in.Group)
	return a.shown(ctx, in.ID, l, err)
}

func (a api) create(ctx context.Context, in *createIn) (*createOut, error) {
	b := in.Body
	l, results, err := a.s.Create(ctx, caller(ctx), in.ID, Draft{Name: b.Name, Members: b.Members, Settings: device.GroupSettings{
		Announce: b.Announce, Locked: b.Locked, JoinApproval: b.JoinApproval, AdminsAdd: b.MemberAdd == "admins", Disappearing: b.Disappearing,
	}})
	if err != nil {
		return nil, err
	}
	out := &createOut{}
	out.Body.Results = resultsOf(b.Members, results)
	out.Body.Group, err = a.whole(ctx, in.ID, l)
	return out, err
}

func (a api) change(ctx context.Context, in *changeIn) (*groupOut, error) {
	b := in.Body
	c := device.GroupChange{
		Name: b.Name, Description: b.Description, Announce: b.Announce, Locked: b.Locked, JoinApproval: b.JoinApproval, Disappearing: b.Disappearing,
	}
	if b.MemberAdd != nil {
		admins := *b.MemberAdd == "admins"
		c.AdminsAdd = &admins
	}
	l, err := a.s.Change(ctx, caller(ctx), in.ID, in.Group, c)
	return a.shown(ctx, in.ID, l, err)
}

func (a api) leave(ctx context.Context, in *OnGroup) (*struct{}, error) {
	return nil, a.s.Leave(ctx, caller(ctx), in.ID, in.Group)
}

func (a api) paint(ctx context.Context, in *pictureIn) (*struct{}, error) {
	return nil, a.s.Paint(ctx, caller(ctx), in.ID, in.Group, in.Body.FileID)
}

func (a api) clear(ctx context.Context, in *OnGroup) (*struct{}, error) {
	return nil, a.s.Paint(ctx, caller(ctx), in.ID, in.Group, "")
}

func (a api) act(ctx context.Context, in *membersIn) (*resultsOut, error) {
	return a.results(ctx, in.OnGroup, in.Body.Action, in.Body.Members)
}

func (a api) answer(ctx context.Context, in *answerIn) (*resultsOut, error) {
	return a.results(ctx, in.OnGroup, in.Body.Action, in.Body.Members)
}

func (a api) results(ctx context.Context, in OnGroup, action device.MemberAction, names []string) (*resultsOut, error) {
	list, err := a.s.Act(ctx, caller(ctx), in.ID, in.Group, action, names)
	if err != nil {
		return nil, err
	}
	out := &resultsOut{}
	out.Body.Results = resultsOf(names, list)
	return out, nil
}

func (a api) requests(ctx context.Context, in *OnGroup) (*requestsOut, error) {
	list, err := a.s.Requests(ctx, caller(ctx), in.ID, in.Group)
	if err != nil {
		return nil, err
	}
	d, err := a.s.c.Devices.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &requestsOut{}
	out.Body.Items, err = a.s.requests(ctx, d, list)
	return out, err
}

func linked(link string, err error) (*linkOut, error) {
	if err != nil {
		return nil, err
	}
	out := &linkOut{}
	out.Body.Link = link
	return out, nil
}

func (a api) link(ctx context.Context, in *OnGroup) (*linkOut, error) {
	return linked(a.s.Link(ctx, caller(ctx), in.ID, in.Group))
}

func (a api) reset(ctx context.Context, in *OnGroup) (*linkOut, error) {
	return linked(a.s.ResetLink(ctx, caller(ctx), in.ID, in.Group))
}

func (a api) join(ctx context.Context, in *joinIn) (*joinOut, error) {
	l, waits, err := a.s.Join(ctx, caller(ctx), in.ID, in.Body.Invite)
	if err != nil {
		return nil, err
	}
	out := &joinOut{}
	out.Body.Waits = waits
	out.Body.Group, err = a.whole(ctx, in.ID, l)
	return out, err
}

func (a api) preview(ctx context.Context, in *previewIn) (*previewOut, error) {
	g, err := a.s.Preview(ctx, caller(ctx), in.ID, in.Invite)
	if err != nil {
		return nil, err
	}
	return &previewOut{previewOf(g)}, nil
}
