package profile

import (
	"context"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Module is the noun as the program lists it.
func Module(s *Service) module.Module {
	return module.Module{Name: "profile", Upgrades: upgrades(), API: api{s}.register, Run: s.run}
}

// run asks for pictures that somebody wants to see, and deletes answers that nobody asked for again, every hour, until ctx ends.
func (s *Service) run(ctx context.Context) error {
	var looking sync.WaitGroup
	looking.Go(func() { s.look(ctx) })
	defer looking.Wait()
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			// What can't be deleted now is deleted an hour later.
			_ = s.store.sweep(ctx, s.now()-forgetAfter.Milliseconds())
		}
	}
}

// NumberView is what a network says of a number.
type NumberView struct {
	Phone      string `json:"phone" doc:"Digits with country code"`
	Registered bool   `json:"registered" doc:"Whether the network knows it"`
	LID        string `json:"lid,omitempty" doc:"WhatsApp's hidden id of the person, where it is known"`
	Name       string `json:"name,omitempty" doc:"The verified name of a business"`
	CheckedAt  int64  `json:"checked_at" doc:"When the network said so, unix milliseconds; it is asked again after a week, or a day if the number was not known"`
}

// HoursView are a weekday's hours.
type HoursView struct {
	Day   string `json:"day" example:"mon"`
	Mode  string `json:"mode" example:"specific_hours"`
	Open  string `json:"open,omitempty" doc:"Minutes after midnight"`
	Close string `json:"close,omitempty" doc:"Minutes after midnight"`
}

// BusinessView is what a business shows.
type BusinessView struct {
	Address    string      `json:"address,omitempty"`
	Email      string      `json:"email,omitempty"`
	Categories []string    `json:"categories"`
	Timezone   string      `json:"timezone,omitempty"`
	Hours      []HoursView `json:"hours"`
}

// PersonView is what a contact shows on a device's network. What is hidden is left out.
type PersonView struct {
	ContactID     string        `json:"contact_id"`
	Phone         string        `json:"phone,omitempty" doc:"Digits with country code"`
	LID           string        `json:"lid,omitempty" doc:"WhatsApp's hidden id of the person"`
	About         string        `json:"about,omitempty"`
	PictureFileID string        `json:"picture_file_id,omitempty" doc:"The picture, as a file of the workspace"`
	Business      *BusinessView `json:"business,omitempty"`
	Blocked       bool          `json:"blocked" doc:"The device's account has blocked them, as far as we were told"`
}

// BlockedView is somebody who may not write to an account.
type BlockedView struct {
	ContactID string `json:"contact_id,omitempty" doc:"Missing when it is nobody that the workspace knows"`
	Phone     string `json:"phone,omitempty"`
	LID       string `json:"lid,omitempty"`
}

// OwnView is what a device's account shows.
type OwnView struct {
	Name      string `json:"name"`
	About     string `json:"about"`
	PictureID string `json:"picture_id,omitempty" doc:"The network's; changes with the picture, missing without one"`
}

type (
	deviceIn struct {
		ID string `path:"id" maxLength:"64" doc:"The device's id"`
	}
	lookupIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The device's id"`
		Body struct {
			Phones []string `json:"phones" minItems:"1" maxItems:"100" doc:"Numbers in any form" example:"[\"0812 9064 1111\"]"`
		}
	}
	lookupOut struct {
		Body struct {
			Items []NumberView `json:"items" doc:"In the order of the question"`
		}
	}
	personIn struct {
		ID       string `path:"id" maxLength:"64" doc:"The contact's id"`
		DeviceID string `query:"device_id" maxLength:"64" doc:"The device whose network is asked; left out, a connected one"`
	}
	personOut struct{ Body PersonView }
	contactIn struct {
		ID string `path:"id" maxLength:"64" doc:"The contact's id"`
	}
	picturesIn struct {
		IDs []string `query:"ids" maxItems:"100" doc:"The contacts' ids, with commas between them"`
	}
	picturesOut struct{ Body httpx.List[SmallView] }
	blockIn     struct {
		ID   string `path:"id" maxLength:"64" doc:"The contact's id"`
		Body struct {
			DeviceID string `json:"device_id,omitempty" maxLength:"64" doc:"The device whose account blocks; left out, a connected one"`
		}
	}
	blockedOut struct {
		Body httpx.List[BlockedView]
	}
	ownOut    struct{ Body OwnView }
	editOwnIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The device's id"`
		Body struct {
			Name  *string `json:"name,omitempty" maxLength:"200" doc:"1 to 25 characters"`
			About *string `json:"about,omitempty" maxLength:"1200" doc:"Up to 139 characters; empty shows none"`
		}
	}
	paintOwnIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The device's id"`
		Body struct {
			FileID string `json:"file_id" minLength:"1" maxLength:"64" doc:"An uploaded picture; its middle becomes a square of at most 640 pixels"`
		}
	}
	presenceIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The device's id"`
		Body struct {
			Presence device.Presence `json:"presence" enum:"online,offline"`
		}
	}
)

// SmallView is the picture of a contact as it stands beside a name.
type SmallView struct {
	ContactID string `json:"contact_id"`
	FileID    string `json:"file_id" doc:"Of a JPEG, 128 pixels wide at most, for GET /files/{id}/content"`
}

// api is the package's part of the HTTP API.
type api struct{ s *Service }

func (a api) register(h huma.API) {
	a.registerBook(h)
	httpx.Handle(h, "POST /devices/{id}/lookup", member.SendMessages, "Ask which numbers a device's network knows", a.lookup, httpx.Describe(
		"Answers are remembered for a week (a day for numbers that are not known). A device may ask its network for 250 numbers in an hour; then the answer is 429 with Retry-After, because who asks for more gets banned."))
	httpx.Handle(h, "GET /contacts/{id}/profile", member.ReadContacts, "Ask what a contact shows: about text, picture, business, addresses", a.person)
	httpx.Handle(h, "GET /contacts/{id}/picture", member.ReadContacts, "The bytes of a contact's picture as it was last fetched", a.picture)
	httpx.Handle(h, "GET /contacts/pictures", member.ReadContacts, "The small pictures of up to 100 contacts that have one", a.pictures, httpx.Describe(
		"Contacts that were not looked at for a week are asked for soon after, one by one; contact.picture tells when there is another picture."))
	httpx.Handle(h, "POST /contacts/{id}/block", member.WriteContacts, "Keep a contact from writing to a device's account", a.block)
	httpx.Handle(h, "DELETE /contacts/{id}/block", member.WriteContacts, "Let a contact write again", a.unblock)
	httpx.Handle(h, "GET /devices/{id}/blocked", member.ReadDevices, "Show who may not write to a device's account", a.blocked)
	httpx.Handle(h, "GET /devices/{id}/profile", member.ReadDevices, "Ask what a device's account shows of itself", a.own)
	httpx.Handle(h, "PATCH /devices/{id}/profile", member.WriteDevices, "Change what a device's account shows of itself", a.editOwn)
	httpx.Handle(h, "PUT /devices/{id}/profile/picture", member.WriteDevices, "Give a device's account a picture", a.paintOwn)
	httpx.Handle(h, "DELETE /devices/{id}/profile/picture", member.WriteDevices, "Take the picture of a device's account away", a.clearOwn)
	a.registerPrivacy(h)
	httpx.Handle(h, "PUT /devices/{id}/presence", member.SendMessages, "Show a device's account as online, until its connection ends", a.present)
}

func caller(ctx context.Context) string { return member.Caller(ctx).WorkspaceID }

func address(list []device.Address, kind device.AddressKind) string {
	return device.Peer{Addresses: list}.Address(kind)
}

func (a api) lookup(ctx context.Context, in *lookupIn) (*lookupOut, error) {
	found, err := a.s.Lookup(ctx, caller(ctx), in.ID, in.Body.Phones)
	if err != nil {
		return nil, err
	}
	out := &lookupOut{}
	out.Body.Items = make([]NumberView, 0, len(found))
	for _, f := range found {
		out.Body.Items = append(out.Body.Items, NumberView{
			Phone: f.Phone, Registered: f.Registered, LID: address(f.Addresses, device.AddressLID), Name: f.Name, CheckedAt: f.CheckedAt,
		})
	}
	return out, nil
}

func (a api) person(ctx context.Context, in *personIn) (*personOut, error) {
	p, err := a.s.Of(ctx, caller(ctx), in.ID, in.DeviceID)
	if err != nil {
		return nil, err
	}
	return &personOut{PersonView{
		ContactID: in.ID, Phone: address(p.Addresses, device.AddressPhone), LID: address(p.Addresses, device.AddressLID),
		About: p.About, PictureFileID: p.PictureFile, Business: businessView(p.Business), Blocked: p.Blocked,
	}}, nil
}

func businessView(b *device.Business) *BusinessView {
	if b == nil {
		return nil
	}
	v := &BusinessView{Address: b.Address, Email: b.Email, Timezone: b.Timezone, Categories: []string{}, Hours: []HoursView{}}
	v.Categories = append(v.Categories, b.Categories...)
	for _, h := range b.Hours {
		v.Hours = append(v.Hours, HoursView(h))
	}
	return v
}

func (a api) picture(ctx context.Context, in *contactIn) (*file.Served, error) {
	c, err := a.s.Contacts.Get(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	id, err := a.s.Stored(ctx, caller(ctx), c.ID)
	if err != nil {
		return nil, err
	}
	if id == "" {
		return nil, device.ErrNoPicture
	}
	served, err := a.s.Files.Serve(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	served.Cache = "private, max-age=300" // the address stays when the picture changes
	return served, nil
}

func (a api) pictures(ctx context.Context, in *picturesIn) (*picturesOut, error) {
	list, err := a.s.Smalls(ctx, caller(ctx), in.IDs)
	out := &picturesOut{Body: httpx.List[SmallView]{Items: make([]SmallView, 0, len(list))}}
	for _, one := range list {
		out.Body.Items = append(out.Body.Items, SmallView(one))
	}
	return out, err
}

func (a api) block(ctx context.Context, in *blockIn) (*struct{}, error) {
	return nil, a.s.Block(ctx, caller(ctx), in.ID, in.Body.DeviceID, device.BlockPerson)
}

func (a api) unblock(ctx context.Context, in *personIn) (*struct{}, error) {
	return nil, a.s.Block(ctx, caller(ctx), in.ID, in.DeviceID, device.UnblockPerson)
}

func (a api) blocked(ctx context.Context, in *deviceIn) (*blockedOut, error) {
	list, err := a.s.BlockedBy(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &blockedOut{Body: httpx.List[BlockedView]{Items: []BlockedView{}}}
	for _, b := range list {
		out.Body.Items = append(out.Body.Items, BlockedView{
			ContactID: b.ContactID, Phone: b.Peer.Address(device.AddressPhone), LID: b.Peer.Address(device.AddressLID),
		})
	}
	return out, nil
}

func (a api) own(ctx context.Context, in *deviceIn) (*ownOut, error) {
	p, err := a.s.Own(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &ownOut{OwnView(p)}, nil
}

func (a api) editOwn(ctx context.Context, in *editOwnIn) (*ownOut, error) {
	if err := a.s.EditOwn(ctx, caller(ctx), in.ID, device.OwnChange{Name: in.Body.Name, About: in.Body.About}); err != nil {
		return nil, err
	}
	return a.own(ctx, &deviceIn{in.ID})
}

func (a api) paintOwn(ctx context.Context, in *paintOwnIn) (*struct{}, error) {
	return nil, a.s.PaintOwn(ctx, caller(ctx), in.ID, in.Body.FileID)
}

func (a api) clearOwn(ctx context.Context, in *deviceIn) (*struct{}, error) {
	return nil, a.s.PaintOwn(ctx, caller(ctx), in.ID, "")
}

func (a api) present(ctx context.Context, in *presenceIn) (*struct{}, error) {
	return nil, a.s.Present(ctx, caller(ctx), in.ID, in.Body.Presence)
}
