package chat_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

func ptr[T any](v T) *T { return &v }

// wire is a session that remembers what its network was told, and refuses when it is told to.
type wire struct {
	device.Session

	mu    sync.Mutex
	marks []device.Mark
	reads []string
	fail  error
	told  chan struct{}
}

func newWire() *wire { return &wire{told: make(chan struct{}, 100)} }

func (w *wire) Mark(_ context.Context, m device.Mark) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		w.told <- struct{}{}
		return w.fail
	}
	w.marks = append(w.marks, m)
	w.told <- struct{}{}
	return nil
}

func (w *wire) MarkRead(_ context.Context, _, _ device.Peer, ids []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reads = append(w.reads, ids...)
	w.told <- struct{}{}
	return nil
}

// await waits until the network was told of n things more.
func (w *wire) await(t *testing.T, n int) []device.Mark {
	t.Helper()
	for range n {
		select {
		case <-w.told:
		case <-time.After(10 * time.Second):
			t.Fatalf("the network was told of %v and receipts for %v, want %d more", w.marks, w.reads, n)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.marks)
}

// heard reports whether the network has taken a mark of that kind.
func (w *wire) heard(kind device.MarkKind) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.marks, func(m device.Mark) bool { return m.Kind == kind })
}

// online connects the device until the test ends.
func (w *world) online(t *testing.T, s *wire) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- chat.Module(w.s).Run(ctx) }()
	w.s.Online(device.Live{Device: dev, Session: s})
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func (w *world) set(id string, s chat.Settings) {
	w.t.Helper()
	if err := w.s.Set(context.Background(), ws, id, s); err != nil {
		w.t.Fatalf("Set %+v: %v", s, err)
	}
}

// hear lets the device hear of a mark in Budi's chat that was made a second later.
func (w *world) hear(m device.Mark) {
	w.t.Helper()
	w.pass(time.Second)
	if m.At == 0 {
		m.At = w.clock().UnixMilli()
	}
	if m.Kind != device.MarkLabel {
		m.Chat = peer(phone("6281"))
	}
	if err := w.s.Marked(context.Background(), dev, m); err != nil {
		w.t.Fatalf("Marked %+v: %v", m, err)
	}
}

// made collects what the hook tells.
func (w *world) made() *[]chat.MarkMade {
	list := &[]chat.MarkMade{}
	w.s.MarkMade.Add("test", func(_ context.Context, m chat.MarkMade) error {
		*list = append(*list, m)
		return nil
	})
	return list
}

func (w *world) shown(id string) []chat.Message {
	w.t.Helper()
	p, err := w.s.Messages(context.Background(), ws, id, chat.Span{})
	if err != nil {
		w.t.Fatal(err)
	}
	return p.Messages
}

func TestSettingsAreKeptAndTold(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a")
		c := w.only()
		made := w.made()
		until := w.clock().Add(time.Hour).UnixMilli()
		w.set(c.Chat.ID, chat.Settings{Pinned: ptr(true), MutedUntil: &until, Unread: ptr(true)})
		w.set(c.Chat.ID, chat.Settings{Pinned: ptr(true), MutedUntil: &until, Unread: ptr(true)}) // nothing new
		if got := w.only(); !got.Pinned || got.MutedUntil != until || !got.MarkedUnread || got.Unread != 1 {
			t.Errorf("the chat is %+v", got.Chat)
		}
		w.set(c.Chat.ID, chat.Settings{Archived: ptr(true), MutedUntil: ptr(int64(0)), Unread: ptr(false)})
		if got := w.only(); !got.Archived || got.Pinned || got.MutedUntil != 0 || got.MarkedUnread || got.Unread != 0 {
			t.Errorf("the chat is %+v, want it archived, not pinned, not muted and read", got.Chat)
		}
		var kinds []device.MarkKind
		for _, m := range *made {
			kinds = append(kinds, m.Kind)
		}
		want := []device.MarkKind{device.MarkPin, device.MarkMute, device.MarkUnread, device.MarkArchive, device.MarkMute, device.MarkUnread}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Errorf("the hook told (-want +got):\n%s", diff)
		}
		for _, u := range []int64{-2, 5, w.clock().UnixMilli(), 1 << 60} {
			if err := w.s.Set(t.Context(), ws, c.Chat.ID, chat.Settings{MutedUntil: &u}); !errors.Is(err, chat.ErrMuted) {
				t.Errorf("muted until %d: got %v, want ErrMuted", u, err)
			}
		}
		if err := w.s.Set(t.Context(), "other", c.Chat.ID, chat.Settings{Pinned: ptr(true)}); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("another workspace's: got %v, want ErrNotFound", err)
		}

		net := newWire() // offline until now: the last word of each is told
		w.online(t, net)
		marks := net.await(t, 5) // pin, mute, archive, unread and one receipt
		got := map[device.MarkKind]device.Mark{}
		for _, m := range marks {
			got[m.Kind] = m
		}
		if len(marks) != 4 || got[device.MarkPin].On || got[device.MarkMute].Until != 0 || !got[device.MarkArchive].On || got[device.MarkUnread].On || got[device.MarkArchive].Last.NetworkID != "a" {
			t.Errorf("the network was told %+v", marks)
		}
		if !slices.Equal(net.reads, []string{"a"}) {
			t.Errorf("receipts for %v, want a", net.reads)
		}
		w.set(c.Chat.ID, chat.Settings{Archived: ptr(false)})
		if marks := net.await(t, 1); marks[4].Kind != device.MarkArchive || marks[4].On || marks[4].Chat.Key() != "phone:6281" {
			t.Errorf("the network was told %+v, want the chat back from the archive", marks[4])
		}
		w.set(c.Chat.ID, chat.Settings{Archived: ptr(true), Pinned: ptr(true)})
		both := map[device.MarkKind]bool{}
		for _, m := range net.await(t, 2)[5:] {
			both[m.Kind] = m.On
		}
		if got := w.only(); !got.Archived || !got.Pinned || !both[device.MarkArchive] || !both[device.MarkPin] {
			t.Errorf("the chat is %+v and the network was told %v, want it archived and pinned", got.Chat, both)
		}
	})
}

func TestRefusedMarkIsToldAgain(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a")
		net := newWire()
		net.fail = &device.RefusedError{Code: "503"}
		w.online(t, net)
		w.set(w.only().Chat.ID, chat.Settings{Pinned: ptr(true)})
		net.await(t, 1)
		net.mu.Lock()
		net.fail = nil
		net.mu.Unlock()
		for try := 0; len(net.told) == 0 && try < 100; try++ { // until when it rests is noted a moment after the refusal
			w.pass(time.Minute)
			w.s.Online(device.Live{Device: dev, Session: net})
			<-time.After(50 * time.Millisecond)
		}
		if marks := net.await(t, 1); len(marks) != 1 || !marks[0].On {
			t.Errorf("told %+v, want the pin", marks)
		}
		if !w.only().Pinned {
			t.Error("the chat is not pinned here")
		}
	})
}

// A star that the network did not take at first is told before the chat is emptied of what has none.
func TestAChatIsEmptiedAfterItsStars(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a")
		c := w.only()
		m := w.messages(c.Chat.ID)[0]
		net := newWire()
		net.fail = &device.RefusedError{Code: "409"}
		if err := w.s.Star(t.Context(), ws, m.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.s.ClearChat(t.Context(), ws, c.Chat.ID, chat.ClearButStarred); err != nil {
			t.Fatal(err)
		}
		w.online(t, net)
		net.await(t, 1)
		net.mu.Lock()
		net.fail = nil
		net.mu.Unlock()
		for try := 0; !net.heard(device.MarkClearChat) && try < 100; try++ { // either may rest, and the star may be told twice
			w.pass(time.Minute)
			w.s.Online(device.Live{Device: dev, Session: net})
			<-time.After(50 * time.Millisecond)
		}
		net.mu.Lock()
		defer net.mu.Unlock()
		if i := slices.IndexFunc(net.marks, func(m device.Mark) bool { return m.Kind != device.MarkStar }); i < 1 || net.marks[i].Kind != device.MarkClearChat {
			t.Errorf("told %+v, want the star and then that the chat is emptied", net.marks)
		}
	})
}

func TestThePhoneSettles(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a")
		w.write("b")
		id := w.only().Chat.ID
		made := w.made()
		w.hear(device.Mark{Kind: device.MarkArchive, On: true})
		w.hear(device.Mark{Kind: device.MarkMute, Until: device.MuteForever})
		w.hear(device.Mark{Kind: device.MarkStar, NetworkID: "a", On: true})
		w.hear(device.Mark{Kind: device.MarkUnread, On: true})
		c := w.only()
		if !c.Archived || c.MutedUntil != device.MuteForever || !c.MarkedUnread {
			t.Errorf("the chat is %+v", c.Chat)
		}
		if m := w.shown(id)[0]; !m.Starred {
			t.Errorf("message a is %+v, want it starred", m)
		}
		old := w.clock().Add(-time.Hour).UnixMilli()
		w.hear(device.Mark{Kind: device.MarkArchive, At: old})                            // older than what is known
		w.hear(device.Mark{Kind: device.MarkUnread, Last: device.LastMessage{At: old}})   // read, but only up to then
		w.hear(device.Mark{Kind: device.MarkStar, NetworkID: "later", On: true})          // not here yet
		w.hear(device.Mark{Kind: device.MarkDeleteMessage, NetworkID: "b", FromMe: true}) // nobody's
		if c := w.only(); !c.Archived || c.MarkedUnread || c.Unread != 2 {
			t.Errorf("the chat is %+v, want it archived with two unread", c.Chat)
		}
		w.hear(device.Mark{Kind: device.MarkUnread, Last: device.LastMessage{At: w.clock().UnixMilli()}})
		if c := w.only(); c.Unread != 0 {
			t.Errorf("%d are unread, want none", c.Unread)
		}
		w.write("later", origin(device.OriginOffline))
		list := w.shown(id)
		if m := list[len(list)-1]; m.NetworkID != "later" || !m.Starred {
			t.Errorf("the newest is %+v, want the starred one that was late", m)
		}
		for _, m := range *made {
			if !m.Elsewhere || m.Device.ID != dev.ID || m.Chat.ID != id {
				t.Errorf("the hook told %+v", m)
			}
		}
		if n := len(*made); n != 7 {
			t.Errorf("the hook told of %d marks, want 7: %+v", n, *made)
		}
	})
}

func TestWhatIsDoneHereIsLaterThanWhatIsKnown(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a")
		id := w.only().Chat.ID
		ahead := w.clock().Add(time.Hour).UnixMilli() // the phone's clock is wrong
		w.hear(device.Mark{Kind: device.MarkPin, On: true, At: ahead})
		w.set(id, chat.Settings{Pinned: ptr(false)})
		w.hear(device.Mark{Kind: device.MarkPin, On: true, At: ahead})
		if w.only().Pinned {
			t.Error("the phone's older word undid what was done here")
		}
		net := newWire()
		w.online(t, net)
		if m := net.await(t, 1)[0]; m.On || m.At <= ahead {
			t.Errorf("told %+v, want it later than %d", m, ahead)
		}
	})
}

func TestUnknownChatIsMadeForWhatItShows(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		for _, m := range []device.Mark{
			{Kind: device.MarkPin}, {Kind: device.MarkUnread}, {Kind: device.MarkDeleteChat, Last: device.LastMessage{At: 5}}, {Kind: device.MarkClearChat, On: true},
		} {
			w.hear(m)
		}
		if _, err := w.contacts.Find(t.Context(), ws, dev.Channel, phone("6281")); err == nil {
			t.Error("a contact was made for nothing")
		}
		w.hear(device.Mark{Kind: device.MarkPin, On: true})
		if n := len(w.chats()); n != 0 {
			t.Errorf("%d chats without a message are listed", n)
		}
		w.write("a")
		if !w.only().Pinned {
			t.Error("the chat is not pinned")
		}
	})
}

func TestDeletedMessageIsGone(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a")
		w.pass(time.Second)
		w.write("b")
		id := w.only().Chat.ID
		b := w.shown(id)[1]
		if err := w.s.DeleteMessage(t.Context(), ws, b.ID); err != nil {
			t.Fatal(err)
		}
		if list := w.shown(id); len(list) != 1 || list[0].NetworkID != "a" {
			t.Errorf("the chat shows %+v, want a alone", list)
		}
		if c := w.only(); c.Unread != 1 || c.Last.Preview != "a" {
			t.Errorf("%d unread, preview %q; want 1 and a", c.Unread, c.Last.Preview)
		}
		if err := w.s.DeleteMessage(t.Context(), ws, b.ID); !errors.Is(err, chat.ErrMessageNotFound) {
			t.Errorf("the second time: got %v, want ErrMessageNotFound", err)
		}
		for _, err := range []error{
			w.s.Star(t.Context(), ws, b.ID), w.s.RevokeMessage(t.Context(), ws, b.ID, chat.Author{}),
			w.s.DeleteMessage(t.Context(), "other", w.shown(id)[0].ID),
		} {
			if !errors.Is(err, chat.ErrMessageNotFound) {
				t.Errorf("got %v, want ErrMessageNotFound", err)
			}
		}
		w.write("b") // the network repeats it
		w.write("e", content(device.Content{Kind: device.KindEdit, Target: "b", Text: "lain"}))
		if list := w.shown(id); len(list) != 1 {
			t.Errorf("a deleted message came back: %+v", list)
		}
		net := newWire()
		w.online(t, net)
		if m := net.await(t, 1)[0]; m.Kind != device.MarkDeleteMessage || m.NetworkID != "b" || m.FromMe || m.MessageAt != b.At {
			t.Errorf("told %+v", m)
		}
	})
}

func TestRevokeOfOurs(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("theirs")
		id := w.only().Chat.ID
		if err := w.s.RevokeMessage(t.Context(), ws, w.shown(id)[0].ID, chat.Author{Kind: chat.ByAPI}); !errors.Is(err, chat.ErrRevokeOwn) {
			t.Errorf("theirs: got %v, want ErrRevokeOwn", err)
		}
		m, send, err := w.s.Post(t.Context(), chat.Post{WorkspaceID: ws, ChatID: id, Content: text("salah"), By: chat.Author{Kind: chat.ByAPI}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.s.RevokeMessage(t.Context(), ws, m.ID, chat.Author{Kind: chat.ByAPI}); err != nil {
			t.Fatal(err)
		}
		if got, err := w.sends.Get(t.Context(), ws, send.ID); err != nil || got.State != outbox.StateCancelled {
			t.Errorf("the send is %s, %v; want it cancelled", got.State, err)
		}
		if n := len(w.shown(id)); n != 1 {
			t.Errorf("%d messages are shown, want theirs alone", n)
		}
		w.write("dari hp", fromMe)
		own := w.shown(id)[1]
		for range 2 {
			if err := w.s.RevokeMessage(t.Context(), ws, own.ID, chat.Author{Kind: chat.ByAPI}); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := w.s.GetMessage(t.Context(), ws, own.ID); err != nil || got.RevokedAt == 0 {
			t.Errorf("the message is %+v, %v; want it revoked", got, err)
		}
	})
}

func TestDeletedChatIsGoneUntilSomebodyWrites(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a")
		id := w.only().Chat.ID
		w.set(id, chat.Settings{Pinned: ptr(true)})
		m, send, err := w.s.Post(t.Context(), chat.Post{WorkspaceID: ws, ChatID: id, Content: text("menunggu"), By: chat.Author{Kind: chat.ByAPI}})
		if err != nil {
			t.Fatal(err)
		}
		w.pass(time.Second)
		for range 2 {
			if err := w.s.DeleteChat(t.Context(), ws, id); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(w.chats()); n != 0 || len(w.shown(id)) != 0 {
			t.Errorf("%d chats are listed, %v is shown; want nothing", n, w.shown(id))
		}
		if got, err := w.sends.Get(t.Context(), ws, send.ID); err != nil || got.State != outbox.StateCancelled {
			t.Errorf("the send of %s is %s, %v; want it cancelled", m.ID, got.State, err)
		}
		w.write("lama", origin(device.OriginHistory), ago(time.Hour))
		if n := len(w.chats()); n != 0 {
			t.Error("history brought the deleted chat back")
		}
		w.pass(time.Second)
		w.write("baru")
		if c := w.only(); c.Chat.ID != id || c.Unread != 1 || c.Pinned || len(w.shown(id)) != 1 {
			t.Errorf("the chat is %+v with %v, want it new with one message", c.Chat, w.shown(id))
		}
		w.hear(device.Mark{Kind: device.MarkStar, NetworkID: "baru", On: true})
		w.hear(device.Mark{Kind: device.MarkClearChat, Last: device.LastMessage{At: w.clock().UnixMilli()}})
		if list := w.shown(id); len(list) != 1 || w.only().Unread != 0 {
			t.Errorf("after clearing %v is shown, want the starred message, read", list)
		}
		w.hear(device.Mark{Kind: device.MarkDeleteChat, Last: device.LastMessage{At: w.clock().UnixMilli()}})
		if n := len(w.chats()); n != 0 {
			t.Errorf("%d chats are listed after the phone deleted it", n)
		}
	})
}

func TestReadMessagesReadsUpToThem(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		for _, id := range []string{"a", "b", "c"} {
			w.write(id)
			w.pass(time.Second)
		}
		id := w.only().Chat.ID
		if err := w.s.ReadMessages(t.Context(), ws, id, []string{"b", "x"}); !errors.Is(err, chat.ErrMessageNotFound) {
			t.Errorf("an unknown message: got %v, want ErrMessageNotFound", err)
		}
		if n := w.only().Unread; n != 3 {
			t.Errorf("%d unread after a refusal, want 3", n)
		}
		for range 2 {
			if err := w.s.ReadMessages(t.Context(), ws, id, []string{"b"}); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.only().Unread; n != 1 {
			t.Errorf("%d unread, want 1", n)
		}
		net := newWire()
		w.online(t, net)
		if net.await(t, 1); !slices.Equal(net.reads, []string{"b"}) {
			t.Errorf("receipts for %v, want b", net.reads)
		}
	})
}
