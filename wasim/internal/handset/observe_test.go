package handset

import (
	"bytes"
	"slices"
	"testing"

	"go.mau.fi/whatsmeow/appstate"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

func TestReceiptsNeverTakeAnythingBack(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	id := send(t, a, b, Content{Media: &Media{Type: TypeVoice, Data: []byte("suara")}})
	await(t, b.h, "the voice message", byID(id))
	await(t, a.h, "delivered", func(m Message) bool { return m.Status == StatusDelivered })
	if err := b.h.Play(id); err != nil {
		t.Fatalf("Play: %v", err)
	}
	await(t, a.h, "played", func(m Message) bool { return m.Status == StatusPlayed })
	for _, late := range []string{"", "inactive", "read", "sender", "hist_sync", "nonsense"} {
		attrs := waBinary.Attrs{"from": b.acc.LID, "id": id}
		if late != "" {
			attrs["type"] = late
		}
		a.h.Deliver(waBinary.Node{Tag: "receipt", Attrs: attrs})
		if m, _ := a.h.Message(id); m.Status != StatusPlayed {
			t.Errorf("after a late receipt %q: got %q, want %q", late, m.Status, StatusPlayed)
		}
	}
	if err := a.h.Play(id); err == nil {
		t.Error("an own message was played")
	}
}

func TestReadNamesAllUnreadMessages(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	const many = receiptBatch + 10
	var ids []string
	for range many {
		ids = append(ids, send(t, a, b, Content{Text: "x"}))
	}
	await(t, b.h, "the last", byID(ids[many-1]))
	for range 2 {
		if err := b.h.Read(a.acc.LID.String()); err != nil {
			t.Fatalf("Read: %v", err)
		}
	}
	for _, id := range []string{ids[0], ids[receiptBatch], ids[many-1]} {
		await(t, a.h, "read", func(m Message) bool { return m.ID == id && m.Status == StatusRead })
	}
	if got := b.h.ChatCount(a.acc.PN.User); got != (ChatCount{Frames: many, IDs: many}) {
		t.Errorf("chat count: got %+v, want %d of each", got, many)
	}
}

func TestMessageReadOnACompanionIsReadHere(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	first, second := send(t, b, a, Content{Text: "1"}), send(t, b, a, Content{Text: "2"})
	await(t, a.h, "both", byID(second))
	c := a.companion(1)
	a.h.Deliver(waBinary.Node{Tag: "receipt", Attrs: waBinary.Attrs{
		"from": c.jid, "id": first, "type": "read", "recipient": b.acc.LID,
	}, Content: []waBinary.Node{{Tag: "list", Content: []waBinary.Node{{Tag: "item", Attrs: waBinary.Attrs{"id": second}}}}}})
	for _, id := range []string{first, second} {
		if m, _ := a.h.Message(id); m.Status != StatusRead {
			t.Errorf("message %s: got %q, want %q", m.Text, m.Status, StatusRead)
		}
	}
}

func TestRefusalIsKeptWithTheMessage(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	id := send(t, a, b, Content{Text: "x"})
	a.h.Deliver(waBinary.Node{Tag: "ack", Attrs: waBinary.Attrs{"class": "message", "id": id}})
	if m, _ := a.h.Message(id); m.Error != 0 {
		t.Errorf("after an ack: got error %d, want none", m.Error)
	}
	a.h.Deliver(waBinary.Node{Tag: "ack", Attrs: waBinary.Attrs{"class": "message", "id": id, "error": "463"}})
	if m, _ := a.h.Message(id); m.Error != 463 {
		t.Errorf("after a refusal: got error %d, want 463", m.Error)
	}
}

func TestAnnouncedIdentityEndsTheSessions(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	await(t, b.h, "a text", byID(send(t, a, b, Content{Text: "1"})))
	if err := b.h.Reinstall(); err != nil {
		t.Fatalf("Reinstall: %v", err)
	}
	for _, from := range []types.JID{b.acc.PN} {
		a.h.Deliver(waBinary.Node{Tag: "notification", Attrs: waBinary.Attrs{"type": "encrypt", "from": from}, Content: []waBinary.Node{{Tag: "identity"}}})
	}
	await(t, b.h, "a text in a new session", byID(send(t, a, b, Content{Text: "2"})))
	if c := b.h.Counters(); c.RetriesAsked != 0 || c.DecryptErrors != 0 {
		t.Errorf("counters: got %+v, want nothing asked again", c)
	}
}

func TestSettingsAreFollowedWhenAnnounced(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a := w.phone("Ani", 1)
	other := w.handset(a, "Ani", 1)
	other.appMu.Lock()
	err := other.patch(t.Context(), appstate.BuildArchive(a.acc.LID, true, a.Now(), nil))
	other.appMu.Unlock()
	if err != nil {
		t.Fatalf("patch: %v", err)
	}
	a.h.Deliver(waBinary.Node{Tag: "notification", Attrs: waBinary.Attrs{"type": "server_sync"}, Content: []waBinary.Node{
		{Tag: "collection", Attrs: waBinary.Attrs{"name": string(appstate.WAPatchRegularLow)}},
	}})
	archived := slices.ContainsFunc(a.h.Settings(), func(m appstate.Mutation) bool { return m.Action.GetArchiveChatAction().GetArchived() })
	if !archived {
		t.Errorf("settings: got %v, want the archived chat", a.h.Settings())
	}
}

func TestTypingStops(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	for _, step := range []struct {
		do   func(string) error
		want string
	}{{a.h.StartTyping, "composing"}, {a.h.StopTyping, "paused"}} {
		if err := step.do(b.acc.PN.User); err != nil {
			t.Fatalf("typing: %v", err)
		}
		if _, err := b.h.AwaitSeen(within(t), a.acc.PN.User, func(s Seen) bool { return s.Typing == step.want }); err != nil {
			t.Errorf("%s wasn't seen: %v", step.want, err)
		}
	}
	if err := a.h.StartTyping("62899"); err == nil {
		t.Error("typing to a number that nobody has: got no error")
	}
}

func TestSameBytesMakeTheSamePhone(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a := w.phone("Ani", 1)
	same, other := w.handset(a, "Ani", 1), w.handset(a, "Ani", 2)
	if x, y := a.h.Bundle(), same.Bundle(); x.Identity != y.Identity || x.PreKey != y.PreKey || x.Signed != y.Signed {
		t.Error("two phones from the same bytes have different keys")
	}
	if x, y := a.h.Bundle(), other.Bundle(); x.Identity == y.Identity || x.PreKey == y.PreKey {
		t.Error("two phones from different bytes have the same keys")
	}
	if x, y := a.h.Bundle(), a.h.Bundle(); x.PreKeyID == y.PreKeyID || x.PreKey == y.PreKey {
		t.Error("a one-time key was handed out twice")
	}
	if _, err := New(Config{PN: a.acc.PN, LID: a.acc.LID, Rand: bytes.NewReader(nil), Link: a}); err == nil {
		t.Error("a phone was made without randomness")
	}
}

// decoded is the stanza that bytes mean, nil for none. The decoder panics on some
// bytes; a stanza that reaches a phone has come through it.
func decoded(raw []byte) (node *waBinary.Node) {
	defer func() {
		if recover() != nil {
			node = nil
		}
	}()
	node, err := waBinary.Unmarshal(raw)
	if err != nil {
		return nil
	}
	return node
}

func FuzzDeliver(f *testing.F) {
	for _, n := range []waBinary.Node{
		{Tag: "message", Attrs: waBinary.Attrs{"from": types.NewJID("62811000002", types.DefaultUserServer), "id": "1"}, Content: []waBinary.Node{{Tag: "enc", Attrs: waBinary.Attrs{"type": "msg"}, Content: []byte{0x33, 1}}}},
		{Tag: "receipt", Attrs: waBinary.Attrs{"from": types.NewJID("62811000002", types.DefaultUserServer), "type": "retry"}, Content: []waBinary.Node{{Tag: "keys"}, {Tag: "registration", Content: []byte{1, 2, 3, 4}}}},
		{Tag: "notification", Attrs: waBinary.Attrs{"type": "server_sync"}, Content: []waBinary.Node{{Tag: "collection"}}},
		{Tag: "chatstate", Attrs: waBinary.Attrs{"from": types.NewJID("62811000002", types.DefaultUserServer)}},
	} {
		raw, err := waBinary.Marshal(n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw[1:])
	}
	w := newWire(f)
	a := w.phone("Ani", 1)
	w.phone("Budi", 2)
	f.Fuzz(func(t *testing.T, raw []byte) {
		node := decoded(raw)
		if node == nil {
			return
		}
		a.h.Deliver(*node)
		if got := a.h.Messages("", 0); len(got) != 0 {
			t.Errorf("a stranger's bytes were shown: %+v", got)
		}
	})
}
