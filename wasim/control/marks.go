package control

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

// markRoutes is what an owner does to chats, messages and labels without telling the other side.
func (a *api) markRoutes() []route {
	const phone = "/v1/phones/{number}"
	return []route{
		{"GET", phone + "/chats", smallBody, a.onPhone(listChats)},
		{"GET", phone + "/chats/{chat}", smallBody, a.onPhone(getChat)},
		{"GET", phone + "/labels", smallBody, a.onPhone(listLabels)},
		{"GET", phone + "/address-book", smallBody, a.onPhone(listSaved)},
		{"POST", phone + "/marks", smallBody, a.onPhone(markIt)},
		{"POST", phone + "/rotate-app-key", smallBody, a.onPhone(rotateAppKey)},
	}
}

func listChats(_ http.ResponseWriter, _ *http.Request, p *wasim.Phone) (any, error) {
	return p.Chats(), nil
}

func getChat(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	chat := r.PathValue("chat")
	c, err := p.Chat(chat)
	if errors.Is(err, wasim.ErrUnknownNumber) {
		return nil, errNoRecipient.with("%.60q", chat)
	}
	if err != nil {
		return nil, errNotDone.with("%s", err)
	}
	return c, nil
}

func listLabels(_ http.ResponseWriter, _ *http.Request, p *wasim.Phone) (any, error) {
	return p.Labels(), nil
}

func listSaved(_ http.ResponseWriter, _ *http.Request, p *wasim.Phone) (any, error) {
	return p.AddressBook(), nil
}

func rotateAppKey(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	return done(r, p.RotateAppKey)
}

func markIt(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	var req wasim.Mark
	if err := decode(r, &req, lenient); err != nil {
		return nil, err
	}
	if err := checkMark(req); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), deedTime)
	defer cancel()
	err := p.Mark(ctx, req)
	switch {
	case errors.Is(err, wasim.ErrMark):
		return nil, errBadField.with("%s", err)
	case errors.Is(err, wasim.ErrUnknownNumber):
		return nil, errNoRecipient.with("%.60q", req.Chat)
	case errors.Is(err, wasim.ErrNoMessage):
		return nil, errNoMessage.with("%.60q", req.ID)
	case err != nil:
		return nil, refusedBy(r, errNotDone, err)
	}
	return struct{}{}, nil
}

// checkMark refuses what is missing or out of all proportion before anything is done.
func checkMark(m wasim.Mark) error {
	ofMessage := m.Kind == wasim.MarkStar || m.Kind == wasim.MarkDeleteMessage || m.Kind == wasim.MarkLabelMessage
	ofLabel := m.Kind == wasim.MarkLabel || m.Kind == wasim.MarkLabelChat || m.Kind == wasim.MarkLabelMessage
	switch {
	case m.Kind == "" || len(m.Kind) > maxField:
		return errBadField.with("kind is missing: archive, pin, mute, unread, star, delete_message, delete_chat, clear_chat, label, label_chat or label_message")
	case len(m.Chat) > maxField || len(m.ID) > maxField || len(m.Label) > maxField || len(m.Name) > maxField:
		return errBadField.with("chat, id, label and name are shorter than %d bytes", maxField)
	case ofMessage && m.ID == "":
		return errBadField.with("id is missing: the message's")
	case ofLabel && m.Label == "":
		return errBadField.with("label is missing: the label's id")
	case !ofMessage && m.Kind != wasim.MarkLabel && m.Chat == "":
		return errBadField.with("chat is missing: the number of the other side")
	case m.Until < -1 || m.Until > time.Now().AddDate(100, 0, 0).UnixMilli():
		return errBadField.with("until is unix milliseconds, 0 for not muted or -1 for ever")
	}
	return nil
}
