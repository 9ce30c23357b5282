package control

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

// maxText is the longest text that WhatsApp carries, in characters.
const maxText = 65536

// listMessages answers with everything that the phone sent or could decrypt, oldest first.
// after is the id of one of its messages, or a seq; what came later is listed.
func listMessages(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	query := r.URL.Query()
	chat, after := query.Get("chat"), query.Get("after")
	if len(chat) > maxField || len(after) > maxField {
		return nil, errBadField.with("chat and after are shorter than %d bytes", maxField)
	}
	messages := p.Messages(chat, after)
	if _, known := p.Message(after); len(messages) == 0 && after != "" && !known && !isSeq(after) {
		return nil, errNoMessage.with("%.60q", after)
	}
	if messages == nil {
		messages = []wasim.Message{}
	}
	return messages, nil
}

func isSeq(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}

// sendRequest is a message with its recipient: exactly one of the content's fields is set.
type sendRequest struct {
	To string `json:"to"`
	wasim.Content
}

type sendAnswer struct {
	ID string `json:"id"`
}

func sendMessage(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	var req sendRequest
	if err := decode(r, &req, lenient); err != nil {
		return nil, err
	}
	if err := checkSend(req); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), deedTime)
	defer cancel()
	id, err := p.Send(ctx, req.To, req.Content)
	switch {
	case errors.Is(err, wasim.ErrUnknownNumber):
		return nil, errNoRecipient.with("%.60q", req.To)
	case err != nil:
		return nil, refusedBy(r, errNotSent, err)
	}
	return sendAnswer{ID: id}, nil
}

// checkSend refuses what no phone could send, before anything is done.
func checkSend(req sendRequest) error {
	switch {
	case strings.TrimSpace(req.To) == "":
		return errBadField.with("to is missing: the number of another phone")
	case len(req.To) > maxField || len(req.ID) > maxField || len(req.ReplyTo) > maxField:
		return errBadField.with("to, id and reply_to are shorter than %d bytes", maxField)
	case len([]rune(req.Text)) > maxText:
		return errBadField.with("text has more than %d characters", maxText)
	}
	if n := contents(req.Content); n != 1 {
		return errBadField.with("give exactly one of text, media, location, contact, contacts, reaction, poll, vote, edit, pin, revoke and timer; there are %d", n)
	}
	if req.Media != nil {
		return checkMedia(*req.Media)
	}
	return nil
}

// contents counts the kinds of content that a message brings.
func contents(c wasim.Content) (n int) {
	for _, set := range []bool{
		c.Text != "", c.Media != nil, c.Location != nil, c.Contact != nil,
		c.Reaction != nil, c.Poll != nil, c.Edit != nil, c.Revoke != "", len(c.Contacts) > 0, c.Vote != nil, c.Timer != nil, c.Pin != nil,
	} {
		if set {
			n++
		}
	}
	return n
}

func checkMedia(m wasim.Media) error {
	kinds := []string{"image", "video", "audio", "voice", "document", "sticker"}
	switch {
	case !slices.Contains(kinds, m.Type):
		return errBadField.with("media.type has to be one of %s", strings.Join(kinds, ", "))
	case len(m.Data) == 0:
		return errBadField.with("media.data is missing: the file in base64")
	case len([]rune(m.Caption)) > maxText:
		return errBadField.with("media.caption has more than %d characters", maxText)
	case len(m.Filename) > maxField || len(m.MIME) > maxField:
		return errBadField.with("media.filename and media.mime are shorter than %d bytes", maxField)
	}
	if m.MIME != "" {
		if _, _, err := mime.ParseMediaType(m.MIME); err != nil {
			return errBadField.with("media.mime is no media type: %s", err)
		}
	}
	return nil
}

// getMedia answers with the decrypted file itself, or the part that was asked for, not with JSON.
func getMedia(w http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	id := r.PathValue("id")
	message, ok := p.Message(id)
	switch {
	case !ok:
		return nil, errNoMessage.with("%.60q", id)
	case !hasFile(message.Type):
		return nil, errNoFile
	}
	ctx, cancel := context.WithTimeout(r.Context(), deedTime)
	defer cancel()
	data, err := p.Media(ctx, id)
	if err != nil {
		return nil, refusedBy(r, errFileGone, err)
	}
	kind := message.MIME
	if _, _, err := mime.ParseMediaType(kind); err != nil {
		kind = "application/octet-stream"
	}
	header := w.Header()
	header.Set("Content-Type", kind)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data)) // players ask for parts
	return nil, nil
}

func hasFile(messageType string) bool {
	return slices.Contains([]string{"image", "video", "audio", "voice", "document", "sticker"}, messageType)
}

func playMessage(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	id := r.PathValue("id")
	if _, ok := p.Message(id); !ok {
		return nil, errNoMessage.with("%.60q", id)
	}
	return done(r, func(ctx context.Context) error { return p.Play(ctx, id) })
}

type chatRequest struct {
	Chat string `json:"chat"`
	// Stop ends the typing that an earlier request began.
	Stop bool `json:"stop"`
}

func decodeChat(r *http.Request) (chatRequest, error) {
	var req chatRequest
	if err := decode(r, &req, lenient); err != nil {
		return req, err
	}
	if req.Chat = strings.TrimSpace(req.Chat); req.Chat == "" || len(req.Chat) > maxField {
		return req, errBadField.with("chat is missing: the number of the other side")
	}
	return req, nil
}

func readChat(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	req, err := decodeChat(r)
	if err != nil {
		return nil, err
	}
	return done(r, func(ctx context.Context) error { return p.Read(ctx, req.Chat) })
}

func typing(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	req, err := decodeChat(r)
	if err != nil {
		return nil, err
	}
	if req.Stop {
		return done(r, func(ctx context.Context) error { return p.StopTyping(ctx, req.Chat) })
	}
	return done(r, func(ctx context.Context) error { return p.StartTyping(ctx, req.Chat) })
}

type presenceRequest struct {
	Online *bool `json:"online"`
}

func presence(_ http.ResponseWriter, r *http.Request, p *wasim.Phone) (any, error) {
	var req presenceRequest
	if err := decode(r, &req, lenient); err != nil {
		return nil, err
	}
	switch {
	case req.Online == nil:
		return nil, errBadField.with(`online is missing: {"online":true} or {"online":false}`)
	case *req.Online:
		return done(r, p.Online)
	default:
		return done(r, p.Offline)
	}
}

// done lets a phone do something that has no answer of its own.
func done(r *http.Request, do func(context.Context) error) (any, error) {
	ctx, cancel := context.WithTimeout(r.Context(), deedTime)
	defer cancel()
	if err := do(ctx); err != nil {
		return nil, refusedBy(r, errNotDone, err)
	}
	return struct{}{}, nil
}

// refusedBy turns a phone's error into a refusal, unless the caller has left.
func refusedBy(r *http.Request, refusal *Fault, err error) error {
	if r.Context().Err() != nil {
		return errCallerWentAway
	}
	return refusal.with("%s", err)
}
