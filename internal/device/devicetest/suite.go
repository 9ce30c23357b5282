package devicetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/device"
)

// World is a network with one account on it, to which a driver links one device.
type World interface {
	// Driver makes the driver anew on the same tables, as a restart does. The one before is not used any more.
	Driver(t testing.TB) device.Driver
	// Number is the account's number, in digits.
	Number() string
	// Scan has the account's owner scan the code, or type it on the phone. It may return only when the device has
	// logged in, which happens when its session runs.
	Scan(ctx context.Context, code string) error
	// Settle waits until the device has taken what an account tells a new device, such as its history.
	Settle(ctx context.Context, d device.Device) error
	// Person gives somebody else on the network.
	Person(t testing.TB, name string) Person
	// Nobody is an address that is well formed and belongs to nobody; ok is false when the network has no such thing.
	Nobody() (p device.Peer, ok bool)
	// Cut closes the device's connection as a network in trouble does.
	Cut(ctx context.Context) error
	// Remove takes the device off the account, as its owner can.
	Remove(ctx context.Context) error
	// Own has the account's own phone write to somebody.
	Own(ctx context.Context, to Person, text string) (networkID string, err error)
}

// Person is somebody who writes to the device and whom it writes to.
type Person interface {
	// Peer is how the device may address the person.
	Peer() device.Peer
	// Write sends a text to the account.
	Write(ctx context.Context, text string) (networkID string, err error)
	// Got is the texts that came from the account, in order, each as often as the person sees it.
	Got() []string
	// Read opens the chat with the account and reads everything.
	Read(ctx context.Context) error
	// Type shows typing in the chat with the account.
	Type(ctx context.Context) error
}

// Run tries a driver in every way that the rest of the program counts on. world makes a network of its own for
// each test; the driver's device is d.
func Run(t *testing.T, world func(t *testing.T, d device.Device) World) {
	for name, test := range map[string]func(*testing.T, *bench){
		"LinkByQR":               testLinkByQR,
		"LinkByCode":             testLinkByCode,
		"LinkIsRefusedByUs":      testLinkRefused,
		"LinkIsGivenUp":          testLinkCancelled,
		"NotLinked":              testNotLinked,
		"TextBothWays":           testTextBothWays,
		"SameIDIsOneMessage":     testSameID,
		"NobodyIsGivenUp":        testNobody,
		"SendWithoutConnection":  testSendOffline,
		"WhatWaitedComesOnce":    testOffline,
		"RefusedComesAgain":      testRedelivery,
		"RefusedComesAfterCrash": testRedeliveryAfterRestart,
		"Receipts":               testReceipts,
		"Typing":                 testTyping,
		"MarkRead":               testMarkRead,
		"OwnPhone":               testOwnPhone,
		"CutComesBack":           testCut,
		"RemovedByOwner":         testRemoved,
		"Unlink":                 testUnlink,
		"StopIsQuick":            testStop,
		"BothWaysAtOnce":         testBothWaysAtOnce,
		"NetworkIDs":             testNetworkIDs,
		"ForgottenTwice":         testForget,
		"FencedNodeTakesNothing": testFenced,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := device.Device{ID: "suite-device", WorkspaceID: "suite-workspace", Name: "Suite", CreatedAt: 1}
			b := &bench{device: d, sink: NewRecorder()}
			b.world = world(t, d)
			b.restart(t)
			test(t, b)
		})
	}
}

// bench is a world with its driver and the session that runs.
type bench struct {
	world   World
	device  device.Device
	driver  device.Driver
	sink    *Recorder
	session device.Session
	stop    func() error
}

// restart makes the driver anew.
func (b *bench) restart(t testing.TB) {
	t.Helper()
	b.driver = b.world.Driver(t)
	b.device.Channel = b.driver.Channel()
}

func patient(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	t.Cleanup(cancel)
	return ctx
}

// attempt runs one attempt to link, with the owner scanning if scan is true, and returns its steps.
func (b *bench) attempt(t *testing.T, req device.LinkRequest, shown func(code string)) []device.Step {
	t.Helper()
	var steps []device.Step
	err := b.driver.Link(patient(t), b.device, req, b.sink, func(s device.Step) {
		steps = append(steps, s)
		if s.Code == device.StepShowCode && shown != nil {
			go shown(s.Show)
			shown = nil
		}
	})
	if err != nil {
		t.Fatalf("Link: %v", err)
	}
	if len(steps) == 0 {
		t.Fatal("Link told no step")
	}
	if a, ok := b.sink.account(); ok {
		b.device.Account, b.device.Linked, b.device.LinkedAt = a, true, 1
	}
	return steps
}

// scan is the owner who scans in the background; an error shows as an attempt that does not end well.
func (b *bench) scan(t *testing.T) func(string) {
	return func(code string) {
		if err := b.world.Scan(patientAlone(t), code); err != nil {
			t.Logf("scan: %v", err)
		}
	}
}

// patientAlone is patient for a goroutine that may outlive the test by a moment.
func patientAlone(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	context.AfterFunc(t.Context(), cancel)
	return ctx
}

// link links the device and starts its session.
func (b *bench) link(t *testing.T) {
	t.Helper()
	steps := b.attempt(t, device.LinkRequest{Method: device.LinkQR}, b.scan(t))
	if last := steps[len(steps)-1]; last.Code != device.StepDone {
		t.Fatalf("linking ended with %+v after %+v", last, steps)
	}
	b.start(t)
	if err := b.world.Settle(patient(t), b.device); err != nil {
		t.Fatalf("settle: %v", err)
	}
}

// open makes the session anew.
func (b *bench) open(t *testing.T) {
	t.Helper()
	var err error
	if b.session, err = b.driver.Open(patient(t), b.device, b.sink); err != nil {
		t.Fatalf("Open: %v", err)
	}
}

// start opens the session and runs it until stop, or until the test ends.
func (b *bench) start(t *testing.T) {
	t.Helper()
	b.open(t)
	b.run(t)
}

// run runs the session until stop, or until the test ends.
func (b *bench) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := b.goOnline(t, ctx)
	b.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = b.stop() })
}

// goOnline runs the session in the background until it is online, and gives what Run ends with. Like the
// supervisor it tries again when Run ends before that for a reason that may pass.
func (b *bench) goOnline(t *testing.T, ctx context.Context) <-chan error {
	t.Helper()
	for tries := 3; ; tries-- {
		from, session := b.sink.mark(), b.session
		done := make(chan error, 1)
		var early error
		over := false
		go func() {
			err := session.Run(ctx)
			b.sink.note(func() { early, over = err, true })
			done <- err
		}()
		b.sink.Wait(t, "the session is online", func(r *Recorded) bool {
			return over || slices.ContainsFunc(r.States[from:], device.State.Connected)
		})
		b.sink.mu.Lock()
		err, again := early, over
		b.sink.mu.Unlock()
		if !again {
			return done
		}
		if _, final := endOf(err); final || tries == 1 {
			t.Fatalf("Run ended with %v instead of going online", err)
		}
		t.Logf("Run ended with %v and is tried again", err)
	}
}

// ended brings the end of a connection about and returns what Run ends with.
func (b *bench) ended(t *testing.T, cause func(context.Context) error) error {
	t.Helper()
	if err := b.stop(); err != nil {
		t.Fatalf("Run ended with %v before anything happened", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := b.goOnline(t, ctx)
	if err := cause(patient(t)); err != nil {
		t.Fatalf("bring the end about: %v", err)
	}
	select {
	case err := <-done:
		return err
	case <-time.After(Patience):
		t.Fatal("Run goes on, although its connection is over")
		return nil
	}
}

// send sends a text and fails the test when the network does not take it.
func (b *bench) send(t *testing.T, to Person, text string) (networkID string) {
	t.Helper()
	networkID = b.newID()
	b.sendAs(t, to, text, networkID)
	return networkID
}

func (b *bench) sendAs(t *testing.T, to Person, text, networkID string) device.Sent {
	t.Helper()
	sent, err := b.session.Send(patient(t), outgoing(to, text, networkID))
	if err != nil {
		t.Fatalf("Send %q: %v", text, err)
	}
	return sent
}

func outgoing(to Person, text, networkID string) device.Outgoing {
	return device.Outgoing{NetworkID: networkID, To: to.Peer(), Content: device.Content{Kind: device.KindText, Text: text}}
}

func (b *bench) newID() string {
	if n, ok := b.driver.(device.NetworkIDer); ok {
		return n.NewNetworkID()
	}
	if n, ok := b.session.(device.NetworkIDer); ok {
		return n.NewNetworkID()
	}
	return fmt.Sprintf("suite-%d", time.Now().UnixNano())
}

// awaitGot waits until the person has as many messages as wanted, and compares them.
func awaitGot(t *testing.T, p Person, want ...string) {
	t.Helper()
	Eventually(t, func() bool { return len(p.Got()) >= len(want) }, func() string {
		return fmt.Sprintf("the person got %q, want %q", p.Got(), want)
	})
	if diff := cmp.Diff(want, p.Got()); diff != "" {
		t.Errorf("the person got -want +got:\n%s", diff)
	}
}

func write(t *testing.T, p Person, text string) string {
	t.Helper()
	id, err := p.Write(patient(t), text)
	if err != nil {
		t.Fatalf("write %q: %v", text, err)
	}
	return id
}

// endOf finds the EndError in err.
func endOf(err error) (*device.EndError, bool) {
	var end *device.EndError
	return end, errors.As(err, &end)
}
