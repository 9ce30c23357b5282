package whatsapp

import (
	"slices"
	"testing"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/wasim"
)

// A message that can't be read is told with its envelope, and with its words when the sender's phone has sent it again.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	budi := r.net.Phone("Budi")
	write(t, budi, r.phone.Number(), wasim.Content{Text: "satu"})
	r.sink.message(t, "satu")
	fault1(t, r, wasim.Fault{Kind: wasim.FaultGarbage, Number: r.phone.Number()})
	held, err := r.net.AddFault(wasim.Fault{Kind: wasim.FaultHoldDelivery, Number: r.phone.Number()})
	if err != nil {
		t.Fatal(err)
	}
	write(t, budi, r.phone.Number(), wasim.Content{Text: "rusak"})
	var place device.Inbound
	r.sink.wait(t, "its place", func() bool {
		place = r.sink.got[len(r.sink.got)-1]
		return place.Content.Kind == device.KindUnreadable
	})
	r.net.RemoveFault(held.ID)
	m := r.sink.message(t, "rusak")
	if place.NetworkID != m.NetworkID || place.Chat.Key() != m.Chat.Key() || place.Sender.Key() != m.Sender.Key() || place.FromMe || place.At == 0 ||
		place.Origin != device.OriginLive || place.Content.Why != device.WhyUndecrypted {
		t.Errorf("got place %+v of %+v", place, m)
	}
	if err := r.phone.Settle(ctxOf(t), r.device.Account.Address); err != nil {
		t.Errorf("something stays unacknowledged: %v", err)
	}
}

func TestWhatHasAPlace(t *testing.T) {
	t.Parallel()
	chat := types.NewJID("77", types.HiddenUserServer)
	in := func(edit func(*events.UndecryptableMessage)) *events.UndecryptableMessage {
		e := &events.UndecryptableMessage{Info: types.MessageInfo{MessageSource: types.MessageSource{Chat: chat, Sender: chat}, ID: "A", Type: "text"}}
		edit(e)
		return e
	}
	for name, c := range map[string]struct {
		edit func(*events.UndecryptableMessage)
		why  string // "" has none
	}{
		"a text":      {func(*events.UndecryptableMessage) {}, device.WhyUndecrypted},
		"unavailable": {func(e *events.UndecryptableMessage) { e.IsUnavailable = true }, device.WhyUnavailable},
		"view once": {func(e *events.UndecryptableMessage) {
			e.IsUnavailable, e.UnavailableType = true, events.UnavailableTypeViewOnce
		}, device.WhyViewOnce},
		"hidden":          {func(e *events.UndecryptableMessage) { e.DecryptFailMode = events.DecryptFailHide }, ""},
		"a reaction":      {func(e *events.UndecryptableMessage) { e.Info.Type = "reaction" }, ""},
		"a revoke":        {func(e *events.UndecryptableMessage) { e.Info.Edit = types.EditAttributeSenderRevoke }, ""},
		"between devices": {func(e *events.UndecryptableMessage) { e.Info.Category = "peer" }, ""},
		"a status update": {func(e *events.UndecryptableMessage) { e.Info.Chat = types.StatusBroadcastJID }, ""},
	} {
		e := in(c.edit)
		if got := hasPlace(e); got != (c.why != "") || got && whyUnreadable(e) != c.why {
			t.Errorf("%s: hasPlace = %v, why %q; want %q", name, got, whyUnreadable(e), c.why)
		}
	}
}

// What turns out to show nothing takes its place away, and only then is told.
func TestUnreadableSaysNothing(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	s := r.session.(*session)
	c := &conn{session: s, ended: make(chan error, 1)}
	info := types.MessageInfo{MessageSource: types.MessageSource{Chat: types.NewJID("77", types.HiddenUserServer), Sender: types.NewJID("77", types.HiddenUserServer)}, ID: "ALBUM"}
	for retry, want := range []int{0, 1} {
		if !c.saysNothing(ctxOf(t), &events.Message{Info: info, RetryCount: retry}) {
			t.Errorf("retry %d: not kept", retry)
		}
		r.sink.mu.Lock()
		got := slices.DeleteFunc(slices.Clone(r.sink.got), func(m device.Inbound) bool { return m.Content.Kind != device.KindNone })
		r.sink.mu.Unlock()
		if len(got) != want || want > 0 && got[0].NetworkID != "ALBUM" {
			t.Errorf("retry %d: got %+v, want %d", retry, got, want)
		}
	}
}
