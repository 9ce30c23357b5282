package apptest_test

import (
	"fmt"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
)

// TestAPostWhoseAnswerIsLost breaks the connection around a status update and a newsletter's post, or loses the answer:
// each is done once all the same, and is known here by what the network calls it.
func TestAPostWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	for _, kind := range []wasim.FaultKind{wasim.FaultDropBefore, wasim.FaultDropBeforeAck, wasim.FaultDropAfterAck, wasim.FaultLoseAck} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.greet(t)
			s.sariIsSaved(t)
			at := "/api/v1/devices/" + s.device
			var letter newsletterView
			if err := s.Post(at+"/newsletters", object{"name": "Promo"}, &letter); err != nil {
				t.Fatal(err)
			}
			if err := s.sari.FollowNewsletter(t.Context(), letter.Invite); err != nil {
				t.Fatal(err)
			}
			s.statusIsPostedOnce(t, fmt.Sprint("status ", kind), kind)
			s.awaitState(t, s.device, "online")
			s.newsletterIsPostedOnce(t, letter.ID, fmt.Sprint("kiriman ", kind), kind)
		})
	}
}

// struck fails unless every fault has struck.
func (s *shop) struck(t *testing.T) {
	t.Helper()
	for _, f := range s.net.Faults() {
		t.Errorf("%s never struck", f.Kind)
	}
}

func (s *shop) statusIsPostedOnce(t *testing.T, words string, kind wasim.FaultKind) {
	t.Helper()
	s.spoil(t, wasim.Fault{Kind: kind, Number: s.number})
	var posted statusView
	if err := s.Post("/api/v1/devices/"+s.device+"/status-updates", object{"text": words}, &posted); err != nil {
		t.Fatalf("the status update: %v", err)
	}
	s.struck(t)
	awaitOn(t, s.sari, words)
	seen := 0
	for _, m := range s.sari.Messages(wasim.StatusChat, "") {
		if m.Text == words {
			seen++
		}
		if m.Text == words && m.ID != posted.NetworkID {
			t.Errorf("Sari sees %q under %s, want %s", words, m.ID, posted.NetworkID)
		}
	}
	if list := s.statuses(t); seen != 1 || len(list) != 1 || list[0].ID != posted.ID {
		t.Errorf("Sari sees the update %d times, and the list is %+v; want it once in both", seen, list)
	}
}

func (s *shop) newsletterIsPostedOnce(t *testing.T, newsletter, words string, kind wasim.FaultKind) {
	t.Helper()
	s.spoil(t, wasim.Fault{Kind: kind, Number: s.number})
	var post struct{ Number int }
	if err := s.Post("/api/v1/devices/"+s.device+"/newsletters/"+newsletter+"/messages", object{"text": words}, &post); err != nil {
		t.Fatalf("the newsletter's post: %v", err)
	}
	s.struck(t)
	list, err := s.sari.NewsletterPosts(newsletter)
	if err != nil || len(list) != 1 || list[0].Text != words || list[0].ServerID != post.Number {
		t.Errorf("Sari reads %+v, %v; want %q once, as number %d", list, err, words, post.Number)
	}
}
