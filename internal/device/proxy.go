package device

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
)

// ErrProxy is for proxies that can't be used.
var ErrProxy = fault.New(fault.Invalid, "proxy_invalid", fault.Text{
	ID: "Proxy tidak bisa dipakai. Tulis seperti http://nama:sandi@host:3128 atau socks5://host:1080, dengan host yang boleh dihubungi.",
	EN: "The proxy can't be used. Write it like http://name:password@host:3128 or socks5://host:1080, with a host that may be called.",
})

// WhyProxy is the reason of StateOffline, and of StepFailed, when a device's own proxy does not let it through.
const WhyProxy = "proxy_failed"

// Sealer makes secrets unreadable; *seal.Box is one.
type Sealer interface {
	SealText(s seal.Secret) (string, error)
}

// ProxyChecker is a driver that has rules of its own about where a proxy may be.
type ProxyChecker interface {
	CheckProxy(ctx context.Context, u *url.URL) error
}

// maxProxy bounds the text of a proxy, credentials included.
const maxProxy = 1024

// setProxy puts a proxy into settings, sealed, with what may be shown of it; empty takes it away. The device is dialled
// through it from the next connection on. ErrProxy.
func (s *Service) setProxy(ctx context.Context, d Device, to *Settings, text string) error {
	if strings.TrimSpace(text) == "" {
		to.Proxy, to.ProxyShown = "", ""
		return nil
	}
	u, err := parseProxy(text)
	if err != nil || s.c.Seal == nil || s.c.CheckURL == nil {
		return ErrProxy.WithField("proxy")
	}
	if err := s.c.CheckURL("http://" + u.Host); err != nil {
		return ErrProxy.WithField("proxy").WithCause(err)
	}
	if c, ok := s.drivers[d.Channel].(ProxyChecker); ok {
		if err := c.CheckProxy(ctx, u); err != nil {
			return ErrProxy.WithField("proxy").WithCause(err)
		}
	}
	if to.Proxy, err = s.c.Seal.SealText(seal.Secret(u.String())); err != nil {
		return err
	}
	to.ProxyShown = u.Scheme + "://" + u.Host
	return nil
}

// parseProxy reads the address of a proxy: scheme, perhaps a name and a password, host and port, and nothing else. Its
// error does not repeat what was given, which may hold a password.
func parseProxy(text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxProxy {
		return nil, ErrProxy
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, ErrProxy
	}
	u.Scheme = strings.ToLower(u.Scheme)
	switch u.Scheme {
	case "http", "https", "socks5":
	default:
		return nil, ErrProxy
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || port == 0 || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return nil, ErrProxy
	}
	if password, _ := u.User.Password(); len(u.User.Username()) > 255 || len(password) > 255 { // SOCKS5 has a byte for each length
		return nil, ErrProxy
	}
	u.Path = ""
	return u, nil
}

// restart ends a runner whose device must be dialled in another way, and has the device run anew.
func (s *Service) restart(ctx context.Context, r *runner) {
	ctx = context.WithoutCancel(ctx)
	go func() {
		r.stop()
		if d, err := s.Get(ctx, r.lease.workspaceID, r.lease.deviceID); err == nil && d.Linked {
			s.Adopt(ctx, d)
		}
	}()
}
