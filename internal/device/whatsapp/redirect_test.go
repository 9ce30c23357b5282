package whatsapp

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestRedirectsStayHome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		times    int
		ok       bool
	}{
		{"https://mmg.whatsapp.net/v/a", "https://mmg.whatsapp.net/v/b", 1, true},
		{"https://mmg.whatsapp.net/v/a", "https://media-sin6-1.cdn.whatsapp.net/v/b", 1, true},
		{"https://mmg.whatsapp.net/v/a", "https://mmg.whatsapp.net/v/b", 4, false},
		{"https://mmg.whatsapp.net/v/a", "http://mmg.whatsapp.net/v/b", 1, false},
		{"https://mmg.whatsapp.net/v/a", "https://mmg.whatsapp.net:8443/v/b", 1, false},
		{"https://mmg.whatsapp.net/v/a", "https://evilwhatsapp.net/", 1, false},
		{"https://mmg.whatsapp.net/v/a", "https://whatsapp.net.example.com/", 1, false},
		{"https://mmg.whatsapp.net/v/a", "http://127.0.0.1/", 1, false},
		{"https://mmg.whatsapp.net/v/a", "http://169.254.169.254/latest/meta-data", 1, false},
		{"https://media.example.com/a", "https://mmg.whatsapp.net/b", 1, false},
	} {
		request := func(url string) *http.Request {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		var via []*http.Request
		for range c.times {
			via = append(via, request(c.from))
		}
		if err := stayHome(request(c.to), via); (err == nil) != c.ok {
			t.Errorf("from %s to %s after %d: %v, want allowed %t", c.from, c.to, c.times, err, c.ok)
		}
	}
}

// TestNobodyElseIsAskedForAFile has a host send us to another one on this machine, which is never asked.
func TestNobodyElseIsAskedForAFile(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 1)
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{} }))
	t.Cleanup(trap.Close)
	host := httptest.NewServer(http.RedirectHandler(trap.URL+"/secret", http.StatusFound))
	t.Cleanup(host.Close)
	with := newClients(nil, nil)
	for name, client := range map[string]*http.Client{"media": with.media, "socket": with.socket} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, host.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err == nil {
			_ = res.Body.Close()
		}
		if !errors.Is(err, errRedirected) {
			t.Errorf("%s: %v, want %v", name, err, errRedirected)
		}
	}
	select {
	case <-asked:
		t.Error("the other host was asked")
	default:
	}
}
