package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// about says on what, and under what load, the figures were taken.
type about struct {
	Version string    `json:"version"`
	Go      string    `json:"go"`
	System  string    `json:"system"`
	Cores   int       `json:"cores"`
	Load    string    `json:"load"` // the system's load averages at the end
	Date    time.Time `json:"date"`
	Took    string    `json:"took"`
	Rounds  int       `json:"rounds"`
}

func machine(ctx context.Context, p plan, took time.Duration) about {
	version, err := exec.CommandContext(ctx, p.binary, "version").Output()
	if err != nil {
		version = []byte("unknown")
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	load, _ := os.ReadFile("/proc/loadavg")
	averages := strings.Fields(string(load))
	return about{
		Version: strings.TrimSpace(string(version)), Go: runtime.Version(), Cores: runtime.NumCPU(),
		System: runtime.GOOS + " " + strings.TrimSpace(string(kernel)), Load: strings.Join(averages[:min(3, len(averages))], " "),
		Date: time.Now().UTC(), Took: took.Round(time.Second).String(), Rounds: p.rounds,
	}
}

// printTable writes the figures for people.
func printTable(w io.Writer, a about, rows []row) {
	fmt.Fprintf(w, "\npingcrm %s, %s, %s, %d cores, load %s, %d rounds in %s\n", a.Version, a.Go, a.System, a.Cores, a.Load, a.Rounds, a.Took)
	fmt.Fprint(w, "Times are milliseconds. The ratio is the median of the rounds' own ratios.\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\t\tPing!\tbare client\tratio\taim\t")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Stat, r.value(product), r.value(bare), r.times(), r.aim(), r.verdict())
	}
	_ = t.Flush()
}

func (r row) value(side string) string {
	v, ok := r.Values[side]
	if !ok {
		return "–"
	}
	return short(v) + " " + r.Unit
}

// short writes a number with about three digits.
func short(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func (r row) times() string {
	if r.Ratio == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f×", r.Ratio)
}

func (r row) aim() string {
	switch r.AimIs {
	case "value":
		return "≤ " + short(r.Aim) + " " + r.Unit
	case "ratio":
		return "≤ " + short(r.Aim) + "×"
	default:
		return ""
	}
}

func (r row) verdict() string {
	switch {
	case r.AimIs == "":
		return ""
	case r.Met:
		return "met"
	default:
		return "missed"
	}
}
