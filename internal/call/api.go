package call

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module is the noun as the program lists it.
func Module(s *Service) module.Module {
	return module.Module{Name: "call", Upgrades: upgrades(), API: api{s}.register, Run: s.run}
}

// View is a call as the API shows it.
type View struct {
	ID        string `json:"id"`
	DeviceID  string `json:"device_id"`
	ContactID string `json:"contact_id"`
	NetworkID string `json:"network_id"`
	Video     bool   `json:"video"`
	Rejected  bool   `json:"rejected" doc:"It was rejected: the device is set to, or somebody asked for it"`
	Answered  bool   `json:"answered" doc:"The caller was written to"`
	At        int64  `json:"at" doc:"Unix milliseconds, the network's clock"`
}

type (
	listIn struct {
		httpx.Page
		ID string `path:"id" maxLength:"64" doc:"The device's id"`
	}
	rejectIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The device's id"`
		Call string `path:"call" maxLength:"64" doc:"The call's id"`
	}
	listOut struct{ Body httpx.List[View] }
	oneOut  struct{ Body View }
)

// api is the calls' part of the HTTP API.
type api struct{ s *Service }

func (a api) register(h huma.API) {
	httpx.Handle(h, "GET /devices/{id}/calls", member.ReadChats, "List the calls to a device, newest first", a.list)
	httpx.Handle(h, "POST /devices/{id}/calls/{call}/reject", member.SendMessages, "Reject a call that rings", a.reject)
}

func (a api) list(ctx context.Context, in *listIn) (*listOut, error) {
	var before Key
	if _, err := in.Key(&before); err != nil {
		return nil, err
	}
	list, err := a.s.List(ctx, member.Caller(ctx).WorkspaceID, in.ID, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &listOut{Body: httpx.List[View]{Items: []View{}}}
	for i, c := range list {
		if i == in.Limit {
			out.Body.Next = httpx.Cursor(Key{list[i-1].At, list[i-1].ID})
			break
		}
		out.Body.Items = append(out.Body.Items, viewOf(c))
	}
	return out, nil
}

func viewOf(c Call) View {
	return View{
		ID: c.ID, DeviceID: c.DeviceID, ContactID: c.ContactID, NetworkID: c.NetworkID, Video: c.Video, Rejected: c.Rejected,
		Answered: c.Answered, At: c.At,
	}
}

func (a api) reject(ctx context.Context, in *rejectIn) (*oneOut, error) {
	c, err := a.s.Reject(ctx, member.Caller(ctx).WorkspaceID, in.ID, in.Call)
	if err != nil {
		return nil, err
	}
	return &oneOut{viewOf(c)}, nil
}
