package app_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/app"
	"github.com/pingcrm/pingcrm/internal/device/whatsapp"
	"github.com/pingcrm/pingcrm/internal/member"
)

func bareApp(t *testing.T, c app.Config) *app.App {
	t.Helper()
	c.Data, c.Version, c.Log = t.TempDir(), "1", slog.New(slog.DiscardHandler)
	c.Network = &whatsapp.Network{RootKey: [32]byte{1}, Addr: "127.0.0.1:9"} // nobody answers there
	a, err := app.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	if c.Demo {
		facts := `{"url":"http://127.0.0.1:8000","email":"demo@toko.example","password":"rahasia","api_key":"never told"}`
		if err := os.WriteFile(filepath.Join(c.Data, "demo.json"), []byte(facts), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func visit(a *app.App, method, path, from string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.RemoteAddr = from + ":40000"
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	return w
}

// Pages are at every address but those of others, whether or not they were built into this program.
func TestPagesLeaveOthersTheirAddresses(t *testing.T) {
	t.Parallel()
	a := bareApp(t, app.Config{})
	for path, want := range map[string]int{
		"/": 200, "/inbox": 200, "/inbox/019aab10": 200, "/apiary": 200, "/docsy": 200,
		"/docs": 200, "/api/v1/openapi.json": 200,
		"/api/v1/nothing": 404, "/api/": 404, "/docs/nothing": 404, "/live": 404, "/live/x": 404, "/metrics": 404, "/healthz/x": 404,
	} {
		w := visit(a, http.MethodGet, path, "127.0.0.1")
		if w.Code != want {
			t.Errorf("GET %s: got %d, want %d", path, w.Code, want)
		}
		page := strings.Contains(w.Body.String(), "<html") && path != "/docs"
		if isPage := want == 200 && !strings.HasPrefix(path, "/api/") && path != "/docs"; page != isPage {
			t.Errorf("GET %s: got a page: %v, want %v", path, page, isPage)
		}
		if csp := w.Header().Get("Content-Security-Policy"); strings.Contains(csp, "script-src") && strings.Contains(csp, "unsafe") {
			t.Errorf("GET %s: its scripts may do what is unsafe: %s", path, csp)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		if w := visit(a, method, "/inbox", "127.0.0.1"); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
			t.Errorf("%s /inbox: got %d, Allow %q; want 405 and what is allowed", method, w.Code, w.Header().Get("Allow"))
		}
	}
}

func TestOnlyTheDemoOffersItsAccount(t *testing.T) {
	t.Parallel()
	told := member.Account{Email: "demo@toko.example", Password: "rahasia"}
	for name, c := range map[string]struct {
		demo bool
		from string
		want *member.Account
	}{
		"in the demo, from here":          {true, "127.0.0.1", &told},
		"in the demo, from another place": {true, "192.0.2.7", nil},
		"in a real installation":          {false, "127.0.0.1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := visit(bareApp(t, app.Config{Demo: c.demo}), http.MethodGet, "/api/v1/setup", c.from)
			var got member.SetUpState
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatalf("%d %s: %v", w.Code, w.Body, err)
			}
			if diff := cmp.Diff(member.SetUpState{Needed: true, Demo: c.want}, got); diff != "" {
				t.Errorf("setup (-want +got):\n%s", diff)
			}
			if strings.Contains(w.Body.String(), "never told") {
				t.Error("the demo's API key is told")
			}
		})
	}
}

// The document that is printed is the one that a server answers with.
func TestThePrintedDocumentIsTheServers(t *testing.T) {
	t.Parallel()
	printed, err := app.Document(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	served := visit(bareApp(t, app.Config{}), http.MethodGet, "/api/v1/openapi.json", "127.0.0.1")
	var a, b any
	if err := json.Unmarshal(printed, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(served.Body.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b, a); diff != "" {
		t.Errorf("printed (-served +printed):\n%s", diff)
	}
}
