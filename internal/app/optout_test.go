package app_test

import (
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// A customer's own word is the workspace's setting; the proof, the event and the audit log name it; a script can't undo it.
func TestOptingOutByAWordOfOnesOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.first
	d, err := h.Devices.Get(t.Context(), s.id, s.ids["devices"])
	if err != nil {
		t.Fatal(err)
	}
	if w := h.as(s, 200, "GET", "/workspace", ""); len(w.body["settings"].(object)["opt_out"].(object)["words_out"].([]any)) < 10 {
		t.Errorf("the settings have %v, want the built-in words", w.body["settings"])
	}
	h.as(s, 200, "PATCH", "/workspace", `{"settings":{"opt_out":{"words_out":["cukup sudah"],"answer_out":"Baik, kami berhenti."}}}`)
	h.as(s, 422, "PATCH", "/workspace", `{"settings":{"opt_out":{"words_out":["!!"]}}}`)
	person := device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: "6281290641111"}}, Name: "Sari"}
	receive := func(id, text string) {
		t.Helper()
		if err := h.Chats.Receive(t.Context(), d, device.Inbound{
			NetworkID: id, Chat: person, Sender: person, At: time.Now().UnixMilli(), Origin: device.OriginLive,
			Content: device.Content{Kind: device.KindText, Text: text},
		}); err != nil {
			t.Fatal(err)
		}
	}
	contact := s.ids["contacts"]
	wants := func() any { return h.as(s, 200, "GET", "/contacts/"+contact, "").body["consent"] }
	if receive("O1", "STOP"); wants() != "unknown" {
		t.Errorf("a word that this shop does not have: %v, want unknown", wants())
	}
	if receive("O2", "Cukup  sudah!!"); wants() != "out" {
		t.Fatalf("the shop's own word: %v, want out", wants())
	}
	promo := outbox.Draft{Device: d, ChatID: "c", ContactID: contact, Lane: outbox.LaneBroadcast, To: person, Content: device.Content{Kind: device.KindText, Text: "promo"}}
	if send, err := h.Outbox.Enqueue(t.Context(), promo); err != nil || send.State != outbox.StateSkipped || send.Code != outbox.CodeOptedOut {
		t.Errorf("a broadcast to them is %s %q, %v; want skipped opted_out", send.State, send.Code, err)
	}
	line := h.as(s, 200, "GET", "/contacts/"+contact+"/consents", "").items()[0].(object)
	if line["device_id"] != d.ID || line["channel"] != d.Channel || line["why"] != "Cukup  sudah!!" || line["source"] != "message" {
		t.Errorf("the proof is %v", line)
	}
	h.as(s, 403, "PUT", "/contacts/"+contact+"/consent", `{"state":"in","why":"kata saya"}`)
	if a := h.call("PUT", "/contacts/"+contact+"/consent", `{"state":"in"}`, "Cookie", s.owner); a.status != 422 {
		t.Errorf("the owner without a reason: %d %s, want 422", a.status, a.text)
	}
	if a := h.call("PUT", "/contacts/"+contact+"/consent", `{"state":"in","why":"mengisi formulir"}`, "Cookie", s.owner); a.status != 200 {
		t.Errorf("the owner with a reason: %d %s, want 200", a.status, a.text)
	}
	events := h.as(s, 200, "GET", "/events?types=contact.consent", "").items()
	if len(events) != 2 || events[0].(object)["data"].(object)["message_id"] != line["by_id"] {
		t.Errorf("told %v, want two changes, the first with its message", events)
	}
	log := h.as(s, 200, "GET", "/audit-log?deed=contact.consent", "").items()
	if len(log) != 1 || log[0].(object)["detail"].(object)["why"] != "mengisi formulir" {
		t.Errorf("the audit log has %v, want the owner's deed", log)
	}
}
