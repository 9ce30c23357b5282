package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// sample is what the program uses at one moment.
type sample struct {
	at         time.Duration
	memory     float64 // MiB
	goroutines float64
	files      float64
}

// sampleEvery is how often it is looked at.
const sampleEvery = 10 * time.Second

// growth is how much the last quarter of a run may use beyond its second one: what is left when the noise of collections is taken out.
const growth = 1.10

// watch takes samples until ctx ends.
func (s *soak) watch(ctx context.Context) {
	began := time.Now()
	for pause(ctx, sampleEvery) == nil {
		now, err := s.look(ctx)
		if err != nil {
			continue // the program is stopping
		}
		now.at = time.Since(began)
		s.samples = append(s.samples, now)
		if len(s.samples)%30 == 0 {
			say("%v: %.0f MiB, %.0f goroutines, %.0f files", now.at.Round(time.Second), now.memory, now.goroutines, now.files)
		}
	}
}

var totals = regexp.MustCompile(`goroutine profile: total (\d+)`)

func (s *soak) look(ctx context.Context) (sample, error) {
	kib, err := s.subject.proc.memory()
	if err != nil {
		return sample{}, err
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.subject.proc.cmd.Process.Pid))
	if err != nil {
		return sample{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.subject.speech.(*profiled).profiles+"/debug/pprof/goroutine?debug=1", nil)
	if err != nil {
		return sample{}, err
	}
	res, err := s.subject.client.Do(req)
	if err != nil {
		return sample{}, err
	}
	defer func() { _ = res.Body.Close() }()
	head := make([]byte, 100)
	if _, err := io.ReadFull(res.Body, head); err != nil {
		return sample{}, err
	}
	found := totals.FindSubmatch(head)
	if found == nil {
		return sample{}, fmt.Errorf("%w: no number of goroutines", errStat)
	}
	n, err := strconv.ParseFloat(string(found[1]), 64)
	return sample{memory: kib / 1024, goroutines: n, files: float64(len(files))}, err
}

// quarters are the medians of a figure in the second and the last quarter of the run.
func quarters(list []sample, of func(sample) float64) (early, late float64) {
	n := len(list) / 4
	if n == 0 {
		return 0, 0
	}
	return median(list[n:2*n], of), median(list[len(list)-n:], of)
}

func median(list []sample, of func(sample) float64) float64 {
	values := make([]float64, len(list))
	for i, s := range list {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// report prints what was found; an error when anything is lost, doubled or growing.
func (s *soak) report(w io.Writer, m missing, in inbox) error {
	phones, webhooks := s.ledger.doubles()
	st := s.sim.net.Stats()
	_, _ = fmt.Fprintf(w, "%d devices, %v, %v messages a second, weather %v\n", len(s.shops), s.length, s.rate, !s.calm)
	_, _ = fmt.Fprintf(w, "in:  %d written, %d lost, %d doubled; webhooks %d missing, %d doubled\n",
		len(s.ledger.written), in.lost, in.doubled, len(m.webhooks), webhooks)
	_, _ = fmt.Fprintf(w, "out: %d accepted, %d refused, %d lost, %d doubled, %d unfinished\n",
		len(s.ledger.sent), s.ledger.refused, len(m.phones), phones, in.unfinished)
	_, _ = fmt.Fprintf(w, "network: %d logins, %d repeated messages, %d repeated deliveries, %d asked for again\n",
		st.Logins, st.MessagesRepeated, st.Redelivered, st.RetryReceipts)
	bad := in.lost+in.doubled+len(m.webhooks)+webhooks+len(m.phones)+phones+in.unfinished > 0
	for _, f := range []struct {
		name string
		of   func(sample) float64
	}{
		{"memory, MiB", func(s sample) float64 { return s.memory }},
		{"goroutines", func(s sample) float64 { return s.goroutines }},
		{"open files", func(s sample) float64 { return s.files }},
	} {
		early, late := quarters(s.samples, f.of)
		_, _ = fmt.Fprintf(w, "%-12s second quarter %.0f, last quarter %.0f\n", f.name, early, late)
		bad = bad || late > early*growth
	}
	for _, list := range [][]string{m.phones, m.webhooks} {
		if len(list) > 0 {
			_, _ = fmt.Fprintf(w, "missing, the first of them: %v\n", list[:min(10, len(list))])
		}
	}
	if bad {
		return errSoak
	}
	return nil
}
