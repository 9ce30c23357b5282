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
	if got := apptest.Curl(t, "--fail", "--header", "Authorization: Bearer "+s.Demo.APIKey, s.URL+at+list[0].ID+"/media?show=true"); got != string(photo) {
		t.Errorf("the picture to be drawn has %d bytes, want the %d posted", len(got), len(photo))
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

// TestOwnStatusUpdatesReachWhoIsSaved posts from here: Sari, whom the shop has saved in its phone's address book, sees it,
// and nobody else does.
func TestOwnStatusUpdatesReachWhoIsSaved(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.greet(t)
	rudi := s.net.Phone("Rudi")
	says(t, rudi, s.number, "Halo")
	s.sariIsSaved(t)
	at := "/api/v1/devices/" + s.device + "/status-updates"
	var posted statusView
	if err := s.Post(at, object{"text": "Buka sampai jam 9"}, &posted); err != nil || !posted.FromMe || posted.ID == "" {
		t.Fatalf("posted %+v, %v", posted, err)
	}
	photo := photograph(t, 64)
	var picture statusView
	if err := s.Post(at, object{"file_id": s.upload(t, "promo.jpg", photo), "text": "Promo"}, &picture); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*wasim.Phone{s.owner(t), s.sari} {
		for _, posted := range []statusView{posted, picture} {
			m, err := p.Await(t.Context(), func(m wasim.Message) bool { return m.ID == posted.NetworkID })
			if err != nil || m.Chat != wasim.StatusChat || m.From != s.number || m.Text != posted.Content.Text || m.Type != posted.Content.Kind {
				t.Errorf("on the phone of %s: %+v, %v; want %+v", p.Name(), m, err, posted)
			}
		}
		if got, err := p.Media(t.Context(), picture.NetworkID); err != nil || string(got) != string(photo) {
			t.Errorf("%s sees a picture of %d bytes, %v; want the %d posted", p.Name(), len(got), err, len(photo))
		}
	}
	if list := s.statuses(t); len(list) != 2 || list[0].ID != picture.ID || list[1].ID != posted.ID || list[1].Content.Text != "Buka sampai jam 9" {
		t.Errorf("listed %+v", list)
	}
	if err := s.Do(http.MethodDelete, at+"/"+posted.ID, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*wasim.Phone{s.owner(t), s.sari} {
		if _, err := p.Await(t.Context(), func(m wasim.Message) bool { return m.ID == posted.NetworkID && m.Status == wasim.StatusRevoked }); err != nil {
			t.Errorf("on the phone of %s: %v", p.Name(), err)
		}
	}
	if got := rudi.Messages(wasim.StatusChat, ""); len(got) != 0 {
		t.Errorf("Rudi, who is not saved, sees %+v", got)
	}
	if list := s.statuses(t); len(list) != 1 {
		t.Errorf("still listed: %+v", list)
	}
	if err := s.Do(http.MethodDelete, at+"/"+posted.ID, nil, nil, nil); err == nil || !strings.Contains(err.Error(), "status_not_found") {
		t.Errorf("a second time: %v", err)
	}
	if got := strings.Join(s.types(t, "status"), " "); got != "status.posted status.posted status.deleted" {
		t.Errorf("the events: %s", got)
	}
}

// sariIsSaved puts Sari into the address book of the shop's phone: under a name, and under her own.
func (s *shop) sariIsSaved(t *testing.T) {
	t.Helper()
	at := "/api/v1/contacts/" + s.contactOf(t, s.sari) + "/address-book"
	for _, step := range []struct {
		method, path string
		body         any
		want         string
	}{
		{http.MethodPut, at, object{"device_id": s.device, "name": "Sari Toko Kain"}, "Sari Toko Kain"},
		{http.MethodDelete, at + "?device_id=" + s.device, nil, ""},
		{http.MethodPut, at, object{"device_id": s.device, "name": " \n"}, "Sari"},
		{http.MethodDelete, at + "?device_id=" + s.device, nil, ""},
		{http.MethodPut, at, object{"device_id": s.device}, "Sari"},
	} {
		if err := s.Do(step.method, step.path, step.body, nil, nil); err != nil {
			t.Fatal(err)
		}
		s.Await("Sari in the phone's address book as "+step.want, func() bool { return s.owner(t).AddressBook()[s.sari.Number()] == step.want })
	}
}

// contactOf is the id of somebody who wrote.
func (s *shop) contactOf(t *testing.T, p *wasim.Phone) (id string) {
	t.Helper()
	s.Await("a contact of "+p.Name(), func() bool {
		var list struct{ Items []struct{ ID, Phone string } }
		if s.Get("/api/v1/contacts?limit=100", &list) != nil {
			return false
		}
		for _, c := range list.Items {
			if c.Phone == p.Number() {
				id = c.ID
			}
		}
		return id != ""
	})
	return id
}
