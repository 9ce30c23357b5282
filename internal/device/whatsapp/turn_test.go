package whatsapp

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.mau.fi/whatsmeow/store"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

func free(t turn) bool {
	select {
	case t <- struct{}{}:
		t.release()
		return true
	default:
		return false
	}
}

func TestSendingTakesOnce(t *testing.T) {
	t.Parallel()
	s := &sending{turn: newTurn()}
	for range 2 {
		if err := s.take(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if free(s.turn) {
		t.Error("the turn is free while a send has it")
	}
	s.release()
	s.release()
	if !free(s.turn) {
		t.Error("the turn is not free after the send")
	}
	s.turn <- struct{}{}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.take(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("take = %v, want canceled", err)
	}
}

func TestLoan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &loan{turn: newTurn()}
		for _, end := range []func(){
			func() { l.give("a"); l.give("a") },
			func() { time.Sleep(loanLife + time.Millisecond); synctest.Wait(); l.give("a") },
		} {
			if err := l.take(context.Background(), "a"); err != nil {
				t.Fatal(err)
			}
			l.give("b")
			if free(l.turn) {
				t.Error("the turn is free while it is lent")
			}
			end()
			if !free(l.turn) {
				t.Error("the turn is not free after the loan")
			}
		}
	})
}

func TestSendingCovers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		recipient string
		addresses []string
		ok        bool
	}{
		"recipient":      {"111_1", []string{"222_1:0", "111_1:0"}, true},
		"companion only": {"111_1", []string{"111_1:3"}, true},
		"own phone only": {"111_1", []string{"222_1:0"}, false},
		"nobody":         {"111_1", nil, false},
		"a longer name":  {"111_1", []string{"1111_1:0"}, false},
		"a group":        {"", []string{"222_1:0"}, true},
	} {
		sessions := map[string][]byte{}
		for _, a := range c.addresses {
			sessions[a] = nil
		}
		if err := (&sending{recipient: c.recipient}).covers(sessions); (err == nil) != c.ok {
			t.Errorf("%s: covers = %v, want ok %v", name, err, c.ok)
		}
	}
}

// counting stands for the tables of the library, to see what reaches them.
type counting struct {
	store.NoopStore
	cleared int
	failing error
}

func (c *counting) GetSession(context.Context, string) ([]byte, error) { return nil, c.failing }

func (c *counting) PutBufferedEvent(context.Context, [32]byte, []byte, time.Time) error { return nil }

func (c *counting) ClearBufferedEventPlaintext(context.Context, [32]byte) error {
	c.cleared++
	return nil
}

func testRing(d *db.DB, inner *counting) (*keyring, *store.Device, *[]error) {
	var told []error
	tn := newTurn()
	k := &keyring{
		db: d, turn: tn, loan: loan{turn: tn}, fence: func(context.Context) error { return nil },
		trouble: func(err error) { told = append(told, err) }, tidy: tidyList{wake: make(chan struct{}, 1)},
	}
	dev := &store.Device{}
	dev.SetAllStores(inner)
	k.install(dev)
	return k, dev, &told
}

// What libsignal says about a message comes out as it is; what the database or the lease says leaves the message
// at the network, which the library does for a cancelled context only.
func TestDecryptionErrors(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		broken, full := errors.New("bad mac"), errors.New("disk is full")
		inner := &counting{failing: full}
		k, dev, told := testRing(d, inner)
		ctx := context.Background()

		err := dev.EventBuffer.DoDecryptionTxn(ctx, func(context.Context) error { return broken })
		if !errors.Is(err, broken) || errors.Is(err, context.Canceled) || len(*told) != 0 {
			t.Errorf("bad message: got %v, told %v", err, *told)
		}
		err = dev.EventBuffer.DoDecryptionTxn(ctx, func(ctx context.Context) error {
			_, err := dev.Sessions.GetSession(ctx, "a")
			return errors.Join(broken, err)
		})
		if !errors.Is(err, full) || !errors.Is(err, context.Canceled) || len(*told) != 1 {
			t.Errorf("database in trouble: got %v, told %v", err, *told)
		}
		k.fence = func(context.Context) error { return full }
		ran := false
		err = dev.EventBuffer.DoDecryptionTxn(ctx, func(context.Context) error { ran = true; return nil })
		if !errors.Is(err, context.Canceled) || ran || len(*told) != 2 {
			t.Errorf("behind the fence: got %v, ran %v, told %v", err, ran, *told)
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		k.fence = func(context.Context) error { return nil }
		err = dev.EventBuffer.DoDecryptionTxn(ended, func(context.Context) error { ran = true; return nil })
		if !errors.Is(err, context.Canceled) || ran {
			t.Errorf("after the end: got %v, ran %v", err, ran)
		}
		if !free(k.turn) {
			t.Error("the turn was not given back")
		}
	})
}

// settle waits for the decryption that runs, and none of that connection begins after it.
func TestSettle(t *testing.T) {
	t.Parallel()
	k, dev, _ := testRing(dbtest.SQLite(t), &counting{})
	s := &session{ring: k}
	work, cancel := context.WithCancel(context.Background())
	inside, goOn, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- dev.EventBuffer.DoDecryptionTxn(work, func(context.Context) error {
			close(inside)
			<-goOn
			return nil
		})
	}()
	<-inside
	settled := make(chan struct{})
	go func() { s.settle(cancel); close(settled) }()
	select {
	case <-settled:
		t.Error("settle did not wait for the decryption")
	case <-time.After(50 * time.Millisecond):
	}
	if work.Err() != nil {
		t.Error("the decryption that runs was interrupted")
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Errorf("the decryption that ran: %v", err)
	}
	<-settled
	err := dev.EventBuffer.DoDecryptionTxn(work, func(context.Context) error { t.Error("a late decryption ran"); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("late decryption: %v, want it left at the network", err)
	}
}

func TestTidyIsLazy(t *testing.T) {
	t.Parallel()
	inner := &counting{}
	_, dev, _ := testRing(dbtest.SQLite(t), inner)
	for i := range maxTidy - 1 {
		if err := dev.EventBuffer.ClearBufferedEventPlaintext(context.Background(), [32]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if inner.cleared != 0 {
		t.Errorf("cleared %d at once, want none", inner.cleared)
	}
	b := dev.EventBuffer.(*eventBuffer)
	select {
	case <-b.tidy.wake:
	default:
		t.Error("nobody was told that there is something to clear")
	}
	if err := dev.EventBuffer.ClearBufferedEventPlaintext(context.Background(), [32]byte{}); err != nil || inner.cleared != maxTidy {
		t.Errorf("cleared %d, %v, want all %d", inner.cleared, err, maxTidy)
	}
	if err := b.flush(context.Background()); err != nil || inner.cleared != maxTidy {
		t.Errorf("cleared %d, %v, want nothing more", inner.cleared, err)
	}
}
