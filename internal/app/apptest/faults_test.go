package apptest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// TestTheNetworkIsAway answers logins with 503 for a while: the device says so, and what was asked for meanwhile goes
// out afterwards.
func TestTheNetworkIsAway(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	away := s.spoil(t, wasim.Fault{Kind: wasim.FaultConnect, Code: 503, Times: -1})
	s.spoil(t, wasim.Fault{Kind: wasim.FaultClose})
	s.awaitDevice(t, s.device, func(d deviceView) bool { return d.State == "offline" && d.StateWhy != "" && d.Linked })
	m := s.tell(t, s.device, s.sari.Number(), "sabar")
	says(t, s.sari, s.number, "ada orang")
	if m.State != "queued" {
		t.Errorf("a message meanwhile is %s, want queued", m.State)
	}
	s.net.RemoveFault(away)
	s.awaitState(t, s.device, "online")
	s.awaitMessage(t, m.ID, "delivered")
	s.awaitIn(t, s.device, s.sari.Number(), textIs("ada orang"))
	onceEach(t, s.sari, "sabar")
	s.onceStored(t, s.sari, "sabar", "ada orang")
}

// onceStored fails unless each text is in the chat exactly once.
func (s *shop) onceStored(t *testing.T, customer *wasim.Phone, texts ...string) {
	t.Helper()
	got := map[string]int{}
	for _, m := range s.history(t, s.device, customer.Number()) {
		got[m.Content.Text]++
	}
	for _, text := range texts {
		if got[text] != 1 {
			t.Errorf("%q is in the chat %d times, want once", text, got[text])
		}
	}
}

// TestAnotherOneTookItsPlace tells the device that somebody else uses its link: it doesn't fight over it, and comes
// back after a minute.
func TestAnotherOneTookItsPlace(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	// A client that is busy may lose the network's last word with the socket: it is told again.
	if !slices.ContainsFunc(make([]int, 5), func(int) bool {
		s.spoil(t, wasim.Fault{Kind: wasim.FaultReplaced})
		var d deviceView
		return apptest.Eventually(10*time.Second, func() bool {
			return s.Get("/api/v1/devices/"+s.device, &d) == nil && d.State == "offline" && d.StateWhy == "replaced"
		})
	}) {
		t.Fatal("the device never heard that another one took its place")
	}
	logins, began := s.net.Stats().Logins, time.Now()
	m := s.tell(t, s.device, s.sari.Number(), "sebentar")
	s.awaitState(t, s.device, "online")
	if waited := time.Since(began); waited < 50*time.Second {
		t.Errorf("it came back after %v, want a minute", waited)
	}
	if n := s.net.Stats().Logins - logins; n != 1 {
		t.Errorf("it logged in %d times, want once", n)
	}
	s.awaitMessage(t, m.ID, "delivered")
	onceEach(t, s.sari, "sebentar")
}

// TestATemporaryBan bans the number for some seconds.
func TestATemporaryBan(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ends := time.Now().Add(6 * time.Second)
	s.spoil(t, wasim.Fault{Kind: wasim.FaultBan, Code: 101, ExpiresS: 6})
	d := s.awaitState(t, s.device, "banned")
	if until := time.UnixMilli(d.StateUntil); d.StateWhy != "101" || until.Sub(ends).Abs() > 2*time.Second || !d.Linked {
		t.Errorf("the device is %+v, want banned for 101 until %v", d, ends.UnixMilli())
	}
	m := s.tell(t, s.device, s.sari.Number(), "setelah blokir")
	if m.State != "queued" {
		t.Errorf("a message under the ban is %s, want queued", m.State)
	}
	s.awaitState(t, s.device, "online")
	if time.Now().Before(ends.Add(-time.Second)) {
		t.Errorf("online %v before the ban ends", time.Until(ends))
	}
	s.awaitMessage(t, m.ID, "delivered")
	onceEach(t, s.sari, "setelah blokir")
}

// TestStrangersAreHeld restricts the number: existing chats go on, new ones wait until the restriction ends.
func TestStrangersAreHeld(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "kenal")
	stranger := s.net.Phone("Orang baru")
	until := time.Now().Add(8 * time.Second).Truncate(time.Second)
	locked := s.spoil(t, wasim.Fault{Kind: wasim.FaultAck, Code: 463, NewChatsOnly: true})
	s.spoil(t, wasim.Fault{Kind: wasim.FaultTimelock, Until: until.Unix()})
	d := s.awaitState(t, s.device, "restricted")
	if d.StateUntil != until.UnixMilli() || !d.Linked {
		t.Errorf("the device is %+v, want restricted until %d", d, until.UnixMilli())
	}
	cold := s.tell(t, s.device, stranger.Number(), "perkenalkan")
	warm := s.tell(t, s.device, s.sari.Number(), "lanjut")
	s.awaitMessage(t, warm.ID, "delivered")
	if m := s.awaitMessage(t, cold.ID, "held"); m.Code == "" {
		t.Error("the held message does not say why")
	}
	s.net.RemoveFault(locked)
	s.awaitState(t, s.device, "online")
	if time.Now().Before(until) {
		t.Errorf("online %v before the restriction ends", time.Until(until))
	}
	s.awaitMessage(t, cold.ID, "delivered")
	onceEach(t, stranger, "perkenalkan")
	onceEach(t, s.sari, "lanjut")
}

// TestRefusedMessages refuses messages with the numbers that the network has for it.
func TestRefusedMessages(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	broken, stranger := s.net.Phone("Rusak"), s.net.Phone("Orang baru")
	s.spoil(t, wasim.Fault{Kind: wasim.FaultAck, Code: 479, To: broken.Number()})
	s.spoil(t, wasim.Fault{Kind: wasim.FaultAck, Code: 475, To: stranger.Number()})
	s.talks(t, s.device, s.number, s.sari, "kenal")
	if m := s.awaitMessage(t, s.tell(t, s.device, broken.Number(), "tidak sah").ID, "failed"); m.Code != "479" {
		t.Errorf("refused with 479: code %q", m.Code)
	}
	if m := s.awaitMessage(t, s.tell(t, s.device, stranger.Number(), "kebanyakan").ID, "held"); m.Code != "475" {
		t.Errorf("refused with 475: code %q", m.Code)
	}
	s.awaitMessage(t, s.tell(t, s.device, s.sari.Number(), "tetap jalan").ID, "delivered")

	s.spoil(t, wasim.Fault{Kind: wasim.FaultAck, Code: 429, To: s.sari.Number(), Times: 1})
	slow, began := s.tell(t, s.device, s.sari.Number(), "pelan-pelan"), time.Now()
	behind := s.tell(t, s.device, s.sari.Number(), "menyusul")
	if !apptest.Eventually(10*time.Second, func() bool {
		var m messageView
		return s.Get("/api/v1/messages/"+slow.ID, &m) == nil && m.Code == "429"
	}) {
		t.Errorf("the message does not say 429: %+v", s.awaitMessage(t, slow.ID, "queued", "held", "sent", "delivered"))
	}
	s.awaitMessage(t, slow.ID, "delivered")
	s.awaitMessage(t, behind.ID, "delivered")
	if waited := time.Since(began); waited < 50*time.Second {
		t.Errorf("after 429 it went on in %v, want a minute's rest", waited)
	}
	onceEach(t, s.sari, "tetap jalan", "pelan-pelan", "menyusul")
	for _, p := range []*wasim.Phone{broken, stranger} {
		if got := p.Messages("", ""); len(got) != 0 {
			t.Errorf("%s got %+v", p.Name(), got)
		}
	}
}

// TestBrokenSockets breaks the socket around a message: it goes out again under the same id and arrives once.
func TestBrokenSockets(t *testing.T) {
	t.Parallel()
	for _, kind := range []wasim.FaultKind{wasim.FaultDropBefore, wasim.FaultDropBeforeAck, wasim.FaultDropAfterAck, wasim.FaultLoseAck} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.talks(t, s.device, s.number, s.sari, "utuh")
			s.spoil(t, wasim.Fault{Kind: kind, To: s.sari.Number()})
			var texts []string
			var sent []messageView
			for i := range 5 {
				texts = append(texts, fmt.Sprintf("%s %d", kind, i))
				sent = append(sent, s.tell(t, s.device, s.sari.Number(), texts[i]))
			}
			for _, m := range sent {
				s.awaitMessage(t, m.ID, "delivered")
			}
			onceEach(t, s.sari, texts...)
			s.onceStored(t, s.sari, texts...)
			s.inOrder(t, texts)
			s.awaitState(t, s.device, "online")
		})
	}
}

// inOrder fails unless the customer's phone shows the texts in this order.
func (s *shop) inOrder(t *testing.T, texts []string) {
	t.Helper()
	var got []string
	for _, m := range s.sari.Messages(s.number, "") {
		for _, text := range texts {
			if m.Text == text {
				got = append(got, text)
			}
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(texts) {
		t.Errorf("the phone shows %q, want %q", got, texts)
	}
}

// TestSpoiltDeliveries brings messages twice and unreadable: each is in the chat once.
func TestSpoiltDeliveries(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "utuh")
	s.spoil(t, wasim.Fault{Kind: wasim.FaultDuplicate, Number: s.number, Times: 3})
	s.spoil(t, wasim.Fault{Kind: wasim.FaultGarbage, Number: s.number, Times: 1})
	var texts []string
	for i := range 6 {
		texts = append(texts, fmt.Sprintf("kiriman %d", i))
		says(t, s.sari, s.number, texts[i])
	}
	for _, text := range texts {
		s.awaitIn(t, s.device, s.sari.Number(), textIs(text))
	}
	s.onceStored(t, s.sari, texts...)
	for _, f := range s.net.Faults() {
		t.Errorf("%s never struck", f.Kind)
	}
}

// TestADeafSocket leaves the socket open and silent: the device finds out by itself, and nothing is lost.
func TestADeafSocket(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "utuh")
	s.spoil(t, wasim.Fault{Kind: wasim.FaultSilent})
	m := s.tell(t, s.device, s.sari.Number(), "halo, dengar?")
	says(t, s.sari, s.number, "halo juga")
	began := time.Now()
	s.awaitDevice(t, s.device, func(d deviceView) bool { return d.State != "online" })
	if waited := time.Since(began); waited > 80*time.Second {
		t.Errorf("it took %v to notice", waited)
	}
	s.awaitMessage(t, m.ID, "delivered")
	s.awaitIn(t, s.device, s.sari.Number(), textIs("halo juga"))
	s.awaitState(t, s.device, "online")
	onceEach(t, s.sari, "halo, dengar?")
	s.onceStored(t, s.sari, "halo, dengar?", "halo juga")
}

// changedView is a message with what was done to it.
type changedView struct {
	Reactions []struct{ Emoji string }
	Content   struct {
		Text string
		Poll *struct{ Counts []int }
		Pin  *struct{ Until int64 }
	}
}

// TestARefusedChangeIsTakenBack has the network refuse what is done to messages: they are shown as the customer has them,
// with what the network took before, and as they are wanted once it takes the change after all.
func TestARefusedChangeIsTakenBack(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.tell(t, s.device, s.sari.Number(), "pertama")
	s.awaitMessage(t, first.ID, "delivered", "read")
	poll := s.say(t, object{"device_id": s.device, "phone": s.sari.Number(), "kind": "poll", "poll": object{"name": "Warna?", "options": []string{"Merah", "Biru"}}})
	s.awaitMessage(t, poll.ID, "delivered", "read")
	for what, c := range map[string]struct {
		method, path string
		taken, body  object // a change that the network takes before, and the one that it refuses
		as           func(changedView) string
		was, is      string
	}{
		"edit": {"POST", "/messages/" + first.ID + "/edit", object{"text": "kedua"}, object{"text": "ketiga"}, func(m changedView) string { return m.Content.Text }, "kedua", "ketiga"},
		"reaction": {
			"POST", "/messages/" + first.ID + "/reactions",
			object{"emoji": "👍"},
			object{"emoji": "❤️"},
			func(m changedView) string { return fmt.Sprint(m.Reactions) }, "[{👍}]", "[{❤️}]",
		},
		"vote": {
			"POST", "/messages/" + poll.ID + "/vote",
			object{"options": []string{"Biru"}},
			object{"options": []string{"Merah"}},
			func(m changedView) string { return fmt.Sprint(m.Content.Poll.Counts) }, "[0 1]", "[1 0]",
		},
		"pin": {"PUT", "/messages/" + first.ID + "/pin", nil, object{}, func(m changedView) string { return fmt.Sprint(m.Content.Pin != nil) }, "false", "true"},
	} {
		at := "/api/v1/messages/" + strings.Split(c.path, "/")[2]
		shows := func(want string) {
			t.Helper()
			var m changedView
			s.Await(what+" as "+want, func() bool { return s.Get(at, &m) == nil && c.as(m) == want })
		}
		var change messageView
		if c.taken != nil {
			if err := s.Do(c.method, "/api/v1"+c.path, c.taken, nil, &change); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			s.awaitMessage(t, change.ID, "delivered", "sent", "read")
		}
		s.spoil(t, wasim.Fault{Kind: wasim.FaultAck, Code: 479, Number: s.number, Times: 1})
		if err := s.Do(c.method, "/api/v1"+c.path, c.body, nil, &change); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		s.awaitMessage(t, change.ID, "failed")
		shows(c.was)
		if err := s.Post("/api/v1/messages/"+change.ID+"/retry", nil, nil); err != nil {
			t.Fatalf("%s again: %v", what, err)
		}
		s.awaitMessage(t, change.ID, "delivered", "sent", "read")
		shows(c.is)
	}
}
