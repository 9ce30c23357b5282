package whatsapp

import (
	"context"
	"slices"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/wasim"
)

// witness is a recorder that is told of calls and pictures, too.
type witness struct {
	*recorder
	calls    []device.Call
	pictured []device.Peer
}

func (w *witness) Called(_ context.Context, _ device.Device, c device.Call) error {
	w.note(func() { w.calls = append(w.calls, c) })
	return nil
}

func (w *witness) Pictured(_ context.Context, _ device.Device, who device.Peer) error {
	w.note(func() { w.pictured = append(w.pictured, who) })
	return nil
}

// witnessed is a rig's device that runs anew with a witness as its sink.
func witnessed(t *testing.T, r *rig) *witness {
	t.Helper()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	w := &witness{recorder: newRecorder()}
	s, err := r.driver.Open(ctxOf(t), r.device, w)
	if err != nil {
		t.Fatal(err)
	}
	r.session = s
	r.start(t, s)
	w.online(t, 0)
	return w
}

func TestACallIsToldAndRejected(t *testing.T) {
	t.Parallel()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			r := sqlite(t, wasim.Options{Addressing: form}).link(t)
			w := witnessed(t, r)
			budi := r.net.Phone("Budi")
			id, err := budi.Call(ctxOf(t), r.phone.Number(), wasim.CallOptions{Video: true})
			if err != nil {
				t.Fatal(err)
			}
			w.wait(t, "the call", func() bool { return len(w.calls) == 1 })
			c := w.calls[0]
			if c.ID != id || !c.Video || c.From.Address(device.AddressLID) != budi.LID() || c.From.Address(device.AddressPhone) != budi.Number() || c.At == 0 {
				t.Errorf("told %+v", c)
			}
			if err := r.session.(device.CallRejecter).RejectCall(ctxOf(t), c); err != nil {
				t.Fatal(err)
			}
			if got, err := budi.AwaitCall(ctxOf(t), func(c wasim.Call) bool { return c.State == wasim.CallRejected }); err != nil || got.ID != id {
				t.Errorf("Budi's phone: %+v, %v", got, err)
			}
			if err := r.session.(device.CallRejecter).RejectCall(ctxOf(t), device.Call{ID: id, Ref: "1203@g.us"}); err == nil {
				t.Error("a group's call was rejected")
			}
		})
	}
}

func TestANewPictureIsTold(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	w := witnessed(t, r)
	write(t, budi, r.phone.Number(), wasim.Content{Text: "Halo"})
	w.message(t, "Halo")
	if err := budi.SetPicture(ctxOf(t), jpegBytes("budi")); err != nil {
		t.Fatal(err)
	}
	w.wait(t, "the picture", func() bool {
		return slices.ContainsFunc(w.pictured, func(p device.Peer) bool { return p.Address(device.AddressPhone) == budi.Number() })
	})
}
