package apptest_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
)

// callView is a call as the API shows it.
type callView struct {
	ContactID string `json:"contact_id"`
	NetworkID string `json:"network_id"`
	Video     bool
	Rejected  bool
	Answered  bool
}

func (s *shop) calls(t *testing.T) []callView {
	t.Helper()
	var list struct{ Items []callView }
	if err := s.Get("/api/v1/devices/"+s.device+"/calls", &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// TestCallsAreWrittenDownAndRejected lets a customer call before and after the shop has calls rejected.
func TestCallsAreWrittenDownAndRejected(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first, err := s.sari.Call(t.Context(), s.number, wasim.CallOptions{Video: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Await("the call in the list", func() bool { return len(s.calls(t)) == 1 })
	if c := s.calls(t)[0]; c.NetworkID != first || !c.Video || c.Rejected || c.Answered || c.ContactID == "" {
		t.Errorf("the first call: %+v", c)
	}
	s.Await("it is what the chat says last, unread", func() bool {
		m := s.history(t, s.device, s.sari.Number())
		var c struct{ Unread int }
		return len(m) == 1 && m[0].Content.Kind == "call" && s.Get("/api/v1/chats/"+m[0].ChatID, &c) == nil && c.Unread == 1
	})
	if err := s.sari.HangUp(first); err != nil {
		t.Errorf("it did not go on ringing: %v", err)
	}
	const text = "Maaf, kami tidak menerima telepon. Silakan kirim pesan."
	var d struct {
		Rejects bool   `json:"reject_calls"`
		Text    string `json:"reject_calls_message"`
	}
	change := object{"reject_calls": true, "reject_calls_message": text}
	if err := s.Do(http.MethodPatch, "/api/v1/devices/"+s.device, change, nil, &d); err != nil || !d.Rejects || d.Text != text {
		t.Fatalf("the setting: %+v, %v", d, err)
	}
	var ids []string
	for range 3 {
		id, err := s.sari.Call(t.Context(), s.number, wasim.CallOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.sari.AwaitCall(t.Context(), func(c wasim.Call) bool { return c.ID == id && c.State == wasim.CallRejected }); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	awaitOn(t, s.sari, text)
	list := s.calls(t)
	if len(list) != 4 || list[0].NetworkID != ids[2] || !list[0].Rejected || list[0].Answered || !list[2].Answered {
		t.Errorf("the calls: %+v; want the first rejected one answered only", list)
	}
	onceEach(t, s.sari, text)
	var events struct {
		Items []struct {
			Type string
			Data struct{ Rejected bool }
		}
	}
	if err := s.Get("/api/v1/events?types=call.received", &events); err != nil || len(events.Items) != 4 ||
		slices.Index([]bool{events.Items[0].Data.Rejected, events.Items[1].Data.Rejected}, true) != 1 {
		t.Errorf("the events: %+v, %v", events, err)
	}
	long := make([]byte, 1001)
	for i := range long {
		long[i] = 'x'
	}
	if err := s.Do(http.MethodPatch, "/api/v1/devices/"+s.device, object{"reject_calls_message": string(long)}, nil, nil); err == nil {
		t.Error("a message of 1001 characters was taken")
	}
}
