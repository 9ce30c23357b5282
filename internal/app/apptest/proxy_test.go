package apptest_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// middle is an HTTP proxy that wants a name and a password.
type middle struct {
	net.Listener
	mu   sync.Mutex
	open []net.Conn
	to   []string // whereto it has let connections through
}

func newMiddle(t *testing.T) *middle {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &middle{Listener: l}
	t.Cleanup(m.die)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go m.serve(c)
		}
	}()
	return m
}

func (m *middle) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	r, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	r.Header.Set("Authorization", r.Header.Get("Proxy-Authorization"))
	if name, password, _ := r.BasicAuth(); r.Method != http.MethodConnect || name != "toko" || password != "rahasia" {
		_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
		return
	}
	far, err := net.Dial("tcp", r.Host)
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	m.mu.Lock()
	m.open, m.to = append(m.open, c, far), append(m.to, r.Host)
	m.mu.Unlock()
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(far, in); _ = far.Close() }()
	_, _ = io.Copy(c, far)
}

func (m *middle) through() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.to)
}

// die ends the proxy with everything that goes through it.
func (m *middle) die() {
	_ = m.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.open {
		_ = c.Close()
	}
}

// TestADevicesProxyIsSetOverTheAPI connects through it, never past it, and directly again when it is taken away.
func TestADevicesProxyIsSetOverTheAPI(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	m := newMiddle(t)
	set := func(proxy string) {
		t.Helper()
		var d struct{ Proxy string }
		if err := s.Do(http.MethodPatch, "/api/v1/devices/"+s.device, object{"proxy": proxy}, nil, &d); err != nil || strings.Contains(d.Proxy, "rahasia") || (d.Proxy == "") != (proxy == "") {
			t.Fatalf("set the proxy %q: shown as %q, %v", proxy, d.Proxy, err)
		}
	}
	set("http://toko:rahasia@" + m.Addr().String())
	s.Await("a connection through the proxy", func() bool { return m.through() > 0 })
	s.awaitState(t, s.device, "online")
	s.talks(t, s.device, s.number, s.sari, "lewat perantara")
	m.die()
	d := s.awaitDevice(t, s.device, func(d deviceView) bool { return d.StateWhy == "proxy_failed" })
	waits := s.tell(t, s.device, s.sari.Number(), "menunggu")
	before := m.through()
	set("")
	s.awaitState(t, s.device, "online")
	s.awaitMessage(t, waits.ID, "delivered", "read")
	s.talks(t, s.device, s.number, s.sari, "langsung")
	if d.State == "online" || m.through() != before {
		t.Errorf("with a dead proxy the device was %+v; %d connections went through it, then %d", d, before, m.through())
	}
}
