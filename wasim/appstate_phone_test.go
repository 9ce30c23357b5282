package wasim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waSyncAction"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// write sends settings as a companion does.
func (s *shop) write(t *testing.T, patch appstate.PatchInfo) {
	t.Helper()
	if err := s.SendAppState(deadline(t), patch); err != nil {
		t.Fatalf("SendAppState %v: %v", patch.Mutations[0].Index, err)
	}
}

// TestMarksOfACompanionReachThePhone writes every kind of setting with an unmodified client and looks at the phone.
func TestMarksOfACompanionReachThePhone(t *testing.T) {
	t.Parallel()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			n := wasimtest.Network(t, wasim.Options{Addressing: form})
			s, budi := openShop(t, n), n.Phone("Budi")
			ctx := deadline(t)
			kept, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: "tinggal"})
			if err != nil {
				t.Fatal(err)
			}
			gone, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: "pergi"})
			if err != nil {
				t.Fatal(err)
			}
			at := next(t, s.messages).Info.Timestamp
			next(t, s.messages)
			chat := jidOf(budi)
			s.write(t, appstate.BuildMute(chat, true, 0))
			s.write(t, appstate.BuildPin(chat, true))
			s.write(t, appstate.BuildMarkChatAsRead(chat, false, at, nil))
			s.write(t, appstate.BuildLabelEdit("7", "Lunas", 3, false))
			s.write(t, appstate.BuildLabelChat(chat, "7", true))
			s.write(t, appstate.BuildStar(chat, chat, kept, false, true))
			s.write(t, deleteForMe(chat, gone))
			c, err := s.phone.AwaitChat(ctx, budi.Number(), func(c wasim.Chat) bool { return c.Messages == 1 })
			if err != nil {
				t.Fatal(err)
			}
			if !c.Pinned || c.MutedUntil != -1 || !c.MarkedUnread || !slices.Equal(c.Labels, []string{"7"}) {
				t.Errorf("the phone shows %+v", c)
			}
			if l := s.phone.Labels(); len(l) != 1 || l[0] != (wasim.Label{ID: "7", Name: "Lunas", Color: 3}) {
				t.Errorf("the phone's labels are %v", l)
			}
			if m, _ := s.phone.Message(kept); !m.Starred {
				t.Errorf("the kept message is %+v, want it starred", m)
			}
			s.write(t, appstate.BuildArchive(chat, true, at, nil))
			if _, err := s.phone.AwaitChat(ctx, budi.Number(), func(c wasim.Chat) bool { return c.Archived && !c.Pinned }); err != nil {
				t.Error(err)
			}
			s.write(t, appstate.BuildDeleteChat(chat, at, nil, true))
			if _, err := s.phone.AwaitChat(ctx, budi.Number(), func(c wasim.Chat) bool { return c.Messages == 0 && !c.Archived }); err != nil {
				t.Error(err)
			}
			if m, there := budi.Message(gone); !there || m.Status == wasim.StatusRevoked {
				t.Error("what was deleted for the shop alone is gone from its sender's phone")
			}
		})
	}
}

func deleteForMe(chat types.JID, id string) appstate.PatchInfo {
	return appstate.PatchInfo{Type: appstate.WAPatchRegularHigh, Mutations: []appstate.MutationInfo{{
		Index: []string{appstate.IndexDeleteMessageForMe, chat.String(), id, "0", "0"}, Version: 3,
		Value: &waSyncAction.SyncActionValue{DeleteMessageForMeAction: &waSyncAction.DeleteMessageForMeAction{DeleteMedia: proto.Bool(true)}},
	}}}
}

// TestMarksOfThePhoneReachCompanions does on the phone what its owner does.
func TestMarksOfThePhoneReachCompanions(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	id, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: "Halo"})
	if err != nil {
		t.Fatal(err)
	}
	next(t, s.messages)
	until := time.Now().Add(time.Hour).UnixMilli()
	chat := budi.Number()
	for _, m := range []wasim.Mark{
		{Kind: wasim.MarkPin, Chat: chat, On: true},
		{Kind: wasim.MarkMute, Chat: chat, Until: until},
		{Kind: wasim.MarkUnread, Chat: chat, On: true},
		{Kind: wasim.MarkStar, ID: id, On: true},
		{Kind: wasim.MarkLabel, Label: "2", Name: "Baru"},
		{Kind: wasim.MarkLabelChat, Chat: chat, Label: "2", On: true},
		{Kind: wasim.MarkLabelMessage, ID: id, Label: "2", On: true},
		{Kind: wasim.MarkArchive, Chat: chat, On: true},
		{Kind: wasim.MarkDeleteMessage, ID: id},
		{Kind: wasim.MarkClearChat, Chat: chat},
		{Kind: wasim.MarkDeleteChat, Chat: chat},
	} {
		if err := s.phone.Mark(ctx, m); err != nil {
			t.Fatalf("Mark %+v: %v", m, err)
		}
	}
	if e := awaitOther[*events.Mute](t, s); e.Action.GetMuteEndTimestamp() != until || e.JID.User != budi.LID() {
		t.Errorf("muted %s until %d, want %s until %d", e.JID, e.Action.GetMuteEndTimestamp(), budi.LID(), until)
	}
	if e := awaitOther[*events.DeleteChat](t, s); e.JID.User != budi.LID() || e.Action.GetMessageRange().GetLastMessageTimestamp() == 0 {
		t.Errorf("deleted %s up to %d", e.JID, e.Action.GetMessageRange().GetLastMessageTimestamp())
	}
}

// TestManyPatchesComeInParts links a companion when there is more than one answer holds: a snapshot, and patches in
// several answers behind it.
func TestManyPatchesComeInParts(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	first, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	const many = 150
	for i := range many {
		if err := first.phone.Mark(ctx, wasim.Mark{Kind: wasim.MarkLabel, Label: fmt.Sprint(i), Name: fmt.Sprint("L", i)}); err != nil {
			t.Fatal(err)
		}
	}
	second := watch(wasimtest.NewClient(t, n), first.phone)
	second.EmitAppStateEventsOnFullSync = true
	if err := second.Link(ctx, first.phone); err != nil {
		t.Fatalf("link a second device: %v", err)
	}
	names := map[string]bool{}
	for len(names) < many {
		e := awaitOther[*events.LabelEdit](t, second)
		names[e.Action.GetName()] = true
	}
	second.write(t, appstate.BuildLabelChat(jidOf(budi), "5", true))
	if _, err := first.phone.AwaitChat(ctx, budi.Number(), func(c wasim.Chat) bool { return len(c.Labels) == 1 }); err != nil {
		t.Error(err)
	}
}

// TestNewKeyIsUsed rotates the key of the settings under two companions.
func TestNewKeyIsUsed(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	before, err := s.Store.AppStateKeys.GetLatestAppStateSyncKeyID(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.phone.RotateAppKey(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.phone.Settle(ctx, s.phone.Companions()[0]); err != nil {
		t.Fatal(err)
	}
	s.write(t, appstate.BuildPin(jidOf(budi), true))
	after, err := s.Store.AppStateKeys.GetLatestAppStateSyncKeyID(ctx)
	if err != nil || slices.Equal(before, after) {
		t.Errorf("the companion's key is still %x, %v", after, err)
	}
	if _, err := s.phone.AwaitChat(ctx, budi.Number(), func(c wasim.Chat) bool { return c.Pinned }); err != nil {
		t.Error(err)
	}
	if err := s.phone.Mark(ctx, wasim.Mark{Kind: wasim.MarkPin, Chat: budi.Number()}); err != nil {
		t.Fatal(err)
	}
	for {
		if e := awaitOther[*events.Pin](t, s); !e.Action.GetPinned() {
			return
		}
	}
}

// TestSettingsSurviveARestart stops a network whose settings are summed up and links another companion afterwards.
func TestSettingsSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := wasimtest.Network(t, wasim.Options{Dir: dir})
	s, budi := openShop(t, n), n.Phone("Budi")
	for i := range 40 {
		if err := s.phone.Mark(deadline(t), wasim.Mark{Kind: wasim.MarkLabel, Label: fmt.Sprint(i), Name: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.phone.Mark(deadline(t), wasim.Mark{Kind: wasim.MarkPin, Chat: budi.Number(), On: true}); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	s.Disconnect()
	n, s = reopen(t, dir, s)
	if c, err := s.phone.Chat(budi.Number()); err != nil || !c.Pinned || len(s.phone.Labels()) != 40 {
		t.Errorf("after a restart the chat is %+v with %d labels, %v", c, len(s.phone.Labels()), err)
	}
	third := watch(wasimtest.NewClient(t, n), s.phone)
	third.EmitAppStateEventsOnFullSync = true
	if err := third.Link(deadline(t), s.phone); err != nil {
		t.Fatal(err)
	}
	awaitOther[*events.Pin](t, third)
}
