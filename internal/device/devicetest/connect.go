package devicetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
)

// Patience is how long the helpers of this package wait for something to happen.
const Patience = 20 * time.Second

// Serve runs the service until the test ends.
func Serve(t testing.TB, s *device.Service) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run the devices: %v", err)
		}
	})
}

// Connect makes a device of the Loopback in the workspace, links it to the number and waits until it is online.
// The service must run (Serve).
func (l *Loopback) Connect(t testing.TB, s *device.Service, workspaceID, number string) device.Device {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	d, err := s.Create(ctx, workspaceID, LoopbackChannel, "device "+number, device.Settings{})
	if err != nil {
		t.Fatalf("make a device: %v", err)
	}
	step, err := s.StartLink(ctx, workspaceID, d.ID, device.LinkRequest{Method: device.LinkQR})
	if err != nil {
		t.Fatalf("start to link: %v", err)
	}
	if err := l.Scan(ctx, step.Show, device.Account{Number: number, Name: "Toko " + number}); err != nil {
		t.Fatalf("scan the code of step %+v: %v", step, err)
	}
	return AwaitState(t, s, d, func(st device.State) bool { return st.Code == device.StateOnline })
}

// AwaitState waits until the device's stored state is as wanted, and returns the device as it is then.
func AwaitState(t testing.TB, s *device.Service, d device.Device, want func(device.State) bool) device.Device {
	t.Helper()
	var got device.Device
	Eventually(t, func() bool {
		var err error
		if got, err = s.Get(context.Background(), d.WorkspaceID, d.ID); err != nil {
			t.Fatalf("get the device: %v", err)
		}
		return want(got.State)
	}, func() string { return fmt.Sprintf("the device's state stays %+v", got.State) })
	return got
}

// Eventually looks again and again until ok is true, and fails the test with what otherwise says after Patience.
func Eventually(t testing.TB, ok func() bool, otherwise func() string) {
	t.Helper()
	late := time.After(Patience)
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-late:
			t.Fatal(otherwise())
		}
	}
}
