package apptest_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
)

// TestACallIsRejectedByRequest rejects one that rings, on a device that lets calls ring.
func TestACallIsRejectedByRequest(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, err := s.sari.Call(t.Context(), s.number, wasim.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	at := "/api/v1/devices/" + s.device + "/calls"
	var list struct {
		Items []struct {
			ID       string
			Rejected bool
		}
	}
	s.Await("the call in the list", func() bool { return s.Get(at, &list) == nil && len(list.Items) == 1 })
	for range 2 {
		if err := s.Post(at+"/"+list.Items[0].ID+"/reject", nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.sari.AwaitCall(t.Context(), func(c wasim.Call) bool { return c.ID == id && c.State == wasim.CallRejected }); err != nil {
		t.Fatal(err)
	}
	if err := s.Get(at, &list); err != nil || !list.Items[0].Rejected {
		t.Errorf("the list says %+v, %v", list, err)
	}
	if got := strings.Join(s.types(t, "call"), " "); got != "call.received call.rejected" {
		t.Errorf("the events: %s", got)
	}
}

// TestPrivacyIsReadAndChanged reads the account's settings and hides all that it can from Sari: whether it is online, what
// it has read, and itself from her groups.
func TestPrivacyIsReadAndChanged(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.greet(t)
	chat := "/api/v1/chats/" + s.chats(t, s.device, s.sari.Number())[0]
	at := "/api/v1/devices/" + s.device + "/privacy"
	var p map[string]string
	if err := s.Get(at, &p); err != nil || p["last_seen"] == "" || p["groups"] == "" {
		t.Fatalf("the settings: %v, %v", p, err)
	}
	s.shows(t, "online")
	if err := s.Do(http.MethodPatch, at, object{"last_seen": "none", "online": "match_last_seen", "groups": "none", "read_receipts": "none"}, nil, &p); err != nil ||
		p["last_seen"] != "none" || p["groups"] != "none" || p["read_receipts"] != "none" {
		t.Errorf("after the change: %v, %v", p, err)
	}
	s.awaitShown(t, false)
	if _, err := s.sari.CreateGroup(wasim.GroupOptions{Name: "Arisan"}, s.number); !errors.Is(err, wasim.ErrGroupRefused) {
		t.Errorf("Sari puts the shop into a group: %v", err)
	}
	read := func(text string) (id string) {
		id = says(t, s.sari, s.number, text)
		s.awaitIn(t, s.device, s.sari.Number(), textIs(text))
		if err := s.Do(http.MethodPatch, chat, object{"unread": false}, nil, nil); err != nil {
			t.Fatal(err)
		}
		s.untilChat(t, "read", func(c wasim.Chat) bool { return c.Unread == 0 })
		return id
	}
	hidden := read("Sudah dibaca?")
	if err := s.Do(http.MethodPatch, at, object{"read_receipts": "all"}, nil, nil); err != nil {
		t.Fatal(err)
	}
	s.awaitStatus(t, read("Dan ini?"), wasim.StatusRead)
	if m, _ := s.sari.Message(hidden); m.Status != wasim.StatusDelivered {
		t.Errorf("what was read in secret is %s to Sari", m.Status)
	}
	if err := s.Do(http.MethodPatch, at, object{"last_seen": "kadang"}, nil, nil); err == nil {
		t.Error("a word that is none was taken")
	}
}

// shows has the shop show itself as online or offline, and waits until Sari sees it.
func (s *shop) shows(t *testing.T, presence string) {
	t.Helper()
	s.Await("the shop to be "+presence, func() bool { // which it can't be before it knows its own name
		return s.Do(http.MethodPut, "/api/v1/devices/"+s.device+"/presence", object{"presence": presence}, nil, nil) == nil
	})
	s.awaitShown(t, presence == "online")
}

// awaitShown waits until Sari, who looks at her chat with the shop, sees whether it is online.
func (s *shop) awaitShown(t *testing.T, online bool) {
	t.Helper()
	s.Await("Sari to see whether the shop is online", func() bool {
		if err := s.sari.Watch(s.number); err != nil {
			t.Fatal(err)
		}
		seen, err := s.sari.Seen(s.number)
		return err == nil && seen.Online == online
	})
}

// TestPresenceAndBlocksOfThePhoneAreFollowed follows a customer, who follows the shop and is then blocked by its phone.
func TestPresenceAndBlocksOfThePhoneAreFollowed(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if _, err := s.sari.Send(t.Context(), s.number, wasim.Content{Text: "Halo"}); err != nil {
		t.Fatal(err)
	}
	s.awaitIn(t, s.device, s.sari.Number(), func(m messageView) bool { return m.Content.Text == "Halo" })
	who := "/api/v1/contacts/" + s.contactOf(t, s.sari)
	s.shows(t, "online")
	if err := s.Post(who+"/presence", object{"device_id": s.device}, nil); err != nil {
		t.Fatal(err)
	}
	var seen struct {
		Items []struct{ Data struct{ Online bool } }
	}
	presence := func(on bool) bool {
		return s.Get("/api/v1/events?types=contact.presence", &seen) == nil && len(seen.Items) > 0 && seen.Items[len(seen.Items)-1].Data.Online == on
	}
	s.Await("Sari to be told of at once", func() bool { return presence(false) || presence(true) })
	if err := s.sari.Online(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Await("Sari to come online", func() bool { return presence(true) })
	if err := s.sari.Offline(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Await("Sari to go", func() bool { return presence(false) })
	s.shows(t, "offline")
	own, _ := s.net.PhoneByNumber(s.number)
	blocked := func() bool {
		var p struct{ Blocked bool }
		return s.Get(who+"/profile?device_id="+s.device, &p) == nil && p.Blocked
	}
	if err := own.Block(s.sari.Number()); err != nil {
		t.Fatal(err)
	}
	s.Await("the block of the phone", blocked)
	if err := own.Unblock(s.sari.Number()); err != nil {
		t.Fatal(err)
	}
	s.Await("the block to be taken back", func() bool { return !blocked() })
	if err := s.Post(who+"/block", object{"device_id": s.device}, nil); err != nil || !blocked() {
		t.Errorf("blocking from here: %v, blocked %v", err, blocked())
	}
	var events struct {
		Items []struct {
			Data struct{ Blocked, Elsewhere bool }
		}
	}
	if err := s.Get("/api/v1/events?types=contact.blocked", &events); err != nil || len(events.Items) != 3 || !events.Items[0].Data.Elsewhere || events.Items[2].Data.Elsewhere {
		t.Errorf("the events: %+v, %v", events, err)
	}
}
