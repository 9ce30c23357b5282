// Command bench owns the measurements of the whole program, beside a bare client that does the same work.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// plan says how much is measured. Every loop is bounded by it.
type plan struct {
	binary    string        // the product, as make build makes it
	rounds    int           // of all timed phases, product and bare client by turns
	seconds   int           // length of each timed phase
	customers int           // who write and are written to
	burst     int           // messages of the burst, in two seconds
	rates     []int         // sends a second
	devices   int           // linked devices of the memory measurement, 0 leaves it out
	settle    time.Duration // pause before memory is read
	starts    int           // cold starts of each kind
	json      string        // file for the figures, empty is none
	keep      string        // folder that stays, empty is a throw-away one
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == bareCommand {
		exit(runBare(os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == monthCommand {
		exit(runMonth(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) > 1 && os.Args[1] == soakCommand {
		exit(runSoak(ctx, os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == broadcastCommand {
		exit(runBroadcast(ctx, os.Args[2:]))
	}
	p := plan{burst: 2000}
	flag.StringVar(&p.binary, "binary", "bin/pingcrm", "the program to measure")
	flag.IntVar(&p.rounds, "rounds", 3, "rounds of the timed phases, each with the product and with the bare client")
	flag.IntVar(&p.seconds, "seconds", 4, "length of a timed phase")
	flag.IntVar(&p.customers, "customers", 50, "simulated people")
	flag.IntVar(&p.devices, "devices", 500, "linked devices for the memory of one; 0 leaves it out")
	flag.IntVar(&p.burst, "burst", p.burst, "messages of the burst, which come within two seconds")
	flag.Func("rate", "sends a second, for a phase of its own; may be given several times (20, 100 and 300)", p.addRate)
	flag.DurationVar(&p.settle, "settle", 15*time.Second, "pause before memory is read")
	flag.IntVar(&p.starts, "starts", 5, "cold starts of each kind")
	flag.StringVar(&p.json, "json", "", "write the figures to this file, too")
	flag.StringVar(&p.keep, "keep", "", "keep the data folders here")
	flag.Parse()
	if len(p.rates) == 0 {
		p.rates = []int{20, 100, 300}
	}
	exit(run(ctx, p))
}

func (p *plan) addRate(text string) error {
	rate, err := strconv.Atoi(text)
	if err == nil && rate <= 0 {
		err = strconv.ErrRange
	}
	p.rates = append(p.rates, rate)
	return err
}

func exit(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run measures everything, prints the table and writes the file. When a step fails, the table has what came before it.
func run(ctx context.Context, p plan) error {
	began := time.Now()
	figures, failed := measure(ctx, p)
	if figures == nil {
		return failed
	}
	about := machine(ctx, p, time.Since(began))
	printTable(os.Stdout, about, figures.rows())
	if p.json == "" || failed != nil {
		return failed
	}
	data, err := json.MarshalIndent(map[string]any{"about": about, "figures": figures.rows()}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(p.json, append(data, '\n'), 0o600)
}
