package chat_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

func TestLists(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		for i := range 5 {
			w.pass(time.Second)
			w.write(fmt.Sprint("m", i), from(device.Peer{Name: fmt.Sprint("Orang ", i), Addresses: []device.Address{phone(fmt.Sprint("628", i))}}))
		}
		w.pass(time.Second)
		w.write("g", inGroup("g", peer(phone("6280"))))
		walk := func(f chat.Filter) (got []string) {
			for {
				p, err := w.s.List(t.Context(), ws, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, i := range p.Items {
					got = append(got, i.Last.Preview)
				}
				if f.After = p.Next; f.After == "" {
					return got
				}
			}
		}
		if _, err := w.s.MarkRead(t.Context(), ws, w.chats()[1].Chat.ID); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			f    chat.Filter
			want []string
		}{
			{chat.Filter{Limit: 2}, []string{"g", "m4", "m3", "m2", "m1", "m0"}},
			{chat.Filter{Kind: contact.FilterGroups}, []string{"g"}},
			{chat.Filter{Kind: contact.FilterPeople, Unread: chat.UnreadOnly}, []string{"m3", "m2", "m1", "m0"}},
			{chat.Filter{Search: "orang 3"}, []string{"m3"}},
			{chat.Filter{Since: w.clock().Add(-1500 * time.Millisecond).UnixMilli()}, []string{"g", "m4"}},
			{chat.Filter{DeviceID: "other"}, nil},
			{chat.Filter{Turn: chat.TurnHuman}, nil},
		} {
			if diff := cmp.Diff(c.want, walk(c.f)); diff != "" {
				t.Errorf("List(%+v) (-want +got):\n%s", c.f, diff)
			}
		}
	})
}

func TestMessagesPage(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		var all []string
		for i := range 7 {
			w.write(fmt.Sprint("m", i)) // all in the same second
			all = append(all, fmt.Sprint("m", i))
		}
		id := w.only().Chat.ID
		var got []string
		sp := chat.Span{Limit: 3}
		for {
			p, err := w.s.Messages(t.Context(), ws, id, sp)
			if err != nil {
				t.Fatal(err)
			}
			got = append(texts(p.Messages), got...)
			if sp.Before = p.Older; sp.Before == "" {
				break
			}
		}
		if diff := cmp.Diff(all, got); diff != "" {
			t.Errorf("going back (-want +got):\n%s", diff)
		}
		p, err := w.s.Messages(t.Context(), ws, id, chat.Span{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		w.write("new")
		next, err := w.s.Messages(t.Context(), ws, id, chat.Span{After: p.Newer})
		if err != nil || !slices.Equal(texts(next.Messages), []string{"new"}) {
			t.Errorf("going on: got %v, %v; want new", texts(next.Messages), err)
		}
		if again, err := w.s.Messages(t.Context(), ws, id, chat.Span{After: next.Newer}); err != nil || len(again.Messages) != 0 || again.Newer != next.Newer {
			t.Errorf("at the end: got %+v, %v; want nothing and the same cursor", again, err)
		}
		if _, err := w.s.Messages(t.Context(), "ws-2", id, chat.Span{}); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("a stranger: got %v, want ErrNotFound", err)
		}
	})
}

func TestWhatANetworkTellsIsNotTrusted(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("zero", func(in *device.Inbound) { in.At = 0 })
		w.write("far", func(in *device.Inbound) { in.At = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() })
		w.write(strings.Repeat("i", 1<<20), content(device.Content{Text: "a\x00b\xff" + strings.Repeat("é", 60_000)}))
		w.write("", content(text("no id")))
		got := w.messages(w.only().Chat.ID)
		if len(got) != 4 {
			t.Fatalf("got %d messages, want 4", len(got))
		}
		for _, m := range got {
			if m.At != w.clock().UnixMilli() || len(m.NetworkID) > 256 || m.NetworkID == "" || len(m.Content.Text) > 65_536+3 || strings.Contains(m.Content.Text, "\x00") {
				t.Errorf("got at %d, a network id of %d and a text of %d bytes", m.At, len(m.NetworkID), len(m.Content.Text))
			}
		}
	})
}

func TestAListSaysWhoOfOursWroteLast(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("halo")
		id := w.only().Chat.ID
		check := func(what string, want chat.Author) {
			t.Helper()
			view := chat.ViewOf(w.only()).Last
			if got := w.only().Last.By; got != want || view.By != want.Kind || view.ByID != want.ID {
				t.Errorf("%s: got %+v, shown as %s %s; want %+v", what, got, view.By, view.ByID, want)
			}
		}
		check("theirs", chat.Author{})
		var last chat.Message
		for _, by := range []chat.Author{
			{Kind: chat.ByMember, ID: "ani"}, {Kind: chat.ByRule, ID: "rule-1"}, {Kind: chat.ByAPI, ID: "key-1"}, {Kind: chat.ByMember, ID: "budi"},
		} {
			w.pass(time.Second)
			last = w.post(chat.Post{ChatID: id, Content: text("ya"), By: by})
			check("posted", by)
		}
		if err := w.s.DeleteMessage(t.Context(), ws, last.ID); err != nil {
			t.Fatal(err)
		}
		check("the last one deleted", chat.Author{Kind: chat.ByAPI, ID: "key-1"})
		w.pass(time.Second)
		w.write("dari HP", fromMe)
		check("typed on the phone", chat.Author{Kind: chat.ByPhone})
		w.pass(time.Second)
		w.write("oke")
		check("theirs again", chat.Author{})
	})
}

func TestABroadcastMovesNoChatInTheInbox(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		send := func(p chat.Post) chat.Message {
			p.Content, p.By, p.Lane = text("promo"), chat.Author{Kind: chat.ByBroadcast, ID: "b"}, outbox.LaneBroadcast
			w.pass(time.Second)
			return w.post(p)
		}
		w.write("berapa", byPhone("6280"))
		w.pass(time.Second)
		w.write("halo", byPhone("6281"))
		before := w.chatOf("6280")
		m := send(chat.Post{ChatID: before.Chat.ID})
		if diff := cmp.Diff([]string{"x6281", "x6280"}, w.listed(chat.Filter{})); diff != "" {
			t.Errorf("the list (-want +got):\n%s", diff)
		}
		if got := w.chatOf("6280"); got.Last != before.Last || got.WaitingSince != before.WaitingSince || got.Status != before.Status || got.Unread != before.Unread {
			t.Errorf("after the broadcast: got %+v, want it as it was, %+v", got.Chat, before.Chat)
		}
		if got := texts(w.messages(before.Chat.ID)); !slices.Equal(got, []string{"berapa", "promo"}) {
			t.Errorf("the thread: got %q, want the broadcast in it", got)
		}
		w.pass(time.Second)
		w.write("mau", byPhone("6280"))
		if diff := cmp.Diff([]string{"x6280", "x6281"}, w.listed(chat.Filter{})); diff != "" {
			t.Errorf("the list after they answered (-want +got):\n%s", diff)
		}
		w.pass(time.Second)
		last := w.post(chat.Post{ChatID: before.Chat.ID, Content: text("siap"), By: chat.Author{Kind: chat.ByMember, ID: "ani"}})
		send(chat.Post{ChatID: before.Chat.ID})
		if err := w.s.DeleteMessage(t.Context(), ws, last.ID); err != nil {
			t.Fatal(err)
		}
		if got := w.chatOf("6280").Last.Preview; got != "mau" {
			t.Errorf("after the last word was deleted the list shows %q, want theirs before it", got)
		}

		fresh := send(chat.Post{To: device.Peer{Name: "x6289", Addresses: []device.Address{phone("6289")}}})
		if got := w.chats()[0]; got.Last.MessageID != fresh.ID || got.Last.By != m.By || got.Status != chat.StatusResolved {
			t.Errorf("a chat that a broadcast begins: got %+v, want it shown and resolved", got.Chat)
		}
	})
}
