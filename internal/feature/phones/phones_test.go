package phones_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/feature/phones"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

var errGuest = fault.New(fault.Unauthenticated, "sign_in", fault.Text{ID: "masuk dulu", EN: "sign in"}) //arch:global declared once

// stage is a network that a test plays, behind the phones' address.
type stage struct {
	*phones.Service
	front *httptest.Server
	mu    sync.Mutex
	asked []*http.Request
	needs []httpx.Need
}

func (s *stage) last() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[len(s.asked)-1]
}

func (s *stage) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

// play starts a network that answers with answer; who has no cookie is a guest.
func play(t *testing.T, answer http.HandlerFunc) *stage {
	t.Helper()
	s := &stage{}
	back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r)
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(back.Close)
	log := slog.New(slog.DiscardHandler)
	s.Service = phones.New(phones.Config{URL: back.URL + "/", Log: log, Guard: func(r *http.Request, need httpx.Need) (context.Context, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.needs = append(s.needs, need); r.Header.Get("Cookie") == "" {
			return nil, errGuest
		}
		return r.Context(), nil
	}})
	mux := http.NewServeMux()
	phones.Module(s.Service).Routes(mux)
	s.front = httptest.NewServer(httpx.Wrap(log, mux))
	t.Cleanup(s.front.Close)
	return s
}

func (s *stage) call(t *testing.T, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.front.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", "ping_session=secret")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func fine(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Other", "nobody's business")
	w.Header().Set("Set-Cookie", "ping_session=forged")
	_, _ = w.Write([]byte(r.Method + " " + r.URL.RequestURI() + " " + string(body)))
}

func TestRequestsAreHandedOn(t *testing.T) {
	t.Parallel()
	s := play(t, fine)
	for _, c := range []struct{ method, path, body, want string }{
		{"GET", "/phones", "", "GET /v1/phones "},
		{"GET", "/changes?after=a-1&wait=2", "", "GET /v1/changes?after=a-1&wait=2 "},
		{"POST", "/phones/62812/messages", `{"to":"x"}`, `POST /v1/phones/62812/messages {"to":"x"}`},
		{"DELETE", "/phones/1@lid/companions/1:3%40lid", "", "DELETE /v1/phones/1@lid/companions/1:3%40lid "},
	} {
		resp, text := s.call(t, c.method, phones.Prefix+c.path, c.body, "Content-Type", "application/json", "Authorization", "Bearer key",
			"Origin", "http://here.example", "Range", "bytes=0-", "Referer", "http://here.example/x", "X-Api-Key", "key")
		if resp.StatusCode != 200 || text != c.want {
			t.Errorf("%s %s: got %d %q, want %q", c.method, c.path, resp.StatusCode, text, c.want)
		}
		got := s.last().Header.Clone()
		got.Del("User-Agent")
		got.Del("Accept-Encoding")
		got.Del("Content-Length")
		if diff := cmp.Diff(http.Header{"Content-Type": {"application/json"}, "Range": {"bytes=0-"}}, got); diff != "" {
			t.Errorf("%s %s: what the network was told (-want +got):\n%s", c.method, c.path, diff)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff", "X-Other": "", "Set-Cookie": "",
			"Content-Type": "application/json",
		} {
			if values := resp.Header.Values(name); strings.Join(values, "|") != want {
				t.Errorf("%s %s: %s is %q, want %q alone", c.method, c.path, name, values, want)
			}
		}
	}
	if diff := cmp.Diff([]httpx.Need{member.ReadChats, member.ReadChats, member.SendMessages, member.SendMessages}, s.needs); diff != "" {
		t.Errorf("needs (-want +got):\n%s", diff)
	}
}

func TestNothingElseOfTheNetworkIsReached(t *testing.T) {
	t.Parallel()
	s := play(t, fine)
	for _, path := range []string{
		"/", "/faults", "/network", "/log", "/stats", "/phonesx", "/phones%2f..%2ffaults", "/changes/x", "/%70hones", "/phones/../faults", "//faults",
	} {
		resp, text := s.call(t, "GET", phones.Prefix+path, "")
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d %s, want 404", path, resp.StatusCode, text)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.front.URL+phones.Prefix+"/phones", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized || s.count() != 0 {
		t.Errorf("a guest: got %d, and the network heard %d requests; want 401 and none", resp.StatusCode, s.count())
	}
}

func TestRefusalsAreSaidInOurWords(t *testing.T) {
	t.Parallel()
	s := play(t, func(w http.ResponseWriter, r *http.Request) {
		code, status := r.URL.Query().Get("code"), 422
		if code == "internal" {
			status = 500
		}
		httpx.WriteJSON(w, status, map[string]any{"error": map[string]string{"code": code, "message": "100% of it"}})
	})
	for code, want := range map[string]struct {
		status int
		code   string
		words  string
	}{
		"unknown_phone": {404, "unknown_phone", "HP simulasi ini tidak ada."},
		"bad_code":      {422, "bad_code", "Kode ini salah"},
		"number_taken":  {409, "number_taken", "Nomor ini sudah dipakai"},
		"file_gone":     {410, "file_gone", "Berkas"},
		"no_such_path":  {404, "no_such_path", "Tidak ada"},
		"invalid_field": {422, "invalid_field", "100% of it"},
		"new_of_theirs": {422, "new_of_theirs", "100% of it"},
		"internal":      {503, "network_away", "tidak menjawab"},
	} {
		resp, text := s.call(t, "GET", phones.Prefix+"/phones?code="+code, "")
		var got struct {
			Error struct {
				Code, Message string
				MessageEN     string `json:"message_en"`
			}
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("%s: %q: %v", code, text, err)
			continue
		}
		if resp.StatusCode != want.status || got.Error.Code != want.code || !strings.Contains(got.Error.Message, want.words) || got.Error.MessageEN == "" {
			t.Errorf("%s: got %d %+v, want %d %s with %q", code, resp.StatusCode, got.Error, want.status, want.code, want.words)
		}
	}
}

func TestANetworkThatIsAway(t *testing.T) {
	t.Parallel()
	s := play(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html>"))
	})
	if resp, text := s.call(t, "GET", phones.Prefix+"/phones", ""); resp.StatusCode != 503 || !strings.Contains(text, "network_away") {
		t.Errorf("what is no answer of a network: got %d %s, want 503 network_away", resp.StatusCode, text)
	}
	gone := phones.New(phones.Config{URL: "http://127.0.0.1:9", Log: slog.New(slog.DiscardHandler), Guard: func(r *http.Request, _ httpx.Need) (context.Context, error) {
		return r.Context(), nil
	}})
	mux := http.NewServeMux()
	phones.Module(gone).Routes(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", phones.Prefix+"/phones", nil))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("nobody there: got %d %s, want 503 and when to try again", w.Code, w.Body)
	}
}

// A page that waits for news does not hold up the program's end, now or later.
func TestWaitsEndWithTheProgram(t *testing.T) {
	t.Parallel()
	waiting := make(chan struct{}, 2)
	s := play(t, func(_ http.ResponseWriter, r *http.Request) {
		waiting <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute):
		}
	})
	go func() {
		<-waiting
		s.EndWaits()
	}()
	for range 2 {
		began := time.Now()
		resp, _ := s.call(t, "GET", phones.Prefix+"/changes?wait=25", "")
		if took := time.Since(began); resp.StatusCode < 400 || took > 30*time.Second {
			t.Errorf("got %d after %v, want a refusal at once", resp.StatusCode, took)
		}
	}
}

func TestWithoutANetworkThereIsNothing(t *testing.T) {
	t.Parallel()
	none := phones.New(phones.Config{Log: slog.New(slog.DiscardHandler)})
	if none != nil || phones.Module(none).Routes != nil {
		t.Error("there are phones without a network")
	}
	none.EndWaits()
}
