package httpx_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
)

var (
	errTaken = fault.New(fault.Conflict, "name_taken", fault.Text{ID: "Nama ini sudah dipakai.", EN: "This name is taken."})
	errNoKey = fault.New(fault.Unauthenticated, "no_key", fault.Text{ID: "Kunci API tidak ada.", EN: "There is no API key."})
	errSlow  = fault.New(fault.Limited, "slow_down", fault.Text{ID: "Pelan-pelan.", EN: "Slow down."})
)

type toy struct {
	Name  string   `json:"name" minLength:"2" maxLength:"10"`
	Count int      `json:"count,omitempty" minimum:"1" maximum:"9"`
	Kind  string   `json:"kind,omitempty" enum:"car,doll"`
	Tags  []string `json:"tags,omitempty" maxItems:"2"`
	Fast  bool     `json:"fast,omitempty"`
	Mail  string   `json:"mail,omitempty" format:"email"`
	Part  *part    `json:"part,omitempty"`
}

type part struct {
	Size int `json:"size"`
}

type toyBody struct{ Body toy }

type toyList struct{ httpx.Page }

type keyFor struct{}

// server is an API with one operation of each sort and the log it writes.
func server(t *testing.T) (*httptest.Server, *logged) {
	t.Helper()
	mux := http.NewServeMux()
	api := httpx.NewAPI(mux, httpx.Info{Title: "Toys", Version: "1", Guard: guard})
	register(api)
	mux.HandleFunc("POST /plain", func(w http.ResponseWriter, r *http.Request) {
		var in toy
		if err := httpx.ReadJSON(w, r, &in); err != nil {
			httpx.WriteFault(w, r, err)
			return
		}
		httpx.WriteJSON(w, http.StatusCreated, in)
	})
	mux.HandleFunc("GET /late-panic", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("half", 10_000)) // more than is held back
		panic("late")
	})
	log := &logged{}
	s := httptest.NewServer(httpx.Wrap(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), mux))
	t.Cleanup(s.Close)
	return s, log
}

func guard(r *http.Request, need httpx.Need) (context.Context, error) {
	if need != httpx.Public && r.Header.Get("Authorization") != "Bearer key" {
		return nil, errNoKey
	}
	return context.WithValue(r.Context(), keyFor{}, string(need)), nil
}

func register(api huma.API) {
	httpx.Handle(api, "POST /toys", "toys.write", "Make a toy", func(_ context.Context, in *toyBody) (*toyBody, error) {
		if in.Body.Name == "taken" {
			return nil, fmt.Errorf("make: %w", errTaken)
		}
		return in, nil
	}, httpx.Answers(http.StatusCreated))
	httpx.Handle(api, "GET /toys", httpx.Public, "List toys", func(_ context.Context, in *toyList) (*toyBody, error) {
		var key struct{ N int }
		if _, err := in.Key(&key); err != nil {
			return nil, err
		}
		return &toyBody{Body: toy{Name: fmt.Sprint(key.N), Count: in.Limit}}, nil
	})
	httpx.Handle(api, "DELETE /toys/{id}", "toys.write", "Break a toy", func(ctx context.Context, in *struct {
		ID string `path:"id" format:"uuid"`
	},
	) (*struct{}, error) {
		if ctx.Value(keyFor{}) != "toys.write" {
			return nil, errors.New("the guard's ctx did not arrive")
		}
		return nil, nil
	})
	fails := map[string]error{
		"secret": errors.New("password=hunter2"), "limited": errSlow.WithRetryAfter(1500 * time.Millisecond),
	}
	for name, err := range fails {
		httpx.Handle(api, "GET /"+name, httpx.Public, name, func(context.Context, *struct{}) (*struct{}, error) { return nil, err })
	}
	httpx.Handle(api, "GET /panic", httpx.Public, "panic", func(context.Context, *struct{}) (*struct{}, error) { panic("boom") })
	huma.Register(api, huma.Operation{OperationID: "bare", Method: "GET", Path: "/bare"},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
}

type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// call is one request and what must come back.
type call struct {
	name, method, path, body string
	header                   map[string]string
	status                   int
	code, field              string
	not                      []string // words that the answer must not have
}

func (c call) run(t *testing.T, s *httptest.Server) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), c.method, s.URL+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range c.header {
		req.Header.Set(k, v)
	}
	if _, given := c.header["Authorization"]; !given {
		req.Header.Set("Authorization", "Bearer key")
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	if resp.StatusCode != c.status {
		t.Errorf("%s: got status %d, want %d (%s)", c.name, resp.StatusCode, c.status, body)
	}
	if c.code != "" {
		checkFault(t, c, resp, body)
	}
	for _, word := range c.not {
		if bytes.Contains(body, []byte(word)) {
			t.Errorf("%s: the answer repeats %q: %s", c.name, word, body)
		}
	}
}

func checkFault(t *testing.T, c call, resp *http.Response, body []byte) {
	t.Helper()
	var got httpx.Answer
	if err := json.Unmarshal(body, &got); err != nil {
		t.Errorf("%s: %v in %s", c.name, err, body)
		return
	}
	if got.Err.Code != c.code || got.Err.Field != c.field {
		t.Errorf("%s: got code %q field %q, want %q %q", c.name, got.Err.Code, got.Err.Field, c.code, c.field)
	}
	if got.Err.Message == "" || got.Err.MessageEN == "" || got.Err.RequestID != resp.Header.Get("X-Request-Id") {
		t.Errorf("%s: the answer says too little: %s", c.name, body)
	}
	if ct := resp.Header.Get("Content-Type"); ct != "application/json" {
		t.Errorf("%s: got content type %q", c.name, ct)
	}
}

func TestBadInputGetsAClearAnswer(t *testing.T) {
	t.Parallel()
	s, _ := server(t)
	post := func(name, body string, status int, code, field string) call {
		return call{
			name: name, method: "POST", path: "/api/v1/toys", body: body, status: status, code: code, field: field,
			header: map[string]string{"Content-Type": "application/json"},
		}
	}
	calls := []call{
		post("good", `{"name":"bear"}`, 201, "", ""),
		post("unreadable", `{"name":`, 400, "body_unreadable", ""),
		post("empty", ``, 400, "body_missing", ""),
		post("no object", `"bear"`, 422, "field_type", "body"),
		post("missing", `{}`, 422, "field_missing", "name"),
		post("missing inside", `{"name":"bear","part":{}}`, 422, "field_missing", "part.size"),
		post("wrong type", `{"name":{"a":"s3cret"}}`, 422, "field_type", "name"),
		post("null", `{"name":null}`, 422, "field_type", "name"),
		post("unknown", `{"name":"bear","nmae":1}`, 422, "field_unknown", "nmae"),
		post("long unknown", `{"name":"bear","`+strings.Repeat("x", 500)+`":1}`, 422, "field_unknown", strings.Repeat("x", 100)+"…"),
		post("short", `{"name":"b"}`, 422, "field_too_short", "name"),
		post("long", `{"name":"`+strings.Repeat("b", 10_000)+`"}`, 422, "field_too_long", "name"),
		post("small", `{"name":"bear","count":0}`, 422, "field_too_small", "count"),
		post("big", `{"name":"bear","count":1e300}`, 422, "field_too_big", "count"),
		post("fraction", `{"name":"bear","count":1.5}`, 422, "field_type", "count"),
		post("choice", `{"name":"bear","kind":"s3cret"}`, 422, "field_choice", "kind"),
		post("items", `{"name":"bear","tags":["a","b","c"]}`, 422, "field_too_long", "tags"),
		post("item", `{"name":"bear","tags":["a",1]}`, 422, "field_type", "tags[1]"),
		post("mail", `{"name":"bear","mail":"s3cret"}`, 422, "field_format", "mail"),
		post("trailing", `{"name":"bear"} {}`, 400, "body_unreadable", ""),
		post("deep", strings.Repeat("[", 20_000), 400, "body_unreadable", ""),
		post("NUL", "{\"name\":\"be\x00ar\"}", 400, "body_text", ""),
		post("escaped NUL", `{"name":"be\u0000ar"}`, 400, "body_text", ""),
		post("no UTF-8", "{\"name\":\"be\xffar\"}", 400, "body_text", ""),
		post("2 MB", `{"name":"`+strings.Repeat("b", 2<<20)+`"}`, 413, "body_too_large", ""),
		post("taken", `{"name":"taken"}`, 409, "name_taken", ""),
		{
			name: "as a form says", method: "POST", path: "/api/v1/toys", body: `{"name":"bear"}`, status: 201,
			header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		},
		{name: "no type", method: "POST", path: "/api/v1/toys", body: `{"name":"bear"}`, status: 201},
		{
			name: "foreign type", method: "POST", path: "/api/v1/toys", body: `<a/>`, status: 415, code: "content_type",
			header: map[string]string{"Content-Type": "application/xml"},
		},
		{
			name: "no key", method: "POST", path: "/api/v1/toys", body: `{`, status: 401, code: "no_key",
			header: map[string]string{"Authorization": ""},
		},
		{name: "no id", method: "DELETE", path: "/api/v1/toys/s3cret", status: 422, code: "field_format", field: "id"},
		{name: "deleted", method: "DELETE", path: "/api/v1/toys/01890a5d-ac96-774b-bcce-b302099a8057", status: 204},
		{name: "page too long", method: "GET", path: "/api/v1/toys?limit=201", status: 422, code: "field_too_big", field: "limit"},
		{name: "page of words", method: "GET", path: "/api/v1/toys?limit=many", status: 422, code: "field_type", field: "limit"},
		{name: "bad cursor", method: "GET", path: "/api/v1/toys?after=%21", status: 422, code: "cursor", field: "after"},
		{name: "NUL in the query", method: "GET", path: "/api/v1/toys?after=a%00", status: 400, code: "address_text", field: "after"},
		{name: "NUL in the path", method: "GET", path: "/api/v1/%00", status: 400, code: "address_text"},
		{name: "no UTF-8 in the path", method: "GET", path: "/api/v1/%ff", status: 400, code: "address_text"},
		{name: "no such path", method: "GET", path: "/api/v1/nothing", status: 404, code: "no_such_path"},
		{name: "no such API", method: "POST", path: "/api/v9", status: 404, code: "no_such_path"},
		{name: "wrong method", method: "PATCH", path: "/api/v1/toys", status: 405, code: "method_not_allowed"},
		{name: "strange method", method: "BREW", path: "/api/v1/toys", status: 405, code: "method_not_allowed"},
		{name: "own error", method: "GET", path: "/api/v1/secret", status: 500, code: "internal", not: []string{"hunter2"}},
		{name: "panic", method: "GET", path: "/api/v1/panic", status: 500, code: "internal", not: []string{"boom"}},
		{name: "nobody may", method: "GET", path: "/api/v1/bare", status: 500, code: "internal"},
	}
	for _, c := range calls {
		c.not = append(c.not, "s3cret")
		c.run(t, s)
	}
}

func TestPlainHandlersReadTheSameWay(t *testing.T) {
	t.Parallel()
	s, _ := server(t)
	for _, c := range []call{
		{name: "good", body: `{"name":"bear"}`, status: 201},
		{name: "unreadable", body: `{"name":`, status: 400, code: "body_unreadable"},
		{name: "empty", body: " \n", status: 400, code: "body_missing"},
		{name: "no object", body: `[]`, status: 422, code: "field_type", field: "body"},
		{name: "wrong type", body: `{"name":1}`, status: 422, code: "field_type", field: "name"},
		{name: "wrong number", body: `{"count":"1"}`, status: 422, code: "field_type", field: "count"},
		{name: "unknown", body: `{"nmae":1}`, status: 422, code: "field_unknown", field: "nmae"},
		{name: "trailing", body: `{} x`, status: 400, code: "body_unreadable"},
		{name: "escaped NUL", body: `{"name":"\u0000"}`, status: 400, code: "body_text"},
		{name: "escaped backslash", body: `{"name":"\\u0000"}`, status: 201},
		{name: "no UTF-8", body: "{\"name\":\"\xff\"}", status: 400, code: "body_text"},
		{name: "2 MB", body: `{"name":"` + strings.Repeat("b", 2<<20) + `"}`, status: 413, code: "body_too_large"},
	} {
		c.method, c.path = "POST", "/plain"
		c.run(t, s)
	}
}

func TestLanguageOfAnswers(t *testing.T) {
	t.Parallel()
	for header, english := range map[string]bool{
		"": false, "id": false, "en": true, "en-GB,en;q=0.9": true, "id-ID,en;q=0.5": false, "fr": false,
		"fr,en;q=0.3": true, "id;q=0.2,en;q=0.8": true, "*": false, "%%%": false,
	} {
		if got := httpx.English(header); got != english {
			t.Errorf("English(%q) = %v, want %v", header, got, english)
		}
	}
	s, _ := server(t)
	for header, want := range map[string]string{"": "Pelan-pelan.", "en": "Slow down."} {
		resp := get(t, s, "/api/v1/limited", "Accept-Language", header)
		var a httpx.Answer
		if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
			t.Fatal(err)
		}
		if a.Err.Message != want || a.Err.MessageEN != "Slow down." || a.Err.RetryAfter != 2 || resp.Header.Get("Retry-After") != "2" {
			t.Errorf("Accept-Language %q: got %+v, Retry-After %q", header, a.Err, resp.Header.Get("Retry-After"))
		}
	}
}

func get(t *testing.T, s *httptest.Server, path string, header ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestLogHasErrorsOnceAndNoQuery(t *testing.T) {
	t.Parallel()
	s, log := server(t)
	get(t, s, "/api/v1/secret?api_key=topsecret")
	resp := get(t, s, "/api/v1/panic")
	_, _ = io.Copy(io.Discard, get(t, s, "/late-panic").Body)
	s.Close() // every handler has ended
	text := log.String()
	for word, want := range map[string]int{
		"hunter2": 1, "boom": 1, "panic=late": 1, "topsecret": 0, "api_key": 0, "msg=request ": 3,
		resp.Header.Get("X-Request-Id"): 2, // the panic and the access line
	} {
		if got := strings.Count(text, word); got != want {
			t.Errorf("%q is %d times in the log, want %d:\n%s", word, got, want, text)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	s, _ := server(t)
	for _, path := range []string{"/api/v1/toys", "/api/nothing", "/docs", "/nothing"} {
		h := get(t, s, path).Header
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'self'") {
			t.Errorf("%s: CSP is %q", path, h.Get("Content-Security-Policy"))
		}
		if strings.HasPrefix(path, "/api") && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached", path)
		}
	}
}

func TestDocumentAndItsPage(t *testing.T) {
	t.Parallel()
	s, _ := server(t)
	var doc struct {
		OpenAPI string                    `json:"openapi"`
		Paths   map[string]map[string]any `json:"paths"`
	}
	if err := json.NewDecoder(get(t, s, "/api/v1/openapi.json").Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" || doc.Paths["/toys"]["post"] == nil || doc.Paths["/toys/{id}"]["delete"] == nil {
		t.Errorf("the document lacks operations: %+v", doc)
	}
	yaml, _ := io.ReadAll(get(t, s, "/api/v1/openapi.yaml").Body)
	if !bytes.Contains(yaml, []byte("openapi: 3.1.0")) {
		t.Errorf("not YAML: %.200s", yaml)
	}
	page, _ := io.ReadAll(get(t, s, "/docs").Body)
	for _, want := range []string{"/api/v1/toys/{id}", "Make a toy", "toys.write", "curl -X POST", `&#34;name&#34;:&#34;…&#34;`, "car | doll"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, foreign := range []string{"http://", "https://", "src=\"//", "<script"} {
		if bytes.Contains(page, []byte(foreign)) {
			t.Errorf("the page has %q", foreign)
		}
	}
	if got := get(t, s, "/docs/docs.css").Header.Get("Content-Type"); !strings.HasPrefix(got, "text/css") {
		t.Errorf("style sheet has type %q", got)
	}
}

func TestOperationsTellTheirNeeds(t *testing.T) {
	t.Parallel()
	api := httpx.NewAPI(http.NewServeMux(), httpx.Info{Title: "Toys", Version: "1"})
	register(api)
	want := map[string]httpx.Need{
		"POST /toys": "toys.write", "GET /toys": httpx.Public, "DELETE /toys/{id}": "toys.write", "GET /bare": "",
		"GET /secret": httpx.Public, "GET /limited": httpx.Public, "GET /panic": httpx.Public,
	}
	if diff := cmp.Diff(want, httpx.Operations(api)); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestPageCursor(t *testing.T) {
	t.Parallel()
	type key struct {
		At int64
		ID string
	}
	want := key{123, "a/b+c"}
	var got key
	if ok, err := (httpx.Page{After: httpx.Cursor(want)}).Key(&got); !ok || err != nil || got != want {
		t.Errorf("got %v %v %v, want %v", got, ok, err, want)
	}
	if ok, err := (httpx.Page{}).Key(&got); ok || err != nil {
		t.Errorf("first page: got %v %v", ok, err)
	}
	if _, err := (httpx.Page{After: httpx.Cursor("\x00")}).Key(&got); err == nil {
		t.Error("a NUL byte came through a cursor")
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(httpx.Cursor(map[string]any{"At": 1}))
	f.Add("%%%")
	f.Fuzz(func(t *testing.T, s string) {
		var key struct {
			At int64
			ID string
		}
		if _, err := (httpx.Page{After: s}).Key(&key); err != nil {
			if _, ok := fault.From(err); !ok {
				t.Errorf("not a fault: %v", err)
			}
		}
	})
}

type shelf struct {
	Name string `path:"name"`
}

func TestParametersOfThePathAreRead(t *testing.T) {
	t.Parallel()
	api := httpx.NewAPI(http.NewServeMux(), httpx.Info{Title: "Toys", Version: "1", Guard: guard})
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "GET /shelves/{name}") {
			t.Errorf("an operation that can't see its path was added; panic: %s", got)
		}
	}()
	httpx.Handle(api, "GET /shelves/{name}", "toys.read", "Show a shelf", func(context.Context, *struct{ shelf }) (*toyBody, error) {
		return &toyBody{}, nil
	})
}

func TestDatabaseThatIsAwayIsNoDefect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err   error
		code  string
		again time.Duration
	}{
		{fmt.Errorf("read a key: %w", &pgconn.PgError{Code: "57P01"}), "database_unavailable", 5 * time.Second},
		{fmt.Errorf("store: %w", sql.ErrConnDone), "database_unavailable", 5 * time.Second},
		{fmt.Errorf("store: %w", &pgconn.PgError{Code: "23505"}), "internal", 0},
		{fmt.Errorf("write a blob: %w", &os.PathError{Op: "write", Err: syscall.ENOSPC}), "storage_full", 0},
		{errors.New("a defect"), "internal", 0},
	} {
		if f := httpx.Explain(t.Context(), c.err); f.Code != c.code || f.RetryAfter != c.again {
			t.Errorf("%v is answered with %s after %v, want %s after %v", c.err, f.Code, f.RetryAfter, c.code, c.again)
		}
	}
}
