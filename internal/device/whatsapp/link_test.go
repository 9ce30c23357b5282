package whatsapp

import (
	"testing"
	"testing/synctest"
	"time"

	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/wasim"
)

// TestCodesExpire shows codes that nobody scans, on a clock that runs by itself.
func TestCodesExpire(t *testing.T) {
	t.Parallel()
	six := []string{"1", "2", "3", "4", "5", "6"}
	for name, c := range map[string]struct {
		codes  []string
		closes time.Duration // when the network ends the connection; 0 is never
		shown  int
		after  time.Duration
		want   string
	}{
		"nobody scans":                {codes: six, shown: 6, after: 160 * time.Second, want: device.ReasonExpired},
		"the network ends it":         {codes: six, closes: 159 * time.Second, shown: 6, after: 159 * time.Second, want: device.ReasonExpired},
		"the connection breaks":       {codes: six, closes: 30 * time.Second, shown: 1, after: 30 * time.Second, want: reasonClosed},
		"the network says nothing":    {after: loginTimeout, want: reasonTimeout},
		"the network closes in haste": {closes: time.Second, after: time.Second, want: reasonClosed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := sqlite(t, wasim.Options{})
			client := r.driver.client(r.driver.container.NewDevice(), r.driver.clients)
			synctest.Test(t, func(t *testing.T) {
				var steps []device.Step
				l := &linking{
					driver: r.driver, device: r.device, req: device.LinkRequest{Method: device.LinkQR}, sink: r.sink,
					tell:   func(s device.Step) { steps = append(steps, s) },
					client: client, events: make(chan any, 64), done: make(chan struct{}),
				}
				if c.codes != nil {
					l.handle(&events.QR{Codes: c.codes})
				}
				if c.closes > 0 {
					time.AfterFunc(c.closes, func() { l.handle(&events.Disconnected{}) })
				}
				began := time.Now()
				if err := l.run(t.Context()); err != nil {
					t.Fatalf("run: %v", err)
				}
				if took := time.Since(began); took != c.after {
					t.Errorf("it ended after %v, want %v", took, c.after)
				}
				last := steps[len(steps)-1]
				if len(steps) != c.shown+1 || last.Code != device.StepFailed || last.Reason != c.want {
					t.Errorf("steps: got %+v, want %d codes, then failed %s", steps, c.shown, c.want)
				}
			})
		})
	}
}
