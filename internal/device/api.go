package device

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// What a caller must be allowed to do for the operations on devices and on what belongs to one.
const (
	NeedRead   = member.ReadDevices
	NeedManage = member.WriteDevices
)

// View is a device as the API shows it. Times are unix milliseconds; 0 and empty fields are left out.
type View struct {
	ID          string    `json:"id"`
	Channel     string    `json:"channel" doc:"whatsapp"`
	Name        string    `json:"name"`
	Number      string    `json:"number,omitempty" doc:"The linked account's number, digits with country code"`
	AccountName string    `json:"account_name,omitempty" doc:"What the account calls itself"`
	State       StateCode `json:"state" enum:"new,linking,connecting,online,offline,logged_out,restricted,banned"`
	StateWhy    string    `json:"state_why,omitempty" doc:"A stable code, the network's own where it has one"`
	StateUntil  int64     `json:"state_until,omitempty" doc:"When the state ends by itself"`
	StateSince  int64     `json:"state_since"`
	Linked      bool      `json:"linked" doc:"Whether it connects by itself; if not, it must be linked"`
	WebhookURL  string    `json:"webhook_url"`
	Autoread    bool      `json:"autoread" doc:"A message that a rule answered is marked read"`
	Paused      bool      `json:"paused" doc:"Nothing goes out, everything still comes in"`
	RejectCalls bool      `json:"reject_calls" doc:"Calls are rejected at once"`
	RejectText  string    `json:"reject_calls_message,omitempty" doc:"What a rejected caller is written"`
	NoStatuses  bool      `json:"ignore_statuses" doc:"The status updates of others are dropped instead of kept for a day"`
	TellTyping  bool      `json:"tell_typing" doc:"The event log and webhooks are told when contacts begin and stop to type"`
	ShowOnline  bool      `json:"show_online" doc:"The account is shown as online as long as the device is connected"`
	CreatedAt   int64     `json:"created_at"`
	LinkedAt    int64     `json:"linked_at,omitempty"`

	Proxy          string `json:"proxy,omitempty" doc:"The proxy that it connects through, without name and password"`
	HistoryPerChat int    `json:"history_per_chat" doc:"How many messages of a chat are taken of what the phone offers at linking"`
	HistoryTotal   int    `json:"history_total" doc:"How many in all"`
}

// view shows a device as it is. What a process that died left behind as connected is on its way back.
func (a api) view(d Device) View {
	if _, live := a.s.Live(d.ID); d.State.Connected() && !live && !a.s.c.DB.Postgres() {
		d.State = State{Code: StateConnecting, Since: d.State.Since}
	}
	return viewOf(d)
}

func viewOf(d Device) View {
	perChat, total := d.Settings.HistoryLimits()
	return View{
		ID: d.ID, Channel: d.Channel, Name: d.Name, Number: d.Account.Number, AccountName: d.Account.Name,
		State: d.State.Code, StateWhy: d.State.Why, StateUntil: d.State.Until, StateSince: d.State.Since,
		Linked:     d.Linked,
		WebhookURL: d.Settings.WebhookURL, Autoread: d.Settings.Autoread, Paused: d.Settings.Paused,
		RejectCalls: d.Settings.RejectCalls, RejectText: d.Settings.RejectCallsMessage, NoStatuses: d.Settings.IgnoreStatuses, TellTyping: d.Settings.TellTyping, ShowOnline: d.Settings.ShowOnline,
		CreatedAt: d.CreatedAt, LinkedAt: d.LinkedAt, Proxy: d.Settings.ProxyShown,
		HistoryPerChat: perChat, HistoryTotal: total,
	}
}

type (
	deviceOut struct{ Body View }
	stepOut   struct{ Body Step }
	deviceIn  struct {
		ID string `path:"id" maxLength:"64" doc:"The device's id"`
	}
	listIn   struct{ httpx.Page }
	listOut  struct{ Body httpx.List[View] }
	createIn struct {
		Body struct {
			Channel    string `json:"channel" maxLength:"32" doc:"whatsapp" example:"whatsapp"`
			Name       string `json:"name" maxLength:"400" doc:"What members call it" example:"Kasir"`
			WebhookURL string `json:"webhook_url,omitempty" maxLength:"2048"`
			Autoread   bool   `json:"autoread,omitempty"`
			Paused     bool   `json:"paused,omitempty"`
		}
	}
	changeIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The device's id"`
		Body struct {
			Name       *string `json:"name,omitempty" maxLength:"400"`
			WebhookURL *string `json:"webhook_url,omitempty" maxLength:"2048" doc:"Empty sends none"`
			Autoread   *bool   `json:"autoread,omitempty"`
			Paused     *bool   `json:"paused,omitempty"`
			Proxy      *string `json:"proxy,omitempty" maxLength:"1024" doc:"Connects through it: http, https or socks5, with name and password if it needs them. Empty connects directly" example:"socks5://name:password@proxy.example:1080"`

			RejectCalls        *bool   `json:"reject_calls,omitempty" doc:"Calls are rejected at once"`
			RejectCallsMessage *string `json:"reject_calls_message,omitempty" maxLength:"4000" doc:"What a rejected caller is written, up to 1000 characters; empty is nothing"`
			IgnoreStatuses     *bool   `json:"ignore_statuses,omitempty" doc:"The status updates of others are dropped instead of kept for a day"`
			TellTyping         *bool   `json:"tell_typing,omitempty" doc:"The event log and webhooks are told when contacts begin and stop to type (chat.typing)"`
			ShowOnline         *bool   `json:"show_online,omitempty" doc:"The account is shown as online as long as the device is connected, and at once where it is. Networks then tell it when contacts are online (contact.presence), and may tell its phone less of new messages. Off, which it is at first, it is shown as online only while its phone is. PUT /devices/{id}/presence says otherwise until the connection ends"`

			HistoryPerChat *int `json:"history_per_chat,omitempty" minimum:"0" maximum:"100000" doc:"How many messages of a chat are taken of what the phone offers at linking; 0 is 1000. From the next connection on"`
			HistoryTotal   *int `json:"history_total,omitempty" minimum:"0" maximum:"10000000" doc:"How many in all; 0 is 200000"`
		}
	}
	linkIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The device's id"`
		Body struct {
			Method LinkMethod `json:"method" enum:"qr,code" doc:"qr: show a code to scan; code: letters to type on the phone"`
			Phone  string     `json:"phone,omitempty" maxLength:"32" doc:"The phone's number, with method code"`
		}
	}
)

// api is the devices' part of the HTTP API.
type api struct{ s *Service }

// caller is the workspace of the request that the guard let through.
func (a api) caller(ctx context.Context) string { return member.Caller(ctx).WorkspaceID }

func (a api) register(h huma.API) {
	httpx.Handle(h, "GET /devices", NeedRead, "List devices", a.list)
	httpx.Handle(h, "POST /devices", NeedManage, "Make a device", a.create, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "GET /devices/{id}", NeedRead, "Show a device and its state", a.get)
	httpx.Handle(h, "PATCH /devices/{id}", NeedManage, "Change a device's name and settings", a.change)
	httpx.Handle(h, "DELETE /devices/{id}", NeedManage, "Unlink and delete a device with its chats", a.remove)
	httpx.Handle(h, "POST /devices/{id}/link", NeedManage, "Start to link a device; replaces an attempt that runs", a.link)
	httpx.Handle(h, "GET /devices/{id}/link", NeedRead, "Show the step at which linking is", a.step)
	a.registerAsk(h)
	httpx.Handle(h, "GET /devices/{id}/history", NeedRead, "Show how far the phone's history has been taken in", a.history)
	httpx.Handle(h, "GET /devices/{id}/quarantine", NeedRead, "List messages that could not be taken in, oldest first", a.aside)
	httpx.Handle(h, "POST /devices/{id}/unlink", NeedManage, "Take a device off its account; chats stay", a.unlink)
}

func (a api) list(ctx context.Context, in *listIn) (*listOut, error) {
	var after string
	if _, err := in.Key(&after); err != nil {
		return nil, err
	}
	list, err := a.s.Page(ctx, a.caller(ctx), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &listOut{Body: httpx.List[View]{Items: []View{}}}
	for i, d := range list {
		if i == in.Limit {
			out.Body.Next = httpx.Cursor(list[i-1].ID)
			break
		}
		out.Body.Items = append(out.Body.Items, a.view(d))
	}
	return out, nil
}

func (a api) create(ctx context.Context, in *createIn) (*deviceOut, error) {
	b := in.Body
	d, err := a.s.Create(ctx, a.caller(ctx), b.Channel, b.Name, Settings{WebhookURL: b.WebhookURL, Autoread: b.Autoread, Paused: b.Paused})
	return a.shown(d, err)
}

func (a api) get(ctx context.Context, in *deviceIn) (*deviceOut, error) {
	return a.shown(a.s.Get(ctx, a.caller(ctx), in.ID))
}

func (a api) change(ctx context.Context, in *changeIn) (*deviceOut, error) {
	b := in.Body
	return a.shown(a.s.Update(ctx, a.caller(ctx), in.ID, Change{
		Name: b.Name, WebhookURL: b.WebhookURL, Autoread: b.Autoread, Paused: b.Paused, RejectCalls: b.RejectCalls, RejectCallsMessage: b.RejectCallsMessage,
		Proxy: b.Proxy, IgnoreStatuses: b.IgnoreStatuses, TellTyping: b.TellTyping, ShowOnline: b.ShowOnline, HistoryPerChat: b.HistoryPerChat, HistoryTotal: b.HistoryTotal,
	}))
}

func (a api) remove(ctx context.Context, in *deviceIn) (*struct{}, error) {
	return nil, a.s.Delete(ctx, a.caller(ctx), in.ID)
}

func (a api) link(ctx context.Context, in *linkIn) (*stepOut, error) {
	step, err := a.s.StartLink(ctx, a.caller(ctx), in.ID, LinkRequest{Method: in.Body.Method, Phone: in.Body.Phone})
	return &stepOut{step}, err
}

func (a api) step(ctx context.Context, in *deviceIn) (*stepOut, error) {
	step, err := a.s.LinkStep(ctx, a.caller(ctx), in.ID)
	return &stepOut{step}, err
}

func (a api) unlink(ctx context.Context, in *deviceIn) (*deviceOut, error) {
	return a.shown(a.s.Unlink(ctx, a.caller(ctx), in.ID))
}

func (a api) shown(d Device, err error) (*deviceOut, error) {
	if err != nil {
		return nil, err
	}
	return &deviceOut{a.view(d)}, nil
}

type historyOut struct{ Body HistoryProgress }

func (a api) history(ctx context.Context, in *deviceIn) (*historyOut, error) {
	p, err := a.s.History(ctx, a.caller(ctx), in.ID)
	return &historyOut{p}, err
}
