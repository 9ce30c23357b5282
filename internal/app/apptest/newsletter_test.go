package apptest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
)

// newsletterView is a newsletter as the API shows it.
type newsletterView struct {
	ID, Name, Invite, Role string
	Followers              int
}

// TestNewslettersOverTheAPI makes one that a customer follows, and follows one of a customer.
func TestNewslettersOverTheAPI(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	at := "/api/v1/devices/" + s.device + "/newsletters"
	var made newsletterView
	if err := s.Post(at, object{"name": "Promo Toko", "description": "Tiap Senin"}, &made); err != nil || made.Role != "owner" {
		t.Fatalf("made %+v, %v", made, err)
	}
	if err := s.sari.FollowNewsletter(t.Context(), made.Invite); err != nil {
		t.Fatal(err)
	}
	var post struct{ Number int }
	if err := s.Post(at+"/"+made.ID+"/messages", object{"text": "Diskon 10%"}, &post); err != nil || post.Number == 0 {
		t.Fatalf("post %+v, %v", post, err)
	}
	picture := s.upload(t, "promo.jpg", photograph(t, 64))
	if err := s.Post(at+"/"+made.ID+"/messages", object{"text": "Foto", "file_id": picture}, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Post(at+"/"+made.ID+"/reactions", object{"number": post.Number, "emoji": "👍"}, nil); err != nil {
		t.Fatal(err)
	}
	if seen, err := s.sari.NewsletterPosts(made.ID); err != nil || len(seen) != 2 || seen[0].Text != "Diskon 10%" || seen[1].Kind != "image" || seen[1].Text != "Foto" {
		t.Errorf("Sari sees %+v, %v", seen, err)
	}
	theirs, err := s.sari.CreateNewsletter(t.Context(), "Kabar Sari", "")
	if err != nil {
		t.Fatal(err)
	}
	var followed newsletterView
	if err := s.Post(at+"/follow", object{"newsletter": theirs}, &followed); err != nil || followed.Name != "Kabar Sari" || followed.Role != "subscriber" {
		t.Errorf("followed %+v, %v", followed, err)
	}
	if _, err := s.sari.PostNewsletter(t.Context(), theirs, "Halo semua"); err != nil {
		t.Fatal(err)
	}
	var posts struct {
		Items []struct{ Text, Kind string }
	}
	if err := s.Get(at+"/"+theirs+"/messages", &posts); err != nil || len(posts.Items) != 1 || posts.Items[0].Text != "Halo semua" {
		t.Errorf("their posts: %+v, %v", posts, err)
	}
	var list struct{ Items []newsletterView }
	if err := s.Get(at, &list); err != nil || len(list.Items) != 2 {
		t.Errorf("listed %+v, %v", list, err)
	}
	if err := s.Do(http.MethodDelete, at+"/"+theirs, nil, nil, nil); err != nil {
		t.Errorf("leaving: %v", err)
	}
	for path, body := range map[string]object{
		at: {"name": ""}, at + "/follow": {"newsletter": "nothing"}, at + "/" + theirs + "/messages": {"text": "x"}, at + "/" + made.ID + "/messages": {"text": " "},
		at + "/1@newsletter/messages": {"text": "x"}, at + "/x/reactions": {"number": 1, "emoji": "x"}, at + "/" + made.ID + "/reactions": {"number": -1, "emoji": "x"},
	} {
		if err := s.Post(path, body, nil); err == nil {
			t.Errorf("POST %s %v was taken", path, body)
		}
	}
	if err := s.Post(at, object{"name": " \n "}, nil); err == nil || !strings.Contains(err.Error(), "newsletter_name_invalid") {
		t.Errorf("a name of nothing but spaces: %v", err)
	}
	if n := len(s.history(t, s.device, s.sari.Number())); n != 0 {
		t.Errorf("posts came into the inbox: %d messages", n)
	}
	_ = apptest.Curl(t, "--fail", "--header", "Authorization: Bearer "+s.Demo.APIKey, s.URL+at)
}
