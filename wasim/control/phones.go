package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/pingcrm/pingcrm/wasim"
)

const (
	// maxPhones bounds {count}: as many accounts as one machine was seen to carry.
	maxPhones = 5000
	// maxName is what WhatsApp allows for a profile's name.
	maxName = 25
	// maxField bounds codes, numbers and ids: longer ones are never right.
	maxField = 4096
	// linkTime is how long a device may take from its code being read to its login.
	linkTime = 30 * time.Second
	// deedTime is how long a phone may take for anything else, including encrypting for many devices.
	deedTime = 30 * time.Second
)

type phoneAnswer struct {
	Number     string   `json:"number"`
	LID        string   `json:"lid"`
	Name       string   `json:"name"`
	Companions []string `json:"companions"`
	// Unread is how many messages of others nobody has looked at on the phone; NewestMS is when the newest line of its
	// chats was written, in unix milliseconds, 0 for none.
	Unread   int   `json:"unread"`
	NewestMS int64 `json:"newest_ms"`
	// PictureID changes with the profile picture; empty without one.
	PictureID string `json:"picture_id,omitempty"`
}

func describe(p *wasim.Phone) phoneAnswer {
	companions := p.Companions()
	if companions == nil {
		companions = []string{}
	}
	unread, newest := p.Unread()
	return phoneAnswer{
		Number: p.Number(), LID: p.LID(), Name: p.Name(), Companions: companions, Unread: unread, NewestMS: newest,
		PictureID: p.Profile().PictureID,
	}
}

func describeAll(phones []*wasim.Phone) []phoneAnswer {
	answer := make([]phoneAnswer, 0, len(phones))
	for _, phone := range phones {
		answer = append(answer, describe(phone))
	}
	return answer
}

func (a *api) listPhones(http.ResponseWriter, *http.Request) (any, error) {
	return describeAll(a.network.Phones()), nil
}

type addPhonesRequest struct {
	Name   string `json:"name"`
	Number string `json:"number"`
	Count  *int   `json:"count"`
}

func (a *api) addPhones(_ http.ResponseWriter, r *http.Request) (any, error) {
	var req addPhonesRequest
	if err := decode(r, &req, lenient); err != nil {
		return nil, err
	}
	if len([]rune(req.Name)) > maxName || strings.ContainsFunc(req.Name, unicode.IsControl) {
		return nil, errBadField.with("name has up to %d characters, none of them a control character", maxName)
	}
	if req.Count != nil {
		return a.addSeveral(req)
	}
	if strings.TrimSpace(req.Name) == "" {
		return nil, errBadField.with(`name is missing: {"name":"Budi"}, or {"count":10} for several`)
	}
	phone, err := a.network.AddPhone(wasim.PhoneOptions{Name: req.Name, Number: req.Number})
	switch {
	case errors.Is(err, wasim.ErrNumberTaken):
		return nil, errNumberTaken.with("%.40q", req.Number)
	case errors.Is(err, wasim.ErrNumber):
		return nil, errBadNumber.with("%s", err)
	case err != nil:
		return nil, fmt.Errorf("add phone: %w", err)
	}
	return describe(phone), nil
}

func (a *api) addSeveral(req addPhonesRequest) (any, error) {
	switch {
	case *req.Count < 1 || *req.Count > maxPhones:
		return nil, errBadField.with("count has to be from 1 to %d", maxPhones)
	case req.Number != "":
		return nil, errBadField.with("count and number exclude each other")
	}
	prefix, first := req.Name, len(a.network.Phones())
	if prefix == "" {
		prefix = "Phone"
	}
	phones := make([]*wasim.Phone, 0, *req.Count)
	for i := range *req.Count {
		phone, err := a.network.AddPhone(wasim.PhoneOptions{Name: fmt.Sprintf("%s %d", prefix, first+i+1)})
		if err != nil {
			return nil, fmt.Errorf("add phone %d of %d: %w", i+1, *req.Count, err)
		}
		phones = append(phones, phone)
	}
	return describeAll(phones), nil
}

// deed is something that one phone is asked to do.
type deed func(w http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error)

// onPhone looks up the phone of the path; its number may be written in any form.
func (a *api) onPhone(do deed) func(http.ResponseWriter, *http.Request) (any, error) {
	return func(w http.ResponseWriter, r *http.Request) (any, error) {
		number := r.PathValue("number")
		phone, ok := a.network.PhoneByNumber(number)
		if !ok {
			return nil, errNoPhone.with("%.40q", number)
		}
		return do(w, r, phone)
	}
}

func getPhone(_ http.ResponseWriter, _ *http.Request, p *wasim.Phone) (any, error) {
	return describe(p), nil
}

func getCounters(_ http.ResponseWriter, _ *http.Request, p *wasim.Phone) (any, error) {
	return p.Counters(), nil
}

type linkRequest struct {
	Code string `json:"code"`
}

type linkAnswer struct {
	Device string `json:"device"`
}

func scan(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	if p.HasPasskey() {
		return link(r, gateTime, p.Scan)
	}
	return link(r, linkTime, p.Scan)
}

func enterCode(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	return link(r, linkTime, p.EnterCode)
}

func link(r *http.Request, patience time.Duration, use func(ctx context.Context, code string) (string, error)) (any, error) {
	var req linkRequest
	if err := decode(r, &req, lenient); err != nil {
		return nil, err
	}
	code := strings.TrimSpace(req.Code)
	switch {
	case code == "":
		return nil, errBadField.with(`code is missing: {"code":"…"} with the text of the QR code, or the eight characters`)
	case len(code) > maxField:
		return nil, errBadField.with("code is longer than %d bytes", maxField)
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	device, err := use(ctx, code)
	switch {
	case err == nil:
		return linkAnswer{Device: device}, nil
	case r.Context().Err() != nil:
		return nil, errCallerWentAway
	case ctx.Err() != nil:
		return nil, errLinkTimeout.with("%s", patience)
	case errors.Is(err, wasim.ErrCode):
		return nil, errBadCode.with("%s", err)
	default:
		return nil, errNotLinked.with("%s", err)
	}
}

func removeCompanion(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	device := r.PathValue("device")
	if !slices.Contains(p.Companions(), device) {
		return nil, errNoCompanion.with("%.60q", device)
	}
	if err := p.RemoveCompanion(device); err != nil {
		return nil, errNotDone.with("%s", err)
	}
	return describe(p), nil
}
