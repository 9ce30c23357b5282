package importer

import (
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/kit/table"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module lists the feature in the program.
func Module(s *Service) module.Module {
	return module.Module{Name: "importer", Upgrades: upgrades(), API: api{s}.register, Run: s.Run}
}

// problemOf is the code of what went wrong.
func problemOf(err error) string {
	var f *fault.Fault
	if errors.As(err, &f) {
		return f.Code
	}
	return "internal"
}

// View is an import as the API shows it.
type View struct {
	ID        string          `json:"id"`
	Filename  string          `json:"filename"`
	State     State           `json:"state" enum:"draft,queued,running,done,cancelled,failed"`
	Columns   []ColumnView    `json:"columns"`
	Total     int             `json:"total" doc:"Rows below the header"`
	Done      int             `json:"done" doc:"Rows that are written or judged"`
	Counts    map[Verdict]int `json:"counts" doc:"Rows by verdict: new, update, same, duplicate, invalid, own, opted_out, left_out"`
	Problem   string          `json:"problem,omitempty" doc:"With failed: a stable word"`
	CreatedAt int64           `json:"created_at" doc:"Unix milliseconds"`
	UpdatedAt int64           `json:"updated_at" doc:"Unix milliseconds"`
}

// ColumnView is a column of a file.
type ColumnView struct {
	Name    string   `json:"name"`
	Samples []string `json:"samples"`
	Target  string   `json:"target" doc:"Proposed, or chosen: phone, name, note, tags, consent, field.<key>, or empty for none"`
}

// LineView is a row with its verdict.
type LineView struct {
	Row       int                   `json:"row" doc:"Of the file, from 1"`
	Verdict   Verdict               `json:"verdict" enum:"new,update,same,duplicate,invalid,own,opted_out,left_out"`
	Why       contact.NumberProblem `json:"why,omitempty" enum:"no_number,not_a_phone,lost_digits,landline" doc:"With invalid"`
	Reason    string                `json:"reason,omitempty" doc:"The same in words, in Indonesian"`
	ReasonEN  string                `json:"reason_en,omitempty"`
	Cell      string                `json:"cell,omitempty" doc:"What stands there as the number"`
	Phone     string                `json:"phone,omitempty" doc:"Digits with country code"`
	Second    string                `json:"second,omitempty" doc:"Of a cell with two numbers, the one that is not taken"`
	Name      string                `json:"name,omitempty"`
	Ignored   []string              `json:"ignored,omitempty" doc:"Columns whose value does not fit its field"`
	ContactID string                `json:"contact_id,omitempty"`
	Mended    bool                  `json:"mended,omitempty" doc:"The number or the name is not the file's but of mends"`
}

func lineViewOf(l Line) LineView {
	w := contact.ExplainNumber(l.Why)
	return LineView{l.Row, l.Verdict, l.Why, w.ID, w.EN, l.Cell, l.Phone, l.Second, l.Name, l.Ignored, l.ContactID, l.Mended}
}

func viewOf(i Import) View {
	v := View{
		ID: i.ID, Filename: i.Filename, State: i.State, Columns: []ColumnView{}, Total: i.Total, Done: i.Done, Counts: i.Counts, Problem: i.Problem,
		CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt,
	}
	if v.Counts == nil {
		v.Counts = map[Verdict]int{}
	}
	for at, name := range i.Header {
		c := ColumnView{Name: name, Samples: []string{}}
		if at < len(i.Options.Columns) {
			c.Target = i.Options.Columns[at]
		}
		for _, row := range i.Samples {
			if at < len(row) {
				c.Samples = append(c.Samples, row[at])
			}
		}
		v.Columns = append(v.Columns, c)
	}
	return v
}

// OptionsIn are the choices of a person, the same for the preview and the start.
type OptionsIn struct {
	Columns   []string       `json:"columns,omitempty" maxItems:"200" doc:"The target of each column, in the order of the file; as proposed when left out"`
	Channel   string         `json:"channel" pattern:"^[a-z]{1,32}$" doc:"The channel that knows the numbers, as a device's"`
	Policy    contact.Policy `json:"policy,omitempty" enum:"fill,overwrite" doc:"fill: only what was missing is taken; overwrite: the file is right"`
	TagIDs    []string       `json:"tag_ids,omitempty" maxItems:"20" doc:"Put on all of them"`
	Consent   bool           `json:"consent,omitempty" doc:"All of them have opted in; who has opted out stays out"`
	Why       string         `json:"why,omitempty" maxLength:"500" doc:"With consent: how they have"`
	Landlines bool           `json:"landlines,omitempty" doc:"Take numbers of fixed lines, too"`
	Mends     []MendIn       `json:"mends,omitempty" maxItems:"1000" doc:"Rows that are taken otherwise than the file has them, each once"`
}

// MendIn is what a person wants of a row instead of what the file says.
type MendIn struct {
	Row     int    `json:"row" minimum:"1" maximum:"600000" doc:"Of the file, as in a preview's lines"`
	Phone   string `json:"phone,omitempty" maxLength:"100" doc:"Instead of the number in the file, in any form; the row is judged anew by it"`
	Name    string `json:"name,omitempty" maxLength:"200" doc:"Instead of the name in the file"`
	LeftOut bool   `json:"left_out,omitempty" doc:"The row is not taken"`
}

func (in OptionsIn) apply(i *Import) {
	o := &i.Options
	if in.Columns != nil {
		o.Columns = in.Columns
	}
	o.Channel, o.Policy, o.Consent, o.Why, o.Landlines = in.Channel, in.Policy, in.Consent, in.Why, in.Landlines
	o.Mends = nil
	for _, m := range in.Mends {
		o.Mends = append(o.Mends, Mend(m))
	}
	if o.TagIDs = in.TagIDs; o.TagIDs == nil {
		o.TagIDs = []string{}
	}
}

type (
	api      struct{ s *Service }
	uploadIn struct{ RawBody multipart.Form }
	oneOut   struct{ Body View }
	listOut  struct{ Body httpx.List[View] }
	idIn     struct {
		ID string `path:"id" maxLength:"64" doc:"The import's id"`
	}
	startIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The import's id"`
		Body OptionsIn
	}
	previewIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The import's id"`
		Body struct {
			OptionsIn
			Only  Verdict `json:"only,omitempty" enum:"new,update,same,duplicate,invalid,own,opted_out,left_out" doc:"Show lines of this verdict only"`
			After int     `json:"after,omitempty" minimum:"0" maximum:"600000" doc:"Show lines behind this row"`
			Limit int     `json:"limit,omitempty" minimum:"1" maximum:"200" default:"50"`
		}
	}
	previewOut struct {
		Body struct {
			Counts map[Verdict]int `json:"counts" doc:"Rows by verdict"`
			Looked int             `json:"looked" doc:"How many rows were judged; in a large file the first 20,000"`
			Total  int             `json:"total"`
			Lines  []LineView      `json:"lines"`
		}
	}
)

func (a api) register(h huma.API) {
	httpx.Handle(h, "GET /imports", member.ManageContacts, "List imports, the newest first", a.list)
	httpx.Handle(h, "POST /imports", member.ManageContacts, "Upload contacts (multipart/form-data, field file: CSV or XLSX, at most 50 MiB); nothing is written yet", a.upload,
		httpx.Answers(http.StatusCreated), httpx.BodyLimit(table.MaxFile+64<<10))
	httpx.Handle(h, "GET /imports/{id}", member.ManageContacts, "Show how far an import is", a.get)
	httpx.Handle(h, "POST /imports/{id}/preview", member.ManageContacts, "What would become of each row; writes nothing", a.preview)
	httpx.Handle(h, "POST /imports/{id}/start", member.ManageContacts, "Write the contacts, in the background", a.start)
	httpx.Handle(h, "POST /imports/{id}/cancel", member.ManageContacts, "End an import; what is written stays", a.cancel)
	httpx.Handle(h, "GET /imports/{id}/report", member.ManageContacts, "Each row with its verdict, as CSV", a.report)
	httpx.Handle(h, "DELETE /imports/{id}", member.ManageContacts, "Forget an import and its report; the contacts stay", a.delete)
	a.registerExport(h)
	a.registerPerson(h)
}

func caller(ctx context.Context) string { return member.Caller(ctx).WorkspaceID }

func (a api) list(ctx context.Context, in *httpx.Page) (*listOut, error) {
	var before string
	if _, err := in.Key(&before); err != nil {
		return nil, err
	}
	list, err := a.s.store.list(ctx, caller(ctx), before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &listOut{Body: httpx.List[View]{Items: []View{}}}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = httpx.Cursor(list[in.Limit-1].ID)
	}
	for _, i := range list {
		out.Body.Items = append(out.Body.Items, viewOf(i))
	}
	return out, nil
}

func (a api) upload(ctx context.Context, in *uploadIn) (*oneOut, error) {
	defer func() { _ = in.RawBody.RemoveAll() }()
	heads := in.RawBody.File["file"]
	if len(heads) != 1 {
		return nil, ErrForm
	}
	f, err := heads[0].Open()
	if err != nil {
		return nil, fmt.Errorf("open an uploaded file: %w", err)
	}
	defer func() { _ = f.Close() }()
	return one(a.s.Add(ctx, caller(ctx), member.Caller(ctx).MemberID, heads[0].Filename, f))
}

func one(i Import, err error) (*oneOut, error) {
	if err != nil {
		return nil, err
	}
	return &oneOut{viewOf(i)}, nil
}

func (a api) get(ctx context.Context, in *idIn) (*oneOut, error) {
	return one(a.s.Get(ctx, caller(ctx), in.ID))
}

func (a api) preview(ctx context.Context, in *previewIn) (*previewOut, error) {
	i, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	in.Body.apply(&i)
	p, err := a.s.Preview(ctx, i, Ask{in.Body.Only, in.Body.After, in.Body.Limit})
	if err != nil {
		return nil, err
	}
	out := &previewOut{}
	out.Body.Counts, out.Body.Looked, out.Body.Total, out.Body.Lines = p.Counts, p.Looked, i.Total, make([]LineView, 0, len(p.Lines))
	for _, l := range p.Lines {
		out.Body.Lines = append(out.Body.Lines, lineViewOf(l))
	}
	return out, nil
}

func (a api) start(ctx context.Context, in *startIn) (*oneOut, error) {
	i, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	in.Body.apply(&i)
	return one(a.s.Start(ctx, i))
}

func (a api) cancel(ctx context.Context, in *idIn) (*oneOut, error) {
	i, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return one(a.s.Cancel(ctx, i))
}

func (a api) delete(ctx context.Context, in *idIn) (*struct{}, error) {
	i, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return nil, a.s.Delete(ctx, i)
}

func (a api) report(ctx context.Context, in *idIn) (*file.Served, error) {
	i, err := a.s.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return a.s.Report(ctx, i)
}
