// Package app puts the program together: the list of modules and drivers, start and stop.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pingcrm/pingcrm/internal/call"
	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/whatsapp"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/feature/apiapp"
	"github.com/pingcrm/pingcrm/internal/feature/autoreply"
	"github.com/pingcrm/pingcrm/internal/feature/newsletter"
	"github.com/pingcrm/pingcrm/internal/feature/webhook"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/group"
	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/live"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/kit/once"
	"github.com/pingcrm/pingcrm/internal/kit/outbound"
	"github.com/pingcrm/pingcrm/internal/kit/picture"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/outbox"
	"github.com/pingcrm/pingcrm/internal/profile"
	"github.com/pingcrm/pingcrm/internal/template"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// Config says what to run. The zero value is a shop's own server: SQLite in Data, the real WhatsApp.
type Config struct {
	Data     string // folder of the database, files and keys
	Database string // PostgreSQL URL; empty is SQLite in Data
	Secret   string // seals secrets at rest; empty is a key file in Data
	Version  string
	Log      *slog.Logger
	// Network is a simulated network, to which every WhatsApp connection goes; nil is the real one.
	Network *whatsapp.Network
	// Node names this process among those that share the database, see device.Config.
	Node string
	// Demo shows the way to the demo on the first page.
	Demo bool
}

// App is the program, put together. Its nouns are there for the demo and for tests.
type App struct {
	Workspaces *workspace.Service
	Members    *member.Service
	Files      *file.Service
	Templates  *template.Service
	Contacts   *contact.Service
	Devices    *device.Service
	Profiles   *profile.Service
	Groups     *group.Service
	Outbox     *outbox.Service
	Chats      *chat.Service
	Calls      *call.Service
	Events     *event.Service
	Rules      *autoreply.Service
	Webhooks   *webhook.Service
	Contract   *apiapp.Service
	Live       *live.Live
	Once       *once.Keeper

	conf     Config
	log      *slog.Logger
	db       *db.DB
	seal     *seal.Box
	outbound *outbound.Outbound
	driver   *whatsapp.Driver
	modules  []module.Module
	probe    *probe
	handler  http.Handler
}

// New opens the database, brings it up to date and puts the parts together. Nothing runs before Run. Close it.
func New(ctx context.Context, c Config) (*App, error) {
	d, err := db.Open(ctx, db.Config{URL: c.Database, File: filepath.Join(c.Data, "ping.db")})
	if err != nil {
		return nil, err
	}
	a := &App{conf: c, log: c.Log, db: d, probe: &probe{db: d, now: time.Now}}
	if err := a.build(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	for _, m := range a.modules {
		if m.Upgrades == nil {
			continue
		}
		if err := d.Migrate(ctx, m.Name, m.Upgrades); err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	a.handler = a.routes()
	return a, nil
}

// Modules is what the program is made of, in the order in which the tables are made.
func (a *App) Modules() []module.Module { return a.modules }

// Handler answers HTTP.
func (a *App) Handler() http.Handler { return a.handler }

// Close lets go of the database.
func (a *App) Close() error { return a.db.Close() }

// build makes the services from the bottom up.
func (a *App) build(ctx context.Context) (err error) {
	if a.seal, err = seal.Load(a.conf.Data, a.conf.Secret); err != nil {
		return err
	}
	reach := outbound.Public
	if a.conf.Network != nil {
		reach = outbound.PublicAndLoopback
	}
	a.outbound = outbound.New(outbound.Options{Reach: reach, Follow: outbound.SameHost, Timeout: 15 * time.Second})
	a.Once = once.New(once.Config{DB: a.db, Log: a.log, Seal: a.seal})
	a.Workspaces = workspace.New(a.db, time.Now)
	a.Members = member.New(member.Config{DB: a.db, Log: a.log, Workspaces: a.Workspaces, Now: time.Now})
	if a.Live, err = live.New(live.Config{Log: a.log, Authenticate: a.listener}); err != nil {
		return err
	}
	a.Files = file.NewFetching(a.db, blob.Dir(filepath.Join(a.conf.Data, "files")), outbound.New(outbound.Options{
		Reach: reach, Follow: outbound.AnyHost, Timeout: time.Minute, MaxResponse: file.MaxSize,
	}))
	a.Templates = template.New(a.db, func(ctx context.Context, workspaceID, fileID string) error {
		_, err := a.Files.Find(ctx, workspaceID, fileID)
		return err
	})
	a.Contacts = contact.New(a.db, contact.Config{})
	if err := a.buildDevices(ctx); err != nil {
		return err
	}
	a.buildChats()
	a.connect()
	a.list()
	return nil
}

func (a *App) buildDevices(ctx context.Context) (err error) {
	a.driver, err = whatsapp.New(ctx, whatsapp.Config{
		DB: a.db, Log: a.log, Network: a.conf.Network, Blobs: a.Files, Resend: a.resend,
		Open: a.seal.OpenText, Dial: a.outbound.Dial,
	})
	if err != nil {
		return err
	}
	a.Devices = device.New(device.Config{
		DB: a.db, Log: a.log, Drivers: []device.Driver{a.driver}, CheckURL: a.outbound.Check, Told: a.tellStep, Node: a.conf.Node,
		Seal: a.seal,
	})
	pictures := picture.New()
	a.Profiles = profile.New(profile.Config{
		DB: a.db, Devices: a.Devices, Contacts: a.Contacts, Files: a.Files, Portrait: pictures.Portrait,
	})
	a.Groups = group.New(group.Config{
		DB: a.db, Devices: a.Devices, Contacts: a.Contacts, Files: a.Files, Portrait: pictures.Portrait,
	})
	a.Outbox = outbox.New(a.db, outbox.Config{NewNetworkID: a.Devices.NewNetworkID, Log: a.log})
	return nil
}

func (a *App) buildChats() {
	a.Rules = autoreply.New(a.db, a.log, a.Workspaces, a.Files, a.Devices)
	a.Chats = chat.New(a.db, a.Contacts, a.Outbox, chat.Config{
		Act:     a.Profiles.Act,
		Devices: a.Devices, Log: a.log, Answerers: []chat.Answerer{a.Rules}, Live: a.tellChat,
		Files: a.Files.Content, Fetch: a.Files.Fetch, Preview: a.previewer(), Download: a.Devices.DownloadTo, Store: a.Files,
		TurnIdle: func(ctx context.Context, workspaceID string) (time.Duration, error) {
			w, err := a.Workspaces.Get(ctx, workspaceID)
			return time.Duration(w.Settings.TurnIdleMinutes) * time.Minute, err
		},
	})
	a.Calls = call.New(call.Config{DB: a.db, Log: a.log, Devices: a.Devices, Contacts: a.Contacts, Chats: a.Chats})
	a.Events = event.New(event.Config{DB: a.db, Log: a.log})
	a.Webhooks = webhook.New(webhook.Config{
		DB: a.db, Log: a.log, Client: a.outbound.Client(), Devices: a.Devices, Seal: a.seal, NodeID: a.Devices.Node(),
		Events: a.Events, CheckURL: a.outbound.Check,
	})
	a.Contract = apiapp.New(apiapp.Config{
		DB: a.db, Log: a.log, Members: a.Members, Devices: a.Devices, Contacts: a.Contacts, Chats: a.Chats,
		Templates: a.Templates, Files: a.Files, Workspaces: a.Workspaces, Profiles: a.Profiles, Stored: a.Files, Signer: a.seal, Once: a.Once,
	})
}

// list names what the program is made of, from the bottom up.
func (a *App) list() {
	a.modules = append(a.modules,
		once.Module(a.Once),
		workspace.Module(a.Workspaces),
		member.Module(a.Members),
		file.Module(a.Files, workspace.Of),
		template.Module(a.Templates, workspace.Of),
		contact.Module(a.Contacts),
		device.Module(a.Devices),
		profile.Module(a.Profiles),
		group.Module(a.Groups),
	)
	a.modules = append(a.modules, whatsapp.Modules()...)
	a.modules = append(a.modules,
		outbox.Module(a.Outbox),
		chat.Module(a.Chats),
		call.Module(a.Calls),
		event.Module(a.Events),
		autoreply.Module(a.Rules, workspace.Of),
		webhook.Module(a.Webhooks, workspace.Of),
		apiapp.Module(a.Contract),
		newsletter.Module(newsletter.New(a.Devices, a.Files, workspace.Of)),
		healthModule(),
		module.Module{Name: "live", Routes: a.liveRoutes, Run: a.Live.Run},
		module.Module{Name: "memory", Run: giveBack},
	)
}

func (a *App) routes() http.Handler {
	mux := http.NewServeMux()
	api := httpx.NewAPI(mux, httpx.Info{
		Title: "Ping!", Version: a.conf.Version, Guard: a.Members.Guard,
		Description: "The API of Ping!. Scripts sign in with an API key: Authorization: Bearer <key>. The calls under /api-app/whatsapp are described at /docs/api-app.",
	})
	a.Once.Protect(api, func(ctx context.Context) (workspaceID, caller string) {
		p := member.Caller(ctx)
		return p.WorkspaceID, cmp.Or(p.MemberID, p.KeyID)
	})
	for _, m := range a.modules {
		if m.API != nil {
			m.API(api)
		}
		if m.Routes != nil {
			m.Routes(mux)
		}
	}
	mux.HandleFunc("GET /{$}", a.page)
	mux.HandleFunc("GET /healthz", a.health)
	return httpx.Wrap(a.log, mux, apiapp.Shape())
}

// Run does the work of every module and answers HTTP on l until ctx ends, then stops: first no new requests, then
// the modules. An error of one ends all.
func (a *App) Run(ctx context.Context, l net.Listener) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	all, workCtx := errgroup.WithContext(work)
	for _, m := range a.modules {
		if m.Run == nil {
			continue
		}
		all.Go(func() error {
			if err := m.Run(workCtx); err != nil {
				return fmt.Errorf("%s: %w", m.Name, err)
			}
			return nil
		})
	}
	serveCtx, endServe := context.WithCancel(ctx)
	defer endServe()
	context.AfterFunc(workCtx, endServe)           // a module that failed ends the serving
	context.AfterFunc(serveCtx, a.Events.EndWaits) // requests that wait for news end first
	err := httpx.Serve(serveCtx, l, a.handler, a.log)
	stop()
	return errors.Join(all.Wait(), err)
}
