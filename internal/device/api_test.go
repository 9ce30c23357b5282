package device_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

var (
	errGuest  = fault.New(fault.Unauthenticated, "guest", fault.Text{ID: "tamu", EN: "guest"})
	errCanNot = fault.New(fault.Forbidden, "can_not", fault.Text{ID: "tidak boleh", EN: "not allowed"})
)

// served is the devices' API; the bearer token is the caller's workspace, with "agent of" in front for an agent.
func served(t *testing.T, s *device.Service) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	api := httpx.NewAPI(mux, httpx.Info{Title: "Ping!", Version: "1", Guard: func(r *http.Request, need httpx.Need) (context.Context, error) {
		workspace, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			return nil, errGuest
		}
		p := member.Principal{WorkspaceID: workspace, Role: member.Admin}
		if of, ok := strings.CutPrefix(workspace, "agent of "); ok {
			p = member.Principal{WorkspaceID: of, Role: member.Agent}
		}
		if !member.Can(p, need) {
			return nil, errCanNot
		}
		return member.With(r.Context(), p), nil
	}})
	device.Module(s).API(api)
	server := httptest.NewServer(httpx.Wrap(quiet, mux))
	t.Cleanup(server.Close)
	return server
}

// call makes a request and decodes the answer.
func call(t *testing.T, s *httptest.Server, workspace, method, path, body string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(wait(t), method, s.URL+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if workspace != "" {
		r.Header.Set("Authorization", "Bearer "+workspace)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if len(bytes.TrimSpace(raw)) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatalf("%s %s answered %d with %q", method, path, res.StatusCode, raw)
		}
	}
	return res.StatusCode, out
}

func TestADeviceIsLinkedOverHTTP(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		devicetest.Serve(t, h.Service)
		s := served(t, h.Service)
		status, made := call(t, s, "w", "POST", "/devices", `{"channel":"loopback","name":"Kasir"}`)
		id, _ := made["id"].(string)
		if status != http.StatusCreated || made["state"] != "new" || id == "" {
			t.Fatalf("made: %d %v", status, made)
		}
		if status, got := call(t, s, "w", "GET", "/devices/"+id+"/link", ""); status != http.StatusNotFound {
			t.Errorf("step before any attempt: %d %v, want 404", status, got)
		}
		status, step := call(t, s, "w", "POST", "/devices/"+id+"/link", `{"method":"qr"}`)
		code, _ := step["code"].(string)
		if status != http.StatusOK || step["step"] != "show_code" || code == "" || step["expires_at"] == nil {
			t.Fatalf("link: %d %v", status, step)
		}
		if err := h.net.Scan(wait(t), code, device.Account{Number: "62811", Name: "Toko"}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "online", func() bool {
			_, got := call(t, s, "w", "GET", "/devices/"+id, "")
			return got["state"] == "online" && got["number"] == "62811" && got["linked"] == true
		})
		if _, step := call(t, s, "w", "GET", "/devices/"+id+"/link", ""); step["step"] != "done" {
			t.Errorf("step after linking: %v, want done", step)
		}
		if status, got := call(t, s, "w", "POST", "/devices/"+id+"/link", `{"method":"qr"}`); status != http.StatusConflict {
			t.Errorf("link again: %d %v, want 409", status, got)
		}
		status, got := call(t, s, "w", "PATCH", "/devices/"+id, `{"name":"Toko","autoread":true}`)
		if status != http.StatusOK || got["name"] != "Toko" || got["autoread"] != true || got["state"] != "online" {
			t.Errorf("changed: %d %v", status, got)
		}
		if status, got := call(t, s, "w", "POST", "/devices/"+id+"/unlink", ""); status != http.StatusOK || got["state"] != "logged_out" || got["linked"] != false {
			t.Errorf("unlinked: %d %v", status, got)
		}
		if status, _ := call(t, s, "w", "DELETE", "/devices/"+id, ""); status != http.StatusNoContent {
			t.Errorf("delete: %d, want 204", status)
		}
		if status, _ := call(t, s, "w", "GET", "/devices/"+id, ""); status != http.StatusNotFound {
			t.Errorf("get after delete: %d, want 404", status)
		}
	})
}

func TestGuestsStrangersAndBadInputChangeNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite(t), func(c *device.Config) {
		c.CheckURL = func(string) error { return errors.New("never") }
	})
	s := served(t, h.Service)
	dev, err := h.Create(wait(t), "w", devicetest.LoopbackChannel, "a", device.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	one := "/devices/" + dev.ID
	for _, c := range []struct {
		name, who, method, path, body string
		status                        int
	}{
		{"guest lists", "", "GET", "/devices", "", 401},
		{"guest makes", "", "POST", "/devices", `{"channel":"loopback","name":"a"}`, 401},
		{"stranger gets", "x", "GET", one, "", 404},
		{"stranger changes", "x", "PATCH", one, `{"name":"b"}`, 404},
		{"stranger deletes", "x", "DELETE", one, "", 404},
		{"stranger links", "x", "POST", one + "/link", `{"method":"qr"}`, 404},
		{"stranger looks at the step", "x", "GET", one + "/link", "", 404},
		{"stranger unlinks", "x", "POST", one + "/unlink", "", 404},
		{"agent makes", "agent of w", "POST", "/devices", `{"channel":"loopback","name":"a"}`, 403},
		{"agent changes", "agent of w", "PATCH", one, `{"name":"b"}`, 403},
		{"agent deletes", "agent of w", "DELETE", one, "", 403},
		{"agent links", "agent of w", "POST", one + "/link", `{"method":"qr"}`, 403},
		{"agent unlinks", "agent of w", "POST", one + "/unlink", "", 403},
		{"agent looks", "agent of w", "GET", one, "", 200},
		{"absent", "w", "GET", "/devices/nobody", "", 404},
		{"unreadable", "w", "POST", "/devices", `{`, 400},
		{"no body", "w", "POST", "/devices", "", 400},
		{"wrong type", "w", "POST", "/devices", `{"channel":1,"name":"a"}`, 422},
		{"missing name", "w", "POST", "/devices", `{"channel":"loopback"}`, 422},
		{"empty name", "w", "POST", "/devices", `{"channel":"loopback","name":" "}`, 422},
		{"unknown channel", "w", "POST", "/devices", `{"channel":"fax","name":"a"}`, 422},
		{"workspace in the body", "w", "POST", "/devices", `{"channel":"loopback","name":"a","workspace_id":"x"}`, 422},
		{"long name", "w", "PATCH", one, `{"name":"` + strings.Repeat("é", 10_000) + `"}`, 422},
		{"NUL", "w", "PATCH", one, `{"name":"a\u0000b"}`, 400},
		{"bad webhook", "w", "PATCH", one, `{"name":"b","webhook_url":"http://127.0.0.1/"}`, 422},
		{"two megabytes", "w", "PATCH", one, `{"name":"` + strings.Repeat("a", 2<<20) + `"}`, 413},
		{"no method", "w", "POST", one + "/link", `{}`, 422},
		{"unknown method", "w", "POST", one + "/link", `{"method":"fax"}`, 422},
		{"code without phone", "w", "POST", one + "/link", `{"method":"code"}`, 422},
		{"bad cursor", "w", "GET", "/devices?after=%21", "", 422},
		{"bad limit", "w", "GET", "/devices?limit=-1", "", 422},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, got := call(t, s, c.who, c.method, c.path, c.body)
			if status != c.status {
				t.Errorf("answered %d %v, want %d", status, got, c.status)
			}
		})
	}
	list, err := h.List(wait(t), "w")
	if err != nil || len(list) != 1 || list[0] != dev {
		t.Errorf("there is %+v, %v; want only %+v", list, err, dev)
	}
}

func TestDevicesAreListedInPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite(t))
	s := served(t, h.Service)
	for range 5 {
		if _, err := h.Create(wait(t), "w", devicetest.LoopbackChannel, "a", device.Settings{}); err != nil {
			t.Fatal(err)
		}
	}
	seen, next, pages := map[string]bool{}, "", 0
	for {
		_, got := call(t, s, "w", "GET", "/devices?limit=2&after="+next, "")
		list, _ := got["items"].([]any)
		for _, d := range list {
			id, _ := d.(map[string]any)["id"].(string)
			seen[id] = true
		}
		pages++
		if next, _ = got["next"].(string); next == "" {
			break
		}
	}
	if len(seen) != 5 || pages != 3 {
		t.Errorf("saw %d devices in %d pages, want 5 in 3", len(seen), pages)
	}
}
