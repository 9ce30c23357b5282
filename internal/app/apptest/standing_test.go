package apptest_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// quick is the fastest pace that there is, at any hour.
func quick() object {
	wish := always("bold")
	wish["gap"], wish["typing_per_second"], wish["ramp_minutes"] = object{"min": 2, "max": 2}, 0, 0
	wish["rest_each"], wish["warm"] = object{"min": 200, "max": 200}, object{"minute": 30, "hour": 900, "day": 5000}
	wish["reserve_percent"] = 0
	return wish
}

// customers are phones that have written to the shop, so that a broadcast to them counts as warm.
func (s *shop) customers(t *testing.T, n int) []*wasim.Phone {
	t.Helper()
	list := s.people(n)
	for _, p := range list {
		says(t, p, s.number, "halo")
	}
	for _, p := range list {
		s.awaitIn(t, s.device, p.Number(), textIs("halo"))
	}
	return list
}

// audited is how often a deed is in the audit log.
func (s *shop) audited(t *testing.T, deed string) int {
	t.Helper()
	var log struct{ Items []struct{ Deed string } }
	if err := s.Get("/api/v1/audit-log?limit=100", &log); err != nil {
		t.Fatal(err)
	}
	return len(slices.DeleteFunc(log.Items, func(e struct{ Deed string }) bool { return e.Deed != deed }))
}

// TestTooManyFailuresPauseABroadcast refuses one message after the other: the pace is halved, then the broadcast stops and
// says why and what to do; somebody resumes, and it goes on.
func TestTooManyFailuresPauseABroadcast(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	people := s.customers(t, 44)
	wish := quick()
	s.pace(t, wish)
	refused := s.spoil(t, wasim.Fault{Kind: wasim.FaultAck, Code: 404, Times: -1})
	id := s.announce(t, numbersOf(people), object{"pacing": object{}})
	h := s.awaitStanding(t, "caution", "failures")
	if !h.Resumable || h.What.ID == "" || h.What.EN == "" {
		t.Errorf("got %+v, want it resumable and explained", h)
	}
	if !apptest.Eventually(4*time.Minute, func() bool {
		return s.Get("/api/v1/devices/"+s.device+"/health", &h) == nil && h.State == "paused" && h.Why == "failures"
	}) {
		t.Fatalf("the number is %+v, want it paused", h)
	}
	b := s.broadcast(t, id, func(b broadcastView) bool { return len(b.Forecast.Holds) > 0 })
	hold := b.Forecast.Holds[0]
	if b.State != "running" || hold.Code != "pace_stopped" || hold.Until != 0 || b.Forecast.EndsAt != 0 || hold.Waiting == 0 {
		t.Errorf("got %+v, want it to wait for somebody", b)
	}
	explained(t, "what holds it", hold.Code, hold.Reason, hold.ReasonEN)
	for _, r := range s.ledger(t, id) {
		explained(t, "a recipient", r.Code, r.Reason, r.ReasonEN)
	}
	s.net.RemoveFault(refused)
	if err := s.Post("/api/v1/devices/"+s.device+"/resume", nil, nil); err != nil {
		t.Fatal(err)
	}
	s.awaitStanding(t, "healthy", "")
	b = s.broadcast(t, id, func(b broadcastView) bool { return b.State == "done" })
	if b.Counts["failed"] == 0 || b.Counts["failed"]+got(people) != len(people) || b.Why != "" {
		t.Errorf("got %+v and %d phones have it, want everybody accounted for", b, got(people))
	}
	if made, resumed := s.audited(t, "device.paced"), s.audited(t, "device.resumed"); made != 1 || resumed != 1 {
		t.Errorf("the audit log has the pace set %d times and the device resumed %d times, want each once", made, resumed)
	}
}

// TestPeopleWhoWantNoMoreAreHeard has three of forty-two opt out: the number slows down and says why.
func TestPeopleWhoWantNoMoreAreHeard(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	people := s.customers(t, 42)
	s.pace(t, quick())
	id := s.announce(t, numbersOf(people), object{"pacing": object{}})
	s.awaitGot(people, 10)
	left := 0
	for _, p := range people {
		if left < 3 && tokens(p, promo)[promo] > 0 {
			says(t, p, s.number, "STOP")
			left++
		}
	}
	if h := s.awaitStanding(t, "caution", "opt_outs"); h.What.ID == "" || h.What.EN == "" {
		t.Errorf("got %+v, want it explained", h)
	}
	s.broadcast(t, id, func(b broadcastView) bool { return b.Counts["opted_out"] == left })
}

// TestABanAmidABroadcast bans the number for a while: the broadcast says until when, and goes on by itself.
func TestABanAmidABroadcast(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	people := s.people(40)
	s.slowly(t, 100*time.Millisecond)
	id := s.announce(t, numbersOf(people), nil)
	s.awaitGot(people, 8)
	s.spoil(t, wasim.Fault{Kind: wasim.FaultBan, Code: 101, ExpiresS: 20, Number: s.number})
	b := s.broadcast(t, id, func(b broadcastView) bool {
		return len(b.Forecast.Holds) > 0 && b.Forecast.Holds[0].Code == "device_banned"
	})
	h := b.Forecast.Holds[0]
	if left := time.Until(time.UnixMilli(h.Until)); b.State != "running" || left <= 0 || left > time.Minute || b.Forecast.EndsAt < h.Until {
		t.Errorf("got %+v, want it to wait for the ban's end", b)
	}
	explained(t, "what holds it", h.Code, h.Reason, h.ReasonEN)
	if h := s.awaitStanding(t, "banned", "ban"); h.Resumable || h.What.ID == "" || h.What.EN == "" {
		t.Errorf("got %+v, want it explained and nothing to resume", h)
	}
	s.everybodyOnce(t, id, people)
	s.awaitStanding(t, "healthy", "")
}

// TestABroadcastsStrangersAreRefused refuses first messages with 463 and no word of how long: each is tried once more,
// then strangers wait and are told why; who is known gets it.
func TestABroadcastsStrangersAreRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	known := s.customers(t, 3)
	s.pace(t, quick())
	stranger := s.net.Phone("Orang baru")
	s.spoil(t, wasim.Fault{Kind: wasim.FaultAck, Code: 463, NewChatsOnly: true, To: stranger.Number(), Times: 2})
	id := s.announce(t, append(numbersOf(known), stranger.Number()), object{"pacing": object{}})
	h := s.awaitStanding(t, "restricted", "463")
	if left := time.Until(time.UnixMilli(h.Until)); left < 55*time.Minute || left > time.Hour || !h.Resumable || h.What.ID == "" || h.What.EN == "" {
		t.Errorf("got %+v, want an hour, resumable and explained", h)
	}
	s.awaitGot(known, len(known))
	b := s.broadcast(t, id, func(b broadcastView) bool { return b.Counts["queued"] == 1 && len(b.Forecast.Holds) == 1 })
	if hold := b.Forecast.Holds[0]; hold.Code != "pace_stopped" || hold.Until != h.Until || hold.Waiting != 1 {
		t.Errorf("got %+v, want the stranger to wait for the hour's end", b)
	}
	for _, r := range s.ledger(t, id) {
		if r.Phone == stranger.Number() {
			explained(t, "the stranger", r.Code, r.Reason, r.ReasonEN)
		}
	}
	if err := s.Do(http.MethodPost, "/api/v1/devices/"+s.device+"/resume", nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	s.everybodyOnce(t, id, append(known, stranger))
}

// TestThePacesClockJumps sets the clock an hour back after the minute's budget is spent: it is not spent for an hour.
func TestThePacesClockJumps(t *testing.T) {
	t.Parallel()
	c := newMachineClock(t, "0s")
	s := newShopWith(t, c.env())
	people := s.customers(t, 10)
	wish := quick()
	wish["warm"] = object{"minute": 5, "hour": 300, "day": 1000}
	s.pace(t, wish)
	began := time.Now()
	id := s.announce(t, numbersOf(people), object{"pacing": object{}})
	for i, off := range []string{"-1h", "0s", "1h", "0s"} {
		s.awaitGot(people, i+2)
		c.set(t, off)
	}
	s.everybodyOnce(t, id, people)
	if took := time.Since(began); took < 55*time.Second || took > 110*time.Second {
		t.Errorf("ten at five a minute took %v", took)
	}
	if h := s.awaitStanding(t, "healthy", ""); h.Used == nil || h.Used.Warm.Hour != 10 {
		t.Errorf("of the hour's budget %+v is used, want ten: %s", h.Used, fmt.Sprint(h))
	}
}
