package outbox_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// leavers are contacts who have opted out.
type leavers struct {
	mu  sync.Mutex
	ids []string
}

func (l *leavers) add(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids = append(l.ids, id)
}

func (l *leavers) among(_ context.Context, _ string, ids []string) (out []string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		if slices.Contains(l.ids, id) {
			out = append(out, id)
		}
	}
	return out, nil
}

func to(id string) opt { return func(d *outbox.Draft) { d.ContactID = id } }

func eachWithLeavers(t *testing.T, fn func(t *testing.T, w *world, l *leavers)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := &leavers{}
		fn(t, newWorld(t, d, outbox.Config{Backoff: 10 * time.Millisecond, Poll: 50 * time.Millisecond, OptedOut: l.among}), l)
	})
}

func TestWhoHasOptedOutGetsOnlyWhatWasAskedFor(t *testing.T) {
	eachWithLeavers(t, func(t *testing.T, w *world, l *leavers) {
		l.add("gone")
		before := w.put("promo", lane(outbox.LaneBroadcast), to("gone"))
		if before.State != outbox.StateSkipped || before.Code != outbox.CodeOptedOut || w.get(before.ID).State != outbox.StateSkipped {
			t.Errorf("enqueued after the opt-out it is %s %q, want skipped opted_out", before.State, before.Code)
		}
		follow := w.put("masih ada?", lane(outbox.LaneFollowUp), to("gone"))
		w.put("jawaban", lane(outbox.LaneReply), to("gone"))
		w.put("resi", lane(outbox.LaneNotify), to("gone"))
		// This one was written before they opted out, by somebody who did not hear of it.
		late := w.put("promo 2", lane(outbox.LaneBroadcast), to("later"))
		l.add("later")
		w.put("promo 3", lane(outbox.LaneBroadcast), to("stays"))
		w.start()
		got := w.wire.await(t, 3)
		if want := []string{"jawaban", "resi", "promo 3"}; !slices.Equal(got, want) {
			t.Errorf("went out: %v, want %v", got, want)
		}
		for _, id := range []string{before.ID, follow.ID, late.ID} {
			if s := w.awaitState(id, outbox.StateSkipped); s.Code != outbox.CodeOptedOut {
				t.Errorf("%s is skipped because of %q, want opted_out", s.Content.Text, s.Code)
			}
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, want := range []string{"promo:→skipped", "promo 2:queued→skipped"} {
			if !slices.Contains(w.changes, want) {
				t.Errorf("told %v, want %s", w.changes, want)
			}
		}
	})
}

// Somebody writes STOP while a broadcast runs: the next send to them is skipped, also one that the runner has in hand.
func TestAnOptOutStopsWhatIsUnderWay(t *testing.T) {
	eachWithLeavers(t, func(t *testing.T, w *world, l *leavers) {
		first, went := make(chan struct{}), make(chan struct{})
		w.wire.set(func(ctx context.Context, m device.Outgoing) (device.Sent, error) {
			if m.Content.Text == "satu" {
				close(first)
				select {
				case <-went:
				case <-ctx.Done():
				}
			}
			return device.Sent{At: 1}, nil
		})
		w.put("satu", lane(outbox.LaneBroadcast), to("stays"))
		claimed := w.put("dua", lane(outbox.LaneBroadcast), to("gone"))
		w.put("tiga", lane(outbox.LaneBroadcast), to("stays"))
		planned := w.put("besok", lane(outbox.LaneBroadcast), to("gone"), notBefore(time.Now().Add(time.Hour)))
		reply := w.put("balasan", lane(outbox.LaneReply), to("gone"), notBefore(time.Now().Add(time.Hour)))
		w.start()
		<-first
		w.awaitState(claimed.ID, outbox.StateClaimed)
		l.add("gone")
		if err := w.s.OptOut(t.Context(), "ws-2", "gone"); err != nil {
			t.Fatal(err)
		}
		if err := w.s.OptOut(t.Context(), ws, "gone"); err != nil {
			t.Fatal(err)
		}
		if s := w.get(planned.ID); s.State != outbox.StateSkipped || s.Code != outbox.CodeOptedOut {
			t.Errorf("what was planned is %s %q, want skipped at once", s.State, s.Code)
		}
		close(went)
		if got := w.wire.await(t, 2); !slices.Equal(got, []string{"satu", "tiga"}) {
			t.Errorf("went out: %v, want satu and tiga", got)
		}
		if s := w.awaitState(claimed.ID, outbox.StateSkipped); s.Code != outbox.CodeOptedOut {
			t.Errorf("what was claimed is skipped because of %q", s.Code)
		}
		if s := w.get(reply.ID); s.State != outbox.StateQueued {
			t.Errorf("the reply is %s, want queued", s.State)
		}
	})
}
