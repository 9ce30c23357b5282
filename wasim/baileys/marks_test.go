package baileys_test

import (
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/baileys"
)

// TestMarksBothWays has Baileys, which checks every MAC, write settings that the account's phone follows, and follow
// what is done on the phone.
func TestMarksBothWays(t *testing.T) {
	t.Parallel()
	for _, addressing := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(addressing), func(t *testing.T) {
			t.Parallel()
			s := setUp(t, wasim.Options{Addressing: addressing}, baileys.ByQR)
			s.marksBothWays(t)
			s.nothingWentWrong(t)
		})
	}
}

func (s *stage) marksBothWays(t *testing.T) {
	phone, ok := s.network.PhoneByNumber(s.customer.Number())
	if !ok {
		t.Fatal("the customer has no phone")
	}
	budi := s.network.Phone("Budi")
	ids := map[string]string{}
	for _, text := range []string{"satu", "dua"} {
		id, err := budi.Send(s.ctx, s.customer.Number(), wasim.Content{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		ids[text] = id
	}
	heard := func(what string, m wasim.Mark) {
		t.Helper()
		if err := phone.Mark(s.ctx, m); err != nil {
			t.Fatal(err)
		}
		id, err := s.customer.WaitMark(s.ctx, what)
		if err != nil {
			t.Fatalf("%s on the phone never reached Baileys: %v", what, err)
		}
		if what == "star" && id != ids["satu"] || what != "star" && !strings.HasPrefix(id, budi.LID()) && !strings.HasPrefix(id, budi.Number()) {
			t.Errorf("Baileys heard of %s for %s", what, id)
		}
	}
	// A client that has only just been linked hears of it, too.
	heard("mute", wasim.Mark{Kind: wasim.MarkMute, Chat: budi.Number(), Until: -1})
	var chat string
	for text := range ids {
		in, err := s.customer.WaitText(s.ctx, text)
		if err != nil {
			t.Fatal(err)
		}
		chat = in.From
	}
	mark := func(what, id string) {
		t.Helper()
		if err := s.customer.Mark(s.ctx, what, chat, id); err != nil {
			t.Fatalf("Baileys: %s: %v", what, err)
		}
	}
	until := func(what string, fits func(wasim.Chat) bool) {
		t.Helper()
		if _, err := phone.AwaitChat(s.ctx, budi.Number(), fits); err != nil {
			t.Fatalf("%s by Baileys never reached the phone: %v", what, err)
		}
	}
	// What the phone does first: the client must have fetched the collections before it can write to them.
	heard("archive", wasim.Mark{Kind: wasim.MarkArchive, Chat: budi.Number(), On: true})
	heard("star", wasim.Mark{Kind: wasim.MarkStar, ID: ids["satu"], On: true})
	mark("unarchive", ids["dua"])
	until("unarchive", func(c wasim.Chat) bool { return !c.Archived })
	mark("pin", "")
	until("pin", func(c wasim.Chat) bool { return c.Pinned })
	mark("unread", ids["dua"])
	until("unread", func(c wasim.Chat) bool { return c.MarkedUnread })
	mark("delete_message", ids["satu"])
	until("delete for me", func(c wasim.Chat) bool { return c.Messages == 1 })
	mark("archive", ids["dua"])
	until("archive", func(c wasim.Chat) bool { return c.Archived })
	mark("delete_chat", ids["dua"])
	until("delete chat", func(c wasim.Chat) bool { return c.Messages == 0 })
}
