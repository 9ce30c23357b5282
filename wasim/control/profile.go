package control

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/wasim"
)

var errNoPicture = &Fault{404, "no_picture", "this phone has no profile picture; POST …/profile gives it one"}

// profileRoutes are what a phone's owner shows, hides and shuts out.
func (a *api) profileRoutes() []route {
	const phone = "/v1/phones/{number}"
	return []route{
		{"GET", phone + "/profile", smallBody, a.onPhone(getProfile)},
		{"POST", phone + "/profile", fileBody, a.onPhone(changeProfile)},
		{"GET", phone + "/picture", smallBody, a.onPhone(getPicture)},
		{"GET", phone + "/blocked", smallBody, a.onPhone(getBlocked)},
		{"POST", phone + "/blocked", smallBody, a.onPhone(changeBlocked)},
	}
}

func getProfile(_ http.ResponseWriter, _ *http.Request, p *wasim.Phone) (any, error) {
	return p.Profile(), nil
}

// profileRequest changes what it names. An empty picture removes it, as does an empty about text.
type profileRequest struct {
	About    *string           `json:"about"`
	Picture  *[]byte           `json:"picture"`
	Business *wasim.Business   `json:"business"`
	Privacy  map[string]string `json:"privacy"`
}

func changeProfile(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	var req profileRequest
	if err := decode(r, &req, strict); err != nil {
		return nil, err
	}
	for category, value := range req.Privacy {
		if !slices.Contains([]string{"profile", "status", "last", "online", "readreceipts", "groupadd", "calladd"}, category) ||
			!slices.Contains([]string{"all", "contacts", "none"}, value) {
			return nil, errBadField.with("privacy has profile, status, last, online, readreceipts, groupadd, calladd with all, contacts or none")
		}
	}
	if req.About != nil {
		if err := p.SetAbout(r.Context(), *req.About); err != nil {
			return nil, refusedBy(r, errNotDone, err)
		}
	}
	if req.Picture != nil {
		if err := p.SetPicture(r.Context(), *req.Picture); err != nil {
			return nil, refusedBy(r, errNotDone, err)
		}
	}
	if req.Business != nil {
		p.SetBusiness(req.Business)
	}
	for category, value := range req.Privacy {
		p.SetPrivacy(category, value)
	}
	return p.Profile(), nil
}

func getPicture(w http.ResponseWriter, _ *http.Request, p *wasim.Phone) (any, error) {
	picture := p.Picture()
	if picture == nil {
		return nil, errNoPicture
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(picture) // The caller is gone; nothing can be told to it.
	return nil, nil
}

func getBlocked(_ http.ResponseWriter, _ *http.Request, p *wasim.Phone) (any, error) {
	return p.Blocked(), nil
}

type blockRequest struct {
	Who string `json:"who"`
	// Unblock takes an earlier block back.
	Unblock bool `json:"unblock"`
}

func changeBlocked(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	var req blockRequest
	if err := decode(r, &req, strict); err != nil {
		return nil, err
	}
	if req.Who = strings.TrimSpace(req.Who); req.Who == "" || len(req.Who) > maxField {
		return nil, errBadField.with("who is missing: the number to block")
	}
	change := p.Block
	if req.Unblock {
		change = p.Unblock
	}
	return done(r, func(context.Context) error { return change(req.Who) })
}
