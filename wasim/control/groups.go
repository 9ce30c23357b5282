package control

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/wasim"
)

var (
	errNoGroup      = &Fault{404, "unknown_group", "no group of this network has the id %s; GET …/groups of a phone lists its groups"}
	errGroupRefused = &Fault{422, "group_refused", "the network did not do it: %s"}
)

// maxGroup bounds the lists of people in one request.
const maxGroup = 1024

// groupRoutes are what a phone's owner does in groups. What is done is done on behalf of that phone.
func (a *api) groupRoutes() []route {
	const phone = "/v1/phones/{number}"
	return []route{
		{"GET", phone + "/groups", smallBody, a.onPhone(listGroups)},
		{"POST", phone + "/groups", smallBody, a.onPhone(createGroup)},
		{"POST", phone + "/join-group", smallBody, a.onPhone(joinGroup)},
		{"GET", phone + "/groups/{group}", smallBody, a.onGroup(getGroup)},
		{"POST", phone + "/groups/{group}", fileBody, a.onGroup(changeGroup)},
		{"POST", phone + "/groups/{group}/members", smallBody, a.onGroup(changeMembers)},
		{"POST", phone + "/groups/{group}/invite", smallBody, a.onGroup(resetInvite)},
		{"DELETE", phone + "/groups/{group}", smallBody, a.onGroup(leaveGroup)},
	}
}

// groupDeed is something that a phone is asked to do in one group.
type groupDeed func(r *http.Request, p *wasim.Phone, g *wasim.Group) (any, error)

func (a *api) onGroup(do groupDeed) func(http.ResponseWriter, *http.Request) (any, error) {
	return a.onPhone(func(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
		g, ok := a.network.Group(r.PathValue("group"))
		if !ok {
			return nil, errNoGroup.with("%.60q", r.PathValue("group"))
		}
		return do(r, p, g)
	})
}

func listGroups(_ http.ResponseWriter, _ *http.Request, p *wasim.Phone) (any, error) {
	out := []wasim.GroupInfo{}
	for _, g := range p.Groups() {
		if info, err := g.Info(); err == nil {
			out = append(out, info)
		}
	}
	return out, nil
}

func getGroup(_ *http.Request, _ *wasim.Phone, g *wasim.Group) (any, error) { return shown(g, nil) }

// shown answers with the group as it is now, or says why it was refused.
func shown(g *wasim.Group, err error) (any, error) {
	if err != nil {
		return nil, refusedGroup(err)
	}
	info, err := g.Info()
	if errors.Is(err, wasim.ErrUnknownGroup) {
		return struct{}{}, nil // Nobody is left in it.
	}
	return info, err
}

func refusedGroup(err error) error {
	if errors.Is(err, wasim.ErrUnknownNumber) {
		return errNoRecipient.with("%s", strings.TrimPrefix(err.Error(), wasim.ErrUnknownNumber.Error()+": "))
	}
	return errGroupRefused.with("%s", err)
}

type createGroupRequest struct {
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Members     []string         `json:"members"`
	Addressing  wasim.Addressing `json:"addressing"`
	Announce    bool             `json:"announce"`
	Locked      bool             `json:"locked"`
	AdminsAdd   bool             `json:"admins_add"`
	Approval    bool             `json:"approval"`
	Ephemeral   uint32           `json:"ephemeral"`
}

func createGroup(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	var req createGroupRequest
	if err := decode(r, &req, lenient); err != nil {
		return nil, err
	}
	if !slices.Contains([]wasim.Addressing{"", wasim.AddressLID, wasim.AddressPhone}, req.Addressing) {
		return nil, errBadField.with("addressing has to be %s or %s", wasim.AddressLID, wasim.AddressPhone)
	}
	if err := checkPeople("members", req.Members); err != nil {
		return nil, err
	}
	g, err := p.CreateGroup(wasim.GroupOptions{
		Name: req.Name, Description: req.Description, Addressing: req.Addressing, Announce: req.Announce,
		Locked: req.Locked, AdminsAdd: req.AdminsAdd, Approval: req.Approval, Ephemeral: req.Ephemeral,
	}, req.Members...)
	return shown(g, err)
}

func checkPeople(field string, people []string) error {
	if len(people) > maxGroup || slices.ContainsFunc(people, func(who string) bool { return len(who) > maxField }) {
		return errBadField.with("%s has at most %d numbers", field, maxGroup)
	}
	return nil
}

type changeGroupRequest struct {
	wasim.GroupChange
	// Picture is a JPEG; empty takes the picture away.
	Picture *[]byte `json:"picture"`
}

func changeGroup(r *http.Request, p *wasim.Phone, g *wasim.Group) (any, error) {
	var req changeGroupRequest
	if err := decode(r, &req, strict); err != nil {
		return nil, err
	}
	if err := g.Change(p, req.GroupChange); err != nil {
		return nil, refusedGroup(err)
	}
	if req.Picture != nil {
		return shown(g, g.SetPicture(p, *req.Picture))
	}
	return shown(g, nil)
}

type membersRequest struct {
	// Action is add, remove, promote or demote; approve and reject are for those who wait to be let in.
	Action string   `json:"action"`
	People []string `json:"people"`
}

func changeMembers(r *http.Request, p *wasim.Phone, g *wasim.Group) (any, error) {
	var req membersRequest
	if err := decode(r, &req, strict); err != nil {
		return nil, err
	}
	if err := checkPeople("people", req.People); err != nil {
		return nil, err
	}
	do, ok := map[string]func(*wasim.Phone, ...string) error{
		"add": g.Add, "remove": g.Remove, "promote": g.Promote, "demote": g.Demote,
		"approve": func(p *wasim.Phone, people ...string) error { return g.Answer(p, wasim.Approve, people...) },
		"reject":  func(p *wasim.Phone, people ...string) error { return g.Answer(p, wasim.Reject, people...) },
	}[req.Action]
	if !ok || len(req.People) == 0 {
		return nil, errBadField.with("give action add, remove, promote, demote, approve or reject, and people")
	}
	return shown(g, do(p, req.People...))
}

func resetInvite(_ *http.Request, p *wasim.Phone, g *wasim.Group) (any, error) {
	_, err := g.ResetInvite(p)
	return shown(g, err)
}

func leaveGroup(_ *http.Request, p *wasim.Phone, g *wasim.Group) (any, error) {
	return shown(g, g.Leave(p))
}

type joinRequest struct {
	Link string `json:"link"`
}

type joinAnswer struct {
	JID string `json:"jid"`
	// Waits says that an admin has to let the owner in.
	Waits bool `json:"waits"`
}

func joinGroup(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	var req joinRequest
	if err := decode(r, &req, lenient); err != nil {
		return nil, err
	}
	if req.Link == "" || len(req.Link) > maxField {
		return nil, errBadField.with("link is missing: https://chat.whatsapp.com/… or the code alone")
	}
	g, waits, err := p.JoinGroup(req.Link)
	if err != nil {
		return nil, refusedGroup(err)
	}
	return joinAnswer{JID: g.String(), Waits: waits}, nil
}
