package handset

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waServerSync"
	"google.golang.org/protobuf/proto"
)

// mark does something on a phone and fails the test when that can't be.
func mark(t *testing.T, p *plug, m Mark) {
	t.Helper()
	if err := p.h.Mark(t.Context(), m); err != nil {
		t.Fatalf("Mark %+v: %v", m, err)
	}
}

func chatOf(t *testing.T, p *plug, other *plug) Chat {
	t.Helper()
	c, err := p.h.ChatOf(other.acc.PN.User)
	if err != nil {
		t.Fatalf("ChatOf: %v", err)
	}
	return c
}

func TestMarksOfChatsAreShown(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	await(t, a.h, "the text", byID(send(t, b, a, Content{Text: "Halo"})))
	chat := b.acc.PN.User
	for _, m := range []Mark{
		{Kind: MarkPin, Chat: chat, On: true},
		{Kind: MarkMute, Chat: chat, Until: -1},
		{Kind: MarkUnread, Chat: chat, On: true},
		{Kind: MarkLabel, Label: "3", Name: "Lunas", Color: 2},
		{Kind: MarkLabel, Label: "12", Name: "Baru"},
		{Kind: MarkLabelChat, Chat: chat, Label: "3", On: true},
	} {
		mark(t, a, m)
	}
	want := Chat{Chat: chat, Pinned: true, MutedUntil: -1, MarkedUnread: true, Unread: 1, Messages: 1, Labels: []string{"3"}}
	if diff := cmp.Diff(want, chatOf(t, a, b)); diff != "" {
		t.Errorf("the chat (-want +got):\n%s", diff)
	}
	mark(t, a, Mark{Kind: MarkArchive, Chat: chat, On: true})
	mark(t, a, Mark{Kind: MarkMute, Chat: chat})
	mark(t, a, Mark{Kind: MarkUnread, Chat: chat})
	mark(t, a, Mark{Kind: MarkLabel, Label: "3", Deleted: true})
	want = Chat{Chat: chat, Archived: true, Messages: 1, Labels: []string{}} // archiving unpins
	if diff := cmp.Diff([]Chat{want}, a.h.Chats()); diff != "" {
		t.Errorf("the chats afterwards (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Label{{ID: "12", Name: "Baru"}}, a.h.Labels()); diff != "" {
		t.Errorf("the labels (-want +got):\n%s", diff)
	}
	a.restart(t, (*Handset).Restore)
	if diff := cmp.Diff([]Chat{want}, a.h.Chats()); diff != "" {
		t.Errorf("the chats after a restart (-want +got):\n%s", diff)
	}
}

func TestMarksOfMessagesAreShown(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	kept, gone := send(t, b, a, Content{Text: "tinggal"}), send(t, b, a, Content{Text: "pergi"})
	await(t, a.h, "the texts", byID(gone))
	mark(t, a, Mark{Kind: MarkStar, ID: kept, On: true})
	mark(t, a, Mark{Kind: MarkLabelMessage, ID: kept, Label: "1", On: true})
	mark(t, a, Mark{Kind: MarkDeleteMessage, ID: gone})
	list := a.h.Messages("", 0)
	if len(list) != 1 || list[0].ID != kept || !list[0].Starred || !slices.Equal(list[0].Labels, []string{"1"}) {
		t.Errorf("the messages are %+v, want the starred one alone", list)
	}
	if _, there := a.h.Message(gone); there {
		t.Error("the deleted message is found")
	}
	if _, there := b.h.Message(gone); !there {
		t.Error("the message is gone from its sender's phone, too")
	}
	if err := a.h.Mark(t.Context(), Mark{Kind: MarkStar, ID: gone}); !errors.Is(err, ErrNoMessage) {
		t.Errorf("starring a deleted message: got %v, want ErrNoMessage", err)
	}
	mark(t, a, Mark{Kind: MarkClearChat, Chat: b.acc.LID.String()})
	if c := chatOf(t, a, b); c.Messages != 1 {
		t.Errorf("clearing left %d messages, want the starred one", c.Messages)
	}
	mark(t, a, Mark{Kind: MarkDeleteChat, Chat: b.acc.LID.String()})
	if c := chatOf(t, a, b); c.Messages != 0 || len(a.h.Chats()) != 0 {
		t.Errorf("deleting left %d messages and the chats %v", c.Messages, a.h.Chats())
	}
}

func TestMarksThatAreNone(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	for _, m := range []Mark{{}, {Kind: "fly", Chat: b.acc.PN.User}, {Kind: MarkLabel}} {
		if err := a.h.Mark(t.Context(), m); !errors.Is(err, ErrMark) {
			if m.Kind != "" { // without a kind there is no chat to look up either
				t.Errorf("Mark %+v: got %v, want ErrMark", m, err)
			} else if err == nil {
				t.Errorf("Mark %+v was done", m)
			}
		}
	}
	if got := a.h.Settings(); len(got) != 0 {
		t.Errorf("settings were written: %v", got)
	}
}

func TestRotatedKeyReadsOldAndNew(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	chat := b.acc.PN.User
	mark(t, a, Mark{Kind: MarkPin, Chat: chat, On: true})
	before, _ := a.h.appKeys()
	if err := a.h.RotateAppKey(t.Context()); err != nil {
		t.Fatalf("RotateAppKey: %v", err)
	}
	after, older := a.h.appKeys()
	if cmp.Equal(before.ID, after.ID) || after.Timestamp <= before.Timestamp || len(older) != 1 {
		t.Errorf("keys before %x at %d, after %x at %d, older %d; want a younger one and the old one kept",
			before.ID, before.Timestamp, after.ID, after.Timestamp, len(older))
	}
	mark(t, a, Mark{Kind: MarkPin, Chat: chat})
	a.restart(t, (*Handset).Restore)
	mark(t, a, Mark{Kind: MarkPin, Chat: chat, On: true})
	if c := chatOf(t, a, b); !c.Pinned {
		t.Error("a change under the new key isn't shown")
	}
}

// TestSnapshotSumsUp reads the phone's snapshot as a companion does, and checks its records against what they say.
func TestSnapshotSumsUp(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	name := string(appstate.WAPatchRegular)
	for i := range snapshotEvery {
		mark(t, a, Mark{Kind: MarkLabelChat, Chat: b.acc.PN.User, Label: fmt.Sprint(i % 3), On: true})
	}
	w.mu.Lock()
	ref := w.sums[fmt.Sprint(a.acc.LID.User, name, snapshotEvery)]
	w.mu.Unlock()
	var blob waServerSync.ExternalBlobReference
	if err := proto.Unmarshal(ref, &blob); err != nil || blob.GetDirectPath() == "" {
		t.Fatalf("no reference after %d changes: %v", snapshotEvery, err)
	}
	data, err := a.Download(blob.GetDirectPath())
	if err != nil {
		t.Fatal(err)
	}
	plain, err := openMedia(remoteFile{
		Key: blob.GetMediaKey(), SHA256: blob.GetFileSHA256(), EncSHA256: blob.GetFileEncSHA256(), keys: whatsmeow.MediaAppState,
	}, data)
	if err != nil {
		t.Fatal(err)
	}
	var sum waServerSync.SyncdSnapshot
	if err := proto.Unmarshal(plain, &sum); err != nil {
		t.Fatal(err)
	}
	if len(sum.GetRecords()) != 3 || sum.GetVersion().GetVersion() != snapshotEvery {
		t.Errorf("the snapshot has %d records at %d, want 3 at %d", len(sum.GetRecords()), sum.GetVersion().GetVersion(), snapshotEvery)
	}
	proc, _ := w.handsetLike(a).processor()
	got, _, err := proc.DecodePatches(t.Context(), &appstate.PatchList{Name: appstate.WAPatchRegular, Snapshot: &sum}, appstate.HashState{}, true)
	if err != nil || len(got) != 3 {
		t.Errorf("a companion reads %d records, %v; want 3 with good MACs", len(got), err)
	}
}

// handsetLike is a device that has a phone's keys and nothing else.
func (w *wire) handsetLike(p *plug) *Handset {
	h := w.handset(p, "", 77)
	h.state.AppKey, h.state.OldAppKeys = p.h.appKeys()
	return h
}
