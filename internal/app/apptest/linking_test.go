package apptest_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// makeDevice makes a device that is not linked.
func (s *shop) makeDevice(t *testing.T, name string) string {
	t.Helper()
	var d deviceView
	if err := s.Post("/api/v1/devices", object{"channel": "whatsapp", "name": name}, &d); err != nil {
		t.Fatal(err)
	}
	if d.ID == "" || d.State != "new" || d.Linked {
		t.Fatalf("a new device is %+v", d)
	}
	return d.ID
}

// step waits for one of the steps of linking.
func (s *shop) step(t *testing.T, device string, wanted string) (step stepView) {
	t.Helper()
	if !apptest.Eventually(100*time.Second, func() bool {
		return s.Get("/api/v1/devices/"+device+"/link", &step) == nil && step.Step == wanted
	}) {
		t.Fatalf("linking is at %+v, want %s", step, wanted)
	}
	return step
}

// linkByQR goes the way of a member who scans the code.
func (s *shop) linkByQR(t *testing.T, device string, phone *wasim.Phone) {
	t.Helper()
	if err := s.Post("/api/v1/devices/"+device+"/link", object{"method": "qr"}, nil); err != nil {
		t.Fatal(err)
	}
	step := s.step(t, device, "show_code")
	if left := time.Until(time.UnixMilli(step.ExpiresAt)); left <= 0 || left > time.Minute {
		t.Errorf("the code expires in %v, want within a minute", left)
	}
	if state := s.look(t, device).State; state != "linking" {
		t.Errorf("while the code is shown the device is %s, want linking", state)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := phone.Scan(ctx, step.Code); err != nil {
		t.Fatalf("scan: %v", err)
	}
	s.step(t, device, "done")
	if d := s.awaitState(t, device, "online"); d.Number != phone.Number() || !d.Linked {
		t.Errorf("the linked device is %+v, want number %s", d, phone.Number())
	}
}

// talks fails unless a text goes each way between a device and a customer.
func (s *shop) talks(t *testing.T, device, number string, customer *wasim.Phone, word string) {
	t.Helper()
	s.tell(t, device, customer.Number(), "dari toko "+word)
	awaitOn(t, customer, "dari toko "+word)
	says(t, customer, number, "dari pelanggan "+word)
	s.awaitIn(t, device, customer.Number(), textIs("dari pelanggan "+word))
}

// TestLinkingByQR links a second number, unlinks it, links it again and goes on in the same chats.
func TestLinkingByQR(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	phone := s.net.Phone("Cabang")
	device := s.makeDevice(t, "Cabang")
	if err := s.Get("/api/v1/devices/"+device+"/link", nil); err == nil || !strings.Contains(err.Error(), "link_not_started") {
		t.Errorf("the step before linking: %v, want link_not_started", err)
	}
	s.linkByQR(t, device, phone)
	s.talks(t, device, phone.Number(), s.sari, "satu")
	s.talks(t, s.device, s.number, s.sari, "pusat")
	chat := s.chats(t, device, s.sari.Number())
	if pusat := s.chats(t, s.device, s.sari.Number()); len(chat) != 1 || len(pusat) != 1 || chat[0] == pusat[0] {
		t.Fatalf("chats with the customer: %v and %v, want one of each device", chat, pusat)
	}
	if err := s.Post("/api/v1/devices/"+device+"/link", object{"method": "qr"}, nil); err == nil || !strings.Contains(err.Error(), "device_linked") {
		t.Errorf("linking a linked device: %v, want device_linked", err)
	}

	var d deviceView
	if err := s.Post("/api/v1/devices/"+device+"/unlink", nil, &d); err != nil {
		t.Fatal(err)
	}
	if d.State != "logged_out" || d.StateWhy != "unlinked" || d.Linked {
		t.Errorf("the unlinked device is %+v", d)
	}
	if !apptest.Eventually(30*time.Second, func() bool { return len(phone.Companions()) == 0 }) {
		t.Errorf("the phone still lists %v", phone.Companions())
	}
	s.linkByQR(t, device, phone)
	s.talks(t, device, phone.Number(), s.sari, "dua")
	if again := s.chats(t, device, s.sari.Number()); len(again) != 1 || again[0] != chat[0] {
		t.Errorf("chats after linking again: %v, want %v", again, chat)
	}
	s.quiet(t)
}

// TestLinkingByCode types a code on the phone, first a wrong one.
func TestLinkingByCode(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	phone := s.net.Phone("Cabang")
	device := s.makeDevice(t, "Cabang")
	for _, bad := range []object{{"method": "code"}, {"method": "code", "phone": "0812"}, {"method": "sihir"}, {}} {
		if err := s.Post("/api/v1/devices/"+device+"/link", bad, nil); err == nil || !strings.Contains(err.Error(), ": 4") {
			t.Errorf("link with %v: %v, want a refusal", bad, err)
		}
	}
	var step stepView
	if err := s.Post("/api/v1/devices/"+device+"/link", object{"method": "code", "phone": "+" + phone.Number()}, &step); err != nil {
		t.Fatal(err)
	}
	if step.Step != "show_code" || len(strings.ReplaceAll(step.Code, "-", "")) != 8 {
		t.Fatalf("the first step is %+v, want a code of eight letters", step)
	}
	if _, err := phone.EnterCode(context.Background(), "ABCD-1234"); err == nil {
		t.Error("a wrong code linked the phone")
	}
	if _, err := phone.EnterCode(context.Background(), step.Code); err != nil {
		t.Fatal(err)
	}
	s.step(t, device, "done")
	s.awaitState(t, device, "online")
	s.talks(t, device, phone.Number(), s.sari, "kode")
	s.quiet(t)
}

// TestLinkingAnAccountWithAPasskey scans the code, and answers with the passkey as WhatsApp's own page would: a forged
// answer links nothing, and the question stands until the right one comes.
func TestLinkingAnAccountWithAPasskey(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	phone := s.net.Phone("Cabang")
	phone.RequirePasskey()
	device := s.makeDevice(t, "Cabang")
	link := "/api/v1/devices/" + device + "/link"
	if err := s.Post(link, object{"method": "qr"}, nil); err != nil {
		t.Fatal(err)
	}
	scanned := make(chan error, 1)
	code := s.step(t, device, "show_code").Code
	go func() { _, err := phone.Scan(context.Background(), code); scanned <- err }()
	asked := s.step(t, device, "ask")
	if asked.Reason != "passkey" || asked.Ask.Kind != "passkey" || asked.Ask.ID == "" || asked.Ask.EN == "" || asked.ExpiresAt == 0 {
		t.Fatalf("asked %+v, want for a passkey in both languages until a time", asked)
	}
	answer, err := phone.AnswerPasskey(asked.Ask.Options)
	if err != nil {
		t.Fatalf("the options %s: %v", asked.Ask.Options, err)
	}
	forged := parse(t, string(answer))
	forged["response"].(object)["signature"] = "AAAA"
	s.groupRefuses(t, "POST", link+"/answer", object{"passkey": forged}, 502, "network_refused")
	s.groupRefuses(t, "POST", link+"/answer", object{"passkey": object{}}, 422, "passkey_invalid")
	s.groupRefuses(t, "POST", link+"/answer", object{"code": "ABCD-1234"}, 422, "passkey_invalid")
	if n := len(phone.Companions()); n != 0 || s.step(t, device, "ask").Ask.Kind != "passkey" {
		t.Fatalf("after answers that are none the phone lists %d devices", n)
	}
	if err := s.Post(link+"/answer", object{"passkey": json.RawMessage(answer)}, nil); err != nil {
		t.Fatal(err)
	}
	if err := <-scanned; err != nil {
		t.Fatalf("scan: %v", err)
	}
	s.step(t, device, "done")
	if d := s.awaitState(t, device, "online"); d.Number != phone.Number() || len(phone.Companions()) != 1 {
		t.Errorf("the linked device is %+v; the phone lists %v", d, phone.Companions())
	}
	s.talks(t, device, phone.Number(), s.sari, "passkey")
}

// TestANumberIsLinkedOnce scans the code of a second device with a phone that has a device here already.
func TestANumberIsLinkedOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	phone, ok := s.net.PhoneByNumber(s.number)
	if !ok {
		t.Fatal("the shop's phone is not there")
	}
	device := s.makeDevice(t, "Kembar")
	if err := s.Post("/api/v1/devices/"+device+"/link", object{"method": "qr"}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := phone.Scan(context.Background(), s.step(t, device, "show_code").Code); err == nil {
		t.Error("the phone was told that it is linked")
	}
	if step := s.step(t, device, "failed"); step.Reason != "number_taken" {
		t.Errorf("linking failed because of %q, want number_taken", step.Reason)
	}
	if d := s.awaitState(t, device, "new"); d.Linked || d.Number != "" {
		t.Errorf("the second device is %+v", d)
	}
	if n := len(phone.Companions()); n != 1 {
		t.Errorf("the phone lists %d devices, want the first only", n)
	}
	s.talks(t, s.device, s.number, s.sari, "sesudahnya")
	s.linkByQR(t, device, s.net.Phone("Nomor lain"))
}

// TestLoggedOutFromThePhone removes the device on the phone. Everything is kept, and linking again goes on with it.
func TestLoggedOutFromThePhone(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.talks(t, s.device, s.number, s.sari, "sebelum")
	chat := s.chats(t, s.device, s.sari.Number())
	phone, _ := s.net.PhoneByNumber(s.number)
	if err := phone.RemoveCompanion(phone.Companions()[0]); err != nil {
		t.Fatal(err)
	}
	if d := s.awaitState(t, s.device, "logged_out"); d.Linked || d.StateWhy == "" || d.Number != s.number {
		t.Errorf("the device is %+v, want logged_out with a reason and its number", d)
	}
	if got := s.history(t, s.device, s.sari.Number()); len(got) != 2 {
		t.Errorf("the chat has %d messages, want the 2 of before", len(got))
	}
	waits := s.tell(t, s.device, s.sari.Number(), "menunggu")
	if waits.State != "queued" {
		t.Errorf("a message meanwhile is %s, want queued", waits.State)
	}
	says(t, s.sari, s.number, "tertinggal")
	s.linkByQR(t, s.device, phone)
	s.talks(t, s.device, s.number, s.sari, "sesudah")
	if again := s.chats(t, s.device, s.sari.Number()); len(again) != 1 || again[0] != chat[0] {
		t.Errorf("chats after linking again: %v, want %v", again, chat)
	}
	s.awaitIn(t, s.device, s.sari.Number(), textIs("tertinggal"))
	s.awaitMessage(t, waits.ID, "delivered")
	onceEach(t, s.sari, "dari toko sebelum", "menunggu", "dari toko sesudah")
	if got := s.history(t, s.device, s.sari.Number()); len(got) != 6 {
		t.Errorf("the chat has %d messages, want 6: %+v", len(got), got)
	}
}
