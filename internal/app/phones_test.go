package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/app"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/control"
)

// The phones of a simulated network are for members, and are not there where there is none.
func TestPhonesAreForMembers(t *testing.T) {
	t.Parallel()
	network, err := wasim.New(wasim.Options{Seed: 1}) // no client of this process connects to it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = network.Close() })
	server, err := control.Start(control.Config{Listen: "127.0.0.1:0", Network: network})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	a := bareApp(t, app.Config{NetworkURL: server.URL()})
	h := &house{App: a, t: t}
	network.Phone("Budi")
	if got := h.call("GET", "/network/phones", ""); got.status != http.StatusUnauthorized {
		t.Errorf("a guest: got %d %s, want 401", got.status, got.text)
	}
	made := h.call("POST", "/setup", `{"workspace_name":"Toko","name":"Ani","email":"ani@toko.example","password":"`+password+`"}`)
	cookie, _, _ := strings.Cut(made.header.Get("Set-Cookie"), ";")
	if made.status != http.StatusCreated {
		t.Fatalf("set up: %d %s", made.status, made.text)
	}
	for what, c := range map[string]struct {
		method, path, body string
		headers            []string
		want               int
	}{
		"looking":                         {"GET", "/network/phones", "", nil, 200},
		"making one":                      {"POST", "/network/phones", `{"name":"Sari"}`, nil, 200},
		"making one from another site":    {"POST", "/network/phones", `{"name":"Sari"}`, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"making one for another's page":   {"POST", "/network/phones", `{"name":"Sari"}`, []string{"Origin", "https://elsewhere.example"}, 403},
		"what is no phone":                {"GET", "/network/phones/0811", "", nil, 404},
		"the network's faults":            {"GET", "/network/faults", "", nil, 404},
		"the network's key":               {"GET", "/network/network", "", nil, 404},
		"a method that nothing there has": {"PUT", "/network/phones", "{}", nil, 405},
	} {
		if got := h.call(c.method, c.path, c.body, append(c.headers, "Cookie", cookie)...); got.status != c.want {
			t.Errorf("%s: got %d %s, want %d", what, got.status, got.text, c.want)
		}
	}
	if n := len(network.Phones()); n != 2 {
		t.Errorf("the network has %d phones, want 2: what was refused made none", n)
	}
	var told member.SetUpState
	if err := json.Unmarshal(visit(a, http.MethodGet, "/api/v1/setup", "127.0.0.1").Body.Bytes(), &told); err != nil || !told.Simulated {
		t.Errorf("setup: got %+v, %v; want it to say that the network is simulated", told, err)
	}
	if w := visit(bareApp(t, app.Config{}), http.MethodGet, "/api/v1/network/phones", "127.0.0.1"); w.Code != http.StatusNotFound {
		t.Errorf("without a network: got %d %s, want 404", w.Code, w.Body)
	}
}
