package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"github.com/pingcrm/pingcrm/internal/kit/outbound"
)

// payload is what a browser gets: the worker of the pages (sw.js) shows it as it is.
type payload struct {
	Kind  Kind   `json:"kind"`
	Title string `json:"title"`
	Body  string `json:"body,omitempty"`
	Tag   string `json:"tag"` // a newer notice of the same tag takes the older one's place
	Path  string `json:"path"`
	Lang  string `json:"lang"`
	At    int64  `json:"at"` // unix ms
}

// encode is the payload as it is encrypted.
func (p payload) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // it is no page, and six bytes for one would need room
	err := e.Encode(p)
	return b.Bytes(), err
}

const (
	// recordSize is what every push is padded to, so that its length says nothing. Push services take up to 4096.
	recordSize = 2048
	pushTime   = 10 * time.Second
)

// push hands a payload to the bell's push service.
func (s *Service) push(ctx context.Context, b Bell, p payload) result {
	key, err := s.key(ctx)
	if err != nil {
		return result{err: err}
	}
	to, err := s.to(b)
	if err != nil {
		return result{err: err, never: true}
	}
	body, err := p.encode()
	if err != nil {
		return result{err: err, never: true}
	}
	ctx, cancel := context.WithTimeout(ctx, pushTime)
	defer cancel()
	resp, err := webpush.SendNotificationWithContext(ctx, body, to, &webpush.Options{
		HTTPClient: s.conf.Client, RecordSize: recordSize, Subscriber: s.conf.Contact, TTL: int(keepFor.Seconds()),
		Topic: hashOf(p.Tag)[:32], Urgency: webpush.UrgencyHigh, VAPIDPublicKey: key.public, VAPIDPrivateKey: string(key.private),
	})
	if err != nil {
		return result{err: err, never: outbound.Blocked(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1024)) // so that the connection can be used again
	return result{status: resp.StatusCode, after: retryAfter(resp.Header)}
}

// retryAfter reads seconds, at most an hour; dates and nonsense are nothing.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, time.Hour)
}

// maxText is how much of a text a notice shows, in bytes; with it every payload fits into a record.
const maxText = 400

// short is the beginning of a text in one line, without what turns the direction of the text around it.
func short(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\ufffd"), func(r rune) bool {
		return r <= ' ' || r == 0x7f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	}), " ")
	return cut(s, maxText)
}

// cut is at most n bytes of s.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-len("…")], "") + "…"
}
