package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

// soakCommand runs the program for long under load while the network misbehaves.
const soakCommand = "soak"

// soak is one such run.
type soak struct {
	binary   string
	devices  int
	people   int
	rate     float64
	length   time.Duration
	patience time.Duration
	first    int // sends of each device before that
	calm     bool
	dir      string

	sim     *simulator
	subject *subject
	shops   []shop
	ledger  *ledger
	samples []sample
}

// shop is one linked device and its phone.
type shop struct {
	id    string
	phone *wasim.Phone
}

const (
	// kept is how many messages of each device the client library keeps in memory for who can't read them (whatsmeow,
	// recentMessagesSize in retry.go): some 1.2 KB each, which looks like a leak for as long as they become more.
	kept = 256
	// firstRate is how many of these go in a second.
	firstRate = 200
)

var errSoak = errors.New("the soak has failed")

func runSoak(ctx context.Context, args []string) error {
	s := &soak{}
	f := flag.NewFlagSet(soakCommand, flag.ExitOnError)
	f.StringVar(&s.binary, "binary", "bin/pingcrm", "the program")
	f.IntVar(&s.devices, "devices", 200, "linked devices")
	f.IntVar(&s.people, "customers", 100, "simulated people")
	f.Float64Var(&s.rate, "rate", 20, "messages a second, half in, half out")
	f.DurationVar(&s.length, "length", 30*time.Minute, "how long")
	f.DurationVar(&s.patience, "patience", 3*time.Minute, "how long what is under way may take at the end")
	f.IntVar(&s.first, "first", kept, "sends of each device before, in fine weather: with fewer, memory grows until the library keeps its most")
	f.BoolVar(&s.calm, "calm", false, "the network behaves")
	f.StringVar(&s.dir, "keep", "", "keep the data folder here")
	if err := f.Parse(args); err != nil {
		return err
	}
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "pingcrm-soak-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		s.dir = dir
	}
	return s.run(ctx)
}

func (s *soak) run(ctx context.Context) (err error) {
	if s.sim, err = newSimulator(ctx, s.people); err != nil {
		return err
	}
	defer s.sim.stop()
	s.ledger = newLedger(s.sim)
	closeHook, err := s.ledger.receive()
	if err != nil {
		return err
	}
	defer closeHook()
	say("linking %d devices", s.devices)
	if err := s.prepare(ctx); err != nil {
		return err
	}
	defer func() { s.subject.stop() }()
	if s.first > 0 {
		say("%d messages of each device", s.first)
		if err := paced(ctx, s.first*len(s.shops), firstRate, func(ctx context.Context, i int) error { return s.send(ctx, -1-i) }); err != nil {
			return err
		}
	}
	say("%v at %v messages a second", s.length, s.rate)
	if err := s.traffic(ctx); err != nil {
		return err
	}
	say("the network behaves again; waiting for what is under way")
	s.sim.net.ClearFaults()
	missing := s.ledger.settle(ctx, s.patience)
	s.subject.stop()
	stored, err := s.ledger.stored(ctx, filepath.Join(s.subject.data, "ping.db"))
	if err != nil {
		return err
	}
	return s.report(os.Stdout, missing, stored)
}

// prepare links every device and has it report what comes in.
func (s *soak) prepare(ctx context.Context) error {
	how := &profiled{}
	var err error
	if how.profiles, err = freeAddress(); err != nil {
		return err
	}
	if s.subject, err = newSubject(product, s.binary, s.dir, s.sim, how); err != nil {
		return err
	}
	if err := how.prepare(ctx, s.subject); err != nil {
		return err
	}
	s.shops = []shop{{how.device, s.subject.shop}}
	for i := 1; i < s.devices; i++ {
		phone := s.sim.net.Phone(fmt.Sprintf("Cabang %d", i))
		if err := how.link(ctx, s.subject, phone); err != nil {
			return err
		}
	}
	var list struct{ Items []struct{ ID, Number string } }
	if err := s.subject.call(ctx, http.MethodGet, fmt.Sprintf("/api/v1/devices?limit=%d", max(1, min(s.devices, 200))), nil, &list); err != nil {
		return err
	}
	s.shops = nil
	for _, d := range list.Items {
		phone, ok := s.sim.net.PhoneByNumber(d.Number)
		if !ok {
			return fmt.Errorf("%w: no phone %s", errStat, d.Number)
		}
		s.shops = append(s.shops, shop{d.ID, phone})
		change := map[string]string{"webhook_url": s.ledger.hook}
		if err := s.subject.call(ctx, http.MethodPatch, "/api/v1/devices/"+d.ID, change, nil); err != nil {
			return err
		}
	}
	return nil
}

// profiled is the product with its profiles served, which tell the number of goroutines.
type profiled struct {
	pingcrm
	profiles string
}

func (p *profiled) args(listen, data, network string) []string {
	return append(p.pingcrm.args(listen, data, network), "--pprof", p.profiles)
}

// traffic writes and sends at a steady pace while the network misbehaves.
func (s *soak) traffic(ctx context.Context) error {
	if !s.calm {
		for _, f := range weather() {
			if _, err := s.sim.net.AddFault(f); err != nil {
				return err
			}
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var others sync.WaitGroup
	defer others.Wait()
	defer cancel()
	others.Go(func() { s.watch(ctx) })
	if !s.calm {
		others.Go(func() { s.storms(ctx) })
	}
	return paced(ctx, int(s.length.Seconds()*s.rate), s.rate, func(ctx context.Context, i int) error {
		if i%2 == 1 {
			return s.send(ctx, i/2)
		}
		at, who := s.pair(i / 2)
		return s.ledger.write(ctx, who, at, i)
	})
}

// send asks for the n-th message; those before the run count downwards from -1.
func (s *soak) send(ctx context.Context, n int) error {
	at, who := s.pair(max(n, -1-n))
	return s.ledger.send(ctx, s.subject, who, at, n)
}

// pair is who talks with whom the n-th time.
func (s *soak) pair(n int) (shop, *wasim.Phone) {
	return s.shops[n%len(s.shops)], s.sim.people[n*7%len(s.sim.people)]
}

// weather is what goes wrong all the time: one message in some hundreds meets each of these.
func weather() (list []wasim.Fault) {
	for kind, f := range map[wasim.FaultKind]wasim.Fault{
		wasim.FaultDropBefore:    {Probability: 0.004},
		wasim.FaultDropBeforeAck: {Probability: 0.004},
		wasim.FaultDropAfterAck:  {Probability: 0.004},
		wasim.FaultLoseAck:       {Probability: 0.001},
		wasim.FaultDelayAck:      {Probability: 0.01, DelayMS: 800},
		wasim.FaultDelayDelivery: {Probability: 0.02, DelayMS: 500},
		wasim.FaultDuplicate:     {Probability: 0.02},
		wasim.FaultGarbage:       {Probability: 0.004},
	} {
		f.Kind, f.Times = kind, -1
		list = append(list, f)
	}
	return list
}

// storms are what happens to sockets: every few seconds some close or are asked to log in again, now and then one falls silent, and
// once in a while all go at once.
func (s *soak) storms(ctx context.Context) {
	for n := 1; pause(ctx, 2*time.Second) == nil; n++ {
		one := s.shops[n*31%len(s.shops)].phone.Number()
		f := wasim.Fault{Kind: wasim.FaultClose, Number: one}
		switch {
		case n%150 == 0:
			f = wasim.Fault{Kind: wasim.FaultClose}
		case n%40 == 0:
			f = wasim.Fault{Kind: wasim.FaultSilent, Number: one}
		case n%7 == 0:
			f = wasim.Fault{Kind: wasim.FaultStream, Code: 503, Number: one}
		case n%5 == 0:
			f = wasim.Fault{Kind: wasim.FaultStream, Code: 515, Number: one}
		case n%11 == 0:
			f = wasim.Fault{Kind: wasim.FaultConnect, Code: 503, Number: one, Times: 2}
		}
		if _, err := s.sim.net.AddFault(f); err != nil {
			say("%v", err)
		}
	}
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "soak: "+format+"\n", args...) }
