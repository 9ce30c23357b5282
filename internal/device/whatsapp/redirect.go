package whatsapp

import (
	"errors"
	"net/http"
	"strings"
)

// errRedirected says that a host of the network sent us to a place that is not the network's.
var errRedirected = errors.New("the network sent us to a host that is not its own")

// maxRedirects is how often in a row we let ourselves be sent on.
const maxRedirects = 3

// stayHome follows redirects within a host and between WhatsApp's own, in TLS, and no others: the path of a file is
// what somebody wrote into a message, and where its host sends us must not be what somebody chose.
func stayHome(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case len(via) > maxRedirects:
		return errRedirected
	case req.URL.Scheme == first.Scheme && req.URL.Host == first.Host:
		return nil
	case req.URL.Scheme == "https" && req.URL.Port() == "" && strings.HasSuffix(req.URL.Hostname(), ".whatsapp.net") &&
		strings.HasSuffix(first.Hostname(), ".whatsapp.net"):
		return nil
	}
	return errRedirected
}
