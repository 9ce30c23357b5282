package apiapp

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// shelf serves links to stored files, at a time of its own.
type shelf struct {
	t   *testing.T
	s   *Service
	now time.Time
}

func newShelf(t *testing.T, d *db.DB) *shelf {
	t.Helper()
	files := file.New(d, blob.Dir(t.TempDir()))
	dbtest.Migrated(t, d, file.Module(files, nil))
	box, err := seal.Load(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	h := &shelf{t: t, now: time.Date(2026, 5, 4, 23, 30, 0, 0, time.UTC)}
	h.s = &Service{Config: Config{Stored: files, Signer: box, Now: func() time.Time { return h.now }}}
	return h
}

// link stores data and gives its link.
func (h *shelf) link(workspaceID, name, data string) *url.URL {
	h.t.Helper()
	f, err := h.s.Stored.Add(context.Background(), workspaceID, name, []byte(data))
	if err != nil {
		h.t.Fatal(err)
	}
	c := caller{workspace: workspace.Workspace{ID: workspaceID}, r: httptest.NewRequest(http.MethodGet, "http://toko.example:8000/x", nil)}
	u, err := url.Parse(h.s.link(c, name, f.ID))
	if err != nil {
		h.t.Fatal(err)
	}
	return u
}

func (h *shelf) open(u string) *httptest.ResponseRecorder {
	h.t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+uploadsPath+"{name}", h.s.upload)
	rec := httptest.NewRecorder()
	mux.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, u, nil))
	return rec
}

func TestALinkOpensForAWhileAndOnlyAsItIs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newShelf(t, d)
		u, other := h.link("w1", "ABC.jpeg", "\xff\xd8\xff\xe0 a picture"), h.link("w2", "ABC.jpeg", "\xff\xd8\xff\xe0 of somebody else")
		if u.Host != "toko.example:8000" || u.Path != "/uploads/wamedia/ABC.jpeg" {
			t.Errorf("the link is %s", u)
		}
		rec := h.open(u.String())
		if rec.Code != 200 || rec.Body.String() != "\xff\xd8\xff\xe0 a picture" || rec.Header().Get("Content-Type") != "image/jpeg" {
			t.Fatalf("opened: %d %q %v", rec.Code, rec.Body, rec.Header())
		}
		for _, change := range []map[string]string{
			{"sign": ""},
			{"sign": "A"},
			{"until": "9999999999"},
			{"until": ""},
			{"file": other.Query().Get("file")},
			{"of": "w2"},
			{"of": "w2", "file": other.Query().Get("file")},
			{"sign": other.Query().Get("sign")},
		} {
			bad, q := *u, u.Query()
			for k, v := range change {
				q.Set(k, v)
			}
			bad.RawQuery = q.Encode()
			if rec := h.open(bad.String()); rec.Code != 404 || strings.Contains(rec.Body.String(), "picture") {
				t.Errorf("with %v: %d %q, want 404", change, rec.Code, rec.Body)
			}
		}
		for _, name := range []string{"ABD.jpeg", "ABC.html", "..%2f..%2fABC.jpeg", "ABC", "%00.jpeg", "ABC.jpeg.html"} {
			if rec := h.open("/uploads/wamedia/" + name + "?" + u.RawQuery); rec.Code != 404 {
				t.Errorf("under the name %s: %d, want 404", name, rec.Code)
			}
		}
		h.now = h.now.Add(24*time.Hour + 29*time.Minute)
		if rec := h.open(u.String()); rec.Code != 200 {
			t.Errorf("a day later: %d, want it open", rec.Code)
		}
		h.now = h.now.Add(time.Hour)
		if rec := h.open(u.String()); rec.Code != 404 || !strings.Contains(rec.Body.String(), "link_expired") {
			t.Errorf("after its time: %d %q, want it over", rec.Code, rec.Body)
		}
	})
}

func TestWhatALinkServesCanNotRun(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newShelf(t, d)
		for name, data := range map[string]string{
			"a.html": "<!doctype html><script>alert(1)</script>", "b.svg": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`,
			"c.jpeg": "<html><script>alert(1)</script>", "d.xml": `<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>`, "e.js": "alert(1)",
		} {
			rec := h.open(h.link("w1", name, data).String())
			head := rec.Header()
			if rec.Code != 200 || head.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(head.Get("Content-Disposition"), "attachment") ||
				head.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(head.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("%s: %d %v, want plain bytes to save", name, rec.Code, head)
			}
		}
	})
}

func TestNamesOfMediaStayNames(t *testing.T) {
	t.Parallel()
	for _, in := range []fields{
		{"medianame": "../../etc/passwd", "type": "jpeg"},
		{"medianame": "a/b", "type": "jpeg"},
		{"medianame": "a", "type": "../x"},
		{"medianame": "..", "type": "jpeg"},
		{"medianame": "a.b", "type": "jpeg"},
		{"medianame": "", "type": "jpeg"},
		{"medianame": "a", "type": ""},
		{"medianame": "a\x00", "type": "jpeg"},
		{"medianame": strings.Repeat("a", 200), "type": "jpeg"},
		{"medianame": "a", "type": "jpeg?x=1"},
		{"medianame": "-rf", "type": "jpeg"},
		{"medianame": "a", "type": []any{}},
	} {
		if name, err := mediaFileName(in); err == nil {
			t.Errorf("%v is taken as %q", in, name)
		}
	}
	if name, err := mediaFileName(fields{"medianame": "3EB0C60B34C7F2F7A7B274", "type": "jpeg"}); err != nil || name != "3EB0C60B34C7F2F7A7B274.jpeg" {
		t.Errorf("a good name became %q, %v", name, err)
	}
}
