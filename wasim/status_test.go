package wasim_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

func TestAStatusUpdateReachesContacts(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi, rudi := openShop(t, n), n.Phone("Budi"), n.Phone("Rudi")
	ctx := deadline(t)
	if err := s.Store.Contacts.PutContactName(ctx, budi.JID(), "Budi Santoso", "Budi"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SendMessage(ctx, types.StatusBroadcastJID, textMessage("Buka sampai jam 9")); err != nil {
		t.Fatal(err)
	}
	m, err := budi.Await(ctx, hasText("Buka sampai jam 9"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Chat != types.StatusBroadcastJID.String() || m.From != s.phone.Number() {
		t.Errorf("Budi sees it in %s from %s", m.Chat, m.From)
	}
	if own, err := s.phone.Await(ctx, hasText("Buka sampai jam 9")); err != nil || !own.FromMe {
		t.Errorf("on the own phone: %+v, %v", own, err)
	}
	if len(rudi.Messages("", "")) != 0 {
		t.Error("who is no contact sees it")
	}
}

func TestAPhonesStatusReachesThoseItWroteWith(t *testing.T) {
	t.Parallel()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		n := wasimtest.Network(t, wasim.Options{Addressing: form})
		s, budi, rudi := openShop(t, n), n.Phone("Budi"), n.Phone("Rudi")
		ctx := deadline(t)
		if _, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: "Halo"}); err != nil {
			t.Fatal(err)
		}
		next(t, s.messages)
		id, err := budi.PostStatus(ctx, wasim.Content{Text: "Liburan"})
		if err != nil {
			t.Fatal(err)
		}
		got := s.update(t)
		if got.Info.Chat != types.StatusBroadcastJID || got.Info.Sender.ToNonAD() != budi.JID() && got.Info.SenderAlt.ToNonAD() != budi.JID() || got.Info.ID != id || got.Message.GetConversation() != "Liburan" {
			t.Errorf("the shop's client sees %+v", got.Info)
		}
		if m, err := s.phone.Await(ctx, hasText("Liburan")); err != nil || m.Chat != wasim.StatusChat || m.From != budi.Number() {
			t.Errorf("the shop's phone sees %+v, %v", m, err)
		}
		photo, err := budi.PostStatus(ctx, wasim.Content{Media: &wasim.Media{Type: "image", MIME: "image/jpeg", Data: jpegOf("pantai"), Caption: "Pantai"}})
		if err != nil {
			t.Fatal(err)
		}
		picture := s.update(t)
		if data, err := s.Download(ctx, picture.Message.GetImageMessage()); err != nil || string(data) != string(jpegOf("pantai")) {
			t.Errorf("the picture: %q, %v", data, err)
		}
		if _, err := budi.PostStatus(ctx, wasim.Content{Revoke: photo}); err != nil {
			t.Fatal(err)
		}
		if m, err := s.phone.Await(ctx, func(m wasim.Message) bool { return m.ID == photo && m.Status == wasim.StatusRevoked }); err != nil {
			t.Errorf("after deleting: %+v, %v", m, err)
		}
		if len(rudi.Messages("", "")) != 0 {
			t.Error("who never wrote with Budi sees it")
		}
	}
}

// update is the next message that brings more than a key.
func (s *shop) update(t *testing.T) *events.Message {
	t.Helper()
	for {
		if e := next(t, s.messages); e.Message.GetConversation() != "" || e.Message.GetImageMessage() != nil {
			return e
		}
	}
}

// A status update and a newsletter's post are refused, lost and acknowledged as other messages are; one that comes again under
// its id is the same one.
func TestFaultsStrikeWhatIsPosted(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	if err := s.Store.Contacts.PutContactName(ctx, budi.JID(), "Budi Santoso", "Budi"); err != nil {
		t.Fatal(err)
	}
	letter := types.NewJID(strings.TrimSuffix(must[string](t, "CreateNewsletter")(s.phone.CreateNewsletter(ctx, "Kabar", "")), "@newsletter"), types.NewsletterServer)
	for i, to := range []types.JID{types.StatusBroadcastJID, letter} {
		must[wasim.Fault](t, "AddFault")(n.AddFault(wasim.Fault{Kind: wasim.FaultAck, Code: 429, Number: s.phone.Number(), Times: 1}))
		if _, err := s.SendMessage(ctx, to, textMessage("Ditolak")); err == nil || !strings.Contains(err.Error(), "429") {
			t.Errorf("to %s: %v, want 429", to, err)
		}
		must[wasim.Fault](t, "AddFault")(n.AddFault(wasim.Fault{Kind: wasim.FaultLoseAck, Number: s.phone.Number()}))
		again := whatsmeow.SendRequestExtra{ID: fmt.Sprintf("3EB0%016d", i), Timeout: 200 * time.Millisecond}
		if _, err := s.SendMessage(ctx, to, textMessage("Sekali"), again); !errors.Is(err, whatsmeow.ErrMessageTimedOut) {
			t.Errorf("to %s: %v, want no answer", to, err)
		}
		again.Timeout = 0
		if res, err := s.SendMessage(ctx, to, textMessage("Sekali"), again); err != nil || to == letter && res.ServerID != 100 {
			t.Errorf("to %s again: number %d, %v", to, res.ServerID, err)
		}
	}
	if posts, err := s.phone.NewsletterPosts(letter.String()); err != nil || len(posts) != 1 || posts[0].Text != "Sekali" {
		t.Errorf("the newsletter has %+v, %v; want one post", posts, err)
	}
	if _, err := budi.Await(ctx, hasText("Sekali")); err != nil {
		t.Fatal(err)
	}
	if seen := budi.Messages(wasim.StatusChat, ""); len(seen) != 1 {
		t.Errorf("Budi sees %+v, want one update", seen)
	}
}
