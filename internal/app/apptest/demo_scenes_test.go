package apptest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
)

// TestTheDemoShowsSomethingOfEverything looks at what the demo's people show and do on its own network.
func TestTheDemoShowsSomethingOfEverything(t *testing.T) {
	t.Parallel()
	srv := apptest.Launch(t)
	s := &shop{Server: srv, device: srv.Demo.Devices[0].ID, number: srv.Demo.Devices[0].Number}
	want := []string{"contact", "image", "location", "poll"}
	kinds := func() (seen []string) {
		for i := range 4 {
			for _, m := range s.history(t, s.device, s.Demo.Phones[i].Number) {
				if slices.Contains(want, m.Content.Kind) {
					seen = append(seen, m.Content.Kind)
				}
			}
		}
		slices.Sort(seen)
		return seen
	}
	s.Await("a file, a place, a poll and a card in the chats", func() bool { return slices.Equal(kinds(), want) })
	s.Await("a status update", func() bool { return len(s.statuses(t)) == 1 })
	s.Await("a chat with the group", func() bool {
		var list struct {
			Items []struct{ Contact struct{ Name string } }
		}
		if err := s.Get("/api/v1/chats?limit=100&device_id="+s.device, &list); err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(list.Items, func(c struct{ Contact struct{ Name string } }) bool { return c.Contact.Name == "Reseller Toko Demo" })
	})
	var p struct {
		Body struct {
			About string
			File  string `json:"picture_file_id"`
		}
	}
	var contacts struct{ Items []struct{ ID, Phone string } }
	if err := s.Get("/api/v1/contacts?limit=100", &contacts); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(contacts.Items, func(c struct{ ID, Phone string }) bool { return c.Phone == s.Demo.Phones[0].Number })
	if i < 0 {
		t.Fatalf("%s is no contact: %+v", s.Demo.Phones[0].Name, contacts)
	}
	if err := s.Get("/api/v1/contacts/"+contacts.Items[i].ID+"/profile", &p.Body); err != nil || p.Body.About != "Pecinta kue" || p.Body.File == "" {
		t.Errorf("the first customer shows %+v, %v; want an about text and a picture", p, err)
	}
	got := apptest.Curl(t, "--fail", s.URL+"/api-app/whatsapp/misc/get-profile/"+s.device, "--data-raw", `{"api_key":"`+s.Demo.APIKey+`","phone":"`+s.Demo.Phones[5].Number+`"}`)
	if !strings.Contains(got, "http") {
		t.Errorf("get-profile answers %s, want a picture", got)
	}
}
