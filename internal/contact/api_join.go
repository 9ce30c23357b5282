package contact

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// PairView is two contacts that may be one.
type PairView struct {
	A   CardView `json:"a" doc:"The elder"`
	B   CardView `json:"b"`
	Why Likeness `json:"why" enum:"same_number,same_name" doc:"same_name: and the last four digits"`
}

type (
	joinIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The contact that becomes part of the other"`
		Body struct {
			Into string `json:"into" maxLength:"64" doc:"The contact that stays"`
		}
	}
	eraseIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The contact's id"`
		Body struct {
			Name string `json:"name" maxLength:"800" doc:"What the contact is shown as, to be sure: its name, else + and its number"`
		}
	}
	pairsOut struct{ Body httpx.List[PairView] }
)

func (a api) registerJoin(h huma.API) {
	httpx.Handle(h, "GET /contacts/duplicates", member.ReadContacts, "List contacts that may be one, at most 100 pairs", a.duplicates)
	httpx.Handle(h, "GET /contacts/{id}/duplicates", member.ReadContacts, "List contacts that may be the same as this one, at most 5 pairs", a.duplicatesOf)
	httpx.Handle(h, "POST /contacts/{id}/merge", member.WriteContacts, "Make a contact part of another one, which is answered; unmerge takes it back", a.join)
	httpx.Handle(h, "POST /contacts/{id}/merge/preview", member.ReadContacts, "What would come of a merge; writes nothing", a.joined)
	httpx.Handle(h, "POST /contacts/{id}/erase", member.ManageContacts, "Delete a contact for good, with its chats", a.erase)
}

func (a api) duplicates(ctx context.Context, _ *struct{}) (*pairsOut, error) {
	list, err := a.s.Duplicates(ctx, caller(ctx))
	return a.pairs(ctx, list, err)
}

func (a api) duplicatesOf(ctx context.Context, in *idIn) (*pairsOut, error) {
	list, err := a.s.DuplicatesOf(ctx, caller(ctx), in.ID)
	return a.pairs(ctx, list, err)
}

func (a api) pairs(ctx context.Context, list []Pair, err error) (*pairsOut, error) {
	if err != nil {
		return nil, err
	}
	l, err := a.s.legend(ctx, caller(ctx))
	out := &pairsOut{}
	out.Body, err = listing(list, func(p Pair) PairView { return PairView{l.view(p.A), l.view(p.B), p.Why} }, err)
	return out, err
}

func (a api) join(ctx context.Context, in *joinIn) (*cardOut, error) {
	c, err := a.s.Join(ctx, caller(ctx), in.ID, in.Body.Into)
	return a.card(ctx, c, err)
}

func (a api) joined(ctx context.Context, in *joinIn) (*cardOut, error) {
	c, err := a.s.Joined(ctx, caller(ctx), in.ID, in.Body.Into)
	return a.card(ctx, c, err)
}

func (a api) erase(ctx context.Context, in *eraseIn) (*struct{}, error) {
	return nil, a.s.Erase(ctx, caller(ctx), in.ID, in.Body.Name)
}
