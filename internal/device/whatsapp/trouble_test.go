package whatsapp

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/wasim"
)

func fault1(t testing.TB, r *rig, f wasim.Fault) {
	t.Helper()
	if _, err := r.net.AddFault(f); err != nil {
		t.Fatalf("add a fault: %v", err)
	}
}

// What the phone had before it was linked comes as history: both sides of it, and marked as such.
func TestHistory(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, wasim.Options{})
		budi := r.net.Phone("Budi")
		const n = 150 // more than one batch
		for i := range n {
			write(t, budi, r.phone.Number(), wasim.Content{Text: fmt.Sprint("dulu ", i)})
		}
		write(t, r.phone, budi.Number(), wasim.Content{Text: "dijawab dulu"})
		if _, err := r.phone.Await(ctxOf(t), func(m wasim.Message) bool { return m.Text == fmt.Sprint("dulu ", n-1) }); err != nil {
			t.Fatal(err)
		}
		r.link(t)
		own := r.sink.message(t, "dijawab dulu")
		for i := range n {
			m := r.sink.message(t, fmt.Sprint("dulu ", i))
			if m.Origin != device.OriginHistory || m.FromMe || m.Chat.Address(device.AddressLID) != budi.LID() || m.Chat.Address(device.AddressPhone) != budi.Number() {
				t.Fatalf("got %+v, want history of Budi under both addresses", m)
			}
		}
		if !own.FromMe || own.Origin != device.OriginHistory {
			t.Errorf("got %+v, want own history", own)
		}
		r.taken(t)
	})
}

// taken waits until all announced history has been taken in, or given up.
func (r *rig) taken(t testing.TB) {
	t.Helper()
	poll(t, "history to be taken in", func() bool {
		a, err := r.driver.history.next(context.Background(), r.device, nil)
		return err == nil && a == nil
	})
}

// poll looks again and again until ok.
func poll(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited for %s", what)
		}
	}
}

// History that was announced is taken in after a restart, and a piece that can't be is given up at last.
func TestHistoryAfterRestart(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	r.taken(t)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	ctx := ctxOf(t)
	for range 2 { // the phone may announce it twice
		if err := r.driver.history.add(ctx, r.device, "BAD", []byte("\x0a\x03abc")); err != nil {
			t.Fatal(err)
		}
	}
	for try := 1; try <= historyTries; try++ {
		r.run(t)
		poll(t, fmt.Sprint("try ", try), func() bool {
			a, err := r.driver.history.next(ctx, r.device, nil)
			return err == nil && (a == nil || (a.networkID == "BAD" && a.tries >= try))
		})
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := r.driver.history.next(ctx, r.device, nil); a != nil || err != nil {
		t.Errorf("after %d tries: next = %+v, %v, want none", historyTries, a, err)
	}
}

// A message that arrives spoilt is asked for anew and comes once.
func TestSpoiltMessageComesLater(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	write(t, budi, r.phone.Number(), wasim.Content{Text: "satu"})
	r.sink.message(t, "satu")
	fault1(t, r, wasim.Fault{Kind: wasim.FaultGarbage, Number: r.phone.Number()})
	write(t, budi, r.phone.Number(), wasim.Content{Text: "rusak di jalan"})
	m := r.sink.message(t, "rusak di jalan")
	write(t, budi, r.phone.Number(), wasim.Content{Text: "tiga"})
	r.sink.message(t, "tiga")
	if n := r.session.(*session).Undecryptable(); n != 1 {
		t.Errorf("Undecryptable = %d, want 1", n)
	}
	if m.Content.Kind != device.KindText {
		t.Errorf("got %+v, want the text", m.Content)
	}
	if err := r.phone.Settle(ctxOf(t), r.device.Account.Address); err != nil {
		t.Errorf("something stays unacknowledged: %v", err)
	}
}

// Who is known by one address writes under the other: both the sender and the own phone send a copy of what can't be
// read, the one under the number and the other under the LID, and each copy says that it is one.
func TestCopiesOfWhatCouldNotBeReadSaySo(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	as := func(form wasim.Addressing, c wasim.Content) {
		t.Helper()
		r.net.ClearFaults()
		fault1(t, r, wasim.Fault{Kind: wasim.FaultOneAddress, Form: form, Number: r.phone.Number(), To: budi.Number(), Times: -1})
		write(t, budi, r.phone.Number(), c)
	}
	as(wasim.AddressLID, wasim.Content{Text: "satu"})
	if m := r.sink.message(t, "satu"); m.Again {
		t.Errorf("got %+v, want no copy of what was read at once", m)
	}
	as(wasim.AddressPhone, wasim.Content{Text: "dua"})
	copies := func() (list []device.Inbound) {
		for _, m := range r.sink.got {
			if m.Content.Text == "dua" {
				list = append(list, m)
			}
		}
		return list
	}
	r.sink.wait(t, "both copies", func() bool { return len(copies()) == 2 })
	r.sink.mu.Lock()
	defer r.sink.mu.Unlock()
	list := copies()
	if a, b := list[0], list[1]; !a.Again || !b.Again || a.NetworkID != b.NetworkID || cmp.Equal(a.Chat.Addresses, b.Chat.Addresses) {
		t.Errorf("got %+v and %+v, want two that say that they are copies, of one id and under two addresses", a, b)
	}
}

// The own phone's copy of an edit has the edit's id, as the sender's has: under that of what it changes there is a
// message already.
func TestTheCopyOfAnEditHasItsOwnID(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	id := write(t, budi, r.phone.Number(), wasim.Content{Text: "satu"})
	r.sink.message(t, "satu")
	fault1(t, r, wasim.Fault{Kind: wasim.FaultGarbage, Number: r.phone.Number()})
	edit := write(t, budi, r.phone.Number(), wasim.Content{Edit: &wasim.Edit{ID: id, Text: "dua"}})
	r.sink.wait(t, "both copies", func() bool { return len(r.sink.got) == 3 })
	r.sink.mu.Lock()
	defer r.sink.mu.Unlock()
	for _, m := range r.sink.got[1:] {
		if m.NetworkID != edit || m.Content.Kind != device.KindEdit || m.Content.Target != id {
			t.Errorf("got %+v, want the edit %s of %s", m, edit, id)
		}
	}
}

// The network's answer to a send is lost with the connection; the same id again is the same message.
func TestSendInTrouble(t *testing.T) {
	t.Parallel()
	for _, kind := range []wasim.FaultKind{wasim.FaultDropBefore, wasim.FaultDropBeforeAck} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			r := sqlite(t, wasim.Options{}).link(t)
			budi := r.net.Phone("Budi")
			r.send(t, budi, device.Content{Kind: device.KindText, Text: "awal"})
			fault1(t, r, wasim.Fault{Kind: kind, Number: r.phone.Number(), Times: 1})
			out := device.Outgoing{NetworkID: "3EB0BBBBBBBBBBBBBBBBBB", To: person1(budi), Content: device.Content{Kind: device.KindText, Text: "penting"}}
			_, err := r.session.Send(ctxOf(t), out)
			if got := device.AsSendError(err); err == nil || got.Class != device.SendRetry {
				t.Fatalf("Send = %v, want retry", err)
			}
			if err := r.stop(); err == nil {
				t.Error("Run ended without saying why")
			}
			r.run(t)
			if _, err := r.session.Send(ctxOf(t), out); err != nil {
				t.Fatalf("Send again: %v", err)
			}
			r.await(t, budi, "penting")
			r.send(t, budi, device.Content{Kind: device.KindText, Text: "akhir"})
			r.await(t, budi, "akhir")
			got := budi.Messages(r.phone.Number(), "")
			if n := len(slices.DeleteFunc(got, func(m wasim.Message) bool { return m.Text != "penting" })); n != 1 {
				t.Errorf("Budi sees it %d times, want once", n)
			}
		})
	}
}

// Somebody who can't read an old message of ours asks after we were restarted: it comes from our own messages.
func TestResend(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	r := newRig(t, d, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	var mu sync.Mutex
	asked := map[string]bool{}
	sent := r.send(t, budi, device.Content{Kind: device.KindText, Text: "jangan hilang"})
	r.await(t, budi, "jangan hilang")
	r.driver.resend = func(_ context.Context, workspaceID, deviceID, networkID string) ([]byte, bool) {
		mu.Lock()
		defer mu.Unlock()
		asked[workspaceID+"/"+deviceID+"/"+networkID] = true
		return sent.Raw, networkID == "KNOWN"
	}
	s := r.session.(*session)
	if m := s.messageForRetry(s.client.Store.GetJID(), s.client.Store.GetJID(), "KNOWN"); m.GetConversation() != "jangan hilang" {
		t.Errorf("messageForRetry(KNOWN) = %v", m)
	}
	if m := s.messageForRetry(s.client.Store.GetJID(), s.client.Store.GetJID(), "OTHER"); m != nil {
		t.Errorf("messageForRetry(OTHER) = %v, want nothing", m)
	}
	if !asked["w1/d1/KNOWN"] {
		t.Errorf("asked for %v, want workspace, device and id", asked)
	}
}

// What is stored is not in memory any more, and is found by who asks for it again.
func TestKeptIsForgottenAndFound(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	s := r.session.(*session)
	in := s.client.DangerousInternals() //nolint:staticcheck // what it keeps can be seen in no other way
	to := types.NewJID(budi.LID(), types.HiddenUserServer)
	asks := &events.Receipt{MessageSource: types.MessageSource{Chat: to, Sender: to}}
	var raw []byte
	var looked string
	r.driver.resend = func(_ context.Context, _, _, id string) ([]byte, bool) { looked = id; return raw, raw != nil }
	for _, id := range []string{"3EB0A", "3EB0B"} {
		sent, err := r.session.Send(ctxOf(t), device.Outgoing{
			NetworkID: id, To: person1(budi), Content: device.Content{Kind: device.KindText, Text: "pesan " + id},
		})
		if err != nil {
			t.Fatal(err)
		}
		if m := in.GetRecentMessage(to, id); m.IsEmpty() {
			t.Fatalf("%s is not in memory although nobody has stored it", id)
		}
		raw = sent.Raw
		s.Kept("unknown")
		s.Kept(id)
		s.Kept(id)
		if m := in.GetRecentMessage(to, id); !m.IsEmpty() {
			t.Errorf("%s is still in memory", id)
		}
		found, err := in.GetMessageForRetry(ctxOf(t), asks, id)
		if err != nil || found == nil || found.IsEmpty() || looked != id {
			t.Errorf("who asks for %s again gets %v, %v, and %q was looked for", id, found, err, looked)
		}
	}
	if n := len(s.held.to); n != 0 {
		t.Errorf("%d wait to be stored", n)
	}
}

// Every refusal of the network reaches the caller as what it is.
func TestRefusals(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	r.send(t, budi, device.Content{Kind: device.KindText, Text: "awal"})
	for _, c := range []struct {
		code    int
		classes []device.SendClass
	}{
		{463, []device.SendClass{device.SendRetry, device.SendHoldCold}},
		{475, []device.SendClass{device.SendHoldCold}},
		{479, []device.SendClass{device.SendGiveUp}},
		{429, []device.SendClass{device.SendHold}},
	} {
		r.net.ClearFaults()
		fault1(t, r, wasim.Fault{Kind: wasim.FaultAck, Code: c.code, Number: r.phone.Number()})
		for i, want := range c.classes {
			out := device.Outgoing{NetworkID: fmt.Sprint("3EB0", c.code), To: person1(budi), Content: device.Content{Kind: device.KindText, Text: "x"}}
			_, err := r.session.Send(ctxOf(t), out)
			if got := device.AsSendError(err); err == nil || got.Class != want || got.Code != fmt.Sprint(c.code) {
				t.Errorf("%d, try %d: got %v, want %s", c.code, i+1, err, want)
			}
		}
	}
	r.net.ClearFaults()
	r.send(t, budi, device.Content{Kind: device.KindText, Text: "baik lagi"})
	r.await(t, budi, "baik lagi")
}
