package db

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// Who is in no hurry comes after those who queued later, and doesn't make them wait for its own commit.
func TestTheUnhurriedLetOthersGoFirst(t *testing.T) {
	t.Parallel()
	d := openTest(t)
	held, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { _ = d.Tx(t.Context(), func(context.Context) error { close(held); <-release; return nil }) })
	<-held
	var order []string // only who has the writer touches it
	do := func(ctx context.Context, name string, waits func() int) {
		before := waits()
		all.Go(func() {
			if err := d.Tx(ctx, func(context.Context) error { order = append(order, name); return nil }); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		for waits() == before {
			runtime.Gosched()
		}
	}
	g := d.writer
	do(Unhurried(t.Context()), "bulk", func() int { return len(g.behind) })
	do(Unhurried(t.Context()), "more bulk", func() int { return len(g.behind) })
	do(t.Context(), "answer", func() int { return len(g.queue) })
	close(release)
	all.Wait()
	if want := []string{"answer", "bulk", "more bulk"}; !slices.Equal(order, want) {
		t.Errorf("ran in the order %v, want %v", order, want)
	}
}

// However many others there are, one after the other of the unhurried gets its turn.
func TestTheUnhurriedAreNotKeptForEver(t *testing.T) {
	t.Parallel()
	now := time.Now()
	old, young := &work{since: now.Add(-time.Hour)}, &work{since: now.Add(time.Hour)}
	for _, c := range []struct {
		name  string
		head  *work
		queue int
		want  int
	}{
		{"one that has waited goes along", old, 3, 4},
		{"one that has just come does not", young, 3, 3},
		{"without others it goes at once", young, 0, 1},
		{"nobody", nil, 0, 0},
	} {
		g := &groupWriter{queue: make(chan *work, 8), behind: make(chan *work, 8), head: c.head}
		for range c.queue {
			g.queue <- &work{}
		}
		if got := g.present(); len(got) != c.want || (g.head == nil) != (c.head == nil || slices.Contains(got, c.head)) {
			t.Errorf("%s: %d share the commit, want %d; left at the head: %v", c.name, len(got), c.want, g.head)
		}
	}
}

// Nobody is left waiting when the database is closed.
func TestCloseRunsTheUnhurried(t *testing.T) {
	t.Parallel()
	d, err := Open(context.Background(), Config{File: filepath.Join(t.TempDir(), "ping.db")})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			err := d.Tx(Unhurried(t.Context()), func(context.Context) error { return nil })
			if err != nil && !errors.Is(err, errClosed) {
				t.Error(err)
			}
		})
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
}

// On PostgreSQL they leave connections to others, and who has gone away gets none.
func TestTheUnhurriedHaveOnlySomeConnections(t *testing.T) {
	t.Parallel()
	d := &DB{places: make(chan struct{}, 1)}
	leave, err := d.queueUp(Unhurried(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.queueUp(Unhurried(over)); !errors.Is(err, context.Canceled) {
		t.Errorf("a second one got %v, want to wait", err)
	}
	if _, err := d.queueUp(over); err != nil {
		t.Errorf("one that is waited for got %v", err)
	}
	leave()
	if _, err := d.queueUp(Unhurried(t.Context())); err != nil {
		t.Errorf("after the first one: %v", err)
	}
}
