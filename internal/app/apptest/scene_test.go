package apptest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// deviceView is a device as the API shows it.
type deviceView struct {
	ID         string
	Number     string
	State      string
	StateWhy   string `json:"state_why"`
	StateUntil int64  `json:"state_until"`
	Linked     bool
}

// stepView is a step of linking as the API shows it.
type stepView struct {
	Step      string
	Code      string
	ExpiresAt int64 `json:"expires_at"`
	Reason    string
	Ask       struct {
		Kind, ID, EN string
		Options      json.RawMessage
	}
}

// messageView is a message as the API shows it.
type messageView struct {
	ID        string
	ChatID    string `json:"chat_id"`
	NetworkID string `json:"network_id"`
	FromMe    bool   `json:"from_me"`
	State     string
	Code      string
	Origin    string
	Content   struct {
		Kind, Text string
		Media      struct {
			MIME   string
			Size   int
			SHA256 string
		}
	}
}

func (s *shop) look(t *testing.T, device string) (d deviceView) {
	t.Helper()
	if err := s.Get("/api/v1/devices/"+device, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// awaitState waits until a device is in one of the states.
func (s *shop) awaitState(t *testing.T, device string, states ...string) deviceView {
	t.Helper()
	var d deviceView
	if !apptest.Eventually(100*time.Second, func() bool {
		return s.Get("/api/v1/devices/"+device, &d) == nil && slices.Contains(states, d.State)
	}) {
		t.Fatalf("device %s is %+v, want %v", device, d, states)
	}
	return d
}

// tell writes to a number through the API.
func (s *shop) tell(t *testing.T, device, number, text string) (m messageView) {
	t.Helper()
	if err := s.Post("/api/v1/messages", object{"device_id": device, "phone": number, "text": text}, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// awaitMessage waits until a message is in one of the states.
func (s *shop) awaitMessage(t *testing.T, id string, states ...string) (m messageView) {
	t.Helper()
	if !apptest.Eventually(100*time.Second, func() bool {
		return s.Get("/api/v1/messages/"+id, &m) == nil && slices.Contains(states, m.State)
	}) {
		t.Fatalf("message %+v, want state %v", m, states)
	}
	return m
}

// chats lists the chats of a device with one number.
func (s *shop) chats(t *testing.T, device, number string) []string {
	t.Helper()
	var list struct {
		Items []struct {
			ID      string
			Contact struct{ Phone string }
		}
	}
	if err := s.Get("/api/v1/chats?"+url.Values{"device_id": {device}, "limit": {"100"}}.Encode(), &list); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range list.Items {
		if c.Contact.Phone == number {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// history is the newest part of the only chat with a number, oldest first; nothing while there is none.
func (s *shop) history(t *testing.T, device, number string) []messageView {
	t.Helper()
	ids := s.chats(t, device, number)
	if len(ids) == 0 {
		return nil
	}
	if len(ids) > 1 {
		t.Fatalf("one person has %d chats", len(ids))
	}
	var list struct{ Items []messageView }
	if err := s.Get("/api/v1/chats/"+ids[0]+"/messages?limit=200", &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// awaitIn waits until something that a customer wrote is stored.
func (s *shop) awaitIn(t *testing.T, device, number string, match func(messageView) bool) messageView {
	t.Helper()
	var list []messageView
	at := -1
	if !apptest.Eventually(100*time.Second, func() bool {
		list = s.history(t, device, number)
		at = slices.IndexFunc(list, func(m messageView) bool { return !m.FromMe && match(m) })
		return at >= 0
	}) {
		t.Fatalf("never stored; the chat has %+v", list)
	}
	return list[at]
}

func textIs(text string) func(messageView) bool {
	return func(m messageView) bool { return m.Content.Text == text }
}

// says lets a phone write.
func says(t *testing.T, p *wasim.Phone, to, text string) string {
	t.Helper()
	id, err := p.Send(context.Background(), to, wasim.Content{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// awaitOn waits for a text on a phone.
func awaitOn(t *testing.T, p *wasim.Phone, text string) wasim.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	m, err := p.Await(ctx, func(m wasim.Message) bool { return !m.FromMe && m.Text == text })
	if err != nil {
		t.Fatalf("%q never came: %v", text, err)
	}
	return m
}

// onceEach fails unless each text is on the phone exactly once.
func onceEach(t *testing.T, p *wasim.Phone, texts ...string) {
	t.Helper()
	got := map[string]int{}
	for _, m := range p.Messages("", "") {
		if !m.FromMe {
			got[m.Text]++
		}
	}
	for _, text := range texts {
		if got[text] != 1 {
			t.Errorf("%q is on the phone %d times, want once", text, got[text])
		}
	}
}

// quiet fails when the server has logged an error.
func (s *shop) quiet(t *testing.T) {
	t.Helper()
	for _, line := range strings.Split(s.Words(), "\n") {
		if strings.Contains(line, "level=ERROR") {
			t.Errorf("the server logged %s", line)
		}
	}
}

// upload puts a file into the workspace and returns its id.
func (s *shop) upload(t *testing.T, name string, data []byte) string {
	t.Helper()
	body, contentType := form(t, name, data)
	var f struct{ ID string }
	if err := s.Send(http.MethodPost, "/api/v1/files", body, http.Header{"Content-Type": {contentType}}, &f); err != nil {
		t.Fatal(err)
	}
	return f.ID
}

// form is a file as a browser uploads it.
func form(t *testing.T, name string, data []byte) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return body, w.FormDataContentType()
}

// awaitDevice waits until a device fits.
func (s *shop) awaitDevice(t *testing.T, device string, fits func(deviceView) bool) (d deviceView) {
	t.Helper()
	if !apptest.Eventually(100*time.Second, func() bool { return s.Get("/api/v1/devices/"+device, &d) == nil && fits(d) }) {
		t.Fatalf("device %s is %+v", device, d)
	}
	return d
}

// spoil puts a fault in force.
func (s *shop) spoil(t *testing.T, f wasim.Fault) string {
	t.Helper()
	f, err := s.net.AddFault(f)
	if err != nil {
		t.Fatal(err)
	}
	return f.ID
}
