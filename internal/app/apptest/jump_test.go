package apptest_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
	"github.com/pingcrm/pingcrm/wasim"
)

// machineClock is the clock of a server's machine, which can be set while it runs.
type machineClock struct{ file string }

func newMachineClock(t *testing.T, off string) machineClock {
	t.Helper()
	c := machineClock{filepath.Join(t.TempDir(), "clock")}
	c.set(t, off)
	return c
}

func (c machineClock) env() []string { return []string{"PING_CLOCK=" + c.file} }

// set puts the clock off the right time by so much.
func (c machineClock) set(t *testing.T, off string) {
	t.Helper()
	whole := c.file + ".new" // never read half written
	if err := os.WriteFile(whole, []byte(off), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(whole, c.file); err != nil {
		t.Fatal(err)
	}
}

// TestTheClockJumps sets the machine's clock an hour forward and back again amid traffic, as a network's time or the end
// of a machine's sleep does: nothing is lost or doubled, the number stays connected, a message that waits to be tried again
// does not wait the jump out, and nobody has to do anything.
func TestTheClockJumps(t *testing.T) {
	t.Parallel()
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			c := newMachineClock(t, "0s")
			s := newShopWith(t, c.env(), e.args...)
			s.talks(t, s.device, s.number, s.sari, "awal")
			logins := s.net.Stats().Logins
			for _, off := range []string{"1h", "0s", "-1h", "0s"} {
				s.triesAgain(t, func() { c.set(t, off) })
			}
			f := s.traffic(t)
			for _, off := range []string{"1h", "0s", "-1h", "0s"} {
				_, before, _, _ := f.counts()
				s.Await("some traffic", func() bool { in, accepted, _, _ := f.counts(); return in > 5 && accepted > before+10 })
				c.set(t, off)
				<-time.After(6 * time.Second) // longer than leases take to be renewed
			}
			if d := s.look(t, s.device); d.State != "online" {
				t.Errorf("the device is %s %s, want online", d.State, d.StateWhy)
			}
			f.end(t)
			if n := s.net.Stats().Logins; n != logins {
				t.Errorf("the number logged in %d times more, want it to stay connected", n-logins)
			}
			if words := s.Words(); strings.Contains(words, "stop a device") {
				t.Errorf("a device was stopped:\n%s", words)
			}
		})
	}
}

// TestTheClockIsADayOff sets the machine's clock a day forward and back again, as a machine does whose battery is empty: the
// number stays connected, what waits to be tried again goes and is not given up, and what is planned for tomorrow waits
// until the clock says so.
func TestTheClockIsADayOff(t *testing.T) {
	t.Parallel()
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			c := newMachineClock(t, "0s")
			s := newShopWith(t, c.env(), e.args...)
			s.talks(t, s.device, s.number, s.sari, "awal")
			later := s.net.Phone("Besok")
			id := s.announce(t, []string{later.Number()}, object{"start_at": time.Now().Add(26 * time.Hour).UnixMilli()})
			logins := s.net.Stats().Logins
			for i, off := range []string{"24h", "0s", "-24h", "0s"} {
				s.triesAgain(t, func() { c.set(t, off) })
				word := fmt.Sprint("jam ", i)
				s.talks(t, s.device, s.number, s.sari, word)
				s.onceStored(t, s.sari, "dari toko "+word, "dari pelanggan "+word)
			}
			if n := s.net.Stats().Logins; n != logins {
				t.Errorf("the number logged in %d times more, want it to stay connected", n-logins)
			}
			if n := got([]*wasim.Phone{later}); n != 0 {
				t.Error("what was planned for in 26 hours is out")
			}
			s.broadcast(t, id, func(b broadcastView) bool { return b.State == "scheduled" })
			if e.name == "postgres" { // whose clock counts, and has not jumped
				return
			}
			c.set(t, "27h")
			s.everybodyOnce(t, id, []*wasim.Phone{later})
		})
	}
}

// triesAgain has a message refused twice, and something happen while it waits to be tried again: it goes all the same.
func (s *shop) triesAgain(t *testing.T, meanwhile func()) {
	t.Helper()
	other := s.net.Phone("Pelanggan baru")
	s.spoil(t, wasim.Fault{Kind: wasim.FaultAck, Code: 421, To: other.Number(), Times: 2})
	m := s.tell(t, s.device, other.Number(), "dicoba lagi")
	s.Await("it is refused", func() bool { return s.Get("/api/v1/messages/"+m.ID, &m) == nil && m.Code == "421" })
	meanwhile()
	began := time.Now()
	s.awaitMessage(t, m.ID, "delivered", "read")
	if took := time.Since(began); took > 45*time.Second {
		t.Errorf("what was to be tried again took %v", took)
	}
	onceEach(t, other, "dicoba lagi")
}

// TestNodesWithDifferentClocks runs two nodes whose clocks are eleven minutes apart, and jump: neither takes what the other
// holds, and when one dies the other has its number as soon as its lease is over.
func TestNodesWithDifferentClocks(t *testing.T) {
	t.Parallel()
	ahead, behind := newMachineClock(t, "7m"), newMachineClock(t, "-4m")
	net, url := apptest.Network(t, wasim.Options{})
	database := []string{"--database", pgtest.URL(t), "--secret", "satu untuk semua simpul, cukup panjang"}
	one := apptest.StartWith(t, url, behind.env(), database...)
	s := &shop{Server: one, net: net, sari: net.Phone("Sari"), device: one.Demo.Devices[0].ID, number: one.Demo.Devices[0].Number}
	s.talks(t, s.device, s.number, s.sari, "awal")
	two := apptest.PrepareWith(t, url, ahead.env(), database...)
	two.Share(one)
	two.Run()
	two.AwaitOnline()
	other := &shop{Server: two, net: net, sari: s.sari, device: s.device, number: s.number}
	logins := s.net.Stats().Logins
	for _, off := range []string{"67m", "-53m", "7m"} {
		ahead.set(t, off)
		var m messageView
		if err := other.Do(http.MethodPost, "/api/v1/messages", object{"device_id": s.device, "phone": s.sari.Number(), "text": "lewat " + off}, nil, &m); err != nil {
			t.Fatal(err)
		}
		s.awaitMessage(t, m.ID, "delivered", "read")
		<-time.After(6 * time.Second) // longer than leases take to be renewed
	}
	if n := s.net.Stats().Logins; n != logins {
		t.Errorf("the number logged in %d times more, want it to stay where it is", n-logins)
	}
	one.Kill()
	killed := time.Now()
	var m messageView
	if err := other.Do(http.MethodPost, "/api/v1/messages", object{"device_id": s.device, "phone": s.sari.Number(), "text": "sendirian"}, nil, &m); err != nil {
		t.Fatal(err)
	}
	other.awaitMessage(t, m.ID, "delivered", "read")
	if took := time.Since(killed); took > 45*time.Second {
		t.Errorf("it took the other node %v to take over", took)
	}
	onceEach(t, s.sari, "sendirian")
}
