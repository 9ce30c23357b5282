package apptest_test

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
)

// rss is the server's memory, in bytes.
func rss(t *testing.T, s *shop) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PID()))
	if err != nil {
		t.Fatal("memory is read from /proc, which only Linux has; run the tests there")
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// disk is how much a folder holds.
func disk(t *testing.T, dir string) (n int64) {
	t.Helper()
	_ = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			n += info.Size()
		}
		return nil
	})
	return n
}

// endless gives n bytes of a multipart body with one file, without having them.
func endless(n int64) (io.Reader, string) {
	head := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"film.mp4\"\r\n\r\n"
	return io.MultiReader(strings.NewReader(head), io.LimitReader(zeros{}, n), strings.NewReader("\r\n--x--\r\n")), "multipart/form-data; boundary=x"
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestHugeUploads sends two gigabytes, with and without saying so before: both are refused, and neither memory nor disk
// grow with them.
func TestHugeUploads(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	memory, kept := rss(t, s), disk(t, s.Data)
	for _, told := range []int64{2 << 30, -1} {
		body, kind := endless(2 << 30)
		sent := &counter{r: body}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/v1/files", sent)
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = told
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Authorization", "Bearer "+s.Demo.APIKey)
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("told %d bytes: %s, want 413", told, resp.Status)
			}
		} else if told < 0 {
			t.Logf("the server hung up on an upload without end: %v", err)
		} else {
			t.Errorf("told %d bytes: %v, want 413", told, err)
		}
		if n := sent.n.Load(); n > 256<<20 {
			t.Errorf("told %d bytes: %d were taken before the answer, want no more than the limit and what is on the way", told, n)
		}
	}
	if grown := rss(t, s) - memory; grown > 64<<20 {
		t.Errorf("memory grew by %d bytes, want less than 64 MiB", grown)
	}
	if grown := disk(t, s.Data) - kept; grown > 16<<20 {
		t.Errorf("the data folder grew by %d bytes, want hardly anything", grown)
	}
	if id := s.upload(t, "a.png", drawing(t, color.White)); id == "" {
		t.Error("a small upload after that was refused")
	}
}

// counter counts what is read, which may go on behind an answer.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// TestLargeFileBothWays sends 40 MiB to a customer and gets as much back: more than ever lies in memory.
func TestLargeFileBothWays(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	film := append([]byte(mp4Film), bytes.Repeat([]byte("film"), 10<<20)...)
	chat := s.tell(t, s.device, s.sari.Number(), "filmnya menyusul").ChatID
	file := s.upload(t, "film.mp4", film)
	memory := rss(t, s)
	var sent messageView
	if err := s.Post("/api/v1/chats/"+chat+"/messages", object{"file_id": file}, &sent); err != nil {
		t.Fatal(err)
	}
	m, err := s.sari.Await(t.Context(), func(m wasim.Message) bool { return m.ID == sent.NetworkID })
	if err != nil || m.Type != "video" {
		t.Fatalf("the customer sees %+v, %v; want a video", m, err)
	}
	if got, err := s.sari.Media(t.Context(), m.ID); err != nil || !bytes.Equal(got, film) {
		t.Errorf("the customer's film has %d bytes, %v; want %d", len(got), err, len(film))
	}
	if _, err := s.sari.Send(t.Context(), s.number, wasim.Content{Media: &wasim.Media{Type: "document", Data: film, Caption: "ini"}}); err != nil {
		t.Fatal(err)
	}
	in := s.awaitIn(t, s.device, s.sari.Number(), textIs("ini"))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/v1/messages/"+in.ID+"/media", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Demo.APIKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != 200 || !bytes.Equal(got, film) {
		t.Errorf("what came back: %s, %d bytes, %v; want %d", resp.Status, len(got), err, len(film))
	}
	if grown := rss(t, s) - memory; grown > 48<<20 {
		t.Errorf("memory grew by %d bytes for two files of %d; want less than one", grown, len(film))
	}
}

// TestMediaByAddress sends a file that is fetched from an address, with the preview of another page beside a text, and
// refuses what leads into our own network.
func TestMediaByAddress(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	picture := drawing(t, color.RGBA{B: 200, A: 255})
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/foto.png" {
			_, _ = w.Write(picture)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<title>Toko Batik</title><meta name="description" content="Batik tulis">`)
	}))
	t.Cleanup(site.Close)
	chat := s.tell(t, s.device, s.sari.Number(), "halo").ChatID
	var sent messageView
	if err := s.Post("/api/v1/chats/"+chat+"/messages", object{"url": site.URL + "/foto.png", "text": "dari alamat"}, &sent); err != nil {
		t.Fatal(err)
	}
	got := s.awaitText(t, "dari alamat")
	if data, err := s.sari.Media(t.Context(), got.ID); got.Type != "image" || err != nil || !bytes.Equal(data, picture) {
		t.Errorf("the customer sees %+v with %d bytes, %v; want the picture", got, len(data), err)
	}
	text := "lihat " + site.URL + "/toko"
	if err := s.Post("/api/v1/chats/"+chat+"/messages", object{"text": text, "link_preview": true}, &sent); err != nil {
		t.Fatal(err)
	}
	if e := s.awaitText(t, text).Raw.GetExtendedTextMessage(); e.GetTitle() != "Toko Batik" || e.GetDescription() != "Batik tulis" || e.GetMatchedText() != site.URL+"/toko" {
		t.Errorf("the customer's preview is %v; want the page's own words", e)
	}
	for _, address := range []string{"http://10.0.0.1/a.png", "http://169.254.169.254/latest", "http://2130706433/", "file:///etc/passwd", "http://printer.local/a"} {
		err := s.Post("/api/v1/chats/"+chat+"/messages", object{"kind": "image", "url": address}, nil)
		if err == nil || !strings.Contains(err.Error(), "422") || !strings.Contains(err.Error(), `"field":"url"`) {
			t.Errorf("%s: %v, want 422 with the field url", address, err)
		}
	}
}
