package status

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module is the noun as the program lists it.
func Module(s *Service) module.Module {
	return module.Module{Name: "status", Upgrades: upgrades(), API: api{s}.register, Run: s.run}
}

// Said is what somebody wants to post.
type Said struct {
	Text   string      `json:"text,omitempty" maxLength:"16384" doc:"The text, or the caption of a file; up to 4096 characters"`
	FileID string      `json:"file_id,omitempty" maxLength:"64" doc:"An uploaded file"`
	Kind   device.Kind `json:"kind,omitempty" enum:"image,video,audio,voice,document,sticker" doc:"Chosen by the file when left out"`
}

// Sender is who posted an update.
type Sender struct {
	ContactID string `json:"contact_id,omitempty" doc:"Missing when it is nobody whom the workspace knows"`
	Name      string `json:"name,omitempty"`
	Phone     string `json:"phone,omitempty" doc:"Digits with country code; missing while unknown"`
	LID       string `json:"lid,omitempty" doc:"WhatsApp's own number for a person; missing while unknown"`
}

// View is a status update as the API shows it.
type View struct {
	ID        string         `json:"id"`
	DeviceID  string         `json:"device_id"`
	NetworkID string         `json:"network_id" doc:"The channel's own id"`
	FromMe    bool           `json:"from_me" doc:"Posted by the device's own account"`
	Sender    *Sender        `json:"sender,omitempty" doc:"Who posted it; missing for ours"`
	Content   device.Content `json:"content"`
	At        int64          `json:"at" doc:"Unix milliseconds, the network's clock"`
	ExpiresAt int64          `json:"expires_at" doc:"When it is over, unix milliseconds"`
}

// Shown is the content of an update without what is only the driver's.
func Shown(u Update) device.Content {
	c := u.Content
	if c.Media != nil {
		m := *c.Media
		m.Remote = nil
		c.Media = &m
	}
	return c
}

type (
	listIn struct {
		httpx.Page
		ID string `path:"id" maxLength:"64" doc:"The device's id"`
	}
	oneIn struct {
		ID     string `path:"id" maxLength:"64" doc:"The device's id"`
		Update string `path:"update" maxLength:"64" doc:"The status update's id"`
	}
	mediaIn struct {
		ID     string `path:"id" maxLength:"64" doc:"The device's id"`
		Update string `path:"update" maxLength:"64" doc:"The status update's id"`
		Show   bool   `query:"show" doc:"A picture is to be drawn: one with too many points is refused, however few bytes it has"`
	}
	postIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The device's id"`
		Body Said
	}
	listOut struct{ Body httpx.List[View] }
	oneOut  struct{ Body View }
)

// api is the status updates' part of the HTTP API.
type api struct{ s *Service }

func (a api) register(h huma.API) {
	const all = "/devices/{id}/status-updates"
	httpx.Handle(h, "GET "+all, member.ReadChats, "List the status updates of the last day that a device saw or posted, newest first", a.list)
	httpx.Handle(h, "POST "+all, member.SendMessages, "Post a status update for the account's contacts", a.post, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "GET "+all+"/{update}/media", member.ReadChats, "Give the file of a status update", a.media)
	httpx.Handle(h, "DELETE "+all+"/{update}", member.SendMessages, "Take a status update of one's own back", a.remove)
}

func caller(ctx context.Context) string { return member.Caller(ctx).WorkspaceID }

func (a api) list(ctx context.Context, in *listIn) (*listOut, error) {
	var before Key
	if _, err := in.Key(&before); err != nil {
		return nil, err
	}
	list, err := a.s.List(ctx, caller(ctx), in.ID, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &listOut{Body: httpx.List[View]{Items: []View{}}}
	for i, u := range list {
		if i == in.Limit {
			out.Body.Next = httpx.Cursor(Key{list[i-1].At, list[i-1].ID})
			break
		}
		v, err := a.view(ctx, u)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	return out, nil
}

func (a api) view(ctx context.Context, u Update) (View, error) {
	v := View{
		ID: u.ID, DeviceID: u.DeviceID, NetworkID: u.NetworkID, FromMe: u.FromMe, Content: Shown(u), At: u.At, ExpiresAt: u.ExpiresAt(),
	}
	if u.FromMe {
		return v, nil
	}
	d, err := a.s.c.Devices.Get(ctx, u.WorkspaceID, u.DeviceID)
	if err != nil {
		return View{}, err
	}
	who, known, err := a.s.Contact(ctx, u, d.Channel)
	if err != nil {
		return View{}, err
	}
	v.Sender = &Sender{Name: u.Sender.Name, Phone: u.Sender.Address(device.AddressPhone), LID: u.Sender.Address(device.AddressLID)}
	if known {
		v.Sender.ContactID, v.Sender.Name = who.ID, who.Name
	}
	return v, nil
}

func (a api) post(ctx context.Context, in *postIn) (*oneOut, error) {
	u, err := a.s.Post(ctx, caller(ctx), in.ID, in.Body)
	if err != nil {
		return nil, err
	}
	v, err := a.view(ctx, u)
	return &oneOut{v}, err
}

func (a api) media(ctx context.Context, in *mediaIn) (*file.Served, error) {
	to := ToKeep
	if in.Show {
		to = ToDraw
	}
	return a.s.Media(ctx, caller(ctx), in.ID, in.Update, to)
}

func (a api) remove(ctx context.Context, in *oneIn) (*struct{}, error) {
	return nil, a.s.Delete(ctx, caller(ctx), in.ID, in.Update)
}
