package outbound_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/outbound"
)

func TestCheckRefusesAtSaveTime(t *testing.T) {
	t.Parallel()
	strict, demo := outbound.New(outbound.Options{}), outbound.New(outbound.Options{Reach: outbound.PublicAndLoopback})
	type verdict struct{ strict, demo string } // the code of the fault, empty for none
	both := func(code string) verdict { return verdict{code, code} }
	for address, want := range map[string]verdict{
		"https://shop.example/hook?a=1":                     both(""),
		"http://shop.example.":                              both(""),
		"https://shop.example:8443/hook":                    both(""),
		"https://93.184.216.34/":                            both(""),
		"https://[2606:2800:220:1::1]/":                     both(""),
		"https://tokó.example/":                             both(""),
		"http://127.0.0.1:8080/":                            {"url_private", ""},
		"http://127.9.9.9/":                                 {"url_private", ""},
		"http://localhost/":                                 {"url_private", ""},
		"http://localhost./":                                {"url_private", ""},
		"http://LOCALHOST:3000/":                            {"url_private", ""},
		"http://a.localhost/":                               {"url_private", ""},
		"http://ⓛocalhost/":                                 {"url_private", ""},
		"http://[::1]/":                                     {"url_private", ""},
		"http://0/":                                         both("url_private"),
		"http://0.0.0.0/":                                   both("url_private"),
		"http://0x7f000001/":                                both("url_private"),
		"http://2130706433/":                                both("url_private"),
		"http://127.1/":                                     both("url_private"),
		"http://0177.0.0.1/":                                both("url_private"),
		"http://[::ffff:127.0.0.1]/":                        both("url_private"),
		"http://[::]/":                                      both("url_private"),
		"http://[fd00::1]/":                                 both("url_private"),
		"http://[64:ff9b::7f00:1]/":                         both("url_private"),
		"http://[2002:7f00:1::]/":                           both("url_private"),
		"http://169.254.169.254/latest/meta-data":           both("url_private"),
		"http://[fe80::1%25eth0]/":                          both("url_private"),
		"http://100.64.0.1/":                                both("url_private"),
		"http://10.0.0.1/":                                  both("url_private"),
		"http://172.16.0.1/":                                both("url_private"),
		"http://192.168.1.1/":                               both("url_private"),
		"http://metadata.google.internal/":                  both("url_private"),
		"http://printer.local/":                             both("url_private"),
		"http://postgres:5000/":                             both("url_private"),
		"http://user:pass@good.example@127.0.0.1/":          both("url_invalid"),
		"http://user@good.example/":                         both("url_invalid"),
		"http://good.example#@127.0.0.1":                    both("url_invalid"),
		`http://127.0.0.1\@good.example`:                    both("url_invalid"),
		"file:///etc/passwd":                                both("url_invalid"),
		"gopher://good.example/":                            both("url_invalid"),
		"javascript:alert(1)":                               both("url_invalid"),
		"http:good.example":                                 both("url_invalid"),
		"//good.example/":                                   both("url_invalid"),
		"http://":                                           both("url_invalid"),
		"":                                                  both("url_invalid"),
		" https://good.example":                             both("url_invalid"),
		"https://good.example/\r\nX: y":                     both("url_invalid"),
		"https://good..example/":                            both("url_invalid"),
		"https://good.example:0/":                           both("url_invalid"),
		"https://good.example:99999/":                       both("url_invalid"),
		"https://good.example:22/":                          both("url_port"),
		"https://good.example:25/":                          both("url_port"),
		"https://good.example:6379/":                        both("url_port"),
		"https://good.example/" + strings.Repeat("a", 2048): both("url_invalid"),
	} {
		for _, c := range []struct {
			out  *outbound.Outbound
			want string
		}{{strict, want.strict}, {demo, want.demo}} {
			got := ""
			if err := c.out.Check(address); err != nil {
				f, ok := fault.From(err)
				if !ok {
					t.Fatalf("Check(%q): not a fault: %v", address, err)
				}
				got = f.Code
			}
			if got != c.want {
				t.Errorf("Check(%.80q) = %q, want %q", address, got, c.want)
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("http://127.0.0.1/")
	f.Add("http://[::ffff:7f00:1]:80/")
	strict := outbound.New(outbound.Options{})
	f.Fuzz(func(t *testing.T, s string) {
		if err := strict.Check(s); err != nil {
			if _, ok := fault.From(err); !ok {
				t.Errorf("not a fault: %v", err)
			}
			return
		}
		if !strings.HasPrefix(strings.ToLower(s), "http") {
			t.Errorf("%q was let through", s)
		}
	})
}

// far is a server with an answer of every unpleasant kind.
func far(t *testing.T) *httptest.Server {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(make([]byte, 1<<20))
	_ = z.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "ok "+r.Header.Get("X-Secret")) })
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("url"))
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/promise", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10000000000")
		_, _ = w.Write([]byte("x"))
	})
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	})
	mux.HandleFunc("/header", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) })
	mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("x"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func fetch(t *testing.T, o *outbound.Outbound, address string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Secret", "s")
	resp, err := o.Client().Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

// Whatever the name is: what counts is the address that is dialled in the end.
func TestDiallingInsideIsRefused(t *testing.T) {
	t.Parallel()
	s := far(t)
	byName := strings.Replace(s.URL, "127.0.0.1", "localhost", 1) + "/ok"
	strict, demo := outbound.New(outbound.Options{}), outbound.New(outbound.Options{Reach: outbound.PublicAndLoopback})
	for _, address := range []string{s.URL + "/ok", byName} {
		if got, err := fetch(t, strict, address); !outbound.Blocked(err) {
			t.Errorf("%s: got %q %v, want it blocked", address, got, err)
		}
		if got, err := fetch(t, demo, address); err != nil || got != "ok s" {
			t.Errorf("%s with loopback allowed: got %q %v", address, got, err)
		}
	}
	for _, address := range []string{"http://10.255.255.1/", "http://169.254.169.254/", "http://[fd00::1]/", "http://0.0.0.0/"} {
		if _, err := fetch(t, demo, address); !outbound.Blocked(err) {
			t.Errorf("%s: got %v, want it blocked", address, err)
		}
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	one, two := far(t), far(t)
	stay := outbound.New(outbound.Options{Reach: outbound.PublicAndLoopback})
	follow := outbound.New(outbound.Options{Reach: outbound.PublicAndLoopback, Follow: outbound.AnyHost})
	for _, c := range []struct {
		to             string
		stays, follows bool
	}{
		{to: one.URL + "/ok", stays: true, follows: true},
		{to: two.URL + "/ok", follows: true},
		{to: "file:///etc/passwd"},
		{to: "gopher://127.0.0.1/"},
		{to: "http://10.0.0.1/"},
		{to: "http://user:pass@127.0.0.1/"},
		{to: one.URL + "/round"},
		{to: one.URL + "/to?url=/to?url=/ok", stays: true, follows: true},
	} {
		for _, o := range []struct {
			out  *outbound.Outbound
			want bool
		}{{stay, c.stays}, {follow, c.follows}} {
			_, err := fetch(t, o.out, one.URL+"/to?url="+strings.NewReplacer("?", "%3F", "=", "%3D").Replace(c.to))
			if (err == nil) != o.want || (err != nil && !outbound.Blocked(err)) {
				t.Errorf("redirect to %s: got %v, want success %v", c.to, err, o.want)
			}
		}
	}
}

func TestUnpleasantAnswersEnd(t *testing.T) {
	t.Parallel()
	s := far(t)
	slow := outbound.New(outbound.Options{Reach: outbound.PublicAndLoopback, MaxResponse: 100_000})
	quick := outbound.New(outbound.Options{Reach: outbound.PublicAndLoopback, Timeout: 300 * time.Millisecond})
	for path, c := range map[string]struct {
		out  *outbound.Outbound
		code string // of the fault; empty for the client's own error
	}{
		"/endless": {slow, "answer_too_large"}, "/promise": {slow, "answer_too_large"}, "/bomb": {slow, "answer_too_large"},
		"/header": {slow, ""}, "/hang": {quick, ""}, "/drip": {quick, ""},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			got, err := fetch(t, c.out, s.URL+path)
			if err == nil || len(got) > 100_000 {
				t.Errorf("got %d bytes and error %v, want an error", len(got), err)
			}
			code := ""
			if f, ok := fault.From(err); ok {
				code = f.Code
			}
			if code != c.code {
				t.Errorf("got fault %q (%v), want %q", code, err, c.code)
			}
		})
	}
	exact := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 100_000)) }))
	t.Cleanup(exact.Close)
	if got, err := fetch(t, slow, exact.URL); err != nil || len(got) != 100_000 {
		t.Errorf("an answer of exactly the limit: got %d bytes, %v", len(got), err)
	}
}

func TestBlockedIsNotEveryError(t *testing.T) {
	t.Parallel()
	if outbound.Blocked(errors.New("no route")) || outbound.Blocked(nil) {
		t.Error("every error counts as blocked")
	}
}

func TestWhatIsPostedIsNeverGot(t *testing.T) {
	t.Parallel()
	var got sync.Map
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if code, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/")); err == nil {
			http.Redirect(w, r, "/landed", code)
			return
		}
		body, _ := io.ReadAll(r.Body)
		got.Store(r.Method+" "+string(body), true)
	}))
	t.Cleanup(s.Close)
	out := outbound.New(outbound.Options{Reach: outbound.PublicAndLoopback})
	for code, follows := range map[int]bool{301: false, 302: false, 303: false, 307: true, 308: true} {
		resp, err := out.Client().Post(fmt.Sprintf("%s/%d", s.URL, code), "text/plain", strings.NewReader("event"))
		if err == nil {
			_ = resp.Body.Close()
		}
		if (err == nil) != follows || err != nil && !outbound.Blocked(err) {
			t.Errorf("a POST that is answered with %d: %v, want it followed %v", code, err, follows)
		}
	}
	if _, ok := got.Load("POST event"); !ok {
		t.Error("no redirect was followed; the test shows nothing")
	}
	got.Range(func(k, _ any) bool {
		if k != "POST event" {
			t.Errorf("the other side saw %q, want only POST event", k)
		}
		return true
	})
}

func TestTheStatusOfALargeAnswerIsHeard(t *testing.T) {
	t.Parallel()
	s := far(t)
	out := outbound.New(outbound.Options{Reach: outbound.PublicAndLoopback, MaxResponse: 100})
	resp, err := out.Client().Get(s.URL + "/promise")
	if err != nil {
		t.Fatalf("an answer that announces a large body: %v, want its status", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %d, want 200", resp.StatusCode)
	}
}
