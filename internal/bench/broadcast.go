package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// broadcastCommand sends a broadcast to very many people while the program is killed and the broadcast paused.
const broadcastCommand = "broadcast"

// The engines.
const (
	onSQLite   = "SQLite"
	onPostgres = "PostgreSQL"
)

// campaign says how large the broadcasts are and what happens to them.
type campaign struct {
	binary     string
	recipients int           // of the large broadcast
	reached    int           // who have phones: so many a broadcast goes to from beginning to end
	devices    int           // linked ones, which share the recipients
	kills      int           // of the program while it sends
	planKills  int           // of the program while it plans
	pauses     int           // of each broadcast
	engines    []string      // SQLite, PostgreSQL
	postgres   string        // address of an empty database
	settle     time.Duration // before memory is read
	patience   time.Duration // with what has to come to an end
	beside     bool          // measure answers beside a broadcast instead
	seconds    int           // of each phase of that
	rounds     int
	dir        string
}

var (
	errBroadcast = errors.New("an aim of the broadcasts is missed")
	errPostgres  = errors.New("-postgres must name an empty PostgreSQL database; make bench-broadcast starts one")
)

func runBroadcast(ctx context.Context, args []string) error {
	c := campaign{engines: []string{onSQLite, onPostgres}}
	f := flag.NewFlagSet(broadcastCommand, flag.ExitOnError)
	f.StringVar(&c.binary, "binary", "bin/pingcrm", "the program")
	f.IntVar(&c.recipients, "recipients", 1_000_000, "recipients of the large broadcast")
	f.IntVar(&c.reached, "reached", 20_000, "recipients with phones: so many get the broadcast that goes on to its end")
	f.IntVar(&c.devices, "devices", 200, "linked devices")
	f.IntVar(&c.kills, "kills", 10, "how often the program is killed while it sends")
	f.IntVar(&c.planKills, "plan-kills", 3, "how often it is killed while it plans a second large broadcast; 0 plans none")
	f.IntVar(&c.pauses, "pauses", 3, "how often each broadcast is paused")
	f.DurationVar(&c.settle, "settle", 15*time.Second, "pause before memory is read")
	f.DurationVar(&c.patience, "patience", 2*time.Hour, "how long a broadcast may take")
	f.BoolVar(&c.beside, "beside", false, "measure a rule's answers with and without a broadcast beside them, and nothing else")
	f.IntVar(&c.seconds, "seconds", 10, "length of each phase, with -beside")
	f.IntVar(&c.rounds, "rounds", 3, "rounds of phases, with -beside")
	f.StringVar(&c.postgres, "postgres", os.Getenv("PING_TEST_POSTGRES"), "address of an empty PostgreSQL database")
	f.StringVar(&c.dir, "keep", "", "keep the data folders here")
	f.Func("engine", "sqlite or postgres; both when left out", func(name string) error {
		for _, e := range []string{onSQLite, onPostgres} {
			if strings.HasPrefix(strings.ToLower(e), strings.ToLower(name)) {
				c.engines = []string{e}
				return nil
			}
		}
		return fmt.Errorf("there is no engine %q", name)
	})
	if err := f.Parse(args); err != nil {
		return err
	}
	c.reached = min(c.reached, c.recipients)
	if c.dir == "" {
		dir, err := os.MkdirTemp("", "pingcrm-broadcast-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		c.dir = dir
	}
	return c.run(ctx)
}

// run measures on each engine and prints what was found; when a step fails, what came before it.
func (c campaign) run(ctx context.Context) error {
	var all findings
	for _, engine := range c.engines {
		list, err := c.on(ctx, engine)
		all.add(engine, list)
		if err != nil {
			all.print(os.Stdout, c.engines)
			return fmt.Errorf("%s: %w", engine, err)
		}
	}
	all.print(os.Stdout, c.engines)
	if all.missed() {
		return errBroadcast
	}
	return nil
}

// on measures on one engine.
func (c campaign) on(ctx context.Context, engine string) (list []finding, err error) {
	r := &sending{campaign: c, engine: engine}
	how := &broadcaster{}
	if engine == onPostgres {
		if how.database = c.postgres; how.database == "" {
			return nil, errPostgres
		}
	}
	customers := 0
	if c.beside {
		customers = 50
	}
	if r.sim, err = newSimulator(ctx, customers); err != nil {
		return nil, err
	}
	defer r.sim.stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if r.subject, err = newSubject(product, c.binary, filepath.Join(c.dir, strings.ToLower(engine)), r.sim, how); err != nil {
		return nil, err
	}
	defer func() { r.subject.stop() }()
	r.say("linking %d devices", c.devices)
	if err := r.prepare(ctx, how); err != nil {
		return nil, err
	}
	r.say("making %d phones", c.reached) // only now: the demo's shop looks through all that there are
	debug.SetGCPercent(25)               // 300,000 phones are 1.7 GB like this
	if r.crowd, err = newCrowd(ctx, r.sim, c.reached); err != nil {
		return nil, err
	}
	if c.beside {
		err = r.besides(ctx)
	} else {
		err = r.large(ctx)
		if err == nil {
			err = r.whole(ctx)
		}
	}
	return r.found, err
}

// broadcaster is the product on either engine.
type broadcaster struct {
	profiled
	database string
}

func (b *broadcaster) args(listen, data, network string) []string {
	args := b.profiled.args(listen, data, network)
	if b.database != "" {
		args = append(args, "--database", b.database)
	}
	return args
}

// sending is a campaign on one engine.
type sending struct {
	campaign
	engine  string
	sim     *simulator
	crowd   *crowd
	subject *subject
	senders []string // ids of the devices
	found   []finding

	idle  held
	watch func() held // ends the watch over the running process
	most  held        // while it worked
}

func (r *sending) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "broadcast, %s, %s: "+format+"\n", append([]any{r.engine, time.Now().Format(time.TimeOnly)}, args...)...)
}

// prepare links the devices and starts the program again, so that linking leaves nothing in its memory.
func (r *sending) prepare(ctx context.Context, how *broadcaster) (err error) {
	if how.profiles, err = freeAddress(); err != nil {
		return err
	}
	if err := how.prepare(ctx, r.subject); err != nil {
		return err
	}
	if err := r.subject.linkUpTo(ctx, r.devices); err != nil {
		return err
	}
	if r.senders, err = r.subject.deviceIDs(ctx); err != nil {
		return err
	}
	r.subject.stop()
	if _, err := r.subject.start(ctx); err != nil {
		return err
	}
	if err := errors.Join(r.sim.sockets(ctx, int64(r.devices)), pause(ctx, r.settle)); err != nil {
		return err
	}
	if r.idle, err = r.subject.proc.holds(); err != nil {
		return err
	}
	r.say("profiles are at http://%s/debug/pprof/", how.profiles)
	r.add("memory before, resident / of its own", fmt.Sprintf("%.0f / %.0f MiB", r.idle.resident/1024, r.idle.anonymous/1024))
	r.watch = r.subject.proc.peak()
	return nil
}

// again kills the program and starts it anew.
func (r *sending) again(ctx context.Context) error {
	r.most = r.most.most(r.watch())
	r.subject.proc.kill()
	r.subject.client.CloseIdleConnections()
	_, err := r.subject.start(ctx)
	r.watch = r.subject.proc.peak()
	return err
}

// peak is the most memory since the last call.
func (r *sending) peak() held {
	most := r.most.most(r.watch())
	r.most, r.watch = held{}, r.subject.proc.peak()
	return most
}

// mostAbove is how much memory a broadcast may take, in MiB.
const mostAbove = 150

// memory notes the peak of a stage.
func (r *sending) memory(stage string) {
	most := r.peak()
	r.add("most memory "+stage+", of its own", fmt.Sprintf("%.0f MiB", most.anonymous/1024))
	r.judge("most memory "+stage+", resident, above that before", (most.resident-r.idle.resident)/1024, "MiB", mostAbove)
}

// deviceIDs lists all devices.
func (s *subject) deviceIDs(ctx context.Context) (ids []string, err error) {
	for after := ""; ; {
		var page struct {
			Items []struct{ ID string }
			Next  string
		}
		if err := s.call(ctx, "GET", "/api/v1/devices?limit=200&after="+after, nil, &page); err != nil {
			return nil, err
		}
		for _, d := range page.Items {
			ids = append(ids, d.ID)
		}
		if after = page.Next; after == "" {
			return slices.Clip(ids), nil
		}
	}
}
