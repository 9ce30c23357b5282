package broadcast

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module lists the feature in the program.
func Module(s *Service) module.Module {
	return module.Module{Name: "broadcast", Upgrades: upgrades(), API: api{s}.register, Run: s.Run}
}

// DraftIn is what a broadcast is made of.
type DraftIn struct {
	Name       string      `json:"name" maxLength:"400" example:"Promo Lebaran"`
	DeviceIDs  []string    `json:"device_ids" nullable:"false" maxItems:"500" doc:"Each contact gets it from the device that it knows, others always from the same one"`
	Weights    []int       `json:"weights,omitempty" maxItems:"500" doc:"In the order of device_ids: their shares of those who know none; 1 each when left out"`
	Text       string      `json:"text,omitempty" maxLength:"65536" doc:"With variables ({name}, {city=kotamu}) and choices ({Halo|Hai})"`
	TemplateID string      `json:"template_id,omitempty" maxLength:"64" doc:"Instead of text; what becomes of the template later changes nothing"`
	Media      *MediaIn    `json:"media,omitempty" doc:"A file whose caption the text is"`
	Variants   []VariantIn `json:"variants,omitempty" maxItems:"5" doc:"Instead of the three before: up to five ways to say it, dealt in turn"`
	Variables  Words       `json:"variables,omitempty" doc:"For recipients who have no value of that name"`
	Audience   Audience    `json:"audience"`
	Pacing     *PacingIn   `json:"pacing,omitempty" doc:"How fast it goes; the device's own pace when left out"`
	Window     *Window     `json:"window,omitempty" doc:"The hours in which it goes"`
	StartAt    int64       `json:"start_at,omitempty" minimum:"0" doc:"Unix milliseconds. It starts by itself then, unless it is a draft"`
	Repeat     string      `json:"repeat,omitempty" maxLength:"200" example:"FREQ=WEEKLY;BYDAY=MO,TH" doc:"It goes again by this RRULE, from its first time at or after start_at on, by the workspace's clock: FREQ=DAILY, WEEKLY or MONTHLY with INTERVAL, BYDAY, BYMONTHDAY, and COUNT or UNTIL. Each time the recipients are counted when it starts"`
	TakeOver   bool        `json:"take_over,omitempty" doc:"What a device that is off its account or banned can't send goes through the others"`
	Draft      bool        `json:"draft,omitempty" doc:"Only keep it: nothing is counted and nothing starts before it is asked for"`
}

// MediaIn names a file.
type MediaIn struct {
	FileID string `json:"file_id,omitempty" maxLength:"64" doc:"An uploaded file"`
	URL    string `json:"url,omitempty" maxLength:"2048" doc:"Where it is fetched from, now"`
}

// VariantIn is one way to say it.
type VariantIn struct {
	Text       string   `json:"text,omitempty" maxLength:"65536"`
	TemplateID string   `json:"template_id,omitempty" maxLength:"64"`
	Media      *MediaIn `json:"media,omitempty"`
}

// PacingIn is how fast it may go.
type PacingIn struct {
	Preset    Preset `json:"preset,omitempty" enum:"cautious,normal,bold,none" doc:"none is refused on a real network"`
	PerMinute int    `json:"per_minute,omitempty" minimum:"0" maximum:"60" doc:"At most so many from each device; never more than the preset"`
	PerHour   int    `json:"per_hour,omitempty" minimum:"0" maximum:"2000"`
	PerDay    int    `json:"per_day,omitempty" minimum:"0" maximum:"20000"`
}

type (
	api  struct{ s *Service }
	idIn struct {
		ID string `path:"id" maxLength:"64" doc:"The broadcast's id"`
	}
	oneOut   struct{ Body View }
	createIn struct{ Body DraftIn }
	listIn   struct {
		httpx.Page
		State  State  `query:"state" enum:"draft,planning,ready,scheduled,running,paused,done,cancelled,failed"`
		Series string `query:"series" maxLength:"64" doc:"Only those of this series"`
	}
	listOut      struct{ Body httpx.List[View] }
	recipientsIn struct {
		httpx.Page
		ID    string `path:"id" maxLength:"64" doc:"The broadcast's id"`
		State Status `query:"state" enum:"queued,claimed,sent,delivered,read,replied,failed,skipped,opted_out,cancelled"`
		Code  string `query:"code" maxLength:"64" doc:"Only those with this reason"`
	}
	recipientsOut struct{ Body httpx.List[RecipientView] }
)

func (a api) register(h huma.API) {
	httpx.Handle(h, "GET /broadcasts", member.ReadBroadcasts, "List broadcasts, the newest first", a.list)
	httpx.Handle(h, "POST /broadcasts", member.WriteBroadcasts, "Make a broadcast; its recipients are counted at once, and it goes when it is started or at start_at", a.create,
		httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "GET /broadcasts/{id}", member.ReadBroadcasts, "Show a broadcast: its state, counts and forecast", a.get)
	httpx.Handle(h, "GET /broadcasts/{id}/recipients", member.ReadBroadcasts, "List the recipients, each with what became of it and why", a.recipients)
	for path, do := range map[string]struct {
		summary string
		deed    func(ctx context.Context, workspaceID, broadcastID string) (Broadcast, error)
	}{
		"prepare": {"Count a draft's recipients, or count them anew before it is started", a.s.Prepare},
		"start":   {"Start a broadcast as soon as it is counted; with a start_at ahead it waits for that", a.s.Start},
		"pause":   {"Pause a broadcast; nothing more goes after a second", a.s.Pause},
		"resume":  {"Go on with a paused broadcast", a.s.Resume},
		"cancel":  {"End a broadcast; who was not reached will not be", a.s.Cancel},
	} {
		httpx.Handle(h, "POST /broadcasts/{id}/"+path, member.WriteBroadcasts, do.summary, func(ctx context.Context, in *idIn) (*oneOut, error) {
			return a.one(ctx)(do.deed(ctx, caller(ctx), in.ID))
		})
	}
	httpx.Handle(h, "DELETE /broadcasts/{id}", member.WriteBroadcasts, "Forget a broadcast that is over, with its recipients; the messages stay", a.remove)
	a.registerMore(h)
}

func caller(ctx context.Context) string { return member.Caller(ctx).WorkspaceID }

// one turns a broadcast into its answer.
func (a api) one(ctx context.Context) func(Broadcast, error) (*oneOut, error) {
	return func(b Broadcast, err error) (*oneOut, error) {
		if err != nil {
			return nil, err
		}
		v, err := a.s.ViewOf(ctx, b)
		return &oneOut{v}, err
	}
}

func (a api) get(ctx context.Context, in *idIn) (*oneOut, error) {
	return a.one(ctx)(a.s.Get(ctx, caller(ctx), in.ID))
}

func (a api) remove(ctx context.Context, in *idIn) (*struct{}, error) {
	return nil, a.s.Delete(ctx, caller(ctx), in.ID)
}

func (a api) list(ctx context.Context, in *listIn) (*listOut, error) {
	var before string
	if _, err := in.Key(&before); err != nil {
		return nil, err
	}
	list, err := a.s.store.list(ctx, caller(ctx), before, string(in.State), in.Series, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &listOut{Body: httpx.List[View]{Items: []View{}}}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = httpx.Cursor(list[in.Limit-1].ID)
	}
	for _, b := range list {
		v, err := a.s.ViewOf(ctx, b)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	return out, nil
}

func (a api) recipients(ctx context.Context, in *recipientsIn) (*recipientsOut, error) {
	after := int64(-1)
	if _, err := in.Key(&after); err != nil {
		return nil, err
	}
	b, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.s.Recipients(ctx, b, RecipientsAsked{Status: in.State, Code: in.Code, After: after, Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	out := &recipientsOut{Body: httpx.List[RecipientView]{Items: list}}
	if len(list) > in.Limit {
		out.Body.Items = list[:in.Limit]
		out.Body.Next = httpx.Cursor(list[in.Limit-1].N)
	}
	return out, nil
}

func (a api) create(ctx context.Context, in *createIn) (*oneOut, error) {
	b := Broadcast{WorkspaceID: caller(ctx), By: authorOf(member.Caller(ctx))}
	if err := a.s.apply(ctx, &b, in.Body); err != nil {
		return nil, err
	}
	return a.one(ctx)(a.s.Create(ctx, b))
}

// apply fills a broadcast with what somebody asked for. Files are fetched and templates read here, outside of any
// transaction.
func (s *Service) apply(ctx context.Context, b *Broadcast, in DraftIn) (err error) {
	b.Name, b.Audience, b.Window, b.StartAt, b.Repeat, b.TakeOver = in.Name, in.Audience, in.Window, in.StartAt, in.Repeat, in.TakeOver
	if in.Draft {
		b.State = Draft
	}
	b.Pacing = Pacing{}
	if p := in.Pacing; p != nil {
		b.Pacing = Pacing{p.Preset, p.PerMinute, p.PerHour, p.PerDay}
	}
	if b.Devices, err = senders(in.DeviceIDs, in.Weights); err != nil {
		return err
	}
	variants := in.Variants
	single := VariantIn{in.Text, in.TemplateID, in.Media}
	if len(variants) == 0 {
		variants = []VariantIn{single}
	} else if single.Text != "" || single.TemplateID != "" || single.Media != nil {
		return ErrVariants
	}
	b.Content = Content{Variables: in.Variables}
	for _, v := range variants {
		out, err := s.variant(ctx, b.WorkspaceID, v)
		if err != nil {
			return err
		}
		b.Content.Variants = append(b.Content.Variants, out)
	}
	return nil
}

// errWeights is for shares that don't fit.
var errWeights = fault.New(fault.Invalid, "broadcast_weights", fault.Text{
	ID: "weights harus sebanyak device_ids, masing-masing 1 sampai 100.", EN: "weights must be as many as device_ids, each 1 to 100.",
}).WithField("weights")

func senders(ids []string, weights []int) ([]Sender, error) {
	if len(weights) != 0 && len(weights) != len(ids) {
		return nil, errWeights
	}
	out := make([]Sender, 0, len(ids))
	for i, id := range ids {
		w := 1
		if len(weights) > 0 {
			w = weights[i]
		}
		if w < 1 || w > 100 {
			return nil, errWeights
		}
		out = append(out, Sender{id, w})
	}
	return out, nil
}

// variant reads one way to say it.
func (s *Service) variant(ctx context.Context, workspaceID string, in VariantIn) (v Variant, err error) {
	v = Variant{Text: in.Text}
	if in.TemplateID != "" {
		if in.Text != "" {
			return v, ErrContent.WithField("template_id")
		}
		t, err := s.Templates.Get(ctx, workspaceID, in.TemplateID)
		if err != nil {
			return v, named(err, "template_id")
		}
		v.Text, v.FileID, v.TemplateID = t.Body, t.FileID, t.ID
	}
	if m := in.Media; m != nil {
		if (m.FileID == "") == (m.URL == "") {
			return v, chat.ErrOneSource.WithField("media")
		}
		if v.FileID = m.FileID; m.URL != "" {
			if v.FileID, err = s.Files.Fetch(ctx, workspaceID, m.URL); err != nil {
				return v, named(err, "media.url")
			}
		}
	}
	return v, nil
}
