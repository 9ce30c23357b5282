package asset_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/kit/asset"
)

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func site(t *testing.T) *asset.Site {
	t.Helper()
	s, err := asset.New(fstest.MapFS{
		"index.html":             {Data: []byte("<html>page")},
		"index.html.gz":          {Data: packed(t, "<html>page")},
		"assets/app-Zx1.js":      {Data: []byte("run()")},
		"assets/app-Zx1.js.br":   {Data: []byte("br-run")},
		"assets/app-Zx1.js.gz":   {Data: packed(t, "run()")},
		"app.webmanifest":        {Data: []byte("{}")},
		"icon-192.png":           {Data: []byte("png")},
		"assets/deep/nested.css": {Data: []byte("a{}")},
		"README":                 {Data: []byte("read me")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func get(t *testing.T, s *asset.Site, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.Serve(w, r)
	return w
}

func TestFilesAreServedAsTheClientTakesThem(t *testing.T) {
	t.Parallel()
	s := site(t)
	for name, c := range map[string]struct {
		path, accept   string
		encoding, body string
		contentType    string
		cache          string
		status         int
	}{
		"brotli first":        {"/assets/app-Zx1.js", "gzip, deflate, br, zstd", "br", "br-run", "text/javascript; charset=utf-8", "immutable", 200},
		"gzip":                {"/assets/app-Zx1.js", "gzip", "gzip", "", "text/javascript; charset=utf-8", "immutable", 200},
		"brotli refused":      {"/assets/app-Zx1.js", "br;q=0, gzip;q=0.5", "gzip", "", "text/javascript; charset=utf-8", "immutable", 200},
		"as it is":            {"/assets/app-Zx1.js", "", "", "run()", "text/javascript; charset=utf-8", "immutable", 200},
		"not compressed":      {"/icon-192.png", "br, gzip", "", "png", "image/png", "no-cache", 200},
		"manifest":            {"/app.webmanifest", "br", "", "{}", "application/manifest+json", "no-cache", 200},
		"style below":         {"/assets/deep/nested.css", "", "", "a{}", "text/css; charset=utf-8", "immutable", 200},
		"the first page":      {"/", "", "", "<html>page", "text/html; charset=utf-8", "no-cache", 200},
		"a page by address":   {"/inbox/019aab10", "", "", "<html>page", "text/html; charset=utf-8", "no-cache", 200},
		"an old script":       {"/assets/app-Old.js", "br", "", "404 page not found\n", "text/plain; charset=utf-8", "", 404},
		"a folder":            {"/assets/", "", "", "404 page not found\n", "text/plain; charset=utf-8", "", 404},
		"compressed by name":  {"/assets/app-Zx1.js.br", "", "", "404 page not found\n", "text/plain; charset=utf-8", "", 404},
		"the page by its own": {"/index.html", "gzip", "gzip", "", "text/html; charset=utf-8", "no-cache", 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := get(t, s, http.MethodGet, c.path, "Accept-Encoding", c.accept)
			if w.Code != c.status {
				t.Errorf("status: got %d, want %d", w.Code, c.status)
			}
			if got := w.Header().Get("Content-Encoding"); got != c.encoding {
				t.Errorf("encoding: got %q, want %q", got, c.encoding)
			}
			if got := w.Header().Get("Content-Type"); got != c.contentType {
				t.Errorf("type: got %q, want %q", got, c.contentType)
			}
			if got := w.Header().Get("Cache-Control"); !strings.Contains(got, c.cache) {
				t.Errorf("cache: got %q, want %q in it", got, c.cache)
			}
			if c.body != "" && w.Body.String() != c.body {
				t.Errorf("body: got %q, want %q", w.Body, c.body)
			}
		})
	}
}

func TestWhatTheClientHasIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := site(t)
	first := get(t, s, http.MethodGet, "/inbox", "Accept-Encoding", "gzip")
	tag := first.Header().Get("ETag")
	if tag == "" || first.Header().Get("Vary") != "Accept-Encoding" {
		t.Fatalf("got ETag %q, Vary %q", tag, first.Header().Get("Vary"))
	}
	for _, has := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		w := get(t, s, http.MethodGet, "/contacts", "Accept-Encoding", "gzip", "If-None-Match", has)
		if w.Code != http.StatusNotModified || w.Body.Len() != 0 {
			t.Errorf("with %s: got %d and %d bytes, want 304 and none", has, w.Code, w.Body.Len())
		}
	}
	if w := get(t, s, http.MethodGet, "/inbox", "If-None-Match", tag); w.Code != http.StatusOK {
		t.Errorf("another form of it: got %d, want 200", w.Code)
	}
}

func TestHeadHasNoBody(t *testing.T) {
	t.Parallel()
	w := get(t, site(t), http.MethodHead, "/assets/app-Zx1.js")
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "5" {
		t.Errorf("got %d, %d bytes, Content-Length %s; want 200, none, 5", w.Code, w.Body.Len(), w.Header().Get("Content-Length"))
	}
}

func TestWithoutABuildThereIsNoPage(t *testing.T) {
	t.Parallel()
	s, err := asset.New(fstest.MapFS{"README": {Data: []byte("read me")}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Built() {
		t.Error("a folder without index.html passes for a build")
	}
	if w := get(t, s, http.MethodGet, "/inbox"); w.Code != http.StatusNotFound {
		t.Errorf("got %d, want 404", w.Code)
	}
	if !site(t).Built() {
		t.Error("a build does not pass for one")
	}
}

// The hashes are those that browsers compute; openssl dgst -sha256 -binary | base64 says the same.
func TestWhatStandsInThePageIsNamedByItsHash(t *testing.T) {
	t.Parallel()
	s, err := asset.New(fstest.MapFS{"index.html": {Data: []byte(
		`<style>a{color:red}</style><script>go()</script><script src="/x.js"></script><script>` + "\n\tone()\n" + `</script>`,
	)}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Inline()
	want := asset.Inline{
		Scripts: []string{"'sha256-5KYv+PUboo5h+0+YAtGRPbwv5d/QxzHslP4YGnUaxRw='", "'sha256-NQZBFDu+jtXsO9peSrqQDjxz3O45Mnh446I8BFLTss8='"},
		Styles:  []string{"'sha256-6hWWMOcF+mJesSJGYhmK2lkIIEw9Xc5XKGLPVzh8yxs='"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	none, err := asset.New(fstest.MapFS{"README": {Data: []byte("read me")}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := none.Inline(); err != nil || got.Scripts != nil || got.Styles != nil {
		t.Errorf("without a build: got %v, %v; want nothing", got, err)
	}
}
