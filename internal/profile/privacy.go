package profile

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

// PrivacyView is whom an account lets see and do what.
type PrivacyView struct {
	LastSeen     string `json:"last_seen" doc:"all, contacts, contact_blacklist or none"`
	Online       string `json:"online" doc:"all or match_last_seen"`
	Picture      string `json:"picture" doc:"all, contacts, contact_blacklist or none"`
	About        string `json:"about" doc:"all, contacts, contact_blacklist or none"`
	Groups       string `json:"groups" doc:"Who may add the account to groups: all, contacts, contact_blacklist or none"`
	ReadReceipts string `json:"read_receipts" doc:"all or none; none hides theirs from us, too"`
	Calls        string `json:"calls" doc:"all or known"`
}

type (
	privacyOut struct{ Body PrivacyView }
	privacyIn  struct {
		ID   string `path:"id" maxLength:"64" doc:"The device's id"`
		Body struct {
			LastSeen     string `json:"last_seen,omitempty" enum:"all,contacts,contact_blacklist,none"`
			Online       string `json:"online,omitempty" enum:"all,match_last_seen"`
			Picture      string `json:"picture,omitempty" enum:"all,contacts,contact_blacklist,none"`
			About        string `json:"about,omitempty" enum:"all,contacts,contact_blacklist,none"`
			Groups       string `json:"groups,omitempty" enum:"all,contacts,contact_blacklist,none"`
			ReadReceipts string `json:"read_receipts,omitempty" enum:"all,none"`
			Calls        string `json:"calls,omitempty" enum:"all,known"`
		}
	}
	followIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The contact's id"`
		Body struct {
			DeviceID string `json:"device_id,omitempty" maxLength:"64" doc:"The device whose network tells; left out, a connected one"`
		}
	}
)

func (a api) registerPrivacy(h huma.API) {
	httpx.Handle(h, "GET /devices/{id}/privacy", member.ReadDevices, "Ask for the privacy settings of a device's account", a.privacy)
	httpx.Handle(h, "PATCH /devices/{id}/privacy", member.WriteDevices, "Change the privacy settings of a device's account", a.setPrivacy)
	httpx.Handle(h, "POST /contacts/{id}/presence", member.ReadContacts, "Have the network tell when a contact comes online", a.follow, httpx.Describe(
		"It is told as events (contact.presence) until the device's connection ends. WhatsApp tells it only to who shows itself as online (show_online of PATCH /devices/{id}, or PUT /devices/{id}/presence), and only of people who do not hide it."))
}

func (a api) privacy(ctx context.Context, in *deviceIn) (*privacyOut, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	out := &privacyOut{}
	err := device.Ask(ctx, a.s.Devices, caller(ctx), in.ID, func(ctx context.Context, _ device.Device, r device.PrivacyReader) error {
		p, err := r.Privacy(ctx)
		out.Body = PrivacyView(p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a api) setPrivacy(ctx context.Context, in *privacyIn) (*privacyOut, error) {
	asked, cancel := bounded(ctx)
	defer cancel()
	err := device.Ask(asked, a.s.Devices, caller(ctx), in.ID, func(ctx context.Context, _ device.Device, c device.PrivacyChanger) error {
		return c.SetPrivacy(ctx, device.Privacy(in.Body))
	})
	if err != nil {
		return nil, err
	}
	return a.privacy(ctx, &deviceIn{in.ID})
}

func (a api) follow(ctx context.Context, in *followIn) (*struct{}, error) {
	c, err := a.s.person(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	deviceID, err := a.s.choose(ctx, caller(ctx), in.Body.DeviceID)
	if err != nil {
		return nil, err
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	return nil, device.Ask(ctx, a.s.Devices, caller(ctx), deviceID, func(ctx context.Context, d device.Device, f device.PresenceFollower) error {
		who, err := a.s.Contacts.PeerOf(ctx, c, d.Channel)
		if err != nil {
			return err
		}
		return f.FollowPresence(ctx, who)
	})
}
