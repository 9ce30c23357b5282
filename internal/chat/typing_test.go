package chat_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
)

func TestTypingIsToldOnceAndOnlyWhereWanted(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		var told []string
		w.s.Typed.Add("test", func(_ context.Context, e chat.Typed) error {
			told = append(told, e.State)
			return nil
		})
		w.write("halo")
		types := func(d device.Device, on bool) {
			t.Helper()
			if err := w.s.Typing(t.Context(), d, device.Typing{Chat: device.Peer{Addresses: []device.Address{phone("6281")}}, On: on}); err != nil {
				t.Fatal(err)
			}
		}
		types(dev, true)
		types(dev, false)
		if len(told) != 0 {
			t.Errorf("a device that tells of no typing told %v", told)
		}
		open := dev
		open.Settings.TellTyping = true
		types(open, false) // nobody knew that they typed
		types(open, true)
		w.pass(10 * time.Second)
		types(open, true) // the network repeats it
		types(open, false)
		types(open, false)
		types(open, true)
		w.pass(30 * time.Second) // it was over by itself
		types(open, true)
		if diff := cmp.Diff([]string{"typing", "stopped", "typing", "typing"}, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if n := len(w.events); n != 9 {
			t.Errorf("the live push heard %d times, want each time", n)
		}
	})
}
