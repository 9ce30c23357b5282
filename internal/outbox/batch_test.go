package outbox_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

func batch(id string) opt {
	return func(d *outbox.Draft) {
		d.Lane, d.Batch = outbox.LaneBroadcast, outbox.Batch{ID: id, N: 7, Pace: "normal"}
	}
}

// stuck is a world whose wire has the first of n sends of a batch in its hands until let goes.
func stuck(t *testing.T, w *world, n int) (ids []string, let func()) {
	t.Helper()
	begun, gate := make(chan struct{}), make(chan struct{})
	first := true
	w.wire.set(func(context.Context, device.Outgoing) (device.Sent, error) {
		if first { // one goroutine sends
			first = false
			close(begun)
			<-gate
		}
		return device.Sent{At: 1}, nil
	})
	for i := range n {
		ids = append(ids, w.put(fmt.Sprintf("b%02d", i), batch("one")).ID)
	}
	w.start()
	<-begun
	return ids, func() { close(gate) }
}

// What is on the wire goes, what is claimed and queued behind it is held, and goes once when the batch is resumed.
func TestABatchIsPausedAndResumed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids, let := stuck(t, w, 30)
		ctx, p := context.Background(), outbox.Pause{Until: 1 << 50, Code: "broadcast_paused", Why: "by its owner"}
		if err := w.s.PauseBatch(ctx, ws, "one", p); err != nil {
			t.Fatal(err)
		}
		other := w.put("other", batch("two"))
		let()
		w.awaitState(ids[0], outbox.StateSent)
		w.awaitState(other.ID, outbox.StateSent)
		for _, id := range ids[1:] {
			if s := w.awaitState(id, outbox.StateHeld); s.Code != p.Code || s.Until != p.Until || s.Attempt != 0 || s.Batch != (outbox.Batch{ID: "one", N: 7, Pace: "normal"}) {
				t.Fatalf("got %+v, want it held with the reason, as if never claimed", s)
			}
		}
		got, err := w.s.Waiting(ctx, ws, "one")
		if err != nil || got[dev.ID] != (outbox.Waiting{Held: 29}) {
			t.Errorf("Waiting = %+v, %v; want 29 held", got, err)
		}
		if err := w.s.ResumeBatch(ctx, ws, "one", p.Code); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			w.awaitState(id, outbox.StateSent)
		}
		if n := len(w.wire.texts()); n != 31 {
			t.Errorf("%d messages went, want each of 31 once", n)
		}
	})
}

func TestABatchIsCancelled(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids, let := stuck(t, w, 30)
		if err := w.s.CancelBatch(context.Background(), ws, "one", outbox.Pause{Code: "broadcast_cancelled"}); err != nil {
			t.Fatal(err)
		}
		let()
		w.awaitState(ids[0], outbox.StateSent)
		for _, id := range ids[1:] {
			w.awaitState(id, outbox.StateCancelled)
		}
		if n := len(w.wire.texts()); n != 1 {
			t.Errorf("%d messages went, want the one that was on the wire", n)
		}
	})
}

// Another workspace's batch of the same id is left alone.
// Strangers wait as long as the batch before them wants, and no longer than there is one.
func TestNobodyWaitsForABatchThatIsOver(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var asked atomic.Int64
		w := newWorld(t, d, outbox.Config{Governor: judge{next: func(s outbox.Send) outbox.Verdict {
			if s.Batch.ID == "slow" {
				asked.Add(1)
				return outbox.Verdict{Action: outbox.Wait, Until: time.Now().Add(time.Hour).UnixMilli()}
			}
			return outbox.Verdict{Action: outbox.Go, Budget: outbox.BudgetCold}
		}}, Backoff: 10 * time.Millisecond, Poll: time.Hour})
		w.put("slow", batch("slow"), cold)
		w.start()
		eventually(t, func() bool { return asked.Load() > 0 }, func() string { return "the governor was never asked" })
		quick := w.put("quick", batch("quick"), cold)
		if err := w.s.CancelBatch(t.Context(), ws, "slow", outbox.Pause{Code: "broadcast_cancelled"}); err != nil {
			t.Fatal(err)
		}
		w.awaitState(quick.ID, outbox.StateSent)
	})
}

func TestABatchIsOfItsWorkspace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.put("mine", batch("one"))
		if err := w.s.PauseBatch(context.Background(), "another", "one", outbox.Pause{Until: 1 << 50, Code: "x"}); err != nil {
			t.Fatal(err)
		}
		if got := w.get(s.ID); got.State != outbox.StateQueued {
			t.Errorf("got %s, want it queued", got.State)
		}
	})
}

// Of a device that can't send any more all of its batch that waits comes back: cancelled what was never tried, failed what
// may have arrived.
func TestABatchIsWithdrawn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		begun := make(chan struct{})
		w.wire.set(func(ctx context.Context, _ device.Outgoing) (device.Sent, error) {
			close(begun)
			<-ctx.Done() // on the wire, and nobody knows
			return device.Sent{}, ctx.Err()
		})
		var ids []string
		for i := range 3 {
			ids = append(ids, w.put(fmt.Sprint("b", i), batch("one")).ID)
		}
		w.start()
		<-begun
		w.s.Stop(dev.ID)
		ctx, p := context.Background(), outbox.Pause{Code: "device_logged_out"}
		for _, wrong := range [][3]string{{"another", "one", dev.ID}, {ws, "two", dev.ID}, {ws, "one", "another"}} {
			if gone, err := w.s.WithdrawBatch(ctx, wrong[0], wrong[1], wrong[2], p); err != nil || len(gone) != 0 {
				t.Errorf("%v: %d came back, %v; want none", wrong, len(gone), err)
			}
		}
		gone, err := w.s.WithdrawBatch(ctx, ws, "one", dev.ID, p)
		if err != nil || len(gone) != 3 {
			t.Fatalf("%d came back, %v; want 3", len(gone), err)
		}
		for i, want := range []outbox.State{outbox.StateFailed, outbox.StateCancelled, outbox.StateCancelled} {
			if s := w.get(ids[i]); s.State != want || s.Code != p.Code {
				t.Errorf("%d is %s %s, want %s", i, s.State, s.Code, want)
			}
		}
	})
}

// What a dead process had claimed is nobody's when the lease that it was claimed under is over: it may have arrived, and
// fails. What is claimed under a lease that somebody holds stays with its runner.
func TestWhatADeadProcessHadClaimedIsWithdrawn(t *testing.T) {
	t.Parallel()
	for name, over := range map[string]string{
		"released":  `UPDATE device_leases SET expires_at = 0 WHERE workspace_id = $1 AND device_id = $2`,
		"ran out":   `UPDATE device_leases SET expires_at = 1000 WHERE workspace_id = $1 AND device_id = $2`,
		"another's": `UPDATE device_leases SET epoch = 2 WHERE workspace_id = $1 AND device_id = $2`,
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				ctx, p := context.Background(), outbox.Pause{Code: "device_logged_out"}
				put := w.put("b", batch("one"))
				if _, err := w.db.Exec(ctx, `UPDATE sends SET state = 'claimed', attempt = 1, claimed_epoch = 1 WHERE workspace_id = $1 AND id = $2`, ws, put.ID); err != nil {
					t.Fatal(err)
				}
				if gone, err := w.s.WithdrawBatch(ctx, ws, "one", dev.ID, p); err != nil || len(gone) != 0 {
					t.Fatalf("%+v, %v came back from a living runner, want none", gone, err)
				}
				if _, err := w.db.Exec(ctx, over, ws, dev.ID); err != nil {
					t.Fatal(err)
				}
				if gone, err := w.s.WithdrawBatch(ctx, ws, "one", dev.ID, p); err != nil || len(gone) != 1 {
					t.Fatalf("%+v, %v came back, want the one", gone, err)
				}
				if s := w.get(put.ID); s.State != outbox.StateFailed || s.Code != p.Code {
					t.Errorf("it is %s %s, want it failed", s.State, s.Code)
				}
				w.mu.Lock()
				defer w.mu.Unlock()
				if want := "b:claimed→failed"; !slices.Contains(w.changes, want) {
					t.Errorf("the changes are %q, want %s among them", w.changes, want)
				}
			})
		})
	}
}

// What a connection refused without sending it was not tried: it comes back to go through another device.
func TestWhatWasNotBegunIsWithdrawnAsNeverTried(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		begun := make(chan struct{}, 2)
		w.wire.set(func(context.Context, device.Outgoing) (device.Sent, error) {
			begun <- struct{}{}
			return device.Sent{}, &device.SendError{Class: device.SendHold, Code: "logged_out", Unsent: true}
		})
		refused := w.put("b0", batch("one")).ID
		w.put("b1", batch("one"))
		w.start()
		<-begun
		eventually(t, func() bool { return w.get(refused).Attempt == 0 }, func() string { return "the refusal was never written down" })
		w.s.Stop(dev.ID)
		gone, err := w.s.WithdrawBatch(context.Background(), ws, "one", dev.ID, outbox.Pause{Code: "device_logged_out"})
		if err != nil || len(gone) != 2 {
			t.Fatalf("%d came back, %v; want 2", len(gone), err)
		}
		for _, s := range gone {
			if s.State != outbox.StateCancelled || s.Attempt != 0 {
				t.Errorf("%s is %s after %d attempts, want it cancelled after none", s.Content.Text, s.State, s.Attempt)
			}
		}
	})
}

// More than fit into one transaction are held, let go and taken back as few are.
func TestALargeBatchIsHeldInPortions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, many := context.Background(), 150
		for i := range many {
			w.put(fmt.Sprintf("b%03d", i), batch("one"))
		}
		waiting := func() outbox.Waiting {
			got, err := w.s.Waiting(ctx, ws, "one")
			if err != nil {
				t.Fatal(err)
			}
			return got[dev.ID]
		}
		for _, step := range []struct {
			name string
			do   func() error
			want outbox.Waiting
		}{
			{"pause", func() error { return w.s.PauseBatch(ctx, ws, "one", outbox.Pause{Until: 1 << 50, Code: "x"}) }, outbox.Waiting{Held: many}},
			{"resume", func() error { return w.s.ResumeBatch(ctx, ws, "one", "x") }, outbox.Waiting{Ready: many}},
			{"cancel", func() error { return w.s.CancelBatch(ctx, ws, "one", outbox.Pause{Code: "y"}) }, outbox.Waiting{}},
		} {
			if err := step.do(); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			if got := waiting(); got != step.want {
				t.Errorf("after %s %+v wait, want %+v", step.name, got, step.want)
			}
		}
	})
}

// A batch that doesn't go on is not claimed, whoever had it before: what its node left behind when it died is set aside.
func TestAStoppedBatchIsNotClaimed(t *testing.T) {
	t.Parallel()
	for _, stop := range []outbox.Stop{
		{State: outbox.StateHeld, Pause: outbox.Pause{Until: 1 << 50, Code: "broadcast_paused"}},
		{State: outbox.StateCancelled, Pause: outbox.Pause{Code: "broadcast_cancelled"}},
	} {
		t.Run(string(stop.State), func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d, outbox.Config{Poll: 20 * time.Millisecond, Stopped: func(_ context.Context, workspaceID, batch string) (outbox.Stop, error) {
					if workspaceID != ws || batch != "one" {
						return outbox.Stop{}, nil
					}
					return stop, nil
				}})
				var ids []string
				for i := range 20 {
					ids = append(ids, w.put(fmt.Sprintf("b%02d", i), batch("one")).ID)
				}
				if _, err := d.Exec(t.Context(), `UPDATE sends SET state = 'claimed', attempt = 1 WHERE workspace_id = $1 AND id < $2`, ws, ids[9]); err != nil {
					t.Fatal(err)
				}
				other := w.put("other", batch("two"))
				w.start()
				w.awaitState(other.ID, outbox.StateSent)
				for _, id := range ids {
					if s := w.awaitState(id, stop.State); s.Code != stop.Code || s.Until != stop.Until {
						t.Errorf("got %+v, want it set aside with the reason", s)
					}
				}
				if got := w.wire.texts(); len(got) != 1 {
					t.Errorf("%q went, want the other batch's only", got)
				}
			})
		})
	}
}
