package whatsapp

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
	"github.com/pingcrm/pingcrm/wasim"
)

// The name and the password that the test's proxies want.
const proxyName, proxyPassword = "toko", "rahasia:@/sekali"

// middle is a proxy in this process, for both kinds. It counts the connections that it has let through, and the bytes
// that went to the network.
type middle struct {
	net.Listener
	kind    string
	through atomic.Int64
	bytes   atomic.Int64
	open    sync.Map
}

func newMiddle(t *testing.T, kind, addr string) *middle {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	m := &middle{Listener: l, kind: kind}
	t.Cleanup(m.die)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			m.open.Store(c, true)
			go m.serve(c)
		}
	}()
	return m
}

// die closes the proxy and everything that goes through it.
func (m *middle) die() {
	_ = m.Close()
	m.open.Range(func(c, _ any) bool { _ = c.(net.Conn).Close(); return true })
}

func (m *middle) url(name, password string) *url.URL {
	return &url.URL{Scheme: m.kind, Host: m.Addr().String(), User: url.UserPassword(name, password)}
}

func (m *middle) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	greet := map[string]func(net.Conn, *bufio.Reader) (string, error){"http": greetHTTP, "socks5": greetSOCKS}[m.kind]
	addr, err := greet(c, in)
	if err != nil {
		return
	}
	far, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer far.Close()
	m.through.Add(1)
	if m.kind == "http" {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
	} else {
		_, _ = c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	}
	go func() { _, _ = io.Copy(io.MultiWriter(far, m), in); _ = far.Close() }()
	_, _ = io.Copy(c, far)
}

// Write counts.
func (m *middle) Write(b []byte) (int, error) {
	m.bytes.Add(int64(len(b)))
	return len(b), nil
}

var errStranger = errors.New("a stranger")

func greetHTTP(c net.Conn, in *bufio.Reader) (string, error) {
	r, err := http.ReadRequest(in)
	if err != nil {
		return "", err
	}
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(proxyName+":"+proxyPassword))
	if r.Method != http.MethodConnect || r.Header.Get("Proxy-Authorization") != want {
		_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
		return "", errStranger
	}
	return r.Host, nil
}

// greetSOCKS is the server's side of RFC 1928 and 1929, for a name and a password.
func greetSOCKS(c net.Conn, in *bufio.Reader) (string, error) {
	part := func(head int, more func([]byte) int) []byte {
		b := make([]byte, head)
		if _, err := io.ReadFull(in, b); err != nil {
			return nil
		}
		rest := make([]byte, more(b))
		if _, err := io.ReadFull(in, rest); err != nil {
			return nil
		}
		return slices.Concat(b, rest)
	}
	if part(2, func(b []byte) int { return int(b[1]) }) == nil {
		return "", errStranger
	}
	_, _ = c.Write([]byte{5, 2})
	name := part(2, func(b []byte) int { return int(b[1]) })
	password := part(1, func(b []byte) int { return int(b[0]) })
	if len(name) < 2 || len(password) < 1 || string(name[2:]) != proxyName || string(password[1:]) != proxyPassword {
		_, _ = c.Write([]byte{1, 1})
		return "", errStranger
	}
	_, _ = c.Write([]byte{1, 0})
	size := func(b []byte) int { return map[byte]int{1: 4, 4: 16}[b[3]] + 2 }
	b := part(4, size)
	if b == nil {
		return "", errStranger
	}
	port := binary.BigEndian.Uint16(b[len(b)-2:])
	return net.JoinHostPort(net.IP(b[4:len(b)-2]).String(), strconv.Itoa(int(port))), nil
}

// proxied makes a rig whose device goes through u. What is "sealed" is in the open here.
func proxied(t *testing.T, u *url.URL) *rig {
	t.Helper()
	r := sqlite(t, wasim.Options{})
	r.driver.proxies.open = func(s string) (seal.Secret, error) { return seal.Secret(s), nil }
	r.device.Settings.Proxy = u.String()
	return r
}

// TestThroughAProxy links, talks and fetches a file through a proxy of each kind: nothing goes past it.
func TestThroughAProxy(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"http", "socks5"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m := newMiddle(t, kind, "127.0.0.1:0")
			r := proxied(t, m.url(proxyName, proxyPassword)).link(t)
			budi := r.net.Phone("Budi")
			r.send(t, budi, device.Content{Kind: device.KindText, Text: "lewat perantara"})
			r.await(t, budi, "lewat perantara")
			before := m.bytes.Load()
			picture := device.Content{Kind: device.KindImage, Text: "gambar", Media: &device.Media{Blob: "pic", MIME: "image/png"}}
			r.send(t, budi, picture)
			r.await(t, budi, "gambar")
			if sent := m.bytes.Load() - before; sent < int64(len(pixel())) {
				t.Errorf("%d bytes went through the proxy with a file of %d, want more", sent, len(pixel()))
			}
			if live, seen := r.net.Stats().Connections, m.through.Load(); seen < live {
				t.Errorf("the network saw %d sockets, the proxy let %d connections through", live, seen)
			}
		})
	}
}

// TestADeadProxy says that it is the proxy, and goes on when that is back.
func TestADeadProxy(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"http", "socks5"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m := newMiddle(t, kind, "127.0.0.1:0")
			r := proxied(t, m.url(proxyName, proxyPassword)).link(t)
			_ = r.stop()
			m.die()
			var end *device.EndError
			if err := r.ended(t, r.open(t)); !errors.As(err, &end) || end.State != device.StateOffline || end.Why != device.WhyProxy {
				t.Fatalf("with a dead proxy it ended with %v, want offline %s", err, device.WhyProxy)
			}
			newMiddle(t, kind, m.Addr().String())
			r.run(t)
		})
	}
}

// TestAProxyThatRefuses fails the linking with a reason, and its password is in no error.
func TestAProxyThatRefuses(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"http", "socks5"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m := newMiddle(t, kind, "127.0.0.1:0")
			r := proxied(t, m.url(proxyName, "salah-sandi"))
			steps := r.attempt(t, device.LinkRequest{Method: device.LinkQR}, nil)
			if last := steps[len(steps)-1]; last.Code != device.StepFailed || last.Reason != device.WhyProxy {
				t.Errorf("linking ended with %+v, want failed %s", last, device.WhyProxy)
			}
			with, err := r.driver.clientsOf(r.device)
			if err != nil {
				t.Fatal(err)
			}
			res, err := with.media.Get("https://mmg.whatsapp.net/x")
			if err == nil {
				_ = res.Body.Close()
			}
			if err == nil || strings.Contains(err.Error(), "salah-sandi") {
				t.Errorf("got %v, want an error without the password", err)
			}
		})
	}
}

// TestASimulatedNetworkKeepsProxiesHome refuses proxies elsewhere, when they are set and when they are dialled.
func TestASimulatedNetworkKeepsProxiesHome(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{})
	for host, ok := range map[string]bool{"127.0.0.1:1080": true, "[::1]:1080": true, "192.0.2.1:1080": false, "10.0.0.1:3128": false} {
		if err := r.driver.CheckProxy(context.Background(), &url.URL{Scheme: "socks5", Host: host}); (err == nil) != ok {
			t.Errorf("%s: got %v, want allowed %v", host, err, ok)
		}
	}
	r.device.Settings.Proxy = "sealed"
	if _, err := r.driver.Open(ctxOf(t), r.device, r.sink); err == nil {
		t.Error("a proxy that can't be unsealed was left out")
	}
	if r.driver.proxies.network == nil {
		t.Fatal("the driver has no simulated network")
	}
}
