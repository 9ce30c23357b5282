package handset

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

func send(t testing.TB, from *plug, to *plug, c Content) string {
	t.Helper()
	id, err := from.h.Send(within(t), to.acc.PN.User, c)
	if err != nil {
		t.Fatalf("Send(%+v): %v", c, err)
	}
	return id
}

func byID(id string) func(Message) bool { return func(m Message) bool { return m.ID == id } }

func TestTextArrivesAndIsDeliveredThenRead(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	id := send(t, a, b, Content{Text: "Halo"})
	got := await(t, b.h, "the text", byID(id))
	got.Raw = nil
	want := Message{
		Seq: 1, ID: id, Chat: a.acc.PN.User, From: a.acc.PN.User, Type: TypeText, Text: "Halo",
		TimestampMS: 1_700_000_000_000, Status: StatusReceived,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("shown message (-want +got):\n%s", diff)
	}
	await(t, a.h, "delivered", func(m Message) bool { return m.ID == id && m.Status == StatusDelivered })
	if err := b.h.Read(a.acc.PN.User); err != nil {
		t.Fatalf("Read: %v", err)
	}
	await(t, a.h, "read", func(m Message) bool { return m.ID == id && m.Status == StatusRead })
	if m, _ := b.h.Message(id); m.Status != StatusRead {
		t.Errorf("reader's own status: got %q, want %q", m.Status, StatusRead)
	}
}

func TestManyBothWaysAtOnce(t *testing.T) {
	t.Parallel()
	const each = 300
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	send(t, a, b, Content{Text: "first"})
	var wg sync.WaitGroup
	for _, way := range [][2]*plug{{a, b}, {b, a}} {
		wg.Go(func() {
			for i := range each {
				if _, err := way[0].h.Send(t.Context(), way[1].acc.PN.User, Content{Text: fmt.Sprint(i)}); err != nil {
					t.Errorf("Send: %v", err)
				}
			}
		})
	}
	wg.Wait()
	for _, p := range []*plug{a, b} {
		n := 0
		await(t, p.h, "all texts in order", func(m Message) bool {
			if !m.FromMe && m.Seq > 0 && m.Status == StatusReceived && m.Text == fmt.Sprint(n) {
				n++
			}
			return n == each
		})
		if c := p.h.Counters(); c.DecryptErrors != 0 || c.RetriesAsked != 0 {
			t.Errorf("counters: got %+v, want no errors", c)
		}
	}
}

func TestBothBeginASessionAtOnce(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	held := map[*plug]waBinary.Node{}
	w.spoil = func(to types.JID, n *waBinary.Node) bool {
		held[w.phones[to]] = *n
		return false
	}
	send(t, a, b, Content{Text: "first"})
	send(t, b, a, Content{Text: "first"})
	w.mu.Lock()
	w.spoil = nil
	for p, n := range held {
		p.in <- n
	}
	w.mu.Unlock()
	for i := range 20 {
		text := fmt.Sprint(i)
		send(t, a, b, Content{Text: text})
		send(t, b, a, Content{Text: text})
	}
	for _, p := range []*plug{a, b} {
		await(t, p.h, "the last text", func(m Message) bool { return !m.FromMe && m.Text == "19" })
		if c := p.h.Counters(); c.DecryptErrors != 0 || c.IDs != 21 {
			t.Errorf("counters: got %+v, want 21 ids and no errors", c)
		}
	}
}

func TestOwnCompanionGetsACopyOfWhatThePhoneSends(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	c := a.companion(7)
	id := send(t, a, b, Content{Text: "Halo"})
	n := c.next(t, "message")
	msg := c.open(t, n)
	if got := msg.GetDeviceSentMessage().GetMessage().GetConversation(); got != "Halo" {
		t.Errorf("copy: got %v, want Halo inside DeviceSentMessage", msg)
	}
	if got := msg.GetDeviceSentMessage().GetDestinationJID(); got != b.acc.LID.String() {
		t.Errorf("destination: got %q, want %q", got, b.acc.LID)
	}
	if got := n.AttrGetter().String("id"); got != id {
		t.Errorf("id: got %q, want %q", got, id)
	}
}

// open decrypts a stanza with the companion's own keys.
func (d *device) open(t testing.TB, n waBinary.Node) *waE2E.Message {
	t.Helper()
	enc := n.GetChildByTag("enc")
	body, _ := enc.Content.([]byte)
	from := n.AttrGetter().JID("from")
	d.h.mu.Lock()
	defer d.h.mu.Unlock()
	plain, err := d.h.decrypt(t.Context(), from, enc.AttrGetter().String("type"), body)
	if err != nil {
		t.Fatalf("companion can't read %s: %v", n.String(), err)
	}
	var msg waE2E.Message
	if err := proto.Unmarshal(plain, &msg); err != nil {
		t.Fatalf("companion reads rubbish: %v", err)
	}
	return &msg
}

// write makes a stanza of the companion for one device and puts it on the wire.
func (d *device) write(t testing.TB, w *wire, to types.JID, id string, msg *waE2E.Message, extra waBinary.Attrs) {
	t.Helper()
	bundles, err := w.phones[to.ToNonAD()].Bundles(t.Context(), []types.JID{to})
	if err != nil {
		t.Fatalf("Bundles: %v", err)
	}
	plain, err := proto.Marshal(msg)
	if err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	d.h.mu.Lock()
	enc, ok := d.h.encNode(t.Context(), to, plain, msg, bundles[to])
	d.h.mu.Unlock()
	if !ok {
		t.Fatalf("companion can't encrypt for %s", to)
	}
	node := messageNode(id, to, msg, enc)
	for k, v := range extra {
		node.Attrs[k] = v
	}
	w.deliver(d.jid, to, node, node.GetChildren())
}

func TestMessageSentOnACompanionShowsAsOwn(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	c := a.companion(3)
	c.write(t, w, a.acc.LID, "X1", &waE2E.Message{DeviceSentMessage: &waE2E.DeviceSentMessage{
		DestinationJID: proto.String(b.acc.LID.String()), Message: &waE2E.Message{Conversation: proto.String("dari laptop")},
	}}, waBinary.Attrs{"recipient": b.acc.LID})
	got := await(t, a.h, "the companion's message", byID("X1"))
	if !got.FromMe || got.Chat != b.acc.PN.User || got.Device != 3 || got.Text != "dari laptop" || got.Status != StatusSent {
		t.Errorf("shown: got %+v, want an own message of device 3 in Budi's chat", got)
	}
	if r := c.next(t, "receipt"); r.AttrGetter().String("type") != "sender" {
		t.Errorf("receipt: got %s, want type sender", r.String())
	}
}

func TestDamagedMessageIsAskedForAgain(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	await(t, b.h, "a first text", byID(send(t, a, b, Content{Text: "one"})))
	await(t, a.h, "an answer, after which the MAC is the last of the ciphertext", byID(send(t, b, a, Content{Text: "back"})))
	broken := false
	w.mu.Lock()
	w.spoil = func(to types.JID, n *waBinary.Node) bool {
		if to == b.acc.LID && n.Tag == "message" && !broken {
			broken = true
			enc := n.GetChildByTag("enc")
			body := append([]byte{}, enc.Content.([]byte)...)
			body[len(body)-1] ^= 1
			n.Content = []waBinary.Node{{Tag: "enc", Attrs: enc.Attrs, Content: body}}
		}
		return true
	}
	w.mu.Unlock()
	id := send(t, a, b, Content{Text: "two"})
	if got := await(t, b.h, "the repeated text", byID(id)); got.Text != "two" {
		t.Errorf("text: got %q, want two", got.Text)
	}
	await(t, b.h, "a third text", byID(send(t, a, b, Content{Text: "three"})))
	c := b.h.Counters()
	if c.DecryptErrors != 1 || c.BadMACs != 1 || c.RetriesAsked != 1 || a.h.Counters().RetriesAnswered != 1 {
		t.Errorf("counters: got %+v and %+v, want one bad MAC, asked and answered once", c, a.h.Counters())
	}
	if got := len(b.h.Messages(a.acc.PN.User, 0)); got != 4 {
		t.Errorf("messages: got %d, want 4", got)
	}
}

func TestRepeatedStanzaIsShownOnceAndNoError(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	w.spoil = func(to types.JID, n *waBinary.Node) bool {
		if to == b.acc.LID && n.Tag == "message" {
			w.phones[to].in <- *n
		}
		return true
	}
	id := send(t, a, b, Content{Text: "once"})
	last := send(t, a, b, Content{Text: "last"})
	await(t, b.h, "the last text", byID(last))
	await(t, a.h, "delivered", func(m Message) bool { return m.ID == id && m.Status == StatusDelivered })
	if got := len(b.h.Messages("", 0)); got != 2 {
		t.Errorf("messages: got %d, want 2", got)
	}
	if c := b.h.Counters(); c.DecryptErrors != 0 || c.IDs != 2 || c.Frames < 3 {
		t.Errorf("counters: got %+v, want 2 ids, more frames, no error", c)
	}
}

func TestUsedCounterIsTheSendersFault(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	await(t, b.h, "a first text", byID(send(t, a, b, Content{Text: "one"})))
	await(t, a.h, "an answer, which ends the prekey phase", byID(send(t, b, a, Content{Text: "back"})))
	a.h.mu.Lock()
	before := *a.h.signal.sessions[b.acc.LID.SignalAddress().String()]
	a.h.mu.Unlock()
	await(t, b.h, "two", byID(send(t, a, b, Content{Text: "two"})))
	a.h.mu.Lock()
	a.h.signal.sessions[b.acc.LID.SignalAddress().String()] = &before
	a.h.mu.Unlock()
	id := send(t, a, b, Content{Text: "three"})
	await(t, b.h, "three, asked for again", byID(id))
	if c := b.h.Counters(); c.DuplicateCounters != 1 || c.DecryptErrors != 1 || c.Replays != 0 {
		t.Errorf("counters: got %+v, want one duplicate counter", c)
	}
}

func TestReinstalledPhoneIsReachedAgain(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	await(t, b.h, "a first text", byID(send(t, a, b, Content{Text: "one"})))
	before, _ := b.h.Identity()
	if err := b.h.Reinstall(); err != nil {
		t.Fatalf("Reinstall: %v", err)
	}
	if after, _ := b.h.Identity(); after == before {
		t.Error("identity key is the same after Reinstall")
	}
	await(t, b.h, "a text on the old session, asked for again", byID(send(t, a, b, Content{Text: "two"})))
	if got := a.h.Counters().IdentityChanges; got != 1 {
		t.Errorf("identity changes seen by the sender: got %d, want 1", got)
	}
	await(t, a.h, "an answer", byID(send(t, b, a, Content{Text: "three"})))
}

func TestTypingAndPresenceAreSeen(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	if err := a.h.StartTyping(b.acc.PN.User); err != nil {
		t.Fatalf("StartTyping: %v", err)
	}
	if _, err := b.h.AwaitSeen(within(t), a.acc.PN.User, func(s Seen) bool { return s.Typing == "composing" }); err != nil {
		t.Errorf("typing wasn't seen: %v", err)
	}
	b.in <- waBinary.Node{Tag: "presence", Attrs: waBinary.Attrs{"from": a.acc.LID, "type": "available"}}
	if _, err := b.h.AwaitSeen(within(t), a.acc.PN.User, func(s Seen) bool { return s.Online }); err != nil {
		t.Errorf("presence wasn't seen: %v", err)
	}
}

func TestSendingToNobodyIsAnError(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a := w.phone("Ani", 1)
	if id, err := a.h.Send(t.Context(), "62899", Content{Text: "x"}); err == nil {
		t.Errorf("Send to an unknown number: got id %s, want an error", id)
	}
	if got := a.h.Messages("", 0); len(got) != 0 {
		t.Errorf("messages after a failed send: got %v, want none", got)
	}
}

func TestCopyThatACompanionCouldntReadIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	c := a.companion(4)
	id := send(t, a, b, Content{Text: "Halo"})
	c.next(t, "message")
	bundle := c.h.Bundle()
	w.deliver(c.jid, a.acc.LID, waBinary.Node{Tag: "receipt", Attrs: waBinary.Attrs{"id": id, "type": "retry"}}, []waBinary.Node{
		{Tag: "retry", Attrs: waBinary.Attrs{"count": 2, "id": id, "t": 1, "v": 1}},
		{Tag: "registration", Content: []byte{0, 0, 0, 9}},
		{Tag: "keys", Content: []waBinary.Node{
			{Tag: "identity", Content: bundle.Identity[:]},
			keyNode("key", bundle.PreKeyID, bundle.PreKey[:], nil),
			keyNode("skey", bundle.SignedID, bundle.Signed[:], bundle.Signature[:]),
		}},
	})
	again := c.next(t, "message")
	ag, enc := again.AttrGetter(), again.GetChildByTag("enc")
	if ag.String("id") != id || ag.JID("recipient") != b.acc.LID || enc.AttrGetter().Int("count") != 2 {
		t.Errorf("again: got %s, want %s with count 2 for Budi's chat", again.String(), id)
	}
	if got := c.open(t, again).GetDeviceSentMessage().GetMessage().GetConversation(); got != "Halo" {
		t.Errorf("again: got %q inside DeviceSentMessage, want Halo", got)
	}
}

func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	await(t, b.h, "a first text", byID(send(t, a, b, Content{Text: "one"})))
	frames := make(chan struct{}, 100)
	w.mu.Lock()
	w.spoil = func(to types.JID, n *waBinary.Node) bool {
		if to == b.acc.LID && n.Tag == "message" {
			frames <- struct{}{}
			n.Content = []waBinary.Node{{Tag: "enc", Attrs: waBinary.Attrs{"type": "msg", "v": "2"}, Content: []byte("rubbish")}}
		}
		return true
	}
	w.mu.Unlock()
	id := send(t, a, b, Content{Text: "two"})
	for i := range maxRetries + 1 {
		select {
		case <-frames:
		case <-within(t).Done():
			t.Fatalf("frame %d never came; counters %+v", i, b.h.Counters())
		}
	}
	// What a phone is shown next comes behind the last frame, and behind what it might still have asked.
	for _, step := range [][2]*plug{{a, b}, {b, a}, {a, b}} {
		if err := step[0].h.StartTyping(step[1].acc.PN.User); err != nil {
			t.Fatalf("StartTyping: %v", err)
		}
		if _, err := step[1].h.AwaitSeen(within(t), step[0].acc.PN.User, func(s Seen) bool { return s.Typing != "" }); err != nil {
			t.Fatal(err)
		}
	}
	if c := b.h.Counters(); c.RetriesAsked != maxRetries || c.DecryptErrors != maxRetries+1 || len(frames) != 0 {
		t.Errorf("got %+v and %d more frames, want %d retries of %d failures", c, len(frames), maxRetries, maxRetries+1)
	}
	if _, shown := b.h.Message(id); shown {
		t.Error("a message that never could be read is shown")
	}
}
