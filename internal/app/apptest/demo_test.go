package apptest_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// TestTheDemoGoesOn starts the demo again on its folder, after a stop and after a kill of everything at once, on a
// network of its own and on an outside one.
func TestTheDemoGoesOn(t *testing.T) {
	t.Parallel()
	for name, launch := range map[string]func(*testing.T) *apptest.Server{
		"own network": func(t *testing.T) *apptest.Server { return apptest.Launch(t) },
		"outside network": func(t *testing.T) *apptest.Server {
			_, url := apptest.Network(t, wasim.Options{})
			return apptest.Start(t, url)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := launch(t)
			first := s.Demo
			whole(t, s)
			trade(t, s, "satu")
			for word, end := range map[string]func(){"setelah berhenti": s.Stop, "setelah mati": s.Kill} {
				time.Sleep(300 * time.Millisecond) //arch:sleep what a phone of the demo's own network shows is on the disk 50 ms later
				end()
				s.Run()
				s.AwaitOnline()
				if diff := cmp.Diff(first, s.Demo, cmpopts.IgnoreFields(apptest.Demo{}, "NetworkURL")); diff != "" {
					t.Errorf("demo.json (-before +after):\n%s", diff)
				}
				trade(t, s, word)
			}
			sh := &shop{Server: s, device: first.Devices[0].ID, number: first.Devices[0].Number}
			var texts []string
			for _, m := range sh.history(t, sh.device, first.Phones[5].Number) {
				texts = append(texts, m.Content.Text)
			}
			if len(texts) != 6 {
				t.Errorf("the chat has %q, want the 6 messages of three runs", texts)
			}
		})
	}
}

// whole checks that demo.json has everything and nobody else can read it.
func whole(t *testing.T, s *apptest.Server) {
	t.Helper()
	d := s.Demo
	if d.URL != s.URL || d.Email == "" || len(d.Password) < 12 || d.APIKey == "" || d.WorkspaceID == "" || d.NetworkURL == "" ||
		len(d.Devices) != 1 || d.Devices[0].Number == "" || len(d.Phones) != 6 {
		t.Errorf("demo.json is %+v", d)
	}
	for _, p := range d.Phones {
		if p.Number == "" || p.Name == "" {
			t.Errorf("a phone without a number or a name: %+v", p)
		}
	}
	info, err := os.Stat(filepath.Join(s.Data, "demo.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("demo.json: %v, %v; want it for its owner's eyes only", info, err)
	}
	if err := s.Post("/api/v1/login", object{"email": d.Email, "password": d.Password}, nil); err != nil {
		t.Errorf("sign in with demo.json: %v", err)
	}
}

// trade sends a text to the last customer and lets them answer, over HTTP only.
func trade(t *testing.T, s *apptest.Server, word string) {
	t.Helper()
	d := s.Demo
	customer, number := d.Phones[5].Number, d.Devices[0].Number
	sh := &shop{Server: s, device: d.Devices[0].ID, number: number}
	m := sh.tell(t, sh.device, customer, "dari toko "+word)
	s.Await("the customer has "+word, func() bool {
		return strings.Count(apptest.Curl(t, d.NetworkURL+"/v1/phones/"+customer+"/messages"), "dari toko "+word) == 1
	})
	sh.awaitMessage(t, m.ID, "delivered", "read")
	apptest.Curl(t, d.NetworkURL+"/v1/phones/"+customer+"/messages", "--data", `{"to":"`+number+`","text":"balasan `+word+`"}`)
	sh.awaitIn(t, sh.device, customer, textIs("balasan "+word))
}

// TestThePrintedLines pastes what the demo prints into a shell, one line after the other.
func TestThePrintedLines(t *testing.T) {
	t.Parallel()
	s := apptest.Launch(t)
	s.Await("the lines are printed", func() bool { return strings.Count(s.Words(), "\ncurl ") == 4 })
	var answers []string
	for line := range strings.Lines(s.Words()) {
		if !strings.HasPrefix(line, "curl ") {
			continue
		}
		var out []byte
		var err error
		ok := apptest.Eventually(20*time.Second, func() bool { // what was sent takes a moment to arrive
			out, err = exec.CommandContext(t.Context(), "sh", "-c", "curl() { command curl -sS --fail-with-body --max-time 20 \"$@\"; }\n"+line).CombinedOutput()
			return err == nil && (len(answers) != 1 || strings.Contains(string(out), "Halo dari Ping!"))
		})
		if !ok || !json.Valid(out) {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		answers = append(answers, string(out))
	}
	const greeting = "selamat datang di Toko Demo!"
	s.Await("the rule's answer is on the phone", func() bool {
		return strings.Contains(apptest.Curl(t, s.Demo.NetworkURL+"/v1/phones/"+s.Demo.Phones[0].Number+"/messages"), greeting)
	})
	for i, want := range []string{"Berhasil mengirimkan pesan", "Halo dari Ping!", `"id"`, "Halo dari Ping!"} {
		if !strings.Contains(answers[i], want) {
			t.Errorf("line %d answered %s, want %q in it", i+1, answers[i], want)
		}
	}
}

// TestTheUsualPortIsTaken starts two demos side by side: one of them at most has port 8010.
func TestTheUsualPortIsTaken(t *testing.T) {
	t.Parallel()
	if l, err := net.Listen("tcp", "127.0.0.1:8010"); err == nil { // unless somebody has it already
		defer func() { _ = l.Close() }()
	}
	s := apptest.Launch(t)
	if strings.HasSuffix(s.Demo.NetworkURL, ":8010") || !strings.HasPrefix(s.Demo.NetworkURL, "http://127.0.0.1:") {
		t.Errorf("the network is at %s, want another port of this machine", s.Demo.NetworkURL)
	}
	trade(t, s, "di port lain")
}

// TestTheDemoStaysHome refuses addresses that others can reach, and networks that are not on this machine.
func TestTheDemoStaysHome(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"every address":     {"--listen", "0.0.0.0:0"},
		"every address, v6": {"--listen", "[::]:0"},
		"no address":        {"--listen", ":0"},
		"outside network":   {"--listen", "127.0.0.1:0", "--network", "http://192.0.2.1:8010"},
		"no network there":  {"--listen", "127.0.0.1:0", "--network", "http://127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			data := t.TempDir()
			cmd := exec.CommandContext(ctx, apptest.Binary(t), append([]string{"serve", "--demo", "--data", data}, args...)...)
			out, err := cmd.CombinedOutput()
			if err == nil || ctx.Err() != nil || !slices.Contains([]string{"exit status 1"}, err.Error()) {
				t.Errorf("it ended with %v, want a refusal\n%s", err, out)
			}
			if !strings.Contains(string(out), "loopback") && !strings.Contains(string(out), "127.0.0.1:1") {
				t.Errorf("the refusal does not say why: %s", out)
			}
			if _, err := os.Stat(filepath.Join(data, "demo.json")); err == nil {
				t.Error("a refused start wrote demo.json")
			}
		})
	}
}

// TestTheFirstPage opens / and the documentation.
func TestTheFirstPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for path, want := range map[string]string{"/": "<html", "/docs": "openapi.json", "/healthz": `"simulated_network":true`} {
		resp, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		body := apptest.Curl(t, s.URL+path)
		if resp.StatusCode != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("GET %s: %s with %.300q, want 200 with %q", path, resp.Status, body, want)
		}
	}
}
