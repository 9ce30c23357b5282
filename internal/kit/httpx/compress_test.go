package httpx_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

const takesGzip = "gzip, deflate, br"

func answerOf(t *testing.T, accept string, h http.HandlerFunc) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/api/v1/chats", nil)
	r.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	httpx.Compress(h).ServeHTTP(w, r)
	return w.Result()
}

// textOf is the body as the client reads it, and how long it was on the way.
func textOf(t *testing.T, a *http.Response) (text string, size int) {
	t.Helper()
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	if a.Header.Get("Content-Encoding") == "" {
		return string(raw), len(raw)
	}
	z, err := gzip.NewReader(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain), len(raw)
}

func TestOnlyLargeJSONIsCompressed(t *testing.T) {
	t.Parallel()
	long := `{"items":[` + strings.Repeat(`{"kind":"text"},`, 500) + `{}]}`
	for name, c := range map[string]struct {
		accept, kind, encoding, body string
		status                       int
		squeezed                     bool
	}{
		"a list":                 {takesGzip, "application/json", "", long, 200, true},
		"a fault":                {takesGzip, "application/problem+json; charset=utf-8", "", long, 422, true},
		"a short answer":         {takesGzip, "application/json", "", `{"items":[]}`, 200, false},
		"just below":             {takesGzip, "application/json", "", long[:1023], 200, false},
		"just enough":            {takesGzip, "application/json", "", long[:1024], 200, true},
		"nothing":                {takesGzip, "application/json", "", "", 200, false},
		"a file":                 {takesGzip, "text/csv", "", long, 200, false},
		"a picture":              {takesGzip, "image/png", "", long, 200, false},
		"compressed already":     {takesGzip, "application/json", "br", "", 200, false},
		"for who wants it plain": {"", "application/json", "", long, 200, false},
		"for who refuses it":     {"gzip;q=0, br", "application/json", "", long, 200, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := answerOf(t, c.accept, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				if c.encoding != "" {
					w.Header().Set("Content-Encoding", c.encoding)
				}
				w.WriteHeader(c.status)
				for part := c.body; part != ""; { // as an encoder writes
					n := min(len(part), 100)
					if _, err := io.WriteString(w, part[:n]); err != nil {
						t.Error(err)
					}
					part = part[n:]
				}
			})
			if got := a.Header.Get("Content-Encoding") == "gzip"; got != c.squeezed || a.StatusCode != c.status {
				t.Fatalf("compressed: got %v with %d, want %v with %d", got, a.StatusCode, c.squeezed, c.status)
			}
			if c.encoding != "" {
				return
			}
			text, size := textOf(t, a)
			if text != c.body || c.squeezed && size >= len(text)*3/4 {
				t.Errorf("got %d bytes on the way and %q, want %q", size, text, c.body)
			}
			if got := a.Header.Get("Vary"); (got == "Accept-Encoding") != c.squeezed {
				t.Errorf("Vary is %q", got)
			}
		})
	}
}

func TestAStreamDoesNotWait(t *testing.T) {
	t.Parallel()
	a := answerOf(t, takesGzip, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"at":1}`)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		if in := w.(interface{ Unwrap() http.ResponseWriter }).Unwrap().(*httptest.ResponseRecorder); in.Body.String() != `{"at":1}` || !in.Flushed {
			t.Errorf("after the flush there is %q", in.Body)
		}
		_, _ = io.WriteString(w, strings.Repeat(`{"at":2}`, 1000))
	})
	if text, _ := textOf(t, a); len(text) != 8*1001 || a.Header.Get("Content-Encoding") != "" {
		t.Errorf("got %d bytes, encoded as %q", len(text), a.Header.Get("Content-Encoding"))
	}
}

// The same answer has many lengths, so that one byte more or less tells nothing.
func TestTheLengthIsBlurred(t *testing.T) {
	t.Parallel()
	sizes := map[int]bool{}
	for range 64 {
		a := answerOf(t, takesGzip, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, strings.Repeat(`{"at":2}`, 1000))
		})
		_, size := textOf(t, a)
		sizes[size] = true
	}
	if len(sizes) < 8 {
		t.Errorf("64 answers have %d lengths", len(sizes))
	}
}

// What breaks before it is whole is no answer: who stands around it says so instead.
func TestAfterAPanicNothingWasSaid(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Encoding", takesGzip)
	w := httptest.NewRecorder()
	func() {
		defer func() { _ = recover() }()
		httpx.Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"half":`)
			panic("broken")
		})).ServeHTTP(w, r)
	}()
	if w.Body.Len() != 0 {
		t.Errorf("got %q", w.Body)
	}
}
