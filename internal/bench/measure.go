package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// bench is one run.
type bench struct {
	plan
	sim      *simulator
	subjects []*subject // product, bare client
	figures  *figures
	dir      string
}

// measure runs the plan.
func measure(ctx context.Context, p plan) (*figures, error) {
	b := &bench{plan: p, figures: newFigures(), dir: p.keep}
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "pingcrm-bench-")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		b.dir = dir
	}
	var err error
	if b.sim, err = newSimulator(ctx, p.customers); err != nil {
		return nil, err
	}
	defer b.sim.stop()
	defer func() {
		for _, s := range b.subjects {
			s.stop()
		}
	}()
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"cold start in an empty folder", b.empty},
		{"link the shops", b.prepare},
		{"timed phases", b.timed},
		{"many linked devices", b.many},
		{"binary", b.size},
	} {
		fmt.Fprintf(os.Stderr, "bench: %s\n", step.name)
		if err := step.do(ctx); err != nil {
			return b.figures, fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return b.figures, b.check()
}

// make makes both sides, with their data in a folder of the run.
func (b *bench) make(folder string) ([]*subject, error) {
	dir := filepath.Join(b.dir, folder)
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ours, err := newSubject(product, b.binary, dir, b.sim, &pingcrm{})
	if err != nil {
		return nil, err
	}
	theirs, err := newSubject(bare, self, dir, b.sim, bareSpeech{})
	return []*subject{ours, theirs}, err
}

// empty measures cold starts in an empty folder, and the memory of a program that has nothing to do.
func (b *bench) empty(ctx context.Context) error {
	for i := range b.starts {
		list, err := b.make(fmt.Sprintf("empty-%d", i))
		if err != nil {
			return err
		}
		for _, s := range list {
			took, err := s.start(ctx)
			if err != nil {
				return err
			}
			b.figures.add(coldEmpty, s.side, ms(took))
			if i == b.starts-1 {
				err = errors.Join(pause(ctx, b.settle), b.memory(idle, s, 1.0/1024))
			}
			s.stop()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// memory notes a program's memory in KiB times scale.
func (b *bench) memory(m metric, s *subject, scale float64) error {
	kib, err := s.proc.memory()
	if err != nil {
		return err
	}
	b.figures.add(m, s.side, kib*scale)
	return nil
}

// prepare links both shops and lets every customer exchange a first message with each, which sets up the sessions.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.subjects, err = b.make("shops"); err != nil {
		return err
	}
	for _, s := range b.subjects {
		if err := s.speech.prepare(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.side, err)
		}
		s.devices = 1
	}
	for _, s := range b.subjects {
		w, err := s.write(ctx, b.customers, 25, greeting, "first")
		if err != nil {
			return err
		}
		if err := b.sim.arrived.all(ctx, w.tokens); err != nil {
			return fmt.Errorf("%s: %w", s.side, err)
		}
		p, err := s.post(ctx, b.customers, 25, "hello")
		if err != nil {
			return err
		}
		if err := b.sim.arrived.all(ctx, p.tokens); err != nil {
			return fmt.Errorf("%s: %w", s.side, err)
		}
	}
	return nil
}

// timed runs the phases in turns: what a busy machine does to one side, it does to the other soon after.
func (b *bench) timed(ctx context.Context) error {
	for round := range b.rounds {
		phases := []func(context.Context, *subject, string) error{b.answers, b.flood}
		for _, rate := range b.rates {
			phases = append(phases, func(ctx context.Context, s *subject, series string) error {
				return b.sends(ctx, s, rate, series)
			})
		}
		for i, phase := range phases {
			for _, s := range b.subjects {
				if err := phase(ctx, s, fmt.Sprintf("%d.%d", round, i)); err != nil {
					return fmt.Errorf("%s, round %d: %w", s.side, round+1, err)
				}
			}
		}
	}
	return nil
}

// answers measures greetings at 25 a second: the rule's answer and the webhook.
func (b *bench) answers(ctx context.Context, s *subject, series string) error {
	const rate = 25
	var w *written
	cpu, err := s.spent(ctx, func() (err error) {
		if w, err = s.write(ctx, rate*b.seconds, rate, greeting, series); err != nil {
			return err
		}
		return errors.Join(b.sim.arrived.all(ctx, w.tokens), b.sim.reported.all(ctx, w.tokens))
	})
	if err != nil {
		return err
	}
	in, out := b.sim.frames()
	var answered, reported []float64
	for token, id := range w.ids {
		reply, _ := b.sim.arrived.get(token)
		report, _ := b.sim.reported.get(token)
		asked, ok := out[id]
		replied, ok2 := in[reply.id]
		if !ok || !ok2 {
			return fmt.Errorf("%w: the frames of %s were not seen", errStat, token)
		}
		answered = append(answered, ms(replied.Sub(asked)))
		reported = append(reported, ms(report.at.Sub(asked)))
	}
	for _, m := range []metric{answer50, answer99} {
		b.figures.add(m, s.side, answered...)
	}
	for _, m := range []metric{webhook50, webhook99} {
		b.figures.add(m, s.side, reported...)
	}
	b.figures.add(answerCPU, s.side, cpu/float64(len(w.tokens)))
	return nil
}

// flood measures a burst that nobody answers: until the last message is stored (confirmed to the network, which the
// product does after that) and until the last webhook.
func (b *bench) flood(ctx context.Context, s *subject, series string) error {
	var w *written
	var began, handed, stored time.Time
	peak := s.proc.peak()
	cpu, err := s.spent(ctx, func() (err error) {
		began = time.Now()
		if w, err = s.write(ctx, b.burst, float64(b.burst)/2, "Barangnya sudah sampai, terima kasih.", series); err != nil {
			return err
		}
		handed = time.Now()
		if err := s.settled(ctx); err != nil {
			return err
		}
		stored = time.Now()
		return b.sim.reported.all(ctx, w.tokens)
	})
	most := peak()
	if err != nil {
		return err
	}
	last := began
	for _, token := range w.tokens {
		if report, _ := b.sim.reported.get(token); report.at.After(last) {
			last = report.at
		}
	}
	b.sim.frames()
	b.figures.add(burstHanded, s.side, handed.Sub(began).Seconds())
	b.figures.add(burstStored, s.side, stored.Sub(began).Seconds())
	b.figures.add(burstReported, s.side, last.Sub(began).Seconds())
	b.figures.add(burstMemory, s.side, most.resident/1024)
	b.figures.add(receivedCPU, s.side, cpu/float64(b.burst))
	return nil
}

// sends measures the API at a constant rate.
func (b *bench) sends(ctx context.Context, s *subject, rate int, series string) error {
	var p *posted
	cpu, err := s.spent(ctx, func() (err error) {
		if p, err = s.post(ctx, rate*b.seconds, float64(rate), series); err != nil {
			return err
		}
		return b.sim.arrived.all(ctx, p.tokens)
	})
	if err != nil {
		return err
	}
	b.sim.frames()
	through := p.reached(b.sim.arrived)
	for _, of := range []stat{p50, p99} {
		b.figures.add(sendAccepted(rate, of), s.side, p.accepted...)
		b.figures.add(sendReached(rate, of), s.side, through...)
	}
	b.figures.add(sendCPU(rate), s.side, cpu/float64(len(p.tokens)))
	return nil
}
