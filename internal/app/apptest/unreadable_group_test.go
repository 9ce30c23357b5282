package apptest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
)

// TestAGroupsMessageComesAgainUnderBothAddresses has a message of a group, by somebody of whom one address is known, come
// again from its sender and from the own phone, which calls the sender by the other one: whichever is first, it is one.
func TestAGroupsMessageComesAgainUnderBothAddresses(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"sender", "phone"} {
		t.Run(first+" first", func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			branch, ani := s.net.Phone("Cabang"), s.net.Phone("Ani")
			g, err := s.sari.CreateGroup(wasim.GroupOptions{Name: "Arisan", Addressing: wasim.AddressPhone}, branch.Number(), ani.Number())
			if err != nil {
				t.Fatal(err)
			}
			s.spoil(t, wasim.Fault{Kind: wasim.FaultOneAddress, Form: wasim.AddressPhone, Number: branch.Number(), Times: -1})
			device := s.makeDevice(t, "Cabang")
			s.linkByQR(t, device, branch)
			s.awaitState(t, device, "online")
			says(t, ani, g.String(), "utuh")
			s.awaitGroupTexts(t, device, "utuh")
			s.spoil(t, wasim.Fault{Kind: wasim.FaultGarbage, Number: branch.Number(), To: ani.Number(), Times: 1})
			held := map[string]string{
				"sender": s.spoil(t, wasim.Fault{Kind: wasim.FaultHoldDelivery, Number: branch.Number(), To: ani.Number()}),
				"phone":  s.spoil(t, wasim.Fault{Kind: wasim.FaultHoldDelivery, Number: branch.Number(), To: branch.Number()}),
			}
			says(t, ani, g.String(), "rusak")
			s.awaitGroupTexts(t, device, "utuh", "")
			s.Await("both to have sent it again", func() bool {
				return !slices.ContainsFunc(s.net.Faults(), func(f wasim.Fault) bool { return f.Kind == wasim.FaultHoldDelivery && f.Fired == 0 })
			})
			last := map[string]string{"sender": "phone", "phone": "sender"}[first]
			for _, who := range []string{first, last} {
				if !s.net.RemoveFault(held[who]) {
					t.Fatalf("nothing of the %s was held", who)
				}
				s.awaitGroupTexts(t, device, "utuh", "rusak")
			}
			says(t, ani, g.String(), "sesudah") // and what was held came before it
			senders := s.awaitGroupTexts(t, device, "utuh", "rusak", "sesudah")
			if len(slices.Compact(senders)) != 1 {
				t.Errorf("they are by %v, want one person", senders)
			}
		})
	}
}

// awaitGroupTexts waits until the one chat of a device has these messages, and returns who wrote them.
func (s *shop) awaitGroupTexts(t *testing.T, device string, want ...string) (senders []string) {
	t.Helper()
	var texts []string
	s.Await("the group's messages to be "+strings.Join(want, ", "), func() bool {
		var chats struct {
			Items []struct{ ID string }
		}
		if s.Get("/api/v1/chats?limit=100&device_id="+device, &chats) != nil || len(chats.Items) != 1 {
			return false
		}
		var list struct {
			Items []struct {
				SenderID string `json:"sender_id"`
				Content  struct {
					Text  string
					Group *struct{}
				}
			}
		}
		if s.Get("/api/v1/chats/"+chats.Items[0].ID+"/messages?limit=100", &list) != nil {
			return false
		}
		texts, senders = nil, nil
		for _, m := range list.Items {
			if m.Content.Group == nil && m.SenderID != "" {
				texts, senders = append(texts, m.Content.Text), append(senders, m.SenderID)
			}
		}
		return slices.Equal(texts, want)
	})
	if !slices.Equal(texts, want) {
		t.Fatalf("the group has %q, want %q", texts, want)
	}
	return senders
}
