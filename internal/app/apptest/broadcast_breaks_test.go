package apptest_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/internal/kit/pgtest"
	"github.com/pingcrm/pingcrm/wasim"
)

// promo is what the broadcasts of these tests say.
const promo = "promo hari ini"

// broadcastView is a broadcast as the API shows it.
type broadcastView struct {
	ID, State, Why, Reason string
	ReasonEN               string `json:"reason_en"`
	Total                  int
	Counts, Reasons        map[string]int
	Forecast               struct {
		EndsAt int64 `json:"ends_at"`
		Holds  []holdView
	}
}

type holdView struct {
	Code     string
	DeviceID string `json:"device_id"`
	Waiting  int
	Until    int64
	Reason   string
	ReasonEN string `json:"reason_en"`
}

// recipientView is a row of a broadcast's ledger as the API shows it.
type recipientView struct {
	Phone, State, Code, Reason string
	ReasonEN                   string `json:"reason_en"`
}

// people are phones that have never heard of the shop.
func (s *shop) people(n int) (list []*wasim.Phone) {
	for i := range n {
		list = append(list, s.net.Phone(fmt.Sprint("Penerima ", i)))
	}
	return list
}

// slowly has the network take each message only after a while, so that a broadcast has a middle.
func (s *shop) slowly(t *testing.T, each time.Duration) {
	t.Helper()
	s.spoil(t, wasim.Fault{Kind: wasim.FaultDelayAck, DelayMS: each.Milliseconds(), Times: -1})
}

// announce starts a broadcast to numbers at full speed; more replaces fields of it.
func (s *shop) announce(t *testing.T, numbers []string, more object) (id string) {
	t.Helper()
	body := object{
		"name": "Promo", "device_ids": []string{s.device}, "text": promo, "audience": object{"numbers": numbers}, "pacing": object{"preset": "none"}, "start_at": 1,
	}
	for k, v := range more {
		body[k] = v
	}
	var b broadcastView
	if err := s.Post("/api/v1/broadcasts", body, &b); err != nil {
		t.Fatal(err)
	}
	return b.ID
}

func numbersOf(people []*wasim.Phone) (list []string) {
	for _, p := range people {
		list = append(list, p.Number())
	}
	return list
}

// broadcast is how one stands, awaited until it fits.
func (s *shop) broadcast(t *testing.T, id string, fits func(broadcastView) bool) (b broadcastView) {
	t.Helper()
	var err error
	if !apptest.Eventually(2*time.Minute, func() bool {
		b = broadcastView{}
		err = s.Get("/api/v1/broadcasts/"+id, &b)
		return err == nil && fits(b)
	}) {
		t.Fatalf("the broadcast is %+v, %v", b, err)
	}
	return b
}

// ledger is every recipient of a broadcast.
func (s *shop) ledger(t *testing.T, id string) (all []recipientView) {
	t.Helper()
	for after := ""; ; {
		var page struct {
			Items []recipientView
			Next  string
		}
		if err := s.Get("/api/v1/broadcasts/"+id+"/recipients?"+url.Values{"limit": {"50"}, "after": {after}}.Encode(), &page); err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
		if after = page.Next; after == "" {
			return all
		}
	}
}

// got is how many of them have the promo.
func got(people []*wasim.Phone) (n int) {
	for _, p := range people {
		n += min(tokens(p, promo)[promo], 1)
	}
	return n
}

// awaitGot waits until so many have it.
func (s *shop) awaitGot(people []*wasim.Phone, n int) {
	s.Await(fmt.Sprintf("%d phones have it", n), func() bool { return got(people) >= n })
}

// everybodyOnce waits for the end and fails unless every phone has it once and the ledger says so of everybody.
func (s *shop) everybodyOnce(t *testing.T, id string, people []*wasim.Phone) {
	t.Helper()
	s.everybody(t, id, people, "delivered")
}

// everybody is everybodyOnce where the ledger may say any of the states.
func (s *shop) everybody(t *testing.T, id string, people []*wasim.Phone, states ...string) {
	t.Helper()
	b := s.broadcast(t, id, func(b broadcastView) bool {
		n := 0
		for _, state := range states {
			n += b.Counts[state]
		}
		return b.State == "done" && n == len(people)
	})
	if b.Why != "" || b.Total != len(people) || len(b.Reasons) != 0 || len(b.Forecast.Holds) != 0 {
		t.Errorf("it is %+v, want nothing to explain", b)
	}
	for _, p := range people {
		onceEach(t, p, promo)
	}
	rows := s.ledger(t, id)
	if len(rows) != len(people) {
		t.Errorf("the ledger has %d rows, want %d", len(rows), len(people))
	}
	for _, r := range rows {
		if !slices.Contains(states, r.State) || r.Code != "" {
			t.Errorf("the ledger says %+v, want one of %q", r, states)
		}
	}
}

// explained fails for what says why in one language, or in none.
func explained(t *testing.T, what, code, id, en string) {
	t.Helper()
	if code == "" || id == "" || en == "" || id == en {
		t.Errorf("%s: %q is explained as %q and %q, want words in both languages", what, code, id, en)
	}
}

// TestABroadcastIsKilledAgainAndAgain kills the program at one commit after the other: everybody gets it once.
func TestABroadcastIsKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			p := newStepper(t, e.args...)
			people := p.people(40)
			p.slowly(t, 50*time.Millisecond)
			id := p.announce(t, numbersOf(people), nil)
			kills := 0
			for n := 3; kills < 40 && got(people) < len(people); n += 2 {
				if err := os.WriteFile(p.file, fmt.Appendf(nil, "kill %s %d", []string{"COMMIT", "COMMITTED"}[n/2%2], n), 0o600); err != nil {
					t.Fatal(err)
				}
				_ = syscall.Kill(p.PID(), syscall.SIGUSR2)
				if p.Await("it dies, or all have it", func() bool { return p.Exited() || got(people) == len(people) }); !p.Exited() {
					break
				}
				kills++
				p.Run()
				p.AwaitOnline()
			}
			_ = os.Remove(p.file)
			if p.revive(); kills < 4 {
				t.Errorf("killed %d times, want more", kills)
			}
			t.Logf("killed %d times", kills)
			p.disarm(t)
			p.everybodyOnce(t, id, people)
		})
	}
}

// TestTheDiskFillsUpAmidABroadcast leaves the database no room: nothing fails for that, and with room again it goes on.
func TestTheDiskFillsUpAmidABroadcast(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	people := s.people(40)
	s.slowly(t, 100*time.Millisecond)
	id := s.announce(t, numbersOf(people), nil)
	s.awaitGot(people, 8)
	s.room(t, 64<<10)
	s.Await("/healthz says so", func() bool { return s.health(t) == http.StatusServiceUnavailable })
	<-time.After(6 * time.Second) // longer than what is claimed takes
	if b := s.broadcast(t, id, func(broadcastView) bool { return true }); b.State != "running" || b.Counts["failed"]+b.Counts["skipped"] > 0 {
		t.Errorf("on a full disk it is %+v, want it running and nobody given up", b)
	}
	if n := got(people); n == len(people) {
		t.Error("all have it: nothing was tried")
	}
	s.room(t, -1)
	s.everybodyOnce(t, id, people)
}

// TestTheDatabaseIsGoneAmidABroadcast takes the database away, on SQLite by a lock. PING_TEST_DOWN_SECONDS says for how long.
func TestTheDatabaseIsGoneAmidABroadcast(t *testing.T) {
	t.Parallel()
	away := time.Duration(number(t, "PING_TEST_DOWN_SECONDS", 15)) * time.Second
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		pg, err := pgtest.Start(pgtest.Options{Durable: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = pg.Stop() })
		s := newShop(t, "--database", pg.URL())
		s.gone(t, func() error { return pg.Down() }, away, func() error { return pg.Up() })
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		var release func()
		s.gone(t, func() error { release = s.lock(t, engine{name: "sqlite"}); return nil }, away, func() error { release(); return nil })
	})
}

// gone takes the database away in the middle of a broadcast and brings it back.
func (s *shop) gone(t *testing.T, down func() error, away time.Duration, up func() error) {
	t.Helper()
	people := s.people(40)
	s.slowly(t, 100*time.Millisecond)
	id := s.announce(t, numbersOf(people), nil)
	s.awaitGot(people, 8)
	if err := down(); err != nil {
		t.Fatal(err)
	}
	<-time.After(away)
	if n := got(people); n == len(people) {
		t.Error("all have it: nothing was tried")
	}
	if err := up(); err != nil {
		t.Fatal(err)
	}
	s.everybodyOnce(t, id, people)
}

// TestTheClockJumpsAmidABroadcast sets the machine's clock an hour forward and back while a broadcast that allows itself
// 16 a minute runs: it neither bursts nor waits the hour out.
func TestTheClockJumpsAmidABroadcast(t *testing.T) {
	t.Parallel()
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			c := newMachineClock(t, "0s")
			s := newShopWith(t, c.env(), e.args...)
			people := s.people(24)
			s.slowly(t, 400*time.Millisecond)
			id := s.announce(t, numbersOf(people), object{"pacing": object{"preset": "none", "per_minute": 16}})
			s.awaitGot(people, 1)
			began := time.Now()
			for i, off := range []string{"1h", "0s", "-1h"} {
				s.awaitGot(people, 4*(i+1))
				c.set(t, off)
				<-time.After(2 * time.Second) // until that is noticed
			}
			s.everybodyOnce(t, id, people)
			if took := time.Since(began); took < 45*time.Second || took > 110*time.Second {
				t.Errorf("24 at 16 a minute took %v", took)
			}
		})
	}
}

// TestTheClockIsSetPastABroadcastsTime plans a broadcast for a time of day, and sets the clock past it.
func TestTheClockIsSetPastABroadcastsTime(t *testing.T) {
	t.Parallel()
	c := newMachineClock(t, "0s")
	s := newShopWith(t, c.env())
	people := s.people(24)
	id := s.announce(t, numbersOf(people), object{"start_at": time.Now().Add(30 * time.Minute).UnixMilli()})
	s.broadcast(t, id, func(b broadcastView) bool { return b.State == "scheduled" })
	for _, r := range s.ledger(t, id) {
		explained(t, "a recipient of a broadcast that waits for its time", r.Code, r.Reason, r.ReasonEN)
	}
	c.set(t, "-1h")
	<-time.After(3 * time.Second)
	if n := got(people); n > 0 {
		t.Errorf("%d have it an hour and a half before its time", n)
	}
	c.set(t, "1h")
	s.everybodyOnce(t, id, people)
}

// TestADeviceIsLoggedOutAmidABroadcast: it says so, of the broadcast and of those who wait, and goes on when the number is
// linked again.
func TestADeviceIsLoggedOutAmidABroadcast(t *testing.T) {
	t.Parallel()
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, e.args...)
			branch, people := s.net.Phone("Cabang"), s.people(40)
			device := s.makeDevice(t, "Cabang")
			s.linkByQR(t, device, branch)
			s.slowly(t, 100*time.Millisecond)
			id := s.announce(t, numbersOf(people), object{"device_ids": []string{device}})
			s.awaitGot(people, 8)
			s.spoil(t, wasim.Fault{Kind: wasim.FaultRemoved, Number: branch.Number()})
			s.awaitState(t, device, "logged_out")
			b := s.broadcast(t, id, func(b broadcastView) bool { return len(b.Forecast.Holds) > 0 && b.Counts["claimed"] == 0 })
			h := b.Forecast.Holds[0]
			if b.State != "running" || h.Code != "device_logged_out" || h.DeviceID != device || h.Waiting != b.Counts["queued"] || h.Waiting == 0 || b.Forecast.EndsAt != 0 || b.Counts["failed"] > 0 {
				t.Errorf("got %+v, want it to wait for the device", b)
			}
			explained(t, "what holds it", h.Code, h.Reason, h.ReasonEN)
			for _, r := range s.ledger(t, id) {
				if r.State == "queued" {
					explained(t, "who waits", r.Code, r.Reason, r.ReasonEN)
				}
			}
			s.linkByQR(t, device, branch)
			s.everybody(t, id, people, "delivered", "sent") // a receipt for what the old link has sent may have gone with it
		})
	}
}

// TestAnotherDeviceTakesOver: nobody gets it from both, and of who may have got it from the first that is said.
func TestAnotherDeviceTakesOver(t *testing.T) {
	t.Parallel()
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, e.args...)
			branch, people := s.net.Phone("Cabang"), s.people(48)
			device := s.makeDevice(t, "Cabang")
			s.linkByQR(t, device, branch)
			s.slowly(t, 150*time.Millisecond)
			id := s.announce(t, numbersOf(people), object{"device_ids": []string{s.device, device}, "weights": []int{1, 3}, "take_over": true})
			s.awaitGot(people, 8)
			s.spoil(t, wasim.Fault{Kind: wasim.FaultRemoved, Number: branch.Number()})
			b := s.broadcast(t, id, func(b broadcastView) bool {
				return b.State == "done" && b.Counts["delivered"]+b.Counts["failed"] == len(people)
			})
			if b.Counts["failed"] > 8 { // what was on the wire, and what the dying connection was tried with: it may have arrived
				t.Errorf("got %+v, want the other device to have sent nearly all", b)
			}
			s.eachOnceOrSaid(t, id, people, "device_logged_out")
		})
	}
}

// TestAnotherDeviceTakesOverFromACrash kills the program with messages of a device on the wire, and has the device logged out,
// or banned, while nobody runs: the other device takes over, who may have got it from the first is said to have failed, and
// the broadcast ends.
func TestAnotherDeviceTakesOverFromACrash(t *testing.T) {
	t.Parallel()
	for _, e := range engines(t) {
		for _, end := range []string{"logged_out", "banned"} {
			t.Run(fmt.Sprint(e.name, " ", end), func(t *testing.T) {
				t.Parallel()
				s := newShop(t, e.args...)
				branch, people := s.net.Phone("Cabang"), s.people(40)
				device := s.makeDevice(t, "Cabang")
				s.linkByQR(t, device, branch)
				s.slowly(t, 150*time.Millisecond)
				id := s.announce(t, numbersOf(people), object{"device_ids": []string{s.device, device}, "weights": []int{1, 3}, "take_over": true})
				s.awaitGot(people, 6)
				for s.Kill(); s.leaveClaimed(t, e, device, 2) == 0; s.Kill() { // it was just between two portions
					s.Run()
					s.AwaitOnline()
				}
				s.net.ClearFaults()
				if end == "banned" {
					s.spoil(t, wasim.Fault{Kind: wasim.FaultBan, Number: branch.Number(), ExpiresS: 3600})
				} else if err := branch.RemoveCompanion(branch.Companions()[0]); err != nil {
					t.Fatal(err)
				}
				s.Run()
				s.awaitState(t, device, end)
				b := s.broadcast(t, id, func(b broadcastView) bool {
					return b.State == "done" && b.Counts["delivered"]+b.Counts["failed"]+b.Counts["sent"] == len(people)
				})
				if n := b.Counts["failed"]; n < 1 || n > 10 { // a runner claims eight at a time
					t.Errorf("got %+v, want those whom the dead program was about to reach, and all others reached", b)
				}
				s.eachOnceOrSaid(t, id, people, "device_"+end)
			})
		}
	}
}

// leaveClaimed has some of a device's messages be as a program leaves them that dies with them in its hands, and returns how
// many such there are.
func (s *shop) leaveClaimed(t *testing.T, e engine, device string, n int64) (claimed int) {
	t.Helper()
	d, err := sql.Open(e.open(s))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	_, err = d.ExecContext(t.Context(), `UPDATE sends SET state = 'claimed', attempt = 1, claimed_epoch = (SELECT epoch FROM device_leases WHERE device_id = $1)
		WHERE id IN (SELECT id FROM sends WHERE device_id = $1 AND state = 'queued' AND batch <> '' LIMIT $2)`, device, n)
	if err == nil {
		err = d.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM sends WHERE device_id = $1 AND state = 'claimed'`, device).Scan(&claimed)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claimed
}

// eachOnceOrSaid fails unless everybody has the promo once, or at most once and the ledger says why it failed.
func (s *shop) eachOnceOrSaid(t *testing.T, id string, people []*wasim.Phone, codes ...string) {
	t.Helper()
	rows := s.ledger(t, id)
	for _, p := range people {
		row := rows[slices.IndexFunc(rows, func(r recipientView) bool { return r.Phone == p.Number() })]
		n := tokens(p, promo)[promo]
		if n > 1 || n == 0 && row.State != "failed" {
			t.Errorf("%s has it %d times, and the ledger says %+v", p.Number(), n, row)
		}
		if row.State == "failed" {
			if !slices.Contains(codes, row.Code) {
				t.Errorf("%s failed for %s, want one of %q", row.Phone, row.Code, codes)
			}
			explained(t, "who failed", row.Code, row.Reason, row.ReasonEN)
		}
	}
}

// TestEveryRecipientIsInvalid has nobody to send to, for each of the reasons that there are.
func TestEveryRecipientIsInvalid(t *testing.T) {
	t.Parallel()
	var unknown, wrong []string
	for i := range 30 {
		unknown = append(unknown, fmt.Sprintf("62899777%05d", i))
		wrong = append(wrong, fmt.Sprintf("bukan nomor %d", i))
	}
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, e.args...)
			for _, c := range []struct {
				name              string
				audience          object
				state, why        string
				count, reasonCode string
			}{
				{"no numbers", object{"numbers": wrong}, "failed", "no_recipients", "skipped", "not_a_phone"},
				{"looked up first", object{"numbers": unknown, "check_numbers": true}, "done", "nobody_reached", "skipped", "not_on_network"},
				{"never looked up", object{"numbers": unknown, "check_numbers": false}, "done", "nobody_reached", "failed", "not_on_whatsapp"},
			} {
				id := s.announce(t, nil, object{"audience": c.audience})
				b := s.broadcast(t, id, func(b broadcastView) bool { return b.State == "failed" || b.State == "done" })
				if b.State != c.state || b.Why != c.why || b.Counts[c.count] != 30 || b.Total != 30 || c.count == "skipped" && b.Reasons[c.reasonCode] != 30 {
					t.Errorf("%s: got %+v, want %s %s, and 30 %s for %s", c.name, b, c.state, c.why, c.count, c.reasonCode)
				}
				explained(t, c.name, b.Why, b.Reason, b.ReasonEN)
				for _, r := range s.ledger(t, id) {
					if r.State != c.count || r.Code != c.reasonCode {
						t.Errorf("%s: the ledger says %+v, want %s", c.name, r, c.reasonCode)
					}
					explained(t, c.name, r.Code, r.Reason, r.ReasonEN)
				}
			}
		})
	}
}
