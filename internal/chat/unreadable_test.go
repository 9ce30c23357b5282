package chat_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

func unread(in *device.Inbound) {
	in.Content, in.Raw = device.Content{Kind: device.KindUnreadable, Why: device.WhyUndecrypted}, nil
}

func again(in *device.Inbound) { in.Again = true }

func againByPhone(in *device.Inbound) { in.Again, in.ByPhone = true, true }

// unreadables has w note for which messages a place was kept.
func (w *world) unreadables() *[]chat.Arrived {
	var list []chat.Arrived
	w.s.Unreadable.Add("test", func(_ context.Context, a chat.Arrived) error {
		list = append(list, a)
		return nil
	})
	return &list
}

// listener remembers what it was asked to answer, and answers nothing.
type listener struct{ asked []string }

func (*listener) Kind() chat.AuthorKind { return chat.ByRule }

func (l *listener) Answer(_ context.Context, q chat.Question) (*chat.Answer, error) {
	l.asked = append(l.asked, q.Message.Content.Text)
	return nil, nil
}

// What can't be read keeps its place and counts as unread; what it says takes that place, and is news once.
func TestUnreadableMessage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		bot := &listener{}
		w := newWorld(t, d, chat.Config{Answerers: []chat.Answerer{bot}})
		kept := w.unreadables()
		w.write("a", unread)
		w.write("a", unread)
		c := w.only()
		place := w.messages(c.Chat.ID)
		if len(place) != 1 || place[0].Content.Kind != device.KindUnreadable || place[0].Content.Why != device.WhyUndecrypted {
			t.Fatalf("got %+v, want one place", place)
		}
		if c.Unread != 1 || c.Last.Kind != device.KindUnreadable || c.InboundAt == 0 || c.FirstAt != 0 || len(*kept) != 1 || len(w.arrived) != 0 || len(bot.asked) != 0 {
			t.Errorf("got %+v, told %d and %d times, want one unread that nobody has read", c.Chat, len(*kept), len(w.arrived))
		}
		w.pass(time.Minute)
		w.write("b")
		w.pass(time.Minute)
		w.write("a")
		w.write("a")
		w.write("a", unread)
		list := w.messages(c.Chat.ID)
		if !slices.Equal(texts(list), []string{"a", "b"}) || list[0].ID != place[0].ID || list[0].At != place[0].At || list[0].Order != place[0].Order {
			t.Errorf("got %+v, want a in its place before b", list)
		}
		if c := w.only(); c.Unread != 2 || c.Last.Preview != "b" || c.FirstAt != place[0].Order {
			t.Errorf("got %+v, want two unread", c.Chat)
		}
		if len(w.arrived) != 2 || w.arrived[1].Message.ID != place[0].ID || !w.arrived[0].First || w.arrived[1].First || len(*kept) != 1 || !slices.Equal(bot.asked, []string{"b", "a"}) {
			t.Errorf("Arrived fired %d times and answers were sought to %q, want once each for b and a", len(w.arrived), bot.asked)
		}
		if m, err := w.s.GetByNetworkID(t.Context(), ws, dev.ID, "a"); err != nil || string(m.Raw) != "raw a" {
			t.Errorf("got %q, %v, want the raw form", m.Raw, err)
		}
	})
}

// A place that was looked at is unread again when there are words in it; what was said of them before is done then.
func TestUnreadableIsReadLater(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a", unread)
		c := w.only()
		if _, err := w.s.MarkRead(t.Context(), ws, c.Chat.ID); err != nil {
			t.Fatal(err)
		}
		w.write("hati", content(device.Content{Kind: device.KindReaction, Text: "❤️", Target: "a"}))
		if m := w.messages(c.Chat.ID)[0]; len(m.Reactions) != 0 {
			t.Errorf("got %+v, want no reaction yet", m)
		}
		w.write("a", origin(device.OriginHistory))
		if m := w.messages(c.Chat.ID)[0]; m.Content.Text != "a" || len(m.Reactions) != 1 || m.Origin != device.OriginOffline {
			t.Errorf("got %+v, want the words with their reaction", m)
		}
		if c := w.only(); c.Unread != 1 || c.Last.Preview != "a" || c.Last.Kind != device.KindText {
			t.Errorf("got %+v, want it unread", c.Chat)
		}
	})
}

// What turns out to change another message, or to say nothing, leaves no place; what was taken back stays so.
func TestUnreadableLeavesNoPlace(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		var gone []string
		w.s.MarkMade.Add("test", func(_ context.Context, m chat.MarkMade) error {
			gone = append(gone, m.NetworkID)
			return nil
		})
		w.write("a")
		w.write("b", unread)
		w.write("c", unread)
		w.write("b", content(device.Content{Kind: device.KindEdit, Text: "a2", Target: "a"}))
		w.write("c", again, content(device.Content{Kind: device.KindNone}))
		people := func() int {
			n, err := w.contacts.Count(t.Context(), ws, filter.Node{})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := people()
		for _, o := range []opt{again, fromMe, inGroup("g", peer(phone("6282")))} {
			w.write("d", o, content(device.Content{Kind: device.KindNone}))
		}
		if n := people(); n != before {
			t.Errorf("there are %d contacts, want %d: nothing was said", n, before)
		}
		c := w.only()
		if got := texts(w.messages(c.Chat.ID)); !slices.Equal(got, []string{"a2"}) || c.Unread != 1 || c.Last.Preview != "a2" || !slices.Equal(gone, []string{"b", "c"}) {
			t.Errorf("got %q, told %q, %+v; want the edited message alone", got, gone, c.Chat)
		}
		w.write("e", unread)
		w.write("tarik", content(device.Content{Kind: device.KindRevoke, Target: "e"}))
		w.write("e")
		w.write("tarik juga", content(device.Content{Kind: device.KindRevoke, Target: "f"}))
		w.write("f", unread)
		for _, m := range w.messages(c.Chat.ID)[1:] {
			if m.RevokedAt == 0 || m.Content.Text != "" {
				t.Errorf("got %+v, want it taken back", m)
			}
		}
	})
}

// Our own words of the phone, and a group's, find their places too.
func TestUnreadablePlaces(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		for _, o := range []opt{fromMe, inGroup("g", peer(phone("6282")))} {
			w.write("x", o, unread)
			w.write("x", o)
			w.write("x", o, unread)
		}
		for _, c := range w.chats() {
			if got := texts(w.messages(c.Chat.ID)); !slices.Equal(got, []string{"x"}) {
				t.Errorf("got %q, want x once", got)
			}
		}
		if len(w.arrived) != 2 || len(w.chats()) != 2 {
			t.Errorf("Arrived fired %d times in %d chats, want once in each of two", len(w.arrived), len(w.chats()))
		}
	})
}

// A place and its words that came to two chats of one person are one message when these become one.
func TestUnreadableJoins(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a", from(peer(lid("77"))))
		w.write("b", from(peer(phone("6281"))), unread)
		w.write("b", from(peer(lid("77"))))
		w.write("c", from(peer(phone("6281"))), unread)
		if err := w.s.Same(t.Context(), dev, peer(phone("6281"), lid("77"))); err != nil {
			t.Fatal(err)
		}
		w.write("c", from(peer(phone("6281"), lid("77"))))
		c := w.only()
		if got := texts(w.messages(c.Chat.ID)); !slices.Equal(got, []string{"a", "b", "c"}) || c.Last.Preview != "c" || c.Unread != 3 {
			t.Errorf("got %q, %+v, %d unread; want each once", got, c.Last, c.Unread)
		}
	})
}

// Lists don't wait for what can only be opened on the phone.
func TestViewOnceIsListedAsSuch(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("b")
		for why, want := range map[string]device.Kind{device.WhyViewOnce: device.KindViewOnce, device.WhyUnavailable: device.KindUnreadable} {
			w.pass(time.Second)
			w.write(why, content(device.Content{Kind: device.KindUnreadable, Why: why}))
			if got := w.only().Last.Kind; got != want {
				t.Errorf("%s is listed as %s, want %s", why, got, want)
			}
		}
	})
}

// What came to two chats of one person is unread once when these become one, and not at all where somebody has read it.
func TestDoublesAreUnreadOnce(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		both := []opt{from(peer(phone("6281"))), from(peer(lid("77")))}
		for _, o := range both {
			w.write("read", o)
		}
		for _, c := range w.chats() {
			if _, err := w.s.MarkRead(t.Context(), ws, c.Chat.ID); err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range both {
			w.pass(time.Second)
			w.write("twice", o)
		}
		w.write("lid", both[1])
		if err := w.s.Same(t.Context(), dev, peer(phone("6281"), lid("77"))); err != nil {
			t.Fatal(err)
		}
		c := w.only()
		if got := texts(w.messages(c.Chat.ID)); !slices.Equal(got, []string{"read", "twice", "lid"}) || c.Unread != 2 {
			t.Errorf("got %q with %d unread, want each once and two unread", got, c.Unread)
		}
	})
}

// The words may come under another address than that of the place.
func TestUnreadableComesUnderAnotherAddress(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a", from(peer(phone("6281"))), unread, again)
		place := w.messages(w.only().Chat.ID)[0]
		for _, p := range []device.Peer{peer(lid("77")), peer(phone("6281"), lid("77")), peer(phone("6281"))} {
			w.write("a", from(p), again)
		}
		w.write("a", from(peer(lid("77"))), unread, again)
		list := w.messages(w.only().Chat.ID)
		if !slices.Equal(texts(list), []string{"a"}) || list[0].ID != place.ID || len(w.arrived) != 1 || w.arrived[0].Sender.ID != w.only().Contact.ID {
			t.Errorf("got %+v, told %+v; want a once, in its place", list, w.arrived)
		}
	})
}

// In a group, too, the own phone's copy may name the sender by another address than the message did, and the sender's copy
// may come before it or after it.
func TestUnreadableInAGroupComesUnderAnotherAddress(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		ani, aniToo := inGroup("g", peer(lid("77"))), inGroup("g", peer(phone("6282")))
		w.write("sebelum", ani)
		last := func() chat.Message {
			list := w.messages(w.only().Chat.ID)
			return list[len(list)-1]
		}
		fromPhone, fromAni := func(id string) { w.write(id, aniToo, againByPhone) }, func(id string) { w.write(id, ani, again) }
		for id, order := range map[string][]func(string){"phone first": {fromPhone, fromAni}, "sender first": {fromAni, fromPhone}} {
			w.pass(time.Second)
			w.write(id, ani, unread, again)
			place, before := last(), len(w.arrived)
			for _, write := range order {
				write(id)
			}
			m := last()
			if m.ID != place.ID || m.Content.Text != id || m.SenderID != place.SenderID || len(w.arrived) != before+1 || w.arrived[before].Sender.ID != place.SenderID {
				t.Errorf("%s: got %q by %s, told %d times; want it once, in the place of %s", id, m.Content.Text, m.SenderID, len(w.arrived)-before, place.SenderID)
			}
		}
		heart := content(device.Content{Kind: device.KindReaction, Text: "❤️", Target: "sebelum"})
		w.write("hati", aniToo, againByPhone, heart)
		w.write("hati", ani, again, heart)
		if m := w.messages(w.only().Chat.ID)[0]; len(m.Reactions) != 1 {
			t.Errorf("got the reactions %+v, want one", m.Reactions)
		}
	})
}

// A member of a group who uses the id of another one's message says nothing in that one's name.
func TestNobodySpeaksAsAnotherMember(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		ani, budi, budiToo := inGroup("g", peer(lid("77"))), inGroup("g", peer(lid("88"))), inGroup("g", peer(phone("6288")))
		says := func(s string) opt { return content(text(s)) }
		w.write("x", ani, unread, again)
		w.write("x", budi, again, says("palsu"))
		w.write("x", ani, again, says("asli"))
		w.write("y", ani, unread, again)
		w.write("y", budi, unread, again)
		w.write("y", budiToo, againByPhone, says("palsu juga"))
		w.write("y", ani, again, says("asli juga"))
		for _, m := range w.messages(w.only().Chat.ID) {
			said := w.messages(w.only().Chat.ID)[0].SenderID == m.SenderID
			if slices.Contains([]string{"asli", "asli juga"}, m.Content.Text) != said {
				t.Errorf("%q is said to be by Ani: %v", m.Content.Text, said)
			}
		}
		if got := texts(w.messages(w.only().Chat.ID)); len(got) != 5 {
			t.Errorf("got %q, want each of four and the place that nobody filled", got)
		}
	})
}

// Our own words that come late leave alone what customers have written since, and whose turn it is.
func TestUnreadableOfOursComesLate(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a", fromMe, unread)
		w.pass(time.Minute)
		c := w.only()
		if _, err := w.s.SetTurn(t.Context(), ws, c.Chat.ID, chat.TurnBot, c.TurnVersion); err != nil {
			t.Fatal(err)
		}
		w.write("b")
		w.write("a", fromMe)
		if c := w.only(); c.Unread != 1 || c.Turn != chat.TurnBot {
			t.Errorf("got %+v, want b unread and the turn where it was", c.Chat)
		}
	})
}

// What can be read only after hours is answered by nobody.
func TestUnreadableForHours(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		bot := &listener{}
		w := newWorld(t, d, chat.Config{Answerers: []chat.Answerer{bot}})
		at := w.clock()
		w.write("a", unread)
		w.pass(7 * time.Hour)
		w.write("a", func(in *device.Inbound) { in.At = at.UnixMilli() })
		if len(bot.asked) != 0 || len(w.arrived) != 1 || w.arrived[0].Origin != device.OriginOffline {
			t.Errorf("an answer was sought to %q, told %+v; want it told as late and left to people", bot.asked, w.arrived)
		}
	})
}
