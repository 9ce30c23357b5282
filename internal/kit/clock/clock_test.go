package clock_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/clock"
)

// source is a clock that can be set.
type source struct {
	mu  sync.Mutex
	off time.Duration
	err error
}

func (s *source) jump(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off += by
}

func (s *source) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *source) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.off)
}

func (s *source) ask(context.Context) (time.Time, error) {
	at := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	return at, s.err
}

func run(t *testing.T, c clock.Config) (k *clock.Clock, jumps func() []time.Duration) {
	t.Helper()
	k, err := clock.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var told []time.Duration
	k.OnJump(func(_ context.Context, by time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, by.Round(time.Second))
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { _ = k.Run(ctx) }()
	t.Cleanup(func() { cancel(); synctest.Wait() })
	return k, func() []time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return told
	}
}

func TestASetClockIsNoticedAndSteadyGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		k, jumps := run(t, clock.Config{Wall: s.now})
		began := k.Steady()
		for _, by := range []time.Duration{time.Hour, -time.Hour, -time.Hour, 500 * time.Millisecond} {
			s.jump(by)
			time.Sleep(10 * time.Second)
			synctest.Wait()
		}
		got := jumps()
		if len(got) != 3 || got[0] != time.Hour || got[1] != -time.Hour || got[2] != -time.Hour {
			t.Errorf("told of jumps %v, want 1h, -1h, -1h", got)
		}
		if passed := k.Steady().Sub(began); passed != 40*time.Second {
			t.Errorf("by the steady clock %v have passed, want 40s", passed)
		}
		if off := time.Until(k.Now()).Round(time.Millisecond); off != -time.Hour+500*time.Millisecond {
			t.Errorf("Now is off by %v, want what the machine's clock says", off)
		}
		if !k.Settled() {
			t.Error("the steady clock is not settled, although it never jumped")
		}
	})
}

// Two nodes whose own clocks differ by minutes, and jump, have one time: the database's.
func TestNodesWithDifferentClocksHaveOneTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared, ahead, behind := &source{}, &source{off: 7 * time.Minute}, &source{off: -4 * time.Minute}
		a, jumpsA := run(t, clock.Config{Wall: ahead.now, Follow: shared.ask})
		b, jumpsB := run(t, clock.Config{Wall: behind.now, Follow: shared.ask})
		ahead.jump(time.Hour)
		behind.jump(-time.Hour)
		shared.fail(errors.New("gone for a while"))
		time.Sleep(time.Minute)
		if d := a.Now().Sub(b.Now()).Abs(); d > time.Millisecond {
			t.Errorf("the two are %v apart", d)
		}
		if off := time.Until(a.Now()).Abs(); off > time.Millisecond {
			t.Errorf("they are %v off what they follow", off)
		}
		if len(jumpsA())+len(jumpsB()) != 0 || !a.Settled() {
			t.Errorf("told of jumps %v and %v, want none", jumpsA(), jumpsB())
		}
		shared.fail(nil)
		shared.jump(time.Hour)
		time.Sleep(12 * time.Second)
		synctest.Wait()
		if got := jumpsA(); len(got) != 1 || got[0] != time.Hour {
			t.Errorf("when what is followed jumps they are told %v, want 1h", got)
		}
		if a.Settled() || b.Settled() {
			t.Error("they judge others' leases right after the jump of what they follow")
		}
		time.Sleep(time.Minute)
		if !a.Settled() {
			t.Error("it never settles")
		}
	})
}

func TestAClockThatCanNotBeAskedIsNoStart(t *testing.T) {
	s := &source{err: errors.New("gone")}
	if _, err := clock.New(t.Context(), clock.Config{Follow: s.ask}); err == nil {
		t.Error("no error, want the database's")
	}
}
