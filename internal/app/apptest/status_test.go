package apptest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// statusView is a status update as the API shows it.
type statusView struct {
	ID        string
	NetworkID string `json:"network_id"`
	FromMe    bool   `json:"from_me"`
	Sender    struct {
		ContactID string `json:"contact_id"`
		Name      string
		Phone     string
	}
	Content struct {
		Kind, Text string
	}
	At        int64
	ExpiresAt int64 `json:"expires_at"`
}

func (s *shop) statuses(t *testing.T) []statusView {
	t.Helper()
	var list struct{ Items []statusView }
	if err := s.Get("/api/v1/devices/"+s.device+"/status-updates", &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// types are the types of the events so far that begin with a prefix, oldest first.
func (s *shop) types(t *testing.T, prefix string) (types []string) {
	t.Helper()
	var events struct{ Items []struct{ Type string } }
	if err := s.Get("/api/v1/events?types="+prefix+".*", &events); err != nil {
		t.Fatal(err)
	}
	for _, e := range events.Items {
		types = append(types, e.Type)
	}
	return types
}

// TestStatusUpdatesOfCustomersAreReadForADay has a customer post and take back, beside the inbox.
func TestStatusUpdatesOfCustomersAreReadForADay(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if _, err := s.sari.Send(t.Context(), s.number, wasim.Content{Text: "Halo"}); err != nil {
		t.Fatal(err)
	}
	s.awaitIn(t, s.device, s.sari.Number(), func(m messageView) bool { return m.Content.Text == "Halo" })
	before := len(s.history(t, s.device, s.sari.Number()))
	if _, err := s.sari.PostStatus(t.Context(), wasim.Content{Text: "Liburan"}); err != nil {
		t.Fatal(err)
	}
	photo := photograph(t, 64)
	id, err := s.sari.PostStatus(t.Context(), wasim.Content{Media: &wasim.Media{Type: "image", MIME: "image/jpeg", Data: photo, Caption: "Pantai"}})
	if err != nil {
		t.Fatal(err)
	}
	s.Await("two status updates", func() bool { return len(s.statuses(t)) == 2 })
	list := s.statuses(t)
	if list[0].NetworkID != id || list[0].Content.Kind != "image" || list[1].Content.Text != "Liburan" || list[1].Sender.Phone != s.sari.Number() ||
		list[1].Sender.ContactID == "" || list[1].ExpiresAt-list[1].At != 86_400_000 {
		t.Errorf("the updates: %+v", list)
	}
	at := "/api/v1/devices/" + s.device + "/status-updates/"
	if got := apptest.Curl(t, "--fail", "--header", "Authorization: Bearer "+s.Demo.APIKey, s.URL+at+list[0].ID+"/media"); got != string(photo) {
		t.Errorf("the picture has %d bytes, want the %d posted", len(got), len(photo))
	}
	if err := s.Do(http.MethodDelete, at+list[0].ID, nil, nil, nil); err == nil || !strings.Contains(err.Error(), "status_not_own") {
		t.Errorf("deleting somebody else's: %v", err)
	}
	if _, err := s.sari.PostStatus(t.Context(), wasim.Content{Revoke: id}); err != nil {
		t.Fatal(err)
	}
	s.Await("the picture to be gone", func() bool { return len(s.statuses(t)) == 1 })
	if got := strings.Join(s.types(t, "status"), " "); got != "status.received status.received status.deleted" {
		t.Errorf("the events: %s", got)
	}
	if n := len(s.history(t, s.device, s.sari.Number())); n != before {
		t.Errorf("the inbox has %d messages, want the %d of before", n, before)
	}
	if err := s.Do(http.MethodPatch, "/api/v1/devices/"+s.device, object{"ignore_statuses": true}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.sari.PostStatus(t.Context(), wasim.Content{Text: "Tidak untuk toko"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.sari.Send(t.Context(), s.number, wasim.Content{Text: "Sudah?"}); err != nil {
		t.Fatal(err)
	}
	s.awaitIn(t, s.device, s.sari.Number(), func(m messageView) bool { return m.Content.Text == "Sudah?" })
	if list := s.statuses(t); len(list) != 1 {
		t.Errorf("kept although the settings say not to: %+v", list)
	}
}

// TestOwnStatusUpdatesAreListedAndTakenBack posts one from here.
func TestOwnStatusUpdatesAreListedAndTakenBack(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	at := "/api/v1/devices/" + s.device + "/status-updates"
	var posted statusView
	if err := s.Post(at, object{"text": "Buka sampai jam 9"}, &posted); err != nil || !posted.FromMe || posted.ID == "" {
		t.Fatalf("posted %+v, %v", posted, err)
	}
	own, _ := s.net.PhoneByNumber(s.number)
	if m, err := own.Await(t.Context(), func(m wasim.Message) bool { return m.ID == posted.NetworkID }); err != nil || m.Chat != wasim.StatusChat {
		t.Errorf("on the own phone: %+v, %v", m, err)
	}
	if list := s.statuses(t); len(list) != 1 || list[0].ID != posted.ID || list[0].Content.Text != "Buka sampai jam 9" {
		t.Errorf("listed %+v", list)
	}
	if err := s.Do(http.MethodDelete, at+"/"+posted.ID, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := own.Await(t.Context(), func(m wasim.Message) bool { return m.ID == posted.NetworkID && m.Status == wasim.StatusRevoked }); err != nil {
		t.Error(err)
	}
	if list := s.statuses(t); len(list) != 0 {
		t.Errorf("still listed: %+v", list)
	}
	if err := s.Do(http.MethodDelete, at+"/"+posted.ID, nil, nil, nil); err == nil || !strings.Contains(err.Error(), "status_not_found") {
		t.Errorf("a second time: %v", err)
	}
	if got := strings.Join(s.types(t, "status"), " "); got != "status.posted status.deleted" {
		t.Errorf("the events: %s", got)
	}
}
