package whatsapp

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mau.fi/whatsmeow/proto/waSyncAction"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/wasim"
)

func (r *recorder) Marked(_ context.Context, _ device.Device, m device.Mark) error {
	var err error
	r.note(func() {
		if err = r.unwilling; err == nil {
			r.marks = append(r.marks, m)
		}
	})
	return err
}

// TestMarksThatWereNotKept refuses to keep what the phone does: the connection ends, and the next one brings it again,
// although the library has written down that it has it.
func TestMarksThatWereNotKept(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{})
	r.link(t)
	r.keyed(t)
	budi := r.net.Phone("Budi")
	r.sink.note(func() { r.sink.unwilling = errors.New("the database is away") })
	if err := r.phone.Mark(ctxOf(t), wasim.Mark{Kind: wasim.MarkArchive, Chat: budi.Number(), On: true}); err != nil {
		t.Fatal(err)
	}
	if err := r.over(t); err == nil {
		t.Error("the connection ended without a reason")
	}
	r.sink.note(func() { r.sink.unwilling = nil })
	r.run(t)
	m := r.sink.mark(t, device.MarkArchive, nil)
	if !m.On || m.Chat.Address(device.AddressLID) != budi.LID() {
		t.Errorf("got %+v, want Budi's chat archived", m)
	}
}

// over waits until the connection has ended by itself.
func (r *rig) over(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.ran:
		r.ran <- err
		return err
	case <-time.After(patience):
		t.Fatal("the connection did not end")
		return nil
	}
}

// mark waits for a mark of a kind that fits.
func (r *recorder) mark(t testing.TB, kind device.MarkKind, fits func(device.Mark) bool) device.Mark {
	t.Helper()
	var m device.Mark
	r.wait(t, "mark "+string(kind), func() bool {
		i := slices.IndexFunc(r.marks, func(m device.Mark) bool { return m.Kind == kind && (fits == nil || fits(m)) })
		if i >= 0 {
			m = r.marks[i]
		}
		return i >= 0
	})
	return m
}

// TestMarksOut makes every kind of mark and looks at the account's phone.
func TestMarksOut(t *testing.T) {
	t.Parallel()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			marksOut(t, sqlite(t, wasim.Options{Addressing: form}).link(t))
		})
	}
}

// keyed waits until the device has the key of the account's settings: it hears what the phone does.
func (r *rig) keyed(t *testing.T) {
	t.Helper()
	who := r.net.Phone("Siapa")
	if err := r.phone.Mark(ctxOf(t), wasim.Mark{Kind: wasim.MarkPin, Chat: who.Number(), On: true}); err != nil {
		t.Fatal(err)
	}
	r.sink.mark(t, device.MarkPin, nil)
}

func marksOut(t *testing.T, r *rig) {
	r.keyed(t)
	budi := r.net.Phone("Budi")
	kept := write(t, budi, r.phone.Number(), wasim.Content{Text: "tinggal"})
	gone := write(t, budi, r.phone.Number(), wasim.Content{Text: "pergi"})
	last := r.sink.message(t, "pergi")
	chat := last.Chat
	mark := func(m device.Mark) {
		t.Helper()
		m.Chat, m.At = chat, time.Now().UnixMilli()
		if m.Kind == device.MarkLabel {
			m.Chat = device.Peer{}
		}
		if err := r.session.(device.Marker).Mark(ctxOf(t), m); err != nil {
			t.Fatalf("Mark %s: %v", m.Kind, err)
		}
	}
	until := func(what string, ok func(wasim.Chat) bool) {
		t.Helper()
		if _, err := r.phone.AwaitChat(ctxOf(t), budi.Number(), ok); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	soon := time.Now().Add(time.Hour).UnixMilli()
	mark(device.Mark{Kind: device.MarkPin, On: true})
	mark(device.Mark{Kind: device.MarkMute, Until: soon})
	mark(device.Mark{Kind: device.MarkUnread, On: true})
	mark(device.Mark{Kind: device.MarkLabel, Label: device.Label{ID: "5", Name: "Lunas", Color: 2}})
	mark(device.Mark{Kind: device.MarkLabelChat, Label: device.Label{ID: "5"}, On: true})
	mark(device.Mark{Kind: device.MarkStar, NetworkID: kept, On: true})
	mark(device.Mark{Kind: device.MarkLabelMessage, NetworkID: kept, Label: device.Label{ID: "5"}, On: true})
	mark(device.Mark{Kind: device.MarkDeleteMessage, NetworkID: gone, MessageAt: last.At})
	until("pinned, muted, unread, labelled, one message less", func(c wasim.Chat) bool {
		return c.Pinned && c.MutedUntil == soon && c.MarkedUnread && slices.Equal(c.Labels, []string{"5"}) && c.Messages == 1
	})
	if m, _ := r.phone.Message(kept); !m.Starred || !slices.Equal(m.Labels, []string{"5"}) {
		t.Errorf("the kept message is %+v, want it starred and labelled", m)
	}
	mark(device.Mark{Kind: device.MarkArchive, On: true, Last: device.LastMessage{NetworkID: gone, At: last.At}})
	mark(device.Mark{Kind: device.MarkUnread})
	mark(device.Mark{Kind: device.MarkMute})
	until("archived, as pinned as before, and read", func(c wasim.Chat) bool {
		return c.Archived && c.Pinned && !c.MarkedUnread && c.MutedUntil == 0 && c.Unread == 0
	})
	mark(device.Mark{Kind: device.MarkPin})
	until("no longer pinned", func(c wasim.Chat) bool { return c.Archived && !c.Pinned })
	mark(device.Mark{Kind: device.MarkClearChat, Last: device.LastMessage{At: last.At}})
	until("the starred message", func(c wasim.Chat) bool { return c.Messages == 1 })
	mark(device.Mark{Kind: device.MarkDeleteChat, Last: device.LastMessage{At: last.At}})
	until("nothing", func(c wasim.Chat) bool { return c.Messages == 0 })
	if _, there := budi.Message(gone); !there {
		t.Error("a message that was deleted for the shop alone is gone from its sender's phone")
	}
	r.sink.mark(t, device.MarkDeleteChat, nil) // its echo
}

// TestMarksIn does on the account's phone what its owner does there, before the device is linked and after.
func TestMarksIn(t *testing.T) {
	t.Parallel()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			marksIn(t, sqlite(t, wasim.Options{Addressing: form}))
		})
	}
}

func marksIn(t *testing.T, r *rig) {
	budi := r.net.Phone("Budi")
	do := func(m wasim.Mark) {
		t.Helper()
		if err := r.phone.Mark(ctxOf(t), m); err != nil {
			t.Fatalf("Mark %+v: %v", m, err)
		}
	}
	do(wasim.Mark{Kind: wasim.MarkArchive, Chat: budi.Number(), On: true})
	r.link(t)
	write(t, budi, r.phone.Number(), wasim.Content{Text: "Halo"})
	in := r.sink.message(t, "Halo")
	if m := r.sink.mark(t, device.MarkArchive, nil); !m.On || m.Chat.Key() != in.Chat.Key() || m.At == 0 {
		t.Errorf("archived before linking: got %+v, want it of %s", m, in.Chat.Key())
	}
	until := time.Now().Add(time.Hour).UnixMilli()
	for _, m := range []wasim.Mark{
		{Kind: wasim.MarkPin, Chat: budi.Number(), On: true},
		{Kind: wasim.MarkMute, Chat: budi.Number(), Until: until},
		{Kind: wasim.MarkUnread, Chat: budi.Number(), On: true},
		{Kind: wasim.MarkStar, ID: in.NetworkID, On: true},
		{Kind: wasim.MarkLabel, Label: "2", Name: "Baru", Color: 4},
		{Kind: wasim.MarkLabelChat, Chat: budi.Number(), Label: "2", On: true},
		{Kind: wasim.MarkLabelMessage, ID: in.NetworkID, Label: "2", On: true},
		{Kind: wasim.MarkDeleteMessage, ID: in.NetworkID},
		{Kind: wasim.MarkClearChat, Chat: budi.Number()},
		{Kind: wasim.MarkDeleteChat, Chat: budi.Number()},
	} {
		do(m)
	}
	for kind, ok := range map[device.MarkKind]func(device.Mark) bool{
		device.MarkPin:           func(m device.Mark) bool { return m.On },
		device.MarkMute:          func(m device.Mark) bool { return m.Until == until },
		device.MarkUnread:        func(m device.Mark) bool { return m.On },
		device.MarkStar:          func(m device.Mark) bool { return m.On && m.NetworkID == in.NetworkID && !m.FromMe },
		device.MarkLabelChat:     func(m device.Mark) bool { return m.On && m.Label.ID == "2" },
		device.MarkLabelMessage:  func(m device.Mark) bool { return m.On && m.Label.ID == "2" && m.NetworkID == in.NetworkID },
		device.MarkDeleteMessage: func(m device.Mark) bool { return m.NetworkID == in.NetworkID && m.MessageAt > 0 },
		device.MarkClearChat:     func(m device.Mark) bool { return m.Last.At > 0 },
		device.MarkDeleteChat:    func(m device.Mark) bool { return m.Last.At > 0 },
	} {
		if m := r.sink.mark(t, kind, ok); m.Chat.Key() != in.Chat.Key() {
			t.Errorf("%s is of %s, want %s", kind, m.Chat.Key(), in.Chat.Key())
		}
	}
	m := r.sink.mark(t, device.MarkLabel, nil)
	if want := (device.Label{ID: "2", Name: "Baru", Color: 4}); m.Label != want {
		t.Errorf("label = %+v, want %+v", m.Label, want)
	}
}

func TestMarksThatCantBeMade(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := person1(r.net.Phone("Budi"))
	marker := r.session.(device.Marker)
	for name, m := range map[string]device.Mark{
		"no kind":    {Chat: budi},
		"no chat":    {Kind: device.MarkPin},
		"no message": {Kind: device.MarkStar, Chat: budi},
		"no label":   {Kind: device.MarkLabel},
	} {
		if err := marker.Mark(ctxOf(t), m); err == nil {
			t.Errorf("%s: the mark was made", name)
		}
	}
	_ = r.stop()
	if err := marker.Mark(ctxOf(t), device.Mark{Kind: device.MarkPin, Chat: budi}); !errors.Is(err, errOffline) {
		t.Errorf("offline: got %v, want errOffline", err)
	}
}

func TestMarkOf(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_700_000_000_123)
	for name, c := range map[string]struct {
		evt  any
		want device.Mark
		ok   bool
	}{
		"muted for ever": {
			&events.Mute{Timestamp: at, Action: &waSyncAction.MuteAction{Muted: proto.Bool(true), MuteEndTimestamp: proto.Int64(-1)}},
			device.Mark{Kind: device.MarkMute, At: at.UnixMilli(), Until: device.MuteForever},
			true,
		},
		"not muted": {
			&events.Mute{Timestamp: at, Action: &waSyncAction.MuteAction{MuteEndTimestamp: proto.Int64(5)}},
			device.Mark{Kind: device.MarkMute, At: at.UnixMilli()},
			true,
		},
		"no range":         {&events.DeleteChat{Timestamp: at}, device.Mark{Kind: device.MarkDeleteChat, At: at.UnixMilli()}, true},
		"an absurd range":  {deleted(at, 1<<62), device.Mark{Kind: device.MarkDeleteChat, At: at.UnixMilli()}, true},
		"a whole second":   {deleted(at, 7), device.Mark{Kind: device.MarkDeleteChat, At: at.UnixMilli(), Last: device.LastMessage{At: 7999}}, true},
		"another setting":  {&events.AppState{Index: []string{"setting_locale"}}, device.Mark{}, false},
		"an empty index":   {&events.AppState{}, device.Mark{}, false},
		"another event":    {&events.Connected{}, device.Mark{}, false},
		"an action of nil": {&events.Pin{Timestamp: at}, device.Mark{Kind: device.MarkPin, At: at.UnixMilli()}, true},
	} {
		got, _, ok := markOf(c.evt)
		if diff := cmp.Diff(c.want, got); ok != c.ok || diff != "" {
			t.Errorf("%s: ok = %v, want %v (-want +got):\n%s", name, ok, c.ok, diff)
		}
	}
}

func deleted(at time.Time, last int64) *events.DeleteChat {
	return &events.DeleteChat{Timestamp: at, Action: &waSyncAction.DeleteChatAction{
		MessageRange: &waSyncAction.SyncActionMessageRange{LastMessageTimestamp: &last},
	}}
}
