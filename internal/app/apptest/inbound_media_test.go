package apptest_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// A customer sends a picture; a script reads of it in the contract's detail and opens its url with the same key.
func TestAReceivedPictureCanBeOpened(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	picture := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{0, 1, 2, 3}, 5000)...)
	if _, err := s.sari.Send(context.Background(), s.number, wasim.Content{
		Media: &wasim.Media{Type: "image", MIME: "image/png", Data: picture, Caption: "bukti transfer"},
	}); err != nil {
		t.Fatal(err)
	}
	var url string
	s.Await("the picture in the chat's detail", func() bool {
		var detail struct {
			List map[string]struct {
				Message struct {
					Type string
					URL  string
				}
			}
		}
		_ = s.Get("/api-app/whatsapp/chats/detail/"+s.device+"/"+s.sari.Number()+"?api_key="+s.Demo.APIKey, &detail)
		for _, m := range detail.List {
			if m.Message.Type == "image" {
				url = m.Message.URL
			}
		}
		return url != ""
	})
	for range 2 {
		status, header, got := s.opened(t, url)
		if status != http.StatusOK || !bytes.Equal(got, picture) || header.Get("Content-Type") != "image/png" {
			t.Fatalf("GET %s: %d, %d bytes of %s; want the picture", url, status, len(got), header.Get("Content-Type"))
		}
	}
	apptest.Curl(t, "--fail", "--output", t.TempDir()+"/foto.png", "--header", "Authorization: Bearer "+s.Demo.APIKey, url)
}

// opened is what an address gives to whoever has the key.
func (s *shop) opened(t *testing.T, url string) (status int, header http.Header, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", s.Demo.APIKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

// TestAPictureThatIsGoneIsUploadedAgain has the network lose customers' pictures. While nobody can give one the answer
// says so; once the phone has uploaded it again, REST and the contract give it.
func TestAPictureThatIsGoneIsUploadedAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for i, code := range []int{404, 410} {
		customer, picture := s.net.Phone("Foto"), photograph(t, 200+i)
		id, err := customer.Send(t.Context(), s.number, wasim.Content{Media: &wasim.Media{Type: "image", MIME: "image/jpeg", Data: picture}})
		if err != nil {
			t.Fatal(err)
		}
		in := s.awaitIn(t, s.device, customer.Number(), func(m messageView) bool { return m.NetworkID == id })
		body := object{
			"api_key": s.Demo.APIKey, "chatid": customer.Number() + "@s.whatsapp.net", "type": "jpeg", "medianame": id,
			"message": s.details(t, customer.Number(), "image"),
		}
		rest, contract := "/api/v1/messages/"+in.ID+"/media", "/api-app/whatsapp/misc/download-media/"+s.device

		gone := s.spoil(t, wasim.Fault{Kind: wasim.FaultMedia, Code: code, Times: -1})
		for _, err := range []error{s.Get(rest, nil), s.Post(contract, body, nil)} {
			if err == nil || !strings.Contains(err.Error(), "404 Not Found") || !strings.Contains(err.Error(), "Minta pengirimnya mengirim ulang") {
				t.Errorf("while it is gone with %d: %v, want 404 and words", code, err)
			}
		}
		s.net.RemoveFault(gone)

		asked := s.uploadedAgain()
		s.spoil(t, wasim.Fault{Kind: wasim.FaultMedia, Code: code, Times: 1})
		var answer struct {
			Data struct{ DownloadPath string }
		}
		if err := s.Post(contract, body, &answer); err != nil {
			t.Fatalf("after %d: %v", code, err)
		}
		s.spoil(t, wasim.Fault{Kind: wasim.FaultMedia, Code: code, Times: 1})
		for _, url := range []string{s.URL + rest, answer.Data.DownloadPath} {
			if status, _, got := s.opened(t, url); status != http.StatusOK || !bytes.Equal(got, picture) {
				t.Errorf("after %d: GET %s: %d, %d bytes; want the %d that were sent", code, url, status, len(got), len(picture))
			}
		}
		if n := s.uploadedAgain() - asked; n != 2 || len(s.net.Faults()) != 0 {
			t.Errorf("after %d the phone was asked %d times, and %v never struck; want twice and nothing", code, n, s.net.Faults())
		}
	}
}

// uploadedAgain is how often the phone has told where a lost file is now.
func (s *shop) uploadedAgain() (n int) {
	for _, e := range s.net.Log().Entries(0) {
		if e.Direction == "out" && strings.Contains(e.XML, `type="mediaretry"`) {
			n++
		}
	}
	return n
}
