package httpx_test

import (
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
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
			if got := a.Header.Get("Vary"); got != "Accept-Encoding" {
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
		in := w.(interface{ Unwrap() http.ResponseWriter }).Unwrap().(*httptest.ResponseRecorder)
		z, err := gzip.NewReader(strings.NewReader(in.Body.String()))
		if err != nil || !in.Flushed {
			t.Fatalf("after the flush there is %q (%v)", in.Body, err)
		}
		first := make([]byte, len(`{"at":1}`))
		if _, err := io.ReadFull(z, first); err != nil || string(first) != `{"at":1}` {
			t.Errorf("after the flush the client reads %q, %v", first, err)
		}
		_, _ = io.WriteString(w, strings.Repeat(`{"at":2}`, 1000))
	})
	if text, _ := textOf(t, a); len(text) != 8*1001 {
		t.Errorf("got %d bytes, encoded as %q", len(text), a.Header.Get("Content-Encoding"))
	}
}

// Answers that differ by a character have many lengths, so that one byte more or less tells nothing; the same answer has
// one, so that asking often tells no more.
func TestTheLengthIsBlurred(t *testing.T) {
	t.Parallel()
	sizes := map[int]bool{}
	for n := range 128 {
		a := answerOf(t, takesGzip, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, strings.Repeat(`{"at":2}`, 1000)+strconv.Itoa(100+n/2))
		})
		_, size := textOf(t, a)
		if n%2 == 1 && !sizes[size] {
			t.Errorf("the same answer came with %d bytes and before with others", size)
		}
		sizes[size] = true
	}
	if len(sizes) < 8 {
		t.Errorf("64 answers have %d lengths", len(sizes))
	}
}

// Half an answer does not look like a whole one, whether it was compressed or not; one that breaks before it begins says so.
func TestAnAnswerThatBreaksIsNoAnswer(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]string{"before it begins": "", "held back": `{"half":`, "on its way": strings.Repeat(`{"at":2}`, 20_000)} {
		for _, accept := range []string{"gzip", "identity"} {
			t.Run(name+", "+accept, func(t *testing.T) {
				t.Parallel()
				s := httptest.NewServer(httpx.Compress(httpx.Wrap(slog.New(slog.DiscardHandler), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/json")
					if before != "" {
						_, _ = io.WriteString(w, before)
					}
					panic("broken")
				}))))
				defer s.Close()
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Accept-Encoding", accept)
				a, err := s.Client().Do(r)
				var body []byte
				if err == nil {
					body, err = io.ReadAll(a.Body)
					_ = a.Body.Close()
				}
				if before == "" && (err != nil || a.StatusCode != http.StatusInternalServerError) || before != "" && err == nil {
					t.Errorf("got %q, %v", body[:min(len(body), 100)], err)
				}
			})
		}
	}
}
