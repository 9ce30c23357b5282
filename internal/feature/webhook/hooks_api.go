package webhook

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// HookView is a webhook as the API shows it. Times are unix milliseconds.
type HookView struct {
	ID          string   `json:"id"`
	URL         string   `json:"url"`
	Events      []string `json:"events" doc:"Types of events, or all that begin alike: message.*, *"`
	DeviceIDs   []string `json:"device_ids" doc:"Events of these devices only; empty: of all, and those of no device"`
	Enabled     bool     `json:"enabled"`
	DisabledWhy string   `json:"disabled_why,omitempty" doc:"gone: the receiver answered 410"`
	Seq         int64    `json:"seq" doc:"Up to which event it has been, or is being, told"`
	ReplaySeq   int64    `json:"replay_seq,omitempty" doc:"While a replay is being prepared: how far it is"`
	ReplayTo    int64    `json:"replay_to,omitempty" doc:"While a replay is being prepared: where it ends"`
	CreatedAt   int64    `json:"created_at"`
	UpdatedAt   int64    `json:"updated_at"`
}

func webhookView(w Webhook) HookView {
	return HookView{
		ID: w.ID, URL: w.URL, Events: append([]string{}, w.Events...), DeviceIDs: append([]string{}, w.DeviceIDs...), Enabled: w.Enabled,
		DisabledWhy: w.DisabledWhy, Seq: w.Seq, ReplaySeq: w.ReplaySeq, ReplayTo: w.ReplayTo, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
	}
}

type (
	webhookIn struct {
		ID string `path:"id" maxLength:"64" doc:"The webhook's id"`
	}
	webhookOut  struct{ Body HookView }
	webhooksIn  struct{ httpx.Page }
	webhooksOut struct{ Body httpx.List[HookView] }
	createIn    struct {
		Body struct {
			URL       string   `json:"url" maxLength:"2048" example:"https://toko.example/hook"`
			Events    []string `json:"events" minItems:"1" maxItems:"100" doc:"Types of events (GET /event-types), or all that begin alike: message.*. * is all but note.*: what members write for each other is told only where it is asked for" example:"[\"message.*\",\"device.state\"]"`
			DeviceIDs []string `json:"device_ids,omitempty" maxItems:"100" doc:"Events of these devices only"`
			Enabled   *bool    `json:"enabled,omitempty" doc:"true when left out"`
		}
	}
	createOut struct {
		Body struct {
			HookView
			Secret string `json:"secret" doc:"whsec_…, for a Standard Webhooks library; not shown again"`
		}
	}
	changeIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The webhook's id"`
		Body struct {
			URL       *string   `json:"url,omitempty" maxLength:"2048"`
			Events    *[]string `json:"events,omitempty" minItems:"1" maxItems:"100"`
			DeviceIDs *[]string `json:"device_ids,omitempty" maxItems:"100"`
			Enabled   *bool     `json:"enabled,omitempty" doc:"false: told of nothing; true again: told of what happens from then on"`
		}
	}
	replayIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The webhook's id"`
		Body struct {
			After int64 `json:"after" minimum:"0" doc:"Events with a seq above this; 0: from the oldest that is kept"`
			Since int64 `json:"since,omitempty" minimum:"0" doc:"Only events from this time on, unix milliseconds"`
			Until int64 `json:"until,omitempty" minimum:"0" doc:"Up to this seq; left out: up to the newest that it was told of"`
		}
	}
	deliveriesIn struct {
		ID string `path:"id" maxLength:"64" doc:"The webhook's id"`
		httpx.Page
		State State `query:"state" enum:"pending,delivered,failed" doc:"Only these"`
	}
)

func (a api) addWebhooks(h huma.API) {
	httpx.Handle(h, "GET /webhooks", member.ReadWebhooks, "List webhooks", a.webhooks)
	httpx.Handle(h, "POST /webhooks", member.WriteWebhooks, "Make a webhook; its secret is shown this once", a.create, httpx.Answers(http.StatusCreated), httpx.Describe(
		"Each event of its choice is posted as one JSON object (as GET /events shows it), signed as Standard Webhooks says, and tried for 24 hours until it is answered with 2xx. "+
			"webhook-id is the event's id, the same however often it comes; seq tells the order. 410 switches the webhook off."))
	httpx.Handle(h, "GET /webhooks/{id}", member.ReadWebhooks, "Show a webhook", a.webhook)
	httpx.Handle(h, "PATCH /webhooks/{id}", member.WriteWebhooks, "Change a webhook, switch it on or off", a.change)
	httpx.Handle(h, "DELETE /webhooks/{id}", member.WriteWebhooks, "Delete a webhook with its deliveries", a.remove)
	httpx.Handle(h, "GET /webhooks/{id}/deliveries", member.ReadWebhooks, "List a webhook's deliveries, the newest first", a.deliveries)
	httpx.Handle(h, "POST /webhooks/{id}/secret", member.WriteWebhooks, "Give a webhook another secret, shown this once", a.renew)
	httpx.Handle(h, "POST /webhooks/{id}/test", member.WriteWebhooks, "Send a webhook.test event to a webhook", a.try, httpx.Answers(http.StatusAccepted))
	httpx.Handle(h, "POST /webhooks/{id}/replay", member.WriteWebhooks, "Tell a webhook again of a stretch of the log", a.replay, httpx.Answers(http.StatusAccepted), httpx.Describe(
		"Every event of the webhook's choice comes again with the webhook-id that it had, so that a receiver that knows those takes only what it missed."))
}

func (a api) webhooks(ctx context.Context, in *webhooksIn) (*webhooksOut, error) {
	var after string
	if _, err := in.Key(&after); err != nil {
		return nil, err
	}
	list, err := a.s.Webhooks(ctx, a.caller(ctx), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &webhooksOut{Body: httpx.List[HookView]{Items: []HookView{}}}
	for i, w := range list {
		if i == in.Limit {
			out.Body.Next = httpx.Cursor(list[i-1].ID)
			break
		}
		out.Body.Items = append(out.Body.Items, webhookView(w))
	}
	return out, nil
}

func (a api) create(ctx context.Context, in *createIn) (*createOut, error) {
	b := in.Body
	w, secret, err := a.s.Create(ctx, a.caller(ctx), Fields{URL: &b.URL, Events: &b.Events, DeviceIDs: &b.DeviceIDs, Enabled: b.Enabled})
	if err != nil {
		return nil, err
	}
	out := &createOut{}
	out.Body.HookView, out.Body.Secret = webhookView(w), secret
	return out, nil
}

func (a api) webhook(ctx context.Context, in *webhookIn) (*webhookOut, error) {
	w, err := a.s.Get(ctx, a.caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &webhookOut{webhookView(w)}, nil
}

func (a api) change(ctx context.Context, in *changeIn) (*webhookOut, error) {
	w, err := a.s.Update(ctx, a.caller(ctx), in.ID, Fields(in.Body))
	if err != nil {
		return nil, err
	}
	return &webhookOut{webhookView(w)}, nil
}

func (a api) remove(ctx context.Context, in *webhookIn) (*struct{}, error) {
	return nil, a.s.Delete(ctx, a.caller(ctx), in.ID)
}

func (a api) deliveries(ctx context.Context, in *deliveriesIn) (*listOut, error) {
	var before string
	if _, err := in.Key(&before); err != nil {
		return nil, err
	}
	if _, err := a.s.Get(ctx, a.caller(ctx), in.ID); err != nil {
		return nil, err
	}
	list, err := a.s.Deliveries(ctx, a.caller(ctx), in.ID, in.State, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	return page(list, in.Limit), nil
}

func (a api) renew(ctx context.Context, in *webhookIn) (*secretOut, error) {
	var out secretOut
	var err error
	out.Body.Secret, err = a.s.RenewSecret(ctx, a.caller(ctx), in.ID)
	return &out, err
}

func (a api) try(ctx context.Context, in *webhookIn) (*struct{}, error) {
	return nil, a.s.Try(ctx, a.caller(ctx), in.ID)
}

func (a api) replay(ctx context.Context, in *replayIn) (*webhookOut, error) {
	after, err := a.s.behind(ctx, a.caller(ctx), in.Body.After, in.Body.Since)
	if err != nil {
		return nil, err
	}
	w, err := a.s.Replay(ctx, a.caller(ctx), in.ID, after, in.Body.Until)
	if err != nil {
		return nil, err
	}
	return &webhookOut{webhookView(w)}, nil
}
