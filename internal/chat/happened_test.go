package chat_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/group"
)

// arisan is a group with its contact.
func (w *world) arisan() contact.Contact {
	w.t.Helper()
	c, err := w.contacts.Resolve(w.t.Context(), ws, dev.Channel, device.Peer{
		Group: true, Name: "Arisan", Addresses: []device.Address{{Kind: device.AddressGroup, Value: "120363000"}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// What happens to a group stands in its chat, each once, and is no news: nothing is unread of it, nobody is waited for.
func TestWhatHappensToAGroupStandsInItsChatOnce(t *testing.T) {
	each(t, chat.Config{Answerers: []chat.Answerer{&parrot{}}}, func(t *testing.T, w *world) {
		g, sari := w.arisan(), &group.Person{Contact: contact.Contact{ID: "sari"}}
		told, lines := 0, 0
		w.s.Happened.Add("test", func(_ context.Context, h chat.Happened) error {
			told++
			if h.Message.ID != "" {
				lines++
			}
			return nil
		})
		at, on, off := w.now.UnixMilli(), true, false
		history := []group.Change{
			{Deed: device.GroupCame, By: sari, At: at - 5000, Mark: "1"},
			{Deed: device.GroupName, By: sari, Text: "Arisan RT 05", At: at - 4000},
			{Deed: device.GroupAnnounce, By: &group.Person{Self: true}, On: &on, At: at - 3000},
			{Deed: device.GroupAnnounce, By: &group.Person{Self: true}, On: &off, At: at - 3000},
			{Deed: device.GroupJoined, By: sari, Members: []group.Person{{Contact: contact.Contact{ID: "budi"}}, {Self: true}}, At: at - 2000},
			{Deed: device.GroupLink, Text: "https://chat.whatsapp.com/secret", At: at - 1000},
			{Deed: device.GroupDisappearing, By: sari, Seconds: 86400, At: at - 10_000, Origin: device.OriginHistory},
		}
		for range 2 {
			for _, c := range history {
				c.Device, c.Group = dev, g
				if c.Origin == "" {
					c.Origin = device.OriginLive
				}
				if err := w.s.GroupChanged(t.Context(), c); err != nil {
					t.Fatalf("%s: %v", c.Deed, err)
				}
			}
		}
		if told != 2*len(history) || lines != len(history) {
			t.Errorf("told %d times, %d with a line; want %d and %d", told, lines, 2*len(history), len(history))
		}
		h := w.only()
		if h.Last.Kind != device.KindGroup || h.Unread != 0 || h.WaitingSince != 0 || h.InboundAt != 0 || h.FirstAt != 0 {
			t.Errorf("the chat is %+v", h)
		}
		var got []device.GroupLine
		for _, m := range w.messages(h.ID) {
			got = append(got, *m.Content.Group)
		}
		want := []device.GroupLine{
			{Deed: device.GroupDisappearing, By: "sari", Seconds: 86400},
			{Deed: device.GroupName, By: "sari", Text: "Arisan RT 05"},
			{Deed: device.GroupAnnounce, By: device.TargetSelf, On: &on},
			{Deed: device.GroupAnnounce, By: device.TargetSelf, On: &off},
			{Deed: device.GroupJoined, By: "sari", Members: []string{"budi", device.TargetSelf}},
			{Deed: device.GroupLink},
			{Deed: device.GroupCame, By: "sari"}, // when it was made is not when the account came
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the lines (-want +got):\n%s", diff)
		}
	})
}

// A line behind a message leaves it unread and the newest that lists show, and nothing can be done to the line itself.
func TestALineOfAGroupIsNoMessage(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("halo", inGroup("120363000", peer(phone("6282"))))
		w.pass(time.Minute)
		c := group.Change{Device: dev, Group: w.arisan(), Deed: device.GroupLeft, Members: []group.Person{{Self: true}}, At: w.now.UnixMilli(), Origin: device.OriginLive}
		if err := w.s.GroupChanged(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		h := w.only()
		list := w.messages(h.Chat.ID)
		if len(list) != 2 || list[1].Content.Kind != device.KindGroup {
			t.Fatalf("the messages are %+v", list)
		}
		if h.Unread != 1 || h.Last.MessageID != list[0].ID {
			t.Errorf("the chat is %+v, want the message as its newest, unread", h.Chat)
		}
		if err := w.s.DeleteMessage(t.Context(), ws, list[1].ID); !errors.Is(err, chat.ErrGroupLine) {
			t.Errorf("deleting the line: %v, want %v", err, chat.ErrGroupLine)
		}
		if err := w.s.DeleteMessage(t.Context(), ws, list[0].ID); err != nil || w.only().Unread != 0 || w.only().WaitingSince != 0 || w.only().Last.Kind != device.KindGroup {
			t.Errorf("deleting the message: %v, and the chat is %+v; want nothing unread and nobody waiting", err, w.only().Chat)
		}
	})
}
