package webhook

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module is the feature as the program lists it. caller gives the workspace of the request that the guard let through.
func Module(s *Service, caller func(context.Context) string) module.Module {
	return module.Module{
		Name: "webhook", Upgrades: upgrades(), Run: s.Run,
		API: func(h huma.API) { api{s, caller}.add(h) },
	}
}

// View is a delivery as the API shows it. Times are unix milliseconds.
type View struct {
	ID        string          `json:"id"`
	WebhookID string          `json:"webhook_id,omitempty" doc:"The workspace's webhook that it is for; missing for a device's own"`
	Header    string          `json:"header" doc:"The webhook-id header, the same at every attempt: the event's id, or the delivery's where it is of no event in the log"`
	Seq       int64           `json:"seq,omitempty" doc:"The event's number in the log"`
	Event     string          `json:"event"`
	Body      json.RawMessage `json:"body" doc:"What is posted"`
	State     State           `json:"state" enum:"pending,delivered,failed"`
	Attempts  int             `json:"attempts"`
	NextAt    int64           `json:"next_at,omitempty" doc:"When it is tried again, with state pending"`
	Status    int             `json:"status,omitempty" doc:"The HTTP status of the last answer; missing when there was none"`
	Answer    string          `json:"answer,omitempty" doc:"The beginning of the last answer, or why there was none"`
	CreatedAt int64           `json:"created_at"`
	EndedAt   int64           `json:"ended_at,omitempty"`
}

func viewOf(d Delivery) View {
	v := View{
		ID: d.ID, WebhookID: d.WebhookID, Header: d.header(), Seq: d.Seq, Event: d.Event, Body: d.Body, State: d.State, Attempts: d.Attempts, Status: d.Status, Answer: d.Answer,
		CreatedAt: d.CreatedAt, EndedAt: d.EndedAt,
	}
	if d.State == Pending {
		v.NextAt = d.NextAt
	}
	return v
}

type (
	deviceIn struct {
		ID string `path:"id" maxLength:"64" doc:"The device's id"`
	}
	listIn struct {
		ID string `path:"id" maxLength:"64" doc:"The device's id"`
		httpx.Page
		State State `query:"state" enum:"pending,delivered,failed" doc:"Only these"`
	}
	listOut   struct{ Body httpx.List[View] }
	secretOut struct {
		Body struct {
			Secret string `json:"secret" doc:"whsec_…, for a Standard Webhooks library"`
		}
	}
	deliveryIn struct {
		ID string `path:"id" maxLength:"64" doc:"The delivery's id"`
	}
	oneOut struct{ Body View }
)

// api is the webhooks' part of the HTTP API.
type api struct {
	s      *Service
	caller func(context.Context) string
}

func (a api) add(h huma.API) {
	httpx.Handle(h, "GET /devices/{id}/webhook/deliveries", member.ReadWebhooks, "List a device's webhook deliveries, the newest first", a.list)
	httpx.Handle(h, "GET /devices/{id}/webhook/secret", member.WriteWebhooks, "Show the secret that a device's webhooks are signed with", a.secret)
	httpx.Handle(h, "POST /devices/{id}/webhook/test", member.WriteWebhooks, "Send a test event to a device's webhook", a.test, httpx.Answers(http.StatusAccepted))
	httpx.Handle(h, "POST /webhook-deliveries/{id}/redeliver", member.WriteWebhooks, "Deliver again, with the same id", a.redeliver, httpx.Answers(http.StatusAccepted))
	a.addWebhooks(h)
}

func (a api) list(ctx context.Context, in *listIn) (*listOut, error) {
	var before string
	if _, err := in.Key(&before); err != nil {
		return nil, err
	}
	if _, err := a.s.devices.Get(ctx, a.caller(ctx), in.ID); err != nil {
		return nil, err
	}
	list, err := a.s.List(ctx, a.caller(ctx), in.ID, in.State, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	return page(list, in.Limit), nil
}

// page shows up to limit deliveries of a list that has one more when more follow.
func page(list []Delivery, limit int) *listOut {
	out := &listOut{Body: httpx.List[View]{Items: []View{}}}
	for i, d := range list {
		if i == limit {
			out.Body.Next = httpx.Cursor(list[i-1].ID)
			break
		}
		out.Body.Items = append(out.Body.Items, viewOf(d))
	}
	return out
}

func (a api) secret(ctx context.Context, in *deviceIn) (*secretOut, error) {
	d, err := a.s.devices.Get(ctx, a.caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	var out secretOut
	out.Body.Secret, err = a.s.Secret(ctx, d.WorkspaceID, d.ID)
	return &out, err
}

func (a api) test(ctx context.Context, in *deviceIn) (*struct{}, error) {
	d, err := a.s.devices.Get(ctx, a.caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return nil, a.s.Test(ctx, d)
}

func (a api) redeliver(ctx context.Context, in *deliveryIn) (*oneOut, error) {
	d, err := a.s.Redeliver(ctx, a.caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &oneOut{viewOf(d)}, nil
}
