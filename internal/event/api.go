package event

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module lists the event log in the program.
func Module(s *Service) module.Module {
	return module.Module{Name: "event", Upgrades: upgrades(), API: api{s}.register, Run: s.Run}
}

// View is an event as the API, webhooks and live push show it.
type View struct {
	ID       string `json:"id" doc:"The same wherever the event is told"`
	Seq      int64  `json:"seq" doc:"Its number in the workspace's log: from 1, without gaps"`
	Type     Type   `json:"type" example:"message.received"`
	Version  int    `json:"version" doc:"Of the shape of data"`
	At       int64  `json:"at" doc:"When it was written, unix milliseconds"`
	DeviceID string `json:"device_id,omitempty"`
	Data     Data   `json:"data"`
}

// ViewOf shows an event.
func ViewOf(e Event) View {
	return View{ID: e.ID, Seq: e.Seq, Type: e.Type, Version: e.Version, At: e.At, DeviceID: e.DeviceID, Data: Data(e.Data)}
}

// Data is the JSON of an event's data, whose shape its type tells.
type Data json.RawMessage

// MarshalJSON gives the JSON as it was stored.
func (d Data) MarshalJSON() ([]byte, error) {
	if len(d) == 0 {
		return []byte("null"), nil
	}
	return d, nil
}

// Schema names, for the API's document, every shape that there is.
func (Data) Schema(r huma.Registry) *huma.Schema {
	s := &huma.Schema{Description: "By type: "}
	var lines, seen []string
	for _, k := range Kinds() {
		shape := r.Schema(reflect.TypeOf(k.Example), true, "")
		lines = append(lines, string(k.Type)+" has "+strings.TrimPrefix(shape.Ref, "#/components/schemas/"))
		if !slices.Contains(seen, shape.Ref) {
			seen = append(seen, shape.Ref)
			s.OneOf = append(s.OneOf, shape)
		}
	}
	s.Description += strings.Join(lines, ", ") + "."
	return s
}

// KindView is a type of events as the API shows it.
type KindView struct {
	Type    Type   `json:"type"`
	Version int    `json:"version" doc:"Of the shape of data"`
	Summary string `json:"summary" doc:"When it happens"`
	Example any    `json:"example" doc:"Of data"`
}

type (
	listIn struct {
		After    int64    `query:"after" minimum:"0" doc:"next of the answer before; 0 begins with the oldest that is kept"`
		Limit    int      `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"How many at most"`
		Types    []string `query:"types" maxItems:"100" doc:"Only these, with commas between; message.* is all that begin with message." example:"[\"message.*\",\"device.state\"]"`
		DeviceID string   `query:"device_id" maxLength:"64" doc:"Of this device only"`
		Wait     int      `query:"wait" minimum:"0" maximum:"30" doc:"With nothing to return, wait so many seconds for something"`
	}
	listOut struct {
		Body struct {
			Items  []View `json:"items" doc:"In the order of seq"`
			Next   int64  `json:"next" doc:"after of the following call, whether there were items or not"`
			Oldest int64  `json:"oldest" doc:"The first number that is kept; 0: the log is empty"`
			Last   int64  `json:"last" doc:"The newest number; next is smaller when more is there already"`
		}
	}
	kindsOut struct{ Body httpx.List[KindView] }
)

// api is the event log's part of the HTTP API.
type api struct{ s *Service }

func (a api) register(h huma.API) {
	httpx.Handle(h, "GET /events", member.ReadEvents, "Read the log of events, or wait for the next", a.list, httpx.Describe(
		"Every event of the workspace in one order without gaps. Keep next and give it as after: nothing is missed and nothing comes twice. "+
			"Events are kept for 30 days, at most the newest 1,000,000; an after from before that is answered 410 with where to begin."))
	httpx.Handle(h, "GET /event-types", member.ReadEvents, "List the types of events", a.kinds)
}

func (a api) list(ctx context.Context, in *listIn) (*listOut, error) {
	p, err := a.s.Wait(ctx, member.Caller(ctx).WorkspaceID, Stretch{
		After: in.After, Types: in.Types, DeviceID: in.DeviceID, Limit: in.Limit,
	}, time.Duration(in.Wait)*time.Second)
	if err != nil {
		return nil, err
	}
	out := &listOut{}
	b := &out.Body
	b.Items, b.Next, b.Oldest, b.Last = make([]View, 0, len(p.Events)), p.Next, p.Oldest, p.Last
	for _, e := range p.Events {
		b.Items = append(b.Items, ViewOf(e))
	}
	return out, nil
}

func (a api) kinds(context.Context, *struct{}) (*kindsOut, error) {
	out := &kindsOut{Body: httpx.List[KindView]{Items: []KindView{}}}
	for _, k := range Kinds() {
		out.Body.Items = append(out.Body.Items, KindView(k))
	}
	return out, nil
}
