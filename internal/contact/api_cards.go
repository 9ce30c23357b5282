package contact

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// ErrMany is for a change of too many contacts at once.
var ErrMany = fault.New(fault.Invalid, "too_many_contacts", fault.Text{
	ID: "Ini mengenai %d kontak; sekaligus paling banyak 20.000. Persempit saringannya.",
	EN: "This is about %d contacts; at most 20,000 can be changed at once. Narrow the filter.",
}).WithField("filter")

// errWhich is for a choice of contacts that is made in no way or in two.
var errWhich = fault.New(fault.Invalid, "contacts_unclear", fault.Text{
	ID: "Sebutkan kontaknya dengan satu cara: contact_ids, filter, tree atau segment_id.",
	EN: "Say which contacts in one way: contact_ids, filter, tree or segment_id.",
})

// maxBulk is how many contacts one request may change.
const maxBulk = 20_000

// TagView is a tag as the API shows it.
type TagView struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Color string `json:"color" example:"#16a34a"`
}

func tagViewOf(t Tag) TagView { return TagView{t.ID, t.Name, t.Color} }

// CardView is a contact with what is kept about it, as the API shows it. Times are unix milliseconds.
type CardView struct {
	View
	Tags          []TagView         `json:"tags"`
	Fields        map[string]string `json:"fields" doc:"The values of the workspace's own fields, by key"`
	Note          string            `json:"note,omitempty"`
	Consent       string            `json:"consent" enum:"unknown,in,out" doc:"out: wants no broadcasts"`
	ConsentAt     int64             `json:"consent_at,omitempty"`
	Blocked       bool              `json:"blocked" doc:"By one of our accounts"`
	LastMessageAt int64             `json:"last_message_at,omitempty" doc:"Either way; missing when there is none"`
	LastSeenAt    int64             `json:"last_seen_at,omitempty" doc:"When they last wrote; missing when they never did"`
	Identities    []IdentityView    `json:"identities,omitempty" doc:"Their addresses on all channels; lists leave them out"`
}

// IdentityView is an address of a contact as the API shows it.
type IdentityView struct {
	Channel string `json:"channel" example:"whatsapp"`
	Kind    string `json:"kind" doc:"What the channel calls such an address" example:"phone"`
	Value   string `json:"value" example:"6281290641111"`
}

// names turns ids into what the API shows.
type legend struct {
	tags   map[string]TagView
	fields map[string]string // key by id
}

func (s *Service) legend(ctx context.Context, workspaceID string) (legend, error) {
	l := legend{map[string]TagView{}, map[string]string{}}
	tags, err := s.store.tags(ctx, workspaceID)
	if err != nil {
		return l, err
	}
	for _, t := range tags {
		l.tags[t.ID] = tagViewOf(t)
	}
	fields, err := s.store.fields(ctx, workspaceID)
	for _, f := range fields {
		l.fields[f.ID] = f.Key
	}
	return l, err
}

func (l legend) view(c Card) CardView {
	v := CardView{
		View: ViewOf(c.Contact), Tags: make([]TagView, 0, len(c.Tags)), Fields: map[string]string{}, Note: c.Note, Consent: c.Consent.word(),
		ConsentAt: c.ConsentAt, Blocked: c.Blocked, LastMessageAt: c.LastMessageAt, LastSeenAt: c.LastSeenAt,
	}
	for _, id := range c.Tags {
		if t, ok := l.tags[id]; ok {
			v.Tags = append(v.Tags, t)
		}
	}
	for id, value := range c.Fields {
		if key, ok := l.fields[id]; ok {
			v.Fields[key] = value
		}
	}
	return v
}

// word is the state with a name for the unknown.
func (c Consent) word() string {
	if c == ConsentUnknown {
		return "unknown"
	}
	return string(c)
}

// Views shows cards.
func (s *Service) Views(ctx context.Context, workspaceID string, cards []Card) ([]CardView, error) {
	l, err := s.legend(ctx, workspaceID)
	out := make([]CardView, 0, len(cards))
	for _, c := range cards {
		out = append(out, l.view(c))
	}
	return out, err
}

// CriteriaIn are the parameters by which lists of contacts are narrowed. Everything that is given has to hold.
type CriteriaIn struct {
	Search        string   `query:"search" maxLength:"200" doc:"Part of the name or of the number"`
	Kind          string   `query:"kind" enum:"people,groups" doc:"People or groups; both when left out"`
	Tags          []string `query:"tag,explode" maxItems:"20" doc:"Name of a tag that they carry; may be repeated"`
	Fields        []string `query:"field,explode" maxItems:"20" doc:"key:value of one of the workspace's own fields; may be repeated" example:"kota:Bandung"`
	Consent       string   `query:"consent" enum:"in,out,unknown"`
	Blocked       string   `query:"blocked" enum:"true,false"`
	DeviceID      string   `query:"device_id" maxLength:"64" doc:"Who has a chat on this device"`
	MessagedSince string   `query:"messaged_since" maxLength:"20" doc:"Last message since: a date (2026-01-31) or a time ago (-30d, -12h, -2w)"`
	SilentSince   string   `query:"silent_since" maxLength:"20" doc:"No message since"`
	SeenSince     string   `query:"seen_since" maxLength:"20" doc:"They wrote since"`
	CreatedSince  string   `query:"created_since" maxLength:"20"`
	Filter        string   `query:"filter" maxLength:"4000" doc:"An expression, see POST /segments/preview" example:"tag:\"langganan\" and last_message > -30d"`
	SegmentID     string   `query:"segment_id" maxLength:"64"`
}

// Criteria puts the parameters together. The faults of filter.Parse, ErrSegmentNotFound.
func (s *Service) Criteria(ctx context.Context, workspaceID string, in CriteriaIn) (filter.Node, error) {
	var all []filter.Node
	add := func(op filter.Op, on, value string) {
		if value != "" {
			all = append(all, filter.Node{Op: op, On: on, Value: value})
		}
	}
	add(filter.Holds, "search", filter.Fold(in.Search))
	for _, t := range in.Tags {
		add(filter.Equal, "tag", t)
	}
	for _, f := range in.Fields {
		key, value := splitField(f)
		all = append(all, filter.Node{Op: filter.Equal, On: "field." + key, Value: value})
	}
	add(filter.Equal, "consent", in.Consent)
	add(filter.Equal, "device", in.DeviceID)
	add(filter.AtLeast, "last_message", in.MessagedSince)
	add(filter.AtLeast, "last_seen", in.SeenSince)
	add(filter.AtLeast, "created", in.CreatedSince)
	if in.SilentSince != "" {
		all = append(all, not(filter.Node{Op: filter.AtLeast, On: "last_message", Value: in.SilentSince}))
	}
	all = append(all, flagNode("group", map[string]string{"groups": "true", "people": "false"}[in.Kind])...)
	all = append(all, flagNode("blocked", in.Blocked)...)
	if in.Filter != "" {
		n, err := filter.Parse(in.Filter)
		if err != nil {
			return n, err
		}
		all = append(all, n)
	}
	if in.SegmentID != "" {
		g, err := s.Segment(ctx, workspaceID, in.SegmentID)
		if err != nil {
			return g.Tree, err
		}
		all = append(all, g.Tree)
	}
	return filter.Node{Op: filter.And, Args: all}, nil
}

func splitField(s string) (key, value string) {
	for i := range len(s) {
		if s[i] == ':' {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func not(n filter.Node) filter.Node { return filter.Node{Op: filter.Not, Args: []filter.Node{n}} }

func flagNode(name, value string) []filter.Node {
	n := filter.Node{Op: filter.Is, On: name}
	switch value {
	case "true":
		return []filter.Node{n}
	case "false":
		return []filter.Node{not(n)}
	}
	return nil
}

type (
	cardOut  struct{ Body CardView }
	cardsOut struct{ Body httpx.List[CardView] }
	listIn   struct {
		CriteriaIn
		Sort  string `query:"sort" enum:"name,last_message,created" default:"name" doc:"By name from A; the others with the newest first"`
		Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most"`
		After string `query:"after" maxLength:"2048" doc:"The next value of the page before; empty for the first page"`
	}
	countIn struct {
		CriteriaIn
		Most int `query:"most" minimum:"1" maximum:"10000000" doc:"Count no further than this: quick, however many there are"`
	}
	countOut struct {
		Body struct {
			Count int  `json:"count"`
			More  bool `json:"more,omitempty" doc:"There are more than most, which count is then"`
		}
	}
	changeIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The contact's id"`
		Body struct {
			Name       *string           `json:"name,omitempty" maxLength:"800"`
			Note       *string           `json:"note,omitempty" maxLength:"16000" doc:"Free words about the contact; at most 4000 characters"`
			Fields     map[string]string `json:"fields,omitempty" maxProperties:"50" doc:"Values by key; an empty text takes one away"`
			AddTags    []string          `json:"add_tags,omitempty" maxItems:"100" doc:"Ids"`
			RemoveTags []string          `json:"remove_tags,omitempty" maxItems:"100" doc:"Ids"`
		}
	}
	bulkIn struct {
		Body struct {
			ContactIDs []string     `json:"contact_ids,omitempty" maxItems:"500"`
			Filter     string       `json:"filter,omitempty" maxLength:"4000" doc:"Instead of contact_ids: an expression"`
			Tree       *filter.Node `json:"tree,omitempty" doc:"Instead of contact_ids: an expression as a tree"`
			SegmentID  string       `json:"segment_id,omitempty" maxLength:"64" doc:"Instead of contact_ids"`
			AddTags    []string     `json:"add_tags,omitempty" maxItems:"100" doc:"Ids"`
			RemoveTags []string     `json:"remove_tags,omitempty" maxItems:"100" doc:"Ids"`
		}
	}
	bulkOut struct {
		Body struct {
			Changed int `json:"changed" doc:"How many contacts are different now"`
		}
	}
)

func (a api) registerCards(h huma.API) {
	httpx.Handle(h, "GET /contacts", member.ReadContacts, "List contacts", a.list)
	httpx.Handle(h, "GET /contacts/count", member.ReadContacts, "Count contacts", a.count)
	httpx.Handle(h, "GET /contacts/{id}", member.ReadContacts, "Show a contact", a.get)
	httpx.Handle(h, "PATCH /contacts/{id}", member.WriteContacts, "Change a contact, its tags, fields and note", a.change)
	httpx.Handle(h, "POST /contacts/tags", member.WriteContacts, "Put tags on many contacts, or take them off", a.bulk, httpx.Answers(http.StatusOK))
}

func (a api) list(ctx context.Context, in *listIn) (*cardsOut, error) {
	where, err := a.s.Criteria(ctx, caller(ctx), in.CriteriaIn)
	if err != nil {
		return nil, err
	}
	p, err := a.s.Search(ctx, caller(ctx), Query{Where: where, Sort: Sort(in.Sort), After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	views, err := a.s.Views(ctx, caller(ctx), p.Cards)
	if err != nil {
		return nil, err
	}
	return &cardsOut{Body: httpx.List[CardView]{Items: views, Next: p.Next}}, nil
}

func (a api) count(ctx context.Context, in *countIn) (*countOut, error) {
	where, err := a.s.Criteria(ctx, caller(ctx), in.CriteriaIn)
	if err != nil {
		return nil, err
	}
	out := &countOut{}
	if in.Most == 0 {
		out.Body.Count, err = a.s.Count(ctx, caller(ctx), where)
		return out, err
	}
	n, err := a.s.CountUpTo(ctx, caller(ctx), where, in.Most)
	out.Body.Count, out.Body.More = min(n, in.Most), n > in.Most
	return out, err
}

func (a api) card(ctx context.Context, c Card, err error) (*cardOut, error) {
	if err != nil {
		return nil, err
	}
	l, err := a.s.legend(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	v := l.view(c)
	list, err := a.s.Identities(ctx, caller(ctx), c.ID)
	for _, i := range list {
		v.Identities = append(v.Identities, IdentityView{i.Channel, i.Kind, i.Value})
	}
	return &cardOut{Body: v}, err
}

func (a api) get(ctx context.Context, in *idIn) (*cardOut, error) {
	c, err := a.s.Card(ctx, caller(ctx), in.ID)
	return a.card(ctx, c, err)
}

func (a api) change(ctx context.Context, in *changeIn) (*cardOut, error) {
	b := in.Body
	c, err := a.s.Edit(ctx, caller(ctx), in.ID, Edit{Name: b.Name, Note: b.Note, Fields: b.Fields, AddTags: b.AddTags, RemoveTags: b.RemoveTags})
	return a.card(ctx, c, err)
}

func (a api) bulk(ctx context.Context, in *bulkIn) (*bulkOut, error) {
	b := in.Body
	e := Edit{AddTags: b.AddTags, RemoveTags: b.RemoveTags}
	out, ws := &bulkOut{}, caller(ctx)
	if len(b.ContactIDs) > 0 {
		if b.Filter != "" || b.SegmentID != "" || b.Tree != nil {
			return nil, errWhich
		}
		n, err := a.s.EditMany(ctx, ws, b.ContactIDs, e)
		out.Body.Changed = n
		return out, err
	}
	where, err := a.s.Where(ctx, ws, b.Filter, b.Tree, b.SegmentID)
	if err != nil {
		return nil, err
	}
	out.Body.Changed, err = a.s.EditWhere(ctx, ws, where, e)
	return out, err
}

// Where reads an expression that is given in one of three ways. errWhich when it is given in none or several.
func (s *Service) Where(ctx context.Context, workspaceID, text string, tree *filter.Node, segmentID string) (n filter.Node, err error) {
	switch {
	case text != "" && tree == nil && segmentID == "":
		return filter.Parse(text)
	case text == "" && tree != nil && segmentID == "":
		return *tree, nil
	case text == "" && tree == nil && segmentID != "":
		g, err := s.Segment(ctx, workspaceID, segmentID)
		return g.Tree, err
	}
	return n, errWhich
}
