package apptest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// standing is what /health says of a device.
type standing struct {
	State     string `json:"state"`
	Why       string `json:"why"`
	Until     int64  `json:"until"`
	Resumable bool   `json:"resumable"`
	What      struct{ ID, EN string }
	Used      *struct {
		Warm, Cold struct{ Minute, Hour, Day int }
	}
	History []struct{ State, Before, Why string }
}

func (s *shop) awaitStanding(t *testing.T, state, why string) (h standing) {
	t.Helper()
	ok := apptest.Eventually(2*time.Minute, func() bool {
		h = standing{}
		return s.Get("/api/v1/devices/"+s.device+"/health", &h) == nil && h.State == state && h.Why == why
	})
	if !ok {
		t.Fatalf("the number is %s (%s), want %s (%s)", h.State, h.Why, state, why)
	}
	return h
}

func (s *shop) pace(t *testing.T, wish object) {
	t.Helper()
	if err := s.Do(http.MethodPut, "/api/v1/devices/"+s.device+"/pace", wish, nil, nil); err != nil {
		t.Fatal(err)
	}
}

// always sends at any hour, so that the test does.
func always(preset string) object {
	days := []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	return object{"preset": preset, "hours": object{"from": "00:00", "to": "24:00", "days": days, "holidays": false}}
}

// One stranger a day: the second one is held and says why, over a restart too; who is known is not held up. When the pace
// is lifted, what was held goes.
func TestTheColdBudgetHoldsOverARestart(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "kenal")
	first, second, third := s.net.Phone("Satu"), s.net.Phone("Dua"), s.net.Phone("Tiga")
	wish := always("normal")
	wish["cold"] = object{"minute": 1, "hour": 1, "day": 1}
	s.pace(t, wish)
	s.awaitMessage(t, s.tell(t, s.device, first.Number(), "halo satu").ID, "delivered")
	held := s.tell(t, s.device, second.Number(), "halo dua")
	if m := s.awaitMessage(t, held.ID, "held"); !strings.HasPrefix(m.Code, "pace_cold_") {
		t.Errorf("the second stranger's message is held for %q, want the cold budget", m.Code)
	}
	began := time.Now()
	s.awaitMessage(t, s.tell(t, s.device, s.sari.Number(), "tetap cepat").ID, "delivered")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("who is known waited %v", took)
	}
	s.Kill()
	s.Run()
	s.awaitState(t, s.device, "online")
	if !apptest.Eventually(time.Minute, func() bool { // it is online a moment before the past is read
		h := s.awaitStanding(t, "healthy", "")
		return h.Used != nil && h.Used.Cold.Day == 1
	}) {
		t.Errorf("after a restart the budgets are %+v, want one cold message used", s.awaitStanding(t, "healthy", "").Used)
	}
	also := s.tell(t, s.device, third.Number(), "halo tiga")
	s.awaitMessage(t, also.ID, "held")
	s.pace(t, object{"preset": "none"})
	s.awaitMessage(t, held.ID, "delivered")
	s.awaitMessage(t, also.ID, "delivered")
	onceEach(t, second, "halo dua")
}

// What the network says of a number is heard, explained, told as an event, and ends: by itself, or by hand where it is
// our own caution.
func TestTheNetworksWordIsHeard(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "kenal")
	s.pace(t, always("bold"))
	stranger := s.net.Phone("Orang baru")
	s.spoil(t, wasim.Fault{Kind: wasim.FaultAck, Code: 475, To: stranger.Number(), Times: 1})
	cold := s.tell(t, s.device, stranger.Number(), "perkenalkan")
	s.awaitMessage(t, cold.ID, "held")
	h := s.awaitStanding(t, "restricted", "475")
	if left := time.Until(time.UnixMilli(h.Until)); left < 23*time.Hour || left > 25*time.Hour || !h.Resumable || h.What.ID == "" || h.What.EN == "" {
		t.Errorf("got %+v, want a day, resumable and explained", h)
	}
	s.awaitMessage(t, s.tell(t, s.device, s.sari.Number(), "tetap jalan").ID, "delivered")
	if err := s.Post("/api/v1/devices/"+s.device+"/resume", nil, nil); err != nil {
		t.Fatal(err)
	}
	s.awaitStanding(t, "healthy", "")
	s.awaitMessage(t, cold.ID, "delivered")

	s.spoil(t, wasim.Fault{Kind: wasim.FaultAck, Code: 429, To: s.sari.Number(), Times: 1})
	slow := s.tell(t, s.device, s.sari.Number(), "pelan-pelan")
	h = s.awaitStanding(t, "paused", "429")
	if left := time.Until(time.UnixMilli(h.Until)); left < 29*time.Minute || left > 31*time.Minute {
		t.Errorf("after 429 it stops for %v, want half an hour", left)
	}
	if err := s.Post("/api/v1/devices/"+s.device+"/resume", nil, nil); err != nil {
		t.Fatal(err)
	}
	s.awaitMessage(t, slow.ID, "delivered")

	until := time.Now().Add(20 * time.Second).Truncate(time.Second)
	s.spoil(t, wasim.Fault{Kind: wasim.FaultTimelock, Until: until.Unix()})
	if h := s.awaitStanding(t, "restricted", "timelock"); h.Resumable || h.Until != until.UnixMilli() {
		t.Errorf("got %+v, want the network's own end and nothing to resume", h)
	}
	if err := s.Post("/api/v1/devices/"+s.device+"/resume", nil, nil); err == nil || !strings.Contains(err.Error(), "network_restricts") {
		t.Errorf("resuming a time-lock: got %v, want it refused", err)
	}
	var states []string
	apptest.Eventually(time.Minute, func() bool { // that it is over shows at once, and is written down at the next look
		states = nil
		for _, e := range s.awaitStanding(t, "healthy", "").History {
			states = append(states, e.State)
		}
		return len(states) > 5
	})
	if want := []string{"healthy", "restricted", "healthy", "paused", "healthy", "restricted"}; !slices.Equal(states, want) {
		t.Errorf("the history is %v, want %v", states, want)
	}
	var log struct{ Items []struct{ Type string } }
	if err := s.Get("/api/v1/events?types=device.health", &log); err != nil || len(log.Items) != 6 {
		t.Errorf("the log has %d of its events, %v; want 6", len(log.Items), err)
	}
}
