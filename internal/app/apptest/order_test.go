package apptest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/wasim"
)

// changed is what a message shows of what was done to it.
type changed struct {
	NetworkID string `json:"network_id"`
	Content   struct{ Text string }
	EditedAt  int64 `json:"edited_at"`
	RevokedAt int64 `json:"revoked_at"`
	Reactions []struct{ Emoji string }
}

// overtaking is a customer whose first message is late, and what comes before it.
type overtaking struct {
	word     string
	changes  func(id string) []wasim.Content // the customer's
	emoji    string                          // the own phone's reaction
	fits     func(m changed) bool
	events   string // after message.received
	customer *wasim.Phone
	id       string
}

// TestChangesComeBeforeTheirMessage delays messages until their edits, reactions and revokes are stored: nothing of these
// is shown before, all of it afterwards, once, and whoever was told of the message is told of the change behind it.
func TestChangesComeBeforeTheirMessage(t *testing.T) {
	t.Parallel()
	clock := wasim.NewManualClock(time.Now())
	s := newShopOn(t, wasim.Options{Clock: clock}, nil)
	own := s.owner(t)
	edit := func(id, text string) wasim.Content { return wasim.Content{Edit: &wasim.Edit{ID: id, Text: text}} }
	all := []*overtaking{
		{
			word: "lima", fits: func(m changed) bool { return m.Content.Text == "tujuh" && m.EditedAt > 0 && m.RevokedAt == 0 }, events: "edited edited",
			changes: func(id string) []wasim.Content { return []wasim.Content{edit(id, "enam"), edit(id, "tujuh")} },
		},
		{
			word: "bagus", emoji: "👍", fits: func(m changed) bool { return m.Content.Text == "bagus" && len(m.Reactions) == 2 }, events: "reaction reaction",
			changes: func(id string) []wasim.Content {
				return []wasim.Content{{Reaction: &wasim.Reaction{To: id, Emoji: "❤️"}}}
			},
		},
		{
			word: "salah kirim", fits: func(m changed) bool { return m.RevokedAt > 0 }, events: "revoked",
			changes: func(id string) []wasim.Content { return []wasim.Content{{Revoke: id}} },
		},
		{
			word: "semua", fits: func(m changed) bool { return m.RevokedAt > 0 }, events: "edited reaction revoked",
			changes: func(id string) []wasim.Content {
				return []wasim.Content{edit(id, "semuanya"), {Reaction: &wasim.Reaction{To: id, Emoji: "😢"}}, {Revoke: id}}
			},
		},
	}
	for _, o := range all {
		o.customer = s.net.Phone("Lambat")
		s.spoil(t, wasim.Fault{Kind: wasim.FaultDelayDelivery, Number: s.number, To: o.customer.Number(), DelayMS: 60_000})
		o.id = says(t, o.customer, s.number, o.word)
		for _, c := range o.changes(o.id) {
			if _, err := o.customer.Send(t.Context(), s.number, c); err != nil {
				t.Fatal(err)
			}
		}
		if o.emoji != "" {
			awaitOn(t, own, o.word)
			if _, err := own.Send(t.Context(), o.customer.Number(), wasim.Content{Reaction: &wasim.Reaction{To: o.id, Emoji: o.emoji}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if left := s.net.Faults(); len(left) != 0 {
		t.Fatalf("%+v never struck", left)
	}
	s.settleAll(t, own)
	for _, o := range all {
		if list := s.history(t, s.device, o.customer.Number()); len(list) != 0 {
			t.Errorf("%q is not here, and its chat shows %+v", o.word, list)
		}
	}
	clock.Advance(time.Minute)
	for _, o := range all {
		s.caughtUp(t, o)
	}
	if n := s.net.Stats().RetryReceipts; n != 0 {
		t.Errorf("%d messages were asked for again, want none", n)
	}
}

// settleAll waits until a phone's companions have taken all that there is for them.
func (s *shop) settleAll(t *testing.T, p *wasim.Phone) {
	t.Helper()
	for _, jid := range p.Companions() {
		if err := p.Settle(t.Context(), jid); err != nil {
			t.Fatal(err)
		}
	}
}

// caughtUp waits for a late message and fails unless it is there once, as its changes have left it, and was told of in order.
func (s *shop) caughtUp(t *testing.T, o *overtaking) {
	t.Helper()
	in := s.awaitIn(t, s.device, o.customer.Number(), func(m messageView) bool { return m.NetworkID == o.id })
	var m changed
	if err := s.Get("/api/v1/messages/"+in.ID, &m); err != nil || !o.fits(m) {
		t.Errorf("%q is %+v, %v", o.word, m, err)
	}
	if list := s.history(t, s.device, o.customer.Number()); len(list) != 1 {
		t.Errorf("the chat of %q has %+v, want one message", o.word, list)
	}
	list, _ := history(t, s.Server, 0, "types=message.*")
	var told []string
	for _, e := range list {
		if e.Data.Contact.Phone == o.customer.Number() && e.Type != "message.state" {
			told = append(told, strings.TrimPrefix(e.Type, "message."))
		}
	}
	if want := "received " + o.events; strings.Join(told, " ") != want {
		t.Errorf("of %q the log tells %q, want %q", o.word, fmt.Sprint(told), want)
	}
}
