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

	"github.com/alexedwards/argon2id"
	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/sync/errgroup"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/call"
	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/desk"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/whatsapp"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/factor"
	"github.com/pingcrm/pingcrm/internal/feature/apiapp"
	"github.com/pingcrm/pingcrm/internal/feature/autoreply"
	"github.com/pingcrm/pingcrm/internal/feature/broadcast"
	"github.com/pingcrm/pingcrm/internal/feature/erasure"
	"github.com/pingcrm/pingcrm/internal/feature/importer"
	"github.com/pingcrm/pingcrm/internal/feature/newsletter"
	"github.com/pingcrm/pingcrm/internal/feature/notify"
	"github.com/pingcrm/pingcrm/internal/feature/optout"
	"github.com/pingcrm/pingcrm/internal/feature/phones"
	"github.com/pingcrm/pingcrm/internal/feature/stats"
	"github.com/pingcrm/pingcrm/internal/feature/takeout"
	"github.com/pingcrm/pingcrm/internal/feature/webhook"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/governor"
	"github.com/pingcrm/pingcrm/internal/group"
	"github.com/pingcrm/pingcrm/internal/kit/asset"
	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/clock"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/live"
	"github.com/pingcrm/pingcrm/internal/kit/mail"
	"github.com/pingcrm/pingcrm/internal/kit/module"
	"github.com/pingcrm/pingcrm/internal/kit/once"
	"github.com/pingcrm/pingcrm/internal/kit/outbound"
	"github.com/pingcrm/pingcrm/internal/kit/picture"
	"github.com/pingcrm/pingcrm/internal/kit/seal"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/outbox"
	"github.com/pingcrm/pingcrm/internal/profile"
	"github.com/pingcrm/pingcrm/internal/search"
	"github.com/pingcrm/pingcrm/internal/status"
	"github.com/pingcrm/pingcrm/internal/team"
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
	// NetworkURL is the control interface of Network, through which the pages show its phones; empty shows none.
	NetworkURL string
	// Node names this process among those that share the database, see device.Config.
	Node string
	// Demo offers the account in Data's demo.json to whoever signs in from this machine.
	Demo bool
	// PublicURL is where browsers find the server, such as https://ping.shop.example; empty when nobody said. Links that
	// are sent begin with it.
	PublicURL string
	// Strike is asked at each step of the database, for tests of what becomes of a failure there; nil does nothing.
	Strike db.Strike
	// Wall is the machine's clock; nil is time.Now. With PostgreSQL its clock is asked instead, which all nodes share.
	Wall func() time.Time
	// Password is the price of a password hash; nil is what people's passwords are worth, see member.Config.
	Password *argon2id.Params
	// SMTP is the server that takes mail, see mail.Config; empty when no mail can be sent. MailFrom is the sender.
	SMTP, MailFrom string
}

// App is the program, put together. Its nouns are there for the demo and for tests.
type App struct {
	Workspaces *workspace.Service
	Audit      *audit.Service
	Mail       *mail.Service // nil when no mail can be sent
	Members    *member.Service
	Teams      *team.Service
	Files      *file.Service
	Templates  *template.Service
	Contacts   *contact.Service
	Devices    *device.Service
	Profiles   *profile.Service
	Groups     *group.Service
	Outbox     *outbox.Service
	Governor   *governor.Service
	Chats      *chat.Service
	Desk       *desk.Service
	Search     *search.Service
	Calls      *call.Service
	Statuses   *status.Service
	Events     *event.Service
	Rules      *autoreply.Service
	OptOuts    *optout.Service
	Webhooks   *webhook.Service
	Notices    *notify.Service
	Letters    *newsletter.Service
	Imports    *importer.Service
	Broadcasts *broadcast.Service
	Stats      *stats.Service
	Contract   *apiapp.Service
	Phones     *phones.Service // nil without a simulated network
	Takeouts   *takeout.Service
	Erasures   *erasure.Service
	Live       *live.Live
	Once       *once.Keeper

	conf     Config
	log      *slog.Logger
	db       *db.DB
	seal     *seal.Box
	outbound *outbound.Outbound
	blobs    blob.Store
	driver   *whatsapp.Driver
	modules  []module.Module
	probe    *probe
	clock    *clock.Clock
	site     *asset.Site
	policy   string // of the pages
	api      huma.API
	handler  http.Handler
}

// New opens the database, brings it up to date and puts the parts together. Nothing runs before Run. Close it.
func New(ctx context.Context, c Config) (*App, error) {
	d, err := db.Open(ctx, db.Config{URL: c.Database, File: filepath.Join(c.Data, "ping.db"), Strike: c.Strike})
	if err != nil {
		return nil, err
	}
	a := &App{conf: c, log: c.Log, db: d}
	if err := a.build(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if err := a.prepare(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return a, nil
}

// prepare brings the tables up to date and, beside it, lists what is answered: the one waits for the disk, and the
// other reads many types.
func (a *App) prepare(ctx context.Context) error {
	var listing errgroup.Group
	listing.Go(func() error {
		a.handler = a.routes()
		return nil
	})
	failed := a.db.Migrate(ctx, module.Migrations(a.modules)...)
	return errors.Join(failed, listing.Wait())
}

// Modules is what the program is made of, in the order in which the tables are made.
func (a *App) Modules() []module.Module { return a.modules }

// Handler answers HTTP.
func (a *App) Handler() http.Handler { return a.handler }

// Close lets go of the database.
func (a *App) Close() error { return a.db.Close() }

// build makes the services from the bottom up.
func (a *App) build(ctx context.Context) (err error) {
	if a.clock, err = newClock(ctx, a.conf, a.db); err != nil {
		return err
	}
	a.probe = &probe{db: a.db, now: a.clock.Steady}
	if a.seal, err = seal.Load(a.conf.Data, a.conf.Secret); err != nil {
		return err
	}
	if a.site, a.policy, err = builtSite(); err != nil {
		return err
	}
	reach := outbound.Public
	if a.conf.Network != nil {
		reach = outbound.PublicAndLoopback
	}
	a.outbound = outbound.New(outbound.Options{Reach: reach, Follow: outbound.SameHost, Timeout: 15 * time.Second})
	a.Once = once.New(once.Config{DB: a.db, Log: a.log, Seal: a.seal, Now: a.clock.Steady})
	a.Workspaces = workspace.New(a.db, a.clock.Now)
	a.Audit = audit.New(a.db, a.log, a.clock.Now)
	mailer, err := a.mailer()
	if err != nil {
		return err
	}
	a.Members = member.New(member.Config{
		Mail:    mailer,
		Factors: factor.New(factor.Config{DB: a.db, Seal: a.seal, Now: a.clock.Now, PublicURL: a.conf.PublicURL}),
		DB:      a.db, Log: a.log, Workspaces: a.Workspaces, Audit: a.Audit, Now: a.clock.Now, Demo: a.demoAccount(), PublicURL: a.conf.PublicURL,
		Simulated: a.conf.NetworkURL != "", Password: a.conf.Password,
	})
	a.Teams = team.New(team.Config{DB: a.db, Member: a.isMember})
	if a.Live, err = live.New(live.Config{Log: a.log, Authenticate: a.listener}); err != nil {
		return err
	}
	a.blobs = blob.Dir(filepath.Join(a.conf.Data, "files"))
	a.Files = file.NewFetching(a.db, a.blobs, outbound.New(outbound.Options{
		Reach: reach, Follow: outbound.AnyHost, Timeout: time.Minute, MaxResponse: file.MaxSize,
	}))
	a.Templates = template.New(a.db, func(ctx context.Context, workspaceID, fileID string) error {
		_, err := a.Files.Find(ctx, workspaceID, fileID)
		return err
	})
	a.Contacts = contact.New(a.db, contact.Config{Zone: a.zone, Now: a.clock.Now})
	if err := a.buildDevices(ctx); err != nil {
		return err
	}
	a.buildChats()
	a.buildLeaving()
	a.connect()
	a.clock.OnJump(a.Outbox.Jumped)
	a.clock.OnJump(a.Governor.Jumped)
	a.clock.OnJump(a.Chats.Jumped)
	a.clock.OnJump(a.Devices.Jumped)
	a.clock.OnJump(a.Broadcasts.Jumped)
	a.clock.OnJump(a.Notices.Jumped)
	a.list()
	return nil
}

func (a *App) buildDevices(ctx context.Context) (err error) {
	a.driver, err = whatsapp.New(ctx, whatsapp.Config{
		DB: a.db, Log: a.log, Network: a.conf.Network, Blobs: a.Files, Resend: a.resend,
		Open: a.seal.OpenText, Dial: a.outbound.Dial, Now: a.clock.Now,
	})
	if err != nil {
		return err
	}
	a.Devices = device.New(device.Config{
		DB: a.db, Log: a.log, Drivers: []device.Driver{a.driver}, CheckURL: a.outbound.Check, Told: a.tellStep, Node: a.conf.Node,
		Seal: a.seal, Now: a.clock.Now, Steady: a.clock.Steady, Settled: a.clock.Settled,
	})
	pictures := picture.New()
	a.Profiles = profile.New(profile.Config{
		DB: a.db, Devices: a.Devices, Contacts: a.Contacts, Files: a.Files, Portrait: pictures.Portrait, Now: a.clock.Now,
	})
	a.Groups = group.New(group.Config{
		DB: a.db, Devices: a.Devices, Contacts: a.Contacts, Files: a.Files, Portrait: pictures.Portrait,
		Lookup: a.lookUp,
	})
	a.Governor = governor.New(governor.Config{
		DB: a.db, Log: a.log, Now: a.clock.Now, Devices: a.Devices, Workspaces: a.Workspaces, Simulated: a.conf.Network != nil, Reacted: a.reacted,
		Past: func(ctx context.Context, workspaceID, deviceID string, since int64, limit int) ([]outbox.Went, error) {
			return a.Outbox.Past(ctx, workspaceID, deviceID, since, limit)
		},
		Reconsider: func(deviceID string) { a.Outbox.Reconsider(deviceID) },
	})
	a.Outbox = outbox.New(a.db, outbox.Config{
		NewNetworkID: a.Devices.NewNetworkID, Governor: a.Governor, OptedOut: a.Contacts.OptedOut, Now: a.clock.Now, Steady: a.clock.Steady, Log: a.log,
		Stopped: func(ctx context.Context, workspaceID, batch string) (outbox.Stop, error) {
			return a.Broadcasts.Stopped(ctx, workspaceID, batch)
		},
	})
	return nil
}

func (a *App) buildChats() {
	a.Rules = autoreply.New(a.db, a.log, a.Workspaces, a.Files, a.Devices)
	a.OptOuts = optout.New(optout.Config{DB: a.db, Log: a.log, Now: a.clock.Now, Contacts: a.Contacts, Words: a.optOutWords, Post: func(ctx context.Context, p chat.Post) error {
		_, _, err := a.Chats.Post(ctx, p)
		return err
	}})
	a.Chats = chat.New(a.db, a.Contacts, a.Outbox, chat.Config{
		Act: a.Profiles.Act, Assignable: a.assignable, Seen: a.tellSeen,
		Devices: a.Devices, Log: a.log, Now: a.clock.Now, Answerers: []chat.Answerer{a.OptOuts, a.Rules}, Live: a.tellChat,
		Files: a.Files.Content, Fetch: a.Files.Fetch, Preview: a.previewer(), Download: a.Devices.DownloadTo, Store: a.Files,
		TurnIdle: func(ctx context.Context, workspaceID string) (time.Duration, error) {
			w, err := a.Workspaces.Get(ctx, workspaceID)
			return time.Duration(w.Settings.TurnIdleMinutes) * time.Minute, err
		},
	})
	a.Desk = desk.New(desk.Config{DB: a.db, Chats: a.Chats, Member: a.isMember, Drafted: a.tellDraft, Now: a.clock.Now, Log: a.log})
	a.Search = search.New(search.Config{DB: a.db, Contacts: a.Contacts, Chats: a.Chats, Log: a.log})
	a.Calls = call.New(call.Config{DB: a.db, Now: a.clock.Now, Log: a.log, Devices: a.Devices, Contacts: a.Contacts, Chats: a.Chats})
	a.Statuses = status.New(status.Config{DB: a.db, Now: a.clock.Now, Log: a.log, Devices: a.Devices, Contacts: a.Contacts, Files: a.Files})
	a.Events = event.New(event.Config{DB: a.db, Now: a.clock.Now, Log: a.log})
	a.Webhooks = webhook.New(webhook.Config{
		DB: a.db, Log: a.log, Client: a.outbound.Client(), Devices: a.Devices, Seal: a.seal, NodeID: a.Devices.Node(),
		Events: a.Events, CheckURL: a.outbound.Check, Now: a.clock.Now, Steady: a.clock.Steady,
	})
	a.Stats = stats.New(stats.Config{DB: a.db, Now: a.clock.Now, Log: a.log, Events: a.Events, Zone: a.zone, All: a.workspaceIDs, Names: a.names})
	a.Notices = a.notices()
	a.Phones = phones.New(phones.Config{URL: a.conf.NetworkURL, Guard: a.Members.Guard, Log: a.log})
	a.Letters = newsletter.New(a.db, a.Devices, a.Files, workspace.Of)
	a.Broadcasts = a.broadcasts()
	a.Contract = apiapp.New(apiapp.Config{
		DB: a.db, Log: a.log, Members: a.Members, Devices: a.Devices, Contacts: a.Contacts, Chats: a.Chats,
		Templates: a.Templates, Files: a.Files, Workspaces: a.Workspaces, Profiles: a.Profiles, Stored: a.Files, Signer: a.seal, Once: a.Once, Now: a.clock.Now,
	})
}

// list names what the program is made of, from the bottom up.
func (a *App) list() {
	a.modules = append(a.modules,
		once.Module(a.Once),
		workspace.Module(a.Workspaces),
		audit.Module(a.Audit),
		factor.Module(),
		mail.Module(a.Mail),
		member.Module(a.Members),
		team.Module(a.Teams),
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
		governor.Module(a.Governor),
		chat.Module(a.Chats),
		desk.Module(a.Desk),
		search.Module(a.Search),
		call.Module(a.Calls),
		status.Module(a.Statuses),
		event.Module(a.Events),
		autoreply.Module(a.Rules, workspace.Of),
		webhook.Module(a.Webhooks, workspace.Of),
		notify.Module(a.Notices),
		apiapp.Module(a.Contract),
		newsletter.Module(a.Letters),
		importer.Module(a.Imports),
		broadcast.Module(a.Broadcasts),
		stats.Module(a.Stats),
		phones.Module(a.Phones),
		takeout.Module(a.Takeouts),
		erasure.Module(a.Erasures),
		healthModule(),
		module.Module{Name: "clock", Run: a.clock.Run},
		module.Module{Name: "live", Routes: a.liveRoutes, Run: a.Live.Run},
	)
}

func (a *App) routes() http.Handler {
	mux := http.NewServeMux()
	api := httpx.NewAPI(mux, httpx.Info{
		Title: "Ping!", Version: a.conf.Version, Guard: a.Members.Guard, Later: event.Describe, Script: apiapp.OwnScript,
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
	a.api = api
	mux.HandleFunc("/", a.pages)
	mux.HandleFunc("GET /healthz", a.health)
	return httpx.Compress(httpx.Wrap(a.log, mux, apiapp.Shape()))
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
	context.AfterFunc(serveCtx, a.Phones.EndWaits)
	err := httpx.Serve(serveCtx, l, a.handler, a.log)
	stop()
	return errors.Join(all.Wait(), err)
}
