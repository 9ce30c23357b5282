package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/pingcrm/pingcrm/internal/kit/asset"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/web"
)

var (
	errNoPage = fault.New(fault.NotFound, "no_such_path", fault.Text{
		ID: "Alamat ini tidak ada. Mulai dari halaman depan.", EN: "There is nothing at this address. Start from the first page.",
	})
	errPageMethod = fault.New("method", "method_not_allowed", fault.Text{
		ID: "Alamat ini hanya bisa dibaca (GET).", EN: "This address can only be read (GET).",
	})
)

// reserved are the parts of the address space that are never a page of the dashboard.
var reserved = []string{"/api", "/api-app", "/docs", "/live", "/healthz", "/metrics"}

// pagePolicy is what the dashboard's pages may do: nothing that is not ours. Of scripts and styles inside of a page only
// those run that the build put there.
func pagePolicy(own asset.Inline) string {
	return "default-src 'none'; script-src " + strings.Join(append([]string{"'self'"}, own.Scripts...), " ") +
		"; style-src " + strings.Join(append([]string{"'self'"}, own.Styles...), " ") +
		"; connect-src 'self'; img-src 'self' blob: data:; media-src 'self' blob: data:; font-src 'self'; manifest-src 'self'; " +
		"worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
}

//go:embed unbuilt.html
var unbuiltHTML string

// builtSite is the dashboard and what its pages may do.
func builtSite() (*asset.Site, string, error) {
	dist, err := web.Dist()
	if err != nil {
		return nil, "", fmt.Errorf("open the built pages: %w", err)
	}
	site, err := asset.New(dist)
	if err != nil {
		return nil, "", err
	}
	own, err := site.Inline()
	if err != nil {
		return nil, "", fmt.Errorf("read the built page: %w", err)
	}
	return site, pagePolicy(own), nil
}

// pages answers for every address that nothing else takes.
func (a *App) pages(w http.ResponseWriter, r *http.Request) {
	if isReserved(r.URL.Path) {
		httpx.WriteFault(w, r, errNoPage)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		httpx.WriteFault(w, r, errPageMethod)
		return
	}
	if !a.site.Built() {
		a.unbuilt(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", a.policy)
	a.site.Serve(w, r)
}

func isReserved(path string) bool {
	for _, root := range reserved {
		if path == root || strings.HasPrefix(path, root+"/") {
			return true
		}
	}
	return false
}

// unbuilt stands where the dashboard would, in a program that was built without it.
func (a *App) unbuilt(w http.ResponseWriter, r *http.Request) {
	t, err := template.New("unbuilt").Parse(unbuiltHTML)
	if err != nil {
		httpx.WriteFault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	_ = t.Execute(w, map[string]any{"EN": httpx.English(r.Header.Get("Accept-Language")), "Version": a.conf.Version})
}

// demoAccount tells callers on this machine how to sign in to the demo, once its shop is there; nil without a demo.
func (a *App) demoAccount() func(context.Context) *member.Account {
	if !a.conf.Demo {
		return nil
	}
	return func(ctx context.Context) *member.Account {
		if !httpx.RemoteAddr(ctx).IsLoopback() {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(a.conf.Data, "demo.json"))
		if err != nil {
			return nil
		}
		var facts member.Account
		if json.Unmarshal(text, &facts) != nil || facts.Email == "" {
			return nil
		}
		return &facts
	}
}
