package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/pingcrm/pingcrm/internal/app"
	"github.com/pingcrm/pingcrm/internal/app/demo"
	"github.com/pingcrm/pingcrm/internal/kit/memory"
	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/control"
)

// serveCmd runs the server.
type serveCmd struct {
	Listen    string `help:"Address to answer on." default:"127.0.0.1:8000" env:"PING_LISTEN"`
	Data      string `help:"Folder of the database, files and keys." default:"./data" env:"PING_DATA" type:"path"`
	Database  string `help:"PostgreSQL URL; empty is SQLite in the data folder." env:"PING_DATABASE"`
	Secret    string `help:"Seals secrets at rest; empty is a key file in the data folder." env:"PING_SECRET"`
	Demo      bool   `help:"Start a demo shop on a simulated network; loopback only." env:"PING_DEMO"`
	Network   string `help:"URL of a simulated network's control interface; loopback only." env:"PING_NETWORK"`
	PublicURL string `help:"Where browsers find the server, such as https://ping.shop.example: for links that are sent, and for passkeys." env:"PING_PUBLIC_URL" name:"public-url"`
	SMTPURL   string `help:"Mail server: smtp://user:password@host:587 or smtps://user:password@host:465." env:"PING_SMTP_URL" name:"smtp-url"`
	MailFrom  string `help:"Sender of mail, with --smtp-url." env:"PING_MAIL_FROM" default:"Ping! <ping@localhost>"`
	LogLevel  string `help:"debug, info, warn or error." default:"info" enum:"debug,info,warn,error" env:"PING_LOG_LEVEL"`
	Pprof     string `help:"Loopback address for Go's profiles." hidden:"" env:"PING_PPROF"`
}

var errDemoLoopback = errors.New("the demo prints its password and key, and listens on loopback addresses only, such as 127.0.0.1:8000")

// Run serves until ctx ends.
func (c *serveCmd) Run(ctx context.Context) (err error) {
	log, end := newLog(c.LogLevel)
	defer end()
	l, err := c.listen(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	if c.Pprof != "" {
		stopProfiles, err := serveProfiles(ctx, c.Pprof)
		if err != nil {
			return err
		}
		defer stopProfiles()
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	networkURL := c.Network
	if c.Demo && networkURL == "" {
		url, closeNetwork, err := startNetwork(filepath.Join(c.Data, "network"), log)
		if err != nil {
			return err
		}
		defer closeNetwork()
		networkURL = url
	}
	conf := app.Config{
		PublicURL: c.PublicURL, SMTP: c.SMTPURL, MailFrom: c.MailFrom,
		Data: c.Data, Database: c.Database, Secret: c.Secret, Version: version, Log: log, Demo: c.Demo, Node: c.node(l), Strike: strike(), Wall: wall(),
	}
	if networkURL != "" {
		if conf.Network, err = app.FetchNetwork(ctx, networkURL); err != nil {
			return fmt.Errorf("reach the simulated network at %s: %w", networkURL, err)
		}
		conf.NetworkURL = networkURL
	}
	a, err := app.New(ctx, conf)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return c.run(ctx, a, l, networkURL, log)
}

// run serves, and in the demo prepares the shop as soon as the server is up.
func (c *serveCmd) run(ctx context.Context, a *app.App, l net.Listener, networkURL string, log *slog.Logger) error {
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return a.Run(ctx, l) })
	all.Go(func() error {
		memory.Tend(ctx, log)
		return nil
	})
	log.Info("serving", "url", "http://"+l.Addr().String(), "version", version)
	if c.Demo {
		conf := demo.Config{App: a, Log: log, Data: c.Data, URL: "http://" + l.Addr().String(), NetworkURL: networkURL, Own: c.Network == ""}
		all.Go(func() error {
			facts, err := demo.Prepare(ctx, conf)
			if ctx.Err() != nil { // stopped before the demo was ready
				return nil //nolint:nilerr // the stop is the reason, not a failure
			}
			if err != nil {
				return err
			}
			demo.Tell(os.Stdout, facts)
			demo.Live(ctx, conf, facts)
			return nil
		})
	}
	return all.Wait()
}

// node is this process's name; on SQLite there is only one.
func (c *serveCmd) node(l net.Listener) string {
	if c.Database == "" {
		return ""
	}
	return nodeName(l)
}

// listen takes the address; the demo's must be a loopback one.
func (c *serveCmd) listen(ctx context.Context) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", c.Listen, err)
	}
	if tcp, ok := l.Addr().(*net.TCPAddr); c.Demo && (!ok || !tcp.IP.IsLoopback()) {
		return nil, errors.Join(errDemoLoopback, l.Close())
	}
	return l, nil
}

// startNetwork starts the demo's own network, which keeps its state in dir.
func startNetwork(dir string, log *slog.Logger) (url string, stop func(), err error) {
	n, err := wasim.New(wasim.Options{Dir: dir, FastPairing: true, Logger: log})
	if err != nil {
		return "", nil, fmt.Errorf("start the simulated network: %w", err)
	}
	s, err := control.Start(control.Config{Network: n, Logger: log})
	if err != nil { // somebody else has the usual port
		s, err = control.Start(control.Config{Listen: "127.0.0.1:0", Network: n, Logger: log})
	}
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("start the simulated network: %w", err), n.Close())
	}
	return s.URL(), func() {
		s.Close()
		if err := n.Close(); err != nil {
			log.Error("the simulated network's state was not kept", "error", err)
		}
	}, nil
}
