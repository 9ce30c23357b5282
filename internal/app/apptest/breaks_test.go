package apptest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// TestChaos has everything go wrong now and then while both sides write: nothing is lost, nothing is doubled, and
// nobody has to do anything. With its seed each kind of chaos strikes within the first eight messages out, fourteen in and
// twenty-five stanzas.
func TestChaos(t *testing.T) {
	t.Parallel()
	s := newShopOn(t, wasim.Options{Seed: 7535}, nil)
	s.talks(t, s.device, s.number, s.sari, "awal")
	if err := s.net.AddChaos(wasim.Chaos{Probability: 0.03, Delay: 50 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	n := number(t, "PING_TEST_CHAOS", 20)
	var in, out []string
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range n {
			token := fmt.Sprint("masuk ", i)
			if _, err := s.sari.Send(context.Background(), s.number, wasim.Content{Text: token}); err != nil {
				t.Errorf("Sari could not write %q: %v", token, err)
				return
			}
			in = append(in, token)
		}
	})
	for i := range n {
		token := fmt.Sprint("keluar ", i)
		s.tell(t, s.device, s.sari.Number(), token)
		out = append(out, token)
	}
	wg.Wait()
	for _, token := range in {
		s.awaitIn(t, s.device, s.sari.Number(), textIs(token))
	}
	for _, token := range out[:n/2] {
		awaitOn(t, s.sari, token)
	}
	var missing []wasim.FaultKind
	if !apptest.Eventually(100*time.Second, func() bool {
		missing = nil
		for _, f := range s.net.Faults() {
			if f.Fired == 0 {
				missing = append(missing, f.Kind)
			}
		}
		return len(missing) == 0
	}) {
		t.Errorf("%v never struck", missing)
	}
	s.net.ClearFaults() // a lost ack costs a minute: enough of them
	for _, token := range out[n/2:] {
		awaitOn(t, s.sari, token)
	}
	s.awaitState(t, s.device, "online")
	onceEach(t, s.sari, out...)
	s.onceStored(t, s.sari, append(in, out...)...)
}

// TestAnOldClient is told that it is too old: the device says so, waits for a newer version, and keeps what is to go out.
func TestAnOldClient(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.spoil(t, wasim.Fault{Kind: wasim.FaultConnect, Code: 405, Times: -1})
	s.spoil(t, wasim.Fault{Kind: wasim.FaultClose})
	d := s.awaitDevice(t, s.device, func(d deviceView) bool { return d.State == "offline" && d.StateWhy == "client_outdated" })
	if !d.Linked {
		t.Error("the device is not linked any more")
	}
	m := s.tell(t, s.device, s.sari.Number(), "nanti")
	if m.State != "queued" {
		t.Errorf("a message meanwhile is %s, want queued", m.State)
	}
	s.net.ClearFaults() // a newer version is what comes with the next start
	s.Stop()
	s.Run()
	s.awaitMessage(t, m.ID, "delivered")
	onceEach(t, s.sari, "nanti")
}

// TestA463WithoutATimeLock refuses one first message although the account is not restricted: it goes out a little later,
// and the device stays what it is.
func TestA463WithoutATimeLock(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	stranger := s.net.Phone("Orang baru")
	s.spoil(t, wasim.Fault{Kind: wasim.FaultAck, Code: 463, NewChatsOnly: true, To: stranger.Number(), Times: 1})
	m := s.tell(t, s.device, stranger.Number(), "perkenalkan")
	s.awaitMessage(t, m.ID, "delivered")
	if d := s.look(t, s.device); d.State != "online" {
		t.Errorf("the device is %s %s, want online", d.State, d.StateWhy)
	}
	onceEach(t, stranger, "perkenalkan")
}

// TestACustomerInstallsAnew gives a customer new keys in the middle of a talk: messages go on both ways, each once.
func TestACustomerInstallsAnew(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "lama")
	if err := s.sari.Reinstall(); err != nil {
		t.Fatal(err)
	}
	m := s.tell(t, s.device, s.sari.Number(), "masih ingat?")
	s.awaitMessage(t, m.ID, "delivered", "read")
	says(t, s.sari, s.number, "HP baru")
	s.awaitIn(t, s.device, s.sari.Number(), textIs("HP baru"))
	onceEach(t, s.sari, "masih ingat?")
	s.onceStored(t, s.sari, "masih ingat?", "HP baru")
}

// TestAStrangerWhoWritesIsNotHeld restricts the number, so that a first message waits for an hour; its recipient writes
// first, and the message goes at once.
func TestAStrangerWhoWritesIsNotHeld(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	stranger := s.net.Phone("Orang baru")
	s.spoil(t, wasim.Fault{Kind: wasim.FaultTimelock, Until: time.Now().Add(time.Hour).Unix()})
	s.awaitState(t, s.device, "restricted")
	m := s.tell(t, s.device, stranger.Number(), "perkenalkan")
	s.awaitMessage(t, m.ID, "held")
	says(t, stranger, s.number, "halo duluan")
	s.awaitMessage(t, m.ID, "delivered")
	onceEach(t, stranger, "perkenalkan")
}

// TestOlderMessagesCanBeAskedFor brings messages from before the device was linked: as history, unread by nobody.
func TestOlderMessagesCanBeAskedFor(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	toko, budi := s.net.Phone("Cabang"), s.net.Phone("Budi")
	const n = 12
	for i := range n {
		says(t, budi, toko.Number(), fmt.Sprintf("dulu %02d", i))
	}
	awaitOn(t, toko, fmt.Sprintf("dulu %02d", n-1))
	device := s.makeDevice(t, "Cabang")
	if err := s.Do("PATCH", "/api/v1/devices/"+device, object{"history_per_chat": 3}, nil, nil); err != nil {
		t.Fatal(err)
	}
	s.linkByQR(t, device, toko)
	s.awaitIn(t, device, budi.Number(), textIs(fmt.Sprintf("dulu %02d", n-1)))
	chat := s.chats(t, device, budi.Number())[0]
	before := len(s.history(t, device, budi.Number()))
	if before > 3 {
		t.Errorf("%d messages came at linking, want 3 at most", before)
	}
	// What was written in the second in which the device was linked is news; what is asked for never is.
	var view, after struct{ Unread int }
	if err := s.Get("/api/v1/chats/"+chat, &view); err != nil {
		t.Fatal(err)
	}
	if err := s.Post("/api/v1/chats/"+chat+"/history", object{"count": 5}, nil); err != nil {
		t.Fatal(err)
	}
	s.Await("five older messages", func() bool { return len(s.history(t, device, budi.Number())) == before+5 })
	if err := s.Get("/api/v1/chats/"+chat, &after); err != nil || after.Unread > view.Unread {
		t.Errorf("the chat has %d unread, %v; want no more than %d", after.Unread, err, view.Unread)
	}
	var p struct{ Messages int }
	if err := s.Get("/api/v1/devices/"+device+"/history", &p); err != nil || p.Messages < 8 {
		t.Errorf("progress %+v, %v; want 8 messages", p, err)
	}
}
