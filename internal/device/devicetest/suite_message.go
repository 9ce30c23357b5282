package devicetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/device"
)

func testTextBothWays(t *testing.T, b *bench) {
	b.link(t)
	p := b.world.Person(t, "Budi")
	id := write(t, p, "Halo kak, *ada* stok? 👍")
	m := b.sink.Message(t, "Halo kak, *ada* stok? 👍")
	if m.NetworkID != id || m.FromMe || m.Origin != device.OriginLive || m.Content.Kind != device.KindText {
		t.Errorf("received %+v, want the live text %s of somebody else", m, id)
	}
	if age := time.Since(time.UnixMilli(m.At)); age < -time.Minute || age > time.Minute {
		t.Errorf("its time is %v ago, want now", age)
	}
	for what, peer := range map[string]device.Peer{"chat": m.Chat, "sender": m.Sender} {
		if !samePerson(peer, p.Peer()) || peer.Group || peer.Name != "Budi" {
			t.Errorf("%s is %+v, want Budi, who is %+v", what, peer, p.Peer())
		}
	}
	sent := b.sendAs(t, p, "Ada\nbanyak", b.newID())
	if age := time.Since(time.UnixMilli(sent.At)); age < -time.Minute || age > time.Minute {
		t.Errorf("sent %v ago, want now", age)
	}
	awaitGot(t, p, "Ada\nbanyak")
	if got := b.sink.Texts(); len(got) != 1 {
		t.Errorf("received %q, want only what Budi wrote", got)
	}
}

// samePerson reports whether two peers have an address in common.
func samePerson(a, b device.Peer) bool {
	return slices.ContainsFunc(a.Addresses, func(x device.Address) bool { return slices.Contains(b.Addresses, x) })
}

func testSameID(t *testing.T, b *bench) {
	b.link(t)
	p := b.world.Person(t, "Budi")
	id := b.send(t, p, "satu")
	b.sendAs(t, p, "satu", id)
	if err := b.stop(); err != nil {
		t.Fatalf("Run: %v", err)
	}
	b.restart(t)
	b.start(t)
	b.sendAs(t, p, "satu", id)
	b.send(t, p, "dua")
	awaitGot(t, p, "satu", "dua")
}

func testNobody(t *testing.T, b *bench) {
	peer, ok := b.world.Nobody()
	if !ok {
		return // the network knows no addresses that belong to nobody
	}
	b.link(t)
	_, err := b.session.Send(patient(t), device.Outgoing{NetworkID: b.newID(), To: peer, Content: device.Content{Kind: device.KindText, Text: "x"}})
	if se := device.AsSendError(err); err == nil || se.Class != device.SendGiveUp || se.Code == "" {
		t.Errorf("Send to nobody: got %v, want it given up with a code", err)
	}
	p := b.world.Person(t, "Budi")
	b.send(t, p, "lanjut")
	awaitGot(t, p, "lanjut")
}

func testSendOffline(t *testing.T, b *bench) {
	b.link(t)
	p := b.world.Person(t, "Budi")
	if err := b.stop(); err != nil {
		t.Fatalf("Run: %v", err)
	}
	_, err := b.session.Send(patient(t), outgoing(p, "x", b.newID()))
	var se *device.SendError
	if !errors.As(err, &se) || se.Class != device.SendRetry && se.Class != device.SendHold || se.Code == "" {
		t.Errorf("Send without a connection: got %v, want it retried or held", err)
	}
}

func testOffline(t *testing.T, b *bench) {
	b.link(t)
	p := b.world.Person(t, "Budi")
	write(t, p, "live")
	b.sink.Message(t, "live")
	if err := b.stop(); err != nil {
		t.Fatalf("Run: %v", err)
	}
	want := []string{"live"}
	for i := range 5 {
		want = append(want, fmt.Sprint("late ", i))
		write(t, p, want[i+1])
	}
	b.restart(t)
	b.start(t)
	b.sink.Wait(t, "what waited", func(r *Recorded) bool { return len(r.Received) >= len(want) })
	write(t, p, "live again")
	last := b.sink.Message(t, "live again")
	if diff := cmp.Diff(append(want, "live again"), b.sink.Texts()); diff != "" {
		t.Errorf("received -want +got:\n%s", diff)
	}
	if m := b.sink.Message(t, "late 2"); m.Origin != device.OriginOffline {
		t.Errorf("what waited has origin %q, want offline", m.Origin)
	}
	if last.Origin != device.OriginLive {
		t.Errorf("what came after it has origin %q, want live", last.Origin)
	}
}

// refuseOnce refuses the message with the text until it has been refused n times.
func (b *bench) refuse(text string, n int) {
	left := n
	b.sink.Refuse(func(m device.Inbound) error {
		if m.Content.Text == text && left > 0 {
			left--
			return errors.New("the disk is full")
		}
		return nil
	})
}

// rerun runs the session until it has been refused, and again until everything wanted is there.
func (b *bench) rerun(t *testing.T, before func()) {
	t.Helper()
	refused := func(r *Recorded) bool { return len(r.Refused) > 0 }
	b.sink.Wait(t, "the message is refused", refused)
	_ = b.stop() // it may have ended by itself because of the refusal
	before()
	b.run(t)
}

func testRedelivery(t *testing.T, b *bench) {
	b.link(t)
	p := b.world.Person(t, "Budi")
	b.refuse("dua", 1)
	for _, text := range []string{"satu", "dua", "tiga"} {
		write(t, p, text)
	}
	b.rerun(t, func() {})
	b.exactly(t, p, "satu", "dua", "tiga")
}

func testRedeliveryAfterRestart(t *testing.T, b *bench) {
	b.link(t)
	p := b.world.Person(t, "Budi")
	b.refuse("dua", 1)
	for _, text := range []string{"satu", "dua", "tiga"} {
		write(t, p, text)
	}
	b.rerun(t, func() {
		b.restart(t)
		b.open(t)
	})
	b.exactly(t, p, "satu", "dua", "tiga")
}

// exactly waits until the texts were taken, each once, in any order, and nothing else comes behind them.
func (b *bench) exactly(t *testing.T, p Person, want ...string) {
	t.Helper()
	for _, text := range want {
		b.sink.Message(t, text)
	}
	write(t, p, "the end")
	b.sink.Message(t, "the end")
	got := b.sink.Texts()
	slices.Sort(got)
	want = append(want, "the end")
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("received -want +got:\n%s", diff)
	}
}

func testReceipts(t *testing.T, b *bench) {
	b.link(t)
	p := b.world.Person(t, "Budi")
	id := b.send(t, p, "sudah sampai?")
	awaitGot(t, p, "sudah sampai?")
	if err := p.Read(patient(t)); err != nil {
		t.Fatalf("read: %v", err)
	}
	b.sink.Wait(t, "the read receipt", func(r *Recorded) bool {
		return slices.ContainsFunc(r.Receipts, func(x device.Receipt) bool {
			return x.Kind == device.ReceiptRead && slices.Contains(x.NetworkIDs, id) && samePerson(x.Chat, p.Peer())
		})
	})
}

func testTyping(t *testing.T, b *bench) {
	b.link(t)
	p := b.world.Person(t, "Budi")
	write(t, p, "Halo")
	b.sink.Message(t, "Halo")
	if typer, ok := b.session.(device.Typer); ok {
		for _, on := range []bool{true, false} {
			if err := typer.Typing(patient(t), p.Peer(), on); err != nil {
				t.Errorf("Typing(%v): %v", on, err)
			}
		}
	}
	if err := p.Type(patient(t)); err != nil {
		t.Fatalf("type: %v", err)
	}
	b.sink.Wait(t, "somebody types", func(r *Recorded) bool {
		return slices.ContainsFunc(r.Typing, func(x device.Typing) bool { return x.On && !x.FromMe && samePerson(x.Chat, p.Peer()) })
	})
}

func testMarkRead(t *testing.T, b *bench) {
	b.link(t)
	reader, ok := b.session.(device.Reader)
	if !ok {
		return // the channel has no read receipts
	}
	p := b.world.Person(t, "Budi")
	write(t, p, "Halo")
	m := b.sink.Message(t, "Halo")
	if err := reader.MarkRead(patient(t), m.Chat, m.Sender, []string{m.NetworkID}); err != nil {
		t.Errorf("MarkRead: %v", err)
	}
}

func testOwnPhone(t *testing.T, b *bench) {
	b.link(t)
	p := b.world.Person(t, "Budi")
	id, err := b.world.Own(patient(t), p, "dari HP")
	if err != nil {
		t.Fatalf("write from the own phone: %v", err)
	}
	m := b.sink.Message(t, "dari HP")
	if !m.FromMe || m.NetworkID != id || !samePerson(m.Chat, p.Peer()) || samePerson(m.Sender, p.Peer()) {
		t.Errorf("received %+v, want %s from us in the chat with %+v", m, id, p.Peer())
	}
}

func testCut(t *testing.T, b *bench) {
	b.link(t)
	p := b.world.Person(t, "Budi")
	err := b.ended(t, b.world.Cut)
	if end, ok := endOf(err); err == nil || ok && end.State != device.StateOffline {
		t.Errorf("Run ended with %v, want an error that is tried again", err)
	}
	write(t, p, "masih ada?")
	b.run(t)
	b.exactly(t, p, "masih ada?")
	b.send(t, p, "masih")
	awaitGot(t, p, "masih")
}

func testStop(t *testing.T, b *bench) {
	b.link(t)
	began := time.Now()
	if err := b.stop(); err != nil {
		t.Errorf("Run ended with %v when its ctx did, want nil", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
}

func testBothWaysAtOnce(t *testing.T, b *bench) {
	const each = 60
	b.link(t)
	p := b.world.Person(t, "Budi")
	write(t, p, "in -1")
	b.sink.Message(t, "in -1")
	want := map[string][]string{"in": {"in -1"}}
	for i := range each {
		want["in"] = append(want["in"], fmt.Sprint("in ", i))
		want["out"] = append(want["out"], fmt.Sprint("out ", i))
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, text := range want["in"][1:] {
			if _, err := p.Write(patient(t), text); err != nil {
				t.Errorf("write %q: %v", text, err)
			}
		}
	})
	for _, text := range want["out"] {
		b.send(t, p, text)
	}
	wg.Wait()
	awaitGot(t, p, want["out"]...)
	b.sink.Wait(t, "all messages", func(r *Recorded) bool { return len(r.Received) >= each+1 })
	if diff := cmp.Diff(want["in"], b.sink.Texts()); diff != "" {
		t.Errorf("received -want +got:\n%s", diff)
	}
}

func testNetworkIDs(t *testing.T, b *bench) {
	n, ok := b.driver.(device.NetworkIDer)
	if !ok {
		return // it gets UUIDs
	}
	seen := map[string]bool{}
	for range 1000 {
		seen[n.NewNetworkID()] = true
	}
	if len(seen) != 1000 || seen[""] {
		t.Errorf("1000 ids are %d different ones, an empty one among them: %v", len(seen), seen[""])
	}
}

// A node that has lost the device takes nothing more from the network, and whoever has it gets all.
func testFenced(t *testing.T, b *bench) {
	b.link(t)
	p := b.world.Person(t, "Budi")
	write(t, p, "satu")
	b.sink.Message(t, "satu")
	b.sink.FenceOff(errors.New("another node has the device"))
	write(t, p, "dua")
	b.sink.Wait(t, "the message is denied", func(r *Recorded) bool { return r.Denied > 0 })
	_ = b.stop()
	if got := b.sink.Texts(); len(got) != 1 {
		t.Errorf("a fenced node took %q", got)
	}
	b.sink.FenceOff(nil)
	b.restart(t)
	b.start(t)
	b.exactly(t, p, "satu", "dua")
}
