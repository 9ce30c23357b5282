package file_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// serve is the files' API; the header X-Workspace says whose caller it is.
func serve(t *testing.T) *httptest.Server {
	t.Helper()
	s := newService(t, dbtest.SQLite(t))
	mux := http.NewServeMux()
	api := httpx.NewAPI(mux, httpx.Info{Title: "t", Version: "1", Guard: func(r *http.Request, _ httpx.Need) (context.Context, error) {
		return member.With(r.Context(), member.Principal{WorkspaceID: r.Header.Get("X-Workspace"), Role: member.Agent}), nil
	}})
	file.Module(s, workspace.Of).API(api)
	srv := httptest.NewServer(httpx.Wrap(slog.New(slog.DiscardHandler), mux))
	t.Cleanup(srv.Close)
	return srv
}

// form is a multipart body with one file.
func form(t *testing.T, field, name string, data []byte) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile(field, name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(data)
	_ = w.Close()
	return b.Bytes(), w.FormDataContentType()
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) view(t *testing.T) file.View {
	t.Helper()
	var v file.View
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return v
}

func (a answer) code() string {
	var e httpx.Answer
	_ = json.Unmarshal(a.body, &e)
	return e.Err.Code
}

func do(t *testing.T, srv *httptest.Server, workspaceID, method, path, contentType string, body []byte) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Workspace", workspaceID)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, data}
}

func TestUploadAndFetch(t *testing.T) {
	t.Parallel()
	srv := serve(t)
	body, kind := form(t, "file", "../foto\u202e.png", []byte(png))
	up := do(t, srv, "w", "POST", "/files", kind, body)
	v := up.view(t)
	if up.status != 201 || v.MIME != "image/png" || v.Filename != "foto.png" || v.Size != int64(len(png)) || len(v.SHA256) != 64 || v.CreatedAt == 0 {
		t.Fatalf("upload: %d %s", up.status, up.body)
	}
	if got := do(t, srv, "w", "GET", "/files/"+v.ID, "", nil); got.status != 200 || got.view(t) != v {
		t.Errorf("show: %d %s, want what the upload said", got.status, got.body)
	}
	got := do(t, srv, "w", "GET", "/files/"+v.ID+"/content", "", nil)
	if got.status != 200 || string(got.body) != png || got.header.Get("Content-Type") != "image/png" {
		t.Errorf("content: %d %s %q", got.status, got.header.Get("Content-Type"), got.body)
	}
	for _, path := range []string{"/files/" + v.ID, "/files/" + v.ID + "/content", "/files/tidak-ada", "/files/tidak-ada/content"} {
		if got := do(t, srv, "stranger", "GET", path, "", nil); got.status != 404 || got.code() != "file_not_found" {
			t.Errorf("a stranger's GET %s: %d %s, want 404", path, got.status, got.body)
		}
	}
}

func TestPagesAreServedAsDownloads(t *testing.T) {
	t.Parallel()
	srv := serve(t)
	for name, data := range map[string]string{
		"a.html": "<!DOCTYPE html><script>alert(document.cookie)</script>",
		"a.svg":  `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`,
		"b.svg":  `<?xml version="1.0"?><svg onload="alert(1)"/>`,
		"a.js":   "alert(1)",
		"a.png":  "<html><body onload=alert(1)>",
	} {
		body, kind := form(t, "file", name, []byte(data))
		v := do(t, srv, "w", "POST", "/files", kind, body).view(t)
		got := do(t, srv, "w", "GET", "/files/"+v.ID+"/content", "", nil)
		for header, want := range map[string]string{
			"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "default-src 'none'; sandbox",
		} {
			if h := got.header.Values(header); len(h) != 1 || h[0] != want {
				t.Errorf("%s: %s is %q, want %q once", name, header, h, want)
			}
		}
		if d := got.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment;") {
			t.Errorf("%s: disposition %q, want attachment", name, d)
		}
		if string(got.body) != data {
			t.Errorf("%s: the bytes changed: %q", name, got.body)
		}
	}
}

func TestBadUploadsAreRefused(t *testing.T) {
	t.Parallel()
	srv := serve(t)
	two := func() ([]byte, string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for range 2 {
			part, _ := w.CreateFormFile("file", "a")
			_, _ = part.Write([]byte("x"))
		}
		_ = w.Close()
		return b.Bytes(), w.FormDataContentType()
	}
	field := func() ([]byte, string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		_ = w.WriteField("file", "not a file")
		_ = w.Close()
		return b.Bytes(), w.FormDataContentType()
	}
	with := func(name, file string, size int) func() ([]byte, string) {
		return func() ([]byte, string) { return form(t, name, file, make([]byte, size)) }
	}
	raw := func(kind, body string) func() ([]byte, string) {
		return func() ([]byte, string) { return []byte(body), kind }
	}
	for name, c := range map[string]struct {
		body   func() ([]byte, string)
		status int
		code   string
	}{
		"nothing in the file":   {with("file", "a", 0), 422, "file_empty"},
		"a byte too many":       {with("file", "a", file.MaxSize+1), 413, "file_too_large"},
		"far too many":          {with("file", "a", file.MaxSize+1<<20), 413, "body_too_large"},
		"another field":         {with("berkas", "a", 1), 422, "file_missing"},
		"two files":             {two, 422, "file_missing"},
		"a text, no file":       {field, 422, "file_missing"},
		"no body":               {raw("multipart/form-data; boundary=x", ""), 422, ""},
		"no boundary":           {raw("multipart/form-data", "--x"), 422, ""},
		"torn":                  {raw("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc"), 422, ""},
		"JSON":                  {raw("application/json", `{"file":"a"}`), 0, ""},
		"a thousand and a part": {raw("multipart/form-data; boundary=x", strings.Repeat("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n", 1100)+"--x--"), 422, ""},
	} {
		body, kind := c.body()
		got := do(t, srv, "w", "POST", "/files", kind, body)
		if got.status < 400 || got.status > 499 || (c.status != 0 && got.status != c.status) || got.code() == "" || (c.code != "" && got.code() != c.code) {
			t.Errorf("%s: got %d %s, want %d %s", name, got.status, got.body, c.status, c.code)
		}
	}
}
