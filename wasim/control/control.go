// Package control owns the HTTP interface by which people, scripts and programs in other languages
// steer a simulated WhatsApp network: its phones, its faults and what can be seen of it.
//
// Everything is JSON. A success is 200 with the answer; a refusal is a 4xx with
// {"error":{"code","message"}}, where the code is stable and the message says what to do.
// It answers only callers on this machine that ask for it by a loopback name.
package control

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/wasim"
)

// api is the handler's state: the network, and where its wire listens.
type api struct {
	network *wasim.Network
	dial    string
	log     *slog.Logger
	// run names this run of the interface; serving ends when it is to stop.
	run     string
	serving context.Context //nolint:containedctx // it is the server's life, which no request hands down
}

// Handler is the control interface of a network. dial is the address ("host:port") at which the
// network answers clients' connections; GET /v1/network passes it on. A nil logger discards.
func Handler(network *wasim.Network, dial string, logger *slog.Logger) http.Handler {
	return handler(context.Background(), network, dial, logger)
}

// handler is Handler with waits that end when serving does.
func handler(serving context.Context, network *wasim.Network, dial string, logger *slog.Logger) http.Handler {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	a := &api{network: network, dial: dial, log: logger, run: newRun(), serving: serving}
	mux := http.NewServeMux()
	allowed := map[string][]string{}
	for _, route := range a.all() {
		mux.Handle(route.method+" "+route.path, a.border(route))
		allowed[route.path] = append(allowed[route.path], route.method)
	}
	for path, methods := range allowed {
		mux.Handle(path, a.border(route{serve: refuseMethod(methods)}))
	}
	mux.Handle("/", a.border(route{serve: refusePath}))
	return loopbackOnly(sameOriginOnly(mux))
}

// route is one entry of the interface. serve returns what is to be written as JSON, or a fault.
type route struct {
	method, path string
	limit        int64
	serve        func(w http.ResponseWriter, r *http.Request) (any, error)
}

const (
	// smallBody bounds every request that carries no file.
	smallBody = 1 << 20
	// fileBody holds a file of 48 MiB in base64; WhatsApp stops at 16 MB for pictures and films.
	fileBody = 64 << 20
)

// all is the whole interface.
func (a *api) all() []route {
	return slices.Concat(a.routes(), a.changeRoutes(), a.profileRoutes(), a.callRoutes(), a.newsletterRoutes(), a.markRoutes(), a.passkeyRoutes(), a.groupRoutes())
}

// routes is what every phone does, and the network itself, in the order of the reference in wasim/README.md.
func (a *api) routes() []route {
	const phone = "/v1/phones/{number}"
	return []route{
		{"GET", "/v1/network", smallBody, a.getNetwork},
		{"GET", "/v1/phones", smallBody, a.listPhones},
		{"POST", "/v1/phones", smallBody, a.addPhones},
		{"GET", phone, smallBody, a.onPhone(getPhone)},
		{"POST", phone + "/scan", smallBody, a.onPhone(scan)},
		{"POST", phone + "/enter-code", smallBody, a.onPhone(enterCode)},
		{"GET", phone + "/messages", smallBody, a.onPhone(listMessages)},
		{"POST", phone + "/messages", fileBody, a.onPhone(sendMessage)},
		{"GET", phone + "/messages/{id}/media", smallBody, a.onPhone(getMedia)},
		{"POST", phone + "/messages/{id}/play", smallBody, a.onPhone(playMessage)},
		{"POST", phone + "/read", smallBody, a.onPhone(readChat)},
		{"POST", phone + "/typing", smallBody, a.onPhone(typing)},
		{"POST", phone + "/presence", smallBody, a.onPhone(presence)},
		{"GET", phone + "/counters", smallBody, a.onPhone(getCounters)},
		{"DELETE", phone + "/companions/{device}", smallBody, a.onPhone(removeCompanion)},
		{"GET", "/v1/faults", smallBody, a.listFaults},
		{"POST", "/v1/faults", smallBody, a.addFault},
		{"DELETE", "/v1/faults", smallBody, a.clearFaults},
		{"DELETE", "/v1/faults/{id}", smallBody, a.removeFault},
		{"POST", "/v1/chaos", smallBody, a.startChaos},
		{"DELETE", "/v1/chaos", smallBody, a.endChaos},
		{"GET", "/v1/log", smallBody, a.getLog},
		{"GET", "/v1/stats", smallBody, a.getStats},
	}
}

// loopbackOnly refuses callers from elsewhere, and names other than this machine's own: a web page
// that points its own name at 127.0.0.1 must not be able to steer the network.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(hostOf(r.RemoteAddr)) || !isLoopback(hostOf(r.Host)) {
			writeFault(w, errNotLoopback)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sameOriginOnly refuses what a browser sends for a page of another address.
func sameOriginOnly(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeFault(w, errForeignPage)
	}))
	return protection.Handler(next)
}

// hostOf cuts a port and the brackets of an IPv6 address off.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return strings.Trim(address, "[]")
}

// isLoopback says whether a host, given by address or name, is this machine and nothing else.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

type networkAnswer struct {
	RootKey []byte `json:"root_key"`
	Dial    string `json:"dial"`
}

func (a *api) getNetwork(http.ResponseWriter, *http.Request) (any, error) {
	key := a.network.RootKey()
	return networkAnswer{RootKey: key[:], Dial: a.dial}, nil
}

func (a *api) getStats(http.ResponseWriter, *http.Request) (any, error) {
	return a.network.Stats(), nil
}
