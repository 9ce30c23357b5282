package outbox

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/outbox/giveway"
)

func oneAtATime() *Service {
	s := &Service{traffic: newTraffic(giveway.Usual(), func() int { return 1 }), conf: Config{Now: time.Now, Steady: time.Now}}
	s.traffic.places = make(chan struct{}, 1)
	return s
}

// While all places are taken, answers go and a broadcast's send stays in line for whatever is new.
func TestBroadcastsTakeTurnsAndAnswersDont(t *testing.T) {
	t.Parallel()
	s := oneAtATime()
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
		s := oneAtATime()
		r := newRunner(s, device.Device{ID: "d"}, nil, 1)
		leave, _ := r.turn(Send{Lane: LaneBroadcast})
		again, ok := r.turn(Send{Lane: LaneBroadcast}) // waits on the bubble's clock
		if !ok {
			t.Fatal("the place was never free")
		}
		leave()
		if len(s.traffic.places) != 1 {
			t.Errorf("%d places taken, want the second send's", len(s.traffic.places))
		}
		again()
		if len(s.traffic.places) != 0 {
			t.Errorf("%d places taken after both, want none", len(s.traffic.places))
		}
	})
}

// While somebody talks, one goes after the other with rests; an answer in between waits for none of them.
func TestBroadcastsRestWhileSomebodyTalks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := oneAtATime()
		s.traffic.places = make(chan struct{}, 10)
		r := newRunner(s, device.Device{ID: "d"}, nil, 1)
		goes := func(lane Lane) time.Duration {
			began := time.Now()
			leave, ok := r.turn(Send{Lane: lane})
			if !ok {
				t.Fatal("a send was refused")
			}
			leave()
			return time.Since(began)
		}
		p := giveway.Usual()
		for range 5 {
			if d := goes(LaneBroadcast); d > 0 {
				t.Errorf("waited %v although nobody talks", d)
			}
		}
		s.Spoke()
		if d := goes(LaneBroadcast); d < p.Quiet {
			t.Errorf("went %v after somebody wrote, want %v", d, p.Quiet)
		}
		if d := goes(LaneReply); d > 0 {
			t.Errorf("an answer waited %v", d)
		}
		rested := time.Duration(0)
		for range 20 {
			rested += goes(LaneBroadcast)
		}
		if rest := s.traffic.road.Rest(1); rested < 15*rest || rested > 25*rest {
			t.Errorf("20 took %v, want 20 rests of %v", rested, rest)
		}
		if way := s.Feed(t.Context()); way.Room != 1 {
			t.Errorf("%d may be fed at once, want one after the other", way.Room)
		}
		time.Sleep(p.Calm)
		if way := s.Feed(t.Context()); way.Room != fedAtOnce {
			t.Errorf("%d may be fed at once when nobody talks any more, want %d", way.Room, fedAtOnce)
		}
		r.cancel()
	})
}

// What is new is looked at at once, however long the rest.
func TestNewsEndARest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := oneAtATime()
		r := newRunner(s, device.Device{ID: "d"}, nil, 1)
		s.Spoke()
		r.wake()
		if _, ok := r.turn(Send{ID: "b", Lane: LaneBroadcast}); ok || len(r.pending) != 1 || len(s.traffic.places) != 0 {
			t.Errorf("got %v, %d in line and %d places taken, want the send back in line", ok, len(r.pending), len(s.traffic.places))
		}
		r.cancel()
	})
}

// An answer whose typing has been shown for long enough goes, although a broadcast's send of its device is in line.
func TestAnAnswerThatIsTypedWaitsForNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := oneAtATime()
		r := newRunner(s, device.Device{ID: "d"}, nil, 1)
		s.traffic.places <- struct{}{} // for ever
		r.typing = []typing{{Send{ID: "a", Lane: LaneReply}, s.now() + 700}}
		began := time.Now()
		if _, ok := r.turn(Send{ID: "b", Lane: LaneBroadcast}); ok || time.Since(began) != 700*time.Millisecond {
			t.Errorf("got %v after %v, want the line left after 700ms", ok, time.Since(began))
		}
		if next, ok := r.next(); !ok || next.ID != "a" {
			t.Errorf("next is %q, want the answer", next.ID)
		}
		r.cancel()
	})
}
