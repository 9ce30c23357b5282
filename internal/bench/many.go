package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// The memory of a linked device is the slope between few and many of them.
const few = 10

// many links devices that nobody talks to and measures memory and cold start.
func (b *bench) many(ctx context.Context) error {
	if b.devices <= few {
		return nil
	}
	var before, after [2]float64
	for _, stage := range []struct {
		devices int
		memory  *[2]float64
	}{{few, &before}, {b.devices, &after}} {
		for _, s := range b.subjects {
			if err := s.linkUpTo(ctx, stage.devices); err != nil {
				return fmt.Errorf("%s: %w", s.side, err)
			}
		}
		if err := b.afresh(ctx, stage.memory); err != nil {
			return err
		}
	}
	for i, s := range b.subjects {
		b.figures.add(perDevice, s.side, (after[i]-before[i])/float64(b.devices-few))
		b.figures.add(manyMemory, s.side, after[i]/1024)
	}
	return b.coldMany(ctx)
}

// afresh starts both programs again, so that linking leaves no traces in their memory, and reads it once everything
// is connected and has settled.
func (b *bench) afresh(ctx context.Context, memory *[2]float64) error {
	for _, s := range b.subjects {
		s.stop()
	}
	expected := int64(0)
	for _, s := range b.subjects {
		if _, err := s.start(ctx); err != nil {
			return err
		}
		expected += int64(s.devices)
		if err := b.sim.sockets(ctx, expected); err != nil {
			return fmt.Errorf("%s: %w", s.side, err)
		}
	}
	if err := pause(ctx, b.settle); err != nil {
		return err
	}
	for i, s := range b.subjects {
		kib, err := s.proc.memory()
		if err != nil {
			return err
		}
		memory[i] = kib
	}
	return nil
}

// coldMany measures starts with many linked devices.
func (b *bench) coldMany(ctx context.Context) error {
	for _, s := range b.subjects {
		s.stop()
	}
	for range b.starts {
		for _, s := range b.subjects {
			took, err := s.start(ctx)
			s.stop()
			if err != nil {
				return err
			}
			b.figures.add(coldMany, s.side, ms(took))
		}
	}
	return nil
}

// size notes how large the program is. The bare client is part of this one, so it has no size of its own.
func (b *bench) size(context.Context) error {
	info, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	b.figures.add(binarySize, product, float64(info.Size())/(1<<20))
	return nil
}

var errUnclean = errors.New("the figures are worthless")

// check refuses figures of a run in which messages came twice or could not be read.
func (b *bench) check() error {
	st := b.sim.net.Stats()
	fmt.Fprintf(os.Stderr, "bench: the phones could not read %d messages, the programs asked again for %d\n", st.Phones.DecryptErrors, st.RetryReceipts)
	b.sim.arrived.mu.Lock()
	defer b.sim.arrived.mu.Unlock()
	if b.sim.arrived.more > 0 {
		return fmt.Errorf("%w: %d messages came twice", errUnclean, b.sim.arrived.more)
	}
	return nil
}
