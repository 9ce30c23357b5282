package file_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	pngs "image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/outbound"
	"github.com/pingcrm/pingcrm/internal/kit/picture"
)

const (
	ogg = "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00OpusHead"
	mp4 = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
	pdf = "%PDF-1.7\n"
)

func drawn(t *testing.T, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	if err := pngs.Encode(&b, image.NewNRGBA(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A file goes out as what it is, whatever its name says; a wrong kind is refused before anything is sent.
func TestAFileGoesOutAsWhatItIs(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.SQLite(t))
	for _, c := range []struct {
		name, data string
		kind, want device.Kind
		err        error
	}{
		{"a.png", drawn(t, 3, 2), "", device.KindImage, nil},
		{"a.txt", drawn(t, 3, 2), device.KindImage, device.KindImage, nil},
		{"a.png", "<html><script>", device.KindImage, "", file.ErrMismatch},
		{"a.svg", "<svg onload=alert(1)>", device.KindImage, "", file.ErrMismatch},
		{"a.png", "<html><script>", device.KindDocument, device.KindDocument, nil},
		{"a.png", "<html><script>", device.KindSticker, "", file.ErrMismatch},
		{"a.mp3", ogg, "", device.KindAudio, nil},
		{"a.mp3", ogg, device.KindVoice, device.KindVoice, nil},
		{"a.ogg", "ID3\x03\x00\x00", device.KindVoice, "", file.ErrMismatch},
		{"a.mp4", mp4, "", device.KindVideo, nil},
		{"a.m4a", mp4, device.KindAudio, device.KindAudio, nil},
		{"a.mp4", pdf, device.KindVideo, "", file.ErrMismatch},
		{"a.pdf", pdf, "", device.KindDocument, nil},
		{"a.pdf", pdf, device.KindText, "", file.ErrKind},
		{"a.pdf", pdf, device.KindPoll, "", file.ErrKind},
	} {
		got, err := s.Content(t.Context(), "w", add(t, s, "w", c.name, c.data).ID, c.kind, "teks")
		if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) || got.Kind != c.want {
			t.Errorf("%s %.12q as %q: got %s, %v; want %s, %v", c.name, c.data, c.kind, got.Kind, err, c.want, c.err)
		}
	}
}

func TestPicturesHaveASizeAndASmallView(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.SQLite(t))
	got, err := s.Content(t.Context(), "w", add(t, s, "w", "a.png", drawn(t, 300, 200)).ID, "", "")
	if err != nil || got.Media.Width != 300 || got.Media.Height != 200 {
		t.Fatalf("got %+v, %v; want 300×200", got.Media, err)
	}
	if info, err := picture.Look(got.Media.Thumbnail); err != nil || info.Format != "jpeg" || info.Width != 96 {
		t.Errorf("the small view is %+v, %v; want a JPEG of 96 pixels", info, err)
	}
	flood := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xff\xff\x00\x00\xff\xff\x08\x06\x00\x00\x00\xa0\xb2\x5e\xbb"
	if got, err := s.Content(t.Context(), "w", add(t, s, "w", "a.png", flood).ID, "", ""); err != nil || got.Media.Thumbnail != nil {
		t.Errorf("a picture of 4 gigapixels: %v, %v; want it as a file, undecoded", got.Media, err)
	}
}

func TestStickersAreMade(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.SQLite(t))
	f := add(t, s, "w", "a.png", drawn(t, 900, 300))
	got, err := s.Content(t.Context(), "w", f.ID, device.KindSticker, "")
	if err != nil || got.Media.MIME != "image/webp" || got.Media.Width != 512 || got.Media.Blob == f.ID {
		t.Fatalf("got %+v, %v; want a new WebP file of 512 pixels", got.Media, err)
	}
	again, err := s.Content(t.Context(), "w", got.Media.Blob, device.KindSticker, "")
	if err != nil || again.Media.Blob != got.Media.Blob {
		t.Errorf("a sticker as a sticker: %+v, %v; want the same file", again.Media, err)
	}
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"a bomb":      {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xff\xff\x00\x00\xff\xff\x08\x06\x00\x00\x00\xd9\x11\x8c\x0c", nil},
		"a WebP bomb": {"RIFF\x12\x00\x00\x00WEBPVP8L\x06\x00\x00\x00\x2f\xff\xff\xff\x0f\x00", picture.ErrTooManyPixels},
		"torn":        {drawn(t, 90, 90)[:60], picture.ErrNotPicture},
	} {
		_, err := s.Content(t.Context(), "w", add(t, s, "w", "a.png", c.data).ID, device.KindSticker, "")
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestLargeFilesAreForVideosAndDocuments(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.SQLite(t))
	for head, want := range map[string]map[device.Kind]error{
		mp4: {"": nil, device.KindVideo: nil, device.KindDocument: nil, device.KindAudio: file.ErrTooLarge},
		ogg: {device.KindVoice: file.ErrTooLarge, device.KindDocument: nil, "": nil},
		png: {device.KindImage: file.ErrTooLarge, device.KindSticker: file.ErrTooLarge, "": nil},
	} {
		f := add(t, s, "w", "a", head+strings.Repeat("\x00", file.MaxShown))
		for kind, fault := range want {
			got, err := s.Content(t.Context(), "w", f.ID, kind, "")
			if !errors.Is(err, fault) || (err == nil) != (fault == nil) {
				t.Errorf("%s of %d bytes as %q: got %s, %v; want %v", f.MIME, f.Size, kind, got.Kind, err, fault)
			}
		}
	}
}

func fetching(t *testing.T, reach outbound.Reach) *file.Service {
	t.Helper()
	d := dbtest.SQLite(t)
	s := file.NewFetching(d, blob.Dir(t.TempDir()), outbound.New(outbound.Options{Reach: reach, Follow: outbound.AnyHost, MaxResponse: file.MaxSize}))
	dbtest.Migrated(t, d, file.Module(s, nil))
	return s
}

func TestFetchFromAnAddress(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/foto/batik.png":
			w.Header().Set("Content-Type", "text/html") // not believed
			_, _ = io.WriteString(w, png)
		case "/pindah":
			http.Redirect(w, r, "/foto/batik.png", http.StatusFound)
		case "/dalam":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
		case "/kosong":
		case "/raksasa":
			w.Header().Set("Content-Length", "2147483648")
			_, _ = io.WriteString(w, "x")
		case "/tak-berujung":
			for chunk := make([]byte, 1<<20); r.Context().Err() == nil; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		case "/putus":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "x")
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	s := fetching(t, outbound.PublicAndLoopback)
	for _, path := range []string{"/foto/batik.png", "/pindah"} {
		id, err := s.Fetch(t.Context(), "w", srv.URL+path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if f, err := s.Find(t.Context(), "w", id); err != nil || f.MIME != "image/png" || f.Filename != "batik.png" || f.Size != int64(len(png)) {
			t.Errorf("%s: kept as %+v, %v; want batik.png", path, f, err)
		}
	}
	for path, want := range map[string]error{
		"/tidak-ada": file.ErrUnreachable, "/kosong": file.ErrEmpty, "/raksasa": file.ErrTooLarge, "/tak-berujung": nil, "/putus": file.ErrUnreachable,
		"/dalam": outbound.ErrPrivate,
	} {
		if id, err := s.Fetch(t.Context(), "w", srv.URL+path); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: got %q, %v; want %v", path, id, err, want)
		}
	}
}

// Nothing of our own network can be fetched, in whatever spelling.
func TestNothingPrivateIsFetched(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("somebody came") }))
	t.Cleanup(srv.Close)
	s := fetching(t, outbound.Public)
	for _, address := range []string{
		srv.URL, "http://127.0.0.1/", "http://[::1]/", "http://2130706433/", "http://0x7f000001/", "http://10.0.0.1/a.png", "http://169.254.169.254/",
		"http://localhost/", "http://printer.local/", "file:///etc/passwd", "ftp://toko.example/a", "http://toko.example:22/", "//toko.example/a",
		"http://user:sandi@toko.example/", "javascript:alert(1)", "", "http://[::ffff:127.0.0.1]/", strings.Repeat("h", 5000),
	} {
		if id, err := s.Fetch(context.Background(), "w", address); err == nil {
			t.Errorf("%.60q was fetched: %s", address, id)
		}
	}
}
