package chat_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// gallery is a connected device that receives files.
type gallery struct {
	t       *testing.T
	net     *devicetest.Loopback
	devices *device.Service
	chats   *chat.Service
	dev     device.Device
}

func newGallery(t *testing.T, d *db.DB) *gallery {
	g := &gallery{t: t, net: devicetest.NewLoopback()}
	g.devices = device.New(device.Config{DB: d, Drivers: []device.Driver{g.net}})
	contacts, sends := contact.New(d, contact.Config{}), outbox.New(d, outbox.Config{})
	files := file.New(d, blob.Dir(t.TempDir()))
	g.chats = chat.New(d, contacts, sends, chat.Config{Devices: g.devices, Download: g.devices.DownloadTo, Store: files})
	g.devices.Received.Add("chat", func(ctx context.Context, a device.Arrival) error { return g.chats.Receive(ctx, a.Device, a.Inbound) })
	dbtest.Migrated(t, d, file.Module(files, nil), contact.Module(contacts), device.Module(g.devices), outbox.Module(sends), chat.Module(g.chats))
	devicetest.Serve(t, g.devices)
	g.dev = g.net.Connect(t, g.devices, ws, "6200")
	return g
}

// receive has somebody send something and returns the message's id.
func (g *gallery) receive(c device.Content) string {
	g.t.Helper()
	p := peer(phone("6281"))
	networkID := g.net.Write(g.dev.ID, device.Inbound{Chat: p, Sender: p, Content: c})
	ctx, cancel := context.WithTimeout(context.Background(), devicetest.Patience)
	defer cancel()
	if err := g.net.Settle(ctx, g.dev.ID); err != nil {
		g.t.Fatal(err)
	}
	m, err := g.chats.GetByNetworkID(ctx, ws, g.dev.ID, networkID)
	if err != nil {
		g.t.Fatal(err)
	}
	return m.ID
}

// get asks the API for a message's bytes.
func (g *gallery) get(workspaceID, messageID string) *httptest.ResponseRecorder {
	return g.ask(workspaceID, messageID, "")
}

func (g *gallery) ask(workspaceID, messageID, query string) *httptest.ResponseRecorder {
	return g.request(workspaceID, httptest.NewRequest("GET", "/api/v1/messages/"+messageID+"/media"+query, nil))
}

func (g *gallery) request(workspaceID string, r *http.Request) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	api := httpx.NewAPI(mux, httpx.Info{Title: "t", Version: "1", Guard: func(r *http.Request, _ httpx.Need) (context.Context, error) {
		return member.With(r.Context(), member.Principal{WorkspaceID: workspaceID, Role: member.Agent}), nil
	}})
	chat.Module(g.chats).API(api)
	rec := httptest.NewRecorder()
	mux.ServeHTTP(rec, r)
	return rec
}

func TestReceivedMediaIsFetchedOnceAndServedSafely(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		g := newGallery(t, d)
		png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
		id := g.receive(device.Content{Kind: device.KindImage, Media: g.net.Upload("image/jpeg", []byte(png))})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if got := g.get(ws, id); got.Code != 200 || got.Body.String() != png || got.Header().Get("Content-Type") != "image/png" {
					t.Errorf("got %d %v %q, want the picture as what it is", got.Code, got.Header(), got.Body)
				}
			})
		}
		wg.Wait()
		g.net.Drop(g.dev.ID, &device.EndError{State: device.StateOffline, Why: "gone"})
		if got := g.get(ws, id); got.Code != 200 || g.net.Fetched() != 1 {
			t.Errorf("later: %d after %d downloads, want the kept bytes of the only one", got.Code, g.net.Fetched())
		}
		if got := g.ask(ws, id, "?show=true"); got.Code != 422 || !strings.Contains(got.Body.String(), "picture_not_shown") {
			t.Errorf("to be drawn: %d %s, want that a torn picture is not", got.Code, got.Body)
		}
		if got := g.get("ws-2", id); got.Code != 404 {
			t.Errorf("a stranger got %d, want 404", got.Code)
		}
		m, err := g.chats.GetMessage(t.Context(), ws, id)
		if err != nil || m.Content.Media.Blob == "" {
			t.Errorf("the message is %+v, %v; want the file named in it", m.Content.Media, err)
		}
	})
}

func TestAPictureIsGivenToBeDrawn(t *testing.T) {
	t.Parallel()
	g := newGallery(t, dbtest.SQLite(t))
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	id := g.receive(device.Content{Kind: device.KindImage, Media: g.net.Upload("image/png", drawn.Bytes())})
	if got := g.ask(ws, id, "?show=true"); got.Code != 200 || got.Body.String() != drawn.String() {
		t.Errorf("got %d %q, want the picture", got.Code, got.Body)
	}
}

func TestAPageAsAPictureIsADownload(t *testing.T) {
	t.Parallel()
	g := newGallery(t, dbtest.SQLite(t))
	media := g.net.Upload("image/png", []byte("<html><script>alert(1)</script>"))
	media.Filename = "../a\u202egnp.html"
	got := g.get(ws, g.receive(device.Content{Kind: device.KindDocument, Media: media}))
	if h := got.Header(); got.Code != 200 || h.Get("Content-Type") != "application/octet-stream" || h.Get("X-Content-Type-Options") != "nosniff" ||
		h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") {
		t.Errorf("got %d %v, want a download that can't run", got.Code, h)
	}
}

func TestMediaThatCanNotBeFetched(t *testing.T) {
	t.Parallel()
	g := newGallery(t, dbtest.SQLite(t))
	text := g.receive(text("halo"))
	bare := g.receive(device.Content{Kind: device.KindImage, Media: &device.Media{MIME: "image/png"}})
	gone := g.receive(device.Content{Kind: device.KindImage, Media: &device.Media{Remote: []byte("x")}})
	large := g.receive(device.Content{Kind: device.KindVideo, Media: &device.Media{Remote: []byte("x"), Size: file.MaxSize + 1}})
	lied := g.net.Upload("video/mp4", make([]byte, file.MaxSize+1))
	lied.Size = 1
	liar := g.receive(device.Content{Kind: device.KindVideo, Media: lied})
	late := g.receive(device.Content{Kind: device.KindImage, Media: g.net.Upload("image/png", []byte("x"))})
	for id, want := range map[string]error{
		"tidak-ada": chat.ErrMessageNotFound, text: chat.ErrNoMedia, bare: device.ErrMediaGone, gone: device.ErrMediaGone,
		large: file.ErrTooLarge, liar: file.ErrTooLarge,
	} {
		if _, err := g.chats.Media(t.Context(), ws, id); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", id, err, want)
		}
	}
	if _, err := g.devices.Unlink(t.Context(), ws, g.dev.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := g.chats.Media(t.Context(), ws, late); !errors.Is(err, device.ErrOffline) {
		t.Errorf("without a connection: %v, want ErrOffline", err)
	}
}

// What may be viewed once is given once, and nothing that could fetch it again is kept.
func TestViewOnceIsGivenOnceAndNeverKept(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		g := newGallery(t, d)
		media := g.net.Upload("image/png", []byte("\x89PNG\r\n\x1a\nrahasia"))
		media.ViewOnce = true
		id := g.receive(device.Content{Kind: device.KindImage, Media: media})
		if _, err := g.chats.Media(t.Context(), ws, id); !errors.Is(err, chat.ErrViewOnce) {
			t.Errorf("as somebody else's file: %v, want ErrViewOnce", err)
		}
		if got := g.get("ws-2", id); got.Code != 404 {
			t.Errorf("a stranger got %d, want 404", got.Code)
		}
		at := "/api/v1/messages/" + id + "/media"
		if got := g.request(ws, httptest.NewRequest("HEAD", at, nil)); got.Code != 200 || g.net.Fetched() != 0 {
			t.Errorf("its headers: %d after %d downloads, want 200 without one", got.Code, g.net.Fetched())
		}
		part := httptest.NewRequest("GET", at, nil)
		part.Header.Set("Range", "bytes=0-0")
		part.Header.Set("If-None-Match", "*")
		first := g.request(ws, part)
		if first.Code != 200 || !strings.HasSuffix(first.Body.String(), "rahasia") || first.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("the first look: %d %v %q, want the whole picture, not to be stored", first.Code, first.Header(), first.Body)
		}
		if got := g.request(ws, httptest.NewRequest("HEAD", at, nil)); got.Code != 410 {
			t.Errorf("its headers afterwards: %d, want 410", got.Code)
		}
		if got := g.get(ws, id); got.Code != 410 || g.net.Fetched() != 1 {
			t.Errorf("the second look: %d after %d downloads, want 410 after one", got.Code, g.net.Fetched())
		}
		m, err := g.chats.GetMessage(t.Context(), ws, id)
		if err != nil || !m.Content.Media.Opened || len(m.Content.Media.Remote) > 0 || len(m.Raw) > 0 || m.Content.Media.Blob != "" {
			t.Errorf("the message keeps %+v with %d bytes of its raw form, %v; want no way to the picture", m.Content.Media, len(m.Raw), err)
		}
	})
}
