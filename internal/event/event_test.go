package event_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/event"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// rig is one node with its log.
type rig struct {
	*event.Service
	db *db.DB
}

// clock is a time that a test moves.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// start runs a node; change may be nil.
func start(t testing.TB, d *db.DB, change func(*event.Config)) *rig {
	t.Helper()
	c := event.Config{DB: d, Poll: 20 * time.Millisecond}
	if change != nil {
		change(&c)
	}
	s := event.New(c)
	dbtest.Migrated(t, d, event.Module(s))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return &rig{s, d}
}

func draft(workspaceID, text string) event.Draft {
	return event.Draft{WorkspaceID: workspaceID, Type: event.WebhookTest, Subject: "s", Data: event.Test{Text: text}}
}

// append writes one event in a transaction of its own.
func (r *rig) append(t testing.TB, d event.Draft) {
	t.Helper()
	if err := r.db.Tx(context.Background(), func(ctx context.Context) error { return r.Append(ctx, d) }); err != nil {
		t.Fatalf("Append: %v", err)
	}
}

// all reads a log to its end.
func (r *rig) all(t testing.TB, workspaceID string, want int) []event.Event {
	t.Helper()
	var list []event.Event
	w := event.Stretch{Limit: 7}
	for len(list) < want {
		p, err := r.Wait(context.Background(), workspaceID, w, 10*time.Second)
		if err != nil {
			t.Fatalf("Wait after %d: %v", w.After, err)
		}
		if len(p.Events) == 0 {
			t.Fatalf("got %d events and no more, want %d", len(list), want)
		}
		list, w.After = append(list, p.Events...), p.Next
	}
	return list
}

func texts(t testing.TB, list []event.Event) (out []string) {
	t.Helper()
	for _, e := range list {
		var d event.Test
		if err := json.Unmarshal(e.Data, &d); err != nil {
			t.Fatalf("event %d: %v", e.Seq, err)
		}
		out = append(out, d.Text)
	}
	return out
}

func TestEventsAreReadInTheOrderOfTheirCommits(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := start(t, d, nil)
		var want []string
		for i := range 20 {
			want = append(want, fmt.Sprint("e", i))
			r.append(t, draft("w1", want[i]))
			r.append(t, draft("w2", "theirs"))
		}
		list := r.all(t, "w1", 20)
		if diff := cmp.Diff(want, texts(t, list)); diff != "" {
			t.Errorf("the log (-want +got):\n%s", diff)
		}
		for i, e := range list {
			if e.Seq != int64(i+1) || e.WorkspaceID != "w1" || e.Version != 1 || e.Type != event.WebhookTest {
				t.Errorf("event %d is %+v", i, e)
			}
		}
	})
}

// A reader that follows the log while many write, some of whom change their mind and some of whom take their time
// between writing and committing, sees every event once and numbers without gaps.
func TestAReaderMissesNothingWhileManyWrite(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const writers, each = 8, 25
		r := start(t, d, nil)
		var wg sync.WaitGroup
		for n := range writers {
			wg.Go(func() {
				for i := range each {
					err := d.Tx(context.Background(), func(ctx context.Context) error {
						if err := r.Append(ctx, draft("w", fmt.Sprint(n, "-", i))); err != nil {
							return err
						}
						if (n+i)%5 == 0 && d.Postgres() { // one with a smaller place commits later
							if _, err := d.Exec(ctx, `SELECT pg_sleep(0.02)`); err != nil {
								return err
							}
						}
						if i%7 == 3 {
							return errChanged
						}
						return nil
					})
					if err != nil && !errors.Is(err, errChanged) {
						t.Error(err)
					}
				}
			})
		}
		want := 0
		for i := range each {
			if i%7 != 3 {
				want += writers
			}
		}
		list := r.all(t, "w", want)
		wg.Wait()
		seen := map[string]bool{}
		last := map[string]string{}
		for i, e := range list {
			if e.Seq != int64(i+1) {
				t.Fatalf("number %d came after %d others", e.Seq, i)
			}
			text := texts(t, list[i:i+1])[0]
			if seen[text] {
				t.Errorf("%s came twice", text)
			}
			seen[text] = true
			who, count, _ := strings.Cut(text, "-")
			if before := last[who]; before != "" && len(before) >= len(count) && before > count {
				t.Errorf("writer %s: %s came after %s", who, count, before)
			}
			last[who] = count
		}
		if p, err := r.Read(context.Background(), "w", event.Stretch{After: list[len(list)-1].Seq, Limit: 10}); err != nil || len(p.Events) != 0 {
			t.Errorf("after the last came %+v, %v", p.Events, err)
		}
	})
}

var errChanged = errors.New("changed my mind")

// Two nodes write and number; each tells every event once, in order.
func TestTwoNodesTellTheSame(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	var mu sync.Mutex
	told := map[int][]int64{}
	listen := func(n int) *rig {
		c := event.Config{DB: d, Poll: 10 * time.Millisecond}
		s := event.New(c)
		dbtest.Migrated(t, d, event.Module(s))
		s.Told.Add(func(_ context.Context, e event.Event) {
			mu.Lock()
			defer mu.Unlock()
			told[n] = append(told[n], e.Seq)
		})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		t.Cleanup(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
		})
		return &rig{s, d}
	}
	a, b := listen(0), listen(1)
	var want []int64
	var wg sync.WaitGroup
	for i := range 60 {
		want = append(want, int64(i+1))
	}
	for _, r := range []*rig{a, b} {
		wg.Go(func() {
			for range 30 {
				r.append(t, draft("w", "x"))
			}
		})
	}
	wg.Wait()
	eventually(t, "both nodes have told 60", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(told[0]) >= 60 && len(told[1]) >= 60
	})
	mu.Lock()
	defer mu.Unlock()
	for n := range 2 {
		if diff := cmp.Diff(want, told[n]); diff != "" {
			t.Errorf("node %d told (-want +got):\n%s", n, diff)
		}
	}
}

// What a node wrote before it died, and did not number, is numbered by the next one.
func TestANodeThatDiedLeavesNothingUnread(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	dead := event.New(event.Config{DB: d})
	dbtest.Migrated(t, d, event.Module(dead))
	(&rig{dead, d}).append(t, draft("w", "left"))
	if _, last, err := dead.Bounds(context.Background(), "w"); err != nil || last != 0 {
		t.Fatalf("it has number %d, %v; the test shows nothing", last, err)
	}
	if got := texts(t, start(t, d, nil).all(t, "w", 1)); !slices.Equal(got, []string{"left"}) {
		t.Errorf("got %v", got)
	}
}

func TestWaitReturnsAsSoonAsSomethingHappens(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := start(t, d, func(c *event.Config) { c.Poll = time.Hour })
		r.append(t, draft("w", "first"))
		after := r.all(t, "w", 1)[0].Seq
		got := make(chan event.Page, 1)
		go func() {
			p, err := r.Wait(context.Background(), "w", event.Stretch{After: after, Limit: 10}, time.Minute)
			if err != nil {
				t.Error(err)
			}
			got <- p
		}()
		r.append(t, draft("w", "second"))
		select {
		case p := <-got:
			if diff := cmp.Diff([]string{"second"}, texts(t, p.Events)); diff != "" || p.Next != after+1 {
				t.Errorf("next %d, events (-want +got):\n%s", p.Next, diff)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("Wait did not return")
		}
	})
}

func TestWaitEnds(t *testing.T) {
	t.Parallel()
	r := start(t, dbtest.SQLite(t), nil)
	if p, err := r.Wait(context.Background(), "w", event.Stretch{Limit: 1}, time.Millisecond); err != nil || len(p.Events) != 0 {
		t.Errorf("in time: %+v, %v", p, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Wait(ctx, "w", event.Stretch{Limit: 1}, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("with its ctx: %v", err)
	}
	r.EndWaits()
	r.EndWaits()
	if p, err := r.Wait(context.Background(), "w", event.Stretch{Limit: 1}, time.Minute); err != nil || len(p.Events) != 0 {
		t.Errorf("with the program: %+v, %v", p, err)
	}
}

func TestTypesAndDevicesAreChosen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := start(t, d, nil)
		for i, k := range []event.Type{event.MessageReceived, event.DeviceLinked, event.MessageSent, event.ContactCreated} {
			r.append(t, event.Draft{WorkspaceID: "w", Type: k, DeviceID: fmt.Sprint("d", i%2), Subject: "s", Data: event.Test{}})
		}
		r.all(t, "w", 4)
		for _, c := range []struct {
			w    event.Stretch
			want []event.Type
		}{
			{event.Stretch{}, []event.Type{event.MessageReceived, event.DeviceLinked, event.MessageSent, event.ContactCreated}},
			{event.Stretch{Types: []string{"message.*"}}, []event.Type{event.MessageReceived, event.MessageSent}},
			{event.Stretch{Types: []string{"message.*", "device.linked"}, After: 1}, []event.Type{event.DeviceLinked, event.MessageSent}},
			{event.Stretch{DeviceID: "d1"}, []event.Type{event.DeviceLinked, event.ContactCreated}},
			{event.Stretch{Types: []string{"*"}, DeviceID: "d9"}, nil},
		} {
			c.w.Limit = 10
			p, err := r.Read(context.Background(), "w", c.w)
			var got []event.Type
			for _, e := range p.Events {
				got = append(got, e.Type)
			}
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" || p.Next != 4 {
				t.Errorf("%+v: next %d, %v (-want +got):\n%s", c.w, p.Next, err, diff)
			}
		}
	})
	for _, bad := range []string{"", "message", "message.", "mess*", "nothing.here", strings.Repeat("x", 500)} {
		if err := event.Check(bad); !errors.Is(err, event.ErrType) {
			t.Errorf("Check(%q) = %v, want ErrType", bad, err)
		}
	}
}

func TestWhatIsOldIsSweptAndACursorFromThenIsTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, c := context.Background(), &clock{}
		r := start(t, d, func(conf *event.Config) { conf.Now, conf.KeepRows = c.now, 5 })
		for i := range 10 {
			r.append(t, draft("w", fmt.Sprint(i)))
		}
		r.all(t, "w", 10)
		if err := r.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if oldest, last, err := r.Bounds(ctx, "w"); err != nil || oldest != 6 || last != 10 {
			t.Errorf("above the limit: %d to %d, %v; want 6 to 10", oldest, last, err)
		}
		_, err := r.Read(ctx, "w", event.Stretch{After: 4, Limit: 10})
		f, _ := fault.From(err)
		if !errors.Is(err, event.ErrSwept) || f.Kind != fault.Gone || !strings.Contains(f.Text.EN, "after=5") {
			t.Errorf("a swept cursor = %v, want ErrSwept with after=5", err)
		}
		if p, err := r.Read(ctx, "w", event.Stretch{After: 5, Limit: 10}); err != nil || len(p.Events) != 5 {
			t.Errorf("where it said to begin: %d events, %v", len(p.Events), err)
		}
		if _, err := r.Read(ctx, "w", event.Stretch{After: 11, Limit: 10}); !errors.Is(err, event.ErrAhead) {
			t.Errorf("a cursor of nothing = %v, want ErrAhead", err)
		}
		c.ahead.Store(int64(31 * 24 * time.Hour))
		if err := r.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if oldest, last, err := r.Bounds(ctx, "w"); err != nil || oldest != 10 || last != 10 {
			t.Errorf("after a month: %d to %d, %v; want the newest alone", oldest, last, err)
		}
		r.append(t, draft("w", "new"))
		eventually(t, "the numbers go on", func() bool { _, last, err := r.Bounds(ctx, "w"); return err == nil && last == 11 })
		if p, err := r.Read(ctx, "w", event.Stretch{Limit: 10}); err != nil || len(p.Events) != 2 || p.Oldest != 10 {
			t.Errorf("from the beginning: %+v, %v", p, err)
		}
	})
}

func TestAnUnknownTypeUndoesItsTransaction(t *testing.T) {
	t.Parallel()
	r := start(t, dbtest.SQLite(t), nil)
	err := r.db.Tx(context.Background(), func(ctx context.Context) error {
		if err := r.Append(ctx, draft("w", "x")); err != nil {
			t.Errorf("Append: %v", err)
		}
		return r.Append(ctx, event.Draft{WorkspaceID: "w", Type: "made.up"})
	})
	if err == nil {
		t.Error("a type that is in no table was taken")
	}
	if _, last, err := r.Bounds(context.Background(), "w"); err != nil || last != 0 {
		t.Errorf("the log has %d events, %v; want none", last, err)
	}
}

func TestOnlyNewsIsTold(t *testing.T) {
	t.Parallel()
	d, c := dbtest.SQLite(t), &clock{}
	c.ahead.Store(int64(-time.Hour))
	old := start(t, d, func(conf *event.Config) { conf.Now = c.now })
	old.append(t, draft("w", "before the restart"))
	heard := make(chan string, 10)
	s := event.New(event.Config{DB: d, Poll: 10 * time.Millisecond})
	s.Told.Add(func(_ context.Context, e event.Event) { heard <- texts(t, []event.Event{e})[0] })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	(&rig{s, d}).append(t, draft("w", "news"))
	if got := <-heard; got != "news" {
		t.Errorf("told %q first, want the news", got)
	}
}

func eventually(t testing.TB, what string, fn func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !fn() {
		select {
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		case <-tick.C:
		}
	}
}
