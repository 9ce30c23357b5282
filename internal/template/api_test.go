package template_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/template"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

type object = map[string]any

// caller makes requests to the templates' API for a workspace.
func caller(s *template.Service) func(workspaceID, pattern, body string) (int, object) {
	mux := http.NewServeMux()
	api := httpx.NewAPI(mux, httpx.Info{Title: "t", Version: "1", Guard: func(r *http.Request, _ httpx.Need) (context.Context, error) {
		return member.With(r.Context(), member.Principal{WorkspaceID: r.Header.Get("X-Workspace"), Role: member.Admin}), nil
	}})
	template.Module(s, workspace.Of).API(api)
	handler := httpx.Wrap(slog.New(slog.DiscardHandler), mux)
	return func(workspaceID, pattern, body string) (int, object) {
		method, path, _ := strings.Cut(pattern, " ")
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
		r.Header.Set("X-Workspace", workspaceID)
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, r)
		var out object
		_ = json.Unmarshal(rec.Body.Bytes(), &out)
		return rec.Code, out
	}
}

func TestAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		call := caller(newService(t, d))
		status, made := call("w", "POST /templates", `{"name":"Nota","body":"Hai {name}, {total=0}"}`)
		id, _ := made["id"].(string)
		if vars, _ := json.Marshal(made["variables"]); status != 201 || id == "" || string(vars) != `["name","total"]` {
			t.Fatalf("make: %d %v", status, made)
		}
		at := "/templates/" + id
		for _, step := range []struct {
			who, call, body string
			want            int
			code            string
		}{
			{"w", "GET /templates", "", 200, ""},
			{"w", "GET /templates?limit=0", "", 422, "field_too_small"},
			{"w", "GET /templates?after=x", "", 422, "cursor"},
			{"w", "GET " + at, "", 200, ""},
			{"v", "GET " + at, "", 404, "template_not_found"},
			{"v", "PATCH " + at, `{"name":"x"}`, 404, "template_not_found"},
			{"v", "DELETE " + at, "", 404, "template_not_found"},
			{"w", "PATCH " + at, `{"name":" "}`, 422, "template_name_bad"},
			{"w", "PATCH " + at, `{"body":""}`, 422, "template_empty"},
			{"w", "PATCH " + at, `{"category":"` + strings.Repeat("x", 51) + `"}`, 422, "template_category_bad"},
			{"w", "PATCH " + at, `{"body":5}`, 422, "field_type"},
			{"w", "PATCH " + at, `{"isi":"x"}`, 422, "field_unknown"},
			{"w", "PATCH " + at, `{"file_id":"g"}`, 404, "file_not_found"},
			{"w", "PATCH " + at, `{"file_id":"f"}`, 200, ""},
			{"w", "PATCH " + at, `{"body":""}`, 200, ""},
			{"w", "PATCH " + at, `{`, 400, "body_unreadable"},
			{"w", "POST /templates", `{"name":"Nota","body":"x"}`, 409, "template_exists"},
			{"v", "POST /templates", `{"name":"Nota","body":"x","file_id":"f"}`, 404, "file_not_found"},
			{"w", "POST /templates", `{"name":"a\u0000b","body":"x"}`, 400, "body_text"},
			{"w", "POST /templates", `{"body":"x"}`, 422, "field_missing"},
			{"w", "DELETE " + at, "", 204, ""},
			{"w", "GET " + at, "", 404, "template_not_found"},
		} {
			got, body := call(step.who, step.call, step.body)
			e, _ := body["error"].(object)
			if code, _ := e["code"].(string); got != step.want || code != step.code {
				t.Errorf("%s: %s %s: got %d %v, want %d %s", step.who, step.call, step.body, got, body, step.want, step.code)
			}
		}
	})
}

func TestTheAPIPages(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.SQLite(t))
	call := caller(s)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		create(t, s, "w", name, "x")
	}
	var names []string
	for next, pages := "", 0; ; {
		_, got := call("w", "GET /templates?limit=2&after="+next, "")
		items, _ := got["items"].([]any)
		for _, one := range items {
			names = append(names, one.(object)["name"].(string))
		}
		if pages++; pages > 3 {
			t.Fatal("more than three pages of two for five")
		}
		if next, _ = got["next"].(string); next == "" {
			break
		}
	}
	if got := strings.Join(names, ""); got != "abcde" {
		t.Errorf("got %s, want abcde", got)
	}
}

func TestACategoryIsKeptAndTakenAway(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		call := caller(newService(t, d))
		_, made := call("w", "POST /templates", `{"name":"Nota","body":"Hai","category":"  Pesanan \t baru "}`)
		if made["category"] != "Pesanan baru" {
			t.Errorf("made with the category %q, want it tidied", made["category"])
		}
		at := "/templates/" + made["id"].(string)
		if _, got := call("w", "PATCH "+at, `{"name":"Nota 2"}`); got["category"] != "Pesanan baru" {
			t.Errorf("after another change the category is %q, want it kept", got["category"])
		}
		call("w", "PATCH "+at, `{"category":""}`)
		if _, got := call("w", "GET "+at, ""); got["category"] != nil {
			t.Errorf("after it was taken away the category is %q", got["category"])
		}
	})
}
