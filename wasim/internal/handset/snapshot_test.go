package handset

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/testing/protocmp"
)

// restart replaces a phone by a new one that starts from a snapshot.
func (p *plug) restart(t *testing.T, restore func(*Handset, []byte) error) {
	t.Helper()
	data, err := p.h.Snapshot()
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	fresh := p.w.handset(p, p.h.cfg.Name, 999)
	if err := restore(fresh, data); err != nil {
		t.Fatalf("restore: %v", err)
	}
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	old := p.h
	p.h = fresh
	if diff := cmp.Diff(old.Messages("", 0), fresh.Messages("", 0), protocmp.Transform()); diff != "" {
		t.Errorf("messages after restart (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(old.Counters(), fresh.Counters()); diff != "" {
		t.Errorf("counters after restart (-before +after):\n%s", diff)
	}
}

func TestRestoredPhoneGoesOnInItsSessions(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	id := send(t, a, b, Content{Text: "one"})
	await(t, b.h, "one", byID(id))
	await(t, a.h, "delivered", func(m Message) bool { return m.Status == StatusDelivered })
	b.restart(t, (*Handset).Restore)
	await(t, b.h, "two", byID(send(t, a, b, Content{Text: "two"})))
	await(t, a.h, "an answer", byID(send(t, b, a, Content{Text: "three"})))
	for _, p := range []*plug{a, b} {
		if c := p.h.Counters(); c.DecryptErrors != 0 {
			t.Errorf("counters: got %+v, want no errors", c)
		}
	}
}

func TestUncleanlyRestoredPhoneStartsNewSessions(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	await(t, b.h, "one", byID(send(t, a, b, Content{Text: "one"})))
	await(t, a.h, "an answer", byID(send(t, b, a, Content{Text: "back"})))
	await(t, b.h, "delivered", func(m Message) bool { return m.Status == StatusDelivered })
	b.restart(t, (*Handset).RestoreUnclean)
	await(t, b.h, "two, asked for again", byID(send(t, a, b, Content{Text: "two"})))
	await(t, a.h, "an answer", byID(send(t, b, a, Content{Text: "three"})))
	if c := b.h.Counters(); c.NoSessions != 1 || c.DuplicateCounters != 0 {
		t.Errorf("counters of the restored phone: got %+v, want one missing session", c)
	}
	if c := a.h.Counters(); c.DecryptErrors != 0 {
		t.Errorf("counters of the other phone: got %+v, want no errors", c)
	}
}

func TestSnapshotHasTheLatestOfEveryMessage(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	id := send(t, a, b, Content{Text: "salha"})
	await(t, b.h, "the text", byID(id))
	await(t, a.h, "delivered", func(m Message) bool { return m.Status == StatusDelivered })
	for range 2 {
		for _, p := range []*plug{a, b} {
			if _, err := p.h.Snapshot(); err != nil {
				t.Fatalf("Snapshot: %v", err)
			}
		}
	}
	send(t, a, b, Content{Edit: &Edit{ID: id, Text: "salah"}})
	await(t, b.h, "the edit", func(m Message) bool { return m.ID == id && m.Edited })
	if err := b.h.Read(a.acc.PN.User); err != nil {
		t.Fatalf("Read: %v", err)
	}
	b.restart(t, (*Handset).Restore)
	b.restart(t, (*Handset).Restore)
	if m, _ := b.h.Message(id); m.Text != "salah" || m.Status != StatusRead {
		t.Errorf("restored: got %+v, want the edited text, read", m)
	}
}

func TestReplayIsKnownAfterRestart(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	var frame waBinary.Node
	w.spoil = func(to types.JID, n *waBinary.Node) bool {
		if to == b.acc.LID && n.Tag == "message" {
			frame = *n
		}
		return true
	}
	await(t, b.h, "the text", byID(send(t, a, b, Content{Text: "one"})))
	b.restart(t, (*Handset).Restore)
	b.h.Deliver(frame)
	if c := b.h.Counters(); c.Replays != 1 || c.DecryptErrors != 0 || c.RetriesAsked != 0 || c.IDs != 1 {
		t.Errorf("counters: got %+v, want one replay and no error", c)
	}
}

func TestRestoredPhoneNeverRepeatsAnID(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	send(t, a, b, Content{Text: "one"})
	data, err := a.h.Snapshot()
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	lost := send(t, a, b, Content{Text: "after the snapshot"})
	lostKey := a.h.Bundle().PreKeyID
	fresh := w.handset(a, "Ani", 1)
	if err := fresh.RestoreUnclean(data); err != nil {
		t.Fatalf("RestoreUnclean: %v", err)
	}
	again, err := fresh.Send(t.Context(), b.acc.PN.User, Content{Text: "other text"})
	if err != nil || again == lost {
		t.Errorf("id after restore: got %s, %v; want another than %s", again, err, lost)
	}
	if got := fresh.Bundle().PreKeyID; got == lostKey {
		t.Errorf("prekey id %d was handed out twice", got)
	}
}

func TestRubbishIsNoSnapshot(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a := w.phone("Ani", 1)
	before, _ := a.h.Identity()
	for _, data := range []string{"", "{", "{}", `{"Format":99}`, `{"Format":1,"Keys":{"Signature":"AA=="}}`} {
		if err := a.h.Restore([]byte(data)); !errors.Is(err, ErrSnapshot) {
			t.Errorf("Restore(%q): got %v, want ErrSnapshot", data, err)
		}
	}
	if after, _ := a.h.Identity(); after != before {
		t.Error("a refused snapshot changed the phone")
	}
}
