package app

import (
	"context"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// A database that can't write is not healthy, and the answer is a few seconds old at most.
func TestHealthNeedsADatabaseThatWrites(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	dbtest.Migrated(t, d, healthModule())
	now := time.Now()
	p := &probe{db: d, now: func() time.Time { return now }}
	if err := p.ask(t.Context()); err != nil {
		t.Fatalf("at first: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.ask(t.Context()); err != nil {
		t.Errorf("within %v it was asked again: %v", probeEvery, err)
	}
	now = now.Add(probeEvery)
	if err := p.ask(t.Context()); err == nil || !db.Transient(err) {
		t.Errorf("a database that is gone: got %v, want something that passes", err)
	}
}

// A write that never ends is given up, and the next look is a new one.
func TestHealthWaitsForNobody(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	dbtest.Migrated(t, d, healthModule())
	p := &probe{db: d, now: time.Now}
	held, let := make(chan struct{}), make(chan struct{})
	go func() {
		_ = d.Tx(context.Background(), func(context.Context) error { close(held); <-let; return nil })
	}()
	<-held
	began := time.Now()
	if err := p.ask(t.Context()); err == nil || !db.Transient(err) {
		t.Errorf("a database whose writer is held: got %v, want something that passes", err)
	}
	if took := time.Since(began); took > probeTime+2*time.Second {
		t.Errorf("it took %v to give up, want %v", took, probeTime)
	}
	close(let)
	p.now = func() time.Time { return time.Now().Add(probeEvery) }
	if err := p.ask(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
