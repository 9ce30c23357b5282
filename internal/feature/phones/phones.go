// Package phones owns the way from the pages to the phones of a simulated network, which answers callers on its own
// machine only. It is there only where there is such a network.
package phones

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Prefix is where the phones are: Prefix/phones is the network's /v1/phones. Nothing else of it can be reached so, least of
// all its faults.
const Prefix = httpx.Prefix + "/network"

// headTime is how long the network may take to begin to answer: linking takes up to half a minute there.
const headTime = 90 * time.Second

// policy is for whatever comes from a phone: it may be a page, and does nothing.
const policy = "sandbox; default-src 'none'"

// Config says whose phones they are.
type Config struct {
	// URL is the network's control interface; empty is a program without a simulated network.
	URL   string
	Guard httpx.Guard
	Log   *slog.Logger
}

// Service hands requests on to the network. The phones belong to nobody: any member may use any of them.
type Service struct {
	base  string
	guard httpx.Guard
	proxy *httputil.ReverseProxy
	over  context.Context //nolint:containedctx // it ends waits, which outlive no request
	end   context.CancelFunc
}

// New makes the service; nil where there is no simulated network.
func New(c Config) *Service {
	if c.URL == "" {
		return nil
	}
	s := &Service{base: strings.TrimSuffix(c.URL, "/"), guard: c.Guard}
	s.over, s.end = context.WithCancel(context.Background())
	s.proxy = &httputil.ReverseProxy{
		Rewrite: s.rewrite, ModifyResponse: readAnswer, ErrorHandler: refuse,
		ErrorLog:   slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug), // of callers who went away in the middle
		BufferPool: &buffers{},
		Transport:  &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: headTime},
	}
	return s
}

// Module is the feature's module. s may be nil: it then has no routes.
func Module(s *Service) module.Module {
	m := module.Module{Name: "phones"}
	if s != nil {
		m.Routes = func(mux *http.ServeMux) { mux.HandleFunc(Prefix+"/", s.serve) }
	}
	return m
}

// EndWaits ends every request that waits for news, for a program that stops. Twice is fine, as is a nil Service.
func (s *Service) EndWaits() {
	if s != nil {
		s.end()
	}
}

// serve lets members through: who may read chats looks at phones, who may send messages uses them.
func (s *Service) serve(w http.ResponseWriter, r *http.Request) {
	need := member.SendMessages
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		need = member.ReadChats
	}
	ctx, err := s.guard(r, need)
	if err != nil {
		httpx.WriteFault(w, r, err)
		return
	}
	path := strings.TrimPrefix(r.URL.EscapedPath(), Prefix)
	if path != "/changes" && path != "/phones" && !strings.HasPrefix(path, "/phones/") {
		httpx.WriteFault(w, r, errNoPath)
		return
	}
	if r.URL.Query().Has("wait") {
		waiting, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(s.over, cancel)()
		ctx = waiting
	}
	w.Header().Set("Content-Security-Policy", policy)
	s.proxy.ServeHTTP(w, r.WithContext(ctx))
}

// rewrite makes the network's request of ours. Nothing of the caller's session goes along.
func (s *Service) rewrite(p *httputil.ProxyRequest) {
	to, err := url.Parse(s.base + "/v1" + strings.TrimPrefix(p.In.URL.EscapedPath(), Prefix))
	if err != nil { // the path was parsed before: it can't be
		to = &url.URL{}
	}
	to.RawQuery = p.In.URL.RawQuery
	p.Out.URL, p.Out.Host, p.Out.Header = to, "", http.Header{}
	for _, name := range []string{"Content-Type", "Range"} {
		if v := p.In.Header.Get(name); v != "" {
			p.Out.Header.Set(name, v)
		}
	}
}

// readAnswer keeps of the network's answer what the caller needs, and makes a fault of ours of its refusals.
func readAnswer(r *http.Response) error {
	if r.StatusCode >= http.StatusBadRequest && r.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		return readRefusal(r)
	}
	kept := http.Header{}
	for _, name := range []string{"Content-Type", "Content-Length", "Content-Range", "Accept-Ranges"} {
		if v := r.Header.Get(name); v != "" {
			kept.Set(name, v)
		}
	}
	r.Header = kept
	return nil
}

func readRefusal(r *http.Response) error {
	var said struct {
		Error struct{ Code, Message string }
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err == nil {
		err = json.Unmarshal(body, &said)
	}
	if err != nil {
		return errAway.WithCause(fmt.Errorf("status %d of the simulated network: %w", r.StatusCode, err))
	}
	return refusal(r.StatusCode, said.Error.Code, said.Error.Message)
}

// refuse answers for the network.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	httpx.WriteFault(w, r, asFault(r.Context(), err))
}

// buffers are what answers are copied with.
type buffers struct{ pool sync.Pool }

// Get gives 32 KiB.
func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, 32<<10)
}

// Put takes them back.
func (b *buffers) Put(p []byte) { b.pool.Put(&p) }
