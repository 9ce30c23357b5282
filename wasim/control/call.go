package control

import (
	"context"
	"net/http"
	"strings"

	"github.com/pingcrm/pingcrm/wasim"
)

// callRoutes are a phone's calls.
func (a *api) callRoutes() []route {
	const phone = "/v1/phones/{number}"
	return []route{
		{"GET", phone + "/calls", smallBody, a.onPhone(listCalls)},
		{"POST", phone + "/calls", smallBody, a.onPhone(makeCall)},
		{"DELETE", phone + "/calls/{id}", smallBody, a.onPhone(hangUp)},
	}
}

func listCalls(_ http.ResponseWriter, _ *http.Request, p *wasim.Phone) (any, error) {
	return p.Calls(), nil
}

type callRequest struct {
	To    string `json:"to"`
	Video bool   `json:"video"`
}

func makeCall(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	var req callRequest
	if err := decode(r, &req, strict); err != nil {
		return nil, err
	}
	if req.To = strings.TrimSpace(req.To); req.To == "" || len(req.To) > maxField {
		return nil, errBadField.with("to is missing: the number to call")
	}
	id, err := p.Call(r.Context(), req.To, wasim.CallOptions{Video: req.Video})
	if err != nil {
		return nil, errNoRecipient.with("%.40q", req.To)
	}
	return sendAnswer{ID: id}, nil
}

func hangUp(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	return done(r, func(context.Context) error { return p.HangUp(r.PathValue("id")) })
}
