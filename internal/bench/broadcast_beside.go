package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

// besideAim is how much longer an answer may take at p95 while a broadcast runs.
const besideAim = 1.2

// besideRecipients is how many the broadcast goes to.
const besideRecipients = 100_000

// besideRate is how many greetings a second customers write.
const besideRate = 10

// besides measures a rule's answers while a broadcast runs and while it is paused, by turns.
func (r *sending) besides(ctx context.Context) error {
	v, _, err := r.planned(ctx, "d", min(r.recipients, besideRecipients))
	if err != nil {
		return err
	}
	w, err := r.subject.write(ctx, len(r.sim.people), 2*besideRate, greeting, "first") // sets the sessions up
	if err == nil {
		err = r.sim.arrived.all(ctx, w.tokens)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(r.deed(ctx, v.ID, "start"), r.deed(ctx, v.ID, "pause")); err != nil {
		return err
	}
	var without, with []float64
	var ratios []float64
	sent, took := 0, time.Duration(0)
	for round := range r.rounds {
		if _, err := r.crowd.quiet(ctx, stillFor, time.Minute); err != nil {
			return err
		}
		calm, err := r.answered(ctx, fmt.Sprintf("calm%d", round))
		if err != nil {
			return err
		}
		if err := errors.Join(r.deed(ctx, v.ID, "resume"), pause(ctx, 2*time.Second)); err != nil {
			return err
		}
		before, _ := r.crowd.count()
		began := time.Now()
		busy, err := r.answered(ctx, fmt.Sprintf("busy%d", round))
		if err != nil {
			return err
		}
		after, _ := r.crowd.count()
		sent, took = sent+after-before, took+time.Since(began)
		if err := r.deed(ctx, v.ID, "pause"); err != nil {
			return err
		}
		without, with = append(without, calm...), append(with, busy...)
		ratios = append(ratios, p95.of(busy)/p95.of(calm))
		r.say("round %d: p50 %.1f → %.1f ms, p95 %.1f → %.1f ms", round+1, p50.of(calm), p50.of(busy), p95.of(calm), p95.of(busy))
	}
	r.add("broadcast beside: messages a second", fmt.Sprintf("%.0f", float64(sent)/took.Seconds()))
	r.add("customer's frame → answer's frame p50, without / with", fmt.Sprintf("%.1f / %.1f ms", p50.of(without), p50.of(with)))
	r.add("the same, p95", fmt.Sprintf("%.1f / %.1f ms", p95.of(without), p95.of(with)))
	r.judge("p95 with to p95 without, median of the rounds", p50.of(ratios), "×", besideAim)
	return r.deed(ctx, v.ID, "cancel")
}

// answered lets customers greet at a steady pace and gives the times from a greeting's frame to its answer's, in ms.
func (r *sending) answered(ctx context.Context, series string) ([]float64, error) {
	frames := r.sim.follow(ctx)
	w, err := r.subject.write(ctx, besideRate*r.seconds, besideRate, greeting, series)
	if err == nil {
		err = r.sim.arrived.all(ctx, w.tokens)
	}
	in, out := frames()
	if err != nil {
		return nil, err
	}
	var list []float64
	for token, id := range w.ids {
		reply, _ := r.sim.arrived.get(token)
		asked, ok := out[id]
		replied, ok2 := in[reply.id]
		if !ok || !ok2 {
			return nil, fmt.Errorf("%w: the frames of %s were not seen", errStat, token)
		}
		list = append(list, ms(replied.Sub(asked)))
	}
	return list, nil
}

// follow reads the network's log while much happens on it; the stop gives what frames gives.
func (s *simulator) follow(ctx context.Context) (stop func() (in, out map[string]time.Time)) {
	ctx, cancel := context.WithCancel(ctx)
	s.frames()
	in, out := map[string]time.Time{}, map[string]time.Time{}
	take := func() {
		i, o := s.frames()
		maps.Copy(in, i)
		maps.Copy(out, o)
	}
	var reader sync.WaitGroup
	reader.Go(func() {
		for pause(ctx, time.Second) == nil {
			take()
		}
	})
	return func() (map[string]time.Time, map[string]time.Time) {
		cancel()
		reader.Wait()
		take()
		return in, out
	}
}
