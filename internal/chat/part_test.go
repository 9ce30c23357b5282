package chat_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
)

// Two chats that became one are two again: each with what it had, and what came since with the one that was kept.
func TestTakenApartContactsHaveTheirChatsBack(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("satu", from(peer(phone("6281"))), ago(5*time.Minute))
		w.write("dua", from(peer(lid("99"))), ago(4*time.Minute))
		w.pass(time.Second)
		reply := w.post(chat.Post{To: peer(lid("99")), Content: text("jawab"), By: chat.Author{Kind: chat.ByMember, ID: "m"}})
		w.pass(time.Second)
		w.write("tiga", from(peer(phone("6281"), lid("99"))))
		one := w.only()
		gone, err := w.contacts.Unmerge(t.Context(), ws, one.Contact.ID)
		if err != nil {
			t.Fatalf("Unmerge: %v", err)
		}
		list := w.chats()
		if len(list) != 2 {
			t.Fatalf("there are %d chats, want 2", len(list))
		}
		for _, c := range list {
			want, last := []string{"satu", "tiga"}, "tiga"
			if c.Contact.ID == gone.ID {
				want, last = []string{"dua", "jawab"}, "jawab"
			}
			if diff := cmp.Diff(want, texts(w.messages(c.Chat.ID))); diff != "" || c.Last.Preview != last {
				t.Errorf("the chat of %s ends with %q (-want +got):\n%s", c.Contact.ID, c.Last.Preview, diff)
			}
			for _, m := range w.messages(c.Chat.ID) {
				if !m.FromMe && m.SenderID != c.Contact.ID {
					t.Errorf("%q is from %s, want from %s", m.Content.Text, m.SenderID, c.Contact.ID)
				}
			}
		}
		if send, err := w.sends.Get(t.Context(), ws, reply.SendID); err != nil || send.ChatID != reply.ChatID {
			t.Errorf("the send is in chat %s, %v; want %s", send.ChatID, err, reply.ChatID)
		}
		w.write("empat", from(peer(lid("99"))))
		if got := texts(w.messages(reply.ChatID)); len(got) != 3 {
			t.Errorf("after one more the second chat has %v, want three", got)
		}
	})
}

// A chat that only one of the two had goes back with its contact.
func TestATakenApartContactTakesItsOnlyChatAlong(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		kept, err := w.contacts.Resolve(t.Context(), ws, dev.Channel, peer(phone("6281")))
		if err != nil {
			t.Fatal(err)
		}
		w.pass(time.Second)
		w.write("halo", from(peer(lid("99"))))
		if _, err := w.contacts.Resolve(t.Context(), ws, dev.Channel, peer(phone("6281"), lid("99"))); err != nil {
			t.Fatal(err)
		}
		if c := w.only(); c.Contact.ID != kept.ID {
			t.Fatalf("the chat is %s's, want %s's", c.Contact.ID, kept.ID)
		}
		gone, err := w.contacts.Unmerge(t.Context(), ws, kept.ID)
		if err != nil {
			t.Fatal(err)
		}
		if c := w.only(); c.Contact.ID != gone.ID || w.messages(c.Chat.ID)[0].SenderID != gone.ID {
			t.Errorf("the chat is %s's, want %s's with its message", c.Contact.ID, gone.ID)
		}
	})
}
