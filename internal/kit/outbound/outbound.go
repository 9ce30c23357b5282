// Package outbound owns calls to addresses that users gave: nothing of our own network can be reached through it.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"code.dny.dev/ssrf"
	"golang.org/x/net/idna"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of this package.
var (
	ErrURL = fault.New(fault.Invalid, "url_invalid", fault.Text{
		ID: "Alamat ini bukan URL yang bisa dipakai. Contoh: https://toko.example/hook.",
		EN: "This address is not a URL that can be used. For example: https://shop.example/hook.",
	})
	ErrPrivate = fault.New(fault.Invalid, "url_private", fault.Text{
		ID: "Alamat ini menunjuk ke jaringan dalam dan tidak boleh dipakai. Pakai alamat umum.",
		EN: "This address leads into a private network and can't be used. Use a public one.",
	})
	ErrPort = fault.New(fault.Invalid, "url_port", fault.Text{
		ID: "Port ini milik layanan lain dan tidak boleh dipakai.", EN: "This port belongs to another service and can't be used.",
	})
	errRedirect = fault.New(fault.Upstream, "redirect_refused", fault.Text{
		ID: "Alamat ini mengalihkan ke tempat yang tidak boleh dipakai, atau terlalu sering.",
		EN: "This address redirects to where we may not go, or too often.",
	})
	errTooLarge = fault.New(fault.Upstream, "answer_too_large", fault.Text{
		ID: "Jawaban alamat ini terlalu besar.", EN: "The answer of this address is too large.",
	})
)

// Reach says how far a call may go.
type Reach int

// The reaches.
const (
	// Public is the internet only.
	Public Reach = iota
	// PublicAndLoopback is also this machine, for when the whole network is simulated on it.
	PublicAndLoopback
)

// Follow says where a redirect may lead.
type Follow int

// The ways to follow.
const (
	// SameHost is for calls that carry something secret, such as webhooks.
	SameHost Follow = iota
	// AnyHost is for fetching, such as media.
	AnyHost
)

// Options of New; the zero value is the strictest.
type Options struct {
	Reach       Reach
	Follow      Follow
	Timeout     time.Duration // of a whole call, body too; 0 is 30 s
	MaxResponse int64         // bytes of an answer's body, unpacked; 0 is 1 MiB
}

const (
	maxURL       = 2048
	maxRedirects = 3
	maxHeader    = 64 << 10
)

// Outbound checks addresses and calls them.
type Outbound struct {
	opts   Options
	guard  *ssrf.Guardian
	client *http.Client
}

// New makes the checks and the client for them.
func New(o Options) *Outbound {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.MaxResponse == 0 {
		o.MaxResponse = 1 << 20
	}
	rules := []ssrf.Option{ssrf.WithAnyPort()}
	if o.Reach == PublicAndLoopback {
		rules = append(rules,
			ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.0/8")),
			ssrf.WithAllowedV6Prefixes(netip.MustParsePrefix("::1/128")))
	}
	out := &Outbound{opts: o, guard: ssrf.New(rules...)}
	out.client = &http.Client{Timeout: o.Timeout, Transport: capped{out.transport(), o.MaxResponse}, CheckRedirect: out.redirect}
	return out
}

// Client is an http.Client whose every connection is checked when it is dialled, after the name was looked up. It
// uses no proxy, follows at most three redirects, none that loses what is sent, and gives up on an answer over the
// limits when its body is read.
func (o *Outbound) Client() *http.Client { return o.client }

// Dial connects to an address that a user gave, which is checked after its name was looked up.
func (o *Outbound) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: o.guard.Safe}
	return d.DialContext(ctx, network, addr)
}

func (o *Outbound) transport() *http.Transport {
	return &http.Transport{
		DialContext:            o.Dial,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  o.opts.Timeout,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConns:           200,
		MaxIdleConnsPerHost:    8,
		MaxConnsPerHost:        64,
		MaxResponseHeaderBytes: maxHeader,
	}
}

func (o *Outbound) redirect(next *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errRedirect
	}
	if was := via[len(via)-1].Method; next.Method != was { // 301, 302 and 303 turn a POST into a GET without its body
		return errRedirect.WithCause(fmt.Errorf("a %s would become a %s", was, next.Method))
	}
	if err := o.Check(next.URL.String()); err != nil {
		return errRedirect.WithCause(err)
	}
	first := via[0].URL
	if o.opts.Follow == SameHost && (next.URL.Host != first.Host || (first.Scheme == "https" && next.URL.Scheme != "https")) {
		return errRedirect.WithCause(fmt.Errorf("from %s to %s", first.Host, next.URL.Host))
	}
	return nil
}

// Check refuses, when an address is saved, what could never be called: another scheme than http and https, a
// password in it, a private address in any spelling, ports of other services. A name is not looked up here: where
// it leads is checked at every call. The fault has no field; the caller knows which it is.
func (o *Outbound) Check(address string) error {
	if address == "" || len(address) > maxURL || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) {
		return ErrURL
	}
	u, err := url.Parse(address)
	if err != nil {
		return ErrURL.WithCause(err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.Opaque != "" || u.Fragment != "" || u.Hostname() == "" {
		return ErrURL
	}
	if err := checkPort(u.Port()); err != nil {
		return err
	}
	return o.checkHost(u.Hostname())
}

func (o *Outbound) checkHost(host string) error {
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Is4In6() || o.guard.SafeAddr(ip) != nil {
			return ErrPrivate
		}
		return nil
	}
	name, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return ErrURL.WithCause(err)
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	labels := strings.Split(name, ".")
	last := labels[len(labels)-1]
	switch {
	case last == "localhost":
		if o.opts.Reach != PublicAndLoopback {
			return ErrPrivate
		}
		return nil
	case numeric(last), last == "internal", last == "local", last == "lan", last == "home":
		return ErrPrivate // 127.1, 0x7f000001, 2130706433: addresses in spellings that some resolvers take
	case slices.Contains(labels, ""):
		return ErrURL
	case len(labels) < 2:
		return ErrPrivate // a bare word is a machine of the local network
	}
	return nil
}

// numeric reports whether a host's last label makes it an IPv4 address in the eyes of a lenient resolver.
func numeric(label string) bool {
	if rest, ok := strings.CutPrefix(label, "0x"); ok {
		_, err := strconv.ParseUint(rest, 16, 64)
		return err == nil || rest == ""
	}
	return label != "" && strings.Trim(label, "0123456789") == ""
}

// checkPort refuses ports of services that a request could be smuggled to.
func checkPort(port string) error {
	if port == "" {
		return nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return ErrURL
	}
	switch n {
	case 80, 443:
		return nil
	case 2049, 2375, 2379, 3306, 3389, 5060, 5061, 5432, 5672, 5900, 6000, 6379, 6443, 6667, 9042, 10250, 11211, 27017:
		return ErrPort
	}
	if n < 1024 {
		return ErrPort
	}
	return nil
}

// Blocked reports whether a call failed because its address leads where it may not.
func Blocked(err error) bool {
	return errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork) || errors.Is(err, errRedirect)
}

// capped ends answers that are too large, also those that are only large once unpacked, where they become so: whoever
// needs the status alone is not told of a failure for a body that nobody reads.
type capped struct {
	next  http.RoundTripper
	limit int64
}

func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	left := c.limit
	if resp.ContentLength > c.limit {
		left = -1
	}
	resp.Body = &cappedBody{resp.Body, left}
	return resp, nil
}

type cappedBody struct {
	io.ReadCloser
	left int64 // below 0: nothing of it is read
}

func (b *cappedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		return int(b.left), errTooLarge
	}
	b.left -= int64(n)
	return n, err
}
