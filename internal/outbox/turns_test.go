package outbox

import (
	"testing"
	"testing/synctest"

	"github.com/pingcrm/pingcrm/internal/device"
)

// While all places are taken, answers go and a broadcast's send stays in line for whatever is new.
func TestBroadcastsTakeTurnsAndAnswersDont(t *testing.T) {
	t.Parallel()
	s := &Service{turns: make(turns, 1)}
	r := newRunner(s, device.Device{ID: "d"}, nil, 1)
	bulk := Send{ID: "b", Lane: LaneBroadcast}
	leave, ok := r.turn(bulk)
	if !ok {
		t.Fatal("a free place was refused")
	}
	done, ok := r.turn(Send{ID: "a", Lane: LaneReply})
	if !ok {
		t.Fatal("an answer was refused")
	}
	done()
	r.wake()
	if _, ok := r.turn(bulk); ok || len(r.pending) != 1 || r.pending[0].ID != "b" {
		t.Errorf("got %v and %v in line, want the send back in line when something is new", ok, r.pending)
	}
	leave()
	if leave, ok = r.turn(bulk); !ok {
		t.Error("the place that was left was refused")
	}
	r.cancel()
	if _, ok := r.turn(bulk); ok {
		t.Error("a send went after the end")
	}
	leave()
}

// A send that its network keeps waiting takes nobody's place.
func TestADeafNetworkKeepsNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &Service{turns: make(turns, 1)}
		r := newRunner(s, device.Device{ID: "d"}, nil, 1)
		leave, _ := r.turn(Send{Lane: LaneBroadcast})
		again, ok := r.turn(Send{Lane: LaneBroadcast}) // waits on the bubble's clock
		if !ok {
			t.Fatal("the place was never free")
		}
		leave()
		if len(s.turns) != 1 {
			t.Errorf("%d places taken, want the second send's", len(s.turns))
		}
		again()
		if len(s.turns) != 0 {
			t.Errorf("%d places taken after both, want none", len(s.turns))
		}
	})
}
