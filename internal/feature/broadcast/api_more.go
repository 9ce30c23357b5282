package broadcast

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

type (
	changeIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The broadcast's id"`
		Body struct {
			Name       *string     `json:"name,omitempty" maxLength:"400"`
			DeviceIDs  []string    `json:"device_ids,omitempty" nullable:"false" maxItems:"500" doc:"Before it has begun"`
			Weights    []int       `json:"weights,omitempty" maxItems:"500" doc:"With device_ids"`
			Text       *string     `json:"text,omitempty" maxLength:"65536" doc:"It says this alone then; the file stays"`
			TemplateID string      `json:"template_id,omitempty" maxLength:"64"`
			Media      *MediaIn    `json:"media,omitempty"`
			Variants   []VariantIn `json:"variants,omitempty" maxItems:"5"`
			Variables  Words       `json:"variables,omitempty"`
			Audience   *Audience   `json:"audience,omitempty" doc:"Before it has begun; replaces the whole"`
			Pacing     *PacingIn   `json:"pacing,omitempty"`
			Window     *Window     `json:"window,omitempty" doc:"With from and to empty it goes at any hour"`
			StartAt    *int64      `json:"start_at,omitempty" minimum:"0" doc:"0: when it is started"`
			Repeat     *string     `json:"repeat,omitempty" maxLength:"200" doc:"Before it has begun; empty: it goes once"`
			TakeOver   *bool       `json:"take_over,omitempty"`
		}
	}
	testIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The broadcast's id"`
		Body struct {
			DeviceID string   `json:"device_id,omitempty" maxLength:"64" doc:"The broadcast's first one when left out"`
			Numbers  []string `json:"numbers" maxItems:"5" nullable:"false" doc:"Of your own, in any form"`
		}
	}
	testOut struct {
		Body struct {
			Messages []chat.MessageView `json:"messages" doc:"One for each number and variant"`
		}
	}
	retryIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The broadcast's id"`
		Body *struct {
			Codes []string `json:"codes,omitempty" maxItems:"100" nullable:"false" doc:"Only those that failed for one of these reasons"`
		}
	}
	retryOut struct {
		Body struct {
			Retried   int  `json:"retried" doc:"How many go again"`
			Broadcast View `json:"broadcast"`
		}
	}
	samplesOut struct {
		Body struct {
			Samples  []Sample  `json:"samples"`
			Warnings []Warning `json:"warnings"`
		}
	}
	timetableOut struct {
		Body struct {
			Hours    []Hour   `json:"hours"`
			Forecast Forecast `json:"forecast"`
		}
	}
	resultsOut  struct{ Body Results }
	failuresOut struct{ Body Failures }
	timesIn     struct {
		StartAt int64  `query:"start_at" minimum:"0" doc:"Unix milliseconds"`
		Repeat  string `query:"repeat" maxLength:"200" doc:"An RRULE, see POST /broadcasts"`
	}
	tableIn struct {
		FileID string `query:"file_id" maxLength:"64" doc:"An uploaded CSV or XLSX file"`
	}
	tableOut struct{ Body TableHead }
	timesOut struct {
		Body struct {
			Times []int64 `json:"times" doc:"Unix milliseconds; fewer where there are no more"`
		}
	}
)

func (a api) registerMore(h huma.API) {
	httpx.Handle(h, "GET /broadcasts/times", member.ReadBroadcasts, "The first three times at which a broadcast with this start and rule would go", a.times)
	httpx.Handle(h, "GET /broadcasts/table", member.ReadBroadcasts, "How a broadcast reads a file of recipients: its columns and first rows, whatever title stands above them", a.table)
	httpx.Handle(h, "PATCH /broadcasts/{id}", member.WriteBroadcasts, "Change a broadcast that does not run; while it is paused, what it says, its pace and its hours", a.change)
	httpx.Handle(h, "POST /broadcasts/{id}/duplicate", member.WriteBroadcasts, "Make a draft that says the same to the same", a.duplicate, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "POST /broadcasts/{id}/retry", member.WriteBroadcasts, "Have those go again that failed, all or those of some reasons", a.retry)
	httpx.Handle(h, "POST /broadcasts/{id}/test", member.WriteBroadcasts, "Send what it says to numbers of your own; nothing of it is counted", a.test)
	httpx.Handle(h, "GET /broadcasts/{id}/samples", member.ReadBroadcasts, "What ten of the recipients would get, and warnings", a.samples)
	httpx.Handle(h, "GET /broadcasts/{id}/timetable", member.ReadBroadcasts, "What would go when; a dry run that sends nothing", a.timetable)
	httpx.Handle(h, "GET /broadcasts/{id}/results", member.ReadBroadcasts, "How far recipients got, by variant, device and hour", a.results)
	httpx.Handle(h, "GET /broadcasts/{id}/failures", member.ReadBroadcasts, "Why recipients failed, how many for each reason, and which have a chance when they are sent to again", a.failures)
	httpx.Handle(h, "GET /broadcasts/{id}/export", member.ReadBroadcasts, "The recipients as a CSV file", a.export)
}

func (a api) times(ctx context.Context, in *timesIn) (*timesOut, error) {
	out := &timesOut{}
	var err error
	out.Body.Times, err = a.s.Times(ctx, caller(ctx), in.StartAt, in.Repeat)
	return out, err
}

func (a api) table(ctx context.Context, in *tableIn) (*tableOut, error) {
	h, err := a.s.TableHead(ctx, caller(ctx), in.FileID)
	return &tableOut{h}, err
}

func authorOf(who member.Principal) chat.Author {
	if who.MemberID == "" {
		return chat.Author{Kind: chat.ByAPI, ID: who.KeyID}
	}
	return chat.Author{Kind: chat.ByMember, ID: who.MemberID}
}

func (a api) change(ctx context.Context, in *changeIn) (*oneOut, error) {
	x := in.Body
	return a.one(ctx)(a.s.Edit(ctx, caller(ctx), in.ID, func(b *Broadcast) (err error) {
		if x.Name != nil {
			b.Name = *x.Name
		}
		if x.DeviceIDs != nil {
			if b.Devices, err = senders(x.DeviceIDs, x.Weights); err != nil {
				return err
			}
		}
		if x.Audience != nil {
			b.Audience = *x.Audience
		}
		if p := x.Pacing; p != nil {
			b.Pacing = Pacing{p.Preset, p.PerMinute, p.PerHour, p.PerDay}
		}
		if x.Window != nil {
			if b.Window = x.Window; x.Window.From == "" && x.Window.To == "" {
				b.Window = nil
			}
		}
		if x.StartAt != nil {
			b.StartAt = *x.StartAt
		}
		if x.Repeat != nil {
			b.Repeat = *x.Repeat
		}
		if x.TakeOver != nil {
			b.TakeOver = *x.TakeOver
		}
		return a.s.rewrite(ctx, b, x.Text, VariantIn{TemplateID: x.TemplateID, Media: x.Media}, x.Variants, x.Variables)
	}))
}

// rewrite changes what a broadcast says, as far as that is asked for.
func (s *Service) rewrite(ctx context.Context, b *Broadcast, text *string, single VariantIn, variants []VariantIn, vars Words) error {
	if vars != nil {
		b.Content.Variables = vars
	}
	one := text != nil || single.TemplateID != "" || single.Media != nil
	if len(variants) > 0 && one {
		return ErrVariants
	}
	if one {
		old := b.Content.Variants[0]
		if text != nil {
			single.Text = *text
		} else if single.TemplateID == "" {
			single.Text = old.Text
		}
		v, err := s.variant(ctx, b.WorkspaceID, single)
		if err != nil {
			return err
		}
		if single.Media == nil && single.TemplateID == "" {
			v.FileID = old.FileID
		}
		b.Content.Variants = []Variant{v}
		return nil
	}
	if len(variants) == 0 {
		return nil
	}
	b.Content.Variants = nil
	for _, in := range variants {
		v, err := s.variant(ctx, b.WorkspaceID, in)
		if err != nil {
			return err
		}
		b.Content.Variants = append(b.Content.Variants, v)
	}
	return nil
}

func (a api) duplicate(ctx context.Context, in *idIn) (*oneOut, error) {
	return a.one(ctx)(a.s.Duplicate(ctx, caller(ctx), in.ID, authorOf(member.Caller(ctx))))
}

func (a api) retry(ctx context.Context, in *retryIn) (*retryOut, error) {
	var codes []string
	if in.Body != nil {
		codes = in.Body.Codes
	}
	n, b, err := a.s.RetryFailed(ctx, caller(ctx), in.ID, codes...)
	if err != nil {
		return nil, err
	}
	out := &retryOut{}
	out.Body.Retried = n
	out.Body.Broadcast, err = a.s.ViewOf(ctx, b)
	return out, err
}

func (a api) test(ctx context.Context, in *testIn) (*testOut, error) {
	b, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.s.Test(ctx, b, in.Body.DeviceID, in.Body.Numbers, authorOf(member.Caller(ctx)))
	if err != nil {
		return nil, err
	}
	out := &testOut{}
	out.Body.Messages = []chat.MessageView{}
	for _, m := range list {
		out.Body.Messages = append(out.Body.Messages, chat.MessageViewOf(m))
	}
	return out, nil
}

func (a api) samples(ctx context.Context, in *idIn) (*samplesOut, error) {
	b, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &samplesOut{}
	if out.Body.Samples, err = a.s.Samples(ctx, b, 10); err != nil {
		return nil, err
	}
	v, err := a.s.ViewOf(ctx, b)
	out.Body.Warnings = v.Warnings
	return out, err
}

func (a api) timetable(ctx context.Context, in *idIn) (*timetableOut, error) {
	b, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &timetableOut{}
	if out.Body.Hours, err = a.s.Timetable(ctx, b); err != nil {
		return nil, err
	}
	if out.Body.Hours == nil {
		out.Body.Hours = []Hour{}
	}
	v, err := a.s.ViewOf(ctx, b)
	out.Body.Forecast = v.Forecast
	return out, err
}

func (a api) results(ctx context.Context, in *idIn) (*resultsOut, error) {
	b, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	r, err := a.s.Results(ctx, b)
	return &resultsOut{r}, err
}

func (a api) failures(ctx context.Context, in *idIn) (*failuresOut, error) {
	b, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	f, err := a.s.Failures(ctx, b)
	return &failuresOut{f}, err
}

func (a api) export(ctx context.Context, in *idIn) (*file.Served, error) {
	b, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return a.s.Export(ctx, b)
}
