package apptest_test

import (
	"net/http"
	"strings"
	"testing"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/wasim"
)

// touched is what a message shows of pins and plays.
type touched struct {
	Content struct {
		Text  string
		Pin   struct{ Until, At int64 }
		Media struct {
			PlayedAt int64 `json:"played_at"`
		}
	}
}

func (s *shop) touched(t *testing.T, id string) (m touched) {
	t.Helper()
	if err := s.Get("/api/v1/messages/"+id, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestMessagesArePinnedFromBothSides pins one of theirs here and one on the customer's phone.
func TestMessagesArePinnedFromBothSides(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, err := s.sari.Send(t.Context(), s.number, wasim.Content{Text: "Alamat saya Jl. Melati 5"})
	if err != nil {
		t.Fatal(err)
	}
	in := s.awaitIn(t, s.device, s.sari.Number(), func(m messageView) bool { return m.NetworkID == id })
	at := "/api/v1/messages/" + in.ID + "/pin"
	if err := s.Do(http.MethodPut, at, object{"seconds": 86400}, nil, nil); err != nil {
		t.Fatal(err)
	}
	pinned := func(on bool) func(wasim.Message) bool {
		return func(m wasim.Message) bool { return m.ID == id && m.Pinned == on }
	}
	if _, err := s.sari.Await(t.Context(), pinned(true)); err != nil {
		t.Fatal(err)
	}
	if p := s.touched(t, in.ID).Content.Pin; p.Until-p.At != 86_400_000 {
		t.Errorf("pinned for %d ms, want a day", p.Until-p.At)
	}
	if _, err := s.sari.Send(t.Context(), s.number, wasim.Content{Pin: &wasim.Pin{ID: id}}); err != nil {
		t.Fatal(err)
	}
	s.Await("the customer to take it from the top", func() bool { return s.touched(t, in.ID).Content.Pin.Until == 0 })
	if err := s.Do(http.MethodPut, at, object{"seconds": 5}, nil, nil); err == nil {
		t.Error("a pin of five seconds was taken")
	}
	if got := strings.Join(s.types(t, "message"), " "); strings.Count(got, "message.pinned") != 2 {
		t.Errorf("the events: %s; want two message.pinned", got)
	}
}

// TestVoiceNotesArePlayedOnBothSides marks one of theirs, and has the customer listen to one of ours.
func TestVoiceNotesArePlayedOnBothSides(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, err := s.sari.Send(t.Context(), s.number, wasim.Content{Media: &wasim.Media{Type: "voice", MIME: "audio/ogg; codecs=opus", Data: []byte("OggS suara")}})
	if err != nil {
		t.Fatal(err)
	}
	in := s.awaitIn(t, s.device, s.sari.Number(), func(m messageView) bool { return m.NetworkID == id })
	for range 2 {
		if err := s.Do(http.MethodPut, "/api/v1/messages/"+in.ID+"/played", nil, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.sari.Await(t.Context(), func(m wasim.Message) bool { return m.ID == id && m.Status == wasim.StatusPlayed }); err != nil {
		t.Fatal(err)
	}
	voice := s.upload(t, "halo.ogg", append([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x13OpusHead"), make([]byte, 64)...))
	var out messageView
	if err := s.Post("/api/v1/messages", object{"device_id": s.device, "phone": s.sari.Number(), "kind": "voice", "file_id": voice}, &out); err != nil {
		t.Fatal(err)
	}
	if _, err := s.sari.Await(t.Context(), func(m wasim.Message) bool { return m.ID == out.NetworkID }); err != nil {
		t.Fatal(err)
	}
	if err := s.sari.Play(t.Context(), out.NetworkID); err != nil {
		t.Fatal(err)
	}
	s.Await("ours to be shown as played", func() bool { return s.touched(t, out.ID).Content.Media.PlayedAt > 0 })
	if got := strings.Join(s.types(t, "message"), " "); strings.Count(got, "message.played") != 2 {
		t.Errorf("the events: %s; want two message.played", got)
	}
	text := s.tell(t, s.device, s.sari.Number(), "Halo")
	if err := s.Do(http.MethodPut, "/api/v1/messages/"+text.ID+"/played", nil, nil, nil); err == nil || !strings.Contains(err.Error(), "message_not_sound") {
		t.Errorf("a text as played: %v", err)
	}
}

// TestAChatIsEmptied empties one, with a star on one of its messages.
func TestAChatIsEmptied(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, text := range []string{"Satu", "Dua"} {
		if _, err := s.sari.Send(t.Context(), s.number, wasim.Content{Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	two := s.awaitIn(t, s.device, s.sari.Number(), func(m messageView) bool { return m.Content.Text == "Dua" })
	if err := s.Do(http.MethodPut, "/api/v1/messages/"+two.ID+"/star", nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	at := "/api/v1/chats/" + two.ChatID + "/messages"
	if err := s.Do(http.MethodDelete, at+"?what=keep_starred", nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	if list := s.history(t, s.device, s.sari.Number()); len(list) != 1 || list[0].ID != two.ID {
		t.Errorf("left: %+v, want the one with a star", list)
	}
	own, _ := s.net.PhoneByNumber(s.number)
	s.Await("the own phone to be empty but for the star", func() bool { return len(own.Messages(s.sari.Number(), "")) == 1 })
	if err := s.Do(http.MethodDelete, at, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	if list := s.history(t, s.device, s.sari.Number()); len(list) != 0 {
		t.Errorf("left: %+v", list)
	}
	if err := s.Get("/api/v1/chats/"+two.ChatID, nil); err != nil {
		t.Errorf("the chat has to stay: %v", err)
	}
}

// TestSpecialMessagesAreShownAsTexts sends what phones draw in forms of their own.
func TestSpecialMessagesAreShownAsTexts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for want, raw := range map[string]*waE2E.Message{
		"Arisan\n2025-11-22 10:00 UTC\nRumah Bu Ani\nBawa kue": {EventMessage: &waE2E.EventMessage{
			Name: proto.String("Arisan"), StartTime: proto.Int64(1_763_805_600), Description: proto.String("Bawa kue"),
			Location: &waE2E.LocationMessage{Name: proto.String("Rumah Bu Ani")},
		}},
		"Kaos polos\nIDR 75000": {ProductMessage: &waE2E.ProductMessage{Product: &waE2E.ProductMessage_ProductSnapshot{
			Title: proto.String("Kaos polos"), CurrencyCode: proto.String("IDR"), PriceAmount1000: proto.Int64(75_000_000),
		}}},
		"Pesanan\n3×\nIDR 225000": {OrderMessage: &waE2E.OrderMessage{
			OrderTitle: proto.String("Pesanan"), ItemCount: proto.Int32(3), TotalAmount1000: proto.Int64(225_000_000), TotalCurrencyCode: proto.String("IDR"),
		}},
		"Mau yang mana?\n• Merah\n• Biru": {ButtonsMessage: &waE2E.ButtonsMessage{
			ContentText: proto.String("Mau yang mana?"), Buttons: []*waE2E.ButtonsMessage_Button{
				{ButtonText: &waE2E.ButtonsMessage_Button_ButtonText{DisplayText: proto.String("Merah")}},
				{ButtonText: &waE2E.ButtonsMessage_Button_ButtonText{DisplayText: proto.String("Biru")}},
			},
		}},
	} {
		if _, err := s.sari.Send(t.Context(), s.number, wasim.Content{Raw: raw}); err != nil {
			t.Fatal(err)
		}
		if m := s.awaitIn(t, s.device, s.sari.Number(), func(m messageView) bool { return m.Content.Text == want }); m.Content.Kind != "text" {
			t.Errorf("%q is a %s, want a text", want, m.Content.Kind)
		}
	}
}

// TestALinkIsShownWithOnesOwnWords sends a preview that is fetched nowhere.
func TestALinkIsShownWithOnesOwnWords(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	link := object{"url": "https://toko.example/promo", "title": "Promo Senin", "description": "Diskon 10%"}
	var out messageView
	body := object{"device_id": s.device, "phone": s.sari.Number(), "text": "Lihat https://toko.example/promo ya", "link": link}
	if err := s.Post("/api/v1/messages", body, &out); err != nil {
		t.Fatal(err)
	}
	m, err := s.sari.Await(t.Context(), func(m wasim.Message) bool { return m.ID == out.NetworkID })
	if e := m.Raw.GetExtendedTextMessage(); err != nil || e.GetMatchedText() != link["url"] || e.GetTitle() != "Promo Senin" || e.GetDescription() != "Diskon 10%" {
		t.Errorf("the customer sees %v, %v", m.Raw, err)
	}
	for _, bad := range []object{{"url": "https://lain.example", "title": "x"}, {"url": "javascript:alert(1)", "title": "x"}, {"url": "https://toko.example/promo"}} {
		body["link"] = bad
		if err := s.Post("/api/v1/messages", body, nil); err == nil {
			t.Errorf("the preview %v was taken", bad)
		}
	}
}
