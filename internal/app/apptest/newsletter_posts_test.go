package apptest_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
)

// TestNewPostsAreToldAndTheirFilesFetched follows a customer's newsletter, and writes one with a picture.
func TestNewPostsAreToldAndTheirFilesFetched(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	at := "/api/v1/devices/" + s.device + "/newsletters"
	theirs, err := s.sari.CreateNewsletter(t.Context(), "Kabar Sari", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Post(at+"/follow", object{"newsletter": theirs}, nil); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"Satu", "Dua"} {
		if _, err := s.sari.PostNewsletter(t.Context(), theirs, text); err != nil {
			t.Fatal(err)
		}
	}
	var events struct {
		Items []struct {
			Data struct {
				NewsletterID string `json:"newsletter_id"`
				Text         string
				Number       int
			}
		}
	}
	s.Await("two posts in the log", func() bool {
		return s.Get("/api/v1/events?types=newsletter.posted", &events) == nil && len(events.Items) == 2
	})
	if d := events.Items[1].Data; d.NewsletterID != theirs || d.Text != "Dua" || d.Number != events.Items[0].Data.Number+1 {
		t.Errorf("the second one: %+v", d)
	}
	muted := func() bool {
		var n struct{ Muted bool }
		if err := s.Get(at+"/"+theirs, &n); err != nil {
			t.Fatal(err)
		}
		return n.Muted
	}
	for _, step := range []struct {
		method string
		want   bool
	}{{http.MethodPut, true}, {http.MethodPut, true}, {http.MethodDelete, false}} {
		if err := s.Do(step.method, at+"/"+theirs+"/mute", nil, nil, nil); err != nil || muted() != step.want {
			t.Errorf("%s mute: %v, muted %v", step.method, err, muted())
		}
	}
	var made struct{ ID string }
	if err := s.Post(at, object{"name": "Promo"}, &made); err != nil {
		t.Fatal(err)
	}
	photo := photograph(t, 64)
	var text, picture struct {
		Number int
		Media  struct{ Size int }
	}
	if err := s.Post(at+"/"+made.ID+"/messages", object{"text": "Diskon"}, &text); err != nil {
		t.Fatal(err)
	}
	if err := s.Post(at+"/"+made.ID+"/messages", object{"file_id": s.upload(t, "promo.jpg", photo)}, &picture); err != nil {
		t.Fatal(err)
	}
	file := func(number int) string { return at + "/" + made.ID + "/messages/" + strconv.Itoa(number) + "/media" }
	if got := apptest.Curl(t, "--fail", "--header", "Authorization: Bearer "+s.Demo.APIKey, s.URL+file(picture.Number)); got != string(photo) {
		t.Errorf("the file of post %d has %d bytes, want the %d posted", picture.Number, len(got), len(photo))
	}
	for _, number := range []int{text.Number, picture.Number + 7, 0} {
		if err := s.Get(file(number), nil); err == nil {
			t.Errorf("post %d has a file", number)
		}
	}
}
