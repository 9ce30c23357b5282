package control

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

// gateTime is how long a linking may wait for the passkey's answer, as the request options allow.
const gateTime = 5 * time.Minute

// passkeyRoutes are what the owner of a phone does about its passkey.
func (a *api) passkeyRoutes() []route {
	const phone = "/v1/phones/{number}"
	return []route{
		{"POST", phone + "/passkey", smallBody, a.onPhone(requirePasskey)},
		{"POST", phone + "/passkey/answer", smallBody, a.onPhone(answerPasskey)},
	}
}

type passkeyRequest struct {
	Required *bool `json:"required"`
}

func requirePasskey(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	var req passkeyRequest
	if err := decode(r, &req, lenient); err != nil {
		return nil, err
	}
	switch {
	case req.Required == nil:
		return nil, errBadField.with(`required is missing: {"required": true}, or false to take the passkey away`)
	case *req.Required:
		p.RequirePasskey()
	default:
		p.DropPasskey()
	}
	return struct{}{}, nil
}

// answerPasskey answers the request options that the body is.
func answerPasskey(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	var options json.RawMessage
	if err := decode(r, &options, lenient); err != nil {
		return nil, err
	}
	answer, err := p.AnswerPasskey(options)
	if err != nil {
		return nil, errNotDone.with("%s", err)
	}
	return json.RawMessage(answer), nil
}
