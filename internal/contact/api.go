package contact

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module lists the contacts in the program.
func Module(s *Service) module.Module {
	return module.Module{Name: "contact", Upgrades: upgrades(), API: api{s}.register}
}

// View is a contact as the API shows it. Times are unix milliseconds.
type View struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	NameSource NameSource `json:"name_source" doc:"push: what the person calls itself; given: what a member wrote; empty: no name"`
	Phone      string     `json:"phone,omitempty" doc:"Digits with country code"`
	Group      bool       `json:"group"`
	CreatedAt  int64      `json:"created_at"`
	UpdatedAt  int64      `json:"updated_at"`
}

// ViewOf shows a contact.
func ViewOf(c Contact) View {
	return View{ID: c.ID, Name: c.Name, NameSource: c.NameSource, Phone: c.Phone, Group: c.Group, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
}

// api is the contacts' part of the HTTP API.
type api struct{ s *Service }

type (
	oneOut struct{ Body View }
	idIn   struct {
		ID string `path:"id" maxLength:"64" doc:"The contact's id"`
	}
	createIn struct {
		Body struct {
			Name    string `json:"name" maxLength:"800" example:"Budi"`
			Phone   string `json:"phone" maxLength:"64" doc:"With or without country code" example:"0812 9064 1111"`
			Channel string `json:"channel" pattern:"^[a-z]{1,32}$" doc:"The channel that knows the number, as a device's"`
		}
	}
)

func (a api) register(h huma.API) {
	httpx.Handle(h, "POST /contacts", member.WriteContacts, "Make a contact", a.create, httpx.Answers(http.StatusCreated))
	a.registerUnmerge(h)
	a.registerCards(h)
	a.registerCRM(h)
	a.registerJoin(h)
}

func caller(ctx context.Context) string { return member.Caller(ctx).WorkspaceID }

func (a api) create(ctx context.Context, in *createIn) (*oneOut, error) {
	phone, err := ParsePhone(in.Body.Phone, "")
	if err != nil {
		return nil, ErrPhone.WithField("phone")
	}
	return one(a.s.Create(ctx, caller(ctx), in.Body.Channel, in.Body.Name, phone))
}

func one(c Contact, err error) (*oneOut, error) {
	if err != nil {
		return nil, err
	}
	return &oneOut{Body: ViewOf(c)}, nil
}
