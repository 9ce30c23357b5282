package unfurl_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/outbound"
	"github.com/pingcrm/pingcrm/internal/kit/picture"
	"github.com/pingcrm/pingcrm/internal/kit/unfurl"
)

func TestFirstURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"lihat https://toko.example/a?b=1, ya":   "https://toko.example/a?b=1",
		"(HTTP://toko.example).":                 "",
		"HTTP://toko.example.":                   "HTTP://toko.example",
		"tanpa alamat":                           "",
		"ftp://a javascript:alert(1) https://":   "",
		"http://satu.example http://dua.example": "http://satu.example",
	} {
		if got := unfurl.FirstURL(text); got != want {
			t.Errorf("FirstURL(%q) = %q, want %q", text, got, want)
		}
	}
}

func serve(t *testing.T) *httptest.Server {
	t.Helper()
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewNRGBA(image.Rect(0, 0, 400, 200))); err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{
		"/toko":    `<html><head><title>Lain</title><meta property="og:title" content="Toko &amp; Batik"><meta name="description" content="a` + "\n" + `b"><meta property="og:image" content="/foto.png"></head>`,
		"/polos":   "<title>Hanya judul</title><body><p>isi</p>",
		"/sunyi":   "<p>tidak ada judul</p>",
		"/latin":   "<meta charset=iso-8859-1><title>Caf\xe9</title>",
		"/panjang": "<title>" + strings.Repeat("é", 5000) + "</title>" + strings.Repeat("<p>x</p>", 200_000),
		"/dalam":   `<title>Dalam</title><meta property="og:image" content="http://169.254.169.254/foto.png">`,
		"/naskah":  `<title><script>alert(1)</script></title>`,
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/foto.png" {
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write(drawn.Bytes())
			return
		}
		page, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, page)
	}))
	t.Cleanup(srv.Close)
	return srv
}

func TestWhatAPageSaysOfItself(t *testing.T) {
	t.Parallel()
	srv := serve(t)
	r := unfurl.New(outbound.New(outbound.Options{Reach: outbound.PublicAndLoopback, Follow: outbound.AnyHost, MaxResponse: 4 << 20}))
	for path, want := range map[string]unfurl.Page{
		"/toko":   {Title: "Toko & Batik", Description: "a b"},
		"/polos":  {Title: "Hanya judul"},
		"/latin":  {Title: "Café"},
		"/dalam":  {Title: "Dalam"},
		"/naskah": {Title: "<script>alert(1)</script>"},
	} {
		got, err := r.Read(t.Context(), srv.URL+path)
		if err != nil || got.Title != want.Title || got.Description != want.Description || got.URL != srv.URL+path {
			t.Errorf("%s: got %+v, %v; want %+v", path, got, err, want)
		}
		info, err := picture.Look(got.Thumbnail)
		if shown := err == nil && info.Width == 160; shown != (path == "/toko") {
			t.Errorf("%s: the small picture is %+v, %v", path, info, err)
		}
	}
	if got, err := r.Read(t.Context(), srv.URL+"/panjang"); err != nil || len(got.Title) > 300 {
		t.Errorf("a long title has %d bytes, %v; want at most 300", len(got.Title), err)
	}
	for _, address := range []string{srv.URL + "/sunyi", srv.URL + "/tidak-ada", srv.URL + "/foto.png", "http://10.0.0.1/", "file:///etc/passwd"} {
		if got, err := r.Read(t.Context(), address); err == nil {
			t.Errorf("%s: got %+v, want an error", address, got)
		}
	}
}
