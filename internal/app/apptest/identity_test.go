package apptest_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
)

// thread is a chat as the list shows it.
type thread struct {
	ID      string
	Contact struct{ ID, Name, Phone string }
}

// threads lists the chats of the shop's device with a person, by number or, where that is not known, by name.
func (s *shop) threads(t *testing.T, p *wasim.Phone) (found []thread) {
	t.Helper()
	var list struct{ Items []thread }
	if err := s.Get("/api/v1/chats?"+url.Values{"device_id": {s.device}, "limit": {"100"}}.Encode(), &list); err != nil {
		t.Fatal(err)
	}
	for _, c := range list.Items {
		if c.Contact.Phone == p.Number() || c.Contact.Name == p.Name() {
			found = append(found, c)
		}
	}
	return found
}

// textsIn counts what is in chats.
func (s *shop) textsIn(t *testing.T, threads []thread) map[string]int {
	t.Helper()
	got := map[string]int{}
	for _, c := range threads {
		var list struct{ Items []messageView }
		if err := s.Get("/api/v1/chats/"+c.ID+"/messages?limit=200", &list); err != nil {
			t.Fatal(err)
		}
		for _, m := range list.Items {
			got[m.Content.Text]++
		}
	}
	return got
}

// awaitOnce waits until a text is in the customer's chats exactly once.
func (s *shop) awaitOnce(t *testing.T, text string) {
	t.Helper()
	if apptest.Eventually(2*time.Minute, func() bool { return s.textsIn(t, s.threads(t, s.sari))[text] == 1 }) {
		return
	}
	var all struct{ Items []thread }
	err := s.Get("/api/v1/chats?limit=100", &all)
	var seen strings.Builder
	for _, c := range all.Items {
		fmt.Fprintf(&seen, "\n%+v: %v", c, s.textsIn(t, []thread{c}))
	}
	for _, e := range s.net.Log().Entries(0) {
		if e.Tag == "message" || e.Tag == "receipt" || strings.Contains(e.XML, s.sari.Number()) || strings.Contains(e.XML, s.sari.LID()) {
			fmt.Fprintf(&seen, "\n%s %-3s %s", e.Time.Format("15:04:05.000"), e.Direction, e.XML)
		}
	}
	t.Fatalf("%q was never in the customer's chats just once; the chats and what the network carried (%v):%s", text, err, &seen)
}

// TestAPersonWithTwoAddresses knows a customer by the one address first and then by the other, in both orders, before it
// learns in the middle of sends that they are one: two contacts become one, nothing is lost or doubled on either side,
// and a member can take them apart again.
func TestAPersonWithTwoAddresses(t *testing.T) {
	t.Parallel()
	for _, order := range [][2]wasim.Addressing{{wasim.AddressPhone, wasim.AddressLID}, {wasim.AddressLID, wasim.AddressPhone}} {
		t.Run(string(order[0])+" first", func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.settled(t)
			two, theirs := s.knownTwice(t, order)
			texts := s.becomesOne(t, two, theirs)
			s.takenApart(t, texts)
			if stats := s.net.Stats(); stats.Phones.DecryptErrors != 0 {
				t.Errorf("phones could not read %d messages", stats.Phones.DecryptErrors)
			}
		})
	}
}

// settled waits until the phone has handed over its history, which names everybody's number.
func (s *shop) settled(t *testing.T) {
	t.Helper()
	s.talks(t, s.device, s.number, s.net.Phone("Pertama"), "di awal")
	s.Await("all history", func() bool {
		var p struct{ Percent, Pending int }
		return s.Get("/api/v1/devices/"+s.device+"/history", &p) == nil && p.Percent == 100 && p.Pending == 0
	})
}

// knownTwice has the customer write under the one address and then under the other, and returns the chats and the texts.
// The first message under the second address can't be read at once, and may come by way of the account's own phone,
// which knows better; the next one can.
func (s *shop) knownTwice(t *testing.T, order [2]wasim.Addressing) (two []thread, texts []string) {
	t.Helper()
	for i, form := range order {
		s.net.ClearFaults()
		s.spoil(t, wasim.Fault{Kind: wasim.FaultOneAddress, Form: form, Number: s.number, To: s.sari.Number(), Times: -1})
		for n := 0; n < 5 && len(two) != i+1; n++ {
			text := fmt.Sprint("sebagai ", form, " ", n)
			texts = append(texts, text)
			says(t, s.sari, s.number, text)
			s.awaitOnce(t, text)
			two = s.threads(t, s.sari)
		}
	}
	if len(two) != 2 {
		t.Fatalf("known by two addresses the customer has the chats %+v", two)
	}
	return two, texts
}

// becomesOne lets both chats write while the network tells that they are one.
func (s *shop) becomesOne(t *testing.T, two []thread, theirs []string) (texts []string) {
	t.Helper()
	var ids, ours []string
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, c := range two {
		wg.Go(func() {
			for n := range 10 {
				text := fmt.Sprintf("jawaban %d-%d", i, n)
				var m messageView
				// The chat may have become part of the other one a moment ago; then its id still leads there.
				if err := s.Post("/api/v1/chats/"+c.ID+"/messages", object{"text": text}, &m); err != nil {
					t.Errorf("%s: %v", text, err)
					continue
				}
				mu.Lock()
				ids, ours = append(ids, m.ID), append(ours, text)
				mu.Unlock()
			}
		})
	}
	s.net.ClearFaults()
	says(t, s.sari, s.number, "sebagai keduanya")
	wg.Wait()
	texts = append(append(theirs, "sebagai keduanya"), ours...)
	s.Await("one chat", func() bool { return len(s.threads(t, s.sari)) == 1 })
	for _, id := range ids {
		s.awaitMessage(t, id, "delivered", "read")
	}
	onceEach(t, s.sari, ours...)
	one := s.threads(t, s.sari)
	if c := one[0].Contact; c.Phone != s.sari.Number() {
		t.Errorf("the contact is %+v, want the number %s", c, s.sari.Number())
	}
	s.countsOnce(t, one, texts)
	return texts
}

func (s *shop) countsOnce(t *testing.T, threads []thread, texts []string) {
	t.Helper()
	got := s.textsIn(t, threads)
	for _, text := range texts {
		if got[text] != 1 {
			t.Errorf("%q is in the chats %d times, want once", text, got[text])
		}
	}
}

// takenApart has a member take the two apart; they stay so, whatever the network says, and both can be written to.
func (s *shop) takenApart(t *testing.T, texts []string) {
	t.Helper()
	one := s.threads(t, s.sari)[0]
	if err := s.Post("/api/v1/contacts/"+one.Contact.ID+"/unmerge", nil, nil); err != nil {
		t.Fatal(err)
	}
	two := s.threads(t, s.sari)
	if len(two) != 2 {
		var all struct{ Items []thread }
		err := s.Get("/api/v1/chats?limit=100", &all)
		t.Fatalf("taken apart the chats are %+v, want two; all chats: %+v %v; in them: %v", two, all, err, s.textsIn(t, two))
	}
	s.countsOnce(t, two, texts)
	says(t, s.sari, s.number, "setelah dipisah")
	s.awaitOnce(t, "setelah dipisah")
	for i, c := range two {
		text := fmt.Sprint("untuk yang ke-", i)
		var m messageView
		if err := s.Post("/api/v1/chats/"+c.ID+"/messages", object{"text": text}, &m); err != nil {
			t.Fatal(err)
		}
		s.awaitMessage(t, m.ID, "delivered", "read")
		onceEach(t, s.sari, text)
	}
	if again := s.threads(t, s.sari); len(again) != 2 {
		t.Errorf("the chats are %+v, want the two that were taken apart", again)
	}
}

// TestTwoAddressesMeetAmidABroadcast sends a broadcast to numbers of whom half answer by their other address alone, and are
// strangers by it, until the network tells, while the broadcast runs, that each is one person: everybody gets it once,
// nobody gets it by both addresses, and each ends as one contact with one chat.
func TestTwoAddressesMeetAmidABroadcast(t *testing.T) {
	t.Parallel()
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, e.args...)
			s.settled(t)
			people := s.people(24)
			s.spoil(t, wasim.Fault{Kind: wasim.FaultOneAddress, Form: wasim.AddressLID, Number: s.number, Times: -1})
			for i, p := range people { // some are known by the hidden address before anything is sent to them
				if i%4 == 0 {
					says(t, p, s.number, fmt.Sprint("sebelumnya ", i))
				}
			}
			s.slowly(t, 100*time.Millisecond)
			id := s.announce(t, numbersOf(people), nil)
			s.awaitGot(people, 6)
			for i, p := range people {
				if i%2 == 0 {
					says(t, p, s.number, fmt.Sprint("berapa? ", i))
				}
			}
			s.awaitGot(people, 12)
			s.net.ClearFaults()
			s.slowly(t, 100*time.Millisecond)
			for i, p := range people {
				says(t, p, s.number, fmt.Sprint("oh begitu ", i))
			}
			s.everybody(t, id, people, "sent", "delivered", "read", "replied")
			for i, p := range people {
				texts := []string{promo, fmt.Sprint("oh begitu ", i)}
				if i%2 == 0 {
					texts = append(texts, fmt.Sprint("berapa? ", i))
				}
				if i%4 == 0 {
					texts = append(texts, fmt.Sprint("sebelumnya ", i))
				}
				s.isOne(t, p, texts)
			}
		})
	}
}

// isOne waits until a person has one chat, and fails unless the texts are in it once.
func (s *shop) isOne(t *testing.T, p *wasim.Phone, texts []string) {
	t.Helper()
	var list []thread
	var have map[string]int
	if !apptest.Eventually(time.Minute, func() bool {
		list = s.byAddress(t, p)
		have = s.textsIn(t, list)
		return len(list) == 1 && have[texts[1]] > 0
	}) {
		t.Errorf("%s has the chats %+v with %v, want one with all", p.Name(), list, have)
		return
	}
	for _, text := range texts {
		if have[text] != 1 {
			t.Errorf("%s: %q is in the chat %d times, want once", p.Name(), text, have[text])
		}
	}
}

// byAddress lists the chats with a person whose name is nobody else's.
func (s *shop) byAddress(t *testing.T, p *wasim.Phone) (found []thread) {
	t.Helper()
	for after := ""; ; {
		var page struct {
			Items []thread
			Next  string
		}
		if err := s.Get("/api/v1/chats?"+url.Values{"device_id": {s.device}, "limit": {"100"}, "after": {after}}.Encode(), &page); err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Items {
			if c.Contact.Phone == p.Number() || c.Contact.Name == p.Name() {
				found = append(found, c)
			}
		}
		if after = page.Next; after == "" {
			return found
		}
	}
}
