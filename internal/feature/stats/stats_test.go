package stats_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/feature/stats"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// rig is a log that a test writes, and nodes that count it.
type rig struct {
	t      *testing.T
	db     *db.DB
	events *event.Service
	now    time.Time
	nodes  []*stats.Service
	wrote  map[string]int64 // events in each workspace's log
}

var jakarta = time.FixedZone("Asia/Jakarta", 7*3600)

// newRig begins on Monday, 2026-11-16, at 10:00 in Jakarta, with a number of nodes.
func newRig(t *testing.T, d *db.DB, nodes int) *rig {
	r := &rig{t: t, db: d, now: time.Date(2026, 11, 16, 10, 0, 0, 0, jakarta), wrote: map[string]int64{}}
	clock := func() time.Time { return r.now }
	r.events = event.New(event.Config{DB: d, Now: clock, Poll: 5 * time.Millisecond})
	for range nodes {
		s := stats.New(stats.Config{
			DB: d, Events: r.events, Now: clock,
			Zone:  func(context.Context, string) (*time.Location, error) { return jakarta, nil },
			All:   func(context.Context) ([]string, error) { return []string{"w"}, nil },
			Names: func(context.Context, string) (map[string]string, error) { return nil, nil },
		})
		r.nodes = append(r.nodes, s)
	}
	dbtest.Migrated(t, d, event.Module(r.events), stats.Module(r.nodes[0]))
	return r
}

// said writes what a message's event would be, pass after the one before.
func (r *rig) said(pass time.Duration, workspaceID, chatID string, by chat.AuthorKind, byID string) {
	r.t.Helper()
	r.now = r.now.Add(pass)
	kind := event.MessageQueued
	if by == chat.ByContact {
		kind = event.MessageReceived
	} else if by == chat.ByPhone {
		kind = event.MessageSent
	}
	d := event.Draft{WorkspaceID: workspaceID, Type: kind, DeviceID: "d-" + chatID, Subject: chatID, Data: event.Own{
		Message: chat.MessageView{ChatID: chatID, By: by, ByID: byID}, Contact: event.Person{ID: "p-" + chatID},
	}}
	if err := r.db.Tx(context.Background(), func(ctx context.Context) error { return r.events.Append(ctx, d) }); err != nil {
		r.t.Fatalf("append %s: %v", kind, err)
	}
	r.wrote[workspaceID]++
}

// numbered waits until the log has a number for each event; on PostgreSQL they come after the commit.
func (r *rig) numbered(workspaceID string) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.events.Run(ctx) }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		_, last, err := r.events.Bounds(ctx, workspaceID)
		if err != nil {
			r.t.Fatalf("read the log's bounds: %v", err)
		}
		if last == r.wrote[workspaceID] {
			break
		}
		<-tick.C
	}
	cancel()
	if err := <-done; err != nil {
		r.t.Fatalf("number the log: %v", err)
	}
}

// counted has every node count the log at the same time.
func (r *rig) counted(workspaceID string) {
	r.t.Helper()
	r.numbered(workspaceID)
	var all sync.WaitGroup
	for _, n := range r.nodes {
		all.Go(func() {
			n.Grown(context.Background(), workspaceID)
			n.Count(context.Background())
		})
	}
	all.Wait()
}

func (r *rig) report(workspaceID string, a stats.Asked) stats.Report {
	r.t.Helper()
	rep, err := r.nodes[0].Report(context.Background(), workspaceID, a)
	if err != nil {
		r.t.Fatalf("Report(%+v): %v", a, err)
	}
	return rep
}

func TestWhatIsSaidIsCountedOnceAndReported(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, 2)
		r.said(0, "w", "a", chat.ByContact, "")
		r.said(10*time.Second, "w", "a", chat.ByMember, "ani")
		r.said(20*time.Minute, "w", "b", chat.ByContact, "")
		r.said(time.Second, "w", "b", chat.ByRule, "r-1")
		r.said(time.Second, "other", "x", chat.ByContact, "")
		r.counted("w")
		r.said(14*time.Hour, "w", "b", chat.ByContact, "") // the day after, 00:20
		r.said(40*time.Second, "w", "b", chat.ByPhone, "")
		r.counted("w")
		r.counted("w") // nothing is new

		got := r.report("w", stats.Asked{From: "2026-11-15", To: "2026-11-17"})
		if got.Total.Received != 3 || got.Total.People != 2 || got.Total.Machines != 1 || got.Total.Replies.Count != 2 || got.Total.Replies.MeanMS != 25_000 || got.Total.Answers.Count != 1 {
			t.Errorf("total: got %+v, want 3 received, 2 of people, 1 of machines, 2 replies of 25 s on average, 1 automatic", got.Total)
		}
		var days []string
		for _, d := range got.Days {
			days = append(days, fmt.Sprintf("%s %d/%d", d.Date, d.Received, d.People+d.Machines))
		}
		if d := cmp.Diff([]string{"2026-11-15 0/0", "2026-11-16 2/2", "2026-11-17 1/1"}, days); d != "" {
			t.Errorf("days (-want +got):\n%s", d)
		}
		if d := cmp.Diff([]stats.Hour{{1, 10, 2, 2}, {2, 0, 1, 1}}, got.Hours); d != "" {
			t.Errorf("hours (-want +got):\n%s", d)
		}
		var by []string
		for _, m := range got.Members {
			by = append(by, fmt.Sprintf("%s %s %d %d", m.By, m.ByID, m.Sent, m.Replies.Count))
		}
		if d := cmp.Diff([]string{"member ani 1 1", "phone  1 1", "rule  1 1"}, by); d != "" {
			t.Errorf("members (-want +got):\n%s", d)
		}
		if one := r.report("w", stats.Asked{DeviceID: "d-a"}); one.Total.Received != 1 || len(one.Devices) != 1 || one.Devices[0].DeviceID != "d-a" {
			t.Errorf("one device: got %+v, want its own message alone", one)
		}
		if other := r.report("other", stats.Asked{}); other.Total != (stats.Figures{}) || len(other.Days) != 7 {
			t.Errorf("another workspace, which nobody has counted: got %+v, want seven empty days", other)
		}
	})
}

func TestALogThatWasSweptIsCountedFromItsOldest(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	r := newRig(t, d, 1)
	r.said(0, "w", "a", chat.ByContact, "")
	r.counted("w")
	r.said(time.Second, "w", "a", chat.ByContact, "")
	r.said(40*24*time.Hour, "w", "a", chat.ByContact, "")
	if err := r.events.Sweep(context.Background()); err != nil {
		t.Fatalf("Sweep: %v", err)
	}
	r.counted("w")
	if got := r.report("w", stats.Asked{}).Total.Received; got != 1 {
		t.Errorf("after a sweep of what was not counted: got %d in the last week, want the one that is kept", got)
	}
	if err := r.nodes[0].Sweep(context.Background()); err != nil {
		t.Fatalf("Sweep of figures: %v", err)
	}
	r.now = r.now.AddDate(3, 0, 0)
	if err := r.nodes[0].Sweep(context.Background()); err != nil {
		t.Fatalf("Sweep of figures: %v", err)
	}
	r.now = r.now.AddDate(-3, 0, 0)
	if got := r.report("w", stats.Asked{}).Total; got != (stats.Figures{}) {
		t.Errorf("three years later: got %+v, want nothing left", got)
	}
}

func TestSpansThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, dbtest.SQLite(t), 1)
	for _, a := range []stats.Asked{
		{From: "yesterday"},
		{To: "2026-02-30"},
		{From: "2026-11-17", To: "2026-11-16"},
		{From: "2025-01-01", To: "2026-11-16"},
		{From: "0001-01-01", To: "0001-01-02"},
		{From: "2026-11-16\x00"},
	} {
		_, err := r.nodes[0].Report(context.Background(), "w", a)
		if f, ok := fault.From(err); !ok || f.Code != "span_invalid" {
			t.Errorf("Report(%+v): got %v, want span_invalid", a, err)
		}
	}
	if _, err := r.nodes[0].Report(context.Background(), "w", stats.Asked{From: "2025-11-16", To: "2026-11-16"}); err != nil {
		t.Errorf("366 days: got %v, want a report", err)
	}
}
