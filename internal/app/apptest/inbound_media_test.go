package apptest_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
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
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Api-Key", s.Demo.APIKey)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != 200 || !bytes.Equal(got, picture) || resp.Header.Get("Content-Type") != "image/png" {
			t.Fatalf("GET %s: %d, %d bytes of %s, %v; want the picture", url, resp.StatusCode, len(got), resp.Header.Get("Content-Type"), err)
		}
	}
	apptest.Curl(t, "--fail", "--output", t.TempDir()+"/foto.png", "--header", "Authorization: Bearer "+s.Demo.APIKey, url)
}
