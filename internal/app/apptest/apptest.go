// Package apptest owns the whole-server tests: the built program as its own process, on a simulated network in the test's.
package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/control"
)

// Binary builds the program once per test process and returns its path.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatalf("build the program: %v", err)
	}
	return path
}

//arch:global the program is built once for all tests of a process
var build = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("PING_TEST_BINARY"); path != "" { // built before, with the tag strike
		return path, nil
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	dir, err := os.MkdirTemp("", "pingcrm-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "pingcrm")
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "strike,nodynamic", "-o", path, "./cmd/pingcrm")
	cmd.Dir, cmd.Env = strings.TrimSpace(string(root)), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

// Network starts a simulated network with its control interface; both end with the test.
func Network(t testing.TB, opts wasim.Options) (*wasim.Network, string) {
	t.Helper()
	opts.FastPairing = true
	n, err := wasim.New(opts)
	if err != nil {
		t.Fatalf("make a network: %v", err)
	}
	s, err := control.Start(control.Config{Listen: "127.0.0.1:0", Network: n})
	if err != nil {
		t.Fatalf("serve the network: %v", err)
	}
	t.Cleanup(func() {
		s.Close()
		if err := n.Close(); err != nil {
			t.Errorf("close the network: %v", err)
		}
	})
	return n, s.URL()
}

// Server is the program in a process of its own, as the demo on a given network.
type Server struct {
	URL  string
	Data string
	Demo Demo

	t       testing.TB
	bin     string
	args    []string
	env     []string
	cmd     *exec.Cmd
	exited  chan struct{}
	log     *tail
	client  *http.Client
	listens string
}

// Demo is demo.json.
type Demo struct {
	URL         string `json:"url"`
	Email       string `json:"email"`
	Password    string `json:"password"`
	APIKey      string `json:"api_key"`
	WorkspaceID string `json:"workspace_id"`
	Devices     []struct {
		ID     string `json:"id"`
		Number string `json:"number"`
	} `json:"devices"`
	NetworkURL string `json:"network_url"`
	Phones     []struct {
		Number string `json:"number"`
		Name   string `json:"name"`
	} `json:"phones"`
}

// Start runs the demo on a network and waits until its number is linked. args are further flags.
func Start(t testing.TB, networkURL string, args ...string) *Server {
	t.Helper()
	return Launch(t, append([]string{"--network", networkURL}, args...)...)
}

// StartWith is Start with more in the program's environment.
func StartWith(t testing.TB, networkURL string, env []string, args ...string) *Server {
	t.Helper()
	return launch(t, env, append([]string{"--network", networkURL}, args...)...)
}

// Launch runs the demo in a folder of its own, without further args on a network of its own, and waits until its
// number is linked.
func Launch(t testing.TB, args ...string) *Server {
	t.Helper()
	return launch(t, nil, args...)
}

func launch(t testing.TB, env []string, args ...string) *Server {
	t.Helper()
	s := prepare(t, env, args...)
	s.Run()
	s.AwaitOnline()
	return s
}

// Prepare makes a server as Start does and leaves it to the caller to Run it, at least once.
func Prepare(t testing.TB, networkURL string, args ...string) *Server {
	t.Helper()
	return prepare(t, nil, append([]string{"--network", networkURL}, args...)...)
}

// PrepareWith is Prepare with more in the program's environment.
func PrepareWith(t testing.TB, networkURL string, env []string, args ...string) *Server {
	t.Helper()
	return prepare(t, env, append([]string{"--network", networkURL}, args...)...)
}

func prepare(t testing.TB, env []string, args ...string) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		t: t, bin: Binary(t), Data: t.TempDir(), listens: l.Addr().String(), log: &tail{}, env: env,
		client: &http.Client{Timeout: 20 * time.Second},
	}
	_ = l.Close()
	s.URL = "http://" + s.listens
	s.args = append([]string{"serve", "--demo", "--listen", s.listens, "--data", s.Data}, args...)
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("the server's last words:\n%s", s.log)
		}
	})
	return s
}

// AwaitOnline waits until there is a demo.json whose network answers and whose number is online.
func (s *Server) AwaitOnline() {
	s.t.Helper()
	s.Await("demo.json with a number that is online", func() bool {
		var demo Demo
		data, err := os.ReadFile(filepath.Join(s.Data, "demo.json"))
		if err != nil || json.Unmarshal(data, &demo) != nil || len(demo.Devices) == 0 {
			return false
		}
		if !reflect.DeepEqual(demo, s.Demo) { // as long as it is the same, others may be reading it
			s.Demo = demo
		}
		if !s.answers(s.Demo.NetworkURL + "/v1/network") { // demo.json may still be that of the run before
			return false
		}
		var d struct{ State string }
		return s.Get("/api/v1/devices/"+s.Demo.Devices[0].ID, &d) == nil && d.State == "online"
	})
}

// answers reports whether somebody is there.
func (s *Server) answers(url string) bool {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil
}

// Words are the last 64 KiB of what the server printed and logged, over all its runs.
func (s *Server) Words() string { return s.log.String() }

// Run starts the process again after Kill or Stop.
func (s *Server) Run() {
	s.t.Helper()
	s.cmd = exec.CommandContext(context.Background(), s.bin, s.args...)
	s.cmd.Env = append(os.Environ(), s.env...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("start the server: %v", err)
	}
	s.exited = make(chan struct{})
	cmd, exited := s.cmd, s.exited
	go func() { _ = cmd.Wait(); close(exited) }()
}

// Share has the server use another's folder, as a second node does. It comes before Run.
func (s *Server) Share(with *Server) {
	s.Data = with.Data
	s.args = append(s.args, "--data", with.Data)
}

// Ended is closed when the process has ended.
func (s *Server) Ended() <-chan struct{} { return s.exited }

// Exited reports whether the process has ended.
func (s *Server) Exited() bool {
	select {
	case <-s.exited:
		return true
	default:
		return false
	}
}

// Kill ends the process with SIGKILL and waits until it is gone.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.exited
}

// Stop ends the process with SIGTERM; one that does not stop within 20 s fails the test and is killed.
func (s *Server) Stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		s.t.Error("the server did not stop")
		s.Kill()
	}
}

// PID is the process's number.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Await waits up to two minutes for something to be so.
func (s *Server) Await(what string, fn func() bool) {
	s.t.Helper()
	if !Eventually(2*time.Minute, fn) {
		s.t.Fatalf("never happened: %s", what)
	}
}

// Eventually asks fn until it says yes or the time is over.
func Eventually(patience time.Duration, fn func() bool) bool {
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if fn() {
			return true
		}
		select {
		case <-deadline:
			return false
		case <-tick.C:
		}
	}
}

// errStatus is an answer that is not a success.
var errStatus = errors.New("not a success")

// Get decodes the JSON of a path; the demo's key is sent along.
func (s *Server) Get(path string, out any) error { return s.Do(http.MethodGet, path, nil, nil, out) }

// Post sends in as JSON and decodes the answer.
func (s *Server) Post(path string, in, out any) error {
	return s.Do(http.MethodPost, path, in, nil, out)
}

// Do makes one request with in as JSON, the demo's key and further headers.
func (s *Server) Do(method, path string, in any, header http.Header, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	return s.Send(method, path, body, header, out)
}

// Send makes one request with any body, the demo's key and further headers, and decodes the answer.
func (s *Server) Send(method, path string, body io.Reader, header http.Header, out any) error {
	req, err := http.NewRequestWithContext(context.Background(), method, s.URL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.Demo.APIKey)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range header {
		req.Header[k] = v
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%w: %s %s: %s: %s", errStatus, method, path, resp.Status, data)
	}
	if out == nil || len(data) == 0 {
		return nil
	}
	return json.Unmarshal(data, out)
}

// Curl runs a curl line's arguments as a script would and returns the answer's body; curl itself must be there.
func Curl(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "curl", append([]string{"--silent", "--show-error", "--max-time", "20"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("curl %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// Deafen stops reading what the server prints and logs, until hear is called.
func (s *Server) Deafen() (hear func()) {
	s.log.deaf.Lock()
	return s.log.deaf.Unlock
}

// Blocked reports whether something that the server has printed waits for its reader.
func (s *Server) Blocked() bool { return s.log.waits.Load() > 0 }

// tail keeps the last words of a process.
type tail struct {
	mu sync.Mutex
	b  []byte

	deaf  sync.Mutex // held while nobody reads
	waits atomic.Int64
}

func (l *tail) Write(p []byte) (int, error) {
	l.waits.Add(1)
	l.deaf.Lock()
	l.deaf.Unlock() //nolint:staticcheck // waiting is all that is wanted
	l.waits.Add(-1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, p...)
	if n := len(l.b) - 64<<10; n > 0 {
		l.b = append(l.b[:0], l.b[n:]...)
	}
	return len(p), nil
}

// String is what is kept.
func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.b)
}
