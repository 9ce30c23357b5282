package contact

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// FieldView is a field as the API shows it.
type FieldView struct {
	ID      string      `json:"id"`
	Key     string      `json:"key" doc:"What expressions and imports call it; it stays"`
	Name    string      `json:"name"`
	Kind    filter.Kind `json:"kind" enum:"text,number,date,choice,yes_no"`
	Choices []string    `json:"choices,omitempty"`
}

func fieldViewOf(f Field) FieldView { return FieldView{f.ID, f.Key, f.Name, f.Kind, f.Choices} }

// SegmentView is a segment as the API shows it: the expression as text and as a tree.
type SegmentView struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Filter    string      `json:"filter" example:"tag:\"langganan\" and last_message > -30d and not opted_out"`
	Tree      filter.Node `json:"tree"`
	CreatedAt int64       `json:"created_at" doc:"Unix milliseconds"`
	UpdatedAt int64       `json:"updated_at" doc:"Unix milliseconds"`
}

func segmentViewOf(g Segment) SegmentView {
	return SegmentView{g.ID, g.Name, g.Tree.Text(), g.Tree, g.CreatedAt, g.UpdatedAt}
}

// ConsentView is one line of the history of a consent.
type ConsentView struct {
	State  string        `json:"state" enum:"in,out"`
	Source ConsentSource `json:"source" enum:"message,member,api,import" doc:"message: they wrote it to us"`
	ByID   string        `json:"by_id,omitempty" doc:"The member, key, import or message"`
	Why    string        `json:"why,omitempty"`
	At     int64         `json:"at" doc:"Unix milliseconds"`
	// Where they wrote it.
	Channel  string `json:"channel,omitempty" doc:"With message: where they wrote it"`
	DeviceID string `json:"device_id,omitempty" doc:"With message: to which of our numbers"`
}

// ConsentViewOf shows a line.
func ConsentViewOf(e ConsentEntry) ConsentView {
	return ConsentView{string(e.State), e.Source, e.ByID, e.Why, e.At, e.Channel, e.DeviceID}
}

const (
	docTag   = "A colour is written like #16a34a; grey when left out."
	docField = "Values are checked: numbers may be written 1.500,50, dates 31/01/2026, yes and no also ya and tidak. The kind of a field can't be changed."
	docWhere = "Expressions join conditions with and, or, not and brackets: tag:\"langganan\" and last_message > -30d and field.kota = Bandung and not opted_out. " +
		"Conditions: tag, name, phone (= != ~ contains, ^ begins with), search ~, consent = in|out|unknown, device =, created, last_message, last_seen (< <= > >=, with a date or a time ago: -12h, -30d, -2w), " +
		"field.<key>, has <one of these>, and the flags opted_in, opted_out, blocked, group, named. The tree says the same for screens that build it by clicks; give one of both."
)

type (
	tagOut  struct{ Body TagView }
	tagsOut struct{ Body httpx.List[TagView] }
	tagIn   struct {
		Body struct {
			Name  string `json:"name" maxLength:"200" example:"langganan"`
			Color string `json:"color,omitempty" maxLength:"7" example:"#16a34a"`
		}
	}
	tagChangeIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The tag's id"`
		Body struct {
			Name  *string `json:"name,omitempty" maxLength:"200"`
			Color *string `json:"color,omitempty" maxLength:"7"`
		}
	}
	fieldOut  struct{ Body FieldView }
	fieldsOut struct{ Body httpx.List[FieldView] }
	fieldIn   struct {
		Body struct {
			Name    string      `json:"name" maxLength:"200" example:"Kota"`
			Kind    filter.Kind `json:"kind" enum:"text,number,date,choice,yes_no"`
			Choices []string    `json:"choices,omitempty" maxItems:"100" doc:"With kind choice"`
		}
	}
	fieldChangeIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The field's id"`
		Body struct {
			Name    *string  `json:"name,omitempty" maxLength:"200"`
			Choices []string `json:"choices,omitempty" maxItems:"100"`
		}
	}
	thingIn struct {
		ID string `path:"id" maxLength:"64"`
	}
	segmentOut  struct{ Body SegmentView }
	segmentsOut struct{ Body httpx.List[SegmentView] }
	segmentIn   struct {
		Body struct {
			Name   string       `json:"name" maxLength:"400"`
			Filter string       `json:"filter,omitempty" maxLength:"4000"`
			Tree   *filter.Node `json:"tree,omitempty"`
		}
	}
	segmentChangeIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The segment's id"`
		Body struct {
			Name   *string      `json:"name,omitempty" maxLength:"400"`
			Filter string       `json:"filter,omitempty" maxLength:"4000"`
			Tree   *filter.Node `json:"tree,omitempty"`
		}
	}
	previewIn struct {
		Body struct {
			Filter string       `json:"filter,omitempty" maxLength:"4000"`
			Tree   *filter.Node `json:"tree,omitempty"`
		}
	}
	previewOut struct {
		Body struct {
			Filter string      `json:"filter" doc:"The expression as text"`
			Tree   filter.Node `json:"tree" doc:"The expression as a tree"`
			Count  int         `json:"count" doc:"How many contacts it picks now"`
			Sample []CardView  `json:"sample" doc:"The first ten by name"`
		}
	}
	consentIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The contact's id"`
		Body struct {
			State Consent `json:"state" enum:"in,out"`
			Why   string  `json:"why,omitempty" maxLength:"2000" doc:"At most 500 characters are kept; needed to undo an opt-out" example:"Ditelepon, minta tidak dikirimi promo"`
		}
	}
	consentsOut struct{ Body httpx.List[ConsentView] }
)

func (a api) registerCRM(h huma.API) {
	httpx.Handle(h, "GET /tags", member.ReadContacts, "List tags by name", a.tags)
	httpx.Handle(h, "POST /tags", member.WriteContacts, "Make a tag", a.addTag, httpx.Answers(http.StatusCreated), httpx.Describe(docTag))
	httpx.Handle(h, "PATCH /tags/{id}", member.WriteContacts, "Change a tag; segments that name it follow", a.changeTag, httpx.Describe(docTag))
	httpx.Handle(h, "DELETE /tags/{id}", member.ManageContacts, "Delete a tag, off all contacts", a.deleteTag)
	httpx.Handle(h, "GET /contact-fields", member.ReadContacts, "List the fields of contacts", a.fields)
	httpx.Handle(h, "POST /contact-fields", member.ManageContacts, "Make a field of contacts", a.addField, httpx.Answers(http.StatusCreated), httpx.Describe(docField))
	httpx.Handle(h, "PATCH /contact-fields/{id}", member.ManageContacts, "Change a field of contacts", a.changeField, httpx.Describe(docField))
	httpx.Handle(h, "DELETE /contact-fields/{id}", member.ManageContacts, "Delete a field with its values, off all contacts", a.deleteField)
	httpx.Handle(h, "GET /segments", member.ReadContacts, "List segments by name", a.segments)
	httpx.Handle(h, "POST /segments", member.WriteContacts, "Make a segment", a.addSegment, httpx.Answers(http.StatusCreated), httpx.Describe(docWhere))
	httpx.Handle(h, "POST /segments/preview", member.ReadContacts, "Check an expression and see whom it picks", a.preview, httpx.Describe(docWhere))
	httpx.Handle(h, "GET /segments/{id}", member.ReadContacts, "Show a segment", a.segment)
	httpx.Handle(h, "PATCH /segments/{id}", member.WriteContacts, "Change a segment", a.changeSegment, httpx.Describe(docWhere))
	httpx.Handle(h, "DELETE /segments/{id}", member.WriteContacts, "Delete a segment; its contacts stay", a.deleteSegment)
	httpx.Handle(h, "PUT /contacts/{id}/consent", member.WriteContacts, "Note that a contact has opted in or out", a.setConsent,
		httpx.Describe("Who has opted out is not written to by broadcasts and follow-ups, whatever the channel. Only they themselves undo that, by writing one of the workspace's words; an owner may with a reason."))
	httpx.Handle(h, "GET /contacts/{id}/consents", member.ReadContacts, "List what a contact's consent was, the newest first", a.consents)
}

// listing shows a list that has one page.
func listing[T, V any](list []T, view func(T) V, err error) (httpx.List[V], error) {
	out := httpx.List[V]{Items: make([]V, 0, len(list))}
	for _, v := range list {
		out.Items = append(out.Items, view(v))
	}
	return out, err
}

func (a api) tags(ctx context.Context, _ *struct{}) (*tagsOut, error) {
	list, err := a.s.Tags(ctx, caller(ctx))
	out := &tagsOut{}
	out.Body, err = listing(list, tagViewOf, err)
	return out, err
}

func (a api) addTag(ctx context.Context, in *tagIn) (*tagOut, error) {
	t, err := a.s.AddTag(ctx, caller(ctx), in.Body.Name, in.Body.Color)
	return &tagOut{tagViewOf(t)}, err
}

func (a api) changeTag(ctx context.Context, in *tagChangeIn) (*tagOut, error) {
	t, err := a.s.ChangeTag(ctx, caller(ctx), in.ID, TagChange{in.Body.Name, in.Body.Color})
	return &tagOut{tagViewOf(t)}, err
}

func (a api) deleteTag(ctx context.Context, in *thingIn) (*struct{}, error) {
	return nil, a.s.DeleteTag(ctx, caller(ctx), in.ID)
}

func (a api) fields(ctx context.Context, _ *struct{}) (*fieldsOut, error) {
	list, err := a.s.Fields(ctx, caller(ctx))
	out := &fieldsOut{}
	out.Body, err = listing(list, fieldViewOf, err)
	return out, err
}

func (a api) addField(ctx context.Context, in *fieldIn) (*fieldOut, error) {
	f, err := a.s.AddField(ctx, caller(ctx), in.Body.Name, in.Body.Kind, in.Body.Choices)
	return &fieldOut{fieldViewOf(f)}, err
}

func (a api) changeField(ctx context.Context, in *fieldChangeIn) (*fieldOut, error) {
	f, err := a.s.ChangeField(ctx, caller(ctx), in.ID, FieldChange{in.Body.Name, in.Body.Choices})
	return &fieldOut{fieldViewOf(f)}, err
}

func (a api) deleteField(ctx context.Context, in *thingIn) (*struct{}, error) {
	return nil, a.s.DeleteField(ctx, caller(ctx), in.ID)
}

func (a api) segments(ctx context.Context, _ *struct{}) (*segmentsOut, error) {
	list, err := a.s.Segments(ctx, caller(ctx))
	out := &segmentsOut{}
	out.Body, err = listing(list, segmentViewOf, err)
	return out, err
}

func (a api) segment(ctx context.Context, in *thingIn) (*segmentOut, error) {
	g, err := a.s.Segment(ctx, caller(ctx), in.ID)
	return &segmentOut{segmentViewOf(g)}, err
}

func (a api) addSegment(ctx context.Context, in *segmentIn) (*segmentOut, error) {
	tree, err := a.s.Where(ctx, caller(ctx), in.Body.Filter, in.Body.Tree, "")
	if err != nil {
		return nil, err
	}
	g, err := a.s.AddSegment(ctx, caller(ctx), in.Body.Name, tree)
	return &segmentOut{segmentViewOf(g)}, err
}

func (a api) changeSegment(ctx context.Context, in *segmentChangeIn) (*segmentOut, error) {
	ch := SegmentChange{Name: in.Body.Name, Tree: in.Body.Tree}
	if in.Body.Filter != "" {
		tree, err := a.s.Where(ctx, caller(ctx), in.Body.Filter, in.Body.Tree, "")
		if err != nil {
			return nil, err
		}
		ch.Tree = &tree
	}
	g, err := a.s.ChangeSegment(ctx, caller(ctx), in.ID, ch)
	return &segmentOut{segmentViewOf(g)}, err
}

func (a api) deleteSegment(ctx context.Context, in *thingIn) (*struct{}, error) {
	return nil, a.s.DeleteSegment(ctx, caller(ctx), in.ID)
}

func (a api) preview(ctx context.Context, in *previewIn) (*previewOut, error) {
	tree, err := a.s.Where(ctx, caller(ctx), in.Body.Filter, in.Body.Tree, "")
	if err != nil {
		return nil, err
	}
	out := &previewOut{}
	if out.Body.Count, err = a.s.Count(ctx, caller(ctx), tree); err != nil {
		return nil, err
	}
	p, err := a.s.Search(ctx, caller(ctx), Query{Where: tree, Limit: 10})
	if err != nil {
		return nil, err
	}
	out.Body.Filter, out.Body.Tree = tree.Text(), tree
	out.Body.Sample, err = a.s.Views(ctx, caller(ctx), p.Cards)
	return out, err
}

func (a api) setConsent(ctx context.Context, in *consentIn) (*cardOut, error) {
	p := member.Caller(ctx)
	e := ConsentEntry{State: in.Body.State, Source: ConsentByMember, ByID: p.MemberID, Why: in.Body.Why, Owner: p.Role == member.Owner && p.KeyID == ""}
	if p.KeyID != "" {
		e.Source, e.ByID = ConsentByKey, p.KeyID
	}
	c, err := a.s.SetConsent(ctx, caller(ctx), in.ID, e)
	return a.card(ctx, c, err)
}

func (a api) consents(ctx context.Context, in *idIn) (*consentsOut, error) {
	list, err := a.s.Consents(ctx, caller(ctx), in.ID)
	out := &consentsOut{}
	out.Body, err = listing(list, ConsentViewOf, err)
	return out, err
}
