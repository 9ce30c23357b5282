package whatsapp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
)

// Network is a simulated WhatsApp network. Every connection of the driver goes there, in plain TCP, and its root
// key takes the place of WhatsApp's in the whole process.
type Network struct {
	RootKey [32]byte
	Addr    string // host:port, loopback only
}

// What keeps a client from being made for the wrong network.
var (
	errNotLoopback  = errors.New("a simulated network must be on a loopback address")
	errOtherRoot    = errors.New("this process already trusts the root key of another network")
	errRealInTest   = errors.New("a client for the real network can't be made inside a test")
	errNoRootKey    = errors.New("the network did not tell its root key")
	errNetworkReply = errors.New("the address does not answer like a simulated network")
)

// FetchNetwork asks a simulated network at base (http://127.0.0.1:8010) where and who it is.
func FetchNetwork(ctx context.Context, base string) (*Network, error) {
	u, err := url.Parse(strings.TrimSuffix(base, "/") + "/v1/network")
	if err != nil || u.Scheme != "http" {
		return nil, fmt.Errorf("%w: %q is no http address", errNetworkReply, base)
	}
	if err := loopback(ctx, u.Host); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask the network: %w", err)
	}
	res, err := (&http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the network: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: status %d", errNetworkReply, res.StatusCode)
	}
	return readNetwork(ctx, io.LimitReader(res.Body, 1<<16))
}

func readNetwork(ctx context.Context, r io.Reader) (*Network, error) {
	var body struct {
		RootKey string `json:"root_key"`
		Dial    string `json:"dial"`
	}
	if err := json.NewDecoder(r).Decode(&body); err != nil {
		return nil, fmt.Errorf("%w: %w", errNetworkReply, err)
	}
	key, err := base64.StdEncoding.DecodeString(body.RootKey)
	if err != nil || len(key) != 32 {
		return nil, errNoRootKey
	}
	n := &Network{RootKey: [32]byte(key), Addr: body.Dial}
	return n, loopback(ctx, n.Addr)
}

// loopback refuses an address that is not, or not only, on this machine.
func loopback(ctx context.Context, addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%w: %q", errNotLoopback, addr)
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return fmt.Errorf("%w: %q: %w", errNotLoopback, addr, err)
	}
	for _, ip := range ips {
		if !ip.Unmap().IsLoopback() {
			return fmt.Errorf("%w: %q is %s", errNotLoopback, addr, ip)
		}
	}
	if len(ips) == 0 {
		return fmt.Errorf("%w: %q", errNotLoopback, addr)
	}
	return nil
}

// root guards the library's root key, which is one variable for the whole process and is read without a lock:
// it is set once, before the first client, and never again.
//
//arch:global the library keeps it for the process
var root struct {
	sync.Mutex
	simulated bool
}

// trust makes the process trust n's root key, or makes sure that it trusts WhatsApp's when n is nil.
func trust(ctx context.Context, n *Network) error {
	root.Lock()
	defer root.Unlock()
	if n == nil {
		if testing.Testing() {
			return errRealInTest
		}
		if root.simulated {
			return errOtherRoot
		}
		return nil
	}
	if err := loopback(ctx, n.Addr); err != nil {
		return err
	}
	if n.RootKey == [32]byte{} {
		return errNoRootKey
	}
	if root.simulated {
		if whatsmeow.WACertPubKey != n.RootKey {
			return errOtherRoot
		}
		return nil
	}
	if whatsmeow.WACertPubKey != n.RootKey {
		whatsmeow.WACertPubKey = n.RootKey
	}
	root.simulated = true
	return nil
}

// maxDownload bounds what one media download may bring: the network's own limit for documents is 2 GB, which
// nobody reads in a chat; 100 MiB is its limit for videos in the app.
const maxDownload = 100 << 20

// maxInMemory bounds what is fetched for somebody who wants all of its bytes at once.
const maxInMemory = 16 << 20

// maxBody is what a media host may answer: the largest file, encrypted.
const maxBody = maxDownload + 64

// clients are the HTTP clients for the websocket and for media.
type clients struct {
	socket, media *http.Client
}

// dial reaches an address of the network.
type dial func(ctx context.Context, network, addr string) (net.Conn, error)

// straight is how n is reached without a proxy: nil, which is the library's own way, for the real network, and the one
// address of a simulated one.
func straight(n *Network) dial {
	if n == nil {
		return nil
	}
	return func(ctx context.Context, _, _ string) (net.Conn, error) { return dialLoopback(ctx, n.Addr) }
}

// newClients makes the HTTP clients for n (nil is the real network), whose connections reach makes. A simulated network
// is plain TCP whatever the address says; the real one gets its TLS on top.
func newClients(n *Network, reach dial) clients {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if reach != nil {
		t.Proxy = nil
		t.DialContext = reach
	}
	if n != nil {
		t.ForceAttemptHTTP2 = false
		t.DialTLSContext = reach // a plain connection handed out here is taken for one on which TLS is done
	}
	return clients{
		socket: &http.Client{Transport: t, CheckRedirect: stayHome},
		media:  &http.Client{Transport: limited{t}, Timeout: 5 * time.Minute, CheckRedirect: stayHome},
	}
}

// dialLoopback connects to addr and looks again at where that really is: a name may have changed its meaning.
func dialLoopback(ctx context.Context, addr string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	peer, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		_ = c.Close()
		return nil, errNotLoopback
	}
	return c, nil
}

// limited ends responses that are larger than maxBody.
type limited struct{ http.RoundTripper }

func (l limited) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := l.RoundTripper.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if res.ContentLength > maxBody {
		_ = res.Body.Close()
		return nil, errTooLarge
	}
	res.Body = &limitedBody{ReadCloser: res.Body, left: maxBody}
	return res, nil
}

type limitedBody struct {
	io.ReadCloser
	left int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}
