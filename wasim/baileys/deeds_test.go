package baileys_test

import (
	"fmt"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/baileys"
)

// TestDeedsOfBaileys has Baileys do everything else that an account does, and be told of what others do.
func TestDeedsOfBaileys(t *testing.T) {
	t.Parallel()
	for _, addressing := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(addressing), func(t *testing.T) {
			t.Parallel()
			s := setUp(t, wasim.Options{Addressing: addressing}, baileys.ByQR)
			s.typingBothWays(t)
			s.profiles(t)
			s.blocking(t)
			s.labelsBothWays(t)
			s.newsletters(t)
			s.olderMessages(t)
			s.reconnecting(t)
			s.nothingWentWrong(t)
		})
	}
}

func (s *stage) does(t *testing.T, function string, answer any, args ...any) {
	t.Helper()
	if err := s.customer.Call(s.ctx, function, answer, args...); err != nil {
		t.Fatalf("%s: %v", function, err)
	}
}

func (s *stage) hears(t *testing.T, event, text string) {
	t.Helper()
	if err := s.customer.WaitEvent(s.ctx, event, text, nil); err != nil {
		t.Fatalf("Baileys was never told %s with %q: %v", event, text, err)
	}
}

func (s *stage) phone(t *testing.T) *wasim.Phone {
	t.Helper()
	p, ok := s.network.PhoneByNumber(s.customer.Number())
	if !ok {
		t.Fatal("the customer has no phone")
	}
	return p
}

func (s *stage) typingBothWays(t *testing.T) {
	t.Helper()
	typing := make(chan types.ChatPresence, 10)
	s.shop.AddEventHandler(func(event any) {
		if e, ok := event.(*events.ChatPresence); ok {
			typing <- e.State
		}
	})
	if err := s.shop.SendPresence(s.ctx, types.PresenceAvailable); err != nil {
		t.Fatal(err)
	}
	shop := s.shopTel + "@s.whatsapp.net"
	for does, want := range map[string]types.ChatPresence{"composing": types.ChatPresenceComposing, "paused": types.ChatPresencePaused} {
		s.does(t, "sendPresenceUpdate", nil, does, shop)
		select {
		case got := <-typing:
			if got != want {
				t.Errorf("Baileys is %s, the shop sees %s", does, got)
			}
		case <-s.ctx.Done():
			t.Fatalf("the shop never saw %s", does)
		}
	}
	if err := s.shop.SendChatPresence(s.ctx, s.to(), types.ChatPresenceComposing, types.ChatPresenceMediaText); err != nil {
		t.Fatal(err)
	}
	s.hears(t, "presence.update", "composing")
}

func (s *stage) profiles(t *testing.T) {
	t.Helper()
	s.does(t, "updateProfileStatus", nil, "Sibuk")
	info, err := s.shop.GetUserInfo(s.ctx, []types.JID{s.to()})
	if err != nil {
		t.Fatal(err)
	}
	for who, i := range info {
		if i.Status != "Sibuk" {
			t.Errorf("the shop sees %q of %s", i.Status, who)
		}
	}
	shop, _ := s.network.PhoneByNumber(s.shopTel)
	if err := shop.SetAbout(s.ctx, "Buka 08-17"); err != nil {
		t.Fatal(err)
	}
	var about []struct{ Status struct{ Status string } }
	s.does(t, "fetchStatus", &about, s.shopTel+"@s.whatsapp.net")
	if len(about) != 1 || about[0].Status.Status != "Buka 08-17" {
		t.Errorf("Baileys sees %+v of the shop", about)
	}
	if err := shop.SetPicture(s.ctx, []byte("\xff\xd8\xff picture")); err != nil {
		t.Fatal(err)
	}
	var url string
	s.does(t, "profilePictureUrl", &url, s.shopTel+"@s.whatsapp.net")
	if url == "" {
		t.Error("Baileys sees no picture of the shop")
	}
	var found []struct{ Exists bool }
	s.does(t, "onWhatsApp", &found, s.shopTel)
	if len(found) != 1 || !found[0].Exists {
		t.Errorf("Baileys asked whether the shop is there: %+v", found)
	}
}

func (s *stage) blocking(t *testing.T) {
	t.Helper()
	for _, step := range []struct {
		do   string
		want int
	}{{"block", 1}, {"unblock", 0}} {
		s.does(t, "updateBlockStatus", nil, s.shopTel+"@s.whatsapp.net", step.do)
		if got := s.phone(t).Blocked(); len(got) != step.want {
			t.Errorf("after %s the phone blocks %v", step.do, got)
		}
		var list []string
		s.does(t, "fetchBlocklist", &list)
		if len(list) != step.want {
			t.Errorf("after %s Baileys lists %v", step.do, list)
		}
	}
}

func (s *stage) labelsBothWays(t *testing.T) {
	t.Helper()
	phone, shop := s.phone(t), s.shopTel+"@s.whatsapp.net"
	if err := phone.Mark(s.ctx, wasim.Mark{Kind: wasim.MarkLabel, Label: "7", Name: "Grosir"}); err != nil {
		t.Fatal(err)
	}
	s.hears(t, "labels.edit", "Grosir")
	if err := phone.Mark(s.ctx, wasim.Mark{Kind: wasim.MarkLabelChat, Label: "7", Chat: s.shopTel, On: true}); err != nil {
		t.Fatal(err)
	}
	s.hears(t, "labels.association", `"7"`)
	s.does(t, "addLabel", nil, shop, map[string]any{"id": "8", "name": "Langganan", "color": 2})
	s.does(t, "addChatLabel", nil, shop, "8")
	if _, err := phone.AwaitChat(s.ctx, s.shopTel, func(c wasim.Chat) bool { return len(c.Labels) == 2 }); err != nil {
		t.Errorf("the phone shows the labels %+v: %v", phone.Labels(), err)
	}
	s.does(t, "removeChatLabel", nil, shop, "8")
	if _, err := phone.AwaitChat(s.ctx, s.shopTel, func(c wasim.Chat) bool { return len(c.Labels) == 1 }); err != nil {
		t.Errorf("the label was never taken off: %v", err)
	}
}

func (s *stage) newsletters(t *testing.T) {
	t.Helper()
	made, err := s.shop.CreateNewsletter(s.ctx, whatsmeow.CreateNewsletterParams{Name: "Promo Toko"})
	if err != nil {
		t.Fatal(err)
	}
	s.does(t, "newsletterFollow", nil, made.ID.String())
	sent, err := s.shop.SendMessage(s.ctx, made.ID, &waE2E.Message{Conversation: new("Diskon 10%")})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := s.customer.WaitID(s.ctx, sent.ID)
	if err != nil || shown.Kind != "conversation" {
		t.Errorf("Baileys was shown %+v, %v", shown, err)
	}
	s.does(t, "newsletterUnfollow", nil, made.ID.String())
	var own struct{ ID, Name string }
	s.does(t, "newsletterCreate", &own, "Kabar Rina", "Tiap hari")
	if list := s.phone(t).Newsletters(); own.Name != "Kabar Rina" || len(list) != 1 || list[0] != own.ID {
		t.Errorf("Baileys made %+v, its phone follows %v", own, list)
	}
}

// olderMessages asks for what was written before Baileys was linked.
func (s *stage) olderMessages(t *testing.T) {
	t.Helper()
	shop, _ := s.network.PhoneByNumber(s.shopTel)
	var first string
	for i := range 5 {
		id, err := shop.Send(s.ctx, s.customer.Number(), wasim.Content{Text: fmt.Sprint("lama ", i)})
		if err != nil {
			t.Fatal(err)
		}
		first = id
	}
	if _, err := s.customer.WaitText(s.ctx, "lama 4"); err != nil {
		t.Fatal(err)
	}
	s.does(t, "fetchMessageHistory", nil, 3, baileys.Key(first), time.Now().Unix())
	s.hears(t, "messaging-history.set", "lama 3")
}

// reconnecting cuts Baileys off; what was written meanwhile comes afterwards, and it goes on both ways.
func (s *stage) reconnecting(t *testing.T) {
	t.Helper()
	if err := s.customer.Reconnects(s.ctx); err != nil {
		t.Fatal(err)
	}
	away, err := s.network.AddFault(wasim.Fault{Kind: wasim.FaultConnect, Code: 503, Times: 1, Number: s.customer.Number()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.network.AddFault(wasim.Fault{Kind: wasim.FaultClose, Number: s.customer.Number()}); err != nil {
		t.Fatal(err)
	}
	sent, err := s.shop.SendMessage(s.ctx, s.to(), &waE2E.Message{Conversation: new("selagi pergi")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.customer.WaitText(s.ctx, "selagi pergi")
	if err != nil || got.ID != sent.ID {
		t.Fatalf("after reconnecting Baileys got %+v, %v", got, err)
	}
	if s.network.RemoveFault(away.ID) {
		t.Error("the login was never refused")
	}
	s.textBothWays(t)
}
