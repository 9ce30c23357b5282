package devicetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

var errTaken = fault.New(fault.Conflict, "number_taken", fault.Text{ID: "Nomor sudah dipakai.", EN: "The number is taken."})

// checkSteps looks at what every attempt that ends well has in common.
func checkSteps(t *testing.T, b *bench, steps []device.Step) {
	t.Helper()
	shown := false
	for i, s := range steps {
		final := s.Code == device.StepDone || s.Code == device.StepFailed
		if final != (i == len(steps)-1) {
			t.Errorf("step %d of %d is %+v", i+1, len(steps), s)
		}
		if s.Code != device.StepShowCode {
			continue
		}
		shown = true
		if s.Show == "" || s.ExpiresAt < time.Now().Add(-Patience).UnixMilli() || s.ExpiresAt > time.Now().Add(time.Hour).UnixMilli() {
			t.Errorf("shows %+v, want a code that ends within the hour", s)
		}
	}
	if last := steps[len(steps)-1]; last.Code != device.StepDone || !shown {
		t.Fatalf("steps %+v, want a code and then done", steps)
	}
	a := b.device.Account
	if a.Number != b.world.Number() || a.Address == "" {
		t.Errorf("linked to %+v, want number %s and an address", a, b.world.Number())
	}
}

func testLinkByQR(t *testing.T, b *bench) {
	checkSteps(t, b, b.attempt(t, device.LinkRequest{Method: device.LinkQR}, b.scan(t)))
	b.start(t)
}

func testLinkByCode(t *testing.T, b *bench) {
	checkSteps(t, b, b.attempt(t, device.LinkRequest{Method: device.LinkCode, Phone: b.world.Number()}, b.scan(t)))
	b.start(t)
}

// A device of ours that must not have the account is not linked, and the network does not think it is.
func testLinkRefused(t *testing.T, b *bench) {
	b.sink.RefuseLink(errTaken)
	steps := b.attempt(t, device.LinkRequest{Method: device.LinkQR}, b.scan(t))
	if last := steps[len(steps)-1]; last.Code != device.StepFailed || last.Reason != errTaken.Code {
		t.Errorf("ended with %+v, want failed for %s", last, errTaken.Code)
	}
	if _, err := b.driver.Open(patient(t), b.device, b.sink); !errors.Is(err, device.ErrNotLinked) {
		t.Errorf("Open: got %v, want ErrNotLinked", err)
	}
	b.sink.RefuseLink(nil)
	b.link(t)
}

func testLinkCancelled(t *testing.T, b *bench) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- b.driver.Link(ctx, b.device, device.LinkRequest{Method: device.LinkQR}, b.sink, func(s device.Step) {
			if s.Code == device.StepShowCode {
				cancel()
			}
			if s.Code == device.StepDone {
				t.Error("an attempt that was given up is done")
			}
		})
	}()
	select {
	case err := <-ended:
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Link: %v", err)
		}
	case <-time.After(Patience):
		t.Fatal("Link goes on after its ctx has ended")
	}
	b.link(t) // nothing of the first attempt is in the way
}

func testNotLinked(t *testing.T, b *bench) {
	if s, err := b.driver.Open(patient(t), b.device, b.sink); !errors.Is(err, device.ErrNotLinked) {
		t.Errorf("Open of a device that was never linked: %v, %v; want ErrNotLinked", s, err)
	}
}

func testForget(t *testing.T, b *bench) {
	if err := b.driver.Forget(patient(t), b.device); err != nil {
		t.Errorf("Forget before linking: %v", err)
	}
	b.link(t)
	if err := b.stop(); err != nil {
		t.Fatalf("Run: %v", err)
	}
	for i := range 2 {
		if err := b.driver.Forget(patient(t), b.device); err != nil {
			t.Errorf("Forget, time %d: %v", i+1, err)
		}
	}
	if _, err := b.driver.Open(patient(t), b.device, b.sink); !errors.Is(err, device.ErrNotLinked) {
		t.Errorf("Open after Forget: got %v, want ErrNotLinked", err)
	}
}

func testUnlink(t *testing.T, b *bench) {
	b.link(t)
	err := b.ended(t, b.session.Unlink)
	if end, ok := endOf(err); ok && end.State != device.StateLoggedOut {
		t.Errorf("Run ended with %v, want a log-out", err)
	}
	gone(t, b)
}

func testRemoved(t *testing.T, b *bench) {
	b.link(t)
	err := b.ended(t, b.world.Remove)
	// What was being decrypted may fail first, because its keys are gone; the next Run knows.
	if end, ok := endOf(err); err == nil || ok && (end.State != device.StateLoggedOut || end.Why == "") {
		t.Errorf("Run ended with %v, want a log-out with its reason", err)
	}
	gone(t, b)
}

// gone checks that the device is no more, now and after a restart, and can be linked again.
func gone(t *testing.T, b *bench) {
	t.Helper()
	if err := b.session.Run(patient(t)); !isLoggedOut(err) {
		t.Errorf("Run again: got %v, want a log-out", err)
	}
	b.restart(t)
	s, err := b.driver.Open(patient(t), b.device, b.sink)
	if err == nil {
		err = s.Run(patient(t))
	}
	if !errors.Is(err, device.ErrNotLinked) && !isLoggedOut(err) {
		t.Errorf("after a restart: got %v, want ErrNotLinked or a log-out", err)
	}
	if err := b.driver.Forget(patient(t), b.device); err != nil {
		t.Errorf("Forget: %v", err)
	}
	b.link(t)
}

func isLoggedOut(err error) bool {
	end, ok := endOf(err)
	return ok && end.State == device.StateLoggedOut
}
