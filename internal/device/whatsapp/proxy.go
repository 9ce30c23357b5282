package whatsapp

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/proxy"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
)

var _ device.ProxyChecker = (*Driver)(nil)

// proxyTime is how long a proxy may take until it lets a connection through.
const proxyTime = 15 * time.Second

// maxProxyAnswer bounds what a proxy may say before that.
const maxProxyAnswer = 16 << 10

// proxyError says that a device's proxy did not let a connection through. It does not name the proxy, whose address may
// hold a password.
type proxyError struct{ err error }

func (e *proxyError) Error() string { return "the device's proxy: " + e.err.Error() }
func (e *proxyError) Unwrap() error { return e.err }

// Why a proxy does not let a connection through.
var (
	errProxyRefused = errors.New("it refused the connection")
	errNoUnsealing  = errors.New("its address can't be unsealed here")
)

// proxies makes connections through the proxies of devices.
type proxies struct {
	network *Network
	open    func(sealed string) (seal.Secret, error)
	dial    dial
}

// CheckProxy refuses proxies that are not on this machine when the network is a simulated one: nothing may leave it.
func (d *Driver) CheckProxy(ctx context.Context, u *url.URL) error {
	if d.proxies.network == nil {
		return nil
	}
	return loopback(ctx, u.Host)
}

// clientsOf are the HTTP clients of a device: the driver's own, or those of its proxy.
func (d *Driver) clientsOf(dev device.Device) (clients, error) {
	if dev.Settings.Proxy == "" {
		return d.clients, nil
	}
	p := d.proxies
	if p.open == nil {
		return clients{}, &proxyError{errNoUnsealing}
	}
	address, err := p.open(dev.Settings.Proxy)
	if err != nil {
		return clients{}, &proxyError{err}
	}
	u, err := url.Parse(string(address))
	if err != nil {
		return clients{}, &proxyError{errNoUnsealing} // err would repeat the address
	}
	return newClients(p.network, p.through(u)), nil
}

// through makes connections through the proxy at u.
func (p proxies) through(u *url.URL) dial {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if p.network != nil {
			addr = p.network.Addr
		}
		ctx, cancel := context.WithTimeout(ctx, proxyTime)
		defer cancel()
		c, err := p.tunnel(ctx, u, network, addr)
		if err != nil {
			return nil, &proxyError{err}
		}
		return c, nil
	}
}

func (p proxies) tunnel(ctx context.Context, u *url.URL, network, addr string) (net.Conn, error) {
	if u.Scheme == "socks5" {
		var auth *proxy.Auth
		if u.User != nil {
			password, _ := u.User.Password()
			auth = &proxy.Auth{User: u.User.Username(), Password: password}
		}
		d, err := proxy.SOCKS5("tcp", u.Host, auth, p)
		if err != nil {
			return nil, err
		}
		return d.(proxy.ContextDialer).DialContext(ctx, network, addr)
	}
	c, err := p.DialContext(ctx, network, u.Host)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "https" {
		c = tls.Client(c, &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12})
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	out, err := connect(ctx, c, u, addr)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return out, nil
}

// connect asks an HTTP proxy for a tunnel to addr.
func connect(ctx context.Context, c net.Conn, u *url.URL, addr string) (net.Conn, error) {
	req := (&http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}).WithContext(ctx)
	if u.User != nil {
		password, _ := u.User.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	}
	if err := req.Write(c); err != nil {
		return nil, err
	}
	in := bufio.NewReader(io.LimitReader(c, maxProxyAnswer))
	res, err := http.ReadResponse(in, req) //nolint:bodyclose // what follows is the tunnel, or the connection is closed
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w with status %d", errProxyRefused, res.StatusCode)
	}
	early, err := in.Peek(in.Buffered()) // what the far side said in the same breath
	if err != nil {
		return nil, err
	}
	return &begunConn{Conn: c, early: append([]byte(nil), early...)}, nil
}

// begunConn is a connection of which something has been read already.
type begunConn struct {
	net.Conn
	early []byte
}

func (c *begunConn) Read(p []byte) (int, error) {
	if len(c.early) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.early)
	c.early = c.early[n:]
	return n, nil
}

// Dial is DialContext, which the SOCKS5 client wants to have as well.
func (p proxies) Dial(network, addr string) (net.Conn, error) {
	return p.DialContext(context.Background(), network, addr)
}

// DialContext reaches the proxy itself.
func (p proxies) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	switch {
	case p.network != nil:
		return dialLoopback(ctx, addr)
	case p.dial != nil:
		return p.dial(ctx, network, addr)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, addr)
}

// connectError says why the network could not be reached; a proxy in between that does not let us through is a reason
// of its own, which somebody has to mend.
func connectError(err error) error {
	var p *proxyError
	if errors.As(err, &p) {
		return &device.EndError{State: device.StateOffline, Why: device.WhyProxy}
	}
	return fmt.Errorf("connect to WhatsApp: %w", err)
}

// unreachable is the reason why linking could not begin.
func unreachable(err error) string {
	var p *proxyError
	if errors.As(err, &p) {
		return device.WhyProxy
	}
	return reasonUnreachable
}
