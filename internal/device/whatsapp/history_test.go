package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/wasim"
)

// wrote has a customer write n messages to the shop's phone.
func (r *rig) wrote(t testing.TB, who *wasim.Phone, n int) {
	t.Helper()
	for i := range n {
		write(t, who, r.phone.Number(), wasim.Content{Text: fmt.Sprint(who.Name(), " ", i)})
	}
	last := fmt.Sprint(who.Name(), " ", n-1)
	if _, err := r.phone.Await(ctxOf(t), func(m wasim.Message) bool { return m.Text == last }); err != nil {
		t.Fatal(err)
	}
}

// from counts what came from a customer.
func (r *rig) from(who *wasim.Phone) (n int) {
	r.sink.note(func() {
		for _, m := range r.sink.got {
			if m.Chat.Address(device.AddressLID) == who.LID() {
				n++
			}
		}
	})
	return n
}

// allTaken waits until everything that the phone offers at linking has been taken in.
func (r *rig) allTaken(t testing.TB) {
	t.Helper()
	poll(t, "all history", func() bool {
		p, err := r.driver.History(context.Background(), r.device)
		return err == nil && p.Percent == 100 && p.Pending == 0
	})
}

func (r *rig) progress(t testing.TB) device.HistoryProgress {
	t.Helper()
	p, err := r.driver.History(ctxOf(t), r.device)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What the phone offers is bounded by chat and in all, the newest first; more of one chat comes when it is asked for.
func TestHistoryIsBoundedAndMoreCanBeAskedFor(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, wasim.Options{})
		r.device.Settings = device.Settings{HistoryPerChat: 30, HistoryTotal: 40}
		ani, budi := r.net.Phone("Ani"), r.net.Phone("Budi")
		r.wrote(t, ani, 60)
		r.wrote(t, budi, 60)
		r.link(t)
		r.allTaken(t)
		if a, b := r.from(ani), r.from(budi); a > 30 || b > 30 || a+b != 40 {
			t.Errorf("%d of Ani and %d of Budi came in, want 40 in all and at most 30 each", a, b)
		}
		p := r.progress(t)
		if !p.Bounded || p.Messages != 40 || p.Pending != 0 || p.Percent != 100 || p.At == 0 {
			t.Errorf("progress %+v, want 40 messages, bounded, all of it", p)
		}
		oldest := device.Inbound{At: 1 << 60}
		r.sink.note(func() {
			for _, m := range r.sink.got {
				if m.Chat.Address(device.AddressLID) == ani.LID() && m.At <= oldest.At && (oldest.NetworkID == "" || m.Content.Text < oldest.Content.Text) {
					oldest = m
				}
			}
		})
		before := r.from(ani)
		ask := device.HistoryRequest{Chat: oldest.Chat, OldestID: oldest.NetworkID, OldestAt: oldest.At, Count: 7}
		if err := r.session.(device.Historian).AskHistory(ctxOf(t), ask); err != nil {
			t.Fatalf("AskHistory: %v", err)
		}
		poll(t, "what was asked for", func() bool { return r.from(ani) == before+7 })
		r.taken(t)
		r.sink.note(func() {
			for _, m := range r.sink.got[len(r.sink.got)-7:] {
				if m.Origin != device.OriginHistory || !m.Asked {
					t.Errorf("%q came as %s, asked %v; want history that was asked for", m.Content.Text, m.Origin, m.Asked)
				}
			}
		})
	})
}

// A process that ends in the middle of a piece goes on where it was: nothing is taken in twice, nothing is left out.
func TestHistoryGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	r := newRig(t, dbtest.SQLite(t), wasim.Options{})
	ani := r.net.Phone("Ani")
	const n = 350
	r.wrote(t, ani, n)
	stop, taken := errors.New("the process ends here"), 0
	r.sink.fail = func(m device.Inbound) error {
		if taken++; taken >= 260 { // in the third batch
			return stop
		}
		return nil
	}
	r.link(t)
	poll(t, "the failure to be noted", func() bool {
		a, err := r.driver.history.next(context.Background(), r.device, nil)
		return err == nil && a != nil && a.tries == 1
	})
	_ = r.stop()
	a, err := r.driver.history.next(context.Background(), r.device, nil)
	if err != nil || a.place.messages == 0 {
		t.Fatalf("the piece stands at %+v, %v; want it begun", a, err)
	}
	r.sink.note(func() { r.sink.fail = nil })
	r.run(t)
	r.allTaken(t)
	seen := map[string]int{}
	r.sink.note(func() {
		for _, m := range r.sink.got {
			seen[m.Content.Text]++
		}
	})
	for i := range n {
		if seen[fmt.Sprint("Ani ", i)] == 0 {
			t.Errorf("message %d is lost", i)
		}
	}
	if p := r.progress(t); p.Messages < n || p.Messages > n+historyBatch {
		t.Errorf("counted %d, want %d and at most a batch that failed", p.Messages, n)
	}
}

// A chat without an address, and a phone that is not there, are errors that say so.
func TestAskingForHistoryInVain(t *testing.T) {
	t.Parallel()
	r := newRig(t, dbtest.SQLite(t), wasim.Options{}).link(t)
	asker := r.session.(device.Historian)
	if err := asker.AskHistory(ctxOf(t), device.HistoryRequest{Count: 1}); !errors.Is(err, errNoAddress) {
		t.Errorf("without an address: got %v, want errNoAddress", err)
	}
	_ = r.stop()
	if err := asker.AskHistory(ctxOf(t), device.HistoryRequest{Chat: person1(r.phone), OldestID: "X", Count: 1}); err == nil {
		t.Error("without a connection: no error")
	}
}
