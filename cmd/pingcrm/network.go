package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/control"
)

// networkCmd runs the simulated network alone.
type networkCmd struct {
	Listen      string `help:"Loopback address of the control interface." default:"127.0.0.1:8010" env:"PING_NETWORK_LISTEN"`
	Wire        string `help:"Loopback address of the WhatsApp wire; empty takes a free port." env:"PING_NETWORK_WIRE"`
	Data        string `help:"Folder to keep the network's state in; empty forgets it." type:"path" env:"PING_NETWORK_DATA"`
	Seed        uint64 `help:"Makes numbers, keys and faults the same in every run; 0 is random."`
	Addressing  string `help:"How senders are shown: lid or phone." default:"lid" enum:"lid,phone"`
	FastPairing bool   `help:"Link in a few milliseconds, with fewer keys."`
	LogLevel    string `help:"debug, info, warn or error." default:"info" enum:"debug,info,warn,error" env:"PING_LOG_LEVEL"`
}

// Run serves the network until ctx ends.
func (c *networkCmd) Run(ctx context.Context) (err error) {
	log, end := newLog(c.LogLevel)
	defer end()
	n, err := wasim.New(wasim.Options{
		Dir: c.Data, Seed: c.Seed, Addressing: wasim.Addressing(c.Addressing), FastPairing: c.FastPairing, Logger: log,
	})
	if err != nil {
		return fmt.Errorf("start the simulated network: %w", err)
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	return control.Serve(ctx, control.Config{Listen: c.Listen, Wire: c.Wire, Network: n, Logger: log}, func(s *control.Server) {
		log.Info("simulated WhatsApp network", "control", s.URL(), "seed", n.Seed())
	})
}
